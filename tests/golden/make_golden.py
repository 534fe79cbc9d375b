"""Writes the golden files: models with examples whose expected outputs are Python's, replayed on every machine.

Usage: python make_golden.py [FOLDER], then `golden --bits FILE...` on x86-64 for the .bits beside them, which say what the EXACT
outputs are to the last bit.  A released golden file is never deleted; a new format gets new files beside the old.
"""

import json
import sys
from pathlib import Path

import kowari
import numpy as np
import pandas as pd
from kowari import file, operators
from kowari.graph import Program
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).parent
PILOT = HERE.parents[1] / "examples" / "pilot"
sys.path.insert(0, str(PILOT))
from seed_row import seed_row  # noqa: E402 - a script's folder, not a package


def make_features() -> kowari.Model:
    """The 15 features of the seed row and of random series."""
    seed = json.loads((PILOT / "data" / "seed_row.json").read_text())
    random = np.random.default_rng(1)
    series = [
        np.array(seed["rr_ms"], float),
        *(random.integers(400, 1400, n).astype(float) for n in (2, 9, 300)),
    ]
    return kowari.export(
        seed_row,
        examples=[(rr, *map(float, seed["context"])) for rr in series],
        embed=True,
        name="features",
    )


def summarize(x, y, k):
    """Sums, spreads, order statistics, choices and integers in one function; all of them EXACT."""
    z = np.where(x > y, x - y, np.clip(y, -1.0, 1.0))
    steps = np.diff(k)
    return {
        "sums": np.array(
            [x.sum(), np.mean(y), np.var(x, ddof=1), np.std(z), np.nansum(x), np.nanmean(y)]
        ),
        "order": np.array(
            [np.median(x), np.percentile(y, 25), np.percentile(x, 97.5), x.min(), y.max()]
        ),
        "running": np.cumsum(x) / (1 + np.arange(len(x))),
        "sorted": np.sort(y)[::-1],
        "rounded": np.round(z, 2) + np.floor(x) % 3.0 - np.rint(y) // 2.0,
        "places": np.flatnonzero(x > np.median(x)),
        "largest": np.argmax(z),
        "whole": steps // 3 + steps % 3 * k[1:],
        "interpolated": np.interp(
            np.linspace(0, 1, 7),
            np.array([0.0, 0.25, 0.5, 1.0]),
            np.array([1.0, 3.0, -2.0, 5.0]) * x[0],
        ),
        "any": (x > 2).any() | ~np.isfinite(y).all(),
    }


def make_summary() -> kowari.Model:
    """NumPy in general: long enough for pairwise sums to split."""
    random = np.random.default_rng(2)
    rows = [
        (random.normal(size=n), random.normal(size=n) ** 3, random.integers(-50, 50, n))
        for n in (2, 7, 8, 130, 1000)
    ]
    return kowari.export(
        summarize,
        {"x": "f64[n]", "y": "f64[n]", "k": "i64[n]"},
        examples=rows,
        embed=True,
        name="summary",
    )


def make_rolling() -> bytes:
    """pandas' rolling windows, which no lowering reaches yet."""
    program = Program()
    graph = program.graph("rolling")
    n = program.size("n")
    x = graph.input(operators.type_code("f8"), (n,), "x")
    names = ["mean", "std", "min", "max", "median"]
    results = {name: graph.add(f"rolling_{name}", x, window=5, min_periods=2) for name in names}
    graph.outputs = list(results.values())
    ports = [
        file.Port(file.INPUT, "x", x),
        *(file.Port(file.OUTPUT, n, v) for n, v in results.items()),
    ]
    random = np.random.default_rng(3)
    series = [
        np.where(random.random(n) < 0.1, np.nan, random.normal(size=n)) for n in (1, 4, 60, 500)
    ]
    rows = [
        file.Example(
            {"x": s},
            {
                name: getattr(pd.Series(s).rolling(5, min_periods=2), name)().to_numpy()
                for name in names
            },
        )
        for s in series
    ]
    return file.write(program, ports, {"name": "rolling"}, rows)


def make_estimators():
    """A forest with text labels, gradient boosting, linear and neural models, and a frame of numbers and text."""
    random = np.random.default_rng(4)
    x = random.normal(size=(200, 4))
    label = np.array(["low", "moderate", "high"])[(x[:, 0] > 0).astype(int) + (x[:, 1] > 0.5)]
    target = x[:, 0] * x[:, 1] + x[:, 2]
    yield "forest", RandomForestClassifier(12, max_depth=6, random_state=0).fit(x, label)
    yield "boosting", HistGradientBoostingRegressor(max_iter=10, random_state=0).fit(x, target)
    yield "logistic", make_pipeline(StandardScaler(), LogisticRegression()).fit(x, label)
    yield (
        "network",
        make_pipeline(
            StandardScaler(), MLPRegressor(hidden_layer_sizes=(8,), max_iter=400, random_state=0)
        ).fit(x, target),
    )
    frame = pd.DataFrame(
        {"heart_rate": x[:, 0] * 10 + 80, "shade": np.where(x[:, 1] > 0, "sun", "tree")}
    )
    columns = ColumnTransformer(
        [("number", StandardScaler(), ["heart_rate"]), ("text", OneHotEncoder(), ["shade"])]
    )
    yield "frame", make_pipeline(columns, LogisticRegression()).fit(frame, label)


def main(folder: Path) -> None:
    files = {
        "features": make_features().data,
        "summary": make_summary().data,
        "rolling": make_rolling(),
    }
    files |= {
        name: kowari.export(estimator, name=name).data for name, estimator in make_estimators()
    }
    for name, data in files.items():
        (folder / f"{name}.kow").write_bytes(data)
        print(f"{name}.kow {len(data)} bytes, {kowari.Model(data).check()[0]} examples")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
