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
    low, high = F4(np.fmin.reduce(x, initial=0)), F4(np.fmax.reduce(x, initial=0))
    if low == 0 and high == 0:
        return np.zeros(x.shape, np.int16), F4(1), np.zeros(x.shape)
    if asymmetric:
        exact = (np.float64(high) - np.float64(low)) / 255
        below, above = low / exact, high / exact
        zero = -128 - below if 128 + abs(below) < 127 + abs(above) else 127 - above
        zero, least, scale = F4(round_away(limit(zero, -128, 127))), -128, F4(exact)
        inverse = F4(1) / scale
    else:
        zero, least, extreme = F4(0), -127, max(-low, high)
        scale, inverse = extreme / F4(127), F4(127) / extreme
    real = limit(zero + x * inverse, F4(least), F4(127)).astype("f8")
    return (round_away(real) - zero).astype(np.int16), scale, real


def quantize_rows(x, asymmetric) -> tuple[np.ndarray, np.ndarray]:
    rows = [quantize_row(row.ravel(), asymmetric)[:2] for row in x]
    y = np.array([q for q, _ in rows], np.int16).reshape(x.shape)
    return y, np.array([scale for _, scale in rows], F4)


def hybrid_dense(x, scale, weights, weights_scale, bias) -> np.ndarray:
    total = wrap(x.astype("i8") @ weights.astype("i8").T).astype("f4")
    y = total * (scale[:, None] * weights_scale)
    return y if bias is None else y + bias
