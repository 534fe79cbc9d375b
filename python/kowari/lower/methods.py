"""The methods and attributes of arrays: mostly the functions of the same name."""

import numpy as np

from ..recorded import ARRAY, PYTHON, Recorded, attributes, lowers
from .arrays import (
    array,
    astype,
    clip_method,
    flatten,
    matmul,
    nonzero,
    ravel,
    reshape,
    round_,
    squeeze,
    take,
    transpose,
)
from .common import (
    cast,
    normalize_axis,
    plain,
    record,
    recorded,
    refuse,
)
from .indexing import size_value
from .order import argsort


def item(tracer, x, /):
    if x.rank:
        refuse("item() of an array that may have several elements", "x[0]")
    wide = {"f": np.float64, "i": np.int64, "u": np.int64}.get(x.kind)
    return Recorded(cast(tracer, x.value, wide) if wide else x.value, PYTHON)


def list_elements(x):
    return [v.item() for v in x]


def to_list(tracer, x, /):
    """Python's numbers."""
    if x.rank > 1:
        refuse("tolist() of several axes")
    return item(tracer, x) if x.rank == 0 else tracer.call(list_elements, x)


@lowers(np.copy)
def copy_function(tracer, a, /):
    return array(tracer, a)


def copy(tracer, x, /):
    """In C order, whatever the order was."""
    return record(plain(tracer, x), flavour=x.flavour)


def reshape_method(tracer, x, /, *shape):
    return reshape(tracer, x, shape[0] if len(shape) == 1 else shape)


def transpose_method(tracer, x, /, *axes):
    return transpose(
        tracer, x, axes=None if not axes else axes[0] if isinstance(axes[0], tuple | list) else axes
    )


for _name, _lowering in {
    "astype": astype,
    "item": item,
    "tolist": to_list,
    "copy": copy,
    "ravel": ravel,
    "flatten": flatten,
    "reshape": reshape_method,
    "transpose": transpose_method,
    "squeeze": squeeze,
    "clip": clip_method,
    "dot": matmul,
    "round": round_,
    "argsort": argsort,
    "take": take,
    "nonzero": nonzero,
}.items():
    attributes[_name] = (True, _lowering)


@lowers(np.ndim)
def ndim(tracer, a, /):
    return recorded(tracer, a).rank


@lowers(np.shape)
def shape(tracer, a, /):
    a = recorded(tracer, a)
    return tuple(size_value(a, axis) for axis in range(a.rank))


@lowers(np.size)
def size(tracer, a, /, axis=None):
    a = recorded(tracer, a)
    return size_value(a, None if axis is None else normalize_axis(axis, a.rank))


@lowers(np.astype)
def astype_function(tracer, x, dtype, /):
    if not isinstance(x, Recorded) or x.flavour != ARRAY:
        refuse("np.astype takes an array")
    return astype(tracer, x, dtype)


def _register_type(kind):
    @lowers(kind)
    def lowering(tracer, x, /):
        x = recorded(tracer, x)
        narrows = x.kind == "f" and np.dtype(kind).kind == "i" or x.kind == "i" and kind is np.int32
        if x.flavour == PYTHON and narrows:
            refuse(f"np.{kind.__name__} of a Python number raises where it does not fit", "int(x)")
        result = record(cast(tracer, x.value, np.dtype(kind)))
        result.axes = x.axes
        return result


for _kind in (np.float64, np.float32, np.int64, np.int32, np.bool_):
    _register_type(_kind)


attributes["T"] = (False, lambda x: transpose(None, x))
attributes["ndim"] = (False, lambda x: x.rank)
attributes["dtype"] = (False, lambda x: x.value.dtype)
attributes["size"] = (False, size_value)
attributes["shape"] = (False, lambda x: tuple(size_value(x, axis) for axis in range(x.rank)))
