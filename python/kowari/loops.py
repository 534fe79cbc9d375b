"""Loops: short ones of known length are written out; of others one turn is traced until it holds for all of them."""

from .errors import TraceError
from .graph import Value
from .journal import Part
from .kinds import I64, Number, put_together
from .pieces import NOTHING, Pieces, State, do_nothing, list_specs
from .recorded import PYTHON, UNDEFINED, Cell, Raised, Recorded, Sequence

MOST_UNROLLED = 16
_MOST_KEYS = 100
"""Known texts are keys, as a rule, which must be known in each turn."""
_MOST_TRIALS = 20
_MOST_TURNS = 100_000


class Loops(Pieces):
    """The hooks of ``while`` and ``for``: a mixin, over ``branch``, too."""

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
        self.discard(sizes)
        return bool(region.graph.nodes)

    def each(self, iterable, body, state: State | None = None, test=None, /):
        """``for item in iterable: body(item)``, as long as ``test()``."""
        state = state or NOTHING
        test = test or self.stop_test()
        lists = self.lists_of(iterable)
        items = self._guard(lambda: self.sequence(iterable))
        if isinstance(items, Sequence):
            lists = items.lists
            if isinstance(items.length, int) and items.length <= MOST_UNROLLED and test is None:
                items = [items.item(k) for k in range(items.length)]
            else:
                self._roll_items(items, body, state, test)
                self._guard(lambda: self.check_lists(lists))
                return
        self._unroll(items, body, state, test)
        self._guard(lambda: self.check_lists(lists))

    def _unroll(self, items: list, body, state, test) -> None:
        rollable = None
        keys = len(items) <= _MOST_KEYS and any(map(_holds_text, items))
        if not keys and (len(items) > MOST_UNROLLED or test is not None and len(items) > 3):
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
                        go, lambda r=rest: self._first_then(r, body, state, test), do_nothing, state
                    )
                return
            if not go:
                return
            body(item)

    def _first_then(self, items, body, state, test):
        body(items[0])
        self._unroll(items[1:], body, state, test)

    def shift(self, index, by: int):
        return self.step_item(by, 1, index)

    def _roll_items(self, items: Sequence, body, state, test) -> None:
        place = Cell(0)
        length = items.length

        def inside():
            good = self.graph.add("less", self.whole(place.value), self.whole(length))
            good = Recorded(good, PYTHON)
            if test is None:
                return good
            also = self.truth(test())
            if not isinstance(also, Recorded):
                return good if also else False
            return Recorded(self.graph.add("logical_and", good.value, also.value), PYTHON)

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
        carried, last = dict(carried or {}), {}
        for _ in range(_MOST_TRIALS):
            sizes = len(self.program.sizes)
            region, starts, changed = self._turn(test, body, state, carried, last)
            last = region.things()
            if region.dead:
                self._dead_loop(again, region, test, body, state)
                return
            if not changed:
                break
            self.discard(sizes)
            carried.update(self._guard(lambda c=changed: self._settle(c)))
        else:
            raise TraceError("what this loop carries changes its type without end")
        self._guard(lambda: self._emit_loop(again, region, starts, carried, state))

    def _settle(self, changed):
        return {
            key: (where, self.joiner.settle(kind, where if isinstance(where, str) else "list"))
            for key, (where, kind) in changed.items()
        }

    def _turn(self, test, body, state, carried, last):
        """Traces one turn: the region, each carried slot's start, and the slots whose kinds must be wider.

        ``last``: what the slots held at the end of a turn when it was traced before.
        """
        starts, changed = {}, {}
        wholes = {key[0] for key, (where, _) in carried.items() if key[1:] == (None,)}
        before = {n: self.part(t) for n, t in zip(state.names, state.get(), strict=True)}
        for key, (where, _) in carried.items():
            starts[key] = before[where] if isinstance(where, str) else self._start(*where)
        first = {key: part.thing for key, part in starts.items()}
        with self._piece("body", state) as region:
            region.parameters = {}
            new = dict(zip(state.names, state.get(), strict=True))
            for key, (where, kind) in carried.items():
                values = [_parameter(self.graph, *s) for s in list_specs(kind)]
                region.parameters[key] = values
                thing = put_together(kind, values)
                before_it = [t[key] for t in (first, last) if key in t]
                if isinstance(where, str):
                    new[where] = self._mark(thing, before_it)
                else:
                    self._place(where, thing, before_it)
            state.set(tuple(new[n] for n in state.names))
            try:
                body()
                region.again = self.truth(test())
                self._guard(lambda: self._note(region, state, wholes))
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
                region.ends = self._guard(lambda: self._ends(region, carried))
        return region, starts, changed

    def _start(self, owner, at) -> Part:
        """What is in a place before the loop."""
        content = self.content(owner)
        if isinstance(content, dict):
            return self.part(content.get(at, UNDEFINED))
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
        again_then = graph.local(_as_bool(graph, region.again))
        ends = self._leave(graph, [*ends, again_then], parameters)
        graph.outputs = [ends[-1], *ends[:-1]]
        captured = self._bind([graph], parameters)
        graph.outputs += graph.inputs[len(parameters) :]
        go = _as_bool(self.graph, again)
        given = [g for part in given for g in part]
        results = self.graph.add("repeat", go, *given, *captured, body=graph)
        self._take_over(region)
        first, last = {k: p.thing for k, p in starts.items()}, region.things()
        slots = [(w, k, (first[key], last.get(key))) for key, (w, k) in carried.items()]
        self._put(state, slots, results)

    def _dead_loop(self, again, region, test, body, state) -> None:
        """The first turn, or the test behind it, raises: so does the loop, if it has one."""

        def turn():
            body()
            self.truth(test())
            kind = region.dead.type.__name__
            raise TraceError(f"a loop that always raises {kind} in a later turn")

        self.branch(again, turn, do_nothing, state)


def _holds_text(item) -> bool:
    return isinstance(item, str) or isinstance(item, tuple) and any(map(_holds_text, item))


def _as_bool(graph, thing) -> Value:
    return thing.value if isinstance(thing, Recorded) else graph.constant(bool(thing))


def _parameter(graph, code, dims) -> Value:
    return Value(graph, code, tuple(dims))
