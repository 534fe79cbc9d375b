"""Kowari: compiles a Python scoring function - pre-processing, fitted models, named scores - into one file for phones."""

from .errors import KowariError, ParityError, RunError, TraceError
from .export import export
from .interpreter import Interpreter
from .runtime import Model, load

__all__ = [
    "Interpreter",
    "KowariError",
    "Model",
    "ParityError",
    "RunError",
    "TraceError",
    "export",
    "load",
]
