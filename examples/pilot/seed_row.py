"""The row that the heat models take, as one function of raw beats: 15 numbers, no state, no models."""

import beats
import heat
import numpy as np


def seed_row(
    rr_ms: np.ndarray,
    air_temperature: float,
    age: float,
    sex: float,
    humidity: float,
    body_temperature: float,
) -> np.ndarray:
    """Return the context as given, then ten features of the beats as they are, shape (15,).

    data/seed_row.json holds such a row. Parameters are those of `heat.row` and `beats.features`.
    """
    found = beats.features(rr_ms)
    return heat.row(air_temperature, age, sex, humidity, body_temperature, found)[0]
