"""Attempts: a statement in a try, whose exceptions become the number of the clause that catches them."""

from .errors import TraceError
from .kinds import I64
from .pieces import NOTHING, Pieces, Region, State
from .recorded import PYTHON, Raised, Recorded


class Attempts(Pieces):
    """The hook of statements in a try: a mixin."""

    def attempt(self, body, clauses, state: State | None = None, /):
        """Runs a statement; the number of the clause that catches what it raises, or 0."""
        state = state or NOTHING
        sizes = len(self.program.sizes)
        region = self.region(body, state, "try")
        if not region.raises:
            if region.dead is None:
                self.discard(sizes)
                body()
                return 0
            self._guard(lambda: self._check_effects(region))
            return self._catch(region.dead, clauses)
        self._guard(lambda: self._check_effects(region))
        return self._guard(lambda: self._emit_attempt(region, clauses, state))

    def _check_effects(self, region: Region) -> None:
        if region.effects.half_done & region.touched:
            raise TraceError(
                "an exception may leave an object changed in the middle of this statement",
                instead="each change in a statement of its own, in the try",
            )

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
            for where, old, new in region.places.values():
                before = self.part(old.thing)  # by values from outside
                if not before.is_same(new):
                    slots.append((where, before, new))
        self._end(region)
        graph = region.graph
        kinds = [self._join(w, p.kind, q.kind) for w, p, q in slots]
        fallback, outputs = [], []
        for (_, p, q), kind in zip(slots, kinds, strict=True):
            fallback += self._as(self.graph, p, kind)
            outputs += self._as(graph, q, kind)
        graph.outputs = self._leave(graph, outputs)
        captured = self._bind([graph])
        which, *results = self.graph.add(
            "try_call", *fallback, *captured, body=graph, catches=_name_types(clauses)
        )
        found = zip(slots, kinds, strict=True)
        self._put(state, [(w, k, (p.thing, q.thing)) for (w, p, q), k in found], results)
        return Recorded(self.graph.add("cast", which, to=I64), PYTHON)


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
