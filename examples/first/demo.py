"""The first score from end to end: a real wrist recording, scored each minute by the C library.

Usage: python demo.py --kowari PATH_OF_THE_PROGRAM --library PATH_OF_THE_LIBRARY [--out FOLDER]
"""

import argparse
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import kowari
import numpy as np
import pandas as pd
from plot import plot
from prepare import MIN_BEATS, prepare
from simulate import CONTEXT
from threadpoolctl import threadpool_limits
from train import NOTICE, build_score

START = time.perf_counter()
DATA = Path(__file__).parent / "data"
# Neither weather nor person were recorded; these are the first values of data/seed_row.json.
ASSUMED = dict(zip(CONTEXT, [33.3, 39.0, 0.0, 58.45, 36.76], strict=True))
UNITS = dict(zip(CONTEXT, ["deg C", "years", "(0 female, 1 male)", "%", "deg C"], strict=True))
EMBEDDED = 40  # held-out simulated rows that travel in the file, for `kowari check`


def tell(text: str) -> None:
    """Print a progress line with the seconds since the start."""
    print(f"\n[{time.perf_counter() - START:5.1f} s] {text}", flush=True)


def run_program(*arguments: object) -> str:
    """Run a program to its end and return what it printed; its errors go to the terminal."""
    words = [str(word) for word in arguments]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def compare(scores: pd.DataFrame, minutes: pd.DataFrame, score: Callable[..., dict]) -> str:
    """Return a line on how the C library's scores differ from calling `score` in Python."""
    python = pd.DataFrame(
        {"minute": minute, **score(beats["rr_ms"].to_numpy(), **ASSUMED)}
        for minute, beats in minutes.groupby("minute")
    )
    numbers = ["heat_stress", "heat_change"]
    largest = np.abs(scores[numbers].to_numpy() - python[numbers].to_numpy()).max()
    same = (scores["heat_category"] == python["heat_category"]).sum()
    if (
        same < len(python) or not largest <= 1e-6
    ):  # far above the bounds in the file, far below a visible digit
        raise SystemExit(
            f"the C library's scores differ from Python's: {same} equal categories, by {largest:.1e}"
        )
    return f"{same} of {len(python)} categories equal Python's, largest difference {largest:.1e}"


def time_python(score: Callable[..., dict], example: dict, runs: int = 200) -> float:
    """Return the median time of a call in microseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        score(**example)
        times.append(time.perf_counter() - start)
    return 1e6 * float(np.median(times))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kowari", type=Path, required=True, help="the command line program")
    parser.add_argument("--library", type=Path, required=True, help="the C library, for its size")
    parser.add_argument("--out", type=Path, default=Path("build/demo"))
    arguments = parser.parse_args()
    threadpool_limits(1)  # the fastest that Python can be on single rows
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    file, table = out / "heat.kow", out / "minutes.csv"

    tell(f"joining the recording by minute -> {table}")
    minutes = prepare(DATA)
    minutes.to_csv(table, index=False)
    print(f"{len(minutes)} beats in {minutes['minute'].nunique()} minutes of {MIN_BEATS} or more")

    tell(f"simulating and training. {NOTICE} On people never seen:")
    score, examples, quality = build_score()
    print(*quality, sep="\n")

    tell(f"compiling the Python function `score` -> {file}")
    inputs = {"rr_ms": "f64[beats]"} | dict.fromkeys(CONTEXT, "f64")
    model = kowari.export(
        score, inputs=inputs, examples=examples[:EMBEDDED], embed=True, note=NOTICE
    )
    model.save(file)
    print(model.report)

    tell("scoring every minute in C. Assumed, not measured:")
    print(*(f"{name} {value:g} {UNITS[name]}" for name, value in ASSUMED.items()), sep=", ")
    constants = [word for pair in ASSUMED.items() for word in ("--set", "{}={}".format(*pair))]
    beats = ["--input", f"rr_ms={table}", "--each", "minute"]
    printed = run_program(arguments.kowari, "run", file, *beats, *constants, "--output", "-")
    (out / "scores.csv").write_text(printed)
    scores = pd.read_csv(out / "scores.csv")
    print(scores.to_string(index=False, max_rows=16))
    print(f"All in {out / 'scores.csv'}. {compare(scores, minutes, score)}. {NOTICE}")

    tell(f"drawing -> {out / 'heat.png'}")
    plot(scores, minutes, out / "heat.png")

    tell("replaying the examples in the file, then timing: C")
    print(run_program(arguments.kowari, "check", file), end="")
    print(run_program(arguments.kowari, "bench", file), end="")
    print(f"Python, the same function: {time_python(score, examples[0]):.0f} us per score")

    tell("sizes")
    for path in (file, arguments.library):
        print(f"{path}: {path.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
