"""Objects that may be one and the same, or of which one holds the other: a store into one makes the others unreadable.

Behind a branch a name may stand for either of two arrays, and what a list of recorded length holds was copied into it.  In
Python a store into one is seen through the other; here it is not, so that reading the other is refused from then on.
"""

import numpy as np

from .kinds import Broken
from .recorded import ARRAY, Either, Recorded, Rows, active, promoted, record_fields

_STALE = Broken("what may be, or hold, an object that was stored into through another name")


def find_objects(thing):
    """What may change in a thing: arrays that views are of, lists, dicts, at any depth."""
    if isinstance(thing, Recorded):
        if thing.flavour == ARRAY:
            yield root_of(thing)
        return
    if isinstance(thing, list | dict | np.ndarray):
        yield root_of(thing)
    if isinstance(thing, list | tuple | dict | Either):
        options = thing.options if isinstance(thing, Either) else thing
        for part in options.values() if isinstance(options, dict) else options:
            yield from find_objects(part)
    for name in record_fields(thing):
        yield from find_objects(getattr(thing, name))


def root_of(thing):
    """The array that a view is of; one that was known first is the same, whatever stands for it in a trial."""
    while isinstance(thing, Recorded) and thing.base is not None:
        thing = thing.base
    if isinstance(thing, Recorded) and thing.known is not None:
        thing = thing.known
    while isinstance(thing, np.ndarray) and id(thing) in active[-1]._views:
        thing = active[-1]._views[id(thing)][1]
    return thing


class Aliases:
    """The part of the tracer that knows what may be one object: a mixin, over ``_ties``: objects by id, and what hangs on them."""

    def tie(self, things, others) -> None:
        """Things that may be one of the others."""
        made = [o for t in things for o in find_objects(t)]
        before = [o for t in others for o in find_objects(t)]
        for a in made:
            for b in before:
                if a is not b:
                    self._hang(b, a)
                    self._hang(a, b)

    def tie_to(self, owner, thing) -> None:
        """A thing that a list of recorded length has a copy of."""
        for one in find_objects(thing):
            self._hang(owner, one)

    def _hang(self, what, on) -> None:
        tied = self._ties.setdefault(id(on), (on, []))[1]
        if not any(what is t for t in tied):
            tied.append(what)

    def spoil_tied(self, thing) -> None:
        """Called before a thing changes."""
        reached, at = [root_of(thing)], 0
        while at < len(reached):
            for other in self._ties.get(id(reached[at]), (None, ()))[1]:
                if not any(other is r for r in reached):
                    reached.append(other)
            at += 1
        for other in filter(self._lives, reached[1:]):
            for one in self._with_views(other):
                self.note(one)
                spoil(one)

    def _with_views(self, thing) -> list:
        """It, and the arrays that show a part of it while both are known."""
        views = self.views_on(thing) if isinstance(thing, np.ndarray) else []
        return [thing, *(v for view in views for v in self._with_views(view))]

    def mark_older(self, thing, others) -> None:
        """What may be an object that was there before the call takes no stores."""
        older = any(
            isinstance(o, list | dict | np.ndarray)
            and id(o) not in self._fresh
            and id(o) not in promoted
            for other in others
            for o in find_objects(other)
        )
        for one in find_objects(thing) if older else ():
            if isinstance(one, Recorded):
                one.older = True
            else:
                self._fresh.pop(id(one), None)

    def _lives(self, thing) -> bool:
        """Was it made in the piece that is traced, or around it?  What a trial made is gone."""
        born = (
            thing.born if isinstance(thing, Recorded) else self._fresh.get(id(thing), (0, None))[1]
        )
        graph = self.graph
        while born is not None and graph is not None and graph is not born:
            graph = graph.parent
        return graph is not None


def spoil(thing, broken: Broken = _STALE) -> None:
    """Makes it unreadable: only a use is an error."""
    held = thing if isinstance(thing, Recorded) else promoted.get(id(thing), (None, None))[1]
    if isinstance(held, Recorded):
        held.spoiled = broken.reason
    elif isinstance(thing, np.ndarray):
        promoted[id(thing)] = thing, broken
    elif isinstance(thing, list):
        promoted[id(thing)] = thing, Rows(broken, ())
    else:
        for key in thing:
            thing[key] = broken
