"""Training load: the effort of each minute, and what of it still weighs on hours, a week, a month."""

import math
from dataclasses import dataclass

import numpy as np

HOURS, WEEK, MONTH = 3.0 * 60.0, 7.0 * 1440.0, 28.0 * 1440.0  # minutes


def training_impulse(reserve: float, sex: float) -> float:
    """Return the load of a minute: Banister's TRIMP (Morton et al., J. Appl. Physiol. 69, 1171, 1990).

    reserve * 0.64 exp(1.92 reserve) for men, reserve * 0.86 exp(1.67 reserve) for women.

    Parameters
    ----------
    reserve : share of the heart rate reserve in use, 0 to 1
    sex : 0 female, 1 male
    """
    if sex == 1:
        return reserve * 0.64 * math.exp(1.92 * reserve)
    return reserve * 0.86 * math.exp(1.67 * reserve)


@dataclass(frozen=True)
class Load:
    """Exponentially weighted means of the load a minute, over three hours, a week and four weeks.

    A week and four weeks as acute and chronic load: Williams et al., Br. J. Sports Med. 51, 209 (2017).
    """

    effort: float = 0.0
    acute: float = 0.0
    chronic: float = 0.0


def next_load(load: Load, impulse: float, minutes: int) -> Load:
    """Return the load after `minutes` of which the last had `impulse`, and the others were rest."""
    means = []
    for mean, time in ((load.effort, HOURS), (load.acute, WEEK), (load.chronic, MONTH)):
        rested = mean * math.exp(-(minutes - 1) / time)
        means.append(rested + (impulse - rested) * (1.0 - math.exp(-1.0 / time)))
    return Load(means[0], means[1], means[2])


def fatigue_row(load, reserve, beat_features, strain, water_percent, age, sex):
    """Return the 1 x 9 input of the fatigue's model.

    Load of three hours, a week, four weeks; share of heart rate reserve; RMSSD in ms; strain index;
    water lost in % of body mass; years; 0 or 1 male.
    """
    rmssd = beat_features[7]
    values = [
        load.effort,
        load.acute,
        load.chronic,
        reserve,
        rmssd,
        strain,
        water_percent,
        age,
        sex,
    ]
    return np.array(values).reshape(1, -1)
