"""Along a signal: differences, slopes, areas, products with a shifted copy, phases."""

import numpy as np

from ..recorded import lowers
from .common import cast, plain, record, recorded, refuse
from .written import normal_axis, require, written


@written(np.ediff1d)
def differences(ary, to_end=None, to_begin=None):
    flat = np.ravel(ary)
    parts = [flat[1:] - flat[:-1]]
    if to_begin is not None:
        parts = [np.ravel(np.asarray(to_begin).astype(flat.dtype)), *parts]
    if to_end is not None:
        parts = [*parts, np.ravel(np.asarray(to_end).astype(flat.dtype))]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


@written(np.gradient)
def gradient(f, *varargs, axis=None, edge_order=1):
    """Central differences inside, one-sided ones at the ends; of one dimension, or along one axis."""
    f = np.asarray(f)
    f = f.astype(np.float64) if f.dtype.kind == "i" else f
    if f.dtype.kind != "f" or f.ndim != 1 and axis is None or len(varargs) > 1:
        refuse("np.gradient is compiled for numbers along one axis, with one spacing", "axis=0")
    axis = 0 if axis is None else normal_axis(axis, f.ndim)
    size = f.shape[axis]
    spacing = varargs[0] if varargs else 1.0
    gaps = None
    if np.ndim(spacing):
        if f.ndim != 1 or f.dtype != np.float64 or np.ndim(spacing) != 1:
            refuse("np.gradient with places is compiled for float64 in one dimension")
        require(np.equal(len(spacing), size), "ValueError", "when 1d, distances must match")
        gaps = np.diff(np.asarray(spacing, dtype=np.float64))
        spacing = gaps[0]
    require(
        size > edge_order,
        "ValueError",
        "Shape of array too small to calculate a numerical gradient",
    )
    even = _uniform(f, spacing, (slice(None),) * axis, axis, edge_order)
    if gaps is None:
        return even
    return np.where(np.all(gaps == spacing), even, _uneven(f, gaps, edge_order))


def _uniform(f, dx, before, axis, edge_order):
    inner = (f[(*before, slice(2, None))] - f[(*before, slice(None, -2))]) / (2.0 * dx)
    first, second = f[(*before, slice(0, 1))], f[(*before, slice(1, 2))]
    last, last_but_one = f[(*before, slice(-1, None))], f[(*before, slice(-2, -1))]
    if edge_order == 1:
        return np.concatenate([(second - first) / dx, inner, (last - last_but_one) / dx], axis=axis)
    third, third_last = f[(*before, slice(2, 3))], f[(*before, slice(-3, -2))]
    start = -1.5 / dx * first + 2.0 / dx * second + -0.5 / dx * third
    end = 0.5 / dx * third_last + -2.0 / dx * last_but_one + 1.5 / dx * last
    return np.concatenate([start, inner, end], axis=axis)


def _uneven(f, gaps, edge_order):
    left, right = gaps[:-1], gaps[1:]
    a = -right / (left * (left + right))
    b = (right - left) / (left * right)
    c = left / (right * (left + right))
    inner = a * f[:-2] + b * f[1:-1] + c * f[2:]
    if edge_order == 1:
        start, end = (f[1:2] - f[:1]) / gaps[:1], (f[-1:] - f[-2:-1]) / gaps[-1:]
        return np.concatenate([start, inner, end])
    left, right = gaps[:1], gaps[1:2]
    a = -(2.0 * left + right) / (left * (left + right))
    b = (left + right) / (left * right)
    c = -left / (right * (left + right))
    start = a * f[:1] + b * f[1:2] + c * f[2:3]
    left, right = gaps[-2:-1], gaps[-1:]
    a = right / (left * (left + right))
    b = -(right + left) / (left * right)
    c = (2.0 * right + left) / (right * (left + right))
    end = a * f[-3:-2] + b * f[-2:-1] + c * f[-1:]
    return np.concatenate([start, inner, end])


@written(np.trapezoid)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    y = np.asarray(y)
    axis = normal_axis(axis, y.ndim)
    before = (slice(None),) * axis
    if x is None:
        gaps = dx
    elif np.ndim(x) == 1:
        gaps = np.reshape(np.diff(x), (-1,) + (1,) * (y.ndim - 1 - axis))
    else:
        gaps = np.diff(x, axis=axis)
    pairs = y[(*before, slice(1, None))] + y[(*before, slice(None, -1))]
    return np.sum(gaps * pairs / 2.0, axis=axis)


def multiply_shifted(a, v):
    """All sums of a[i] v[k - i]."""
    raise NotImplementedError(f"{a}, {v} while compiling")


@lowers(multiply_shifted)
def _multiply_shifted(tracer, a, v, /):
    values = [plain(tracer, recorded(tracer, t)) for t in (a, v)]
    dtype = np.result_type(*(t.dtype for t in values))
    if any(t.rank != 1 for t in values) or dtype.str[1:] not in ("f8", "f4", "i8", "i4"):
        refuse("a convolution is compiled for numbers in one dimension", ".astype(np.float64)")
    return record(tracer.graph.add("convolve", *(cast(tracer, t, dtype) for t in values)))


def _cut(full, a, v, mode, place):
    longest, shortest = np.maximum(len(a), len(v)), np.minimum(len(a), len(v))
    if mode == "full":
        return full
    if mode == "same":
        return full[place : place + longest]
    if mode != "valid":
        refuse(f"{mode!r} is not 'full', 'same' or 'valid'")
    return full[shortest - 1 : longest]


@written(np.convolve)
def convolve(a, v, mode="full"):
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    place = (np.minimum(len(a), len(v)) - 1) // 2
    return _cut(multiply_shifted(a, v), a, v, mode, place)


@written(np.correlate)
def correlate(a, v, mode="valid"):
    """Where ``v`` is the longer one, the parts are taken from the other end."""
    a, v = np.atleast_1d(a), np.atleast_1d(v)
    shortest = np.minimum(len(a), len(v))
    place = np.where(np.greater(len(v), len(a)), shortest // 2, (shortest - 1) // 2)[()]
    return _cut(multiply_shifted(a, v[::-1]), a, v, mode, place)


@written(np.unwrap)
def unwrap(p, discont=None, axis=-1, *, period=2 * np.pi):
    """Jumps of half a period and more become whole periods."""
    p = np.multiply(p, 1.0)
    steps = np.diff(p, axis=axis)
    half = period / 2
    wrapped = np.remainder(steps + half, period) - half
    wrapped = np.where(np.logical_and(wrapped == -half, steps > 0), half, wrapped)
    corrections = np.where(
        np.abs(steps) < (half if discont is None else discont), 0.0, wrapped - steps
    )
    first = p[(slice(None),) * (axis % p.ndim) + (slice(None, 1),)]
    rest = p[(slice(None),) * (axis % p.ndim) + (slice(1, None),)]
    return np.concatenate([first, rest + np.cumsum(corrections, axis=axis)], axis=axis)


@written(np.nancumsum)
def nancumsum(a, axis=None):
    a = np.asarray(a)
    return np.cumsum(
        np.where(np.isnan(a), a.dtype.type(0), a) if a.dtype.kind == "f" else a, axis=axis
    )


@written(np.nancumprod)
def nancumprod(a, axis=None):
    a = np.asarray(a)
    return np.cumprod(
        np.where(np.isnan(a), a.dtype.type(1), a) if a.dtype.kind == "f" else a, axis=axis
    )


@written(np.lexsort)
def lexsort(keys, /):
    """By the last key first."""
    if any(np.ndim(key) != 1 for key in keys):
        refuse("np.lexsort is compiled for keys of one dimension")
    order = np.argsort(keys[0], kind="stable")
    for key in keys[1:]:
        order = order[np.argsort(np.asarray(key)[order], kind="stable")]
    return order
