"""References of quantised layers; rows name them ``quantized.NAME``.

The definitions of TensorFlow Lite's reference kernels in NumPy: whole arrays where the kernels walk,
int64 where they wrap, float32 where a rounding to it is part of the definition.
"""

import numpy as np

F4 = np.float32


def round_away(x) -> np.ndarray:
    """Ties away from zero, as C's round."""
    return np.sign(x) * np.floor(np.abs(x) + np.where(np.abs(x) < 0.5, 0, 0.5))


def limit(x, low, high) -> np.ndarray:
    """NaN becomes low."""
    x = np.where(x > low, x, low)
    return np.where(x < high, x, high)


def wrap(x) -> np.ndarray:
    """int64 to the int32 of the same low bits."""
    return np.asarray(x, np.int64).astype(np.int32).astype(np.int64)


def spread(values, x, axis) -> np.ndarray:
    """One value for each index of an axis of x, or for all."""
    if len(values) == 1:
        return values.reshape(())
    return values.reshape([-1 if d == axis else 1 for d in range(x.ndim)])


# ---- floats and integers ----
def quantize(x, scale, zero, to, axis) -> np.ndarray:
    if to.name not in ("int8", "uint8", "int16"):
        raise TypeError(to.name)
    limits = np.iinfo(to)
    real = (x / spread(scale, x, axis)).astype("f8")
    zero = spread(zero, x, axis).astype("i8")
    return (round_away(limit(real, limits.min - zero, limits.max - zero)) + zero).astype(to)


def dequantize(x, scale, zero, axis) -> np.ndarray:
    centred = x.astype("i8") - spread(zero, x, axis)
    return (centred * spread(scale, x, axis).astype("f8")).astype("f4")


def multiply_fixed(a, b) -> np.ndarray:
    """Rounded a * b / 2**31, ties up."""
    product = np.asarray(a, np.int64) * np.asarray(b, np.int64)
    return np.minimum((product + 2**30) >> 31, 2**31 - 1)


def divide_by_power(x, exponent) -> np.ndarray:
    """Rounded x / 2**exponent, ties away from zero."""
    x, half = np.asarray(x, np.int64), (1 << exponent) >> 1
    return np.sign(x) * ((np.abs(x) + half) >> exponent)


def rescale(x, multiplier, shift) -> np.ndarray:
    wide = wrap(np.asarray(x, np.int64) << max(shift, 0))
    return divide_by_power(multiply_fixed(wide, multiplier), max(-shift, 0))


def requantize(x, to, multiplier, shift, x_zero, y_zero) -> np.ndarray:
    if to.name not in ("int8", "uint8", "int16", "int32"):
        raise TypeError(to.name)
    y = rescale(wrap(x.astype("i8") - x_zero), multiplier, shift) + y_zero
    return np.clip(y, np.iinfo(to).min, np.iinfo(to).max).astype(to)


# ---- layers of int8 ----
def dense_i8(x, weights, bias, scale, x_zero, weights_zero, y_zero, low, high) -> np.ndarray:
    total = (x.astype("i8") - x_zero) @ (weights.astype("i8") - weights_zero).T
    real = wrap(total + (0 if bias is None else bias)) * scale
    return (round_away(limit(real, low - y_zero, high - y_zero)) + y_zero).astype("i1")


def exponentiate(x) -> np.ndarray:
    """exp of x <= 0, Q5.26 to Q0.31: the rest of a quarter by a polynomial, the quarters by factors."""
    quarters = (x >> 24) + 1
    rest = ((x & ((1 << 24) - 1)) - (1 << 24)) << 5
    d, base, third = rest + (1 << 28), round(np.exp(-0.125) * 2**31), round(2**31 / 3)
    d2 = multiply_fixed(d, d)
    d3, d4 = multiply_fixed(d2, d), multiply_fixed(d2, d2)
    tail = divide_by_power(multiply_fixed(divide_by_power(d4, 2) + d3, third) + d2, 1)
    y = base + multiply_fixed(base, d + tail)
    for i in range(7):
        factor = round(np.exp(-(2.0**i) / 4) * 2**31)
        y = np.where((-quarters >> i) & 1 == 1, multiply_fixed(y, factor), y)
    return np.where(x == 0, 2**31 - 1, y)


def invert(total: int) -> tuple[int, int]:
    """2**31 over the leading bits of the total, and how far they were shifted."""
    shift = 32 - total.bit_length()
    half = ((total << shift) - 2**31 + 2**31) // 2
    y = 1515870810 + int(multiply_fixed(half, -1010580540))
    for _ in range(3):
        y += int(multiply_fixed(y, 2**29 - int(multiply_fixed(half, y)))) * 4
    return min(y * 2, 2**31 - 1), shift


def softmax_i8(x, multiplier, shift, lowest) -> np.ndarray:
    y = np.full(x.shape, -128, np.int8)
    if not x.size:
        return y
    for row, out in zip(x.reshape(-1, x.shape[-1]), y.reshape(-1, x.shape[-1]), strict=True):
        below = row.astype("i8") - row.max()
        counted = below >= lowest
        power = exponentiate(rescale(below[counted], multiplier, shift))
        inverse, bits = invert(int(divide_by_power(power, 12).sum()))
        share = divide_by_power(multiply_fixed(inverse, power), 35 - bits)
        out[counted] = np.minimum(share, 255) - 128
    return y


# ---- floats with weights of int8 ----
def quantize_row(x, asymmetric) -> tuple[np.ndarray, np.floating, np.ndarray]:
    """Integers, the scale, and the reals that were rounded."""
    low, high = (
        F4(np.fmin.reduce(x, axis=None, initial=0)),
        F4(np.fmax.reduce(x, axis=None, initial=0)),
    )
    if low == 0 and high == 0:
        return np.zeros(x.shape, np.int16), F4(1), np.zeros(x.shape)
    if asymmetric:
        exact = np.float64(high - low) / 255
        below, above = low / exact, high / exact
        zero = -128 - below if 128 + abs(below) < 127 + abs(above) else 127 - above
        zero, least, scale = F4(round_away(limit(zero, -128, 127))), -128, F4(exact)
        inverse = F4(1) / scale
    else:
        zero, least, extreme = F4(0), -127, max(-low, high)
        scale, inverse = extreme / F4(127), F4(127) / extreme
    real = limit(x * inverse, F4(least) - zero, F4(127) - zero).astype("f8")
    return round_away(real).astype(np.int16), scale, real


def quantize_rows(x, axis, asymmetric) -> tuple[np.ndarray, np.ndarray]:
    if axis >= x.ndim:
        raise IndexError(axis)
    y, scale = np.zeros(x.shape, np.int16), np.ones(x.shape[:axis], F4)
    for at in np.ndindex(*x.shape[:axis]):
        y[at], scale[at], _ = quantize_row(x[at], asymmetric)
    return y, scale


def hybrid_dense(x, scale, weights, weights_scale, bias, groups) -> np.ndarray:
    shape = (groups, len(weights) // groups, x.shape[-1]) if groups > 1 else weights.shape
    total = wrap(x.astype("i8") @ weights.reshape(shape).astype("i8").swapaxes(-1, -2))
    y = total.astype("f4") * (scale[..., None] * weights_scale)
    return y if bias is None else y + bias


def windows(x, taps, strides, same, dilations):
    """For each tap of a filter, what lies under it for all windows; zeros outside."""
    pads, outs = [(0, 0)], []
    for size, n, stride, dilation in zip(x.shape[1:3], taps, strides, dilations, strict=True):
        reach = (n - 1) * dilation + 1
        out = -(-size // stride) if same else max((size - reach) // stride + 1, 0)
        missing = max((out - 1) * stride + reach - size, 0) if same else 0
        pads.append((missing // 2, missing - missing // 2))
        outs.append(out)
    x = np.pad(x.astype("i8"), [*pads, (0, 0)])
    for tap in np.ndindex(*taps):
        begins = [i * dilation for i, dilation in zip(tap, dilations, strict=True)]
        ends = [b + n * s for b, n, s in zip(begins, outs, strides, strict=True)]
        rows, columns = (slice(b, e, s) for b, e, s in zip(begins, ends, strides, strict=True))
        yield tap, x[:, rows, columns][:, : outs[0], : outs[1]]


def finish_sums(total, scale, filters_scale, bias) -> np.ndarray:
    y = wrap(total).astype("f4") * (scale.reshape(-1, 1, 1, 1) * filters_scale)
    return y if bias is None else y + bias


def hybrid_conv2d(x, scale, filters, filters_scale, bias, strides, same, dilations) -> np.ndarray:
    o, height, width, depth = filters.shape
    groups, total = x.shape[3] // depth, 0
    filters = filters.astype("i8").reshape(groups, o // groups, height, width, depth)
    for (i, j), part in windows(x, (height, width), strides, same, dilations):
        part = part.reshape(*part.shape[:3], groups, depth)
        part = np.einsum("bpqgk,gok->bpqgo", part, filters[:, :, i, j])
        total = total + part.reshape(*part.shape[:3], o)
    return finish_sums(total, scale, filters_scale, bias)


def hybrid_depthwise_conv2d(
    x, scale, filters, filters_scale, bias, strides, same, dilations
) -> np.ndarray:
    total, x = 0, np.repeat(x, filters.shape[3] // x.shape[3], 3)
    for (i, j), part in windows(x, filters.shape[1:3], strides, same, dilations):
        total = total + part * filters[0, i, j].astype("i8")
    return finish_sums(total, scale, filters_scale, bias)


# ---- long short-term memory ----
class Lstm:
    """One layer by its equations in float64; ``margin`` is how near a rounded real came to a tie."""

    def __init__(self, w, time_major, clips, asymmetric):
        self.scale = w[21] if w[21] is not None else np.ones(16)
        self.w, self.is_hybrid = w, w[21] is not None
        self.time_major, self.clips, self.asymmetric = time_major, clips, asymmetric
        self.margin = 0.5

    def multiply(self, x, place) -> np.ndarray:
        weights = self.w[place].astype("f8") * self.scale[place]
        if not self.is_hybrid:
            return x.astype("f8") @ weights.T
        y = np.zeros((len(x), len(weights)))
        for row, out in zip(x.astype("f4"), y, strict=True):
            q, scale, real = quantize_row(row, self.asymmetric)
            if place >= 4:  # the others are given: both sides round the same real
                away = np.abs(np.abs(real - np.trunc(real)) - 0.5)
                self.margin = min(self.margin, away.min(initial=0.5))
            out[:] = (weights @ q) * scale
        return y

    def gate(self, gate, x, h, c) -> np.ndarray:
        """Of i, f, g, o before the function."""
        y = self.multiply(x, gate) + self.multiply(h, 4 + gate)
        peephole = {0: 8, 1: 9, 3: 10}.get(gate)
        if peephole and self.w[peephole] is not None:
            y = y + c * (self.w[peephole] * self.scale[peephole])
        if self.w[17 + gate] is not None:
            y = (y - y.mean(1, keepdims=True)) / np.sqrt(y.var(1, keepdims=True) + 1e-8)
            y = y * self.w[17 + gate]
        return y + self.w[11 + gate]

    def step(self, x, h, c) -> tuple[np.ndarray, np.ndarray]:
        f, g = logistic(self.gate(1, x, h, c)), np.tanh(self.gate(2, x, h, c))
        i = 1 - f if self.w[0] is None else logistic(self.gate(0, x, h, c))
        c = clip(f * c + i * g, self.clips[0])
        h_new = logistic(self.gate(3, x, h, c)) * np.tanh(c)
        if self.w[15] is None:
            return h_new, c
        h_new = self.multiply(h_new, 15)
        return clip(h_new + (0 if self.w[16] is None else self.w[16]), self.clips[1]), c

    def run(self, x, h, c) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        outputs, cells = self.w[7].shape[1], self.w[7].shape[0]
        time_first = x.swapaxes(0, 1) if x.ndim == 3 and not self.time_major else x
        steps = time_first if x.ndim == 3 else x[None]
        new_h, new_c = h.reshape(-1, outputs).astype("f8"), c.reshape(-1, cells).astype("f8")
        y = np.zeros((*steps.shape[:2], outputs))
        for step, row in zip(steps, y, strict=True):
            new_h, new_c = self.step(step, new_h, new_c)
            row[:] = new_h
        y = y.reshape(*time_first.shape[:-1], outputs)
        y = y if time_first is x else y.swapaxes(0, 1)
        return y.astype("f4"), as_state(new_h, h), as_state(new_c, c)


def as_state(value, like) -> np.ndarray:
    return value.reshape(like.shape).astype("f4")


def logistic(x) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def clip(x, limit) -> np.ndarray:
    return np.clip(x, -limit, limit) if limit > 0 else x


def lstm(x, h, c, w, time_major, cell_clip, projection_clip, asymmetric) -> tuple:
    layer = Lstm(w, time_major, (cell_clip, projection_clip), asymmetric)
    return layer.run(x, h, c)
