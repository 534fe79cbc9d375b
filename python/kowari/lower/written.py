"""Lowerings that are ordinary Python: the tracer compiles them as it compiles the user's own functions.

What they refuse is refused at the user's line.  ``require`` and ``typed`` are what only lowerings may say.
"""

import builtins
import inspect

import numpy as np

from ..recorded import Recorded, lowers
from .common import cast, check, is_python, record, refuse
from .ufuncs import resolve


def written(*functions):
    """Registers a Python function as the meaning of others: ``@written(np.ptp)``."""

    def register(function):
        def lowering(tracer, *arguments, **keywords):
            return tracer.call(function, *arguments, **keywords)

        first = inspect.Parameter("tracer", inspect.Parameter.POSITIONAL_ONLY)
        known = inspect.signature(function).parameters.values()
        lowering.__signature__ = inspect.Signature([first, *known])
        lowers(*functions)(lowering)
        return function

    return register


def require(good, error: str, message: str):
    """Raises the exception unless ``good``: now if that is known, else when the model runs."""
    if not good:
        raise getattr(builtins, error, ValueError)(message)


@lowers(require)
def _require(tracer, good, error, message, /):
    check(tracer, good.value, error, message)


def is_known(thing) -> bool:
    """Is it known while compiling?"""
    return True


@lowers(is_known)
def _is_known(tracer, thing, /):
    return False


def normal_axis(axis: int, rank: int) -> int:
    """Counted from the front."""
    if not -rank <= axis < rank:
        refuse(f"axis {axis} is out of bounds for array of dimension {rank}")
    return axis % rank


def typed(function, *operands):
    """The operands in the types that NumPy gives a ufunc of them, where operators take these."""
    raise NotImplementedError(f"{function} of {operands} while compiling")


@lowers(typed)
def _typed(tracer, function, /, *operands):
    dtypes = resolve(tracer, function, *operands)[: len(operands)]
    if any(t.str[1:] not in ("f8", "f4", "i8", "i4") for t in dtypes):
        refuse(f"{function.__name__} in {dtypes[0]} is not compiled", ".astype(np.float64) first")
    values = [_as(tracer, o, t) for o, t in zip(operands, dtypes, strict=True)]
    return values[0] if len(values) == 1 else values


def _as(tracer, operand, dtype):
    if not isinstance(operand, Recorded):
        return np.asarray(operand).astype(dtype)[()]
    flavour = "" if is_python(operand) else operand.flavour
    result = record(cast(tracer, operand.value, dtype), flavour=flavour)
    result.axes, result.strided = operand.axes, operand.strided
    return result
