"""References of network.def; rows name them ``network.NAME``.

Plain loops over the places of filters and windows, in float64 where sums may round otherwise.
"""

import numpy as np

LANES = 8


def limit(v: np.ndarray, low: float, high: float) -> np.ndarray:
    """min(max(v, low), high) of float32; NaN stays."""
    v, low, high = np.asarray(v, np.float32), np.float32(low), np.float32(high)
    v = np.where(v < low, low, v)
    return np.where(v > high, high, v)


def add_bias(sums: np.ndarray, bias) -> np.ndarray:
    return sums if bias is None else sums + bias


def fully_connected(x, weights, bias, keep_dims, low, high) -> np.ndarray:
    m, n = weights.shape
    rows = x.size // n if n else int(np.prod(x.shape[:-1]))
    y = limit(add_bias(x.reshape(rows, n).astype("f8") @ weights.astype("f8").T, bias), low, high)
    return y.reshape(*x.shape[:-1], m) if keep_dims else y


# ---- windows ----
def place_windows(size: int, taps: int, stride: int, dilation: int, same: bool) -> np.ndarray:
    """places[window, tap], which may lie outside."""
    reach = (taps - 1) * dilation + 1
    count = -(-size // stride) if same else max((size - reach) // stride + 1, 0)
    missing = max((count - 1) * stride + reach - size, 0) if same else 0
    return np.arange(count)[:, None] * stride - missing // 2 + np.arange(taps) * dilation


def take_places(x: np.ndarray, rows: np.ndarray, columns: np.ndarray, outside: float) -> np.ndarray:
    """x[b, row, column, :], or `outside` where there is no such place."""
    b, h, w, c = x.shape
    padded = np.full((b, h + 1, w + 1, c), outside, "f8")
    padded[:, :h, :w] = x
    rows = np.where((rows >= 0) & (rows < h), rows, h)
    columns = np.where((columns >= 0) & (columns < w), columns, w)
    return padded[:, rows][:, :, columns]


def place_both(x, taps, strides, same, dilations) -> list[np.ndarray]:
    axes = zip(x.shape[1:3], taps, strides, dilations, strict=True)
    return [place_windows(n, k, s, d, same) for n, k, s, d in axes]


def pack_filters(filters, groups) -> np.ndarray:
    each = len(filters) // groups
    if each * groups != len(filters):
        raise ValueError("filters do not fall into groups")
    blocks = -(-each // LANES)
    packed = np.zeros((groups, blocks * LANES, *filters.shape[1:]), np.float32)
    packed[:, :each] = filters.reshape(groups, each, *filters.shape[1:])
    packed = packed.reshape(groups * blocks, LANES, *filters.shape[1:])
    return np.moveaxis(packed, 1, -1)


def unpack_filters(packed: np.ndarray, outputs: int, groups: int) -> np.ndarray:
    """[group, output, h, w, k]"""
    filters = np.moveaxis(packed, -1, 1)
    filters = filters.reshape(groups, len(packed) // groups * LANES, *packed.shape[1:4])
    return filters[:, : outputs // groups]


def conv2d(x, packed, bias, outputs, groups, strides, same, dilations, low, high) -> np.ndarray:
    filters = unpack_filters(packed, outputs, groups).astype("f8")
    rows, columns = place_both(x, filters.shape[2:4], strides, same, dilations)
    parts = np.split(x, groups, axis=-1)
    sums = np.zeros((len(x), len(rows), len(columns), outputs))
    for group, (part, own) in enumerate(zip(parts, filters, strict=True)):
        to = sums[..., group * len(own) : (group + 1) * len(own)]
        for i in range(own.shape[1]):
            for j in range(own.shape[2]):
                to += take_places(part, rows[:, i], columns[:, j], 0.0) @ own[:, i, j].T
    return limit(add_bias(sums, bias), low, high)


def depthwise_conv2d(x, filters, bias, strides, same, dilations, low, high) -> np.ndarray:
    rows, columns = place_both(x, filters.shape[1:3], strides, same, dilations)
    is_inside = take_places(np.ones_like(x), *(np.arange(n) for n in x.shape[1:3]), 0.0)
    sums = np.zeros((len(x), len(rows), len(columns), x.shape[3]))
    for i in range(filters.shape[1]):
        for j in range(filters.shape[2]):
            counts = take_places(is_inside, rows[:, i], columns[:, j], 0.0) > 0
            terms = take_places(x, rows[:, i], columns[:, j], 0.0) * filters[0, i, j].astype("f8")
            sums += np.where(counts, terms, 0)
    return limit(add_bias(sums, bias), low, high)


def transpose_conv(x, filters, size, bias, strides, same, low, high) -> np.ndarray:
    b, height, width, o = map(int, size)
    if b != len(x) or o != len(filters) or min(height, width) < 0:
        raise ValueError("no such result")
    y = np.zeros((b, height, width, o))
    rows, columns = place_both(y, filters.shape[1:3], strides, same, (1, 1))
    terms = np.einsum("bhwc,ostc->bhwsto", x.astype("f8"), filters.astype("f8"))
    for at in np.ndindex(*x.shape[1:3], *filters.shape[1:3]):
        row, column = (
            start + place * stride + tap
            for start, place, stride, tap in zip(
                first_places(rows, columns), at[:2], strides, at[2:], strict=True
            )
        )
        if 0 <= row < height and 0 <= column < width:
            y[:, row, column] += terms[(slice(None), *at)]
    return limit(add_bias(y, bias), low, high)


def first_places(*places: np.ndarray) -> list[int]:
    """Where the first window begins; where there are none, nothing lies inside anyway."""
    return [int(p[0, 0]) if p.size else 0 for p in places]


def pool(x, taps, strides, same, low, high, reduce) -> np.ndarray:
    """reduce(values, is_inside) of each window; both [b, h, w, c, tap], taps in order of rows."""
    rows, columns = place_both(x, taps, strides, same, (1, 1))
    inside = np.ones(x.shape, "f8")
    pairs = [(i, j) for i in range(taps[0]) for j in range(taps[1])]
    values, counts = (
        np.stack([take_places(a, rows[:, i], columns[:, j], 0.0) for i, j in pairs], axis=-1)
        for a in (x, inside)
    )
    return limit(reduce(values.astype("f4"), counts > 0), low, high)


def max_pool2d(x, taps, strides, same, low, high) -> np.ndarray:
    def reduce(values, is_inside):
        most = np.full(values.shape[:-1], np.finfo("f4").min)
        for tap in range(values.shape[-1]):
            is_larger = is_inside[..., tap] & (most < values[..., tap])
            most = np.where(is_larger, values[..., tap], most)
        return most

    return pool(x, taps, strides, same, low, high, reduce)


def average_pool2d(x, taps, strides, same, low, high) -> np.ndarray:
    def reduce(values, is_inside):
        total = np.zeros(values.shape[:-1], "f4")
        for tap in range(values.shape[-1]):
            total += np.where(is_inside[..., tap], values[..., tap], np.float32(0))
        return total / is_inside.sum(axis=-1).astype("f4")

    return pool(x, taps, strides, same, low, high, reduce)


# ---- sizes ----
def check_size(x, size) -> None:
    for have, want in zip(x.shape[1:3], size.tolist(), strict=True):
        if want < 0 or (want > 0 and have == 0):
            raise ValueError("no such size")


def scale_of(have: int, want: int, align_corners: bool) -> np.float32:
    if align_corners and want > 1:
        return np.float32(have - 1) / np.float32(want - 1)
    return np.float32(have) / np.float32(want)


def resize_bilinear(x, size, align_corners, half_pixel_centers) -> np.ndarray:
    check_size(x, size)
    lower, upper, share = [], [], []
    for have, want in zip(x.shape[1:3], size.tolist(), strict=True):
        places = np.arange(want, dtype="f4") if want else np.zeros(0, "f4")
        scale = scale_of(have, max(want, 1), align_corners)
        half = np.float32(0.5 if half_pixel_centers else 0)
        places = (places + half) * scale - half
        lower.append(np.clip(np.floor(places), 0, max(have - 1, 0)).astype(int))
        upper.append(np.clip(np.ceil(places), 0, max(have - 1, 0)).astype(int))
        share.append(places - lower[-1].astype("f4"))
    v, h = share[0][:, None, None], share[1][:, None]
    one = np.float32(1)
    top, bottom = x[:, lower[0]], x[:, upper[0]]
    return (
        top[:, :, lower[1]] * (one - v) * (one - h)
        + bottom[:, :, lower[1]] * v * (one - h)
        + top[:, :, upper[1]] * (one - v) * h
        + bottom[:, :, upper[1]] * v * h
    )


def resize_nearest_neighbor(x, size, align_corners, half_pixel_centers) -> np.ndarray:
    check_size(x, size)
    places = []
    for have, want in zip(x.shape[1:3], size.tolist(), strict=True):
        half = np.float32(0.5 if half_pixel_centers else 0)
        at = (np.arange(want).astype("f4") + half) * scale_of(have, max(want, 1), align_corners)
        at = np.floor(at.astype("f8") + 0.5) if align_corners else np.floor(at)
        places.append(np.minimum(at, have - 1).astype(int))
    return x[:, places[0]][:, :, places[1]]


def space_to_depth(x, block) -> np.ndarray:
    b, h, w, c = x.shape
    blocks = x.reshape(b, h // block, block, w // block, block, c).transpose(0, 1, 3, 2, 4, 5)
    return blocks.reshape(b, h // block, w // block, c * block * block)


def depth_to_space(x, block) -> np.ndarray:
    b, h, w, c = x.shape
    blocks = x.reshape(b, h, w, block, block, c // block**2).transpose(0, 1, 3, 2, 4, 5)
    return blocks.reshape(b, h * block, w * block, c // block**2)
