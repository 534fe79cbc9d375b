"""Python's ``math`` on recorded numbers: floats as the C library gives them, and the exceptions that Python makes of what
is no number or beyond floats: ValueError 'math domain error', OverflowError 'math range error'.
"""

import math

import numpy as np

from ..recorded import PYTHON, Recorded, lowers
from .builtins import absolute, to_float, to_int
from .common import F64, cast, check, is_python, refuse
from .functions import fmod as remainder_of
from .numbers import python_kind

PLAIN = [
    "sqrt",
    "exp",
    "expm1",
    "log1p",
    "log2",
    "log10",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "cbrt",
]
INVERSE = {f"a{n}": f"arc{n}" for n in ("sin", "cos", "tan", "sinh", "cosh", "tanh")}
BEYOND = ("exp", "expm1", "exp2", "sinh", "cosh")
"""Where a float that is too large is an OverflowError; elsewhere infinity is out of the domain."""
TESTS = {"isnan": "is_nan", "isinf": "is_inf", "isfinite": "is_finite"}
DOMAIN, RANGE = ("ValueError", "math domain error"), ("OverflowError", "math range error")


def _real(tracer, x):
    """What ``float(x)`` gives, as a graph value."""
    if not isinstance(x, Recorded):
        return tracer.graph.constant(float(x))
    return to_float(tracer, x).value


def _check_result(tracer, result, given, kind) -> None:
    """Finite operands give a finite result, or that exception; NaN comes from NaN alone."""
    add = tracer.graph.add
    good = add("is_finite", result)
    for value in given:
        good = add("logical_or", good, add("logical_not", add("is_finite", value)))
    check(tracer, good, *kind)


def _check_domain(tracer, result, given) -> None:
    """NaN comes from NaN alone."""
    add = tracer.graph.add
    good = add("logical_not", add("is_nan", result))
    for value in given:
        good = add("logical_or", good, add("is_nan", value))
    check(tracer, good, *DOMAIN)


def _apply(tracer, operator, x, beyond=DOMAIN):
    value = _real(tracer, x)
    result = tracer.graph.add(operator, value)
    _check_domain(tracer, result, [value])
    _check_result(tracer, result, [value], beyond)
    return Recorded(result, PYTHON)


def _register(name, operator):
    @lowers(getattr(math, name))
    def lowering(tracer, x, /):
        return _apply(tracer, operator, x, RANGE if name in BEYOND else DOMAIN)


for _name, _operator in {**{n: n for n in PLAIN}, **INVERSE, "exp2": "exp2"}.items():
    _register(_name, _operator)


def _register_test(name, operator):
    @lowers(getattr(math, name))
    def lowering(tracer, x, /):
        return Recorded(tracer.graph.add(operator, _real(tracer, x)), PYTHON)


for _name, _operator in TESTS.items():
    _register_test(_name, _operator)


@lowers(math.log)
def logarithm(tracer, x, base=math.e, /):
    """Of a base: the quotient of two logarithms."""
    result = _apply(tracer, "log", x)
    if base is math.e:
        return result
    below = _apply(tracer, "log", base) if isinstance(base, Recorded) else math.log(base)
    return tracer.binary("truediv", result, below)


def _register_rounding(name, operator):
    @lowers(getattr(math, name))
    def lowering(tracer, x, /):
        """An integer."""
        if is_python(x) and python_kind(x) in "ib":
            return to_int(tracer, x)
        if name == "trunc" and not (x.kind == "f" and x.value.type == F64):
            refuse("math.trunc of a NumPy number that is no float64", "int(...)")
        value = tracer.graph.add(operator, _real(tracer, x))
        return to_int(tracer, Recorded(value, PYTHON))


for _name in ("floor", "ceil", "trunc"):
    _register_rounding(_name, _name)


@lowers(math.fabs)
def real_absolute(tracer, x, /):
    return absolute(tracer, Recorded(_real(tracer, x), PYTHON))


@lowers(math.copysign)
def copysign(tracer, x, y, /):
    return Recorded(tracer.graph.add("copysign", _real(tracer, x), _real(tracer, y)), PYTHON)


@lowers(math.atan2)
def atan2(tracer, y, x, /):
    return Recorded(tracer.graph.add("arctan2", _real(tracer, y), _real(tracer, x)), PYTHON)


@lowers(math.hypot)
def hypot(tracer, x, y, /):
    return Recorded(tracer.graph.add("hypot", _real(tracer, x), _real(tracer, y)), PYTHON)


@lowers(math.degrees)
def degrees(tracer, x, /):
    return _scaled(tracer, x, 180 / math.pi)


@lowers(math.radians)
def radians(tracer, x, /):
    return _scaled(tracer, x, math.pi / 180)


def _scaled(tracer, x, factor):
    factor = tracer.graph.constant(factor)
    return Recorded(tracer.graph.add("multiply", _real(tracer, x), factor), PYTHON)


@lowers(math.pow)
def power(tracer, x, y, /):
    """0 to a negative power is out of the domain; what is too large is beyond the range."""
    base, exponent = _real(tracer, x), _real(tracer, y)
    add, zero = tracer.graph.add, tracer.graph.constant(0.0)
    result = add("power", base, exponent)
    _check_domain(tracer, result, [base, exponent])
    good = add("logical_or", add("not_equal", base, zero), add("is_finite", result))
    good = add("logical_or", good, add("logical_not", add("is_finite", exponent)))
    check(tracer, good, *DOMAIN)
    _check_result(tracer, result, [base, exponent], RANGE)
    return Recorded(result, PYTHON)


@lowers(math.fmod)
def fmod(tracer, x, y, /):
    """The remainder with the sign of ``x``."""
    given = [_real(tracer, v) for v in (x, y)]
    result = tracer.call(remainder_of, *(Recorded(v, "NumPy scalar") for v in given)).value
    _check_domain(tracer, result, given)
    return Recorded(cast(tracer, result, np.float64), PYTHON)
