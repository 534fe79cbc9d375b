"""Functions as users write them, for test_trace.py: each refused one marks its line with ``# here``."""

import collections
import contextlib
import functools
import math
import random
import time
import warnings
from datetime import datetime

import numpy as np

OLDER_LIST, OLDER_ARRAY, OLDER_DICT = [1.0], np.zeros(3), {"a": 1.0}


def make_counter():
    count = 0

    def counted(x):
        nonlocal count  # here
        count += 1
        return x + count

    return counted


refuse_counter = make_counter()


def accept_if(x):
    y = x + 1
    if y[0] > 0:
        return y
    return x


def accept_while(x):
    turns = 0
    while len(x) > turns and x[turns] > 0:
        turns += 1
    return x[turns:]


def accept_for(x):
    total = 0
    for value in x:
        total = total + value
    return total


def accept_and(x):
    return x[0] > 0 and x[1] > 0


def accept_or(x):
    return x.sum() or 1.0


def accept_not(x):
    return not x[0]


def accept_chain(x):
    return 0 < x[0] < 5


def accept_assert(x):
    assert x.size > 1
    return x


def accept_comprehension(x):
    return [value for value in x]


def accept_in(x):
    return 2.0 in x


def refuse_is(x):
    return x[0] is x  # here


def refuse_math(x):
    return math.fsum(x)  # here


def refuse_stars(x):
    return max(*x)  # here


def accept_unpacking(x):
    a, b = x
    return a + b


def refuse_text(x):
    return f"{x!r}"  # here


def accept_print(x):
    print(x)
    return x


def accept_warning(x):
    warnings.warn(f"{x.mean()}", stacklevel=1)
    return x


def refuse_set(x):
    return len({x[0], 1.0})  # here


def accept_type(x):
    return np.float64(type(x) is np.ndarray)


def refuse_class(x):
    return x.__class__.__name__ == "ndarray"  # here


def refuse_hasattr(x):
    return hasattr(x, "values")  # here


def refuse_match(x):
    match x:  # here
        case float():
            return 1.0
    return 0.0


def accept_try(x):
    try:
        return x[7]
    except IndexError:
        return 0.0


def refuse_suppress(x):
    with contextlib.suppress(ZeroDivisionError):  # here
        return 1.0 / float(x[0])
    return 0.0


def refuse_errstate(x):
    with np.errstate(divide="raise"):  # here
        return 1.0 / x


def refuse_warning_error(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # here
        return 1.0 / x


def refuse_random(x):
    return x + np.random.normal()  # here


def refuse_random_generator(x):
    return x + np.random.default_rng().normal()  # here


def refuse_python_random(x):
    return x + random.random()  # here


def refuse_time(x):
    return x + time.time()  # here


def refuse_now(x):
    return x + datetime.now().hour  # here


def refuse_hash(x):
    return x + hash("a")  # here


def refuse_default_list(x, cache=[]):  # noqa: B006
    cache.append(1)  # here
    return x + len(cache)


def refuse_older_list(x):
    OLDER_LIST.append(x)  # here
    return x


def refuse_older_list_unbound(x):
    list.append(OLDER_LIST, 1.0)  # here
    return x


def refuse_older_array(x):
    OLDER_ARRAY[0] = 1.0  # here
    return x + OLDER_ARRAY[0]


def refuse_older_view(x):
    view = np.asarray(OLDER_ARRAY)
    view[0] = 1.0  # here
    return x


def refuse_older_out(x):
    np.add(OLDER_ARRAY, 1.0, out=OLDER_ARRAY)  # here
    return x


def refuse_older_copyto(x):
    np.copyto(OLDER_ARRAY, 1.0)  # here
    return x


def refuse_older_dict(x):
    OLDER_DICT["a"] += 1.0  # here
    return x


def refuse_older_sum(x):
    total = OLDER_ARRAY
    total += 1.0  # here
    return x


def refuse_loop_target(x):
    for OLDER_DICT["a"] in (1.0, 2.0):  # here
        x = x + 1
    return x


def refuse_attribute(x):
    accept_if.count = 1  # here
    return x


def refuse_global(x):
    global OLDER_LIST  # here
    OLDER_LIST = [2.0]
    return x


def refuse_generator(x):
    yield x  # here


def accept_store(x):
    x[0] = 1.0
    return x


def accept_augmented(x):
    y = x
    y += 1.0
    return x


def refuse_several_lines(x):
    return np.kron(  # here
        x,
        x,
    )


def refuse_name_error(x):
    return x + not_defined  # noqa: F821  # here


class Tally:
    count = 0

    @property
    def next_count(self):
        Tally.count += 1  # here
        return Tally.count

    def __call__(self):
        self.count += 1
        return self.count


tally, letters = Tally(), collections.Counter()


def refuse_counter_update(x):
    letters.update("ab")  # here
    return x + letters["a"]


# ---- what compiles ----
def halve(function):
    @functools.wraps(function)
    def wrapper(*arguments, **keywords):
        return function(*arguments, **keywords) / 2.0

    return wrapper


@halve
def decorated_mean(x, *, add=1.0):
    return np.mean(x) + add


class Scaler:
    def __init__(self, factor):
        self.__factor = factor

    def scale(self, x):
        return x * self.__factor


scaler = Scaler(3.0)


def make_shift(shift):
    return lambda x, times=2: x + shift * times


shift = make_shift(0.25)
pair = (lambda x: x + 1.0, lambda x: x * 2.0)


def accept_unrolled(x):
    parts = []
    for share in (10, 50, 90):
        parts.append(np.percentile(x, share))
    total = parts[0]
    for i, part in enumerate(parts[1:]):
        total = total + part * i
    return total


def accept_pieces(x):
    names = {n: f(x) for n, f in zip(("low", "high"), (np.min, np.max), strict=True)}
    names["both"] = np.array([names["low"], names["high"]])
    return names


def accept_calls(x):
    return (
        decorated_mean(x, add=2.0),
        decorated_mean(x),
        scaler.scale(x),
        shift(x),
        shift(x, times=4),
    )


def accept_lambdas(x):
    return pair[0](x), pair[1](x), [f(x[0]) for f in [lambda v, k=k: v * k for k in range(3)]][2]


def accept_nested(x):
    mean = np.mean(x)

    @halve
    def centred(values, *more, by=1.0):
        return (values - mean) * by + len(more)

    return centred(x, 1, 2, by=3.0)


def accept_walrus(x):
    return (y := x + 1.0) * y


def accept_copies(x):
    weights = OLDER_ARRAY.copy()
    weights[1] = 2.0
    shares = [*OLDER_LIST, 2.0]
    shares += [3.0]
    settings = dict(OLDER_DICT)
    settings["b"] = 4.0
    return weights.sum() + x * shares[-1] + settings["b"]


def accept_warnings(x):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return 1.0 / x


def accept_none(x, weights=None):
    return x.mean() if weights is None else (x * weights).sum()


def accept_tuples(x):
    return (x[0], *(x[k] for k in (1, 2)))


class Half:
    def __init__(self):
        self.values = []

    def take(self, value):
        self.values.append(1.0)
        self.values.append(1.0 / float(value))

    def take_recorded(self, value):
        self.values.append(value)
        self.values.append(1.0 / float(value))


def refuse_half_done(x):
    half = Half()
    try:
        half.take(x[0])  # here
    except ZeroDivisionError:
        half.values = []
    return half.values


def refuse_half_appended(x):
    half = Half()
    for value in x:
        try:
            half.take_recorded(value)  # here
        except ZeroDivisionError:
            half.values = []
    return half.values


def accept_half_outside(x):
    half = Half()
    try:
        values = [1.0 / float(v) for v in x]
    except ZeroDivisionError:
        values = [0.0]
    half.values.append(values[0] if values else 1.0)
    return half.values
