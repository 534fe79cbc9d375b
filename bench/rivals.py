"""One row through Python: the library's binding, scikit-learn and onnxruntime, one thread each."""

import time
from collections.abc import Callable

import kowari
import numpy as np

CACHE = 96 << 20  # bytes, more than any cache of a desktop or phone
WARM_SECONDS, LEAST_RUNS, MOST_RUNS, COLD_RUNS = 1.5, 20, 4000, 31


def time_calls(call: Callable[[int], object], cold: bool = False) -> float:
    """Return the median microseconds of ``call(i)``; cold: after filling the caches anew."""
    other = np.zeros(CACHE, np.uint8) if cold else None
    times, begin = [], time.perf_counter()
    for run in range(-3, COLD_RUNS if cold else MOST_RUNS):
        if cold:
            other += 1  # reads and writes all of it
        start = time.perf_counter()
        call(abs(run))
        end = time.perf_counter()
        times += [end - start] * (run >= 0)  # the first ones are not warm yet
        if not cold and len(times) >= LEAST_RUNS and end - begin > WARM_SECONDS:
            break
    return 1e6 * float(np.median(times))


def list_ways(rival) -> tuple[dict[str, Callable[[int], object]], dict[str, str]]:
    """Return a call for each way of scoring row i, and what is skipped, with the reason."""
    rows = [rival.rows[i : i + 1].copy() for i in range(len(rival.rows))]
    method = getattr(rival.estimator, rival.output)
    ways = {
        "kowari": lambda i: rival.model.run(X=rows[i]),
        "scikit-learn": lambda i: method(rows[i]),
    }
    small = make_stump(rival)
    stump = kowari.export(small, examples=[(rows[0],)])
    ways["kowari, the call alone"] = lambda i: stump.run(X=rows[i])
    try:
        run, bare = open_onnx(rival.estimator, rival), open_onnx(small, rival)
    except ImportError as error:
        return ways, {"onnxruntime": f"{error.name} is not installed"}
    narrow = [row.astype(np.float32) for row in rows]
    ways["onnxruntime"] = lambda i: run(narrow[i])
    ways["onnxruntime, the call alone"] = lambda i: bare(narrow[i])
    return ways, {}


def open_onnx(estimator, rival) -> Callable[[np.ndarray], object]:
    """Return a function that scores a float32 row by onnxruntime with one thread."""
    import onnxruntime
    import skl2onnx

    options = {"zipmap": False} if hasattr(estimator, "classes_") else None
    converted = skl2onnx.to_onnx(estimator, rival.rows[:1].astype(np.float32), options=options)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    content = converted.SerializeToString()
    session = onnxruntime.InferenceSession(content, settings, ["CPUExecutionProvider"])
    return lambda row: session.run(None, {"X": row})


def make_stump(rival):
    """Return the smallest model with the same outputs: what is left is the call."""
    target = rival.estimator.predict(rival.rows)
    if hasattr(rival.estimator, "classes_"):
        from sklearn.tree import DecisionTreeClassifier

        return DecisionTreeClassifier(max_depth=1).fit(rival.rows, target)
    from sklearn.linear_model import LinearRegression

    return LinearRegression().fit(rival.rows, target)


def measure_rival(rival) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """Return microseconds, warm and cold, by way of scoring; and what was skipped."""
    ways, skipped = list_ways(rival)
    times = {
        name: {"warm_us": time_calls(call), "cold_us": time_calls(call, cold=True)}
        for name, call in ways.items()
    }
    return times, skipped
