"""Functions as people write them: each must compile and give Python's answers on every input of its rows."""

import dataclasses
import functools
import statistics

import numpy as np

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


def arguments_of_builtins(x):
    values = list(filter(lambda v: v > 700, reversed(list(x))))
    places = list(range(len(x), 0, -2))
    pair = tuple(v for v in (float(x.sum()), 2.0))
    least = min(values, default=0.0, key=lambda v: -v)
    return (
        values,
        places,
        pair,
        sum(places, 1.5),
        least,
        [k for k, v in enumerate(x, start=3) if v > 800],
    )


def keys_of_both_branches(x):
    features = {"count": len(x)}
    if len(x) == 0:
        features["mean"] = None
        features["many"] = []
    elif x.sum() > 3000:
        features["mean"] = x.mean()
        features["many"] = [v for v in x if v > 800]
    else:
        features.update(mean=0)
        features["many"] = [1.0]
    features["many"].append(2.5)
    return features, list(features)[1] == "mean"


def parts_of_lists_grow(x):
    first = [float(v) for v in x][:5]
    first.append(1.0)
    middle = [v for v in x if v > 0][1:3]
    middle.append(4)
    for v in x:
        if v > 2:
            first.append(v)
            middle.append(v)
    values = [float(v) for v in x]
    values.insert(3, 7.0)
    return first, len(middle), values


def places_in_lists(x):
    values = [v for v in x if v == v]
    largest = values.index(max(values)) if values else -1
    return largest, [2.5, 0.5, len(x)].index(0.5), values.index(800.0), float(len(x)) == "text"


def loop_over_many_keys(x):
    features = {f"from {k}": x[k:].sum() for k in range(12)}
    features |= {f"up to {k}": x[:k].sum() for k in range(12)}
    for key in features:
        features[key] = np.around(features[key], 1)
    largest = ""
    for key, value in features.items():
        if value > 9000 and not largest:
            largest = key
    return {key: value * 2 for key, value in features.items()}, largest


def texts_with_missing_ones(x):
    names = np.append(np.array(["low", "high"], dtype=object), np.nan)
    return names[np.digitize(x, [700.0, 850.0])], names[np.digitize(x.sum(), [700.0, 9000.0])]


def decimals(x):
    values = [float(v) for v in x]
    return (
        [round(v / 7, 2) for v in values],
        [round(pow(abs(v), 0.5), 0) for v in values],
        round(len(x), 3),
    )


def vectorized(x):
    def element(v, more=1.0):
        if v > 800:
            return v * 2.0, "high"
        return more - v, "low"

    numbers, names = np.vectorize(element)(x)
    once = np.vectorize(element, otypes=[float, object], excluded=["more"])(x.sum(), more=len(x))[0]
    kept = np.vectorize(lambda a, b: 1.0 / (a - b), cache=True)(x, 900.5)
    return numbers, names, once, kept


def two_dimensional_loop(x):
    n = len(x)
    d = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            d[i, j] = abs(x[i] - x[j])
    return d.sum(), d.max() if n else 0.0


def list_of_several_types(x):
    values = [1]
    for v in x:
        if v > 800:
            values = [2.5]
        elif v == v:
            values = values + [3]
        values.append(len(values))
    return values


def integer_beyond_floats_meets_a_float(x):
    large = 9007199254740993 + len(x)
    return large * 1.5, large - x.sum(), large // 2.5


def runs_of_high_values(x):
    lengths, run = [], []
    for v in x:
        if v > 800:
            run.append(v)
        else:
            lengths.append(len(run))
            run = []
    lengths.append(len(run))
    return lengths


def same_array_by_another_name(x):
    y = np.asarray(x, dtype=float)
    z = y.ravel()
    z[0] = 1.0
    if len(x) > 3:
        y = y[y > 600]
    y = y + 1.0
    y[-1] = 2.0
    return x, y


def own_arrays_of_two_branches(x):
    y = np.zeros(3)
    if len(x) > 3:
        y = x * 2.0
    for k in range(2):
        y[k] = len(x)
        if y[0] > 100.0:
            y = y[1:].copy()
    return y


def list_made_by_a_function(x):
    def slice_of(v):
        if len(v) < 2:
            return []
        out = [v[0]]
        out.append(v[1])
        return out

    found = slice_of(x)
    found.append(0.0)
    return found


def range_that_may_raise(x):
    total = 0.0
    try:
        for i in range(len(x) - 2, 4):
            total += x[i]
    except IndexError:
        total = -1.0
    return total


def unbound_in_a_try(x):
    try:
        for v in x:
            last = v
        total = last
    except NameError:
        total = -1.0
    return total
