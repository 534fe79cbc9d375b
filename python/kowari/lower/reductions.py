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
from .ufuncs import truth


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


def _register_plain(name, function, skip_nan):
    @lowers(function)
    def lowering(tracer, a, /, axis=None, *, keepdims=False):
        a = recorded(tracer, a)
        if name != "mean":
            refuse_unsigned(a)
        x = numbers(tracer, a)
        fields = {} if x.kind != "f" or not skip_nan else {"skip_nan": 1}
        return reduce(tracer, name, x, axis, keepdims, **fields)

    if not skip_nan:
        attributes[name] = (True, lowering)


def _register_spread(name, function, skip_nan):
    @lowers(function)
    def lowering(tracer, a, /, axis=None, *, ddof=0, keepdims=False):
        x = numbers(tracer, a)
        fields = {"skip_nan": 1} if skip_nan and x.kind == "f" else {}
        return reduce(tracer, name, x, axis, keepdims, ddof=_whole(ddof), **fields)

    if not skip_nan:
        attributes[name] = (True, lowering)


def _whole(ddof) -> int:
    if int(concrete(ddof, "ddof")) != ddof or ddof < 0:
        refuse("ddof must be a whole number")
    return int(ddof)


def _register_extreme(name, functions, skip_nan):
    @lowers(*functions)
    def lowering(tracer, a, /, axis=None, *, keepdims=False):
        a = recorded(tracer, a)
        x = numbers(tracer, a)
        fields = {"skip_nan": 1} if skip_nan and x.kind == "f" else {}
        result = reduce(tracer, name, x, axis, keepdims, sums=False, **fields)
        return record(cast(tracer, result.value, a.value.dtype))

    if not skip_nan:
        attributes[name] = (True, lowering)


@lowers(np.any)
def any_(tracer, a, /, axis=None, *, keepdims=False):
    return reduce(tracer, "any", truth(tracer, recorded(tracer, a)), axis, keepdims, sums=False)


@lowers(np.all)
def all_(tracer, a, /, axis=None, *, keepdims=False):
    return reduce(tracer, "all", truth(tracer, recorded(tracer, a)), axis, keepdims, sums=False)


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
