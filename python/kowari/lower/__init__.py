"""What a call means, as operators: importing this package fills ``kowari.trace.lowerings``."""

from . import builtins, indexing, numpy, ufuncs

__all__ = ["builtins", "indexing", "numpy", "ufuncs"]
