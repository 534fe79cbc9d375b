"""Subscripts of arrays: integers, slices, masks, index arrays, ``...`` and ``None``, in any position."""

import operator

import numpy as np

from ..graph import Size
from ..recorded import ARRAY, PYTHON, Recorded, active, lowerings, lowers
from .common import cast, check, integer, is_python, plain, record, refuse


def _index_kind(part) -> str:
    if part is None or part is np.newaxis:
        return "new"
    if part is Ellipsis:
        return "rest"
    if isinstance(part, slice):
        return "slice"
    kind = part.kind if isinstance(part, Recorded) else np.asarray(part).dtype.kind
    rank = part.rank if isinstance(part, Recorded) else np.ndim(part)
    if kind == "b":
        return "mask"
    if kind not in "iu":
        refuse("only integers, slices, `...`, None and integer or bool arrays index an array")
    return "integer" if rank == 0 else "indices"


def _as_tuple(key) -> tuple:
    return key if isinstance(key, tuple) else (key,)


def _parts(thing: Recorded, key) -> list:
    """The key as one part an axis: `...` becomes full slices."""
    parts = list(_as_tuple(key))
    kinds = [_index_kind(p) for p in parts]
    used = sum(
        (p.rank if isinstance(p, Recorded) else np.ndim(p))
        if k == "mask"
        else k not in ("new", "rest")
        for p, k in zip(parts, kinds, strict=True)
    )
    if used > thing.rank:
        refuse(f"{used} indices of an array of dimension {thing.rank}")
    if "rest" not in kinds:
        parts.append(Ellipsis)
        kinds.append("rest")
    at = kinds.index("rest")
    return parts[:at] + [slice(None)] * (thing.rank - used) + parts[at + 1 :]


def _slice(tracer, value, axis: int, part: slice):
    step = 1 if part.step is None else part.step
    if isinstance(step, Recorded):
        refuse("the step of a slice must be known while compiling")
    from_front = part.start is None or not isinstance(part.start, Recorded) and part.start == 0
    if from_front and part.stop is None and step == 1:
        return value
    bounds = [
        None if b is None else integer(tracer, b, "the bound of a slice", bools=True)
        for b in (part.start, part.stop)
    ]
    return tracer.graph.add("slice", value, *bounds, axis=axis, step=operator.index(step))


def get_array_item(tracer, thing: Recorded, key):
    """``array[key]``."""
    value, axis, strided, advanced = plain(tracer, thing), 0, thing.strided, 0
    parts = _parts(thing, key)
    for part in parts:
        kind = _index_kind(part)
        if kind == "new":
            value = tracer.graph.add("expand_dims", value, axes=(axis,))
            axis += 1
        elif kind == "slice":
            sliced = _slice(tracer, value, axis, part)
            strided |= (
                sliced is not value and value.rank > 1 and (axis > 0 or part.step not in (None, 1))
            )
            value = sliced
            axis += 1
        elif kind == "integer":
            strided |= axis > 0 and value.rank > 2
            value = tracer.graph.add("take", value, integer(tracer, part, "an index"), axis=axis)
        else:
            advanced += 1
            value, axis = _take_many(tracer, value, axis, part, kind), axis + 1
    if advanced > 1 or (
        advanced and sum(_index_kind(p) in ("integer", "indices", "mask") for p in parts) > 1
    ):
        refuse("more than one index array in a subscript", "one subscript after the other")
    if thing.axes is not None and thing.kind == "f" and value.rank > 1:
        refuse(
            "a part of a transposed array keeps its memory order",
            "np.ascontiguousarray around the transposed one",
        )
    result = record(value, flavour=ARRAY if any(p is Ellipsis for p in _as_tuple(key)) else "")
    if advanced:
        strided = False  # a copy
        at = [
            k
            for k, p in enumerate(p for p in parts if p is not None)
            if _index_kind(p) in ("indices", "mask")
        ][0]
        if at and any(p is None for p in parts):
            refuse("an index array together with None", "one subscript after the other")
        return _lay_out(tracer, value, at)
    if not advanced and not any(_index_kind(p) != "integer" for p in parts) and value.rank:
        result.flavour = ARRAY
    result.strided = strided and value.rank > 1
    return result


def _lay_out(tracer, value, at: int) -> Recorded:
    """NumPy writes the axis of an index array first, and turns the result: sums follow that memory."""
    if at == 0:
        return record(value)
    order = (at, *(k for k in range(value.rank) if k != at))
    places = tuple(order.index(k) for k in range(value.rank))
    return Recorded(tracer.graph.add("transpose", value, axes=order), ARRAY, places)


def _take_many(tracer, value, axis, part, kind):
    index = plain(tracer, part)
    if kind == "indices":
        if index.rank != 1:
            refuse(
                "an index array of more than one dimension",
                "np.take with a flat array and a reshape",
            )
        return tracer.graph.add("take", value, cast(tracer, index, np.int64), axis=axis)
    if index.rank != 1:
        refuse("a mask of more than one dimension", "ravel both")
    return tracer.graph.add("compress", value, index, axis=axis)


@lowers(slice)
def make_slice(tracer, /, *bounds):
    return slice(*bounds)


def get_item(tracer, thing, key, /):
    """``thing[key]`` where one of them is recorded."""
    if isinstance(thing, Recorded):
        if thing.flavour != ARRAY:
            refuse(f"a {thing.flavour} has no elements")
        return get_array_item(tracer, thing, key)
    if isinstance(thing, np.ndarray):
        return get_array_item(tracer, Recorded(tracer.graph.constant(thing), ARRAY), key)
    if isinstance(thing, list | tuple) and isinstance(key, Recorded) and is_python(key):
        return _pick(tracer, thing, key)
    refuse(
        "a dict or list cannot be indexed by a value that is known only when the model runs",
        "np.array(...)[i]",
    )


def _pick(tracer, things, key: Recorded):
    """``["low", "high"][i]``: a list of constants of one type, by a recorded index."""
    if (
        key.kind not in "ib"
        or any(isinstance(t, Recorded | list | tuple | dict) for t in things)
        or not things
    ):
        refuse(
            "a list can only be indexed by a recorded value if it holds constants",
            "np.array(...)[i]",
        )
    if len({type(t) for t in things}) != 1 or not isinstance(things[0], bool | int | float | str):
        refuse("the elements of the list must be of one type")
    table = tracer.graph.constant(
        np.array(things, dtype=object if isinstance(things[0], str) else None)
    )
    index = cast(tracer, key.value, np.int64)
    size = len(things)
    inside = tracer.graph.add(
        "logical_and",
        tracer.graph.add("greater_equal", index, tracer.graph.constant(np.int64(-size))),
        tracer.graph.add("less", index, tracer.graph.constant(np.int64(size))),
    )
    check(tracer, inside, "IndexError", f"{type(things).__name__} index out of range")
    return Recorded(tracer.graph.add("take", table, index, axis=0), PYTHON)


def size_value(thing: Recorded, axis: int | None = None):
    """The number of elements, or the size along an axis, as Python gives it: an int where it is fixed."""
    dims = thing.dims if axis is None else (thing.dims[axis],)
    if not any(isinstance(d, Size) for d in dims):
        return int(np.prod(dims, dtype=np.int64))
    if axis is not None and thing.axes is not None:
        axis = thing.axes[axis]
    return Recorded(active[-1].graph.add("size_of", thing.value, axis=axis), PYTHON)


lowerings["getitem"] = get_item
