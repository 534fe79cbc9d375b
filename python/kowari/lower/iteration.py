"""Python's own functions over lists, arrays and generators, written as Python defines them."""

import functools
import sys
import warnings
from dataclasses import dataclass

import numpy as np

from ..kinds import Number
from ..recorded import (
    ARRAY,
    PYTHON,
    SCALAR,
    Cell,
    Either,
    Generator,
    Recorded,
    Rows,
    Sequence,
    lowers,
)
from .builtins import length
from .common import integer, refuse

_UNSET = object()


# ---- what is gone over ----
@lowers(range)
def range_(tracer, start, stop=_UNSET, step=1, /):
    """Integers in steps."""
    if stop is _UNSET:
        start, stop = 0, start
    if isinstance(step, Recorded):
        refuse("the step of a range must be known while compiling")
    if step == 0:
        raise tracer.raised(ValueError, "range() arg 3 must not be zero")
    low, high = (integer(tracer, t, "an end of range()", bools=True) for t in (start, stop))
    add, constant = tracer.graph.add, tracer.graph.constant
    if step < 0:
        low, high = high, low
    count = add("subtract", high, low) if low.constant is None or low.constant != 0 else high
    if abs(step) != 1:
        count = add(
            "floor_divide",
            add("add", count, constant(np.int64(abs(step) - 1))),
            constant(np.int64(abs(step))),
        )
    count = Recorded(add("maximum", count, constant(np.int64(0))), PYTHON)
    return Steps(tracer, step)((start, count))


@dataclass(frozen=True)
class Steps:
    """Makes a range of its first number and its length, which may meet others behind a branch."""

    tracer: object
    step: int

    def __call__(self, parts) -> Sequence:
        first, count = parts
        made = Sequence(count, lambda i: self.tracer.step_item(first, self.step, i))
        made.made_of = self, (first, count)
        return made


def _sequence(tracer, thing) -> Sequence:
    items = tracer.sequence(thing)
    if isinstance(items, Sequence):
        return items
    lists = tracer.lists_of(thing)
    rollable = tracer.as_sequence(items) if items else None

    def item(index):
        if not isinstance(index, Recorded):
            return items[index]
        if rollable is None:
            refuse("elements of unlike type by an index that is known only when the model runs")
        return rollable.item(index)

    made = Sequence(len(items), item)
    made.lists = lists
    return made


def _iterator(length, item, *sources: Sequence) -> Sequence:
    """What is used up, over the elements of others."""
    made = Sequence(length, item, True)
    made.lists = tuple(pair for source in sources for pair in source.lists)
    return made


@lowers(enumerate)
def enumerate_(tracer, iterable, /, start=0):
    items = _sequence(tracer, iterable)
    return _iterator(items.length, lambda i: (tracer.step_item(start, 1, i), items.item(i)), items)


def require_same_length(a, b):
    if a != b:
        raise ValueError("zip() argument 2 is longer or shorter than argument 1")


@lowers(zip)
def zip_(tracer, /, *iterables, strict=False):
    parts = [_sequence(tracer, i) for i in iterables]
    if not parts:
        return tracer.fresh([])
    count = parts[0].length
    for part in parts[1:]:
        if strict:
            tracer.call(require_same_length, count, part.length)
        count = tracer.call(min, count, part.length)
    return _iterator(count, lambda i: tuple(p.item(i) for p in parts), *parts)


@lowers(reversed)
def reversed_(tracer, iterable, /):
    items = _sequence(tracer, iterable)

    def item(index):
        last = tracer.binary("sub", items.length, 1)
        return items.item(tracer.binary("sub", last, index))

    return _iterator(items.length, item, items)


@lowers(map)
def map_(tracer, function, iterable, /):
    items = _sequence(tracer, iterable)
    return _iterator(items.length, lambda i: tracer.call(function, items.item(i)), items)


@lowers(filter)
def filter_(tracer, function, iterable, /):
    made = tracer.fresh([])

    def take(item):
        good = item if function is None else tracer.call(function, item)
        tracer.branch(good, lambda: tracer.append(made, item), lambda: None)

    tracer.each(iterable, take)
    items = _sequence(tracer, made)
    return _iterator(items.length, items.item, items)


@lowers(list)
def list_(tracer, iterable=(), /):
    if isinstance(iterable, Generator):
        return tracer.collect(iterable)
    thing = tracer.resolve(iterable)
    if isinstance(thing, list) and tracer.rows(thing) is not None:
        return tracer.new_list(tracer.rows(thing))
    if isinstance(thing, Recorded) and thing.rank == 1 and thing.flavour == ARRAY:
        value = tracer.plain(thing)
        if not isinstance(value.dims[0], int) or value.dims[0] > 16:
            return tracer.new_list(Rows(Number(SCALAR, value.type), (value,)))
    items = tracer.sequence(thing)
    if not isinstance(items, Sequence):
        return tracer.fresh(list(items))
    if isinstance(items.length, int) and items.length <= 16:
        return tracer.fresh([items.item(k) for k in range(items.length)])
    made = tracer.fresh([])
    tracer.each(items, lambda item: tracer.append(made, item))
    return made


@lowers(tuple)
def tuple_(tracer, iterable=(), /):
    items = list_(tracer, iterable)
    if tracer.rows(items) is not None:
        refuse("a tuple whose length is known only when the model runs", "list(...)")
    return tuple(items)


@lowers(iter)
def iter_(tracer, iterable, /):
    refuse("an iterator of its own", "a loop, or an index")


# ---- reductions ----
def sum_in_order(items, start):
    total = start
    for item in items:
        total = total + item
    return total


def fold(function, items, value):
    for item in items:
        value = function(value, item)
    return value


def fold_rest(function, items):
    if len(items) == 0:
        raise TypeError("reduce() of empty iterable with no initial value")
    value = items[0]
    for k in range(1, len(items)):
        value = function(value, items[k])
    return value


@lowers(functools.reduce)
def reduce_(tracer, function, iterable, initial=_UNSET, /):
    if initial is _UNSET:
        return tracer.call(fold_rest, function, list_(tracer, iterable))
    return tracer.call(fold, function, iterable, initial)


@lowers(sum)
def sum_(tracer, iterable, /, start=0):
    total = tracer.call(sum_in_order, iterable, start)
    parts = total.options if isinstance(total, Either) else (total,)
    python = any(isinstance(p, Recorded) and p.flavour == PYTHON and p.kind == "f" for p in parts)
    if python and sys.version_info >= (3, 12):
        refuse(
            "sum() of Python floats, which this Python compensates for rounding",
            "a loop, or np.sum",
        )
    return total


def extreme(items, better, key, empty, default):
    """Of a list that can be indexed, without a flag."""
    if len(items) == 0:
        if empty:
            raise ValueError(empty)
        return default
    best = items[0]
    best_key = best if key is None else key(best)
    for k in range(1, len(items)):
        item = items[k]
        value = item if key is None else key(item)
        if better(value, best_key):
            best = item
            best_key = value
    return best


def _less(a, b):
    return a < b


def _greater(a, b):
    return a > b


def _extreme(tracer, name, better, things, key, default):
    if len(things) == 1:
        iterable = tracer.resolve(things[0])
        if not isinstance(iterable, Recorded):
            iterable = list_(tracer, iterable)
        empty = "" if default is not _UNSET else f"{name}() arg is an empty sequence"
        given = None if default is _UNSET else default
        return tracer.call(extreme, iterable, better, key, empty, given)
    return tracer.call(extreme, list(things), better, key, "", None)


@lowers(max)
def max_(tracer, /, *things, key=None, default=_UNSET):
    return _extreme(tracer, "max", _greater, things, key, default)


@lowers(min)
def min_(tracer, /, *things, key=None, default=_UNSET):
    return _extreme(tracer, "min", _less, things, key, default)


def _any_all(tracer, iterable, wanted: bool):
    found = Cell(not wanted)
    stop = lambda: tracer.compare("eq", found.value, not wanted)  # noqa: E731 - a test for loops

    def take(item):
        def set_found():
            tracer.touch(found)
            found.value = wanted

        truth = tracer.truth(item)
        truth = truth if wanted else tracer.negate(truth)
        tracer.branch(truth, set_found, lambda: None)

    tracer.stops.append(stop)
    try:
        if isinstance(iterable, Generator):
            tracer.use_up(iterable)
            iterable.run(take)
        else:
            tracer.each(iterable, take)
    finally:
        tracer.stops.pop()
    return found.value


@lowers(any)
def any_(tracer, iterable, /):
    return _any_all(tracer, iterable, True)


@lowers(all)
def all_(tracer, iterable, /):
    return _any_all(tracer, iterable, False)


@lowers(next)
def next_(tracer, iterator, default=_UNSET, /):
    if not isinstance(iterator, Generator):
        refuse("next() of an iterator", "next() of a generator expression, or a loop")
    tracer.stops.append(lambda: tracer.compare("eq", tracer.call(len, items), 0))
    items = tracer.fresh([])
    try:
        tracer.use_up(iterator)
        iterator.run(lambda item: tracer.append(items, item))
    finally:
        tracer.stops.pop()
    empty = tracer.compare("eq", tracer.call(len, items), 0)

    def other():
        if default is _UNSET:
            raise tracer.raised(StopIteration, "")
        return default

    return tracer.choose(empty, other, lambda: tracer.get_item(items, 0))


# ---- sorting ----
def places_when_sorted(keys):
    """Stable.  NaN compares with nothing, so that places hang on the algorithm: insertion for fewer than 64 keys."""
    if not np.any(np.isnan(keys)):
        return np.argsort(keys, kind="stable")
    if len(keys) >= 64:
        raise ValueError("a sort of 64 or more keys with NaN among them has no order")
    return places_by_insertion(keys)


def places_by_insertion(keys):
    """As CPython sorts a short list: a run at the start, turned if it descends, then binary insertion."""
    count = len(keys)
    places = np.arange(count)
    if count < 2:
        return places
    run = 2
    if keys[1] < keys[0]:
        while run < count and keys[run] < keys[run - 1]:
            run += 1
        places[:run] = np.arange(run - 1, -1, -1)
    else:
        while run < count and not keys[run] < keys[run - 1]:
            run += 1
    for start in range(run, count):
        low = 0
        high = start
        while low < high:
            middle = (low + high) // 2
            if keys[start] < keys[places[middle]]:
                high = middle
            else:
                low = middle + 1
        for k in range(start, low, -1):
            places[k] = places[k - 1]
        places[low] = start
    return places


@lowers(sorted)
def sorted_(tracer, iterable, /, *, key=None, reverse=False):
    """Stable; NaN ends up where Python's own algorithm leaves it."""
    items = list_(tracer, iterable)
    rows = tracer.rows(items)
    if rows is None:
        if len(items) < 2:
            return items
        rows = tracer.as_rows(items)
        if rows is None:
            refuse("a sort of elements that have no type in common")
        items = tracer.new_list(rows)
    keys = items if key is None else tracer.fresh([])
    if key is not None:
        tracer.each(items, lambda item: tracer.append(keys, tracer.call(key, item)))
    column = tracer.rows_as_array(tracer.rows(keys) or tracer.as_rows(keys))
    if column.rank != 1 or column.kind not in "fi":
        refuse("a sort by keys that are no numbers", "key=lambda x: a number")
    if isinstance(reverse, Recorded):
        refuse("reverse= must be known while compiling")
    turned = tracer.get_item(column, slice(None, None, -1)) if reverse else column
    order = tracer.call(places_when_sorted, turned)
    if reverse:
        last = tracer.binary("sub", tracer.call(len, items), 1)
        order = tracer.get_item(tracer.binary("sub", last, order), slice(None, None, -1))
    columns = tuple(
        tracer.graph.add("take", c, order.value, axis=0, safe=True) for c in rows.columns
    )
    return tracer.new_list(Rows(rows.kind, columns))


# ---- what leaves no trace ----
@lowers(print, warnings.warn)
def silent(tracer, /, *arguments, **keywords):
    """Prints and warnings are dropped."""
    return None


@lowers(len)
def length_(tracer, x, /):
    x = tracer.resolve(x)
    rows = tracer.rows(x)
    if rows is not None:
        return tracer.rows_length(rows)
    if isinstance(x, Sequence) and x.used is None:
        return x.length
    if isinstance(x, Sequence | Generator):
        raise tracer.raised(TypeError, "an iterator has no len()")
    if isinstance(x, Recorded):
        return length(tracer, x)
    return len(x)


@lowers(divmod)
def divmod_(tracer, x, y, /):
    return tracer.binary("floordiv", x, y), tracer.binary("mod", x, y)
