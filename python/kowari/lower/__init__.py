"""What a call means, as operators: importing this package fills ``kowari.recorded.lowerings``."""

from . import (  # noqa: F401 - imported to register
    arrays,
    builtins,
    functions,
    indexing,
    iteration,
    joining,
    lists,
    making,
    methods,
    numbers,
    order,
    reductions,
    sets,
    stores,
    ufunc_methods,
    ufuncs,
)
