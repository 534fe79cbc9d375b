"""Functions as people write them: each must compile and give Python's answers on every input of its rows."""

import dataclasses
import functools
import math
import statistics

import numpy as np

# ---- heart-rate variability, as users write it ----


def filter_outliers(x):
    return np.array([v for v in x if 300 <= v <= 2000])


def mark_ectopic(x):
    kept = []
    bad = 0
    previous = None
    for value in x:
        if previous is not None and abs(value - previous) > 0.2 * previous:
            bad += 1
            continue
        kept.append(value)
        previous = value
    return {"kept": kept, "bad": bad}


def fill_gaps(x):
    y = x.copy()
    i = 0
    while i < len(y):
        if np.isnan(y[i]):
            j = i
            while j < len(y) and np.isnan(y[j]):
                j += 1
            if i == 0 or j == len(y):
                i = j
                continue
            step = (y[j] - y[i - 1]) / (j - i + 1)
            for k in range(i, j):
                y[k] = y[k - 1] + step
            i = j
        i += 1
    return y


def time_domain(x):
    features = {}
    if len(x) < 3:
        raise ValueError("too short")
    d = np.diff(x)
    features["mean"] = np.mean(x)
    features["sdnn"] = np.std(x, ddof=1)
    features["rmssd"] = np.sqrt(np.mean(d**2))
    nn50 = 0
    for value in d:
        if abs(value) > 50:
            nn50 += 1
    features["nn50"] = nn50
    features["pnn50"] = 100.0 * nn50 / len(d)
    return features


def sample_entropy(x):
    m, r = 2, 0.2 * np.std(x)
    n = len(x)
    a = 0
    b = 0
    for i in range(n - m):
        for j in range(i + 1, n - m):
            same = True
            for k in range(m):
                if abs(x[i + k] - x[j + k]) > r:
                    same = False
                    break
            if same:
                b += 1
                if abs(x[i + m] - x[j + m]) <= r:
                    a += 1
    return {"a": a, "b": b}


def kalman(x):
    state, variance = 37.1, 0.0
    result = []
    for hr in x:
        variance = variance + 0.022**2
        slope = -9.1428 * state + 384.4286
        gain = variance * slope / (slope**2 * variance + 18.88**2)
        state = state + gain * (hr - (-4.5714 * state**2 + 384.4286 * state - 7887.1))
        variance = (1 - gain * slope) * variance
        result.append(state)
    return result


def run_lengths(x):
    lengths = []
    i = 0
    while i < len(x):
        j = i
        while j + 1 < len(x) and x[j + 1] == x[i]:
            j += 1
        lengths.append(j - i + 1)
        i = j + 1
    return lengths, max(lengths) if lengths else 0


def peaks(x):
    return [i for i in range(1, len(x) - 1) if x[i - 1] < x[i] >= x[i + 1]]


# ---- the language ----


def early_return(x):
    for i, v in enumerate(x):
        if v > 900:
            return i
    return -1


def while_else(x):
    i = 0
    while i < len(x):
        if x[i] < 0:
            found = i
            break
        i += 1
    else:
        found = -1
    return found


def nested_try(x):
    total = 0.0
    errors = 0
    for i in range(5):
        try:
            total += float(x[i]) / (float(x[i]) - 800.0)
        except ZeroDivisionError:
            errors += 1
        except IndexError:
            errors += 10
        finally:
            total += 1.0
    return total, errors


def value_before_key(x):
    x[len(x) % len(x)] = x[9]
    return x


def bool_of_a_chain(x):
    count = 0
    for v in x:
        count += (len(x) > 2 < v) + 1
    return count


def empty_list(x):
    return []


def other_branch_reads(x):
    last = 1
    count = 0
    if len(x) > 3:
        last = None
    else:
        while last is not None and count < len(x):
            count += 1
    return count


def while_else_in_try(x):
    i = 0
    try:
        while x[i] > 500:
            i += 1
        else:
            i = -i
    except IndexError:
        i = 99
    return i


def while_test_raises(x):
    limit = 1.5
    while len(x) > 2 and limit < 2:
        limit = None
    return 1


def return_in_try(x):
    try:
        value = x[3]
        if value > 500:
            return value
    except (IndexError, ValueError):
        return -1.0
    return 0.0


def closures(x):
    count = 0

    def bump(by=1):
        nonlocal count
        count += by
        return count

    for v in x:
        if v > 800:
            bump()
        elif v > 700:
            bump(by=2)
    return count


class Window:
    def __init__(self, size):
        self.size = size
        self.values = []
        self.total = 0.0

    def add(self, value):
        self.values.append(value)
        self.total += value
        if len(self.values) > self.size:
            self.total -= self.values.pop(0)

    @property
    def mean(self):
        return self.total / len(self.values) if self.values else 0.0


def objects(x):
    window = Window(3)
    means = []
    for v in x:
        window.add(v)
        means.append(window.mean)
    return means, window.total


@dataclasses.dataclass
class Result:
    mean: float
    count: int = 0


def dataclass_result(x):
    result = Result(mean=float(np.mean(x)) if len(x) else 0.0)
    for v in x:
        if v > result.mean:
            result.count += 1
    return result


def walrus(x):
    total = 0.0
    i = 0
    while (n := i + 1) <= len(x):
        total += x[i] * n
        i = n
    return total


def generators(x):
    return (
        sum(v for v in x if v > 0),
        any(v > 900 for v in x),
        all(v > 0 for v in x),
        max((abs(v) for v in x), default=-1.0),
        next((v for v in x if v > 700), 0.0),
    )


def reduce_sum(x):
    return functools.reduce(lambda a, b: a + b, x, 0.0)


def mean_of(x):
    return statistics.mean([1.0, 2.0]) + len(x)


def zipped(x):
    return [a * b for a, b in zip(x[:-1], x[1:], strict=False)]


def several_lambdas(x):
    f, g = lambda v: v + 1, lambda v: v * 2
    return f(x.sum()), g(x.sum())


def star_arguments(x):
    def total(*values, scale=1.0, **more):
        return sum(values) * scale + more.get("shift", 0.0)

    return total(x.sum(), 2.0, scale=3.0, shift=1.0), total(*[1.0, 2.0])


def conditional_array(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] if x[i] > 750 else y[i - 1] if i > 0 else 0.0
    return y


def slices_write_through(x):
    y = x.copy()
    half = y[: len(y) // 2]
    half *= 2
    half[:] = half - 1
    y[::3] = 0.0
    y[y > 800] = 800.0
    return y, half


def matrix_rows(x):
    m = np.zeros((len(x), 2))
    for i, v in enumerate(x):
        m[i] = [v, i]
    m[:, 1] += 1
    return m


def swap_sort(x):
    y = x.copy()
    n = len(y)
    for i in range(n):
        for j in range(n - 1 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
    return y


def sorted_with_key(x):
    order = sorted(range(len(x)), key=lambda i: x[i])
    return order, sorted(x, reverse=True)


def pairs(x):
    found = []
    for i in range(len(x) - 1):
        if x[i + 1] > x[i]:
            found.append((i, x[i + 1] - x[i]))
    return [p[0] for p in found], [d for _, d in found]


def none_or_value(x):
    best = None
    for v in x:
        if best is None or v > best:
            best = v
    return best


def text_levels(x):
    level = "none"
    for v in x:
        if v > 900:
            level = "high"
            break
        if v > 700:
            level = "middle"
    return level


def integer_arithmetic(x):
    n = len(x)
    return n // 2, n % 3, -n // 2, n**2, 2**n, n << 1, n & 1, divmod(n, 4), abs(-n), round(n / 3)


def chained(x):
    return sum(1 for v in x if 600 < v <= 800), not len(x), len(x) and 5, len(x) or 7


def list_methods(x):
    values = list(x)
    values.insert(0, 1.0)
    values.extend([2.0, 3.0])
    values.reverse()
    last = values.pop()
    return values, last, values[-1], values[1:3], len(values), values + [9.0], 2.0 in values


def while_with_state(x):
    low, high = 0, len(x)
    while low < high:
        middle = (low + high) // 2
        if x[middle] < 750:
            low = middle + 1
        else:
            high = middle
    return low


def raises(x):
    if len(x) > 4:
        raise RuntimeError(f"too long: {len(x)}")
    assert len(x) != 2, "two"
    return x.sum()


def two_dimensional_loop(x):
    n = len(x)
    d = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            d[i, j] = abs(x[i] - x[j])
    return d.sum(), d.max() if n else 0.0


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


def pairs_or_none(x):
    return [(a, b) for a, b in zip(x[:-1], x[1:], strict=False) if b > a]


def elements(x):
    values = x.tolist()
    return values, sum(values) / values[0] if values else 0.0


def missing_text(x):
    names = np.append(np.array(["low", "high"], dtype=object), np.nan)
    return names[np.digitize(x, [700.0, 800.0])]


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


ROWS = [
    np.array(v, float)
    for v in (
        [800, 810, 790, 805, 820],
        [800, 950, 600, 600, 600, 720, 1200, 250, 2100, 800, 810, 805],
        [],
        [700],
        [700, 900],
        [900, 800, 800],
        [np.nan, 800, np.nan, np.nan, 830, 790, np.nan],
        [-5, 0, 5, 800, 0],
        [np.inf, 1, -np.inf],
    )
]
