"""Arrays cut, repeated, turned, padded and joined, along axes of any size."""

import numpy as np

from ..recorded import ARRAY, lowers
from .common import integer, plain, record, recorded, refuse, stack
from .sharing import show_parts
from .written import normal_axis, require, written


def _cut(axis, *bounds):
    """The key of a slice along an axis."""
    return (slice(None),) * axis + (slice(*bounds),)


# ---- apart ----
@written(np.array_split)
def array_split(ary, indices_or_sections, axis=0):
    """The first parts are one longer where the size is no multiple."""
    ary = np.asarray(ary)
    axis = normal_axis(axis, ary.ndim)
    size = ary.shape[axis]
    if isinstance(indices_or_sections, int):
        each, more = size // indices_or_sections, size % indices_or_sections
        points = [each * k + np.minimum(k, more) for k in range(1, indices_or_sections)]
    else:
        points = list(indices_or_sections)
    ends = zip([None, *points], [*points, None], strict=True)
    return [ary[_cut(axis, start, stop)] for start, stop in ends]


@written(np.split)
def split(ary, indices_or_sections, axis=0):
    if isinstance(indices_or_sections, int):
        rest = np.shape(ary)[axis] % indices_or_sections
        require(rest == 0, "ValueError", "array split does not result in an equal division")
    return np.array_split(ary, indices_or_sections, axis)


@written(np.hsplit)
def hsplit(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, min(1, np.ndim(ary) - 1))


@written(np.vsplit)
def vsplit(ary, indices_or_sections):
    if np.ndim(ary) < 2:
        refuse("np.vsplit takes two axes")
    return np.split(ary, indices_or_sections, 0)


@written(np.delete)
def delete(arr, obj, axis=None):
    arr = np.ravel(arr) if axis is None else np.asarray(arr)
    axis = 0 if axis is None else normal_axis(axis, arr.ndim)
    places = np.arange(arr.shape[axis])
    gone = np.ravel(places[obj])
    return arr[(slice(None),) * axis + (np.isin(places, gone, invert=True),)]


@written(np.trim_zeros)
def trim_zeros(filt, trim="fb"):
    filt = np.asarray(filt)
    if filt.ndim != 1:
        refuse("np.trim_zeros is compiled for one dimension")
    found = np.flatnonzero(filt)
    first = np.min(np.append(found, len(filt))) if "f" in trim.lower() else 0
    last = np.max(np.append(found, -1)) + 1 if "b" in trim.lower() else len(filt)
    return filt[first:last]


# ---- together ----
@written(np.dstack)
def dstack(arrays):
    return np.concatenate([np.atleast_3d(a) for a in arrays], axis=2)


@written(np.insert)
def insert(arr, obj, values, axis=None):
    """At one place."""
    arr = np.ravel(arr) if axis is None else np.asarray(arr)
    if arr.ndim != 1 or np.ndim(obj) or np.ndim(values) > 1:
        refuse("np.insert is compiled for one place in an array of one dimension")
    size = len(arr)
    inside = np.logical_and(obj >= -size, obj <= size)
    require(inside, "IndexError", "index is out of bounds")
    place = np.where(np.less(obj, 0), obj + size, obj)[()]
    values = np.ravel(np.asarray(values).astype(arr.dtype))
    return np.concatenate([arr[:place], values, arr[place:]])


@lowers(np.tile)
def tile(tracer, A, reps, /):  # noqa: N803
    x = recorded(tracer, A)
    reps = list(reps) if isinstance(reps, tuple | list) else [reps]
    value = plain(tracer, x)
    missing = len(reps) - value.rank
    if missing > 0:
        value = tracer.graph.add("expand_dims", value, axes=tuple(range(missing)))
    counts = [1] * -missing + reps
    counts = [record(integer(tracer, n, "a count")) for n in counts]
    return record(tracer.graph.add("tile", value, stack(tracer, counts)), flavour=ARRAY)


@written(np.repeat)
def repeat(a, repeats, axis=None):
    a = np.ravel(a) if axis is None else np.asarray(a)
    axis = 0 if axis is None else normal_axis(axis, a.ndim)
    size = a.shape[axis]
    good = np.all(np.greater_equal(repeats, 0))
    require(good, "ValueError", "repeats may not contain negative values.")
    if np.ndim(repeats) == 0:
        places = np.arange(size * repeats) // np.maximum(repeats, 1)
    else:
        ends = np.cumsum(np.broadcast_to(repeats, (size,)))
        places = np.searchsorted(ends, np.arange(np.sum(np.diff(ends, prepend=0))), side="right")
    return a[(slice(None),) * axis + (places,)]


@written(np.resize)
def resize(a, new_shape):
    """Repeated or cut; zeros where there is nothing to repeat."""
    flat = np.ravel(a)
    sizes = new_shape if isinstance(new_shape, tuple | list) else (new_shape,)
    total = 1
    for size in sizes:
        total = total * size
    places = np.arange(total) % np.maximum(len(flat), 1)
    return np.reshape(np.append(flat, np.zeros(1, flat.dtype))[places], sizes)


# ---- turned ----
@written(np.roll)
def roll(a, shift, axis=None):
    a = np.asarray(a)
    if axis is None:
        return np.reshape(np.roll(np.ravel(a), shift, 0), a.shape)
    axes = [axis] if isinstance(axis, int) else list(axis)
    shifts = [shift] * len(axes) if np.ndim(shift) == 0 else list(shift)
    for each, along in zip(shifts, axes, strict=True):
        along = normal_axis(along, a.ndim)
        size = a.shape[along]
        point = size - each % np.maximum(size, 1)
        a = np.concatenate([a[_cut(along, point, None)], a[_cut(along, None, point)]], axis=along)
    return a


@written(np.flip)
def flip(m, axis=None):
    m = np.asarray(m)
    axes = range(m.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    for k in axes:
        m = m[_cut(normal_axis(k, m.ndim), None, None, -1)]
    return m


@written(np.fliplr)
def fliplr(m):
    if np.ndim(m) < 2:
        refuse("np.fliplr takes two axes")
    return np.flip(m, 1)


@written(np.flipud)
def flipud(m):
    return np.flip(m, 0)


@written(np.rot90)
def rot90(m, k=1, axes=(0, 1)):
    if np.ndim(m) < 2:
        refuse("np.rot90 takes two axes")
    k = k % 4
    if k % 2 == 0:
        return np.flip(m, axes) if k else np.asarray(m)
    return np.swapaxes(np.flip(m, axes[1] if k == 1 else axes[0]), *axes)


@written(np.swapaxes)
def swapaxes(a, axis1, axis2):
    order = list(range(np.ndim(a)))
    axis1, axis2 = normal_axis(axis1, len(order)), normal_axis(axis2, len(order))
    order[axis1] = axis2
    order[axis2] = axis1
    return np.transpose(a, order)


@written(np.moveaxis)
def moveaxis(a, source, destination):
    rank = np.ndim(a)
    source = [normal_axis(k, rank) for k in ([source] if isinstance(source, int) else source)]
    places = [
        normal_axis(k, rank)
        for k in ([destination] if isinstance(destination, int) else destination)
    ]
    order = [k for k in range(rank) if k not in source]
    for place, axis in sorted(zip(places, source, strict=True)):
        order.insert(place, axis)
    return np.transpose(a, order)


@written(np.atleast_1d)
def atleast_1d(a, /):
    a = np.asarray(a)
    return np.reshape(a, (1,)) if a.ndim == 0 else a


@written(np.atleast_2d)
def atleast_2d(a, /):
    a = np.atleast_1d(a)
    return np.expand_dims(a, 0) if a.ndim == 1 else a


@written(np.atleast_3d)
def atleast_3d(a, /):
    a = np.asarray(a)
    if a.ndim == 0:
        return np.reshape(a, (1, 1, 1))
    a = np.expand_dims(a, 0) if a.ndim == 1 else a
    return np.expand_dims(a, 2) if a.ndim == 2 else a


@lowers(np.broadcast_to)
def broadcast_to(tracer, array, shape):
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    sizes = [integer(tracer, n, "a size") for n in sizes]
    value = plain(tracer, recorded(tracer, array))
    if not sizes and value.rank:
        refuse("input operand has more dimensions than allowed by the axis remapping")
    whole = tracer.graph.add("broadcast_to", value, *sizes) if sizes else value
    result = record(whole, flavour=ARRAY)
    return show_parts(array, result, lambda t, base: broadcast_to(t, base, shape))


# ---- padded ----
def _pairs(width, rank):
    """``3``, ``(1, 2)`` and ``((1, 2), (3, 4))`` as a pair for each axis."""
    parts = list(width) if isinstance(width, tuple | list | np.ndarray) else [width]
    if not any(isinstance(p, tuple | list | np.ndarray) for p in parts):
        parts = [parts]
    pairs = [(p[0], p[-1]) for p in parts]
    return pairs * rank if len(pairs) == 1 else pairs


def _mirrored(places, size, mode):
    """Where an array that goes on for ever has its elements."""
    if mode == "edge":
        return np.clip(places, 0, size - 1)
    if mode == "wrap":
        return places % size
    period = 2 * (size - 1) if mode == "reflect" else 2 * size
    places = places % np.maximum(period, 1)
    return np.where(places >= size, period - places - (mode == "symmetric"), places)


@written(np.pad)
def pad(array, pad_width, mode="constant", *, constant_values=0):
    array = np.asarray(array)
    if mode not in ("constant", "empty", "edge", "wrap", "reflect", "symmetric"):
        refuse(f"np.pad with mode={mode!r} is not compiled")
    values = _pairs(constant_values, array.ndim)
    for axis, (before, after) in enumerate(_pairs(pad_width, array.ndim)):
        size = array.shape[axis]
        require(
            np.logical_and(before >= 0, after >= 0),
            "ValueError",
            "index can't contain negative values",
        )
        if mode not in ("constant", "empty"):
            good = np.logical_or(size > 0, before + after == 0)
            require(good, "ValueError", "can't extend empty axis")
            places = _mirrored(np.arange(-before, size + after), np.maximum(size, 1), mode)
            array = array[(slice(None),) * axis + (places,)]
            continue
        parts = [array]
        for count, value in ((before, values[axis][0]), (after, values[axis][1])):
            sizes = list(array.shape)
            sizes[axis] = count
            filled = np.broadcast_to(np.asarray(value).astype(array.dtype), tuple(sizes))
            parts = [filled, *parts] if len(parts) == 1 else [*parts, filled]
        array = np.concatenate(parts, axis=axis)
    return array
