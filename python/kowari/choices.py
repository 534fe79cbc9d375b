"""Decisions on recorded values: what is true, which option of a choice it is, and what loops go over."""

import numpy as np

from .errors import TraceError
from .kinds import Broken, Group, Table, convert, may_be_column, put_together, specs, widen_all
from .pieces import NOTHING
from .recorded import (
    ARRAY,
    COPY,
    PYTHON,
    SCALAR,
    UNDEFINED,
    Cell,
    Either,
    Generator,
    Recorded,
    Rows,
    Sequence,
    Shared,
    Text,
    lowerings,
    promoted,
)
from .rules import refuse_here

F64 = 1
_WIDENED = {"add", "sub", "mul", "truediv", "eq", "ne", "lt", "le", "gt", "ge"}
_COMPARED = {"eq", "ne", "lt", "le", "gt", "ge"}


class Choices:
    """The part of the tracer that decides: a mixin."""

    # ---- what a thing is now ----
    def resolve(self, thing):
        """An array that was concrete when it was made, as what it holds now."""
        if id(thing) in promoted:
            held = promoted[id(thing)][1]
            thing = held if isinstance(held, Recorded | Broken) else thing
        return self.not_broken(thing)

    def rows(self, thing) -> Rows | None:
        """What a list of recorded length holds."""
        held = promoted.get(id(thing), (None, None))[1]
        if not isinstance(held, Rows):
            return None
        self.not_broken(held.kind)
        return held

    def plain(self, thing):
        """The value of an array, its axes in order, in the graph of now."""
        value = self.graph.local(thing.value)
        return value if thing.axes is None else self.graph.add("transpose", value, axes=thing.axes)

    def read_view(self, view: Recorded):
        """What a view shows of its base now."""
        if not isinstance(view.key, Shared):
            again = lowerings["getitem"](self, view.base, view.key)
        elif view.key.read is not None:
            again = view.key.read(self, view.base)
        else:
            refuse_here(view.why_unreadable(), COPY)
        view.axes = again.axes
        return again.value

    # ---- choices ----
    def split(self, either: Either, action):
        """What ``action`` gives, on whichever option it is when the model runs."""
        result = Cell(UNDEFINED)

        def taker(option):
            def take():
                self.touch(result)
                result.value = action(option)

            return take

        def rest(at):
            if at == len(either.options) - 1:
                return taker(either.options[at])
            return lambda: self.branch(either.flags[at], taker(either.options[at]), rest(at + 1))

        rest(0)()
        return result.value

    def load(self, thing, name, outer=False, /):
        """A variable that may not have been assigned; ``outer``: of the function around this scope."""
        kind = NameError if outer else UnboundLocalError
        message = f"variable '{name}' is referenced before assignment"
        if thing is UNDEFINED:
            raise self.raised(kind, message)
        if isinstance(thing, Either) and any(o is UNDEFINED for o in thing.options):
            defined, thing = self.without(thing, UNDEFINED)
            self.graph.add("check", defined, type=kind.__name__, message=message)
        return self.not_broken(thing)

    def without(self, either: Either, option):
        """A bool that tells that it is not this option, and what it is then."""
        at = next(k for k, o in enumerate(either.options) if o is option)
        flags = list(either.flags)
        if at < len(flags):
            other = self.graph.add("logical_not", flags.pop(at).value)
        else:
            other = flags[0].value
            for flag in flags[1:]:
                other = self.graph.add("logical_or", other, flag.value)
            flags.pop()
        options = tuple(o for o in either.options if o is not option)
        return other, options[0] if len(options) == 1 else Either(tuple(flags), options)

    def not_broken(self, thing):
        if isinstance(thing, Broken):
            self._guard(lambda: refuse_here(f"{thing.reason}: which one, only the run tells"))
        return thing

    def widened(self, name, a, b):
        """Operands without choices, where all options give the same type with the other operand."""
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Either) and not isinstance(other, Either):
                target = self._target(name, one, other)
                if target:
                    wide = self.as_real(one, target)
                    return (wide, b) if one is a else (a, wide)
        return None

    def _target(self, name, either, other):
        if name not in _WIDENED or not all(map(_is_number, either.options)):
            return None
        if isinstance(other, Recorded):
            flavour, code = other.flavour, other.value.type
        elif isinstance(other, np.ndarray | np.float64):
            flavour, code = SCALAR, F64 if other.dtype == np.float64 else 0
        else:
            flavour, code = PYTHON, F64 if type(other) is float else 0
        if code != F64 or not all(_is_real(o) for o in either.options):
            return None
        if flavour != PYTHON:
            return SCALAR
        python = all(_flavour(o) == PYTHON for o in either.options)
        return PYTHON if python and name not in _COMPARED else None

    def as_one_real(self, either: Either) -> Recorded:
        """A choice of numbers, or of arrays of one known shape, as float64, where only one type can be told."""
        real = [o for o in either.options if _is_real(o)]
        shapes = {o.dims if isinstance(o, Recorded) else np.shape(o) for o in real}
        known = len(shapes) == 1 and all(isinstance(d, int) for d in shapes.pop())
        if not known or len(real) < len(either.options):
            refuse_here(
                "it is a number in one case and an array, text or object in another",
                "a result of one shape and type, such as np.array([np.nan])",
            )
        return self.as_real(either, SCALAR)

    def as_real(self, either: Either, flavour: str) -> Recorded:
        """A choice of numbers as float64."""
        values = [self._as_f64(o) for o in either.options]
        result = values[-1]
        for flag, value in reversed(list(zip(either.flags, values[:-1], strict=True))):
            if value is not result:
                result = self.graph.add("where", flag.value, value, result)
        return Recorded(result, flavour)

    def _as_f64(self, thing):
        if not isinstance(thing, Recorded):
            return self.graph.constant(np.float64(thing))
        value = self.graph.local(thing.value)
        return value if value.type == F64 else self.graph.add("cast", value, to=F64)

    # ---- truth ----
    def truth(self, thing):
        """bool(thing): a bool, or a recorded one."""
        thing = self.resolve(self.not_broken(thing))
        if isinstance(thing, Either):
            return self.split(thing, self.truth)
        if isinstance(thing, Sequence):
            return self.truth(thing.length) if thing.used is None else True
        rows = self.rows(thing)
        if rows is not None:
            return self.truth(self.rows_length(rows))
        if isinstance(thing, Text):
            refuse_here("a decision on text made of a value that is known only when the model runs")
        if isinstance(thing, Recorded):
            return self._guard(lambda: self._truth_of(thing))
        if isinstance(thing, Generator):
            return True
        method = getattr(type(thing), "__bool__", None) or getattr(type(thing), "__len__", None)
        if method is not None and hasattr(method, "__code__"):
            return self.truth(self.call(method, thing))
        return self.python(lambda: bool(thing))

    def _truth_of(self, thing: Recorded):
        if thing.kind == "O" and thing.rank == 0:
            self.check_texts()
            empty = self.graph.add(
                "text_equal", thing.value, self.graph.constant(np.array("", dtype=object))
            )
            return Recorded(self.graph.add("logical_not", empty), PYTHON)
        if thing.rank:
            if all(d == 1 for d in thing.dims):
                return self._truth_of(
                    Recorded(self.graph.add("reshape", self.plain(thing), sizes=()), SCALAR)
                )
            if all(isinstance(d, int) for d in thing.dims):
                raise self.raised(ValueError, "The truth value of an array is ambiguous")
            refuse_here(
                "a decision on an array, whose size is known only when the model runs",
                "np.any(x), np.all(x), len(x) > 0",
            )
        value = self.graph.local(thing.value)
        if value.dtype != np.bool_:
            value = self.graph.add(
                "not_equal", value, self.graph.constant(np.zeros((), value.dtype))
            )
        return Recorded(value, PYTHON)

    def check_texts(self) -> None:
        """Refuses what NaN and None among texts would answer differently."""
        if self.program.misses_texts:
            refuse_here(
                "texts are compared, and NaN among them is not known from None",
                "one text for missing ones",
            )

    def negate(self, thing, /):
        """``not thing``."""
        truth = self.truth(thing)
        if isinstance(truth, Recorded):
            return Recorded(self.graph.add("logical_not", truth.value), PYTHON)
        return not truth

    def decide(self, stop, only_truth, /, *parts):
        """``a and b``, ``a or b``: the first part whose truth is ``stop``, or the last."""
        first = parts[0]()
        if len(parts) == 1:
            return self.truth(first) if only_truth else first
        truth = self.truth(first)
        if not isinstance(truth, Recorded):
            return first if truth == stop else self.decide(stop, only_truth, *parts[1:])

        def others():
            return self.decide(stop, only_truth, *parts[1:])

        if only_truth:
            combined = self._combine(stop, truth, others)
            if combined is not None:
                return combined
            first = stop
        then, other = (lambda: first, others) if stop else (others, lambda: first)
        return self.choose(truth, then, other)

    def _combine(self, stop, truth, others):
        """Without a branch, where the rest cannot raise."""
        sizes = len(self.program.sizes)
        region = self.region(others, NOTHING, "trial")
        self.discard(sizes)
        if region.raises or region.dead or region.places or len(region.graph.nodes) > 24:
            return None
        rest = self.truth(others())
        if not isinstance(rest, Recorded):
            return rest if rest == stop else truth
        name = "logical_or" if stop else "logical_and"
        return Recorded(self.graph.add(name, truth.value, rest.value), PYTHON)

    def choose(self, test, then, other, /):
        """``then() if test else other()``."""
        truth = self.truth(test)
        if not isinstance(truth, Recorded):
            return then() if truth else other()
        return self.split(Either((truth,), (then, other)), lambda f: f())

    def chain(self, only_truth, left, /, *pairs):
        """``a < b < c``."""

        def at(left, pairs):
            (name, right), rest = pairs[0], pairs[1:]
            right = right()
            result = self.compare(name, left, right)
            if not rest:
                return result
            return self.decide(False, only_truth, lambda: result, lambda: at(right, rest))

        return at(left, pairs)

    # ---- what is gone over ----
    def sequence(self, thing):
        """A list of items, or a Sequence where their number or the items are recorded."""
        thing = self.resolve(self.not_broken(thing))
        if isinstance(thing, Sequence):
            self.use_up(thing)
            made = Sequence(thing.length, thing.item)
            made.lists = thing.lists
            return made
        if isinstance(thing, Either):
            refuse_here(
                "a loop over one thing or another, by a branch before", "a loop in each branch"
            )
        if isinstance(thing, Generator):
            return self.sequence(self.collect(thing))
        rows = self.rows(thing)
        if rows is not None:
            made = Sequence(
                self.rows_length(rows),
                lambda i: self.row(self.rows(thing) or rows, i, True, thing),
            )
            made.lists = self.lists_of(thing)
            return made
        if isinstance(thing, Recorded):
            if thing.flavour != ARRAY or not thing.rank:
                raise self.raised(TypeError, "iteration over a 0-d array or number")
            return Sequence(self.array_length(thing), lambda i: self.array_item(thing, i))
        self._check_iterators(thing)
        if isinstance(thing, np.ndarray) and thing.ndim > 1:
            return [self.get_item(thing, k) for k in range(len(thing))]
        return list(self.python(lambda: list(thing)))

    def lists_of(self, thing) -> tuple:
        """A list that is gone over, and how often it has changed its length."""
        return ((thing, self.resized[id(thing)]),) if isinstance(thing, list) else ()

    def check_lists(self, lists: tuple) -> None:
        """Python goes over a list until its end, wherever that is by then."""
        if any(self.resized[id(thing)] != times for thing, times in lists):
            refuse_here("a list that changes its length while it is gone over", "a copy of it")

    def array_length(self, thing: Recorded):
        return self.call(len, thing)

    def array_item(self, thing: Recorded, index):
        """An element that is there."""
        if thing.rank > 1 or thing.axes is not None:
            return self.get_item(thing, index)
        at = self.whole(index)
        return Recorded(self.graph.add("take", thing.value, at, axis=0, safe=True), SCALAR)

    def whole(self, thing):
        """A Python integer, known or recorded, as a value."""
        return thing.value if isinstance(thing, Recorded) else self.graph.constant(np.int64(thing))

    def as_sequence(self, items: list) -> Sequence | None:
        """Concrete items by a recorded index: integers in steps, or elements of one kind."""
        kinds = {type(i) for i in items}
        if kinds == {int} and len({b - a for a, b in zip(items, items[1:], strict=False)}) == 1:
            first, step = items[0], items[1] - items[0]
            return Sequence(len(items), lambda i: self.step_item(first, step, i))
        rows = self.as_rows(items)
        return rows and Sequence(len(items), lambda i: self.row(rows, i, True, items))

    def step_item(self, first, step, index):
        if not any(isinstance(t, Recorded) for t in (first, step, index)):
            return first + step * index
        value = self.whole(index)
        if isinstance(step, Recorded) or step != 1:
            value = self.graph.add("multiply", value, self.whole(step))
        if isinstance(first, Recorded) or first != 0:
            value = self.graph.add("add", self.whole(first), value)
        return Recorded(value, PYTHON)

    # ---- lists of recorded length ----
    def as_rows(self, items: list) -> Rows | None:
        """Items of known number as rows; None where no kind holds them all."""
        parts = [self.part(i) for i in items]
        joined = None
        for p in parts:
            kind = widen_all(p.kind)
            joined = kind if joined is None else widen_all(self.joiner.join(joined, kind))
        if joined is None or not specs(joined) or not may_be_column(joined):
            return None
        table = Table(joined, len(items))
        group = Group(list, tuple(p.kind for p in parts))
        values = convert(self.graph, [v for p in parts for v in p.values], group, table)
        return Rows(joined, tuple(values))

    def rows_length(self, rows: Rows):
        if not rows.columns:
            refuse_here("the length of a list of things that are no numbers")
        column = self.graph.local(rows.columns[0])
        if isinstance(column.dims[0], int):
            return column.dims[0]
        return Recorded(self.graph.add("size_of", column, axis=0), PYTHON)

    def row(self, rows: Rows, index, safe: bool = False, owner: list | None = None):
        """An element of a list of recorded length, the owner."""
        at = self.whole(index)
        values = [self.graph.add("take", c, at, axis=0, safe=safe) for c in rows.columns]
        result = put_together(rows.kind, values)
        if owner is not None:
            self.tie_to(owner, result)
            if self.rows(owner) is None:
                self.tie([result], owner)
        return result

    def new_list(self, rows: Rows) -> list:
        """A list that holds rows."""
        made = self.fresh([])
        self.promote(made, rows)
        return made

    def collect(self, thing) -> list:
        """A generator's elements as a list."""
        made = self.fresh([])
        self.use_up(thing)
        thing.run(lambda item: self.append(made, item))
        return made

    def use_up(self, thing) -> None:
        """Python gives nothing to who goes over an iterator again; here that is refused."""
        if thing.used is None:
            return
        if thing.used.value is not False:
            refuse_here("an iterator that was gone over before, or may have been", "a list")
        self.touch(thing.used)
        thing.used.value = True

    def as_argument(self, thing):
        """What a function that takes arrays is given: lists of recorded length as arrays."""
        thing = self.resolve(thing)
        if isinstance(thing, Generator):
            thing = self.collect(thing)
        if isinstance(thing, Sequence):
            made = self.fresh([])
            self.each(thing, lambda item: self.append(made, item))
            thing = made
        rows = self.rows(thing)
        if rows is not None:
            return self.rows_as_array(rows)
        if isinstance(thing, list | tuple) and any(
            isinstance(t, Either | list | tuple | np.ndarray) for t in thing
        ):
            return type(thing)([self._as_element(t) for t in thing])
        return thing

    def _as_element(self, thing):
        return self.as_one_real(thing) if isinstance(thing, Either) else self.as_argument(thing)

    def rows_as_array(self, rows: Rows) -> Recorded:
        """``np.array(list)``."""
        kind, columns = rows.kind, rows.columns
        thing = put_together(kind, columns)
        if isinstance(thing, Either) and all(map(_is_real, thing.options)):
            return Recorded(self.as_real(thing, SCALAR).value, ARRAY)
        if isinstance(thing, Recorded):
            return Recorded(thing.value, ARRAY)
        numbers = isinstance(thing, tuple) and all(isinstance(t, Recorded) for t in thing)
        if numbers and len({t.value.type for t in thing}) == 1:
            return Recorded(self.graph.add("stack", *(t.value for t in thing), axis=1), ARRAY)
        raise TraceError(
            "a list whose elements are of several types has no array",
            instead="elements of one type",
        )


def _is_number(thing) -> bool:
    if isinstance(thing, Recorded):
        return thing.rank == 0 and thing.flavour != ARRAY and thing.kind in "biuf"
    return isinstance(thing, bool | int | float | np.generic)


def _is_real(thing) -> bool:
    if isinstance(thing, Recorded):
        return thing.kind in "bif"
    if isinstance(thing, np.generic | np.ndarray):
        return thing.dtype.kind in "bif"
    return isinstance(thing, bool | int | float)


def _flavour(thing) -> str:
    if isinstance(thing, Recorded):
        return thing.flavour
    return SCALAR if isinstance(thing, np.generic) else PYTHON
