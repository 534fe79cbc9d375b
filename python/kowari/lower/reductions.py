"""Reductions: sums in the order of memory, extremes and their places, any and all; NaN skipped where the name says so."""

import numpy as np

from ..recorded import ARRAY, PYTHON, SCALAR, Recorded, attributes, lowers
from .common import (
    cast,
    concrete,
    normalize_axes,
    normalize_axis,
    plain,
    record,
    recorded,
    refuse,
)
from .ufuncs import apply_ufunc, elementwise, truth


def _reduced_axes(x: Recorded, axis, sums: bool):
    """Axes of the value in memory; refuses where NumPy's order of additions is that of a view with gaps."""
    axes = normalize_axes(axis, x.rank)
    count = x.rank if axes is None else len(axes)
    if sums and x.strided and count > 1 and x.kind == "f":
        refuse(
            "NumPy sums a view with gaps over several axes in an order of its own",
            "np.ascontiguousarray around it",
        )
    if axes is None or x.axes is None:
        return axes
    return tuple(sorted(x.axes[a] for a in axes))


def reduce(tracer, name, x, axis, keepdims, sums=True, **fields):
    """One reduction operator; a transposed array is reduced where it lies."""
    x = recorded(tracer, x)
    if x.axes is not None and (keepdims or (axis is not None and x.rank > 2)):
        x = (
            Recorded(plain(tracer, x), ARRAY)
            if not sums or x.kind != "f"
            else refuse(
                "a reduction of a transposed array that leaves several axes",
                "np.ascontiguousarray around it",
            )
        )
    axes = _reduced_axes(x, axis, sums)
    value = x.value
    return record(
        tracer.graph.add(
            name, value, axes=axes, keepdims=int(bool(concrete(keepdims, "keepdims"))), **fields
        )
    )


def numbers(tracer, x):
    """Booleans and small integers as the operators take them."""
    x = recorded(tracer, x)
    if x.kind == "O":
        refuse("text has no numbers to reduce")
    wanted = {"f": x.value.dtype, "i": np.dtype("i8"), "u": np.dtype("i8"), "b": np.dtype("?")}[
        x.kind
    ]
    if x.value.dtype == np.dtype("f2") or x.value.dtype == np.dtype("u8"):
        refuse(f"{x.value.dtype} is not compiled here", ".astype(np.float64) first")
    result = record(cast(tracer, x.value, wanted))
    result.axes, result.strided, result.flavour = x.axes, x.strided, x.flavour
    return result


def refuse_unsigned(x: Recorded) -> None:
    """NumPy adds and multiplies unsigned integers in uint64, the operators in int64."""
    if x.kind == "u":
        refuse("sums and products of unsigned integers are not compiled", ".astype(np.int64) first")


def _register_reductions():
    for name, functions in {"sum": np.sum, "prod": np.prod, "mean": np.mean}.items():
        _register_plain(name, functions, 0)
    for name, functions in {"sum": np.nansum, "prod": np.nanprod, "mean": np.nanmean}.items():
        _register_plain(name, functions, 1)
    for name, function in {"var": np.var, "std": np.std}.items():
        _register_spread(name, function, 0)
    for name, function in {"var": np.nanvar, "std": np.nanstd}.items():
        _register_spread(name, function, 1)
    for name, functions in {"min": [np.min, np.amin], "max": [np.max, np.amax]}.items():
        _register_extreme(name, functions, 0)
    for name, functions in {"min": [np.nanmin], "max": [np.nanmax]}.items():
        _register_extreme(name, functions, 1)


def _as_type(x: Recorded, tracer, dtype) -> Recorded:
    """``dtype=``: refused where NumPy, which converts in portions, adds in another order than of converted elements."""
    if dtype is None:
        return x
    dtype = np.dtype(concrete(dtype, "dtype"))
    narrow = x.kind in "biu" and x.value.dtype.itemsize < 8
    if dtype == x.value.dtype or dtype.str[1:] in ("i8", "f8") and narrow or dtype == np.int64:
        return Recorded(cast(tracer, x.value, dtype), x.flavour, x.axes, x.strided)
    refuse(f"a sum of {x.value.dtype} in {dtype} is not compiled", f"x.astype(np.{dtype})")


def _select(tracer, x: Recorded, where, neutral) -> Recorded:
    """The elements where ``where`` holds, and what changes nothing in the place of others."""
    if where is True:
        return x
    neutral = np.asarray(neutral).astype(x.value.dtype)[()]
    kept = elementwise(
        tracer, "where", [truth(tracer, where), x, neutral], ["?", *[x.value.dtype] * 2]
    )
    return record(plain(tracer, kept), flavour=ARRAY)


def _put_first(tracer, x: Recorded, initial, axis):
    """x with ``initial`` as the first element along each of the axes that a result is made of."""
    first = cast(tracer, plain(tracer, initial), x.value.dtype)
    axes = normalize_axes(axis, x.rank)
    if axes is None or len(axes) == x.rank:
        flat = tracer.graph.add("reshape", plain(tracer, x), sizes=(-1,))
        first = tracer.graph.add("expand_dims", first, axes=(0,))
        return record(tracer.graph.add("concat", first, flat, axis=0)), None
    if len(axes) > 1:
        refuse("initial= along several axes, but not all", "one axis after the other")
    value = plain(tracer, x)
    sizes = [
        tracer.graph.add("size_of", value, axis=d)
        if d != axes[0]
        else tracer.graph.constant(1, np.int64)
        for d in range(value.rank)
    ]
    row = tracer.graph.add("broadcast_to", first, *sizes)
    return record(tracer.graph.add("concat", row, value, axis=axes[0])), axes[0]


def _check_initial(name: str, x: Recorded, initial) -> None:
    whole = x.kind in "bi" and type(initial) is int
    if not (whole or name == "sum" and x.kind == "f" and x.rank < 2):
        refuse("initial= is compiled for integers, and for sums of floats in one dimension", "+")


def _register_plain(name, function, skip_nan):
    neutral = {"sum": 0, "prod": 1, "mean": None}[name]

    def lowering(tracer, a, /, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
        a = recorded(tracer, a)
        if name != "mean":
            refuse_unsigned(a)
        x = _as_type(a, tracer, dtype)
        if skip_nan and x.kind != a.kind == "f":
            refuse(f"NaN is skipped before it becomes {x.value.dtype}", "a plain sum")
        if where is not True and name == "sum" and x.kind == "f":
            refuse("NumPy adds what `where` selects in an order of its own", f"np.{name}(x[mask])")
        x = _select(tracer, numbers(tracer, x), where, neutral)
        if initial is not None:
            _check_initial(name, x, initial)
        fields = {} if x.kind != "f" or not skip_nan else {"skip_nan": 1}
        total = reduce(tracer, name, x, axis, keepdims, **fields)
        if initial is None:
            return total
        combine = np.add if name == "sum" else np.multiply
        return apply_ufunc(
            tracer, combine, record(cast(tracer, plain(tracer, initial), total.value.dtype)), total
        )

    def mean(tracer, a, /, axis=None, dtype=None, *, keepdims=False):
        return lowering(tracer, a, axis, dtype, keepdims=keepdims)

    register = mean if name == "mean" else lowering
    lowers(function)(register)
    if not skip_nan:
        attributes[name] = (True, register)


def _register_spread(name, function, skip_nan):
    @lowers(function)
    def lowering(tracer, a, /, axis=None, *, ddof=0, keepdims=False, correction=None):
        x = numbers(tracer, a)
        fields = {"skip_nan": 1} if skip_nan and x.kind == "f" else {}
        if correction is not None and ddof != 0:
            refuse("ddof and correction can't be provided simultaneously.")
        ddof = _whole(ddof if correction is None else correction)
        return reduce(tracer, name, x, axis, keepdims, ddof=ddof, **fields)

    def method(tracer, a, /, axis=None, *, ddof=0, keepdims=False):
        return lowering(tracer, a, axis, ddof=ddof, keepdims=keepdims)

    if not skip_nan:
        attributes[name] = (True, method)


def _whole(ddof) -> int:
    if int(concrete(ddof, "ddof")) != ddof or ddof < 0:
        refuse("ddof must be a whole number")
    return int(ddof)


def _register_extreme(name, functions, skip_nan):
    @lowers(*functions)
    def lowering(tracer, a, /, axis=None, *, keepdims=False, initial=None, where=True):
        a = recorded(tracer, a)
        x, keepdims = numbers(tracer, a), bool(concrete(keepdims, "keepdims"))
        fields = {"skip_nan": 1} if skip_nan and x.kind == "f" else {}
        if where is not True and initial is None:
            refuse("`where` needs initial=, what to begin with", "initial=-np.inf")
        if initial is not None:
            if isinstance(initial, Recorded) or keepdims and axis is None:
                refuse("initial= must be known while compiling, and keepdims name an axis")
            if x.value.dtype.type(0) + initial != np.asarray(initial).astype(x.value.dtype):
                refuse(f"{initial} is not a number of {x.value.dtype}")
            if skip_nan and x.rank == 0:
                refuse("initial= for a single number", "np.fmin, np.fmax")
            x, axis = _put_first(tracer, _select(tracer, x, where, initial), initial, axis)
        result = reduce(tracer, name, x, axis, keepdims, sums=False, **fields)
        return record(cast(tracer, result.value, a.value.dtype))

    if not skip_nan:
        attributes[name] = (True, lowering)


def _register_logical(name, function, neutral):
    @lowers(function)
    def lowering(tracer, a, /, axis=None, *, keepdims=False, where=True):
        x = _select(tracer, truth(tracer, recorded(tracer, a)), where, neutral)
        return reduce(tracer, name, x, axis, keepdims, sums=False)

    attributes[name] = (True, lowering)


_register_logical("any", np.any, False)
_register_logical("all", np.all, True)


@lowers(np.count_nonzero)
def count_nonzero(tracer, a, /, axis=None, *, keepdims=False):
    result = reduce(tracer, "sum", truth(tracer, recorded(tracer, a)), axis, keepdims)
    return Recorded(result.value, _COUNT) if axis is None and not keepdims else result


_COUNT = PYTHON if type(np.count_nonzero(np.zeros(1))) is int else SCALAR
"""What np.count_nonzero of a whole array gives: a Python number in older versions of NumPy."""


def _register_position(name, function, skip_nan):
    @lowers(function)
    def lowering(tracer, a, /, axis=None, *, keepdims=False):
        x = numbers(tracer, a)
        axis = None if axis is None else normalize_axis(axis, x.rank)
        fields = {"skip_nan": 1} if skip_nan and x.kind == "f" else {}
        keepdims = int(bool(concrete(keepdims, "keepdims")))
        return record(
            tracer.graph.add(name, plain(tracer, x), axis=axis, keepdims=keepdims, **fields)
        )

    if not skip_nan:
        attributes[name] = (True, lowering)


_register_reductions()
_register_position("argmin", np.argmin, 0)
_register_position("argmax", np.argmax, 0)
_register_position("argmin", np.nanargmin, 1)
_register_position("argmax", np.nanargmax, 1)
