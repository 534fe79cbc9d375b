"""The same .tflite files in this library and in LiteRT: XNNPACK, one thread, turn by turn in one process.

Both are called through the same Python class, by the same code: what a call costs is part of every time.  The sides take
turns so short that whatever else the machine does slows both, and each turn gives a ratio, whose median is told beside the
medians of the times.  ``python litert.py SIDE FILE`` prints the bytes that an interpreter adds to a process.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

PASSES, STRETCH, MOST_SECONDS, OPENINGS, KEPT = 401, 16, 3.0, 101, 20
SIDES = ("kowari", "LiteRT")


def find_class(side: str) -> type:
    """Return the Interpreter of a side."""
    if side == "kowari":
        from kowari import Interpreter
    else:
        from ai_edge_litert.interpreter import Interpreter
    return Interpreter


def open_first(side: str, path: Path):
    """Return an interpreter that has run once, as a script opens one."""
    interpreter = find_class(side)(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    interpreter.invoke()
    return interpreter


def draw_input(interpreter) -> np.ndarray:
    """Return numbers for the first input."""
    shape = interpreter.get_input_details()[0]["shape"]
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def list_calls(interpreter) -> dict[str, Callable[[], object]]:
    """Return what is timed: the run alone, and with a row in and the answer out."""
    (source,), (result,) = interpreter.get_input_details(), interpreter.get_output_details()
    x, source, result = draw_input(interpreter), source["index"], result["index"]
    set_tensor, invoke, get_tensor = (
        interpreter.set_tensor,
        interpreter.invoke,
        interpreter.get_tensor,
    )

    def whole():
        set_tensor(source, x)
        invoke()
        return get_tensor(result)

    return {"invoke": invoke, "whole": whole}


def time_stretch(call: Callable[[], object]) -> float:
    """Return the microseconds of a call, of STRETCH in a row."""
    start = time.perf_counter()
    for _ in range(STRETCH):
        call()
    return 1e6 * (time.perf_counter() - start) / STRETCH


def summarize(turns: list[list[float]]) -> dict[str, float]:
    """Return each side's median of the turns' times, and the median of LiteRT's by ours."""
    times = np.array(turns)
    medians = dict(zip(SIDES, np.median(times, axis=0).tolist(), strict=True))
    return medians | {"ratio": float(np.median(times[:, 1] / times[:, 0]))}


def time_runs(path: Path) -> tuple[dict[str, dict[str, float]], float]:
    """Return what each kind of call takes, in microseconds, and how far the answers differ, of the largest."""
    calls = {side: list_calls(open_first(side, path)) for side in SIDES}
    ours, theirs = (calls[side]["whole"]() for side in SIDES)
    difference = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
    turns = {name: [] for name in calls[SIDES[0]]}
    begin = time.perf_counter()
    for number in range(PASSES):
        for name, all_turns in turns.items():
            all_turns.append([time_stretch(calls[side][name]) for side in SIDES])
        if number >= 9 and time.perf_counter() - begin > MOST_SECONDS:
            break
    return {name: summarize(t) for name, t in turns.items()}, difference


def time_opening(path: Path) -> dict[str, float]:
    """Return the microseconds from the path of a file to the first answer."""
    turns = []
    for _ in range(OPENINGS):
        turns.append([])
        for side in SIDES:
            start = time.perf_counter()
            interpreter = open_first(side, path)
            turns[-1].append(1e6 * (time.perf_counter() - start))
            del interpreter
    return summarize(turns)


def count_resident() -> int:
    """Return the bytes of this process that are in memory."""
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def measure_memory(side: str, path: Path) -> float:
    """Return the bytes that one more interpreter of a file takes, of KEPT."""
    kept = [open_first(side, path)]
    before = count_resident()
    kept += [open_first(side, path) for _ in range(KEPT)]
    return (count_resident() - before) / (len(kept) - 1)


def read_memory(side: str, path: Path) -> float:
    """Return the same, measured in a process of its own."""
    words = [sys.executable, __file__, side, path]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return float(done.stdout)


def measure(path: Path) -> dict:
    """Return all that is measured of a file: microseconds of calls and of opening, bytes of memory."""
    runs, difference = time_runs(path)
    sizes = {side: read_memory(side, path) for side in SIDES}
    return {
        "difference": difference,
        **{f"{name}_us": times for name, times in runs.items()},
        "open_us": time_opening(path),
        "bytes": sizes | {"ratio": sizes[SIDES[1]] / sizes[SIDES[0]]},
    }


if __name__ == "__main__":
    print(measure_memory(sys.argv[1], Path(sys.argv[2])))
