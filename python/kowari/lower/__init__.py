"""What a call means, as operators: importing this package fills ``kowari.recorded.lowerings``."""

from . import (  # noqa: F401 - imported to register
    arrays,
    builtins,
    functions,
    indexing,
    joining,
    making,
    methods,
    numbers,
    order,
    reductions,
    sets,
    ufunc_methods,
    ufuncs,
)
