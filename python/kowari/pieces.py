"""Pieces of the function become graphs: each is traced, taken back, and what it changed gets a kind to meet by."""

import contextlib
from dataclasses import dataclass, field

from .graph import Graph, used_nodes
from .journal import Journal, Part
from .jumps import HIDDEN
from .kinds import Broken, Known, convert, filler, put_together, specs
from .recorded import UNDEFINED, Raised


@dataclass
class State:
    """Variables of the traced function that a piece may store: ``names`` are read later, others are only taken back."""

    names: tuple = ()
    get_all: object = tuple
    set_all: object = lambda values: None

    def get(self) -> tuple:
        """What the named ones hold, which come first."""
        return self.get_all()[: len(self.names)]

    def set(self, values: tuple) -> None:
        """Stores the named ones."""
        self.set_all((*values, *self.get_all()[len(values) :]))


NOTHING = State()


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

    def things(self) -> dict:
        """What it left in variables and places."""
        left = {name: part.thing for name, part in self.parts.items()}
        return left | {key: after.thing for key, (_, _, after) in self.places.items()}

    @property
    def raises(self) -> bool:
        return any(n.raises for n in self.graph.nodes)


class Pieces(Journal):
    """What branches, loops and attempts share: a mixin, over ``program`` and ``joiner``, too."""

    @contextlib.contextmanager
    def _piece(self, name: str, state: State):
        """Runs what is inside over a graph of its own, and takes it back."""
        if name != "trial":
            self.note_decision()
        outer, before = self.graph, state.get_all()
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
            state.set_all(before)
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

    def discard(self, sizes: int) -> None:
        """Forgets a trial: the named sizes from number ``sizes`` on, but for those of views that it read outside."""
        new = self.program.sizes[sizes:]
        if not new:
            return
        used, graph = set(), self.graph
        while graph is not None:
            used |= {id(d) for n in graph.nodes for o in n.outputs for d in o.dims}
            graph = graph.parent
        self.joiner.wide -= {id(size) for size in new if id(size) not in used}
        self.program.sizes[sizes:] = [size for size in new if id(size) in used]

    def _end(self, region: Region) -> None:
        if region.dead:
            region.graph.add(
                "check",
                region.graph.constant(False),
                type=region.dead.type.__name__,
                message=region.dead.message,
            )

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

    def _leave(self, graph: Graph, values, own=()) -> list:
        """Values as results of a graph: parameters and constants as copies, but for a parameter in its ``own`` place."""
        given = {id(p) for _, p in graph.captures.values()} | {id(p) for p in own}
        places = [*own, *[None] * (len(values) - len(own))]
        return [
            graph.add("copy", v) if v is not p and (v.constant is not None or id(v) in given) else v
            for v, p in zip(values, places, strict=True)
        ]

    def _put(self, state: State, slots, results) -> None:
        """Variables and objects become what a node gives.  slots: (where, kind, what they may be)."""
        results = iter(results)
        new = dict(zip(state.names, state.get(), strict=True))
        for where, kind, before in slots:
            thing = put_together(kind, [next(results) for _ in list_specs(kind)])
            if isinstance(where, str):
                new[where] = self._mark(thing, before)
            else:
                self._place(where, thing, before)
        state.set(tuple(new[n] for n in state.names))

    def _mark(self, thing, before):
        """What a variable holds now, which may be one of the things before."""
        if isinstance(thing, list | dict):
            self.fresh(thing)
        self.tie([thing], before)
        self.mark_older(thing, before)
        return thing

    def _place(self, where, thing, before) -> None:
        """What an object holds now."""
        self._set_place(where, thing)
        owner, key = where
        if key is not None:
            self.tie([thing], before)
            self.mark_older(thing, before)
            return
        for content in before:
            if isinstance(content, list):
                self.tie_to(owner, tuple(content))

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


def list_specs(kind) -> list:
    return [] if isinstance(kind, Broken) else specs(kind)


def do_nothing():
    """The branch that does nothing."""


def _holds_undefined(kind) -> bool:
    return kind == Known(UNDEFINED) or any(map(_holds_undefined, getattr(kind, "kinds", ())))
