"""The pilot from end to end: trained on simulation, compiled, and scored minute by minute in C.

Usage: python demo.py --kowari PATH_OF_THE_PROGRAM --library PATH_OF_THE_LIBRARY [--out FOLDER]
"""

import argparse
import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import recording
import score
import simulate
import train
import wrist
from plot import plot
from report import compare_with_truth, describe_minutes, describe_person
from threadpoolctl import threadpool_limits
from train import NOTICE

BEGIN = time.perf_counter()
DATA = Path(__file__).parent / "data"
# The recording tells neither who wore the band nor the weather: both are assumed.
WEARER = (30.0, 1.0, 1.78, 75.0, 0.0)
WEATHER = {"air_temperature": 24.0, "humidity": 45.0}
# Working days of people that no model has seen: profile; highest temperature (deg C), its swing
# (deg C), vapour in the air (kPa); demand of the job (W/m2).
DAYS = {
    "a mild day at a desk": ((52.0, 0.0, 1.66, 68.0, 0.0), (25.0, 4.0, 1.3), 100.0),
    "a hot day on a building site": ((45.0, 1.0, 1.80, 86.0, 1.0), (37.0, 5.0, 1.8), 230.0),
    "a humid first day in the fields": ((24.0, 0.0, 1.68, 60.0, 0.0), (35.0, 4.0, 3.4), 230.0),
}
STRETCH, SPREAD = 60, 20  # minutes that travel in the file: neighbours, and some of all recordings


@dataclass
class Recording:
    """Minutes of one person, as `wrist.record` makes them, and what was true, if anybody knows."""

    title: str
    profile: dict[str, float]
    minutes: pd.DataFrame
    truth: pd.DataFrame | None = None


@dataclass
class PythonRun:
    """A recording scored in Python: of each minute what went in, what came out, and how long it took."""

    arguments: list[dict] = field(default_factory=list)
    said: list[dict] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def tell(text: str) -> None:
    """Print a progress line with the seconds since the start."""
    print(f"[{time.perf_counter() - BEGIN:5.1f} s] {text}", flush=True)


def begin(text: str) -> None:
    """Print a progress line that opens a part."""
    print()
    tell(text)


def run_program(*arguments: object) -> str:
    """Run a program to its end and return what it printed; its errors go to the terminal."""
    words = [str(word) for word in arguments]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def make_recordings(seed: int = 7) -> list[Recording]:
    """Return the real recording, and simulated days, the same for the same seed."""
    profile = dict(zip(train.PROFILE, WEARER, strict=True))
    minutes = recording.read_recording(DATA, **WEATHER)
    recordings = [Recording("a real wrist recording", profile, minutes)]
    rng = np.random.default_rng(seed)
    for title, (values, weather, job) in DAYS.items():
        profile = dict(zip(train.PROFILE, values, strict=True))
        person = simulate.draw_bodies(rng, pd.DataFrame([profile])).iloc[0]
        [day] = simulate.live_days(rng, person, [job], simulate.weather_through(*weather, 480))
        truth = day.assign(**train.label_day(person, day))
        recordings.append(Recording(title, profile, wrist.record(rng, person, day), truth))
    return recordings


def score_in_python(function: Callable[..., dict], one: Recording) -> PythonRun:
    """Score a recording minute by minute, the state carried along."""
    state, run = dict(score.FIRST_STATE), PythonRun()
    for sample in one.minutes[["minute", *recording.SAMPLES, *recording.ONCE]].to_dict("records"):
        arguments = sample | one.profile | state
        start = time.perf_counter()
        said = function(**arguments)
        run.seconds.append(time.perf_counter() - start)
        run.arguments.append(arguments)
        run.said.append(said)
        state = {name: said[name] for name in state}
    return run


def score_in_c(kowari: Path, file: Path, folder: Path, one: Recording) -> pd.DataFrame:
    """Return what the command line says, a row a minute: one session, its state carried along."""
    words = recording.write_tables(one.minutes, folder)
    for name, value in one.profile.items():
        words += ["--set", f"{name}={value:g}"]
    printed = run_program(kowari, "run", file, *words, "--each", "minute")
    (folder / "table.csv").write_text(printed)
    return pd.read_csv(folder / "table.csv")


def compare(scores: pd.DataFrame, python: pd.DataFrame) -> str:
    """Return a line on how the C library's scores differ from Python's; SystemExit where they do."""
    largest = 0.0
    for name, expected in python.items():
        if (
            expected.dtype.kind == "f"
        ):  # 1e-6: far above the file's bounds, far below visible digits
            apart = (scores[name] - expected).abs()
            same = (scores[name].isna() == expected.isna()).all() and not (apart > 1e-6).any()
            largest = max(largest, float(apart.max()))
        else:
            same = (scores[name] == expected).all()
        if not same:
            raise SystemExit(f"the C library's {name} differs from Python's")
    return (
        f"all {python.size} values as in Python's run over the whole, but for {largest:.0e} at most"
    )


def choose_examples(runs: list[PythonRun]) -> list[dict]:
    """Return the minutes that travel in the file, for `kowari check` and `kowari bench`.

    First a stretch of the last day: what is timed are, for the most part, minutes with all scores.
    """
    scattered = [arguments for run in runs for arguments in run.arguments]
    return runs[-1].arguments[:STRETCH] + scattered[:: len(scattered) // SPREAD]


def show_scores(one: Recording, scores: pd.DataFrame) -> None:
    """Print a recording's scores in words."""
    print(describe_person(one.profile))
    if one.truth is None:
        print("Who wore the band, and the weather, are assumed: nobody wrote them down.")
    print(describe_minutes(scores))
    if one.truth is not None:
        print(compare_with_truth(scores, one.truth))


def show_cost(kowari: Path, file: Path, python: list[PythonRun]) -> None:
    """Print what a minute costs in C and in CPython."""
    print(run_program(kowari, "check", file), end="")
    print(run_program(kowari, "bench", file), end="")
    c = json.loads(run_program(kowari, "bench", file, "--json"))["median_us"]
    cpython = 1e6 * float(np.median([seconds for run in python for seconds in run.seconds]))
    print(f"a minute: C {c:.0f} us, CPython {cpython:.0f} us, {cpython / c:.0f} times as long")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kowari", type=Path, required=True, help="the command line program")
    parser.add_argument("--library", type=Path, required=True, help="the C library, for its size")
    parser.add_argument("--out", type=Path, default=Path("build/demo"))
    parser.add_argument(
        "--people", type=int, default=100, help="how many are simulated to learn from"
    )
    arguments = parser.parse_args()
    threadpool_limits(1)  # the fastest that Python can be on single rows
    out, file = arguments.out, arguments.out / "heat.kow"
    out.mkdir(parents=True, exist_ok=True)

    begin("simulating people at work, to learn from")
    people, tasks = train.collect(arguments.people, tell=tell)
    models = train.fit_tasks(tasks)
    tell(f"trained. {NOTICE} On people never seen:")
    print(train.describe(train.judge(models, people, tasks)))

    begin("scoring a real recording and three simulated days in Python, minute by minute")
    recordings, function = make_recordings(), score.make_score(models)
    python = [score_in_python(function, one) for one in recordings]

    begin(f"compiling the Python function `score` -> {file}")
    model = score.export(models, choose_examples(python), embed=True, note=NOTICE)
    model.save(file)
    print(model.report)

    scored = {}
    for place, (one, run) in enumerate(zip(recordings, python, strict=True)):
        begin(f"in C: {one.title}, {len(one.minutes)} minutes")
        folder = out / f"recording{place}"
        recording.write_samples(one.minutes, folder)
        scores = score_in_c(arguments.kowari, file, folder, one)
        show_scores(one, scores)
        print(f"{compare(scores, pd.DataFrame(run.said))}. {NOTICE}")
        scored[one.title] = scores

    begin(f"drawing -> {out / 'heat.png'}")
    plot(scored, {one.title: one.truth for one in recordings}, out / "heat.png")

    begin("the examples in the file, replayed and timed in C, beside CPython")
    show_cost(arguments.kowari, file, python)
    for path in (file, arguments.library):
        print(f"{path}: {path.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
