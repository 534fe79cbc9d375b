"""`make bench`: time and size, each beside what it is compared with, in one run.

Times are medians on this machine, now, whatever else it does; ratios hold better than times.
Needs the release build.
"""

import json
import statistics
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parent))

import litert  # noqa: E402
import loops  # noqa: E402
import minute  # noqa: E402
import models  # noqa: E402
import rivals  # noqa: E402
import sizes  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "build" / "bench"
RELEASE = sizes.RELEASE
FRESH_PROCESSES = 15
LIMIT_FLAGS = ("-std=c11", "-O3", "-ffp-contract=off", "-Wall", "-Wextra", "-Wconversion")


def tell(text: str) -> None:
    print(f"\n== {text}", flush=True)


def compare(ours: float, other: float) -> str:
    """Return how often the first goes into the second, as a factor."""
    return f"{other / ours:.2f} x"


# ---- programs ----
def build_program(name: str, *sources: str, library: str, flags: tuple[str, ...] = ()) -> Path:
    """Compile a program of this folder against a static library of the release build."""
    program = OUT / name
    files = [ROOT / "bench" / source for source in sources]
    command = ["cc", *LIMIT_FLAGS, f"-I{ROOT / 'include'}", *files, RELEASE / library, "-lm"]
    subprocess.run([str(word) for word in [*command, *flags, "-o", program]], check=True)
    return program


def run_bench(file: Path) -> dict:
    """Return what `kowari bench` measures."""
    return json.loads(sizes.run_tool(RELEASE / "kowari", "bench", file, "--json"))


# ---- the parts ----
def bench_pilot() -> dict:
    tell("a minute of the pilot, after the one before")
    wrap = tuple(f"-Wl,--wrap={name}" for name in ("malloc", "calloc", "realloc"))
    program = build_program("minute", "minute.c", library="libkowari_dev_static.a", flags=wrap)
    return minute.measure(program, OUT)


def bench_rival(rival) -> dict:
    tell(f"one row: {rival.name}, {type(rival.estimator).__name__}")
    file, rows, limit = (OUT / f"{rival.name}.{end}" for end in ("kow", "rows", "limit"))
    rival.model.save(file)
    rows.write_bytes(rival.rows.tobytes())
    limit.write_bytes(rival.limit)
    sources = ("measure.c", f"limit_{rival.name}.c")
    program = build_program(f"measure_{rival.name}", *sources, library="libkowari.a")
    c = json.loads(sizes.run_tool(program, file, rows, rival.output, limit))
    if not c["difference"] <= 1e-12:
        raise SystemExit(f"the limit computes something else: differs by {c['difference']}")
    python, skipped = rivals.measure_rival(rival)
    print("in C, row in to values out             warm          cold caches")
    for label, prefix in (("kowari", ""), ("by hand, all sizes fixed", "limit_")):
        warm, cold = (c[f"{prefix}{state}_ns"] / 1000 for state in ("warm", "cold"))
        print(f"  {label:28} {warm:10.2f} us   {cold:10.2f} us")
    warm, cold = (c[f"{state}_ns"] / c[f"limit_{state}_ns"] for state in ("warm", "cold"))
    print(f"  {'times the limit':28} {warm:10.2f}      {cold:10.2f}")
    print("through Python, one row a call, 1 thread")
    for name, times in python.items():
        print(f"  {name:28} {times['warm_us']:10.2f} us   {times['cold_us']:10.2f} us")
    result = {"c": c, "python": python, "times_limit": {"warm": warm, "cold": cold}}
    if "onnxruntime" in python:
        result |= compare_onnx(c, python)
    print_skipped(skipped)
    return result


def compare_onnx(c: dict, python: dict) -> dict:
    """Compare like with like: calls from Python, and the work alone, without either call."""
    ours, theirs = python["kowari"], python["onnxruntime"]
    called = theirs["warm_us"] / ours["warm_us"]
    alone = theirs["warm_us"] - python["onnxruntime, the call alone"]["warm_us"]
    work = alone / (c["warm_ns"] / 1000)
    print(f"  onnxruntime takes {called:.2f} x our time from Python, warm", end="")
    print(f" ({theirs['cold_us'] / ours['cold_us']:.2f} x cold); without its call {alone:.2f} us,")
    print(f"  {work:.2f} x our time in C.  It computes in float32, the others in float64")
    return {"onnxruntime_from_python": called, "onnxruntime_without_call": work}


def bench_first(names: list[str]) -> dict:
    tell(f"open to first score, fresh processes, median of {FRESH_PROCESSES}")
    program = build_program("first", "first.c", library="libkowari_dev_static.a")
    result = {}
    for name in names:
        file = OUT / f"{name}.kow"
        times = [float(sizes.run_tool(program, file)) for _ in range(FRESH_PROCESSES)]
        result[name] = statistics.median(times)
        print(f"{name:12} {result[name]:10.0f} us   file {file.stat().st_size / 1024:.0f} KB")
    return result


def bench_tflite() -> dict:
    """Measure .tflite files beside LiteRT, through the same Python class, and alone."""
    tell(".tflite files beside LiteRT with XNNPACK: one thread, one process, turn by turn")
    try:
        import networks
    except ImportError as error:
        print_skipped({"LiteRT": f"{error.name} is not installed"})
        return {}
    results = {}
    for name, data in networks.make_networks().items():
        file = OUT / f"{name.replace(' ', '-').replace(',', '')}.tflite"
        file.write_bytes(data)
        results[name] = litert.measure(file) | {"c": run_bench(file)}
    call = results["nothing"]["invoke_us"]["LiteRT"]
    for name, result in results.items():
        print_tflite(name, result, call)
    return results


def print_tflite(name: str, result: dict, call: float) -> None:
    """Print a network's lines; ``call`` is what LiteRT's invoke() takes where there is nothing to do."""
    print(f"{name}; answers differ by {result['difference']:.0e} of the largest")
    print(f"  {'median of times, of ratios':30} {litert.SIDES[0]:>12} {litert.SIDES[1]:>13}")
    for label, key, unit, scale in (
        ("invoke(), Python", "invoke_us", "us", 1),
        ("set, invoke, get, Python", "whole_us", "us", 1),
        ("path to first answer, Python", "open_us", "us", 1),
        ("memory of one more", "bytes", "KB", 1024),
    ):
        ours, theirs = (result[key][side] / scale for side in litert.SIDES)
        ratio = result[key]["ratio"]
        print(f"  {label:30} {ours:9.2f} {unit} {theirs:10.2f} {unit} = {ratio:.2f} x")
    c, alone = result["c"], result["invoke_us"]["LiteRT"] - call
    print(f"  {'kw_run in C':30} {c['median_us']:9.2f} us", end="")
    print(f" {alone:10.2f} us   (its invoke() less that of 'nothing')")
    print(f"  {'kw_open to first answer in C':30} {c['open_us']:9.2f} us")
    print(f"  {'of this a session':30} {c['session_bytes'] / 1024:9.2f} KB")


def bench_chain() -> dict:
    file = OUT / "chain.kow"
    models.make_chain().save(file)
    node = min(run_bench(file)["median_us"] for _ in range(5)) / models.CHAIN * 1000
    tell(f"a chain of {models.CHAIN} scalar nodes, least of 5 medians: {node:.2f} ns a node")
    return {"node_ns": node}


def bench_loops() -> dict:
    """Times of turns, and of their nodes beyond what a loop costs that only counts."""
    tell(f"a turn of a loop of {loops.TURNS}, least of 5 medians; its nodes beyond counting")
    turns = {}
    for work, nodes in loops.NODES.items():
        file = OUT / "loop.kow"
        start = (lambda g: g.constant(np.zeros(0))) if work is loops.appends else None
        loops.loop(work, 2 * loops.TURNS, start).save(file)
        turn = min(run_bench(file)["median_us"] for _ in range(5)) / loops.TURNS * 1000
        turns[work.__name__] = turn
        node = (turn - turns["nothing"]) / nodes
        print(f"{work.__name__:12} {turn:8.1f} ns a turn {node:8.1f} ns a node")
    return turns


def bench_sizes() -> dict:
    tell("sizes in bytes; the library as shipped, the files as in bench/sizes.py")
    found, skipped = sizes.measure(RELEASE)
    for group, values in found.items():
        print(f"{group}: " + ", ".join(f"{name} {value}" for name, value in values.items()))
    grown = sizes.find_growth(found, json.loads(sizes.BUDGET.read_text()))
    for line in grown:
        print(f"above the budget by more than 3 %: {line}")
    print_skipped(skipped)
    return found


def print_skipped(skipped: dict[str, str]) -> None:
    for name, reason in skipped.items():
        print(f"skipped: {name}: {reason}")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore", category=UserWarning)  # few iterations train long enough
    with threadpool_limits(1):
        results = {"pilot": bench_pilot()}
        for rival in (models.make_forest(), models.make_network()):
            results[rival.name] = bench_rival(rival)
        results["open_to_first_us"] = bench_first(["pilot", "forest", "network"])
        results["tflite"] = bench_tflite()
        results["chain"] = bench_chain()
        results["loops_ns"] = bench_loops()
        results["sizes"] = bench_sizes()
    (OUT / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    tell(f"all numbers: {(OUT / 'results.json').relative_to(ROOT)}")


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
