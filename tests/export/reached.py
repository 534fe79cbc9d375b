"""Functions that reach Python code or the environment in ways no call shows, for test_reach.py.

``stray_`` ones are refused at the line marked ``# here``; ``seen_`` ones compile.
"""

import collections
import dataclasses
import functools
import math
import os
import sys
from os import environ

import numpy as np
import pandas as pd


class Odd:
    """Every special method counts: run once while compiling, it would be baked."""

    count = 0

    def _step(self):
        Odd.count += 1
        return Odd.count

    def __getitem__(self, key):
        return self._step()

    def __add__(self, other):
        return self._step()

    def __neg__(self):
        return self._step()

    def __len__(self):
        return self._step()

    def __iter__(self):
        return iter([self._step()])

    def __bool__(self):
        return bool(self._step())

    def __contains__(self, key):
        return bool(self._step())

    def __eq__(self, other):
        return bool(self._step())

    def __float__(self):
        return float(self._step())

    def __index__(self):
        return self._step()

    def __array__(self, dtype=None, copy=None):
        return np.zeros(self._step())

    def __format__(self, spec):
        return str(self._step())

    def __getattr__(self, name):
        return self._step()

    @property
    def doubled(self):
        return self.factor * 2.0

    @functools.cached_property
    def tripled(self):
        return self.factor * 3.0

    factor = 5.0


class Maker:
    def __init__(self):
        Odd.count += 1


odd = Odd()


def step(value=0):
    Odd.count += 1
    return Odd.count


def same(value):
    return value


def stray_item(x):
    return x * odd[0]  # here


def stray_add(x):
    return x * (odd + 1)  # here


def stray_negative(x):
    return x * -odd  # here


def stray_len(x):
    return x * len(odd)  # here


def stray_loop(x):
    for value in odd:  # here
        x = x * value
    return x


def stray_if(x):
    return x if odd else -x  # here


def stray_in(x):
    return x if 3 in odd else -x  # here


def stray_equal(x):
    return x if odd == 1 else -x  # here


def stray_float(x):
    return x * float(odd)  # here


def stray_index(x):
    return x * range(9)[odd]  # here


def stray_array(x):
    return x * np.sum(odd)  # here


def stray_format(x):
    return x * len(f"{odd}")  # here


def stray_getattr(x):
    return x * odd.anything  # here


def stray_hasattr(x):
    return x if hasattr(odd, "anything") else -x  # here


def stray_constructor(x):
    Maker()  # here
    return x


def stray_callback(x):
    return x * max([1, 2], key=step)  # here


def stray_map(x):
    return x * sum(map(step, [1, 2]))  # here


def stray_partial(x):
    return x * functools.partial(step, 1)()  # here


def stray_vectorize(x):
    return x * np.vectorize(step)([1.0]).sum()  # here


def stray_environment(x):
    return x * float(os.environ["KOWARI_FACTOR"])  # here


def stray_environment_get(x):
    return x * float(os.environ.get("KOWARI_FACTOR", "1"))  # here


def stray_environment_by_name(x):
    return x * float(environ["KOWARI_FACTOR"])  # here


def stray_environment_in(x):
    return x if "KOWARI_FACTOR" in environ else -x  # here


def stray_getenv(x):
    return x * float(os.getenv("KOWARI_FACTOR", "1"))  # here


def stray_arguments(x):
    return x * len(sys.argv)  # here


def stray_today(x):
    return x * np.array("today", dtype="datetime64[D]").astype(np.int64)  # here


def stray_today_in_a_list(x):
    return x * np.asarray(["Today"], dtype="M8[D]").astype(np.int64)  # here


def stray_timestamp(x):
    return x * pd.Timestamp("now").year  # here


def stray_read_csv(x):
    return x * pd.read_csv("factors.csv")["factor"][0]  # here


NUMBERS, PAIRS = (value for value in (1.0, 2.0)), zip((1, 2), (3, 4), strict=True)


def stray_iterator(x):
    for a, b in PAIRS:  # here
        x = x + a * b
    return x


def stray_generator(x):
    return x * sum(NUMBERS)  # here


def stray_unpacked(x):
    first, *_ = NUMBERS  # here
    return x * first


def stray_starred(x):
    return x * max(*NUMBERS)  # here


def stray_comprehension(x):
    return x * [value for value in NUMBERS][0]  # noqa: C416  # here


def stray_zipped(x):
    return [a * b for a, b in zip(NUMBERS, [x, x], strict=True)][0]  # here


# ---- what the tracer follows, or what only computes ----
@dataclasses.dataclass
class Weights:
    low: float
    high: float = 2.0


Pair = collections.namedtuple("Pair", "low high")


def seen_property(x):
    return x * odd.doubled


def seen_cached_property(x):
    return x * odd.tripled


def seen_lambdas(x):
    order = sorted([3.0, 1.0], key=lambda value: -value)
    return x * order[0] + sum(map(lambda value: same(value), order))  # noqa: C417


def seen_hookless(x):
    def constant():
        return 2.0

    return x * constant() * (lambda: 3.0)() * [2.0 for _ in (1, 2)][1]


def seen_generated(x):
    weights, pair = Weights(1.5), Pair(1.0, high=4.0)
    return x * weights.high + weights.low + pair.high


def seen_constants(x):
    return x * sys.float_info.epsilon + math.pi + np.datetime64("2020-01-01").astype(np.int64)


class Recursive:
    def mean(self, x):
        return mean(x)


def mean(x):
    return np.mean(x)


def seen_method_named_like_a_global(x):
    return Recursive.mean(None, x)


def power(x, n):
    return x if n == 0 else power(x * 2.0, n - 1)


def seen_recursion(x):
    return power(x, 3)


def seen_iterators(x):
    for place, (a, b) in enumerate(zip((1.0, 2.0), [x, x + 1.0], strict=True)):
        x = x + a * b * place
    return x + sum(value for value in map(lambda v: same(v), (1.0, 2.0)))  # noqa: C417


def seen_unpacked(x):
    low, high = np.percentile(x, [25, 75])
    return np.subtract(*np.percentile(x, [75, 25])) + high * low


def seen_merged(x):
    return {"sum": x.sum()} | {"is": isinstance([x], list)}


def seen_missing_text(s):
    return s[0] is None, s[1] is not None, s[0] == "a"
