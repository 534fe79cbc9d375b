"""Arrays made of sizes and bounds that are known only when the model runs: spaced numbers, matrices, windows."""

import numpy as np

from ..recorded import lowers
from .common import refuse
from .sharing import show_parts
from .written import require, written


@written(np.linspace)
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None):
    """Steps are multiplied, unless they vanish; the last number is ``stop`` itself."""
    require(num >= 0, "ValueError", "Number of samples must be non-negative.")
    start, stop = np.multiply(start, 1.0), np.multiply(stop, 1.0)
    if np.ndim(start) or np.ndim(stop) or np.float32 in (start.dtype, stop.dtype):
        refuse("np.linspace is compiled between numbers, not arrays, in float64")
    places = np.arange(num)
    gaps = np.float64(num - 1 if endpoint else num)
    width = stop - start
    step = np.where(gaps > 0, width / np.where(gaps > 0, gaps, 1.0), np.nan)[()]
    steps = places * np.where(gaps > 0, step, width)
    values = np.where(step == 0, places / gaps * width, steps) + start
    if endpoint:
        values = np.where(np.logical_and(places == num - 1, places > 0), stop, values)
    if dtype is not None:
        values = np.floor(values) if np.dtype(dtype).kind in "iu" else values
        values = values.astype(dtype)
    return (values, step) if retstep else values


@written(np.logspace)
def logspace(start, stop, num=50, endpoint=True, base=10.0):
    return np.power(base, np.linspace(start, stop, num, endpoint))


@written(np.eye)
def eye(N, M=None, k=0, dtype=float):  # noqa: N803 - NumPy's names
    columns = np.arange(N if M is None else M)
    return np.equal.outer(np.arange(N), columns - k).astype(dtype)


@written(np.identity)
def identity(n, dtype=None):
    return np.eye(n, dtype=float if dtype is None else dtype)


@written(np.tri)
def tri(N, M=None, k=0, dtype=float):  # noqa: N803
    columns = np.arange(N if M is None else M)
    return np.greater_equal.outer(np.arange(N), columns - k).astype(dtype)


@written(np.tril)
def lower_triangle(m, k=0):
    m = np.asarray(m)
    return np.where(np.tri(m.shape[-2], m.shape[-1], k, dtype=bool), m, np.zeros(1, m.dtype))


@written(np.triu)
def upper_triangle(m, k=0):
    m = np.asarray(m)
    return np.where(np.tri(m.shape[-2], m.shape[-1], k - 1, dtype=bool), np.zeros(1, m.dtype), m)


@lowers(np.diagonal)
def diagonal(tracer, a, offset=0):
    result = tracer.call(pick_diagonal, a, offset)
    return show_parts(a, result, lambda t, base: diagonal(t, base, offset))


def pick_diagonal(a, offset):
    a = np.asarray(a)
    if a.ndim != 2:
        refuse("the diagonal of a matrix is compiled, of other arrays not")
    rows, columns = a.shape
    above, below = max(offset, 0), max(-offset, 0)
    count = np.maximum(np.minimum(rows - below, columns - above), 0)
    return np.take(np.ravel(a), np.arange(count) * (columns + 1) + (above + below * columns))


@written(np.diag)
def diag(v, k=0):
    """The diagonal of a matrix; of a vector the matrix that has it as its diagonal."""
    v = np.asarray(v)
    if v.ndim == 2:
        return np.diagonal(v, k)
    if k != 0:
        refuse("np.diag of a vector is compiled for k=0")
    return np.where(np.eye(len(v), dtype=bool), v, np.zeros(1, v.dtype))


@written(np.trace)
def trace(a, offset=0):
    return np.sum(np.diagonal(a, offset))


@written(np.meshgrid)
def meshgrid(*xi, sparse=False, indexing="xy"):
    """Broadcast against each other; ``xy`` exchanges the first two axes."""
    axes = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        axes[:2] = [1, 0]
    sizes = [1] * len(xi)
    for x, axis in zip(xi, axes, strict=True):
        sizes[axis] = np.size(x)
    grids = []
    for x, axis in zip(xi, axes, strict=True):
        ones = [1] * len(xi)
        ones[axis] = -1
        grid = np.reshape(x, tuple(ones))
        grids.append(np.copy(grid if sparse else np.broadcast_to(grid, tuple(sizes))))
    return tuple(grids)


# ---- windows ----
def _window(values, count):
    """One element is 1, whatever the formula says."""
    return np.where(count == 1, 1.0, values)


@written(np.hamming)
def hamming(M):  # noqa: N803
    n = np.arange(1.0 - M, float(M), 2.0)
    return _window(0.54 + 0.46 * np.cos(np.pi * n / np.float64(M - 1)), M)


@written(np.hanning)
def hanning(M):  # noqa: N803
    n = np.arange(1.0 - M, float(M), 2.0)
    return _window(0.5 + 0.5 * np.cos(np.pi * n / np.float64(M - 1)), M)


@written(np.blackman)
def blackman(M):  # noqa: N803
    n = np.arange(1.0 - M, float(M), 2.0)
    turns = n / np.float64(M - 1)
    return _window(0.42 + 0.5 * np.cos(np.pi * turns) + 0.08 * np.cos(2.0 * np.pi * turns), M)


@written(np.bartlett)
def bartlett(M):  # noqa: N803
    n = np.arange(1.0 - M, float(M), 2.0)
    slope = n / np.float64(M - 1)
    return _window(np.where(n <= 0, 1.0 + slope, 1.0 - slope), M)
