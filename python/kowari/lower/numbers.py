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


def integer_power(x, n):
    """``x ** n`` of integers, n not below 0: beyond 64 bits it raises."""
    result = 1
    base = x
    while n > 0:
        if n % 2 == 1:
            result = result * base
        n = n // 2
        if n > 0:
            base = base * base
    return result


def python_power(tracer, x, y):
    """``x ** y`` of Python numbers; only the sign of an integer exponent tells whether the result is one."""
    if "f" in (python_kind(x), python_kind(y)):
        return _real_power(tracer, x, y)
    x, y = (o if isinstance(o, Recorded) else int(o) for o in (x, y))
    return tracer.choose(
        tracer.binary("lt", y, 0),
        lambda: _real_power(tracer, x, y),
        lambda: tracer.call(integer_power, x, y),
    )


def _real_power(tracer, x, y):
    base, exponent = _python(tracer, x, F64), _python(tracer, y, F64)
    add, zero = tracer.graph.add, tracer.graph.constant(0.0)
    result = add("power", base, exponent)
    known = exponent.constant
    if known is None or known < 0:
        good = add(
            "logical_or",
            add("not_equal", base, zero),
            add("logical_not", add("less", exponent, zero)),
        )
        check(tracer, good, "ZeroDivisionError", "0.0 cannot be raised to a negative power")
    if known is None or known != np.floor(known):
        real = add(
            "logical_or",
            add("greater_equal", base, zero),
            add("equal", exponent, add("floor", exponent)),
        )
        real = add("logical_or", real, add("logical_not", add("is_finite", base)))
        real = add("logical_or", real, add("logical_not", add("is_finite", exponent)))
        check(tracer, real, "ValueError", "a negative number to a fractional power is complex")
    finite = add("logical_and", add("is_finite", base), add("is_finite", exponent))
    good = add("logical_or", add("is_finite", result), add("logical_not", finite))
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
    rounds = not integers and not comparison  # as Python does where an integer meets a float
    if code == F64 and not rounds and {python_kind(x), python_kind(y)} != {"f"}:
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
        if name in ("eq", "ne") and _is_number_and_text(x, y):
            return name == "ne"
        _refuse_sequence(x)
        _refuse_sequence(y)
        result = apply_ufunc(tracer, function, x, y)
        if is_text(x) and all(not isinstance(o, Recorded) or o.flavour == PYTHON for o in (x, y)):
            return Recorded(result.value, PYTHON)
        return result

    lowerings[name] = lowering


def _is_number_and_text(x, y) -> bool:
    """A Python number equals no text."""
    texts = [is_text(o) for o in (x, y) if is_python(o) or isinstance(o, str) or _is_one_text(o)]
    return texts in ([True, False], [False, True])


def _is_one_text(thing) -> bool:
    return isinstance(thing, Recorded) and thing.kind == "O" and thing.rank == 0


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
        return python_power(tracer, x, y)
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


def shift_left(x, by):
    if by < 0:
        raise ValueError("negative shift count")
    return x * 2**by


def shift_right(x, by):
    if by < 0:
        raise ValueError("negative shift count")
    if by > 62:
        return -1 if x < 0 else 0
    return x // 2**by


def _register_shift(name, function, written):
    def lowering(tracer, x, y, /):
        if is_python(x) and is_python(y):
            if "f" in (python_kind(x), python_kind(y)):
                raise tracer.raised(TypeError, "unsupported operand type(s) for a shift")
            return tracer.call(written, x, y)
        return lowerings[function](tracer, x, y)

    lowerings[name] = lowering


_register_shift("lshift", np.left_shift, shift_left)
_register_shift("rshift", np.right_shift, shift_right)
