"""Operators: Python's own numbers as Python computes them, everything else as NumPy's universal functions."""

import numpy as np

from .. import operators as ops
from ..recorded import PYTHON, SCALAR, Recorded, lowerings, lowers
from .common import F64, I64, cast, check, is_python, plain, refuse
from .ufuncs import UFUNCS, apply_power, apply_ufunc, is_text, positive, python_kind

PYTHON_OPERATORS = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "and_": np.bitwise_and,
    "or_": np.bitwise_or,
    "xor": np.bitwise_xor,
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}


def _python(tracer, thing, code):
    """A Python number as a graph value of the given type."""
    return cast(
        tracer,
        thing.value if isinstance(thing, Recorded) else plain(tracer, thing),
        ops.DTYPES[code],
    )


def _python_power(tracer, x, y):
    if isinstance(y, Recorded) or python_kind(x) != "f" or float(y) != int(y) or y < 0:
        refuse(
            "a Python number to this power may be an integer of any size, complex or an error",
            "np.power on np.float64 values",
        )
    base = _python(tracer, x, F64)
    result = tracer.graph.add("power", base, tracer.graph.constant(float(y)))
    finite, was = (tracer.graph.add("is_finite", v) for v in (result, base))
    good = tracer.graph.add("logical_or", finite, tracer.graph.add("logical_not", was))
    check(tracer, good, "OverflowError", "(34, 'Numerical result out of range')")
    return Recorded(result, PYTHON)


def _python_binary(tracer, name, x, y):
    """Two Python numbers: integers do not wrap, division by zero raises."""
    integers = python_kind(x) in "ib" and python_kind(y) in "ib"
    comparison = name in ("eq", "ne", "lt", "le", "gt", "ge")
    if name in ("and_", "or_", "xor"):
        if not integers:
            refuse("a float has no bits to combine")
        both_bool = python_kind(x) == python_kind(y) == "b"
        result = apply_ufunc(
            tracer,
            PYTHON_OPERATORS[name],
            *((x, y) if both_bool else (_int(tracer, x), _int(tracer, y))),
        )
        return Recorded(result.value, PYTHON)
    code = I64 if integers and name != "truediv" else F64
    if (
        not integers
        and not comparison
        and "i" in (python_kind(x), python_kind(y))
        or integers
        and name == "truediv"
    ):
        x, y = _exact(tracer, x), _exact(tracer, y)
    if comparison and not integers and {python_kind(x), python_kind(y)} != {"f"}:
        x, y = _exact(tracer, x), _exact(tracer, y)
    a, b = _python(tracer, x, code), _python(tracer, y, code)
    if name in ("truediv", "floordiv", "mod"):
        check(
            tracer,
            tracer.graph.add("not_equal", b, tracer.graph.constant(0, ops.DTYPES[code])),
            "ZeroDivisionError",
            "division by zero",
        )
    if name == "floordiv" and code == I64:
        _check_quotient(tracer, a, b)
    checked = {"add": "checked_add", "sub": "checked_subtract", "mul": "checked_multiply"}
    operator_name = (
        checked[name] if code == I64 and name in checked else UFUNCS[PYTHON_OPERATORS[name]]
    )
    return Recorded(tracer.graph.add(operator_name, a, b), PYTHON)


def _check_quotient(tracer, a, b):
    """-2**63 // -1, the one quotient that 64 bits do not hold, raises OverflowError."""
    if b.constant is not None and b.constant != -1:
        return
    add, constant = tracer.graph.add, tracer.graph.constant
    fits = add(
        "logical_or",
        add("not_equal", a, constant(-(2**63), np.int64)),
        add("not_equal", b, constant(-1, np.int64)),
    )
    check(tracer, fits, "OverflowError", "integer division result beyond 64 bits")


def _int(tracer, thing):
    return Recorded(_python(tracer, thing, I64), SCALAR)


def _exact(tracer, thing):
    """An integer that becomes a float without rounding: beyond 2**53 Python compares and divides exactly, float64 cannot."""
    if python_kind(thing) == "f":
        return thing
    if not isinstance(thing, Recorded):
        return (
            float(thing)
            if int(float(thing)) == thing
            else refuse("an integer that float64 does not have")
        )
    return Recorded(tracer.graph.add("exact_real", _python(tracer, thing, I64)), PYTHON)


def _register_operator(name, function):
    def lowering(tracer, x, y, /):
        if is_python(x) and is_python(y) and not (is_text(x) or is_text(y)):
            return _python_binary(tracer, name, x, y)
        _refuse_sequence(x)
        _refuse_sequence(y)
        result = apply_ufunc(tracer, function, x, y)
        if is_text(x) and all(not isinstance(o, Recorded) or o.flavour == PYTHON for o in (x, y)):
            return Recorded(result.value, PYTHON)
        return result

    lowerings[name] = lowering


def _refuse_sequence(thing):
    if isinstance(thing, list | tuple | dict | str) and not isinstance(thing, str):
        refuse("a list or tuple meets a recorded value in an operator", "np.array(...) around it")


for _name, _ufunc in PYTHON_OPERATORS.items():
    _register_operator(_name, _ufunc)


@lowers("pos")
def positive_operator(tracer, x, /):
    if is_python(x) and x.kind == "b":
        return Recorded(_python(tracer, x, I64), PYTHON)
    return x if is_python(x) else positive(tracer, x)


@lowers("pow")
def power_operator(tracer, x, y, /):
    """``x ** y``."""
    if is_python(x) and is_python(y):
        return _python_power(tracer, x, y)
    return apply_power(tracer, x, y, None)


@lowers("neg")
def negative(tracer, x, /):
    if not is_python(x):
        return apply_ufunc(tracer, np.negative, x)
    if x.kind == "f":
        return Recorded(tracer.graph.add("negative", x.value), PYTHON)
    return _python_binary(tracer, "sub", 0, x)


@lowers("invert")
def invert(tracer, x, /):
    if is_python(x):
        if x.kind not in "bi":
            refuse("a float has no bits to invert")
        return Recorded(tracer.graph.add("invert", _python(tracer, x, I64)), PYTHON)
    return apply_ufunc(tracer, np.invert, x)
