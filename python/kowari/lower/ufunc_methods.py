"""``reduce``, ``accumulate`` and ``outer`` of universal functions."""

import numpy as np

from ..recorded import lowerings, lowers
from .common import in_order, normalize_axis, record, recorded, refuse

REDUCES = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.minimum: np.min,
    np.maximum: np.max,
    np.logical_and: np.all,
    np.logical_or: np.any,
}


def _register_reduce(ufunc, function):
    @lowers(ufunc.reduce)
    def lowering(tracer, array, /, axis=0, *, keepdims=False):
        return lowerings[function](tracer, array, axis=axis, keepdims=keepdims)


def _register_accumulate(ufunc, function):
    @lowers(ufunc.accumulate)
    def lowering(tracer, array, /, axis=0):
        x = recorded(tracer, array)
        return function(tracer, x, normalize_axis(axis, x.rank))


def _register_running(ufunc, name):
    @lowers(ufunc.accumulate)
    def lowering(tracer, array, /, axis=0):
        x = recorded(tracer, array)
        if x.kind == "b" or x.value.dtype.itemsize < 4 or x.kind == "u":
            refuse(f"{name} of {x.value.dtype} is not compiled", ".astype(np.float64) first")
        axis = normalize_axis(axis, x.rank)
        return record(tracer.graph.add(name, in_order(tracer, x), axis=axis))


def _register_outer(ufunc):
    @lowers(ufunc.outer)
    def lowering(tracer, a, b, /):
        a, b = recorded(tracer, a), recorded(tracer, b)
        if b.rank:
            axes = range(a.rank, a.rank + b.rank)
            a = record(tracer.graph.add("expand_dims", in_order(tracer, a), axes=tuple(axes)))
        return lowerings[ufunc](tracer, a, record(in_order(tracer, b)))


for _ufunc, _function in REDUCES.items():
    _register_reduce(_ufunc, _function)
_register_accumulate(np.add, lowerings[np.cumsum])
_register_accumulate(np.multiply, lowerings[np.cumprod])
_register_running(np.minimum, "running_min")
_register_running(np.maximum, "running_max")
for _ufunc in [
    f
    for f in lowerings
    if isinstance(f, np.ufunc) and not f.signature and f.nin == 2 and f.nout == 1
]:
    _register_outer(_ufunc)
