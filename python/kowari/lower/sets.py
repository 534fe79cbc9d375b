"""What is there, and how often: distinct values, sets of them, counts in bins."""

import numpy as np

from ..recorded import lowers
from .common import cast, plain, record, recorded, refuse
from .written import require, written


@written(np.unique)
def unique(ar, return_index=False, return_inverse=False, return_counts=False, *, equal_nan=True):
    ar = np.asarray(ar)
    flat = np.ravel(ar)
    order = np.argsort(flat, kind="stable")
    values = flat[order]
    unlike = values[1:] != values[:-1]
    if equal_nan and ar.dtype.kind == "f":
        both = np.logical_and(np.isnan(values[1:]), np.isnan(values[:-1]))
        unlike = np.logical_and(unlike, np.logical_not(both))
    first = np.concatenate([np.arange(len(flat))[:1] == 0, unlike])
    results = [values[first]]
    if return_index:
        results.append(order[first])
    if return_inverse:
        number = np.cumsum(first) - 1
        results.append(np.reshape(number[np.argsort(order, kind="stable")], ar.shape))
    if return_counts:
        results.append(np.diff(np.flatnonzero(first), append=len(flat)))
    return results[0] if len(results) == 1 else tuple(results)


@written(np.isin)
def isin(element, test_elements, assume_unique=False, invert=False):
    element, known = np.asarray(element), np.sort(np.ravel(test_elements))
    dtype = np.result_type(element.dtype, known.dtype)
    element, known = element.astype(dtype), known.astype(dtype)
    places = np.searchsorted(known, element)
    nearest = np.append(known, np.zeros(1, dtype))[places]
    found = np.logical_and(places < len(known), nearest == element)
    return np.logical_not(found) if invert else found


@written(np.intersect1d)
def intersect1d(ar1, ar2):
    both = np.sort(np.concatenate([np.unique(ar1), np.unique(ar2)]))
    return both[1:][both[1:] == both[:-1]]


@written(np.union1d)
def union1d(ar1, ar2):
    return np.unique(np.concatenate([np.ravel(ar1), np.ravel(ar2)]))


@written(np.setdiff1d)
def setdiff1d(ar1, ar2):
    values = np.unique(ar1)
    return values[np.isin(values, ar2, invert=True)]


@written(np.setxor1d)
def setxor1d(ar1, ar2):
    values = np.sort(np.concatenate([np.unique(ar1), np.unique(ar2)]))
    single = np.ones(1, dtype=bool)
    flags = np.concatenate([single, values[1:] != values[:-1], single])
    return values[np.logical_and(flags[1:], flags[:-1])]


# ---- counts ----
def add_at(places, values, size):
    """Zeros, to which values are added at places in their order."""
    raise NotImplementedError(f"{places}, {values}, {size} while compiling")


@lowers(add_at)
def _add_at(tracer, places, values, size, /):
    places, values, size = (plain(tracer, recorded(tracer, v)) for v in (places, values, size))
    places = tracer.graph.add("expand_dims", places, axes=(1,))
    sizes = tracer.graph.add("expand_dims", cast(tracer, size, np.int64), axes=(0,))
    return record(tracer.graph.add("scatter_nd", places, values, sizes))


@written(np.bincount)
def bincount(x, /, weights=None, minlength=0):
    x = np.asarray(x)
    if x.ndim != 1 or x.dtype.kind not in "bi":
        refuse("np.bincount takes integers in one dimension", ".astype(np.int64)")
    x = x.astype(np.int64)
    good = np.all(x >= 0)
    require(good, "ValueError", "'list' argument must have no negative elements")
    size = np.max(np.append(x, minlength - 1)) + 1
    if weights is None:
        return add_at(x, np.ones(np.shape(x), dtype=np.int64), size)
    same = np.equal(np.size(weights), len(x))
    require(same, "ValueError", "The weights and list don't have the same length.")
    require(len(x) > 0, "ValueError", "weights of nothing give integers, which is not compiled")
    return add_at(x, np.asarray(weights, dtype=np.float64), size)


@written(np.digitize)
def digitize(x, bins, right=False):
    x, bins = np.asarray(x), np.asarray(bins)
    rises, falls = np.all(bins[1:] >= bins[:-1]), np.all(bins[1:] <= bins[:-1])
    good = np.logical_or(rises, falls)
    require(good, "ValueError", "bins must be monotonically increasing or decreasing")
    side = "left" if right else "right"
    upward = np.searchsorted(bins, x, side=side)
    downward = len(bins) - np.searchsorted(bins[::-1], x, side=side)
    return np.where(rises, upward, downward)[()]


@written(np.histogram_bin_edges)
def bin_edges(a, bins=10, range=None):
    """The ends of the bins; of a number of them, from the smallest to the largest value."""
    if np.ndim(bins):
        edges = np.asarray(bins)
        if edges.ndim != 1:
            refuse("`bins` must be 1d, when an array")
        good = np.logical_not(np.any(edges[:-1] > edges[1:]))
        require(good, "ValueError", "`bins` must increase monotonically, when an array")
        return edges
    if np.asarray(bins).dtype.kind != "i":
        refuse("`bins` must be an integer or an array")
    a = np.ravel(a)
    if a.dtype.kind not in "fi" or a.dtype.itemsize < 8:
        refuse(f"a histogram of {a.dtype} is not compiled", ".astype(np.float64) first")
    require(np.greater_equal(bins, 1), "ValueError", "`bins` must be positive, when an integer")
    if range is None:
        empty = np.equal(len(a), 0)
        some = np.append(a, np.zeros(1 - np.minimum(len(a), 1), a.dtype))
        low, high = np.min(some), np.max(some) + empty
    else:
        low, high = range
        require(
            np.less_equal(low, high),
            "ValueError",
            "max must be larger than min in range parameter.",
        )
    good = np.isfinite(np.subtract(high, low))
    require(good, "ValueError", "the range of the histogram is not finite")
    margin = np.where(np.equal(low, high), 0.5, 0.0)
    edges = np.linspace(low - margin, high + margin, bins + 1)
    good = np.all(edges[:-1] < edges[1:])
    require(good, "ValueError", "Too many bins for data range. Cannot create finite-sized bins.")
    return edges


@written(np.histogram)
def histogram(a, bins=10, range=None, density=None, weights=None):
    edges = np.histogram_bin_edges(a, bins, range)
    values = np.ravel(a)
    if np.ndim(bins):
        if weights is not None:
            refuse("weights with bins of their own are not compiled", "the number of bins")
        values = np.sort(values)
        start = np.searchsorted(values, edges[:-1])
        counts = np.diff(np.append(start, np.searchsorted(values, edges[-1:], side="right")))
    else:
        first, last = edges[0], edges[-1]
        inside = np.logical_and(values >= first, values <= last)
        values = values[inside].astype(np.float64)
        places = ((values - first) / (last - first) * bins).astype(np.int64)
        places = np.where(places == bins, places - 1, places)
        places = places - (values < edges[places])
        places = places + np.logical_and(values >= edges[places + 1], places != bins - 1)
        if weights is None:
            counts = np.bincount(places, minlength=bins)
        else:
            weights = np.ravel(weights)[inside]
            counts = add_at(places, weights.astype(np.float64), bins).astype(weights.dtype)
    if density:
        counts = counts / np.diff(edges) / np.sum(counts)
    return counts, edges
