"""What a call means, as operators: importing this package fills ``kowari.recorded.lowerings``."""

from . import (  # noqa: F401 - imported to register  # noqa: F401
    arrays,
    builtins,
    functions,
    indexing,
    methods,
    numbers,
    order,
    reductions,
    ufunc_methods,
    ufuncs,
)
