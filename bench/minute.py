"""What a minute of the pilot costs: time, memory, instructions, and what a day takes of a battery.

The minutes are a simulated working day's, in their order, each with the state that the one before
left. Models of a small training cost what those of the demo do: as many trees, layers and terms.
"""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

PILOT = Path(__file__).resolve().parents[1] / "examples" / "pilot"
sys.path.insert(0, str(PILOT))

import score  # noqa: E402
import simulate  # noqa: E402
import train  # noqa: E402
import wrist  # noqa: E402

DAY = 24 * 60  # minutes, each scored once
# An instruction of a small core with its cache accesses, 45 nm (Horowitz, ISSCC 2014, 10-14).
JOULES = 70e-12
BATTERY = 15.0 * 3600.0  # joules of 15 Wh, a phone's
ASSUMED = (
    f"assumed: {1e12 * JOULES:.0f} pJ an instruction (a small core, 45 nm), as many instructions a second in"
    f" CPython as in C, {DAY} minutes a day, a battery of {BATTERY / 3600:.0f} Wh; waking the phone not counted"
)


def make_pilot(seed: int = 3) -> tuple:
    """Return `score` in Python, its compiled model, and the inputs of a day's minutes."""
    models = train.fit(seed, people=16, days=1, minutes=240)
    people, lives = simulate.simulate(1, 1, 480, seed)
    person, [day] = people.loc[0], lives.values()
    profile = {name: getattr(person, name) for name in train.PROFILE}
    rows = wrist.record(np.random.default_rng(seed), person, day).drop(columns="worn")
    minutes = [row | profile for row in rows.to_dict("records")]
    model = score.export(models, [minutes[0] | score.FIRST_STATE], embed=True)
    return score.make_score(models), model, minutes


def write_minutes(path: Path, names: list[str], minutes: list[dict]) -> None:
    """Write what bench/minute.c reads."""
    parts = [np.array([len(minutes)], "<i8").tobytes()]
    for minute in minutes:
        for name in names:
            value = np.asarray(minute[name], "<f8")
            length = value.size if value.ndim else -1
            parts += [np.array([length], "<i8").tobytes(), value.tobytes()]
    path.write_bytes(b"".join(parts))


def count_instructions(program: Path, file: Path, minutes: Path, count: int) -> float | None:
    """Return instructions a minute, those of setting its inputs included; None without valgrind."""
    if shutil.which("valgrind") is None:
        return None
    totals = []
    for times in ("1", "2"):
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
        said = subprocess.run(
            [*command, program, file, minutes, times], capture_output=True, text=True, check=True
        )
        totals.append(int(re.search(r"Collected *: *(\d+)", said.stderr)[1]))
    return (totals[1] - totals[0]) / count


def time_python(function, minutes: list[dict]) -> float:
    """Return the mean time of a minute in microseconds, in Python itself."""
    state = dict(score.FIRST_STATE)
    start = time.perf_counter()
    for one in minutes:
        said = function(**one, **state)
        state = {name: said[name] for name in state}
    return 1e6 * (time.perf_counter() - start) / len(minutes)


def measure(program: Path, out: Path) -> dict:
    """Measure and print; `program` is bench/minute.c."""
    function, model, minutes = make_pilot()
    file, table = out / "pilot.kow", out / "pilot.minutes"
    model.save(file)
    write_minutes(table, list(model.inputs), minutes)
    said = subprocess.run([program, file, table, "15"], capture_output=True, text=True, check=True)
    found = json.loads(said.stdout) | {"file_bytes": file.stat().st_size}
    found["python_us"] = time_python(function, minutes)
    found["ratio"] = found["python_us"] / found["us"]
    found["instructions"] = count_instructions(program, file, table, len(minutes))
    show(found)
    return found


def show(found: dict) -> None:
    print(f"C, set and run      {found['us']:10.1f} us")
    print(
        f"Python, one thread  {found['python_us']:10.1f} us = {found['ratio']:.1f} x the time in C"
    )
    print(f"requests for memory {found['requests']:10}")
    print(f"state               {found['state_bytes']:10} bytes, of a session's", end=" ")
    print(f"{found['session_bytes']}; file {found['file_bytes']}")
    if found["instructions"] is None:
        print("instructions and energy are skipped: valgrind is not installed")
        return
    energy = found["instructions"] * JOULES * DAY
    print(f"instructions        {found['instructions']:10.0f}")
    for name, joules in (("C", energy), ("Python", energy * found["ratio"])):
        print(
            f"energy of a day, {name:6} {joules:7.2g} J = {100 * joules / BATTERY:.2g} % of a battery"
        )
    print(ASSUMED)
