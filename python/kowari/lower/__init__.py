"""What a call means, as operators: importing this package fills ``kowari.recorded.lowerings``."""

from . import (  # noqa: F401 - imported to register
    algebra,
    arrays,
    builtins,
    choosing,
    fourier,
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
    signal,
    stores,
    ufunc_methods,
    ufuncs,
)
