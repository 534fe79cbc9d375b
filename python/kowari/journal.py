"""Objects that change: what is in them, and the way back.

A piece is run with an undo journal.  What it did to lists, arrays and objects that were there before is noted, and taken back.
"""

from dataclasses import dataclass

import numpy as np

from .aliases import Aliases, find_objects, spoil
from .errors import TraceError
from .kinds import Broken, take_apart
from .recorded import UNDEFINED, Cell, Either, Recorded, Rows, promoted

_NEVER_READ = Broken("an element of a list that grew in a loop or branch")


@dataclass
class Part:
    """A thing as it was at one moment: later stores do not change its values."""

    thing: object
    kind: object
    values: list

    def is_same(self, other: "Part") -> bool:
        if self.thing is other.thing:
            return True
        if next(find_objects(self.thing), None) is not None:
            return False
        return self.kind == other.kind and _ids(self.values) == _ids(other.values)


def _ids(values):
    return [id(v) for v in values]


class Journal(Aliases):
    """The part of the tracer that knows what objects hold: a mixin, over ``graph``, ``journals`` and ``effects``."""

    def touch(self, thing) -> None:
        """Called before a mutable object changes, and with it what may be the same one."""
        self.note(thing)
        self.spoil_tied(thing)

    def note(self, thing) -> None:
        """Keeps what an object holds.  What was made in this piece goes with it."""
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
            if thing.spoiled:
                return Broken(thing.spoiled)
            return Recorded(thing.value, thing.flavour, thing.axes, thing.strided)
        if id(thing) in promoted:
            held = promoted[id(thing)][1]
            return self.content(held) if isinstance(held, Recorded) else held
        if isinstance(thing, Cell):
            return {"value": thing.value}
        if isinstance(thing, list | dict | set | np.ndarray):
            return thing.copy()
        return dict(vars(thing))

    def put_back(self, thing, content) -> None:
        """Makes an object hold what ``content`` said."""
        if isinstance(thing, Recorded):
            thing.spoiled = content.reason if isinstance(content, Broken) else ""
            if not thing.spoiled:
                thing.value, thing.axes = content.value, content.axes
        elif isinstance(content, Rows):
            self.promote(thing, content)
        elif id(content) in promoted and isinstance(promoted[id(content)][1], Rows):
            self.promote(thing, promoted[id(content)][1])
        elif isinstance(thing, np.ndarray):
            if isinstance(content, Recorded | Broken):
                self.promote(thing, content)
            else:
                self._forget(thing)
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

    def _forget(self, thing) -> None:
        """What an array holds is known again, and so is what its views show."""
        promoted.pop(id(thing), None)
        for view in self.views_on(thing):
            self._forget(view)

    def promote(self, thing, held) -> None:
        """From now on what a list or array holds is recorded."""
        if isinstance(thing, list):
            thing[:] = [_NEVER_READ]
        elif isinstance(held, Recorded) and held.base is None:
            held.known = thing
        known = promoted.get(id(thing))
        if known and isinstance(known[1], Recorded) and isinstance(held, Recorded | Broken):
            self.put_back(known[1], held)
        else:
            promoted[id(thing)] = thing, held
            for view in self.views_on(thing):
                self.record_array(view)

    def _set_place(self, place, thing) -> None:
        """Stores what a part became: in an object as a whole, or in one of its elements."""
        owner, key = place
        self.note(owner)
        if isinstance(owner, dict) and _may_be_undefined(thing):
            raise TraceError(
                "a dict gets another key in one branch than in the other",
                instead="every key stored before the branch",
            )
        if key is not None:
            target = vars(owner) if isinstance(owner, Cell) or _has_attributes(owner) else owner
            target[key] = thing
        elif isinstance(thing, Broken):
            spoil(owner, thing)
        else:
            self.put_back(owner, thing)

    def _places(self, owner, contents: list, whole: bool):
        """Where an object's contents may differ: (place, things), element by element where they are alike."""
        if isinstance(owner, Cell) or _has_attributes(owner) or isinstance(owner, dict):
            if any(c.keys() != contents[0].keys() for c in contents):
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

    def part(self, thing) -> Part:
        if isinstance(thing, Either):
            thing = self.narrow(thing)
        return Part(thing, *take_apart(self, thing))


def _may_be_undefined(thing) -> bool:
    options = thing.options if isinstance(thing, Either) else (thing,)
    return any(o is UNDEFINED for o in options)


def _has_attributes(thing) -> bool:
    return not isinstance(thing, Recorded | Cell | list | dict | set | np.ndarray)
