"""Order statistics, running sums, differences, sorting and searching along an axis."""

import numpy as np

from ..recorded import attributes, lowers
from .common import (
    cast,
    concrete,
    dtype_of,
    in_order,
    normalize_axis,
    plain,
    record,
    recorded,
    refuse,
)
from .reductions import numbers, refuse_unsigned


def _to_float(tracer, x):
    """Integers as float64, as NumPy's order statistics compute with them."""
    x = recorded(tracer, x)
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
        x, q = recorded(tracer, a), np.asarray(concrete(q, "q"))
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
        a = recorded(tracer, a)
        refuse_unsigned(a)
        x = numbers(tracer, a)
        axis = None if axis is None else normalize_axis(axis, x.rank)
        return record(tracer.graph.add(name, in_order(tracer, x), axis=axis))

    attributes[name] = (True, lowering)


_register_cumulative("cumsum", np.cumsum)
_register_cumulative("cumprod", np.cumprod)


@lowers(np.diff)
def diff(tracer, a, /, n=1, axis=-1, prepend=None, append=None):
    x = recorded(tracer, a)
    if concrete(n, "n") == 0:
        return a
    value, axis = in_order(tracer, x), normalize_axis(axis, x.rank)
    ends = [e if e is None else _as_end(tracer, e, value, axis) for e in (prepend, append)]
    parts = [p for p in (ends[0], value, ends[1]) if p is not None]
    if len(parts) > 1:
        dtype = np.result_type(*(p.dtype for p in parts))
        value = tracer.graph.add("concat", *(cast(tracer, p, dtype) for p in parts), axis=axis)
    for _ in range(n):
        value = tracer.graph.add("diff", value, axis=axis)
    return record(value)


def _as_end(tracer, end, value, axis):
    """A number goes along the whole side."""
    end = plain(tracer, recorded(tracer, end))
    if end.rank:
        return end
    sizes = [tracer.graph.add("size_of", value, axis=d) for d in range(value.rank)]
    sizes[axis] = tracer.graph.constant(1, np.int64)
    return tracer.graph.add("broadcast_to", end, *sizes)


@lowers(np.sort)
def sort(tracer, a, /, axis=-1):
    x = recorded(tracer, a)
    return record(tracer.graph.add("sort", in_order(tracer, x), axis=normalize_axis(axis, x.rank)))


@lowers(np.argsort)
def argsort(tracer, a, /, axis=-1, *, kind=None, stable=None):
    """Stable only: the order that other kinds leave ties in differs from machine to machine."""
    x = recorded(tracer, a)
    if (concrete(kind, "kind"), concrete(stable, "stable")) not in (
        ("stable", None),
        ("mergesort", None),
        (None, True),
    ):
        refuse("the order of equal values is the machine's choice", "np.argsort(x, kind='stable')")
    return record(tracer.graph.add("argsort", plain(tracer, x), axis=normalize_axis(axis, x.rank)))


@lowers(np.interp)
def interp(tracer, x, xp, fp, /, left=None, right=None):
    values = [cast(tracer, plain(tracer, recorded(tracer, v)), np.float64) for v in (x, xp, fp)]
    ends = [
        None if e is None else cast(tracer, plain(tracer, recorded(tracer, e)), np.float64)
        for e in (left, right)
    ]
    return record(tracer.graph.add("interp", *values, *ends))


@lowers(np.searchsorted)
def searchsorted(tracer, a, v, /, side="left"):
    types = np.result_type(dtype_of(tracer, a), dtype_of(tracer, v))
    values = [cast(tracer, plain(tracer, recorded(tracer, t)), types) for t in (a, v)]
    return record(
        tracer.graph.add("searchsorted", *values, right=int(concrete(side, "side") == "right"))
    )
