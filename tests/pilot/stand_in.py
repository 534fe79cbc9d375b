"""Small models on random rows: they stand in for the trained ones where only the code around is tested."""

from types import SimpleNamespace

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

LEVELS = ["low", "moderate", "high", "extreme"]
# Air, age, sex, humidity, core, ten features of heart beats: about where people are.
CENTRE = [30, 40, 0.5, 50, 37.5, 700, 50, 86, 87, 7, 70, 105, 35, 8, 15]
SPREAD = [8, 15, 0.5, 20, 0.7, 200, 30, 25, 25, 4, 20, 30, 25, 8, 12]


def make_models(seed: int = 0, rows: int = 300) -> SimpleNamespace:
    random = np.random.default_rng(seed)
    heat = random.normal(CENTRE, SPREAD, (rows, 15))
    strain = 20.0 * (heat[:, 4] - 36.5) + (heat[:, 7] - 60.0) / 3.0 + random.normal(0, 3, rows)
    load, sweat = random.normal(0.5, 0.5, (rows, 9)), random.normal(30, 30, (rows, 9))
    forest = RandomForestClassifier(8, max_leaf_nodes=12, random_state=seed)
    boosting = HistGradientBoostingRegressor(max_iter=10, max_leaf_nodes=8, random_state=seed)
    network = MLPRegressor(hidden_layer_sizes=(8,), tol=1.0, random_state=seed)
    level = np.array(LEVELS)[np.digitize(strain, [20, 35, 50])]
    return SimpleNamespace(
        heat_category=make_pipeline(StandardScaler(), forest).fit(heat, level),
        heat_stress=make_pipeline(StandardScaler(), boosting).fit(heat, strain),
        heat_change=make_pipeline(StandardScaler(), network).fit(heat, random.normal(0, 5, rows)),
        fatigue=HistGradientBoostingRegressor(max_iter=10, random_state=seed).fit(
            load, 40.0 * load[:, 0] + 10.0 * load[:, 5]
        ),
        sweat_rate=HistGradientBoostingRegressor(max_iter=10, random_state=seed).fit(
            sweat, sweat[:, 0] / 100.0
        ),
    )
