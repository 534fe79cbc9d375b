"""Stores into arrays: ``a[key] = value`` and ``a += value`` make a new value, in place where the old one dies."""

import numpy as np

from ..recorded import ARRAY, COPY, Recorded, Shared, holds_recorded, lowerings
from .builtins import to_int
from .common import cast, integer, plain, record, refuse, slice_bounds
from .indexing import _index_kind, _parts


def store_item(tracer, x: Recorded, key, value) -> None:
    """``x[key] = value``, through views to the array that they show."""
    if x.axes is not None:
        refuse("a store into a transposed array", "np.ascontiguousarray around the transposed one")
    new = _stored(tracer, x, key, value)
    while x.base is not None:
        new = _put_back(tracer, x, new)
        x = x.base
    if x.older:
        refuse("a store into what may be an array that was there before the call", COPY)
    tracer.touch(x)
    x.value = new
    tracer.changed(x)


def _put_back(tracer, view: Recorded, new):
    """The base's value, where a view on it has become ``new``."""
    base, key = view.base, view.key
    if isinstance(key, Shared):
        if key.write is None:
            refuse("a store into an array that shares memory with another, or may", COPY)
        return key.write(tracer, base, new)
    if base.axes is not None:
        refuse("a store into a part of a transposed array", "np.ascontiguousarray around it")
    return _stored(tracer, base, key, record(new, flavour=ARRAY))


def _stored(tracer, x: Recorded, key, value):
    """The array's value after the store."""
    parts = _parts(x, key)
    whole = x.value
    kinds = [_index_kind(p) for p in parts]
    if "mask" in kinds or "indices" in kinds:
        return _store_many(tracer, whole, parts, kinds, value)
    part = _element(tracer, x, value, all(k == "integer" for k in kinds))
    return _store_axes(
        tracer, whole, 0, [p for p, k in zip(parts, kinds, strict=True)], kinds, part
    )


def _element(tracer, x, value, is_scalar: bool):
    """What is stored, in the array's type."""
    dtype = x.value.dtype
    if not isinstance(value, Recorded):
        return (
            tracer.graph.constant(np.asarray(value).astype(dtype))
            if not holds_recorded(value)
            else cast(tracer, plain(tracer, value), dtype)
        )
    if value.kind == "f" and dtype.kind in "iu" and value.rank == 0 and is_scalar:
        value = to_int(tracer, Recorded(value.value, value.flavour))
    return cast(tracer, plain(tracer, value), dtype)


def _is_all(part) -> bool:
    return (
        isinstance(part, slice) and part.start is None and part.stop is None and part.step is None
    )


def _store_axes(tracer, value, axis, parts, kinds, new):
    """Integers and slices, axis by axis: the part of the first one is read, changed by the others and put back."""
    add = tracer.graph.add
    if not parts or all(map(_is_all, parts)):
        if not parts and axis == value.rank and value.rank == 0:
            return new
        return add("set_slice", value, None, None, new, axis=axis if axis < value.rank else 0)
    part, kind, rest = parts[0], kinds[0], parts[1:]
    last = all(map(_is_all, rest))
    if kind == "new":
        refuse("None in the key of a store", "the store without it")
    if kind == "integer":
        at = integer(tracer, part, "an index")
        if not last:
            new = _store_axes(tracer, add("take", value, at, axis=axis), axis, rest, kinds[1:], new)
        return add("set_item", value, at, new, axis=axis)
    if _is_all(part):
        return _store_axes(tracer, value, axis + 1, rest, kinds[1:], new)
    bounds, step = slice_bounds(tracer, part)
    if not last:
        inner = add("slice", value, *bounds, axis=axis, step=step)
        new = _store_axes(tracer, inner, axis + 1, rest, kinds[1:], new)
    return add("set_slice", value, *bounds, new, axis=axis, step=step)


def _store_many(tracer, whole, parts, kinds, value):
    """A mask, or an array of indices, on the first axis."""
    add = tracer.graph.add
    at = [k for k in range(len(parts)) if not _is_all(parts[k])]
    if at != [0]:
        refuse("a store at an array of indices together with others", "one axis at a time")
    index = plain(tracer, parts[0])
    x = Recorded(whole, ARRAY)
    new = _element(tracer, x, value, False)
    if kinds[0] == "mask" and new.rank == 0:
        if index.rank > whole.rank:
            refuse("a mask of more dimensions than the array has")
        _check_mask(tracer, index, whole)
        for _ in range(whole.rank - index.rank):
            index = add("expand_dims", index, axes=(index.rank,))
        return add("where", index, new, whole)
    if whole.rank != 1 or index.rank != 1:
        refuse("a store of an array at places of several dimensions", "a loop over the places")
    if kinds[0] == "mask":
        _check_mask(tracer, index, whole)
        places = add("nonzero", index)
    else:
        numbers = add(
            "arange",
            *(tracer.graph.constant(np.int64(0)), _size(tracer, whole)),
            tracer.graph.constant(np.int64(1)),
        )
        places = add("take", numbers, cast(tracer, index, np.int64), axis=0)
    return add("put", whole, places, new)


def _size(tracer, value):
    if isinstance(value.dims[0], int):
        return tracer.graph.constant(np.int64(value.dims[0]))
    return tracer.graph.add("size_of", value, axis=0)


def _check_mask(tracer, mask, whole) -> None:
    """NumPy's IndexError where the mask is of another size."""
    for axis in range(mask.rank):
        if mask.dims[axis] != whole.dims[axis]:
            sizes = []
            for value in (mask, whole):
                dim = value.dims[axis]
                sizes.append(
                    tracer.graph.constant(np.int64(dim))
                    if isinstance(dim, int)
                    else tracer.graph.add("size_of", value, axis=axis)
                )
            same = tracer.graph.add("equal", *sizes)
            tracer.graph.add(
                "check",
                same,
                type="IndexError",
                message="boolean index did not match indexed array",
            )


def augment_array(tracer, name, a: Recorded, b):
    """``a += b``: the array itself changes."""
    result = tracer.binary(name, a, b)
    if not np.can_cast(result.value.dtype, a.value.dtype, "same_kind"):
        refuse(
            f"an augmented store of {result.value.dtype} into {a.value.dtype}, which NumPy refuses",
            "a new array: x = x + ...",
        )
    store_item(tracer, a, Ellipsis, result)
    return a


lowerings["setitem"] = store_item
lowerings["augment"] = augment_array
