"""Branches: both sides are traced, and what differs behind them is joined."""

import contextlib

from .errors import TraceError
from .graph import Value
from .journal import Part
from .pieces import NOTHING, Pieces, Region, State
from .recorded import UNDEFINED, Either, Raised, Recorded
from .splice import splice_branches


class Branches(Pieces):
    """The hook of ``if``: a mixin, over ``facts``, too: bools by id that are known on the way that is traced."""

    @contextlib.contextmanager
    def _assuming(self, test: Value, truth: bool):
        """Inside, the test and what follows from it need no branch: ``x`` is no None where ``x is not None``."""
        before = self.facts
        self.facts = {**before, **dict(_conclude(test, truth))}
        try:
            yield
        finally:
            self.facts = before

    def _find_fact(self, test: Recorded) -> bool | None:
        """What is known of a bool."""
        return self.facts.get(id(test.value.graph.origin(test.value)), (None, None))[1]

    def narrow(self, either: Either):
        """A choice without the options that it is known not to be."""
        known = [self._find_fact(flag) for flag in either.flags]
        if all(k is None for k in known):
            return either
        if True in known:
            return either.options[known.index(True)]
        flags = tuple(f for f, k in zip(either.flags, known, strict=True) if k is None)
        kept = [o for o, k in zip(either.options, known, strict=False) if k is None]
        options = (*kept, either.options[-1])
        return Either(flags, options) if flags else options[0]

    def branch(self, test, then, other, state: State | None = None, /):
        """``if test: then() else: other()``."""
        test = self.truth(test)
        if not isinstance(test, Recorded):
            (then if test else other)()
            return
        known = self._find_fact(test)
        if known is not None:
            (then if known else other)()
            return
        state = state or NOTHING
        sizes = len(self.program.sizes)
        with self._assuming(test.value, True):
            a = self.region(then, state, "then")
        with self._assuming(test.value, False):
            b = self.region(other, state, "else")
        if a.dead and b.dead:
            self._guard(lambda: self._emit_branch(test.value, a, b, []))
            raise a.dead
        if a.dead or b.dead:
            self._guard(lambda: self._emit_raise(test.value, a, b))
            with self._assuming(test.value, not a.dead):
                (other if a.dead else then)()
            return
        if self._is_empty(a) and self._is_empty(b):
            self.discard(sizes)
            return
        self._guard(lambda: self._merge(test.value, a, b, state))

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

    def _merge(self, test, a: Region, b: Region, state: State) -> None:
        self._check_order(a, b)
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
        state.set(tuple(a.parts[n].thing for n in state.names))  # what is the same on both sides
        found = zip(slots, kinds, strict=True)
        self._put(state, [(n, k, (p.thing, q.thing)) for (n, p, q), k in found], results)

    def _check_order(self, a: Region, b: Region) -> None:
        """Keys that both sides add to a dict stand in one order behind the branch."""
        for owner in {
            id(o): o for (o, _), _, _ in a.places.values() if isinstance(o, dict)
        }.values():
            if _list_added(a, owner) != _list_added(b, owner):
                raise TraceError(
                    "a dict gets another key in one branch than in the other, or in another order",
                    instead="every key stored before the branch",
                )

    def _meet_places(self, key, a: Region, b: Region):
        """An object's contents on both sides; a side that did not touch it has what was before."""
        found = a.places.get(key) or b.places.get(key)
        where, before = found[0], self.part(found[1].thing)  # by values from outside of both
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

    def _emit_branch(self, test, a: Region, b: Region, outputs) -> tuple:
        """The node; outputs: pairs of values."""
        for region, side in ((a, 0), (b, 1)):
            self._end(region)
            graph = region.graph
            graph.outputs = self._leave(graph, [graph.local(o[side]) for o in outputs])
        captured = self._bind([a.graph, b.graph])
        results = ()
        if outputs or a.raises or b.raises:
            results = self.graph.add("if_else", test, *captured, then=a.graph, otherwise=b.graph)
        self._take_over(a, b)
        return results


def _list_added(side: Region, owner: dict) -> list:
    """The keys that a side adds."""
    places = side.places.values()
    return [key for (o, key), before, _ in places if o is owner and before.thing is UNDEFINED]


def _conclude(test: Value, truth: bool):
    """(id, (value, truth)) of a bool and of those that it was made of."""
    test = test.graph.origin(test)
    yield id(test), (test, truth)
    node = test.graph.producer(test)
    name = node.operator.name if node else ""
    if name == "logical_not":
        yield from _conclude(node.inputs[0], not truth)
    elif name == ("logical_and" if truth else "logical_or"):
        for part in node.inputs:
            yield from _conclude(part, truth)
