"""Python's built-in functions on recorded values."""

import inspect

import numpy as np

from ..convert import convert_estimator
from ..recorded import (
    ARRAY,
    PYTHON,
    SCALAR,
    Generator,
    Method,
    Recorded,
    Sequence,
    Text,
    lowers,
)
from .common import I64, TEXT, cast, check, concrete, plain, record, refuse
from .indexing import size_value
from .ufuncs import apply_ufunc


def _only(thing, message: str):
    """The one element of an array of size 1, as float() and int() take it."""
    if not isinstance(thing, Recorded) or thing.rank:
        refuse(message, "x[0] of an array of one element")
    return thing


def length(tracer, x, /):
    if not isinstance(x, Recorded):
        return len(x)
    if x.rank == 0:
        refuse("a number has no len()")
    return size_value(x, 0)


@lowers(abs)
def absolute(tracer, x, /):
    if x.flavour == PYTHON and x.kind in "bi":
        value = cast(tracer, x.value, np.int64)
        zero = tracer.graph.constant(np.int64(0))
        value = tracer.graph.add(
            "maximum", value, tracer.graph.add("checked_subtract", zero, value)
        )
        return Recorded(value, PYTHON)
    result = apply_ufunc(tracer, np.absolute, x)
    return Recorded(result.value, x.flavour, result.axes)


@lowers(float)
def to_float(tracer, x, /):
    x = _only(x, "float() of an array")
    if x.kind == "O":
        refuse("text to float is not compiled")
    return Recorded(cast(tracer, x.value, np.float64), PYTHON)


@lowers(int)
def to_int(tracer, x, /):
    x = _only(x, "int() of an array")
    if x.kind == "O":
        refuse("text to int is not compiled")
    if x.kind != "f":
        return Recorded(cast(tracer, x.value, np.int64), PYTHON)
    value = cast(tracer, x.value, np.float64)
    add, constant = tracer.graph.add, tracer.graph.constant
    check(
        tracer,
        add("logical_not", add("is_nan", value)),
        "ValueError",
        "cannot convert float NaN to integer",
    )
    inside = add("less", add("absolute", value), constant(2.0**63))
    check(
        tracer,
        inside,
        "OverflowError",
        "cannot convert float infinity to integer, or one beyond 64 bits",
    )
    return Recorded(add("cast", value, to=I64), PYTHON)


@lowers(bool)
def to_bool(tracer, x, /):
    return tracer.truth(x)


@lowers(type)
def type_of(tracer, x, /):
    """What the flavour tells."""
    if isinstance(x, Recorded):
        if x.flavour == ARRAY:
            return np.ndarray
        numbers = {"f": float, "i": int, "b": bool, "O": str}
        return x.value.dtype.type if x.flavour == SCALAR and x.kind != "O" else numbers[x.kind]
    if isinstance(x, Text | Sequence | Generator | Method):
        refuse("type() of a value that is known only when the model runs", "isinstance")
    return type(x)


@lowers(isinstance)
def is_instance(tracer, x, kinds, /):
    return (
        issubclass(type_of(tracer, x), kinds) if isinstance(x, Recorded) else isinstance(x, kinds)
    )


@lowers(setattr)
def set_attribute(tracer, thing, name, value, /):
    tracer.set_attribute(value, thing, name)


@lowers(inspect.currentframe)
def current_frame(tracer, /):
    """None, as in a Python without frames: the model has none."""
    return None


@lowers("estimator")
def call_estimator(tracer, estimator, method, /, X):  # noqa: N803 - scikit-learn's name
    """``estimator.predict(X)`` and its like, by the class's converter."""
    value = plain(tracer, X)
    if value.rank != 2:
        refuse(
            f"{type(estimator).__name__}.{method} takes rows and columns, was given {value.rank} axes",
            "x.reshape(1, -1)",
        )
    if value.type == TEXT:
        refuse(f"{type(estimator).__name__}.{method} of text is not compiled")
    results = convert_estimator(estimator, value)
    if method not in results:
        refuse(f"{type(estimator).__name__}.{method} is not compiled")
    return record(results[method])


@lowers(round)
def round_number(tracer, number, ndigits=None, /):
    """``round(x)`` of a float is an integer; with digits Python rounds the decimal number, NumPy a product."""
    x = _only(number, "round() of an array")
    if x.kind in "ib" and (ndigits is None or x.flavour == PYTHON and concrete(ndigits, "n") >= 0):
        return to_int(tracer, x)
    if ndigits is None:
        whole = tracer.graph.add("rint", x.value)
        return to_int(tracer, Recorded(whole, x.flavour))
    if x.flavour != PYTHON:
        return tracer.call(np.round, x, ndigits)
    digits = int(concrete(ndigits, "ndigits"))
    if x.kind != "f" or not 0 <= digits <= 22:
        refuse(
            "round() of a Python number to fewer than 0 or more than 22 digits", "np.round(x, n)"
        )
    return tracer.call(float, tracer.call(round_decimal, x, 10.0**digits))


def split_in_halves(a):
    """Two floats of at most 26 bits each, whose sum is ``a`` (Dekker)."""
    wide = a * 134217729.0
    high = wide - (wide - a)
    return high, a - high


def round_decimal(x, power):
    """The float nearest to k / power, where k is the integer nearest to the exact product, of two the even one.

    The product is ``near`` + ``rest`` without error.  Where it is 2**53 or more, x has no such digits.
    """
    a, b = np.float64(x), np.float64(power)
    near = a * b
    a_high, a_low = split_in_halves(a)
    b_high, b_low = split_in_halves(b)
    rest = ((a_high * b_high - near) + a_high * b_low + a_low * b_high) + a_low * b_low
    k = np.rint(near)
    gap = near - k
    up = np.logical_or(np.logical_and(gap == 0.5, rest > 0), np.logical_and(gap == 0, rest > 0.5))
    down = np.logical_or(
        np.logical_and(gap == -0.5, rest < 0), np.logical_and(gap == 0, rest < -0.5)
    )
    odd = np.logical_and(np.abs(rest) == 0.5, np.remainder(k, 2.0) == 1.0)
    up = np.logical_or(up, np.logical_and(odd, rest > 0))
    down = np.logical_or(down, np.logical_and(odd, rest < 0))
    k = np.where(up, k + 1.0, np.where(down, k - 1.0, k))[()]
    return np.where(np.abs(near) < 2.0**53, k / b, a)[()]


@lowers(pow)
def power(tracer, base, exp):
    return tracer.binary("pow", base, exp)
