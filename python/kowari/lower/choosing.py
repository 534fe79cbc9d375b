"""Elements by conditions and places: several choices, index arrays for every axis."""

import numpy as np

from ..recorded import ARRAY, PYTHON, Recorded, lowers
from .common import dtype_of, recorded, refuse
from .ufuncs import elementwise
from .written import normal_axis, written


@lowers(np.select)
def select(tracer, condlist, choicelist, default=0):
    """The first choice whose condition holds, in the type of all."""
    if len(condlist) != len(choicelist) or not condlist:
        refuse("as many choices as conditions are needed, at least one")
    kinds = {"f": 1.0, "i": 1, "b": True}
    dtypes = []
    for choice in (*choicelist, default):
        python = isinstance(choice, Recorded) and choice.flavour == PYTHON
        weak = kinds[choice.kind] if python else choice
        dtypes.append(weak if python or type(choice) in (int, float) else dtype_of(tracer, choice))
    dtype = np.result_type(*dtypes)
    result = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1], strict=True):
        condition = recorded(tracer, condition)
        if condition.kind != "b":
            refuse("a condition of np.select must be boolean")
        result = elementwise(tracer, "where", [condition, choice, result], ["?", dtype, dtype])
    result.flavour = ARRAY
    return result


@written(np.extract)
def extract(condition, arr):
    return np.compress(np.ravel(condition), np.ravel(arr))


@written(np.take_along_axis)
def take_along_axis(arr, indices, axis=-1):
    arr, indices = np.asarray(arr), np.asarray(indices)
    if axis is None:
        refuse("np.take_along_axis needs an axis", "np.ravel(arr)[indices]")
    if indices.ndim != arr.ndim:
        refuse("indices and array must have the same number of axes")
    axis = normal_axis(axis, arr.ndim)
    keys = []
    for k in range(arr.ndim):
        places = np.reshape(np.arange(arr.shape[k]), (-1,) + (1,) * (arr.ndim - 1 - k))
        keys.append(indices if k == axis else places)
    return arr[tuple(keys)]


@written(np.ix_)
def ix_(*args):
    keys = []
    for k, places in enumerate(args):
        places = np.asarray(places)
        places = np.flatnonzero(places) if places.dtype.kind == "b" else places
        keys.append(np.reshape(places, (1,) * k + (-1,) + (1,) * (len(args) - 1 - k)))
    return tuple(keys)


@written(np.array_equal)
def array_equal(a1, a2, equal_nan=False):
    """Sizes that differ make a False, not an error: what both have is compared."""
    a1, a2 = np.asarray(a1), np.asarray(a2)
    if a1.ndim != a2.ndim:
        return False
    same = np.bool_(True)
    for axis in range(a1.ndim):
        n, m = a1.shape[axis], a2.shape[axis]
        same = np.logical_and(same, np.equal(n, m))
        key = (slice(None),) * axis + (slice(None, np.minimum(n, m)),)
        a1, a2 = a1[key], a2[key]
    equal = a1 == a2
    if equal_nan and a1.dtype.kind == a2.dtype.kind == "f":
        equal = np.logical_or(equal, np.logical_and(np.isnan(a1), np.isnan(a2)))
    return bool(np.logical_and(same, np.all(equal)))
