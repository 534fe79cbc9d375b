"""Branches: both sides are traced, and what differs behind them is joined."""

from .journal import Part
from .kinds import put_together
from .pieces import NOTHING, Pieces, Region, State, list_specs
from .recorded import Raised, Recorded
from .splice import splice_branches


class Branches(Pieces):
    """The hook of ``if``: a mixin."""

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
            raise a.dead
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
            thing = put_together(kind, [next(results) for _ in list_specs(kind)])
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
