"""The function that goes to the device: heart beats and context in, three named scores out."""

from collections.abc import Callable

import numpy as np
from features import features
from sklearn.pipeline import Pipeline


def make_score(category: Pipeline, stress: Pipeline, change: Pipeline) -> Callable[..., dict]:
    """Return `score` over three fitted pipelines that take the 15 features."""

    def score(rr_ms, air_temperature, age, sex, humidity, body_temperature):
        """Return heat_category (text), heat_stress (0..100), heat_change (points in 15 min).

        Trained on simulation - not a medical device.
        Parameters and units are those of `features.features`.
        """
        row = features(rr_ms, air_temperature, age, sex, humidity, body_temperature).reshape(1, -1)
        return {
            "heat_category": category.predict(row)[0],
            "heat_stress": np.clip(stress.predict(row)[0], 0.0, 100.0),
            "heat_change": change.predict(row)[0],
        }

    return score
