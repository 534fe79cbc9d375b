"""Types of values that meet: what a variable may be behind a branch, or from turn to turn of a loop.

Everything that a variable refers to is taken apart into a kind, which is known while compiling, and values, which are not.
Two kinds have one that holds both (`join`): numbers of one type stay that, lists of unlike length become rows, anything
else becomes a choice between the two (`Choice`), of which a flag tells at run time which one it is.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from . import operators as ops
from .graph import LEAST_CAPACITY, Size, Value
from .recorded import (
    ARRAY,
    PYTHON,
    SCALAR,
    UNDEFINED,
    Either,
    Recorded,
    Rows,
    Sequence,
    Text,
    active,
    promoted,
    record_fields,
)

BOOL, I64 = 8, 3
ANY = "any"
"""A size that differs from one way to the other."""
_MOST_OPTIONS = 6


@dataclass(frozen=True)
class Known:
    """A thing that is known while compiling: a number, text, None, a function, or any object by its identity."""

    thing: object

    def __eq__(self, other):
        if not isinstance(other, Known):
            return False
        a, b = self.thing, other.thing
        if a is b:
            return True
        if type(a) is not type(b) or not isinstance(
            a, bool | int | float | str | bytes | np.generic
        ):
            return False
        return a == b and np.signbit(a) == np.signbit(b) if isinstance(a, float) else bool(a == b)

    def __hash__(self):
        return hash(type(self.thing))


@dataclass(frozen=True)
class Number:
    """A scalar, or text."""

    flavour: str
    type: int


@dataclass(frozen=True)
class Array:
    """An array.  Sizes are numbers, named sizes, or ANY."""

    type: int
    dims: tuple


@dataclass(frozen=True)
class Group:
    """A tuple, list, dict or record of known structure; ``keys`` are a dict's, or a record's fields."""

    type: type
    kinds: tuple
    keys: tuple = ()


@dataclass(frozen=True)
class Table:
    """A list of recorded length, of elements of one kind."""

    kind: object
    size: object = ANY


@dataclass(frozen=True)
class Choice:
    """One of these kinds.

    Numbers of one type, whatever their flavour, have one value between them: it is computed once, without asking whose it is.
    """

    kinds: tuple

    @cached_property
    def places(self) -> tuple[int, ...]:
        """For each kind, at which place its values stand behind the flags."""
        found: dict = {}
        return tuple(
            found.setdefault(k.type if isinstance(k, Number) else (i,), len(found))
            for i, k in enumerate(self.kinds)
        )

    def specs(self) -> list:
        held = dict(zip(reversed(self.places), reversed(self.kinds), strict=True))
        flags = [(BOOL, ())] * (len(self.kinds) - 1)
        return flags + [s for place in sorted(held) for s in specs(held[place])]

    def distribute(self, values) -> tuple[list, list[list]]:
        """The flags, and the values of each kind."""
        values = iter(values)
        flags = [next(values) for _ in self.kinds[1:]]
        held: dict = {}
        for place, kind in zip(self.places, self.kinds, strict=True):
            if place not in held:
                held[place] = [next(values) for _ in specs(kind)]
        return flags, [held[place] for place in self.places]

    def gather(self, graph, flags: list, parts: list) -> list[Value]:
        """Flags, and the values of each kind or None, as the values of this choice."""
        held: dict = {}
        for place, flag, values in reversed(
            list(zip(self.places, [*flags, None], parts, strict=True))
        ):
            if values is None:
                held.setdefault(place, None)
            elif held.get(place) is None:
                held[place] = [graph.local(v) for v in values]
            else:
                pairs = zip(map(graph.local, values), held[place], strict=True)
                held[place] = [a if a is b else graph.add("where", flag, a, b) for a, b in pairs]
        fillers = dict(zip(self.places, self.kinds, strict=True))
        filled = (
            filler(graph, fillers[p]) if held[p] is None else held[p] for p in sorted(fillers)
        )
        return [*flags, *(v for values in filled for v in values)]


@dataclass(frozen=True)
class Broken:
    """Two things that no kind holds; only a use of it is an error."""

    reason: str


_NUMBERS = {bool: BOOL, int: I64, float: 1, str: ops.TEXT}


def take_apart(tracer, thing) -> tuple[object, list[Value]]:
    """The kind of a thing and its values."""
    if isinstance(thing, Broken):
        return thing, []
    if isinstance(thing, Recorded):
        if thing.why_unreadable():
            return Broken(thing.why_unreadable()), []
        if thing.flavour == ARRAY:
            value = thing.value if thing.axes is None else tracer.plain(thing)
            return Array(value.type, value.dims), [value]
        return Number(thing.flavour, thing.value.type), [thing.value]
    if id(thing) in promoted:
        return take_apart(tracer, promoted[id(thing)][1])
    if isinstance(thing, Rows):
        if isinstance(thing.kind, Broken):
            return thing.kind, []
        size = thing.columns[0].dims[0] if thing.columns else 0
        return Table(thing.kind, size), list(thing.columns)
    if isinstance(thing, Either):
        parts = [take_apart(tracer, o) for o in thing.options]
        choice = Choice(tuple(k for k, _ in parts))
        flags = [f.value for f in thing.flags]
        return choice, choice.gather(tracer.graph, flags, [values for _, values in parts])
    if isinstance(thing, list | dict) or type(thing) is tuple:
        items = list(thing.values()) if isinstance(thing, dict) else list(thing)
        parts = [take_apart(tracer, i) for i in items]
        keys = tuple(thing) if isinstance(thing, dict) else ()
        kind = Group(type(thing), tuple(k for k, _ in parts), keys)
        return kind, [v for _, vs in parts for v in vs]
    if names := record_fields(thing):
        parts = [take_apart(tracer, getattr(thing, name)) for name in names]
        kind = Group(type(thing), tuple(k for k, _ in parts), names)
        return kind, [v for _, vs in parts for v in vs]
    if isinstance(thing, Sequence) and thing.made_of:
        make, parts = thing.made_of
        kind, values = take_apart(tracer, parts)
        return Group(make, kind.kinds), values
    return Known(thing), []


def _make_group(kind: Group, items: list):
    """A record as copy makes it: without the class's own ``__init__``, which has run already."""
    if kind.type is dict:
        return dict(zip(kind.keys, items, strict=True))
    if not kind.keys:
        return kind.type(items)
    new = object.__new__(kind.type)
    for name, item in zip(kind.keys, items, strict=True):
        object.__setattr__(new, name, item)
    return new


def widen(kind):
    """A known number or array becomes one that is recorded."""
    if isinstance(kind, Known):
        thing = kind.thing
        if type(thing) in _NUMBERS and not (type(thing) is int and not -(2**63) <= thing < 2**63):
            return Number(PYTHON, _NUMBERS[type(thing)])
        if isinstance(thing, np.generic | np.ndarray):
            try:
                code = ops.type_code(np.asarray(thing).dtype)
            except TypeError:
                return kind
            return (
                Number(SCALAR, code) if isinstance(thing, np.generic) else Array(code, thing.shape)
            )
    return kind


def widen_all(kind):
    """At any depth: what an element of a list of recorded length may be."""
    if isinstance(kind, Group):
        return Group(kind.type, tuple(map(widen_all, kind.kinds)), kind.keys)
    return widen(kind)


def family(kind):
    """Kinds of one family have a kind in common without a choice."""
    kind = widen(kind)
    if isinstance(kind, Number):
        return "number", kind.flavour, kind.type
    if isinstance(kind, Array):
        return "array", kind.type, len(kind.dims)
    if isinstance(kind, Table) or isinstance(kind, Group) and kind.type is list:
        return ("list",)
    if isinstance(kind, Group):
        return "group", kind.type, len(kind.kinds), kind.keys
    if isinstance(kind, Known) and isinstance(kind.thing, Text):
        return ("text",)
    return kind


class Joiner:
    """Joins kinds.  ``wide`` holds the named sizes that loops made, which hold any other."""

    def __init__(self, program):
        self.program = program
        self.wide: set[int] = set()

    def join(self, a, b):
        """The kind that holds both."""
        if a == b:
            return a
        if isinstance(a, Choice) or isinstance(b, Choice):
            return self._choice(_options(a) + _options(b))
        if family(a) != family(b):
            return self._choice([a, b])
        return self._within(a, b)

    def _choice(self, kinds):
        options: list = []
        for kind in kinds:
            if isinstance(kind, Broken):
                return kind
            same = next((i for i, o in enumerate(options) if family(o) == family(kind)), None)
            if same is None:
                options.append(kind)
            else:
                options[same] = self._within(options[same], kind)
        if len(options) == 1:
            return options[0]
        types = [k.type for k in map(widen, options) if isinstance(k, Number)]
        for i, option in enumerate(options):
            if isinstance(widen(option), Number) and types.count(widen(option).type) > 1:
                options[i] = widen(option)
        if len(options) > _MOST_OPTIONS or not all(map(_is_plain, options)):
            return Broken("objects of unlike type")
        return Choice(tuple(options))

    def _within(self, a, b):
        """Of one family."""
        if a == b:
            return a
        if isinstance(a, Known) and isinstance(a.thing, Text):
            return Known(Text("{}", a.thing.place))
        if family(a) == ("list",):
            return self._lists(a, b)
        if isinstance(a, Group):
            kinds = tuple(map(self.join, a.kinds, b.kinds))
            return Group(a.type, kinds, a.keys)
        a, b = widen(a), widen(b)
        if isinstance(a, Array):
            return Array(a.type, tuple(map(self.size, a.dims, b.dims)))
        return a

    def _lists(self, a, b):
        if isinstance(a, Group) and isinstance(b, Group) and len(a.kinds) == len(b.kinds):
            return Group(list, tuple(map(self.join, a.kinds, b.kinds)))
        kinds = [k for side in (a, b) for k in _elements(side)]
        joined = None
        for kind in map(widen_all, kinds):
            joined = kind if joined is None else widen_all(self.join(joined, kind))
        if isinstance(joined, Broken):
            return joined
        if joined is None:
            return a
        if not may_be_column(joined):
            return Broken(
                "lists of unlike length whose elements are no numbers, texts or tuples of these"
            )
        size = self.size(_length(a), _length(b))
        return Table(joined, size)

    def size(self, a, b):
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Size) and id(one) in self.wide:
                return one
            if one == other:
                return one
        return ANY

    def settle(self, kind, name: str):
        """ANY becomes a named size that loops may fill."""
        if isinstance(kind, Array):
            return Array(kind.type, tuple(self._settle_size(d, name) for d in kind.dims))
        if isinstance(kind, Table):
            return Table(kind.kind, self._settle_size(kind.size, name))
        if isinstance(kind, Group):
            return Group(kind.type, tuple(self.settle(k, name) for k in kind.kinds), kind.keys)
        if isinstance(kind, Choice):
            return Choice(tuple(self.settle(k, name) for k in kind.kinds))
        return kind

    def _settle_size(self, size, name):
        made_in_trial = isinstance(size, Size) and size not in self.program.sizes
        if size != ANY and not made_in_trial:
            return size
        capacity = max([LEAST_CAPACITY, *(s.capacity for s in self.program.sizes)])
        new = self.program.size(name or "list", capacity)
        self.wide.add(id(new))
        return new


def _options(kind) -> list:
    return list(kind.kinds) if isinstance(kind, Choice) else [kind]


def _elements(kind) -> list:
    return list(kind.kinds) if isinstance(kind, Group) else [kind.kind]


def _length(kind):
    return len(kind.kinds) if isinstance(kind, Group) else kind.size


def may_be_column(kind) -> bool:
    """Can it be an element of a list of recorded length?"""
    if isinstance(kind, Group | Choice):
        return all(map(may_be_column, kind.kinds)) and not (
            isinstance(kind, Group) and kind.type is list
        )
    if isinstance(kind, Array):
        return all(isinstance(d, int) for d in kind.dims)
    return isinstance(kind, Number | Known)


def _is_plain(kind) -> bool:
    """May it be an option?  An object that may be changed may not: nobody knew which one was."""
    if not isinstance(kind, Known):
        return True
    plain = (type(None), bool, int, float, str, bytes, np.generic, np.ndarray, Text)
    return kind.thing is UNDEFINED or isinstance(kind.thing, plain) or callable(kind.thing)


def specs(kind) -> list[tuple[int, tuple]]:
    """Type and sizes of each value."""
    if isinstance(kind, Number):
        return [(kind.type, ())]
    if isinstance(kind, Array):
        return [(kind.type, kind.dims)]
    if isinstance(kind, Group):
        return [s for k in kind.kinds for s in specs(k)]
    if isinstance(kind, Table):
        return [(code, (kind.size, *dims)) for code, dims in specs(kind.kind)]
    if isinstance(kind, Choice):
        return kind.specs()
    return []


def put_together(kind, values):
    """The thing of a kind, from its values (an iterator)."""
    values = iter(values)

    def build(kind):
        if isinstance(kind, Number):
            return Recorded(next(values), kind.flavour)
        if isinstance(kind, Array):
            return Recorded(next(values), ARRAY)
        if isinstance(kind, Table):
            columns = tuple(next(values) for _ in specs(kind.kind))
            return active[-1].new_list(Rows(kind.kind, columns))
        if isinstance(kind, Choice):
            flags, parts = kind.distribute(values)
            options = map(put_together, kind.kinds, parts)
            return Either(tuple(Recorded(f, PYTHON) for f in flags), tuple(options))
        if isinstance(kind, Group):
            made = _make_group(kind, [build(k) for k in kind.kinds])
            active[-1].joined[id(made)] = made, active[-1].graph
            return made
        return kind if isinstance(kind, Broken) else kind.thing

    return build(kind)


def convert(graph, values, old, new) -> list[Value]:
    """Values of one kind as those of another that holds it."""
    if old == new:
        return list(values)
    if isinstance(new, Choice):
        return _convert_choice(graph, values, old, new)
    if isinstance(new, Number | Array):
        return list(values) if values else [graph.constant(_as_array(old.thing))]
    if isinstance(new, Table):
        return _convert_list(graph, values, old, new)
    if isinstance(new, Group):
        result, at = [], 0
        for a, b in zip(old.kinds, new.kinds, strict=True):
            count = len(specs(a))
            result += convert(graph, values[at : at + count], a, b)
            at += count
        return result
    return []


def _as_array(thing):
    return np.array(thing, dtype=object) if isinstance(thing, str) else np.asarray(thing)


def _convert_choice(graph, values, old, new):
    flags, parts = old.distribute(values) if isinstance(old, Choice) else ([], [values])
    held: list = [None] * len(new.kinds)
    which: list = [graph.constant(False)] * len(new.kinds)
    last = None
    for flag in flags:
        last = flag if last is None else graph.add("logical_or", last, flag)
    flags.append(graph.constant(True) if last is None else graph.add("logical_not", last))
    for option, part, flag in zip(_options(old), parts, flags, strict=True):
        at = next(i for i, k in enumerate(new.kinds) if family(k) == family(option))
        held[at], which[at] = convert(graph, part, option, new.kinds[at]), flag
    return new.gather(graph, which[:-1], held)


def _convert_list(graph, values, old, new):
    """Elements of known number become rows; rows of a narrower kind wider ones."""
    if isinstance(old, Table):
        return _convert_columns(graph, values, old.kind, new.kind)
    columns: list = [[] for _ in specs(new.kind)]
    at = 0
    for kind in old.kinds:
        count = len(specs(kind))
        for column, value in zip(
            columns, convert(graph, values[at : at + count], kind, new.kind), strict=True
        ):
            column.append(value)
        at += count
    result = []
    for (code, dims), column in zip(specs(new.kind), columns, strict=True):
        if column:
            result.append(graph.add("stack", *column, axis=0))
        else:
            result.append(_constant(graph, code, (0, *dims)))
    return result


def _convert_columns(graph, columns, old, new) -> list[Value]:
    """Rows whose elements become of a kind that holds theirs: flags and fillers are told once for each."""
    return [
        v if v.rank == len(dims) + 1 else graph.add("broadcast_like", v, columns[0])
        for v, (_, dims) in zip(convert(graph, columns, old, new), specs(new), strict=True)
    ]


def _constant(graph, code, shape) -> Value:
    if code == ops.TEXT:
        return graph.constant(np.full(shape, "", dtype=object))
    return graph.constant(np.zeros(shape, ops.DTYPES[code]))


def filler(graph, kind) -> list[Value]:
    """Values that nobody reads, for a way that gives none."""
    return [
        _constant(graph, code, tuple(d if isinstance(d, int) else 0 for d in dims))
        for code, dims in specs(kind)
    ]
