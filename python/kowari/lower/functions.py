"""Functions of single elements that are made of others."""

import numpy as np

from .written import typed, written


@written(np.deg2rad, np.radians)
def to_radians(x, /):
    x = typed(np.deg2rad, x)
    return x * (x.dtype.type(np.pi) / x.dtype.type(180))


@written(np.rad2deg, np.degrees)
def to_degrees(x, /):
    x = typed(np.rad2deg, x)
    return x * (x.dtype.type(180) / x.dtype.type(np.pi))


@written(np.logaddexp)
def add_exponentials(x, y, /):
    x, y = typed(np.logaddexp, x, y)
    gap = x - y
    sum_ = np.maximum(x, y) + np.log1p(np.exp(-np.abs(gap)))
    return np.where(x == y, x + gap.dtype.type(np.log(2)), np.where(np.isnan(gap), gap, sum_))[()]


@written(np.logaddexp2)
def add_powers_of_2(x, y, /):
    x, y = typed(np.logaddexp2, x, y)
    gap = x - y
    sum_ = np.maximum(x, y) + np.log1p(np.exp2(-np.abs(gap))) * gap.dtype.type(np.log2(np.e))
    return np.where(x == y, x + gap.dtype.type(1), np.where(np.isnan(gap), gap, sum_))[()]


@written(np.heaviside)
def step(x, at_zero, /):
    x, at_zero = typed(np.heaviside, x, at_zero)
    one = x.dtype.type(1)
    side = np.where(x == 0, at_zero, np.where(x < 0, one - one, one))
    return np.where(np.isnan(x), x, side)[()]


@written(np.fmod)
def fmod(x, y, /):
    """The remainder with the sign of ``x``."""
    x, y = typed(np.fmod, x, y)
    if x.dtype.kind == "f":
        return np.copysign(np.remainder(np.abs(x), np.abs(y)), x)
    rest = np.remainder(x, y)
    unlike = np.logical_and(rest != 0, np.not_equal(x < 0, y < 0))
    return np.where(unlike, rest - y, rest)[()]


@written(np.divmod)
def divide(x, y, /):
    return np.floor_divide(x, y), np.remainder(x, y)


@written(np.modf)
def split_at_point(x, /):
    x = typed(np.sqrt, x)
    whole = np.trunc(x)
    rest = np.where(np.isinf(x), x.dtype.type(0), x - whole)
    return np.copysign(rest, x), whole


@written(np.signbit)
def signbit(x, /):
    x = typed(np.sqrt, x)
    return np.copysign(x.dtype.type(1), x) < 0


@written(np.isneginf)
def is_negative_infinity(x, /):
    return np.equal(x, -np.inf)


@written(np.isposinf)
def is_positive_infinity(x, /):
    return np.equal(x, np.inf)


@written(np.fix)
def fix(x, /):
    return np.trunc(x)


@written(np.sinc)
def sinc(x, /):
    """sin(pi x) / (pi x)."""
    x = np.multiply(np.pi, x)
    tiny = x.dtype.type(np.finfo(x.dtype).eps)
    x = np.where(x == 0, tiny, x)
    return np.sin(x) / x


@written(np.isclose)
def is_close(a, b, /, rtol=1e-05, atol=1e-08, equal_nan=False):
    a, b = np.asarray(a), np.asarray(b)
    near = np.logical_and(np.abs(a - b) <= atol + rtol * np.abs(b), np.isfinite(b))
    near = np.logical_or(near, a == b)
    if equal_nan:
        near = np.logical_or(near, np.logical_and(np.isnan(a), np.isnan(b)))
    return near


@written(np.allclose)
def are_close(a, b, /, rtol=1e-05, atol=1e-08, equal_nan=False):
    return bool(np.all(np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)))


@written(np.left_shift)
def shift_left(x, y, /):
    """0 where the count is beyond the width, or below 0."""
    x, y = typed(np.left_shift, x, y)
    power = np.power(x.dtype.type(2), np.maximum(y, 0))
    return np.where(y >= 0, x * power, x.dtype.type(0))[()]


@written(np.right_shift)
def shift_right(x, y, /):
    """Rounds down; nothing but the sign is left where the count is beyond the width, or below 0."""
    x, y = typed(np.right_shift, x, y)
    most = x.dtype.itemsize * 8 - 2
    inside = np.logical_and(y >= 0, y <= most)
    power = np.power(x.dtype.type(2), np.where(inside, y, most))
    return np.where(inside, x // power, np.where(x < 0, x.dtype.type(-1), x.dtype.type(0)))[()]
