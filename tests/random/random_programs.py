"""Random programs in C against CPython: value, type, None and exception equal, or refused while compiling.

``python tests/random/random_programs.py --count 20000`` tries as many and prints what differs; ``--show SEED`` prints
a program and what became of it, ``--file PATH`` tries a program that is there.  ``--names``: the other writer.
"""

import argparse
import collections
import itertools
import linecache
import math
import random
import sys
import warnings
from pathlib import Path

import numpy as np
from names_writer import write_names
from random_writer import PARAMETERS, write_program

sys.path.append(str(Path(__file__).parents[1] / "export"))

import kowari  # noqa: E402
from differential import compile_case, find_difference  # noqa: E402

ROWS = 10
_EXTREMES = ("np.min(", ".max()")
"""Which of 0.0 and -0.0 NumPy gives hangs on the machine."""
_MOST_LINES = 20_000
_NUMBERS = [0.0, 1.0, -1.0, 2.0, 2.0, 0.5, -0.0, 3.0, 7.25, -4.5, np.nan, np.inf, -np.inf, 1e3]


def make_program(seed: int, source: str):
    """The function of a source; a refusal names its seed."""
    name = f"<program {seed}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    space = {"np": np, "math": math, "__name__": "programs"}
    exec(compile(source, name, "exec"), space)
    space["program"].__doc__ = ""
    return space["program"]


def draw_row(draw: random.Random) -> dict:
    """Arguments: lengths from 0, ties, NaN and infinities now and then."""
    numbers = _NUMBERS if draw.random() < 0.4 else _NUMBERS[:10]
    values = [draw.choice(numbers) for _ in range(draw.choice((0, 1, 2, 3, 5, 8)))]
    return {
        "x": np.array(values),
        "a": draw.choice(numbers),
        "k": draw.randint(-3, 7),
        "flag": draw.random() < 0.5,
    }


class _Strays(BaseException):  # noqa: N818 - not an error, and not one that a program catches
    """Python left 64 bits, or ran too long."""


def leaves_64_bits(function, row) -> bool:
    """Does an integer of Python's own run go beyond 64 bits, or the run on and on?  The one known difference."""
    lines = itertools.count()

    def watch(frame, event, argument):
        values = [*frame.f_locals.values(), argument]
        values += [v for value in values if isinstance(value, list | tuple) for v in value]
        if any(type(v) is int and not -(2**63) <= v < 2**63 for v in values):
            raise _Strays
        if next(lines) > _MOST_LINES:
            raise _Strays
        return watch

    sys.settrace(watch)
    try:
        function(**{n: v.copy() if isinstance(v, np.ndarray) else v for n, v in row.items()})
    except _Strays:
        return True
    except Exception:
        return False
    finally:
        sys.settrace(None)
    return False


def _is_told(difference: str) -> bool:
    """Integers that 64 bits or floats do not hold raise where Python goes on: the one known difference."""
    words = ("64 bits", "float64 does not have")
    return "device OverflowError" in difference and any(w in difference for w in words)


def try_program(seed: int, source: str = "") -> tuple[str, str]:
    """('equal' | 'refused' | 'differs', why)."""
    source = source or write_program(seed)
    zeros = not any(word in source for word in _EXTREMES)
    function = make_program(seed, source)
    draw = random.Random(seed)
    rows = [draw_row(draw) for _ in range(ROWS)]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            model, loose = compile_case(function, PARAMETERS)
        except kowari.TraceError as error:
            return "refused", f"{error.reason} [{error.line}: {error.expression}]"
        except Exception as error:
            return "differs", f"compiling raised {type(error).__name__}: {error}"
        for row in rows:
            if leaves_64_bits(function, row):
                continue
            try:
                found = find_difference(function, model, loose, row, zeros)
            except KeyError as error:
                found = f"no output {error}"
            if found and not _is_told(found):
                return "differs", f"{row}: {found}"
    return "equal", ""


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=200)
    arguments.add_argument("--first", type=int, default=0)
    arguments.add_argument("--show", type=int)
    arguments.add_argument("--names", action="store_true", help="several names for an object")
    arguments.add_argument("--file", type=Path)
    given = arguments.parse_args()
    write = write_names if given.names else write_program
    if given.file is not None:
        print(*try_program(given.first, given.file.read_text()))
        return 0
    if given.show is not None:
        print(write(given.show), *try_program(given.show, write(given.show)))
        return 0
    counts, reasons = collections.Counter(), collections.Counter()
    for seed in range(given.first, given.first + given.count):
        outcome, why = try_program(seed, write(seed))
        counts[outcome] += 1
        if outcome == "differs":
            print(f"seed {seed} {why}", flush=True)
        elif outcome == "refused":
            reasons[why.split(" [")[0]] += 1
        if counts.total() % 1000 == 0:
            print(f"{counts.total()} programs: {dict(counts)}", flush=True)
    for reason, count in reasons.most_common(25):
        print(f"{count:6} refused: {reason}")
    print(f"{given.count} programs: {dict(counts)}")
    return bool(counts["differs"])


if __name__ == "__main__":
    sys.exit(main())
