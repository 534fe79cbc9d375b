"""The same .tflite files in this library and in LiteRT: XNNPACK, one thread, turn by turn in one process.

Both are called through the same Python class, by the same code.  ``python litert.py SIDE FILE`` prints the bytes that an
interpreter adds to a process.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

PASSES, STRETCH, MOST_SECONDS, OPENINGS, KEPT = 201, 16, 2.0, 31, 20
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


def time_runs(path: Path) -> tuple[dict[str, dict[str, float]], float]:
    """Return the medians of each side's calls, and how far the answers differ, of the largest."""
    calls = {side: list_calls(open_first(side, path)) for side in SIDES}
    ours, theirs = (calls[side]["whole"]() for side in SIDES)
    difference = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
    times = {side: {name: [] for name in calls[side]} for side in SIDES}
    begin = time.perf_counter()
    for number in range(PASSES):
        for name in ("invoke", "whole"):
            for side in SIDES:
                times[side][name].append(time_stretch(calls[side][name]))
        if number >= 9 and time.perf_counter() - begin > MOST_SECONDS:
            break
    medians = {s: {n: float(np.median(t)) for n, t in times[s].items()} for s in SIDES}
    return medians, difference


def time_opening(path: Path) -> dict[str, float]:
    """Return each side's microseconds from the path of a file to the first answer."""
    times = {side: [] for side in SIDES}
    for _ in range(OPENINGS):
        for side in SIDES:
            start = time.perf_counter()
            interpreter = open_first(side, path)
            times[side].append(1e6 * (time.perf_counter() - start))
            del interpreter
    return {side: float(np.median(t)) for side, t in times.items()}


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
    """Return all that is measured of a file, by side."""
    runs, difference = time_runs(path)
    opening = time_opening(path)
    return {
        "difference": difference,
        **{
            side: {
                **{f"{name}_us": value for name, value in runs[side].items()},
                "open_us": opening[side],
                "bytes": read_memory(side, path),
            }
            for side in SIDES
        },
    }


if __name__ == "__main__":
    print(measure_memory(sys.argv[1], Path(sys.argv[2])))
