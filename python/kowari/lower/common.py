"""What lowerings share: constants, casts, axes, and the flavour of results."""

import operator

import numpy as np

from .. import operators as ops
from ..errors import TraceError
from ..recorded import ARRAY, PYTHON, SCALAR, Recorded, holds_recorded

F64, F32, I64, I32, BOOL, TEXT = 1, 2, 3, 4, 8, 9
U32 = ops.SHORT_NAMES["u32"]


def refuse(reason: str, instead: str = ""):
    """Refuses at the user's line, which the tracer adds."""
    raise TraceError(reason, instead=instead)


def concrete(thing, what: str):
    """A parameter that must be known while compiling."""
    if isinstance(thing, Recorded):
        refuse(f"{what} must be known while compiling, not only when the model runs")
    return thing


def plain(tracer, thing):
    """The graph value with its axes in order."""
    if not isinstance(thing, Recorded):
        return constant(tracer, thing)
    if thing.axes is None:
        return thing.value
    return tracer.graph.add("transpose", thing.value, axes=thing.axes)


def in_order(tracer, thing):
    """The graph value, where NumPy keeps the memory order of its operand: floats may not be transposed, sums would tell."""
    if isinstance(thing, Recorded) and thing.axes is not None and thing.kind == "f":
        refuse(
            "this keeps the memory order of a transposed array",
            "np.ascontiguousarray around the transposed one",
        )
    return plain(tracer, thing)


def constant(tracer, thing, dtype=None):
    """A concrete value, or a list that holds recorded ones, as a graph value."""
    if isinstance(thing, list | tuple) and any(
        isinstance(t, Recorded | list | tuple) for t in thing
    ):
        return stack(tracer, thing)
    array = np.asarray(thing, dtype=dtype)
    try:
        ops.type_code(array.dtype)
    except TypeError as error:
        refuse(str(error))
    if array.dtype == object:
        array = _name_missing(tracer, array)
    return tracer.graph.constant(array)


def _name_missing(tracer, texts):
    """NaN among texts, which is a missing one, becomes None; from then on nothing may tell the two apart."""
    missing = np.array([t != t for t in texts.ravel().tolist()], dtype=bool).reshape(texts.shape)
    if not missing.any():
        return texts
    tracer.program.misses_texts = True
    texts = texts.copy()
    texts[missing] = None
    return texts


def dtype_of(tracer, thing) -> np.dtype:
    """The dtype NumPy gives the value as an array."""
    if isinstance(thing, Recorded):
        return thing.value.dtype
    return plain(tracer, thing).dtype if holds_recorded(thing) else np.asarray(thing).dtype


def stack(tracer, things):
    """``np.array`` of a list of scalars and arrays: one more axis in front, the common type."""
    parts = [plain(tracer, t) for t in things]
    dtype = np.result_type(*(p.dtype for p in parts))
    return tracer.graph.add("stack", *(cast(tracer, p, dtype) for p in parts), axis=0)


def cast(tracer, value, dtype):
    """The value with another type; the same value if it has it."""
    code = ops.type_code(dtype)
    if value.type == code:
        return value
    if value.constant is not None:
        return tracer.graph.constant(value.constant.astype(ops.DTYPES[code]))
    if TEXT in (code, value.type):
        refuse("text and numbers do not mix")
    if code == U32 and value.dtype.kind == "f":
        refuse(
            "what NaN and infinity become in uint32 hangs on their place in the array",
            ".astype(np.int64) first",
        )
    return tracer.graph.add("cast", value, to=code)


def integer(tracer, thing, what: str, bools: bool = False):
    """An integer that counts or places, as int64: never a float; ``bools``: Python's own may be."""
    if not isinstance(thing, Recorded):
        if isinstance(thing, bool) and not bools:
            refuse(f"{what} must be an integer, not a bool", "int(...)")
        return tracer.graph.constant(operator.index(thing), np.int64)
    if thing.kind not in "iu" and not (bools and thing.kind == "b" and thing.flavour == PYTHON):
        refuse(
            f"{what} must be an integer, not {thing.value.dtype}", "// instead of /, or int(...)"
        )
    return cast(tracer, thing.value, np.int64)


def slice_bounds(tracer, part: slice):
    """Start and stop as values or None, and the step, which is known."""
    if isinstance(part.step, Recorded):
        refuse("the step of a slice must be known while compiling")
    bounds = [
        None if b is None else integer(tracer, b, "the bound of a slice", bools=True)
        for b in (part.start, part.stop)
    ]
    return bounds, 1 if part.step is None else operator.index(part.step)


def record(value, *sources, flavour: str = ""):
    """A result: a NumPy scalar where it has no axes, else an array."""
    return Recorded(value, flavour or (SCALAR if value.rank == 0 else ARRAY))


def is_python(thing) -> bool:
    """Does it take part in promotion as a Python number (weakly)?"""
    if isinstance(thing, Recorded):
        return thing.flavour == PYTHON
    return isinstance(thing, bool | int | float) and not isinstance(thing, np.generic)


def normalize_axes(axis, rank: int) -> tuple[int, ...] | None:
    """Axes counted from the front, sorted; None for all."""
    if axis is None:
        return None
    axes = tuple(axis) if isinstance(axis, tuple | list) else (axis,)
    result = []
    for a in axes:
        a = int(concrete(a, "axis"))
        if not -rank <= a < rank:
            refuse(f"axis {a} is out of bounds for array of dimension {rank}")
        result.append(a % rank)
    return tuple(sorted(result))


def normalize_axis(axis, rank: int) -> int:
    """One axis, counted from the front."""
    axes = normalize_axes(axis, rank)
    if axes is None or len(axes) != 1:
        refuse("one axis is needed")
    return axes[0]


def check(tracer, good, kind: str, message: str) -> None:
    """Raises the exception at run time unless ``good`` (a bool value) holds."""
    tracer.graph.add("check", good, type=kind, message=message)


def recorded(tracer, x) -> Recorded:
    """An argument as a recorded array; lists that hold recorded values are stacked."""
    return x if isinstance(x, Recorded) else record(constant(tracer, x))
