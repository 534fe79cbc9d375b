"""What a call means, as operators: importing this package fills ``kowari.recorded.lowerings``."""

from . import arrays, builtins, indexing, methods, order, reductions, ufuncs

__all__ = ["arrays", "builtins", "indexing", "methods", "order", "reductions", "ufuncs"]
