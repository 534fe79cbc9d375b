"""Subscripts of arrays: integers, slices, masks, index arrays, ``...`` and ``None``, in any position."""

import numpy as np

from ..graph import Size
from ..recorded import ARRAY, PYTHON, Recorded, active, lowerings, lowers
from .common import cast, check, constant, integer, is_python, plain, record, refuse, slice_bounds


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
    bounds, step = slice_bounds(tracer, part)
    from_front = part.start is None or not isinstance(part.start, Recorded) and part.start == 0
    if from_front and part.stop is None and step == 1:
        return value
    return tracer.graph.add("slice", value, *bounds, axis=axis, step=step)


def get_array_item(tracer, thing: Recorded, key):
    """``array[key]``."""
    value, axis, strided, advanced = plain(tracer, thing), 0, thing.strided, 0
    parts = _parts(thing, key)
    if _needs_places(parts):
        return _pick_places(tracer, thing, parts)
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
            value, axis = _take_many(tracer, value, axis, part, kind), axis + _rank(part)
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
        arrays = [p for p in parts if _index_kind(p) in ("indices", "mask")]
        return _lay_out(tracer, value, at, _rank(arrays[0]))
    if not advanced and not any(_index_kind(p) != "integer" for p in parts) and value.rank:
        result.flavour = ARRAY
    result.strided = strided and value.rank > 1
    return result


def _rank(part) -> int:
    return part.rank if isinstance(part, Recorded) else np.ndim(part)


def _needs_places(parts) -> bool:
    """Several index arrays, or one among integers, or one of several dimensions: NumPy broadcasts them."""
    kinds = [_index_kind(p) for p in parts]
    arrays = [p for p, k in zip(parts, kinds, strict=True) if k in ("indices", "mask")]
    together = len(arrays) + kinds.count("integer")
    return bool(arrays) and (together > 1 or "mask" in kinds and _rank(arrays[0]) > 1)


def _pick_places(tracer, thing: Recorded, parts):
    """The elements at places that index arrays tell for the first axes, all at once."""
    kinds = [_index_kind(p) for p in parts]
    count = next((k for k, kind in enumerate(kinds) if kind in ("slice", "new")), len(parts))
    if any(kind not in ("slice",) for kind in kinds[count:]):
        refuse(
            "index arrays that do not stand first, side by side", "one subscript after the other"
        )
    if thing.axes is not None and thing.kind == "f":
        refuse("a part of a transposed array", "np.ascontiguousarray around the transposed one")
    value, places = plain(tracer, thing), []
    for part, kind in zip(parts[:count], kinds[:count], strict=True):
        if kind == "mask":
            places += _find_places(tracer, part, thing.dims[len(places) :])
        else:
            places.append(
                record(integer(tracer, part, "an index"))
                if kind == "integer"
                else _whole(tracer, part)
            )
    for k, part in enumerate(parts[count:]):
        value = _slice(tracer, value, len(places) + k, part)
    sizes = [tracer.graph.add("size_of", value, axis=k) for k in range(value.rank)]
    flat = None
    for k, place in enumerate(places):
        place = _wrap_place(tracer, place, record(sizes[k]))
        below = (
            place
            if flat is None
            else lowerings[np.add](
                tracer, lowerings[np.multiply](tracer, flat, record(sizes[k])), place
            )
        )
        flat = below
    first = sizes[0]
    for size in sizes[1 : len(places)]:
        first = tracer.graph.add("multiply", first, size)
    value = tracer.graph.add("reshape_to", value, first, *sizes[len(places) :])
    return record(tracer.graph.add("take", value, plain(tracer, flat), axis=0))


def _whole(tracer, part) -> Recorded:
    return record(cast(tracer, plain(tracer, part), np.int64))


def _find_places(tracer, mask, dims) -> list:
    """The places of a mask, by axis; it must have the sizes of the array's axes."""
    mask = mask if isinstance(mask, Recorded) else record(plain(tracer, mask))
    if tuple(mask.dims) != tuple(dims[: mask.rank]):
        refuse(
            "a mask whose sizes are not known to be those of the array", "masks made of the array"
        )
    return list(lowerings[np.nonzero](tracer, mask))


def _wrap_place(tracer, place: Recorded, size: Recorded) -> Recorded:
    """From the front; IndexError where there is no such place."""
    apply = lowerings
    low = apply[np.greater_equal](tracer, place, apply[np.negative](tracer, size))
    inside = apply[np.logical_and](tracer, low, apply[np.less](tracer, place, size))
    check(tracer, plain(tracer, inside), "IndexError", "index is out of bounds")
    return apply[np.where](
        tracer, apply[np.less](tracer, place, 0), apply[np.add](tracer, place, size), place
    )


def _lay_out(tracer, value, at: int, count: int) -> Recorded:
    """NumPy writes the axes of an index array first, and turns the result: sums follow that memory."""
    if at == 0 or count == 0:
        return record(value)
    own = tuple(range(at, at + count))
    order = (*own, *(k for k in range(value.rank) if k not in own))
    places = tuple(order.index(k) for k in range(value.rank))
    return Recorded(tracer.graph.add("transpose", value, axes=order), ARRAY, places)


def _take_many(tracer, value, axis, part, kind):
    index = plain(tracer, part)
    if kind == "indices":
        return tracer.graph.add("take", value, cast(tracer, index, np.int64), axis=axis)
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
        return get_array_item(tracer, Recorded(constant(tracer, thing), ARRAY), key)
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
