"""Functions that others wrap: ``np.vectorize`` and numba's decorators, whose Python functions are compiled for each element."""

import numpy as np

from ..recorded import ARRAY, PYTHON, SCALAR, Either, Recorded, Sequence, lowerings, lowers
from .common import cast, plain, record, recorded, refuse
from .methods import item
from .ufuncs import is_text
from .written import require, written


@written(np.broadcast_arrays)
def broadcast_arrays(*args):
    everywhere = np.equal(args[0], args[0])
    for other in args[1:]:
        everywhere = np.logical_or(everywhere, np.equal(other, other))
    return tuple([np.broadcast_to(a, np.shape(everywhere)) for a in args])


def require_elements(*arrays):
    for a in arrays:
        message = "cannot call `vectorize` on size 0 inputs unless `otypes` is set"
        require(np.size(a) > 0, "ValueError", message)


def _rank(thing) -> int:
    return thing.rank if isinstance(thing, Recorded) else np.ndim(thing)


def _as_python(tracer, thing):
    """An array without axes as a Python number or text; NumPy's scalars stay what they are in an array of objects."""
    if isinstance(thing, Recorded):
        return item(tracer, thing) if thing.flavour == ARRAY and not is_text(thing) else thing
    return thing.item() if isinstance(thing, np.ndarray) else thing


def _as_numpy(tracer, thing):
    """An element as a NumPy scalar."""
    if isinstance(thing, Recorded):
        return thing if is_text(thing) else Recorded(plain(tracer, thing), SCALAR)
    return np.asarray(thing)[()]


class Elements:
    """Arguments broadcast against each other: those without axes as they are, the others as flat arrays."""

    def __init__(self, tracer, things):
        self.tracer, self.things = tracer, list(things)
        self.varying = [k for k, t in enumerate(things) if _rank(t)]
        arrays = [tracer.as_argument(things[k]) for k in self.varying]
        sizes = {a.dims if isinstance(a, Recorded) else np.shape(a) for a in arrays}
        if len(sizes) > 1:
            arrays = tracer.call(np.broadcast_arrays, *arrays)
        self.whole = recorded(tracer, arrays[0]) if self.varying else None
        self.flat = [recorded(tracer, tracer.call(np.ravel, recorded(tracer, a))) for a in arrays]

    def at(self, index, flavour: str) -> list:
        """The arguments of one call; elements are Python's numbers or NumPy's scalars."""
        items = list(self.things)
        for k, flat in zip(self.varying, self.flat, strict=True):
            element = self.tracer.array_item(flat, index)
            python = flavour == PYTHON and not is_text(element)
            items[k] = item(self.tracer, element) if python else element
        return items

    def collect(self, call, dtypes, flavour: str, start: int = 0, first=()):
        """What ``call`` gives of each element, as arrays of these types in the shape of all."""
        tracer = self.tracer
        lists = [tracer.fresh([]) for _ in dtypes]

        def take(results):
            for made, result in zip(lists, results, strict=True):
                tracer.append(made, result)

        if start:
            take(first)
        length = tracer.call(len, self.flat[0])
        rest = tracer.binary("sub", length, start) if start else length
        each = Sequence(rest, lambda i: tracer.step_item(start, 1, i))
        tracer.each(each, lambda index: take(call(self.at(index, flavour))))
        return tuple(self._in_shape(m, t) for m, t in zip(lists, dtypes, strict=True))

    def _in_shape(self, made, dtype):
        flat = _as_type(self.tracer, self.tracer.as_argument(made), dtype)
        shape = self.tracer.call(np.shape, self.whole)
        return flat if self.whole.rank == 1 else self.tracer.call(np.reshape, flat, shape)


def _as_type(tracer, thing, dtype) -> Recorded:
    if isinstance(thing, Either):
        thing = tracer.as_one_real(thing)
    value = plain(tracer, recorded(tracer, thing))
    text = value.dtype.kind == "O"
    if text != (dtype.kind in "OU") or not text and not np.can_cast(value.dtype, dtype):
        refuse(
            f"results of {value.dtype} become {dtype}, the type of the first one",
            "results of one type, or otypes=",
        )
    return record(value if text else cast(tracer, value, dtype), flavour=ARRAY)


def _result_types(results) -> list:
    kinds = []
    for result in results:
        options = result.options if isinstance(result, Either) else (result,)
        found = {o.value.dtype if isinstance(o, Recorded) else np.asarray(o).dtype for o in options}
        if len(found) > 1:
            names = " or ".join(sorted(map(str, found)))
            refuse(f"result {len(kinds)} is {names}, by element", "results of one type, or otypes=")
        kinds.append(found.pop())
    return kinds


@lowers("vectorize")
def vectorize(tracer, function, /, *arguments, **keywords):
    """``np.vectorize(function)``: of Python numbers; a first call, of NumPy's, tells the types."""
    if function.signature is not None:
        refuse("np.vectorize with a signature", "a loop")
    names = [*range(len(arguments)), *keywords]
    given = [*arguments, *keywords.values()]
    slots = [k for k, name in enumerate(names) if name not in function.excluded]
    elements = Elements(tracer, [given[k] for k in slots])

    def call(items):
        now = list(given)
        for k, thing in zip(slots, items, strict=True):
            now[k] = thing
        count = len(arguments)
        named = dict(zip(keywords, now[count:], strict=True))
        result = tracer.call(function.pyfunc, *now[:count], **named)
        return result if isinstance(result, tuple) else (result,)

    def of_python(items):
        return call([_as_python(tracer, i) for i in items])

    first, dtypes = None, [np.dtype(t) for t in function.otypes or ""]
    if function.otypes is None:
        if elements.varying:
            tracer.call(require_elements, *elements.flat)
        start = elements.at(0, SCALAR) if elements.varying else elements.things
        first = call([_as_numpy(tracer, i) for i in start])
        dtypes = _result_types(first)
    cached = first if function.cache and first is not None else ()
    if elements.varying:
        results = elements.collect(of_python, dtypes, PYTHON, len(cached) and 1, cached)
    else:
        now = cached or of_python(elements.things)
        results = tuple(_as_type(tracer, r, t) for r, t in zip(now, dtypes, strict=True))
    return results if len(results) > 1 else results[0]


@lowers("numba function")
def call_compiled(tracer, function, /, *arguments, **keywords):
    """``numba.jit``: NumPy's scalars arrive as numbers, and leave as Python's."""
    arguments = [_as_number(a) for a in arguments]
    keywords = {k: _as_number(v) for k, v in keywords.items()}
    return _unify(tracer, tracer.call(function.py_func, *arguments, **keywords))


def _unify(tracer, thing):
    """A result has one type: a number that is an integer in one branch and a float in another is a float."""
    if isinstance(thing, tuple):
        return tuple(_unify(tracer, t) for t in thing)
    if isinstance(thing, Either):
        kinds = {
            o.kind if isinstance(o, Recorded) else np.asarray(o).dtype.kind for o in thing.options
        }
        if kinds <= set("if") and not any(map(_rank, thing.options)):
            return tracer.as_real(thing, PYTHON)
    return _as_number(thing)


def _as_number(thing):
    if isinstance(thing, np.generic):
        return thing.item()
    if isinstance(thing, Recorded) and thing.flavour == SCALAR and thing.kind in "fib":
        return Recorded(thing.value, PYTHON) if thing.value.dtype.itemsize in (1, 8) else thing
    return thing


@lowers("numba ufunc")
def call_ufunc(tracer, function, /, *arguments):
    """``numba.vectorize`` of one declared type: of NumPy's scalars of it."""
    loops = list(function.types)
    if len(loops) != 1 or "->" not in loops[0] or len(loops[0].split("->")[1]) != 1:
        refuse("numba.vectorize is compiled for one declared type and one result")
    takes, gives = loops[0].split("->")

    def call(items):
        cast_items = [
            Recorded(cast(tracer, plain(tracer, recorded(tracer, i)), np.dtype(t)), SCALAR)
            for i, t in zip(items, takes, strict=True)
        ]
        return (tracer.call(function.__wrapped__, *cast_items),)

    elements = Elements(tracer, arguments)
    if elements.varying:
        return elements.collect(call, [np.dtype(gives)], SCALAR)[0]
    result = _as_type(tracer, call(elements.things)[0], np.dtype(gives))
    return Recorded(result.value, SCALAR)


@lowers("numba range")
def parallel_range(tracer, function, /, *bounds):
    """``numba.prange``: turns that hang on none of the others, so that their order does not matter."""
    return lowerings[range](tracer, *bounds)
