"""What is measured, and the data of the limits.

A forest, a network and a chain of scalar nodes.
"""

from dataclasses import dataclass
from pathlib import Path

import kowari
import numpy as np
from kowari.convert import node_layout, tree
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPRegressor

ROOT = Path(__file__).resolve().parents[1]
FEATURES, CLASSES, ROWS, CHAIN = 15, 3, 4096, 1000


@dataclass
class Rival:
    """An estimator, its file, and rows to score: float64 [ROWS, FEATURES]."""

    name: str
    estimator: object
    model: kowari.Model
    rows: np.ndarray
    output: str
    limit: bytes


def draw_table(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of normal numbers and a target that needs several of them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, FEATURES))
    target = x[:, 0] * x[:, 1] + np.sin(3 * x[:, 2]) + x[:, 3] + rng.normal(size=rows)
    return x, target


def make_forest() -> Rival:
    """Return 100 trees of depth 12 over 15 features, 3 classes."""
    x, target = draw_table(20000, 0)
    forest = RandomForestClassifier(100, max_depth=12, random_state=0, n_jobs=1)
    forest.fit(x, np.digitize(target, [-0.8, 0.8]))
    parts = node_layout.join([tree.read_tree(one) for one in forest.estimators_])
    nodes, starts, leaves = node_layout.pack(parts, narrow=True)
    limit = np.append(starts, starts[-1:]).tobytes() + nodes.tobytes() + leaves.tobytes()
    return make_rival("forest", forest, "predict_proba", limit)


def make_network() -> Rival:
    """Return 15 inputs, relu layers of 64 and 32, one output."""
    network = MLPRegressor(
        hidden_layer_sizes=(64, 32), max_iter=12, early_stopping=True, random_state=0
    )
    network.fit(*draw_table(5000, 0))
    layers = zip(network.coefs_, network.intercepts_, strict=True)
    limit = b"".join(part.astype("<f8").tobytes() for layer in layers for part in layer)
    return make_rival("network", network, "predict", limit)


def make_rival(name: str, estimator, output: str, limit: bytes) -> Rival:
    """Return the estimator compiled, with one row as the example in its file."""
    rows = draw_table(ROWS, 1)[0]
    model = kowari.export(estimator, examples=[(rows[:1],)], embed=True)
    return Rival(name, estimator, model, rows, output, limit)


def make_chain() -> kowari.Model:
    """Return CHAIN scalar nodes, each of which needs the one before."""

    def chain(x):
        for _ in range(CHAIN // 2):
            x = x * 1.0001 + 0.5
        return {"y": x}

    return kowari.export(chain, inputs={"x": "f64"}, examples=[{"x": 1.5}], embed=True)
