"""Products of vectors and matrices, norms, systems of equations, polynomials, spread of several variables."""

import numpy as np

from ..recorded import lowers
from .common import cast, plain, record, recorded, refuse
from .written import is_known, normal_axis, require, written


@written(np.ptp)
def ptp(a, axis=None, *, keepdims=False):
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@written(np.average)
def average(a, axis=None, weights=None, *, keepdims=False):
    a = np.asarray(a)
    if weights is None:
        return np.mean(a, axis=axis, keepdims=keepdims)
    weights = np.asarray(weights)
    dtype = np.result_type(a.dtype, weights.dtype)
    a = a.astype(dtype if a.dtype.kind == "f" else np.float64)
    if weights.ndim != a.ndim:
        if weights.ndim != 1 or axis is None:
            refuse("weights of another shape need an axis, and one dimension")
        along = normal_axis(axis, a.ndim)
        weights = np.reshape(weights, (1,) * along + (-1,) + (1,) * (a.ndim - 1 - along))
    weights = weights.astype(a.dtype)
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    good = np.logical_not(np.any(total == 0.0))
    require(good, "ZeroDivisionError", "Weights sum to zero, can't be normalized")
    return np.sum(a * weights, axis=axis, keepdims=keepdims) / total


@written(np.cov)
def cov(m, y=None, rowvar=True, bias=False, ddof=None):
    rows = np.atleast_2d(np.asarray(m, dtype=np.float64))
    rows = rows if rowvar or np.ndim(m) == 1 else np.transpose(rows)
    if y is not None:
        more = np.atleast_2d(np.asarray(y, dtype=np.float64))
        more = more if rowvar or np.ndim(y) == 1 else np.transpose(more)
        rows = np.concatenate([rows, more], axis=0)
    ddof = (0 if bias else 1) if ddof is None else ddof
    freedom = np.maximum(np.float64(rows.shape[1] - ddof), 0.0)
    rows = np.ascontiguousarray(rows) - np.ascontiguousarray(np.mean(rows, axis=1))[:, None]
    return np.squeeze(np.matmul(rows, np.transpose(rows)) * (1.0 / freedom))


@written(np.corrcoef)
def corrcoef(x, y=None, rowvar=True):
    c = np.cov(x, y, rowvar)
    if c.ndim == 0:
        return c / c
    spread = np.sqrt(np.diagonal(c))
    return np.clip(c / spread[:, None] / spread[None, :], -1, 1)


@written(np.inner)
def inner(a, b, /):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.dot(a, np.transpose(b))


@written(np.vdot)
def vdot(a, b, /):
    return np.dot(np.ravel(a), np.ravel(b))


@written(np.cross)
def cross(a, b):
    a, b = np.asarray(a), np.asarray(b)
    sizes = (a.shape[-1], b.shape[-1])
    if not is_known(sizes) or sizes != (3, 3):
        refuse("np.cross is compiled for vectors of three elements")
    parts = []
    for i, j in ((1, 2), (2, 0), (0, 1)):
        parts.append(a[..., i] * b[..., j] - a[..., j] * b[..., i])
    return np.stack(parts, axis=-1)


@written(np.linalg.norm)
def norm(x, ord=None, axis=None, keepdims=False):
    x = np.asarray(x)
    x = x if x.dtype.kind == "f" else x.astype(np.float64)
    if axis is None and (ord is None or ord == 2 and x.ndim == 1 or ord == "fro" and x.ndim == 2):
        if keepdims:
            refuse("np.linalg.norm with keepdims needs an axis")
        flat = np.ravel(x)
        return np.sqrt(np.dot(flat, flat))
    if axis is None and x.ndim != 1 or isinstance(axis, tuple | list) or isinstance(ord, str):
        refuse("this norm of a matrix is not compiled")
    axis = 0 if axis is None else axis
    if ord == np.inf:
        return np.max(np.abs(x), axis=axis, keepdims=keepdims, initial=0)
    if ord == -np.inf:
        return np.min(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum((x != 0).astype(x.dtype), axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    if ord is None or ord == 2:
        return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))
    total = np.sum(np.power(np.abs(x), ord), axis=axis, keepdims=keepdims)
    return np.power(total, np.reciprocal(float(ord)))


# ---- equations ----
def apply_matrix(name, *operands):
    """An operator on float64 matrices."""
    raise NotImplementedError(f"{name} of {operands} while compiling")


@lowers(apply_matrix)
def _apply_matrix(tracer, name, /, *operands):
    values = [cast(tracer, plain(tracer, recorded(tracer, o)), np.float64) for o in operands]
    return record(tracer.graph.add(name, *values))


def _square(a):
    a = np.asarray(a)
    if a.ndim != 2 or a.dtype == np.float32:
        refuse("compiled for one square matrix of float64", ".astype(np.float64)")
    good = np.equal(a.shape[0], a.shape[1])
    require(good, "LinAlgError", "Last 2 dimensions of the array must be square")
    return a


@written(np.linalg.solve)
def solve(a, b):
    a, b = _square(a), np.asarray(b)
    if b.ndim == 1:
        return np.squeeze(apply_matrix("solve", a, np.expand_dims(b, 1)), axis=1)
    return apply_matrix("solve", a, b)


@written(np.linalg.inv)
def inv(a):
    a = _square(a)
    return apply_matrix("solve", a, np.eye(a.shape[0]))


@written(np.linalg.det)
def det(a):
    return apply_matrix("determinant", _square(a))


@written(np.linalg.pinv)
def pinv(a, rcond=1e-15):
    a = np.asarray(a, dtype=np.float64)
    return apply_matrix("lstsq", a, np.eye(a.shape[0]), rcond)


# ---- polynomials ----
@written(np.polyfit)
def polyfit(x, y, deg, rcond=None, *, w=None):
    """Least squares over columns of powers, each scaled to length 1."""
    x, y = np.multiply(x, 1.0), np.multiply(y, 1.0)
    if x.ndim != 1 or y.ndim != 1 or np.float32 in (x.dtype, y.dtype):
        refuse("np.polyfit is compiled for float64 in one dimension", ".astype(np.float64)")
    require(np.greater(len(x), 0), "TypeError", "expected non-empty vector for x")
    require(np.equal(len(x), len(y)), "TypeError", "expected x and y to have same length")
    columns = [np.ones(np.shape(x))]
    for _ in range(deg):
        columns = [columns[0] * x, *columns]
    powers = np.stack(columns, axis=1)
    if w is not None:
        powers, y = powers * np.expand_dims(w, 1), y * w
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    cut = np.float64(len(x)) * np.finfo(np.float64).eps if rcond is None else rcond
    solution = apply_matrix("lstsq", powers / scale, np.expand_dims(y, 1), cut)
    return np.squeeze(solution, axis=1) / scale


@written(np.polyval)
def polyval(p, x):
    p, x = np.asarray(p), np.asarray(x)
    if not is_known(len(p)):
        refuse("np.polyval needs a number of coefficients that is known")
    y = np.zeros_like(x)
    for k in range(p.shape[0]):
        y = y * x + p[k]
    return y
