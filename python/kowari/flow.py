"""Control flow on recorded values: pieces of the function become graphs, and what they change meets behind them.

A piece is run with an undo journal.  What it did to variables, and to lists, arrays and objects that were there before, is
noted and taken back; then the two sides of a branch, or a turn of a loop and what was before it, are joined by kinds.py.
"""

import contextlib
from dataclasses import dataclass, field

import numpy as np

from .errors import TraceError
from .graph import Graph, used_nodes
from .jumps import HIDDEN
from .kinds import (
    BOOL,
    I64,
    Broken,
    Known,
    Number,
    convert,
    filler,
    put_together,
    specs,
    take_apart,
)
from .recorded import (
    ARRAY,
    PYTHON,
    UNDEFINED,
    Cell,
    Raised,
    Recorded,
    Rows,
    Sequence,
    Value,
    promoted,
)
from .splice import splice_branches

MOST_UNROLLED = 16
_MOST_TRIALS = 20
_MOST_TURNS = 100_000
_NEVER_READ = Broken("an element of a list that grew in a loop or branch")


@dataclass
class State:
    """Variables of the traced function that a piece may store."""

    names: tuple = ()
    get: object = tuple
    set: object = lambda values: None


NOTHING = State((), tuple, lambda values: None)


@dataclass
class Part:
    """A thing as it was at one moment: later stores do not change its values."""

    thing: object
    kind: object
    values: list

    def is_same(self, other: "Part") -> bool:
        if self.thing is other.thing:
            return True
        return self.kind == other.kind and _ids(self.values) == _ids(other.values)


def _ids(values):
    return [id(v) for v in values]


@dataclass
class Effects:
    """Objects that a piece changes, with the number of nodes before; and those that an exception leaves half done."""

    first: dict = field(default_factory=dict)
    half_done: set = field(default_factory=set)


@dataclass
class Region:
    """A piece that was traced, and taken back: its graph, and what it left in variables and objects."""

    graph: Graph
    parts: dict = field(default_factory=dict)
    places: dict = field(default_factory=dict)
    dead: Raised | None = None
    again: object = None
    effects: Effects = field(default_factory=Effects)
    touched: set = field(default_factory=set)

    @property
    def raises(self) -> bool:
        return any(n.raises for n in self.graph.nodes)


class _TooLong(Exception):  # noqa: N818 - not an error
    """A loop of known length that is too long to be written out."""


class Flow:
    """The part of the tracer that runs pieces: a mixin, over ``graph``, ``program`` and ``journals``."""

    # ---- objects that change: what is in them, and the way back ----
    def touch(self, thing) -> None:
        """Called before a mutable object changes.  What was made in this piece goes with it."""
        if not self.journals or id(thing) in self.journals[-1]:
            return
        born = getattr(thing, "born", None) if isinstance(thing, Recorded | Cell) else None
        if (born or self._fresh.get(id(thing), (None, None))[1]) is not self.graph:
            self.journals[-1][id(thing)] = thing, self.content(thing)

    def changed(self, thing) -> None:
        """Called after an object has changed: what raises later in the same piece leaves that done."""
        if self.effects:
            self.effects[-1].first.setdefault(id(thing), len(self.graph.nodes))

    def content(self, thing):
        """What an object holds, as a thing that does not change with it."""
        if isinstance(thing, Recorded):
            return Recorded(thing.value, thing.flavour, thing.axes, thing.strided)
        if id(thing) in promoted:
            held = promoted[id(thing)][1]
            return self.content(held) if isinstance(held, Recorded) else held
        if isinstance(thing, Cell):
            return {"value": thing.value}
        if isinstance(thing, list | dict | set):
            return thing.copy()
        return thing if isinstance(thing, np.ndarray) else dict(vars(thing))

    def put_back(self, thing, content) -> None:
        """Makes an object hold what ``content`` said."""
        if isinstance(thing, Recorded):
            thing.value, thing.axes = content.value, content.axes
        elif isinstance(content, Rows):
            self.promote(thing, content)
        elif id(content) in promoted and isinstance(promoted[id(content)][1], Rows):
            self.promote(thing, promoted[id(content)][1])
        elif isinstance(thing, np.ndarray):
            if isinstance(content, Recorded):
                self.promote(thing, content)
            else:
                promoted.pop(id(thing), None)
        elif isinstance(thing, list):
            promoted.pop(id(thing), None)
            thing[:] = content
        elif isinstance(thing, Cell):
            thing.value = content["value"]
        elif isinstance(thing, dict | set):
            thing.clear()
            thing.update(content)
        else:
            vars(thing).clear()
            vars(thing).update(content)

    def promote(self, thing, held) -> None:
        """From now on what a list or array holds is recorded."""
        if isinstance(thing, list):
            thing[:] = [_NEVER_READ]
        known = promoted.get(id(thing))
        if known and isinstance(known[1], Recorded) and isinstance(held, Recorded):
            known[1].value, known[1].axes = held.value, held.axes
        else:
            promoted[id(thing)] = thing, held

    def _set_place(self, place, thing) -> None:
        """Stores what a part became: in an object as a whole, or in one of its elements."""
        owner, key = place
        self.touch(owner)
        if key is not None:
            target = vars(owner) if isinstance(owner, Cell) or _has_attributes(owner) else owner
            target[key] = thing
        elif isinstance(thing, Broken):
            raise TraceError(thing.reason)
        else:
            self.put_back(owner, thing)

    def _places(self, owner, contents: list, whole: bool):
        """Where an object's contents may differ: (place, things), element by element where they are alike."""
        if isinstance(owner, Cell) or _has_attributes(owner) or isinstance(owner, dict):
            if any(c.keys() != contents[0].keys() for c in contents):
                if isinstance(owner, dict):
                    raise TraceError(
                        "a dict gets another key in one branch than in the other",
                        instead="every key stored before the branch",
                    )
                keys = dict.fromkeys(k for c in contents for k in c)
                contents = [{k: c.get(k, UNDEFINED) for k in keys} for c in contents]
            return [((owner, k), [c[k] for c in contents]) for k in contents[0]]
        if isinstance(owner, set):
            if any(c != contents[0] for c in contents):
                raise TraceError("a set that changes in a branch or loop on recorded values")
            return []
        alike = isinstance(owner, list) and all(
            isinstance(c, list) and len(c) == len(contents[0]) for c in contents
        )
        if alike and not whole:
            return [
                ((owner, k), list(things)) for k, things in enumerate(zip(*contents, strict=True))
            ]
        return [((owner, None), contents)]

    # ---- pieces ----
    def part(self, thing) -> Part:
        return Part(thing, *take_apart(self, thing))

    @contextlib.contextmanager
    def _piece(self, name: str, state: State):
        """Runs what is inside over a graph of its own, and takes it back."""
        outer, before = self.graph, state.get()
        self.graph = self.program.graph(name, parent=outer)
        region = Region(self.graph)
        self.journals.append({})
        self.effects.append(region.effects)
        try:
            yield region
        finally:
            journal = self.journals.pop()
            self.effects.pop()
            region.touched = set(journal)
            self._find_half_done(region, name == "body")
            for thing, content in reversed(journal.values()):
                self.put_back(thing, content)
            state.set(before)
            self.graph = outer

    def _find_half_done(self, region: Region, repeats: bool) -> None:
        for owner, at in region.effects.first.items():
            later = region.graph.nodes[0 if repeats else at :]
            if region.dead or any(n.raises for n in later):
                region.effects.half_done.add(owner)

    def _take_over(self, *regions: Region) -> None:
        """What pieces change, the piece around them changes."""
        if self.effects:
            for region in regions:
                self.effects[-1].half_done |= region.effects.half_done
                for owner in region.effects.first:
                    self.effects[-1].first.setdefault(owner, len(self.graph.nodes))

    def _check_effects(self, region: Region) -> None:
        if region.effects.half_done & region.touched:
            raise TraceError(
                "an exception may leave an object changed in the middle of this statement",
                instead="each change in a statement of its own, in the try",
            )

    def _note(self, region: Region, state: State, wholes=()) -> None:
        """What the piece that runs now left behind."""
        region.parts = {n: self.part(t) for n, t in zip(state.names, state.get(), strict=True)}
        for thing, before in self.journals[-1].values():
            contents = [before, self.content(thing)]
            for (owner, key), (old, new) in self._places(thing, contents, id(thing) in wholes):
                region.places[id(owner), key] = (owner, key), self.part(old), self.part(new)

    def region(self, action, state: State, name: str) -> Region:
        """Traces a piece and takes it back."""
        with self._piece(name, state) as region:
            try:
                action()
                self._note(region, state)
            except Raised as raised:
                region.dead = raised
        return region

    def discard(self, region: Region, sizes: int) -> None:
        del self.program.sizes[sizes:]

    # ---- branches ----
    def branch(self, test, then, other, state: State | None = None, /):
        """``if test: then() else: other()``."""
        test = self.truth(test)
        if not isinstance(test, Recorded):
            (then if test else other)()
            return
        state = state or NOTHING
        sizes = len(self.program.sizes)
        a = self.region(then, state, "then")
        b = self.region(other, state, "else")
        if a.dead and b.dead:
            self._guarded(lambda: self._emit_branch(test.value, a, b, []))
            raise Raised(a.dead.type, a.dead.message)
        if a.dead or b.dead:
            self._guarded(lambda: self._emit_raise(test.value, a, b))
            (other if a.dead else then)()
            return
        if self._is_empty(a) and self._is_empty(b):
            self.discard(a, sizes)
            return
        self._guarded(lambda: self._merge(test.value, a, b, state))

    def _is_empty(self, region: Region) -> bool:
        return not (region.raises or region.places or region.parts)

    def _emit_raise(self, test, a: Region, b: Region) -> None:
        """One side always raises: if that is all it does, it is a check."""
        dead = a if a.dead else b
        if not dead.raises:
            good = self.graph.add("logical_not", test) if a.dead else test
            self._check(good, dead.dead)
            self._take_over(dead)
            return
        empty = Region(self.program.graph("else", parent=self.graph))
        self._emit_branch(test, *((a, empty) if a.dead else (empty, b)), [])

    def _check(self, good, raised: Raised) -> None:
        self.graph.add("check", good, type=raised.type.__name__, message=raised.message)

    def _end(self, region: Region) -> None:
        if region.dead:
            region.graph.add(
                "check",
                region.graph.constant(False),
                type=region.dead.type.__name__,
                message=region.dead.message,
            )

    def _merge(self, test, a: Region, b: Region, state: State) -> None:
        slots = []  # (set, part of a, part of b)
        for name in state.names:
            if not a.parts[name].is_same(b.parts[name]):
                slots.append((name, a.parts[name], b.parts[name]))
        for key in dict.fromkeys([*a.places, *b.places]):
            slots += self._meet_places(key, a, b)
        kinds = [self._join(n, p.kind, q.kind) for n, p, q in slots]
        pairs = [
            (self._as(a.graph, p, k), self._as(b.graph, q, k))
            for (_, p, q), k in zip(slots, kinds, strict=True)
        ]
        outputs = [z for p in pairs for z in zip(*p, strict=True)]
        results = None
        if not (a.raises or b.raises):
            sides = [(r.graph, [o[k] for o in outputs]) for k, r in enumerate((a, b))]
            results = splice_branches(self.graph, test, sides)
        if results is None:
            results = self._emit_branch(test, a, b, outputs)
        else:
            self._take_over(a, b)
        results = iter(results)
        things = [id(p.thing) for side in (a, b) for p in side.parts.values()]
        shared = {i for i in things if things.count(i) > 1}
        new = {}
        for (where, p, q), kind in zip(slots, kinds, strict=True):
            thing = put_together(kind, [next(results) for _ in _specs(kind)])
            if isinstance(where, str):
                new[where] = self._lock(thing, (p, q), (a.graph, b.graph), shared)
            else:
                self._set_place(where, thing)
        same = {n: a.parts[n].thing for n in state.names if n not in new}
        state.set(tuple(new.get(n, same.get(n)) for n in state.names))

    def _meet_places(self, key, a: Region, b: Region):
        """An object's contents on both sides; a side that did not touch it has what was before."""
        found = a.places.get(key) or b.places.get(key)
        where, before, _ = found
        p = a.places[key][2] if key in a.places else None
        q = b.places[key][2] if key in b.places else None
        owner = where[0]
        whole = (id(owner), None) in a.places or (id(owner), None) in b.places
        if whole and key[1] is not None:
            return []
        if whole:
            p, q = (
                r if r is not None else self._whole(owner, side) for r, side in ((p, a), (q, b))
            )
        p, q = p or before, q or before
        return [] if p.is_same(q) and p.is_same(before) else [(where, p, q)]

    def _whole(self, owner, side: Region) -> Part | None:
        """The contents as one part, where this side changed elements only."""
        parts = {k: v for (i, k), v in side.places.items() if i == id(owner)}
        if not parts:
            return None
        return self.part([parts[k][2].thing for k in sorted(parts)])

    def _join(self, where, p, q):
        hidden = isinstance(where, str) and where.startswith(HIDDEN)
        if hidden and Known(UNDEFINED) in (p, q):
            return q if p == Known(UNDEFINED) else p
        return self.joiner.join(p, q)

    def _as(self, graph: Graph, part: Part, kind) -> list:
        if isinstance(kind, Broken):
            return []
        if part.kind == Known(UNDEFINED) and not _holds_undefined(kind):
            return filler(graph, kind)
        values = [graph.local(v) for v in part.values]
        return convert(graph, values, part.kind, kind)

    def _lock(self, thing, parts=(), graphs=(), shared=()):
        """What is one array or another takes no stores, unless both were made in these graphs and have no other name."""
        if isinstance(thing, Recorded) and thing.flavour == ARRAY:
            old = [p.thing for p in parts]
            free = old and all(
                isinstance(o, Recorded)
                and o.base is None
                and any(o.born is g for g in graphs)
                and id(o) not in shared
                for o in old
            )
            if not free:
                thing.read_only = "it is one of two arrays, by a branch or loop before"
        if isinstance(thing, list | dict):
            self.fresh(thing)
        return thing

    def _emit_branch(self, test, a: Region, b: Region, outputs) -> tuple:
        """The node; outputs: pairs of values."""
        for region, side in ((a, 0), (b, 1)):
            self._end(region)
            graph = region.graph
            values = [graph.local(o[side]) for o in outputs]
            params = {id(p) for _, p in graph.captures.values()}
            graph.outputs = [
                graph.add("copy", v) if v.constant is not None or id(v) in params else v
                for v in values
            ]
        captured = self._bind([a.graph, b.graph])
        results = ()
        if outputs or a.raises or b.raises:
            results = self.graph.add("if_else", test, *captured, then=a.graph, otherwise=b.graph)
        self._take_over(a, b)
        return results

    def _bind(self, graphs, kept=()) -> list:
        """Gives graphs the same parameters: whatever one of them uses of those around it."""
        outer = {}
        for graph in graphs:
            nodes = used_nodes(graph, graph.outputs)
            graph.nodes = nodes
            used = {id(v) for n in nodes for v in n.inputs} | {id(v) for v in graph.outputs}
            for value, parameter in graph.captures.values():
                if id(parameter) in used:
                    outer[id(value)] = value
        for graph in graphs:
            for value in outer.values():
                graph.local(value)
            graph.inputs = [*kept, *(graph.captures[i][1] for i in outer)]
        return [self.graph.local(v) for v in outer.values()]

    # ---- loops ----
    def loop(self, test, body, state: State | None = None, /):
        """``while test(): body()``."""
        turns = 0
        while True:
            again = self.truth(test())
            if isinstance(again, Recorded):
                break
            if not again:
                return
            turns += 1
            if turns > _MOST_TURNS:
                raise TraceError("a loop that does not end while compiling")
            if turns > MOST_UNROLLED and self._grows(body, state or NOTHING):
                again = True
                break
            body()
        self._roll(again, test, body, state or NOTHING)

    def _grows(self, body, state) -> bool:
        """Does a turn compute anything that is left to the run?"""
        sizes = len(self.program.sizes)
        region = self.region(body, state, "trial")
        self.discard(region, sizes)
        return bool(region.graph.nodes)

    def each(self, iterable, body, state: State | None = None, test=None, /):
        """``for item in iterable: body(item)``, as long as ``test()``."""
        state = state or NOTHING
        test = test or self.stop_test()
        items = self._guarded(lambda: self.sequence(iterable))
        if isinstance(items, Sequence):
            if isinstance(items.length, int) and items.length <= MOST_UNROLLED and test is None:
                items = [items.item(k) for k in range(items.length)]
            else:
                self._roll_items(items, body, state, test)
                return
        self._unroll(items, body, state, test)

    def _unroll(self, items: list, body, state, test) -> None:
        rollable = None
        if len(items) > MOST_UNROLLED or (test is not None and len(items) > 3):
            rollable = self.as_sequence(items)
        long = rollable is not None and len(items) > MOST_UNROLLED
        ends = (0, len(items) - 1)
        if long and any(self._grows(lambda k=k: body(items[k]), state) for k in ends):
            self._roll_items(rollable, body, state, test)
            return
        for at, item in enumerate(items):
            go = True if test is None else self.truth(test())
            if isinstance(go, Recorded):
                if rollable is not None:
                    rest = Sequence(
                        len(items) - at, lambda i, at=at: rollable.item(self.shift(i, at))
                    )
                    self._roll_items(rest, body, state, test)
                else:
                    rest = items[at:]
                    self.branch(
                        go, lambda r=rest: self._first_then(r, body, state, test), _nothing, state
                    )
                return
            if not go:
                return
            body(item)

    def _first_then(self, items, body, state, test):
        body(items[0])
        self._unroll(items[1:], body, state, test)

    def shift(self, index, by: int):
        if not isinstance(index, Recorded):
            return index + by
        return Recorded(
            self.graph.add("add", index.value, self.graph.constant(np.int64(by))), PYTHON
        )

    def _roll_items(self, items: Sequence, body, state, test) -> None:
        place = Cell(0)
        length = items.length

        def inside():
            add = self.graph.add
            value = (
                place.value.value
                if isinstance(place.value, Recorded)
                else self.graph.constant(np.int64(place.value))
            )
            count = (
                length.value
                if isinstance(length, Recorded)
                else self.graph.constant(np.int64(length))
            )
            good = Recorded(add("less", value, count), PYTHON)
            if test is None:
                return good
            also = self.truth(test())
            if not isinstance(also, Recorded):
                return good if also else False
            return Recorded(add("logical_and", good.value, also.value), PYTHON)

        def turn():
            at = place.value
            body(items.item(at))
            self.touch(place)
            place.value = self.shift(at, 1)

        again = inside()
        if not isinstance(length, Recorded) and isinstance(again, Recorded) and test is None:
            again = length > 0
        if again is False:
            return
        self._roll(
            again,
            inside,
            turn,
            state,
            {(id(place), "value"): ((place, "value"), Number(PYTHON, I64))},
        )

    def _roll(self, again, test, body, state, carried=None) -> None:
        """A loop as a node: turns are traced until what they carry has kinds that hold all turns."""
        carried = dict(carried or {})
        for _ in range(_MOST_TRIALS):
            sizes = len(self.program.sizes)
            region, starts, changed = self._turn(test, body, state, carried)
            if region.dead:
                self._dead_loop(again, region, body, state, carried)
                return
            if not changed:
                break
            self.discard(region, sizes)
            carried.update(self._guarded(lambda c=changed: self._settle(c)))
        else:
            raise TraceError("what this loop carries changes its type without end")
        self._guarded(lambda: self._emit_loop(again, region, starts, carried, state))

    def _settle(self, changed):
        return {
            key: (where, self.joiner.settle(kind, where if isinstance(where, str) else "list"))
            for key, (where, kind) in changed.items()
        }

    def _turn(self, test, body, state, carried):
        """Traces one turn: the region, each carried slot's start, and the slots whose kinds must be wider."""
        starts, changed = {}, {}
        wholes = {key[0] for key, (where, _) in carried.items() if key[1:] == (None,)}
        before = {n: self.part(t) for n, t in zip(state.names, state.get(), strict=True)}
        for key, (where, _) in carried.items():
            starts[key] = before[where] if isinstance(where, str) else self._start(*where)
        with self._piece("body", state) as region:
            region.parameters = {}
            new = dict(zip(state.names, state.get(), strict=True))
            for key, (where, kind) in carried.items():
                values = [_parameter(self.graph, *s) for s in _specs(kind)]
                region.parameters[key] = values
                thing = put_together(kind, values)
                if isinstance(where, str):
                    new[where] = self._lock(thing)
                else:
                    self.touch(where[0])
                    self._set_place(where, thing)
            state.set(tuple(new[n] for n in state.names))
            try:
                body()
                region.again = self.truth(test())
                self._guarded(lambda: self._note(region, state, wholes))
            except Raised as raised:
                region.dead = raised
                return region, starts, {}
            for name in state.names:
                self._compare(name, name, before[name], region.parts[name], carried, changed)
            for key, (where, old, part) in region.places.items():
                if key not in carried and (key[0], None) in carried:
                    continue
                self._compare(key, where, old, part, carried, changed)
            if not changed:
                region.ends = self._guarded(lambda: self._ends(region, carried))
        return region, starts, changed

    def _start(self, owner, at) -> Part:
        """What is in a place before the loop."""
        content = self.content(owner)
        return self.part(content if at is None else content[at])

    def _compare(self, key, where, before: Part, after: Part, carried, changed) -> None:
        if key in carried:
            kind = carried[key][1]
            joined = self._join(where, kind, after.kind)
        elif before.is_same(after):
            return
        else:
            kind, joined = None, self._join(where, before.kind, after.kind)
        if joined != kind:
            changed[key] = where, joined

    def _ends(self, region, carried) -> list:
        ends = []
        for key, (where, kind) in carried.items():
            if isinstance(where, str):
                part = region.parts[where]
            elif key in region.places:
                part = region.places[key][2]
            else:
                ends.append(region.parameters[key])
                continue
            ends.append(self._as(region.graph, part, kind))
        return ends

    def _emit_loop(self, again, region, starts, carried, state) -> None:
        graph = region.graph
        kinds = [kind for _, kind in carried.values()]
        given = [
            self._as(self.graph, starts[key], kind)
            for key, kind in zip(carried, kinds, strict=True)
        ]
        parameters = [p for key in carried for p in region.parameters[key]]
        ends = [e for end in region.ends for e in end]
        repeats = region.again
        repeats = (
            graph.local(repeats.value)
            if isinstance(repeats, Recorded)
            else graph.constant(bool(repeats))
        )
        captures = {id(p) for _, p in graph.captures.values()} | {id(p) for p in parameters}
        ends = [
            e
            if e is p
            else graph.add("copy", e)
            if e.constant is not None or id(e) in captures
            else e
            for e, p in zip(ends, parameters, strict=True)
        ]
        if repeats.constant is not None or id(repeats) in captures:
            repeats = graph.add("copy", repeats)
        graph.outputs = [repeats, *ends]
        captured = self._bind([graph], parameters)
        graph.outputs += graph.inputs[len(parameters) :]
        first = again.value if isinstance(again, Recorded) else self.graph.constant(bool(again))
        results = iter(
            self.graph.add(
                "repeat", first, *(g for part in given for g in part), *captured, body=graph
            )
        )
        self._take_over(region)
        new = dict(zip(state.names, state.get(), strict=True))
        for where, kind in carried.values():
            thing = put_together(kind, [next(results) for _ in _specs(kind)])
            if isinstance(where, str):
                new[where] = self._lock(thing)
            else:
                self._set_place(where, thing)
        state.set(tuple(new[n] for n in state.names))

    def _dead_loop(self, again, region, body, state, carried) -> None:
        """The first turn raises: so does the loop, if it has one."""
        if any(isinstance(where, str) for where, _ in carried.values()):
            raise TraceError(
                f"a loop that always raises {region.dead.type.__name__} in a later turn"
            )
        self.branch(again, body, _nothing, state)

    # ---- exceptions ----
    def attempt(self, body, clauses, state: State | None = None, /):
        """Runs a statement; the number of the clause that catches what it raises, or 0."""
        state = state or NOTHING
        sizes = len(self.program.sizes)
        region = self.region(body, state, "try")
        if not region.raises:
            if region.dead is None:
                self.discard(region, sizes)
                body()
                return 0
            self._guarded(lambda: self._check_effects(region))
            return self._catch(region.dead, clauses)
        self._guarded(lambda: self._check_effects(region))
        return self._guarded(lambda: self._emit_attempt(region, clauses, state))

    def _catch(self, raised: Raised, clauses) -> int:
        for number, kinds in enumerate(clauses, 1):
            if issubclass(raised.type, kinds):
                return number
        raise raised

    def _emit_attempt(self, region, clauses, state):
        slots = []
        if not region.dead:
            now = dict(zip(state.names, state.get(), strict=True))
            for name, part in region.parts.items():
                before = self.part(now[name])
                if not before.is_same(part):
                    slots.append((name, before, part))
            slots += [
                (where, old, new)
                for where, old, new in region.places.values()
                if not old.is_same(new)
            ]
        self._end(region)
        graph = region.graph
        kinds = [self._join(w, p.kind, q.kind) for w, p, q in slots]
        fallback, outputs = [], []
        for (_, p, q), kind in zip(slots, kinds, strict=True):
            fallback += self._as(self.graph, p, kind)
            outputs += self._as(graph, q, kind)
        params = {id(p) for _, p in graph.captures.values()}
        graph.outputs = [
            graph.add("copy", v) if v.constant is not None or id(v) in params else v
            for v in outputs
        ]
        captured = self._bind([graph])
        which, *results = self.graph.add(
            "try_call", *fallback, *captured, body=graph, catches=_name_types(clauses)
        )
        results = iter(results)
        new = dict(zip(state.names, state.get(), strict=True))
        for (where, _, _), kind in zip(slots, kinds, strict=True):
            thing = put_together(kind, [next(results) for _ in _specs(kind)])
            if isinstance(where, str):
                new[where] = self._lock(thing)
            else:
                self._set_place(where, thing)
        state.set(tuple(new[n] for n in state.names))
        return Recorded(self.graph.add("cast", which, to=I64), PYTHON)


def _parameter(graph, code, dims) -> Value:
    return Value(graph, code, tuple(dims))


def _specs(kind) -> list:
    return [] if isinstance(kind, Broken) else specs(kind)


def _nothing():
    """The branch that does nothing."""


def _has_attributes(thing) -> bool:
    return not isinstance(thing, Recorded | Cell | list | dict | set | np.ndarray)


def _holds_undefined(kind) -> bool:
    return kind == Known(UNDEFINED) or any(map(_holds_undefined, getattr(kind, "kinds", ())))


def _name_types(clauses) -> str:
    """Clauses as the engine reads them: the names of all types that each catches."""
    return "|".join(" ".join(sorted(_subtypes(kinds))) for kinds in clauses)


def _subtypes(kinds) -> set[str]:
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    if any(k in (Exception, BaseException) for k in kinds):
        return {"*"}
    names = {k.__name__ for k in kinds}
    for kind in kinds:
        if below := kind.__subclasses__():
            names |= _subtypes(tuple(below))
    return names


__all__ = ["BOOL", "NOTHING", "Flow", "State"]
