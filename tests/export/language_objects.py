"""Objects, choices, calls and iterators, as people write them."""

import dataclasses
import functools
import math

import numpy as np


# ---- objects of the function's own ----
def stores_through_views(x):
    whole = np.zeros(6)
    left, right = whole[:3], whole[2:]
    inner = left[1:]
    whole[0] = x.sum()
    inner[1] = len(x)
    right[0] += 1.0
    return whole, left, inner.sum()


def reads_a_view_of_a_view(x):
    whole = np.ones(6)
    left = whole[:3]
    inner = left[1:]
    whole[1] = x.sum()
    return inner.sum(), left[:2], whole


class Band:
    """Between two limits; some have defaults."""

    def __init__(self, low, high=1000.0):
        self.low, self.high = low, high

    def holds(self, v):
        return self.low <= v <= self.high


class NarrowBand(Band):
    def __init__(self, low, width):
        super().__init__(low, low + width)
        self.__width = width

    def width(self):
        return self.__width


class Empty:
    """Nothing is given to it."""


def calls_super(x):
    band = NarrowBand(x.min() if len(x) else 0.0, 50.0)
    return sum(band.holds(v) for v in x), band.width()


@dataclasses.dataclass
class Tally:
    seen: float
    kept: list = dataclasses.field(default_factory=list)
    total: float = 0.0

    def __post_init__(self):
        self.total = self.seen + 1.0


def fills_dataclasses(x):
    tally = Tally(float(len(x)))
    tally.kept.append(tally.total)
    other = Tally(1.0, total=2.0, kept=[x.sum()])
    return tally.kept[0], other.kept[0], other.total


def gives_a_class_too_much(x):
    return Empty(x.sum()) if len(x) > 3 else 1.0


def gives_a_dataclass_too_little(x):
    return Tally().total if len(x) > 3 else 1.0


def defines_a_class(x):
    class Local:
        step = 2.0

        def twice(self, v):
            return self.step * v

    return Local().twice(x.sum())


# ---- choices as arguments ----
def passes_choices(x):
    level = 700 if len(x) > 4 else 800.5
    low = x.mean() if len(x) > 2 else None
    clipped = np.clip(x, a_min=level, a_max=None)
    return np.maximum(x, level), clipped, abs(level), np.full(2, low if low is not None else 0.0)


def methods_of_choices(x):
    part = x[:1] if len(x) > 3 else x[:2] * 2.0
    function = np.sum if len(x) > 4 else np.max
    return part.sum(), part.size, function(np.append(x, 1.0))


def passes_promoted_arrays(x):
    held = np.zeros(3)
    held[0] = x.sum()
    return held.sum(), held.mean(), held.copy()


# ---- calls of many kinds ----
CACHED = [functools.lru_cache(maxsize=8)(lambda v: 2.0 * v)]


def calls_a_cached_function(x):
    (double,) = CACHED
    return double(x.sum()), double(3.0)


def formats_messages(x):
    if len(x) > 8:
        raise ValueError(f"too many: {len(x)} after {x[0]}")
    return x.sum()


class Ladder:
    """Steps, of which some are computed once."""

    def __init__(self, x):
        self.x = x

    @functools.cached_property
    def top(self):
        return self.x.sum()

    @property
    def size(self):
        return len(self.x)

    @staticmethod
    def double(v):
        return v * 2.0

    @classmethod
    def make(cls, x):
        return cls(x * 2.0)

    def __call__(self, v):
        return self.top + v


def climbs(x):
    ladder = Ladder.make(x)
    bottom = ladder if len(x) > 2 else Ladder(x)
    return ladder.top + ladder.top, ladder.size, ladder.double(ladder(1.0)), bottom.size


def calls_methods_of_lists(x):
    kept = [1.0]
    for v in x:
        if v > 700:
            kept.append(v)
    again = kept.copy()
    again.append(2.0)
    return sum(v == 800.0 for v in kept), again, len(kept)


@dataclasses.dataclass
class Checked:
    x: object = None
    limit: float = 900.0
    wide: bool = dataclasses.field(default=False, metadata={"flag": True})

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.metadata.get("flag") and not isinstance(value, bool):
                raise TypeError(field.name)
            if type(value).__name__ == "ndarray":
                setattr(self, field.name, value + 1.0)


@dataclasses.dataclass
class Shifted(Checked):
    def __init__(self, x):
        super().__init__(x=x, wide=True)


def dataclass_of_a_dataclass(x):
    shifted = Shifted(x)
    return shifted.x, shifted.limit, shifted.wide


@dataclasses.dataclass(frozen=True)
class Level:
    """What nobody can change, and nothing but its fields."""

    mean: float = 700.0
    seen: int = 0
    trail: tuple = ()

    def step(self, v):
        return Level(self.mean + 0.25 * (v - self.mean), self.seen + 1, (v, self.mean))


@dataclasses.dataclass(frozen=True)
class NamedLevel(Level):
    name: str = "none"

    def __post_init__(self):
        if self.seen < 0:
            raise ValueError("seen must not be negative")


def frozen_behind_branches(x):
    level = Level()
    if len(x) > 2:
        level = Level(float(x[0]), 5)
    other = level if len(x) > 3 else Level(1.0, level.seen)
    return (
        level.mean,
        level.seen,
        other.mean,
        level is level,
        dataclasses.replace(level, seen=7).seen,
    )


def frozen_in_a_loop(x):
    level = Level(trail=(0.0, 0.0))
    for v in x.tolist():
        level = level.step(v)
        if level.mean > 1e6:
            break
    return level.mean, level.seen, level.trail


def frozen_or_none(x):
    level = NamedLevel(x.sum(), name="sum") if len(x) > 2 else None
    again = NamedLevel(2.0, len(x) - 3, name="few") if len(x) < 3 else level
    return 0.0 if level is None else level.mean, again.seen, again.name


def frozen_in_lists(x):
    levels = [Level(v, 1) for v in x.tolist() if v > 700]
    return [level.mean for level in levels], sum(level.seen for level in levels)


def pairs_or_none(x):
    return [(a, b) for a, b in zip(x[:-1], x[1:], strict=False) if b > a]


def elements(x):
    values = x.tolist()
    return values, sum(values) / values[0] if values else 0.0


def mathematics(x):
    total = 0.0
    for v in x:
        try:
            total += math.sqrt(v) + math.floor(v / 7.0)
        except ValueError:
            total += 1.0
        except OverflowError:
            total += 2.0
    return total, math.log(len(x), 2)


# ---- iterators ----


def range_elements(x):
    r = range(2, len(x))
    return r[-1] if len(r) else -1, [r[0]] if len(r) > 0 else [], len(r), bool(r), 3 in r


def first_match_stops(x):
    return next((1.0 / float(v) for v in x if v != 5), 2.0)


def extremes_of_known_things(x):
    named = {"a": 1.0, "b": 2.0}
    return max(named.values()), min({3, 1}), max("ab", key=ord) == "b", max(named) == "b", x.sum()


def iterators_are_true(x):
    pairs = zip(x, x, strict=True)
    return bool(pairs), [a + b for a, b in pairs]


def narrowed_by_a_test(x):
    best = None
    for v in x:
        if v > 700:
            best = v
    if best is not None and best > 750:
        level = best * 2
    elif best is None:
        level = -1.0
    else:
        level = best
    return level, best if best is not None else 0.0
