"""Fit the three models of the demo on simulated rows; say how good they are on people never seen.

Usage: python train.py
"""

from collections.abc import Callable

import numpy as np
from features import features
from score import make_score
from simulate import CONTEXT, simulate
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.metrics import accuracy_score, mean_absolute_error
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

NOTICE = "Trained on simulation - not a medical device."


def make_models(seed: int = 0) -> dict[str, Pipeline]:
    """Return the unfitted model of each score: a forest, boosted trees and a network."""
    forest = RandomForestClassifier(40, max_leaf_nodes=48, random_state=seed)
    boosting = HistGradientBoostingRegressor(max_iter=80, max_leaf_nodes=16, random_state=seed)
    network = MLPRegressor(
        hidden_layer_sizes=(32, 16), alpha=0.1, early_stopping=True, max_iter=300, random_state=seed
    )
    return {
        "heat_category": make_pipeline(StandardScaler(), forest),
        "heat_stress": make_pipeline(StandardScaler(), boosting),
        "heat_change": make_pipeline(StandardScaler(), network),
    }


def build_score(seed: int = 1) -> tuple[Callable[..., dict], list[dict], list[str]]:
    """Return the fitted `score`, inputs of held-out rows, and a line on each score's quality."""
    rows = simulate(seed=seed)
    inputs = rows[["rr_ms", *CONTEXT]].to_dict("records")
    table = np.array([features(**one) for one in inputs])
    test = (rows["person"] % 4 == 0).to_numpy()  # whole people, so that none is in both parts
    models, quality = make_models(), []
    for name, model in models.items():
        if name == "heat_category":
            label, measure, trivial = "accuracy", accuracy_score, DummyClassifier()
        else:
            label, measure = "mean absolute error", mean_absolute_error
            trivial = DummyRegressor(strategy="median")
        model.fit(table[~test], rows[name][~test])
        trivial.fit(table[~test], rows[name][~test])
        own, other = (measure(rows[name][test], m.predict(table[test])) for m in (model, trivial))
        always = trivial.predict(table[:1])[0]
        quality.append(f"{name}: {label} {own:.3g}; always saying {always:.5}: {other:.3g}")
    score = make_score(models["heat_category"], models["heat_stress"], models["heat_change"])
    return score, [inputs[i] for i in np.flatnonzero(test)], quality


def main() -> None:
    print(f"{NOTICE} On people never seen:")
    print(*build_score()[2], sep="\n")


if __name__ == "__main__":
    main()
