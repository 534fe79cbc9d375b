"""References of tensor.def; rows name them ``tensors.NAME``.

Plain NumPy from the operators' definitions, independent of the kernels.
"""

import builtins

import numpy as np


def check_rank(x: np.ndarray) -> np.ndarray:
    """x, unless it has more axes than a tensor may have."""
    if x.ndim > 8:
        raise ValueError("too many axes")
    return x


def tile(x, counts) -> np.ndarray:
    if (counts < 0).any():
        raise ValueError("a negative count")
    return np.tile(x, counts)


def block(x, begin, sizes) -> np.ndarray:
    """x[begin : begin + sizes], where all of it exists."""
    parts = []
    for n, at, size in zip(x.shape, begin.tolist(), sizes.tolist(), strict=True):
        stop = n if size == -1 else at + size
        if not 0 <= at <= stop <= n:
            raise ValueError("outside of the value")
        parts.append(slice(at, stop))
    return x[tuple(parts)]


def strided_slice(x, begin, end, strides, offset, *masks) -> np.ndarray:
    """The subscript that TensorFlow's masks spell."""
    items, sizes = [], list(x.shape)  # sizes: of the axes that are left
    rows = [[bool(mask >> i & 1) for mask in masks] for i in builtins.range(len(begin))]
    taking = sum(not ellipsis and not new_axis for _, _, ellipsis, new_axis, _ in rows)
    bounds = zip(begin.tolist(), end.tolist(), strides.tolist(), strict=True)
    for (start, stop, step), (no_begin, no_end, ellipsis, new_axis, index) in zip(
        bounds, rows, strict=True
    ):
        if ellipsis:
            items.append(Ellipsis)
            del sizes[: x.ndim - taking]
        elif new_axis:
            items.append(None)
        elif index:
            items.append(start)
            del sizes[:1]
        else:
            part = slice(None if no_begin else start, None if no_end else stop, step)
            if offset and not no_end and sizes:
                part = slice(part.start, part.indices(sizes[0])[0] + stop, step)
            items.append(part)
            del sizes[:1]
    return check_rank(np.asarray(x[tuple(items)], x.dtype))


def split(x, axis, sizes, parts) -> tuple:
    axis = axis.item()
    if not -x.ndim <= axis < x.ndim:
        raise np.exceptions.AxisError(axis, x.ndim)
    if sizes is None:
        return tuple(np.split(x, parts, axis))
    sizes, open_ones = sizes.tolist(), int((sizes == -1).sum())
    rest = x.shape[axis] - sum(n for n in sizes if n != -1)
    if min(sizes) < -1 or open_ones > 1 or rest < 0 or (rest and not open_ones):
        raise ValueError("the sizes do not add up")
    sizes = [rest if n == -1 else n for n in sizes]
    return tuple(np.split(x, np.cumsum(sizes)[:-1], axis))


def pad(x, paddings, value) -> np.ndarray:
    zero = "" if x.dtype == object else x.dtype.type(0)
    whole = [before + n + after for n, (before, after) in zip(x.shape, paddings, strict=True)]
    if (paddings < 0).any():
        raise ValueError("a negative padding")
    y = np.full(whole, zero if value is None else value, x.dtype)
    y[tuple(slice(at, at + n) for at, n in zip(paddings[:, 0], x.shape, strict=True))] = x
    return y


def mirror_pad(x, paddings, reflect) -> np.ndarray:
    """Padded by no more than there is to mirror."""
    for n, more in zip(x.shape, paddings.max(1, initial=0), strict=True):
        if more and more > n - reflect:
            raise ValueError("there is less to mirror")
    if (paddings < 0).any():
        raise ValueError("a negative padding")
    return np.pad(x, paddings, "reflect" if reflect else "symmetric") if paddings.any() else x


def check_indices(indices, size) -> None:
    if ((indices < 0) | (indices >= size)).any():
        raise IndexError("out of range")


def gather(x, indices, axis, batch) -> np.ndarray:
    """np.take, one place of the first `batch` axes after the other."""
    if not batch <= axis < x.ndim or batch > indices.ndim:
        raise ValueError("no such axes")
    check_rank(np.empty((0,) * (x.ndim + indices.ndim - 1 - batch)))
    if x.shape[:batch] != indices.shape[:batch]:
        raise ValueError("the places of the batch differ")
    check_indices(indices, x.shape[axis])
    y = np.empty((*x.shape[:axis], *indices.shape[batch:], *x.shape[axis + 1 :]), x.dtype)
    for place in np.ndindex(x.shape[:batch]):
        y[place] = np.take(x[place], indices[place], axis - batch)
    return y


def gather_nd(x, indices) -> np.ndarray:
    check_rank(np.empty((0,) * (x.ndim + indices.ndim - 1 - indices.shape[-1])))
    check_indices(indices, np.array(x.shape[: indices.shape[-1]]))
    return (
        x[tuple(np.moveaxis(indices, -1, 0))]
        if indices.shape[-1]
        else np.broadcast_to(x, indices.shape[:-1] + x.shape)
    )


def fourier(x, imaginary, inverse) -> tuple[np.ndarray, np.ndarray]:
    """Real and imaginary parts of the transform along the last axis."""
    z = (
        x + 0j
        if imaginary is None
        else np.empty(np.broadcast_shapes(x.shape, imaginary.shape), "c16")
    )
    if imaginary is not None:
        if x.shape != imaginary.shape:
            raise ValueError("parts differ")
        z.real, z.imag = x, imaginary
    y = (np.fft.ifft if inverse else np.fft.fft)(z)
    y[~np.isfinite(z).all(axis=-1)] = complex(np.nan, np.nan)
    if imaginary is None:
        y.imag[..., 2 * np.arange(x.shape[-1]) % x.shape[-1] == 0] = 0  # by symmetry
    return y.real.copy(), y.imag.copy()


def scatter_nd(indices, updates, sizes) -> np.ndarray:
    if (sizes < 0).any():
        raise ValueError("a negative size")
    width = indices.shape[-1]
    if updates.shape != (*indices.shape[:-1], *sizes[width:]):
        raise ValueError("the updates have other sizes")
    check_indices(indices, sizes[:width])
    y = np.zeros(sizes, updates.dtype)
    for row in np.ndindex(indices.shape[:-1]):
        y[tuple(indices[row])] += updates[row]
    return y


def update_slice(x, update, start) -> np.ndarray:
    if update.ndim != x.ndim or any(m > n for m, n in zip(update.shape, x.shape, strict=True)):
        raise ValueError("the update is larger")
    most = np.subtract(x.shape, update.shape)
    places = np.clip(start.astype(object), 0, most.astype(object)).tolist()
    y = x.copy()
    y[tuple(slice(at, at + n) for at, n in zip(places, update.shape, strict=True))] = update
    return y


def range(start, stop, step) -> np.ndarray:
    """Sums rounded one by one; as many as numbers of the type say."""
    if not (step > 0 and start <= stop) and not (step < 0 and start >= stop):
        raise ValueError("does not lead there")
    if start.dtype.kind == "i":
        count = len(builtins.range(int(start), int(stop), int(step)))
    else:
        count = np.ceil((stop - start) / step)
        if not count < 2.0**63:
            raise ValueError("without end")
    terms = np.array([start, *[step] * (int(count) - 1)], start.dtype)[: int(count)]
    return np.add.accumulate(terms, dtype=start.dtype)


def top_k(x, k) -> tuple:
    """Sorted by Python, the places of NaN last."""
    if not 0 <= k <= x.shape[-1]:
        raise ValueError("there are fewer")
    places = np.zeros((*x.shape[:-1], int(k)), np.int32)
    for row in np.ndindex(x.shape[:-1]):
        values = x[row].tolist()
        order = sorted(
            builtins.range(len(values)),
            key=lambda i: (values[i] != values[i], -values[i] if values[i] == values[i] else 0),
        )
        places[row] = order[: int(k)]
    return np.take_along_axis(x, places, -1), places


def clamp_cast(x, to) -> np.ndarray:
    """Python's integers, cut at the type's ends."""
    if to.kind not in "iu":
        raise TypeError("no integers")
    info = np.iinfo(to)

    def convert(value: float) -> int:
        if np.isnan(value):
            return info.max
        return int(max(info.min, min(info.max, value if np.isinf(value) else int(value))))

    return np.array([convert(v) for v in x.ravel().tolist()], to).reshape(x.shape)
