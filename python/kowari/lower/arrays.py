"""Choosing, making, joining and reshaping arrays; products and rounding."""

import operator

import numpy as np

from ..recorded import ARRAY, PYTHON, SCALAR, Recorded, Shared, lowerings, lowers
from .common import (
    cast,
    concrete,
    constant,
    dtype_of,
    in_order,
    integer,
    is_python,
    normalize_axes,
    normalize_axis,
    plain,
    record,
    recorded,
    refuse,
)
from .indexing import get_array_item, size_value
from .sharing import keep_value, lies_together, show_all
from .ufuncs import apply_ufunc, copy_elements, elementwise, positive, resolve, truth

_UNSET = object()


# ---- choosing ----
@lowers(np.where)
def where(tracer, condition, x=_UNSET, y=_UNSET, /):
    """An array, even without axes."""
    condition = truth(tracer, recorded(tracer, condition))
    if x is _UNSET:
        if condition.rank == 1:
            return (record(tracer.graph.add("nonzero", condition.value)),)
        if condition.rank == 0:
            refuse("a number has no places", "np.atleast_1d around it")
        places = tracer.graph.add("argwhere", plain(tracer, condition))
        columns = [tracer.graph.constant(k, np.int64) for k in range(condition.rank)]
        return tuple(record(tracer.graph.add("take", places, k, axis=1)) for k in columns)
    if dtype_of(tracer, x).kind in "OUT":
        values = [
            constant(tracer, t) if not isinstance(t, Recorded) else plain(tracer, t) for t in (x, y)
        ]
        value = tracer.graph.add("where", plain(tracer, condition), *values)
        return record(value, flavour=ARRAY)
    dtype = resolve(tracer, np.add, x, y)[-1]
    result = elementwise(tracer, "where", [condition, x, y], [np.dtype("?"), dtype, dtype])
    result.flavour = ARRAY
    return result


@lowers(np.nonzero)
def nonzero(tracer, a, /):
    return where(tracer, a)


@lowers(np.argwhere)
def argwhere(tracer, a, /):
    return record(tracer.graph.add("argwhere", plain(tracer, truth(tracer, recorded(tracer, a)))))


@lowers(np.flatnonzero)
def flatnonzero(tracer, a, /):
    x = truth(tracer, recorded(tracer, a))
    value = plain(tracer, x)
    return record(
        tracer.graph.add(
            "nonzero", value if value.rank == 1 else tracer.graph.add("reshape", value, sizes=(-1,))
        )
    )


@lowers(np.clip)
def clip(tracer, a, /, a_min=_UNSET, a_max=_UNSET, *, min=_UNSET, max=_UNSET):
    """Both limits by the old names, or any of them by the new ones."""
    old = [limit for limit in (a_min, a_max) if limit is not _UNSET]
    new = [limit for limit in (min, max) if limit is not _UNSET]
    if len(old) == 1 or (old and new):
        refuse("np.clip takes two limits, or any of min= and max=", "None for no limit")
    limits = old or [None if limit is _UNSET else limit for limit in (min, max)]
    return clip_method(tracer, a, *limits)


def clip_method(tracer, x, /, min=None, max=None):
    x = recorded(tracer, x)
    low, high = (_limit(x, limit, sign) for limit, sign in ((min, -1), (max, 1)))
    if low is None and high is None:
        return positive(tracer, x)
    if low is None:
        return apply_ufunc(tracer, np.minimum, x, high)
    if high is None:
        return apply_ufunc(tracer, np.maximum, x, low)
    dtypes = resolve(tracer, _CLIP, x, low, high)
    return elementwise(tracer, "clip", [x, low, high], dtypes[:3])


def _limit(x, limit, sign):
    """A limit of clip; None for a Python integer that no integer of the type is beyond."""
    if x.kind not in "iu" or not is_python(limit):
        return limit
    if isinstance(limit, Recorded):
        if limit.kind == "i" and x.value.dtype.itemsize < 8:
            refuse(
                f"a limit that {x.value.dtype} may not hold, known only when the model runs",
                "np.clip(x.astype(np.int64), ...)",
            )
        return limit
    bounds = np.iinfo(x.value.dtype)
    beyond = limit <= bounds.min if sign < 0 else limit >= bounds.max
    return None if type(limit) is int and beyond else limit


_CLIP = np._core.umath.clip


@lowers(np.take)
def take(tracer, a, indices, /, axis=None):
    x = recorded(tracer, a)
    if axis is None and x.rank > 1:
        x, axis = ravel(tracer, x), 0
    axis = 0 if axis is None else normalize_axis(axis, x.rank)
    index = recorded(tracer, indices)
    if index.kind not in "iu":
        refuse("np.take is compiled for integers")
    if axis and not _is_inside(index.value, x.dims[axis]):
        refuse(
            "behind another axis NumPy takes without a look at the indices if that one is empty",
            "x[:, indices]",
        )
    return record(
        tracer.graph.add("take", plain(tracer, x), cast(tracer, index.value, np.int64), axis=axis)
    )


def _is_inside(index, size) -> bool:
    """Are the indices known to be in range?"""
    known = index.constant is not None and isinstance(size, int)
    return known and bool(np.all((-size <= index.constant) & (index.constant < size)))


@lowers(np.compress)
def compress(tracer, condition, a, /, axis=None):
    condition = recorded(tracer, condition)
    if condition.rank != 1:
        refuse("np.compress takes a condition of one dimension")
    return take(tracer, a, flatnonzero(tracer, condition), axis)


# ---- making and joining ----
def astype(tracer, x, dtype, /):
    """A copy in the same memory order, without gaps."""
    dtype = np.dtype(concrete(dtype, "dtype"))
    return Recorded(cast(tracer, x.value, dtype), x.flavour, x.axes)


@lowers(np.ascontiguousarray)
def contiguous(tracer, a, /, dtype=None):
    if isinstance(a, Recorded) and a.rank and dtype in (None, a.value.dtype):
        if lies_together(a) and a.flavour == ARRAY:
            return a
        x = record(plain(tracer, a), flavour=ARRAY)
        return x.as_view(a, Shared()) if a.flavour == ARRAY else x
    x = record(plain(tracer, recorded(tracer, a)), flavour=ARRAY)
    return _at_least(tracer, x if dtype is None else astype(tracer, x, dtype), 1)


@lowers(np.array)
def array(tracer, a, /, dtype=None):
    """A copy in the same memory order, without gaps."""
    x = recorded(tracer, a)
    result = Recorded(x.value, ARRAY, x.axes)
    return result if dtype is None else astype(tracer, result, dtype)


@lowers(np.asarray, np.asanyarray)
def as_array(tracer, a, /, dtype=None):
    """The array itself, where it has the type."""
    same = isinstance(a, Recorded) and a.flavour == ARRAY
    return a if same and dtype in (None, a.value.dtype) else array(tracer, a, dtype)


def _joined(tracer, arrays):
    if isinstance(arrays, Recorded):
        if not isinstance(arrays.dims[0], int):
            refuse("joining along a size that is known only when the model runs")
        arrays = [get_array_item(tracer, arrays, i) for i in range(arrays.dims[0])]
    parts = [recorded(tracer, a) for a in arrays]
    dtype = np.result_type(*(p.value.dtype for p in parts))
    return [record(cast(tracer, in_order(tracer, p), dtype), flavour=ARRAY) for p in parts]


@lowers(np.concatenate)
def concatenate(tracer, arrays, /, axis=0):
    parts = _joined(tracer, arrays)
    if any(p.rank == 0 for p in parts):
        refuse(
            "zero-dimensional arrays cannot be concatenated", "np.array([...]) around the numbers"
        )
    if axis is None:
        parts, axis = [ravel(tracer, p) for p in parts], 0
    axis = normalize_axis(axis, parts[0].rank)
    return record(tracer.graph.add("concat", *(p.value for p in parts), axis=axis))


@lowers(np.stack)
def stack(tracer, arrays, /, axis=0):
    parts = _joined(tracer, arrays)
    axis = normalize_axis(axis, parts[0].rank + 1)
    return record(tracer.graph.add("stack", *(p.value for p in parts), axis=axis))


def _at_least(tracer, part, rank):
    for _ in range(rank - part.rank):
        part = record(tracer.graph.add("expand_dims", part.value, axes=(0,)), flavour=ARRAY)
    return part


@lowers(np.hstack)
def hstack(tracer, arrays, /):
    parts = [_at_least(tracer, p, 1) for p in _joined(tracer, arrays)]
    return concatenate(tracer, parts, axis=0 if parts[0].rank == 1 else 1)


@lowers(np.vstack)
def vstack(tracer, arrays, /):
    return concatenate(tracer, [_at_least(tracer, p, 2) for p in _joined(tracer, arrays)], axis=0)


@lowers(np.column_stack)
def column_stack(tracer, arrays, /):
    columns = [
        record(tracer.graph.add("expand_dims", p.value, axes=(1,)), flavour=ARRAY)
        if p.rank == 1
        else p
        for p in _joined(tracer, arrays)
    ]
    return concatenate(tracer, columns, axis=1)


@lowers(np.append)
def append(tracer, arr, values, /):
    return concatenate(tracer, [ravel(tracer, arr), ravel(tracer, values)])


def _register_like(function, fill):
    @lowers(function)
    def lowering(tracer, a, /, dtype=None, *, shape=None):
        return full_like(tracer, a, fill, dtype, shape=shape)


@lowers(np.full_like)
def full_like(tracer, a, fill_value, /, dtype=None, *, shape=None):
    x = recorded(tracer, a)
    dtype = x.value.dtype if dtype is None else np.dtype(concrete(dtype, "dtype"))
    if shape is not None:
        return _full(tracer, shape, fill_value, dtype)
    value = cast(tracer, plain(tracer, recorded(tracer, fill_value)), dtype)
    if value.rank:
        return _full(tracer, [size_value(x, k) for k in range(x.rank)], fill_value, dtype)
    result = record(tracer.graph.add("broadcast_like", value, x.value), flavour=ARRAY)
    result.axes = x.axes
    return result


_register_like(np.zeros_like, 0)
_register_like(np.empty_like, 0)
_register_like(np.ones_like, 1)


def _full(tracer, shape, value, dtype):
    sizes = shape if isinstance(shape, tuple | list) else [shape]
    values = [integer(tracer, s, "a size") for s in sizes]
    value = cast(tracer, plain(tracer, recorded(tracer, value)), dtype)
    return record(tracer.graph.add("broadcast_to", value, *values), flavour=ARRAY)


@lowers(np.zeros, np.empty)
def zeros(tracer, shape, /, dtype=float):
    return _full(tracer, shape, 0, dtype)


@lowers(np.ones)
def ones(tracer, shape, /, dtype=float):
    return _full(tracer, shape, 1, dtype)


@lowers(np.full)
def full(tracer, shape, fill_value, /, dtype=None):
    return _full(tracer, shape, fill_value, dtype or dtype_of(tracer, fill_value))


@lowers(np.arange)
def arange(tracer, start, stop=_UNSET, step=1, dtype=None):
    start, stop = (0, start) if stop is _UNSET else (start, stop)
    parts = [recorded(tracer, p) for p in (start, stop, step)]
    real = any(p.kind == "f" for p in parts)
    if any(p.value.dtype == np.float32 for p in parts):
        refuse(
            "np.arange from a float32 rounds its step to float32", "np.arange(float(start), ...)"
        )
    values = [cast(tracer, p.value, np.float64 if real else np.int64) for p in parts]
    result = record(tracer.graph.add("arange_real" if real else "arange", *values))
    if dtype is None or np.dtype(dtype) == result.value.dtype:
        return result
    if real or np.dtype(dtype).str[1:] not in ("f8", "i4"):
        refuse(f"np.arange of these bounds in {np.dtype(dtype)} is not compiled", "astype")
    return astype(tracer, result, dtype)


# ---- shape ----
@lowers(np.ravel)
def ravel(tracer, a, /):
    value = plain(tracer, recorded(tracer, a))
    if value.rank == 1 and isinstance(a, Recorded) and lies_together(a) and a.flavour == ARRAY:
        return a
    flat = value if value.rank == 1 else tracer.graph.add("reshape", value, sizes=(-1,))
    return show_all(a, record(flat, flavour=ARRAY), ravel)


def flatten(tracer, x, /):
    """A copy, whatever the rank."""
    return Recorded(ravel(tracer, x).value, ARRAY)


@lowers(np.reshape)
def reshape(tracer, a, shape, /):
    x = recorded(tracer, a)
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    value = plain(tracer, x) if len(sizes) == 1 else in_order(tracer, x)
    if any(isinstance(s, Recorded) for s in sizes):
        values = [integer(tracer, s, "a size") for s in sizes]
        result = tracer.graph.add("reshape_to", value, *values)
    else:
        result = tracer.graph.add("reshape", value, sizes=tuple(operator.index(s) for s in sizes))
    result = Recorded(result, ARRAY, strided=x.strided and len(sizes) > 1)
    return show_all(a, result, lambda t, base: reshape(t, base, shape))


@lowers(np.transpose)
def transpose(tracer, a, /, axes=None):
    """No copy: only the order of the axes is noted, since sums follow the memory."""
    x = recorded(tracer, a)
    order = (
        tuple(range(x.rank))[::-1]
        if axes is None
        else tuple(int(concrete(k, "axes")) % max(x.rank, 1) for k in axes)
    )
    if sorted(order) != list(range(x.rank)):
        refuse(f"axes {axes} of an array of dimension {x.rank}")
    now = x.axes or tuple(range(x.rank))
    turned = tuple(now[k] for k in order)
    flavour = SCALAR if x.flavour == PYTHON else x.flavour
    turned = None if turned == tuple(range(x.rank)) else turned
    result = Recorded(x.value, flavour, turned, x.strided)
    if flavour != ARRAY:
        return result
    return result.as_view(x, Shared(lambda t, base: transpose(t, base, axes), keep_value))


@lowers(np.expand_dims)
def expand_dims(tracer, a, axis, /):
    x = recorded(tracer, a)
    value = tracer.graph.add(
        "expand_dims", in_order(tracer, x), axes=(normalize_axis(axis, x.rank + 1),)
    )
    result = Recorded(value, ARRAY, strided=x.strided)
    return show_all(a, result, lambda t, base: expand_dims(t, base, axis))


@lowers(np.squeeze)
def squeeze(tracer, a, /, axis=None):
    x = recorded(tracer, a)
    axes = (
        normalize_axes(axis, x.rank)
        if axis is not None
        else tuple(i for i, d in enumerate(x.dims) if d == 1)
    )
    if axis is None and any(not isinstance(d, int) for d in x.dims):
        refuse(
            "np.squeeze of sizes that are known only when the model runs", "np.squeeze(x, axis=...)"
        )
    value = tracer.graph.add("squeeze", in_order(tracer, x), axes=axes)
    result = Recorded(value, ARRAY, strided=x.strided)
    return show_all(a, result, lambda t, base: squeeze(t, base, axes))


# ---- products ----
@lowers(np.dot, np.matmul, "matmul")
def matmul(tracer, a, b, /):
    values = [plain(tracer, recorded(tracer, v)) for v in (a, b)]
    dtype = np.result_type(*(v.dtype for v in values))
    if dtype.kind != "f" or any(v.rank not in (1, 2) for v in values):
        refuse("a product is compiled for float arrays of one or two axes", ".astype(np.float64)")
    left, right = values[0].rank == 1, values[1].rank == 1
    values = [cast(tracer, v, dtype) for v in values]
    if left:
        values[0] = tracer.graph.add("expand_dims", values[0], axes=(0,))
    if right:
        values[1] = tracer.graph.add("expand_dims", values[1], axes=(1,))
    value = tracer.graph.add("matmul", *values)
    axes = ((0,) if left else ()) + ((1,) if right else ())
    return record(tracer.graph.add("squeeze", value, axes=axes) if axes else value)


# ---- rounding ----
@lowers(np.round, np.around)
def round_(tracer, a, /, decimals=0):
    x = recorded(tracer, a)
    decimals = int(concrete(decimals, "decimals"))
    if x.kind == "b" or abs(decimals) > 22:
        refuse("this rounding is not compiled")
    result = record(tracer.graph.add("round", x.value, decimals=decimals))
    result.axes = x.axes
    return result


@lowers(np.nan_to_num)
def nan_to_num(tracer, x, /, *, nan=0.0, posinf=None, neginf=None):
    x = recorded(tracer, x)
    if x.kind != "f":
        return copy_elements(x)
    limits = np.finfo(x.value.dtype)
    largest = limits.max if posinf is None else x.value.dtype.type(concrete(posinf, "posinf"))
    smallest = limits.min if neginf is None else x.value.dtype.type(concrete(neginf, "neginf"))
    kind, result = x.value.dtype.type, x
    nan = kind(concrete(nan, "nan"))
    for test, value in ((np.isnan, nan), (np.isposinf, largest), (np.isneginf, smallest)):
        result = where(tracer, lowerings[test](tracer, x), value, result)
    return copy_elements(result)


@lowers(np.outer)
def outer(tracer, a, b, /):
    return lowerings[np.multiply.outer](tracer, ravel(tracer, a), ravel(tracer, b))
