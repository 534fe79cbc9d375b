"""NumPy's universal functions: promotion as NumPy's own tables say, one operator where there is one."""

import numpy as np

from ..operators import operators
from ..recorded import ARRAY, Recorded, lowerings, lowers
from .common import BOOL, cast, check, dtype_of, is_python, plain, record, refuse

UFUNCS = {
    np.add: "add",
    np.subtract: "subtract",
    np.multiply: "multiply",
    np.divide: "divide",
    np.floor_divide: "floor_divide",
    np.remainder: "remainder",
    np.maximum: "maximum",
    np.minimum: "minimum",
    np.fmax: "fmax",
    np.fmin: "fmin",
    np.equal: "equal",
    np.not_equal: "not_equal",
    np.less: "less",
    np.less_equal: "less_equal",
    np.greater: "greater",
    np.greater_equal: "greater_equal",
    np.negative: "negative",
    np.absolute: "absolute",
    np.fabs: "absolute",
    np.sqrt: "sqrt",
    np.sign: "sign",
    np.floor: "floor",
    np.ceil: "ceil",
    np.trunc: "trunc",
    np.rint: "rint",
    np.copysign: "copysign",
    np.isnan: "is_nan",
    np.isfinite: "is_finite",
    np.isinf: "is_inf",
    np.exp: "exp",
    np.exp2: "exp2",
    np.expm1: "expm1",
    np.log: "log",
    np.log2: "log2",
    np.log10: "log10",
    np.log1p: "log1p",
    np.sin: "sin",
    np.cos: "cos",
    np.tan: "tan",
    np.arcsin: "arcsin",
    np.arccos: "arccos",
    np.arctan: "arctan",
    np.arctan2: "arctan2",
    np.sinh: "sinh",
    np.cosh: "cosh",
    np.tanh: "tanh",
    np.arcsinh: "arcsinh",
    np.arccosh: "arccosh",
    np.arctanh: "arctanh",
    np.hypot: "hypot",
    np.cbrt: "cbrt",
}
"""Functions that are one operator in every type NumPy resolves them to."""

BITWISE = {np.bitwise_and: "and", np.bitwise_or: "or", np.bitwise_xor: "xor"}
COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
LOGICAL = {np.logical_and: "and", np.logical_or: "or", np.logical_xor: "xor"}


def _weak(tracer, thing):
    """What ``resolve_dtypes`` wants to know of an operand: a dtype, or int or float for Python's numbers."""
    if not is_python(thing):
        return dtype_of(tracer, thing)
    kind = thing.kind if isinstance(thing, Recorded) else np.asarray(thing).dtype.kind
    return {"b": np.dtype("?"), "i": int, "f": float}[kind]


def resolve(tracer, function, *operands) -> tuple[np.dtype, ...]:
    """The types of inputs and output that NumPy's promotion gives a ufunc."""
    kinds = [_weak(tracer, o) for o in operands]
    if all(kind is int for kind in kinds):  # comparisons of two would resolve to objects
        kinds = [np.dtype("i8")] * len(kinds)
    try:
        return function.resolve_dtypes((*kinds, *([None] * function.nout)))
    except TypeError as error:
        refuse(str(error))


def resolve_as(tracer, function, x) -> None:
    """Refuses booleans where the function computes in 8 bits, or not at all."""
    if resolve(tracer, function, x)[0] != dtype_of(tracer, x):
        refuse(f"np.{function.__name__} of booleans is not compiled", ".astype(np.int64) first")


def _common_axes(operands):
    """The memory order that elementwise results have: that of the operands, which must agree."""
    orders = {o.axes for o in operands if isinstance(o, Recorded) and o.rank > 1}
    if len(orders) > 1:
        refuse(
            "arrays of different memory order meet",
            "np.ascontiguousarray around the transposed one",
        )
    return orders.pop() if orders else None


def elementwise(tracer, name: str, operands, dtypes):
    """One element-wise operator; operands in transposed memory stay there."""
    axes = _common_axes(operands)
    if axes is not None and any(not isinstance(o, Recorded) and np.ndim(o) > 0 for o in operands):
        operands, axes = [_straight(tracer, o) for o in operands], None
    if axes is not None and any(
        isinstance(o, Recorded) and 0 < o.rank != len(axes) for o in operands
    ):
        refuse(
            "a transposed array meets one of another rank",
            "np.ascontiguousarray around the transposed one",
        )
    dtypes = _hold_integers(tracer, name, operands, dtypes)
    values = [
        cast(tracer, o.value if isinstance(o, Recorded) else plain(tracer, o), t)
        for o, t in zip(operands, dtypes, strict=True)
    ]
    admitted = operators()[name].inputs[0].type
    _check_type(name, admitted, values[0])
    result = record(tracer.graph.add(name, *values))
    result.axes = axes
    return result


def python_kind(thing) -> str:
    return thing.kind if isinstance(thing, Recorded) else np.asarray(thing).dtype.kind


def _hold_integers(tracer, name, operands, dtypes):
    """Python's integers that 32 bits do not hold: comparisons are exact, arithmetic raises OverflowError."""
    if name == "where":  # which wraps them
        return dtypes
    narrow = [
        o
        for o, t in zip(operands, dtypes, strict=True)
        if t == np.dtype("i4") and is_python(o) and python_kind(o) == "i"
    ]
    if narrow and name in COMPARISONS:
        return [np.dtype("i8")] * len(operands)
    for operand in narrow:
        if not isinstance(operand, Recorded):
            if operand != np.array(operand).astype("i4"):
                refuse(f"Python integer {operand} out of bounds for int32")
            continue
        same = tracer.graph.add(
            "equal", operand.value, cast(tracer, cast(tracer, operand.value, np.int32), np.int64)
        )
        check(tracer, same, "OverflowError", "Python integer out of bounds for int32")
    return dtypes


def _straight(tracer, thing):
    if not isinstance(thing, Recorded) or thing.axes is None:
        return thing
    refuse(
        "arrays of different memory order meet", "np.ascontiguousarray around the transposed one"
    )


_CLASSES = {"f": "f8 f4", "i": "i8 i4", "n": "f8 f4 i8 i4", "b": "f8 f4 i8 i4 ?", "bool": "?"}


def _check_type(name, admitted, value):
    kinds = _CLASSES.get(
        admitted.rstrip("0123456789") if admitted[0] in "finb" and admitted != "bool" else admitted
    )
    if kinds and value.dtype not in [np.dtype(k) for k in kinds.split()]:
        refuse(
            f"{name} of {value.dtype} is not compiled",
            ".astype(np.float64) or .astype(np.int64) first",
        )


def apply_ufunc(tracer, function, *operands):
    """A ufunc on recorded and concrete operands."""
    if any(is_text(o) for o in operands):
        return _compare_text(tracer, function, operands)
    if function in LOGICAL or function is np.logical_not:
        name = "not" if function is np.logical_not else LOGICAL[function]
        return elementwise(
            tracer,
            f"logical_{name}",
            [truth(tracer, o) for o in operands],
            [np.bool_] * len(operands),
        )
    types = resolve(tracer, function, *operands)
    if function in BITWISE or function is np.invert:
        logical = types[0] == np.bool_
        name = BITWISE.get(function, "not" if logical else "invert")
        name = f"logical_{name}" if logical else name if name == "invert" else f"bitwise_{name}"
        return elementwise(tracer, name, operands, types[: len(operands)])
    if types[0] == np.bool_ and UFUNCS[function] in ("add", "multiply", "maximum", "minimum"):
        name = "logical_or" if function in (np.add, np.maximum) else "logical_and"
        return elementwise(tracer, name, operands, types[: len(operands)])
    if UFUNCS[function] in ("floor", "ceil", "trunc") and types[0].kind in "iub":
        return record(cast(tracer, plain(tracer, operands[0]), types[-1]))
    if UFUNCS[function] in ("is_nan", "is_finite", "is_inf") and types[0].kind in "iub":
        types = (np.dtype("f8"), types[-1])
    return elementwise(tracer, UFUNCS[function], operands, types[: len(operands)])


def truth(tracer, thing):
    """Elements that are not zero, as bool."""
    if isinstance(thing, Recorded) and thing.value.type == BOOL:
        return thing
    if not isinstance(thing, Recorded):
        return np.asarray(thing).astype(bool)
    return apply_ufunc(tracer, np.not_equal, thing, 0)


def is_text(thing) -> bool:
    return (
        thing.kind == "O"
        if isinstance(thing, Recorded)
        else isinstance(thing, str) or np.asarray(thing).dtype.kind in "UT"
    )


def _compare_text(tracer, function, operands):
    if function not in (np.equal, np.not_equal) or not all(is_text(o) for o in operands):
        refuse("text can only be compared with text, by == or !=")
    tracer.check_texts()
    equal = record(tracer.graph.add("text_equal", *(plain(tracer, o) for o in operands)))
    return equal if function is np.equal else apply_ufunc(tracer, np.logical_not, equal)


def _register_ufunc(function):
    if function.nin == 1:

        def lowering(tracer, x, /):
            return apply_ufunc(tracer, function, x)
    else:

        def lowering(tracer, x, y, /):
            return apply_ufunc(tracer, function, x, y)

    lowerings[function] = lowering


for _function in [*UFUNCS, *BITWISE, *LOGICAL, np.logical_not, np.invert]:
    _register_ufunc(_function)


@lowers(np.square)
def square(tracer, x, /):
    resolve_as(tracer, np.square, x)
    return apply_ufunc(tracer, np.multiply, x, x)


@lowers(np.reciprocal)
def reciprocal(tracer, x, /):
    if dtype_of(tracer, x).kind != "f":
        refuse("np.reciprocal of integers is not compiled", "1.0 / x")
    return apply_ufunc(tracer, np.divide, 1.0, x)


def copy_elements(x):
    """What a ufunc that changes nothing gives: a scalar, or an array in the same memory order."""
    result = record(x.value)
    result.axes = x.axes
    return result


@lowers(np.positive)
def positive(tracer, x, /):
    resolve_as(tracer, np.positive, x)
    return copy_elements(x)


# ---- powers: NumPy's shortcuts differ between arrays and scalars ----
@lowers(np.power)
def power(tracer, x, y, /):
    return apply_power(tracer, x, y, np.power)


@lowers(np.float_power)
def float_power(tracer, x, y, /):
    return elementwise(tracer, "power", [x, y], [np.dtype("f8")] * 2)


def apply_power(tracer, x, y, function):
    types = resolve(tracer, np.power, x, y)
    if types[0].itemsize < 4 or dtype_of(tracer, x) == np.bool_:
        refuse("a power in 8 or 16 bits is not compiled", ".astype(np.int64) first")
    if types[0].kind in "iu":
        return elementwise(tracer, "int_power", [x, y], types[:2])
    is_array = any(
        (o.flavour == ARRAY) if isinstance(o, Recorded) else np.ndim(o) > 0 for o in (x, y)
    )
    exponent = None if isinstance(y, Recorded) or np.ndim(y) else float(y)
    if exponent == 2 and (is_array or function is np.power):
        return apply_ufunc(tracer, np.multiply, _as(tracer, x, types[0]), _as(tracer, x, types[0]))
    if is_array and exponent == 0.5:
        return apply_ufunc(tracer, np.sqrt, _as(tracer, x, types[0]))
    if is_array and exponent == 1:
        return _as(tracer, x, types[0])
    if is_array and exponent == -1:
        return apply_ufunc(tracer, np.divide, types[0].type(1), _as(tracer, x, types[0]))
    return elementwise(tracer, "power", [x, y], types[:2])


def _as(tracer, thing, dtype):
    if not isinstance(thing, Recorded):
        return np.asarray(thing).astype(dtype)
    result = record(cast(tracer, thing.value, dtype))
    result.axes = thing.axes
    return result
