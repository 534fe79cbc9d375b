"""NumPy's functions and the methods of arrays.  A lowering's signature lists the keywords it knows; others are refused."""

import operator

import numpy as np

from ..trace import ARRAY, PYTHON, SCALAR, Recorded, attributes, lowers
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
    refuse,
)
from .indexing import get_array_item, size_value
from .ufuncs import apply_ufunc, copy_elements, elementwise, positive, resolve, truth

_UNSET = object()


def _recorded(tracer, x) -> Recorded:
    """An argument as a recorded array; lists that hold recorded values are stacked."""
    if isinstance(x, Recorded):
        return x
    return record(constant(tracer, x))


# ---- reductions ----
def _reduced_axes(x: Recorded, axis, sums: bool):
    """Axes of the value in memory; refuses where NumPy's order of additions is that of a view with gaps."""
    axes = normalize_axes(axis, x.rank)
    count = x.rank if axes is None else len(axes)
    if sums and x.strided and count > 1 and x.kind == "f":
        refuse(
            "NumPy sums a view with gaps over several axes in an order of its own",
            "np.ascontiguousarray around it",
        )
    if axes is None or x.axes is None:
        return axes
    return tuple(sorted(x.axes[a] for a in axes))


def reduce(tracer, name, x, axis, keepdims, sums=True, **fields):
    """One reduction operator; a transposed array is reduced where it lies."""
    x = _recorded(tracer, x)
    if x.axes is not None and (keepdims or (axis is not None and x.rank > 2)):
        x = (
            Recorded(plain(tracer, x), ARRAY)
            if not sums or x.kind != "f"
            else refuse(
                "a reduction of a transposed array that leaves several axes",
                "np.ascontiguousarray around it",
            )
        )
    axes = _reduced_axes(x, axis, sums)
    value = x.value
    return record(
        tracer.graph.add(
            name, value, axes=axes, keepdims=int(bool(concrete(keepdims, "keepdims"))), **fields
        )
    )


def _numbers(tracer, x):
    """Booleans and small integers as the operators take them."""
    x = _recorded(tracer, x)
    if x.kind == "O":
        refuse("text has no numbers to reduce")
    wanted = {"f": x.value.dtype, "i": np.dtype("i8"), "u": np.dtype("i8"), "b": np.dtype("?")}[
        x.kind
    ]
    if x.value.dtype == np.dtype("f2") or x.value.dtype == np.dtype("u8"):
        refuse(f"{x.value.dtype} is not compiled here", ".astype(np.float64) first")
    result = record(cast(tracer, x.value, wanted))
    result.axes, result.strided, result.flavour = x.axes, x.strided, x.flavour
    return result


def _refuse_unsigned(x: Recorded) -> None:
    """NumPy adds and multiplies unsigned integers in uint64, the operators in int64."""
    if x.kind == "u":
        refuse("sums and products of unsigned integers are not compiled", ".astype(np.int64) first")


def _register_reductions():
    for name, functions in {"sum": np.sum, "prod": np.prod, "mean": np.mean}.items():
        _register_plain(name, functions, 0)
    for name, functions in {"sum": np.nansum, "prod": np.nanprod, "mean": np.nanmean}.items():
        _register_plain(name, functions, 1)
    for name, function in {"var": np.var, "std": np.std}.items():
        _register_spread(name, function, 0)
    for name, function in {"var": np.nanvar, "std": np.nanstd}.items():
        _register_spread(name, function, 1)
    for name, functions in {"min": [np.min, np.amin], "max": [np.max, np.amax]}.items():
        _register_extreme(name, functions, 0)
    for name, functions in {"min": [np.nanmin], "max": [np.nanmax]}.items():
        _register_extreme(name, functions, 1)


def _register_plain(name, function, skip_nan):
    @lowers(function)
    def lowering(tracer, a, /, axis=None, *, keepdims=False):
        a = _recorded(tracer, a)
        if name != "mean":
            _refuse_unsigned(a)
        x = _numbers(tracer, a)
        fields = {} if x.kind != "f" or not skip_nan else {"skip_nan": 1}
        return reduce(tracer, name, x, axis, keepdims, **fields)

    if not skip_nan:
        attributes[name] = (True, lowering)


def _register_spread(name, function, skip_nan):
    @lowers(function)
    def lowering(tracer, a, /, axis=None, *, ddof=0, keepdims=False):
        x = _numbers(tracer, a)
        fields = {"skip_nan": 1} if skip_nan and x.kind == "f" else {}
        return reduce(tracer, name, x, axis, keepdims, ddof=_whole(ddof), **fields)

    if not skip_nan:
        attributes[name] = (True, lowering)


def _whole(ddof) -> int:
    if int(concrete(ddof, "ddof")) != ddof or ddof < 0:
        refuse("ddof must be a whole number")
    return int(ddof)


def _register_extreme(name, functions, skip_nan):
    @lowers(*functions)
    def lowering(tracer, a, /, axis=None, *, keepdims=False):
        a = _recorded(tracer, a)
        x = _numbers(tracer, a)
        fields = {"skip_nan": 1} if skip_nan and x.kind == "f" else {}
        result = reduce(tracer, name, x, axis, keepdims, sums=False, **fields)
        return record(cast(tracer, result.value, a.value.dtype))

    if not skip_nan:
        attributes[name] = (True, lowering)


@lowers(np.any)
def any_(tracer, a, /, axis=None, *, keepdims=False):
    return reduce(tracer, "any", truth(tracer, _recorded(tracer, a)), axis, keepdims, sums=False)


@lowers(np.all)
def all_(tracer, a, /, axis=None, *, keepdims=False):
    return reduce(tracer, "all", truth(tracer, _recorded(tracer, a)), axis, keepdims, sums=False)


@lowers(np.count_nonzero)
def count_nonzero(tracer, a, /, axis=None, *, keepdims=False):
    result = reduce(tracer, "sum", truth(tracer, _recorded(tracer, a)), axis, keepdims)
    return Recorded(result.value, _COUNT) if axis is None and not keepdims else result


_COUNT = PYTHON if type(np.count_nonzero(np.zeros(1))) is int else SCALAR
"""What np.count_nonzero of a whole array gives: a Python number in older versions of NumPy."""


def _register_position(name, function, skip_nan):
    @lowers(function)
    def lowering(tracer, a, /, axis=None, *, keepdims=False):
        x = _numbers(tracer, a)
        axis = None if axis is None else normalize_axis(axis, x.rank)
        fields = {"skip_nan": 1} if skip_nan and x.kind == "f" else {}
        keepdims = int(bool(concrete(keepdims, "keepdims")))
        return record(
            tracer.graph.add(name, plain(tracer, x), axis=axis, keepdims=keepdims, **fields)
        )

    if not skip_nan:
        attributes[name] = (True, lowering)


_register_reductions()
_register_position("argmin", np.argmin, 0)
_register_position("argmax", np.argmax, 0)
_register_position("argmin", np.nanargmin, 1)
_register_position("argmax", np.nanargmax, 1)


def _to_float(tracer, x):
    """Integers as float64, as NumPy's order statistics compute with them."""
    x = _recorded(tracer, x)
    if x.kind not in "fi" or x.value.dtype.itemsize < 4:
        refuse(f"this of {x.value.dtype} is not compiled", ".astype(np.float64) first")
    return cast(tracer, plain(tracer, x), x.value.dtype if x.kind == "f" else np.float64)


def _along(tracer, x, axis, function):
    """Applies ``function(value, axis)`` along one axis; axis None is over the flat array."""
    value = _to_float(tracer, x)
    if axis is None:
        value = value if value.rank == 1 else tracer.graph.add("reshape", value, sizes=(-1,))
        return record(function(value, 0))
    return record(function(value, normalize_axis(axis, value.rank)))


def _register_median(function, skip_nan):
    @lowers(function)
    def lowering(tracer, a, /, axis=None):
        return _along(
            tracer, a, axis, lambda v, k: tracer.graph.add("median", v, axis=k, skip_nan=skip_nan)
        )


_register_median(np.median, 0)
_register_median(np.nanmedian, 1)


METHODS = [
    "linear",
    "lower",
    "higher",
    "nearest",
    "midpoint",
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "median_unbiased",
    "normal_unbiased",
]
"""In the order of the operator's attribute."""


_PICKING = ("inverted_cdf", "closest_observation", "lower", "higher", "nearest")
"""Methods that give an element, not a mean of two."""


def _register_quantile(name, function, skip_nan):
    @lowers(function)
    def lowering(tracer, a, q, /, axis=None, *, method="linear", keepdims=False):
        x, q = _recorded(tracer, a), np.asarray(concrete(q, "q"))
        if x.kind not in "fi" or x.value.dtype.itemsize < 8:
            refuse(f"quantiles of {x.value.dtype} are not compiled", ".astype(np.float64) first")
        if concrete(method, "method") not in METHODS:
            refuse(f"{method!r} is not a method of quantiles")
        if method in _PICKING and x.kind != "f":
            refuse(
                f"quantiles of integers with method={method!r} are integers",
                ".astype(np.float64) first",
            )
        if skip_nan and q.ndim:
            refuse(
                "with several q, NumPy's result for an empty array has another shape",
                "one call for each q",
            )
        share = q / (100.0 if name == "percentile" else 1.0)
        if not np.all((share >= 0) & (share <= 1)) or q.ndim > 1:
            refuse("q must lie in its range, and be a number or one-dimensional")
        if name == "quantile" and q.dtype.kind != "f":
            refuse("np.quantile with an integer takes another way than with a float", "q as float")
        fields = {
            "method": METHODS.index(method),
            "skip_nan": skip_nan,
            "keepdims": int(bool(concrete(keepdims, "keepdims"))),
        }
        axis = None if axis is None else normalize_axis(axis, x.rank)
        share = tracer.graph.constant(q, np.float64)
        return record(
            tracer.graph.add(
                name, cast(tracer, plain(tracer, x), np.float64), share, axis=axis, **fields
            )
        )


_register_quantile("percentile", np.percentile, 0)
_register_quantile("quantile", np.quantile, 0)
_register_quantile("percentile", np.nanpercentile, 1)
_register_quantile("quantile", np.nanquantile, 1)


# ---- along an axis ----
def _register_cumulative(name, function):
    @lowers(function)
    def lowering(tracer, a, /, axis=None):
        a = _recorded(tracer, a)
        _refuse_unsigned(a)
        x = _numbers(tracer, a)
        axis = None if axis is None else normalize_axis(axis, x.rank)
        return record(tracer.graph.add(name, in_order(tracer, x), axis=axis))

    attributes[name] = (True, lowering)


_register_cumulative("cumsum", np.cumsum)
_register_cumulative("cumprod", np.cumprod)


@lowers(np.diff)
def diff(tracer, a, /, n=1, axis=-1):
    x = _recorded(tracer, a)
    value, axis = in_order(tracer, x), normalize_axis(axis, x.rank)
    for _ in range(concrete(n, "n")):
        value = tracer.graph.add("diff", value, axis=axis)
    return record(value)


@lowers(np.sort)
def sort(tracer, a, /, axis=-1):
    x = _recorded(tracer, a)
    return record(tracer.graph.add("sort", in_order(tracer, x), axis=normalize_axis(axis, x.rank)))


@lowers(np.argsort)
def argsort(tracer, a, /, axis=-1, *, kind=None, stable=None):
    """Stable only: the order that other kinds leave ties in differs from machine to machine."""
    x = _recorded(tracer, a)
    if (concrete(kind, "kind"), concrete(stable, "stable")) not in (
        ("stable", None),
        ("mergesort", None),
        (None, True),
    ):
        refuse("the order of equal values is the machine's choice", "np.argsort(x, kind='stable')")
    return record(tracer.graph.add("argsort", plain(tracer, x), axis=normalize_axis(axis, x.rank)))


@lowers(np.interp)
def interp(tracer, x, xp, fp, /, left=None, right=None):
    values = [cast(tracer, plain(tracer, _recorded(tracer, v)), np.float64) for v in (x, xp, fp)]
    ends = [
        None if e is None else cast(tracer, plain(tracer, _recorded(tracer, e)), np.float64)
        for e in (left, right)
    ]
    return record(tracer.graph.add("interp", *values, *ends))


@lowers(np.searchsorted)
def searchsorted(tracer, a, v, /, side="left"):
    types = np.result_type(dtype_of(tracer, a), dtype_of(tracer, v))
    values = [cast(tracer, plain(tracer, _recorded(tracer, t)), types) for t in (a, v)]
    return record(
        tracer.graph.add("searchsorted", *values, right=int(concrete(side, "side") == "right"))
    )


# ---- choosing ----
@lowers(np.where)
def where(tracer, condition, x=_UNSET, y=_UNSET, /):
    """An array, even without axes."""
    condition = truth(tracer, _recorded(tracer, condition))
    if x is _UNSET:
        if condition.rank != 1:
            refuse("np.where with one argument on several axes", "np.flatnonzero(x.ravel())")
        return (record(tracer.graph.add("nonzero", condition.value)),)
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


@lowers(np.flatnonzero)
def flatnonzero(tracer, a, /):
    x = truth(tracer, _recorded(tracer, a))
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
    x = _recorded(tracer, x)
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
    x = _recorded(tracer, a)
    if axis is None and x.rank > 1:
        x, axis = ravel(tracer, x), 0
    axis = 0 if axis is None else normalize_axis(axis, x.rank)
    index = _recorded(tracer, indices)
    if index.kind not in "iu" or index.rank > 1:
        refuse("np.take is compiled for an integer, or integers in one dimension")
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
    condition = _recorded(tracer, condition)
    if condition.rank != 1:
        refuse("np.compress takes a condition of one dimension")
    return take(tracer, a, flatnonzero(tracer, condition), axis)


# ---- making and joining ----
@lowers(np.ascontiguousarray)
def contiguous(tracer, a, /, dtype=None):
    x = record(plain(tracer, _recorded(tracer, a)), flavour=ARRAY)
    return _at_least(tracer, x if dtype is None else astype(tracer, x, dtype), 1)


@lowers(np.array)
def array(tracer, a, /, dtype=None):
    """A copy in the same memory order, without gaps."""
    x = _recorded(tracer, a)
    result = Recorded(x.value, ARRAY, x.axes)
    return result if dtype is None else astype(tracer, result, dtype)


@lowers(np.asarray, np.asanyarray)
def as_array(tracer, a, /, dtype=None):
    result = array(tracer, a, dtype)
    same = isinstance(a, Recorded) and result.value is a.value
    result.strided = same and a.strided
    return result


def _joined(tracer, arrays):
    if isinstance(arrays, Recorded):
        if not isinstance(arrays.dims[0], int):
            refuse("joining along a size that is known only when the model runs")
        arrays = [get_array_item(tracer, arrays, i) for i in range(arrays.dims[0])]
    parts = [_recorded(tracer, a) for a in arrays]
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
    def lowering(tracer, a, /):
        x = _recorded(tracer, a)
        value = tracer.graph.constant(x.value.dtype.type(fill))
        result = record(tracer.graph.add("broadcast_like", value, x.value), flavour=ARRAY)
        result.axes = x.axes
        return result


_register_like(np.zeros_like, 0)
_register_like(np.ones_like, 1)


def _full(tracer, shape, value, dtype):
    sizes = shape if isinstance(shape, tuple | list) else [shape]
    values = [integer(tracer, s, "a size") for s in sizes]
    value = cast(tracer, plain(tracer, _recorded(tracer, value)), dtype)
    return record(tracer.graph.add("broadcast_to", value, *values), flavour=ARRAY)


@lowers(np.zeros)
def zeros(tracer, shape, /, dtype=float):
    return _full(tracer, shape, 0, dtype)


@lowers(np.ones)
def ones(tracer, shape, /, dtype=float):
    return _full(tracer, shape, 1, dtype)


@lowers(np.full)
def full(tracer, shape, fill_value, /, dtype=None):
    return _full(tracer, shape, fill_value, dtype or dtype_of(tracer, fill_value))


@lowers(np.arange)
def arange(tracer, start, stop=_UNSET, step=1, /):
    start, stop = (0, start) if stop is _UNSET else (start, stop)
    parts = [_recorded(tracer, p) for p in (start, stop, step)]
    real = any(p.kind == "f" for p in parts)
    values = [cast(tracer, p.value, np.float64 if real else np.int64) for p in parts]
    return record(tracer.graph.add("arange_real" if real else "arange", *values))


# ---- shape ----
@lowers(np.ravel)
def ravel(tracer, a, /):
    value = plain(tracer, _recorded(tracer, a))
    return record(
        value if value.rank == 1 else tracer.graph.add("reshape", value, sizes=(-1,)), flavour=ARRAY
    )


@lowers(np.reshape)
def reshape(tracer, a, shape, /):
    x = _recorded(tracer, a)
    sizes = shape if isinstance(shape, tuple | list) else (shape,)
    value = plain(tracer, x) if len(sizes) == 1 else in_order(tracer, x)
    if any(isinstance(s, Recorded) for s in sizes):
        values = [integer(tracer, s, "a size") for s in sizes]
        result = tracer.graph.add("reshape_to", value, *values)
    else:
        result = tracer.graph.add("reshape", value, sizes=tuple(operator.index(s) for s in sizes))
    return Recorded(result, ARRAY, strided=x.strided and len(sizes) > 1)


@lowers(np.transpose)
def transpose(tracer, a, /, axes=None):
    """No copy: only the order of the axes is noted, since sums follow the memory."""
    x = _recorded(tracer, a)
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
    return Recorded(x.value, flavour, turned, x.strided)


@lowers(np.expand_dims)
def expand_dims(tracer, a, axis, /):
    x = _recorded(tracer, a)
    value = tracer.graph.add(
        "expand_dims", in_order(tracer, x), axes=(normalize_axis(axis, x.rank + 1),)
    )
    return Recorded(value, ARRAY, strided=x.strided)


@lowers(np.squeeze)
def squeeze(tracer, a, /, axis=None):
    x = _recorded(tracer, a)
    axes = (
        normalize_axes(axis, x.rank)
        if axis is not None
        else tuple(i for i, d in enumerate(x.dims) if d == 1)
    )
    if axis is None and any(not isinstance(d, int) for d in x.dims):
        refuse(
            "np.squeeze of sizes that are known only when the model runs", "np.squeeze(x, axis=...)"
        )
    return Recorded(
        tracer.graph.add("squeeze", in_order(tracer, x), axes=axes), ARRAY, strided=x.strided
    )


# ---- products ----
@lowers(np.dot, np.matmul, "matmul")
def matmul(tracer, a, b, /):
    values = [plain(tracer, _recorded(tracer, v)) for v in (a, b)]
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
    x = _recorded(tracer, a)
    decimals = int(concrete(decimals, "decimals"))
    if x.kind == "b" or abs(decimals) > 22:
        refuse("this rounding is not compiled")
    result = record(tracer.graph.add("round", x.value, decimals=decimals))
    result.axes = x.axes
    return result


@lowers(np.nan_to_num)
def nan_to_num(tracer, x, /, *, nan=0.0):
    x = _recorded(tracer, x)
    if x.kind != "f":
        return copy_elements(x)
    limits = np.finfo(x.value.dtype)
    kept = where(
        tracer, apply_ufunc(tracer, np.isnan, x), x.value.dtype.type(concrete(nan, "nan")), x
    )
    kept = where(
        tracer, apply_ufunc(tracer, np.equal, kept, x.value.dtype.type(np.inf)), limits.max, kept
    )
    return copy_elements(
        where(
            tracer,
            apply_ufunc(tracer, np.equal, kept, x.value.dtype.type(-np.inf)),
            limits.min,
            kept,
        )
    )


# ---- methods and attributes of arrays ----
def astype(tracer, x, dtype, /):
    dtype = np.dtype(concrete(dtype, "dtype"))
    """A copy in the same memory order, without gaps."""
    return Recorded(cast(tracer, x.value, dtype), x.flavour, x.axes)


def item(tracer, x, /):
    if x.rank:
        refuse("item() of an array that may have several elements", "x[0]")
    wide = {"f": np.float64, "i": np.int64, "u": np.int64}.get(x.kind)
    return Recorded(cast(tracer, x.value, wide) if wide else x.value, PYTHON)


@lowers(np.copy)
def copy_function(tracer, a, /):
    return array(tracer, a)


def copy(tracer, x, /):
    """In C order, whatever the order was."""
    return record(plain(tracer, x), flavour=x.flavour)


def reshape_method(tracer, x, /, *shape):
    return reshape(tracer, x, shape[0] if len(shape) == 1 else shape)


def transpose_method(tracer, x, /, *axes):
    return transpose(
        tracer, x, axes=None if not axes else axes[0] if isinstance(axes[0], tuple | list) else axes
    )


for _name, _lowering in {
    "astype": astype,
    "item": item,
    "copy": copy,
    "any": any_,
    "all": all_,
    "ravel": ravel,
    "flatten": ravel,
    "reshape": reshape_method,
    "transpose": transpose_method,
    "squeeze": squeeze,
    "clip": clip_method,
    "dot": matmul,
    "round": round_,
    "argsort": argsort,
    "take": take,
    "nonzero": nonzero,
}.items():
    attributes[_name] = (True, _lowering)

attributes["T"] = (False, lambda x: transpose(None, x))
attributes["ndim"] = (False, lambda x: x.rank)
attributes["dtype"] = (False, lambda x: x.value.dtype)
attributes["size"] = (False, size_value)
attributes["shape"] = (False, lambda x: tuple(size_value(x, axis) for axis in range(x.rank)))
