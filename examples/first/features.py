"""The model's input: one minute of heart beats and five numbers of context become 15 values.

Straight-line NumPy, called both in training and on the device, so that there is one definition.
"""

import numpy as np


def features(
    rr_ms: np.ndarray,
    air_temperature: float,
    age: float,
    sex: float,
    humidity: float,
    body_temperature: float,
) -> np.ndarray:
    """Return the context as given, then ten features of heart rate variability, shape (15,).

    Parameters
    ----------
    rr_ms : shape (beats,), time between neighbouring heart beats in ms, two beats or more
    air_temperature : deg C
    age : years
    sex : 0 female, 1 male
    humidity : relative humidity in %
    body_temperature : deg C

    Notes
    -----
    Heart rates are in beats/min, standard deviations those of a population. RMSSD, NN50 and pNN50
    as in Task Force of the ESC and NASPE, "Heart rate variability", Circulation 93 (1996), except
    that pNN50 is the share of all intervals, not of all differences. Where beats were lost, a
    difference spans the gap.
    """
    heart_rate = 60000.0 / rr_ms
    step = np.diff(rr_ms)
    large_steps = np.count_nonzero(np.abs(step) > 50.0)
    return np.array(
        [
            air_temperature,
            age,
            sex,
            humidity,
            body_temperature,
            np.mean(rr_ms),
            np.std(rr_ms),
            60000.0 / np.mean(rr_ms),
            np.mean(heart_rate),
            np.std(heart_rate),
            np.min(heart_rate),
            np.max(heart_rate),
            np.sqrt(np.mean(step**2)),
            large_steps,
            100.0 * large_steps / rr_ms.size,
        ]
    )
