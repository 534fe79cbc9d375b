"""What the body does: activity class and metabolic rate, from steps where they tell, else the heart."""

import math

import numpy as np

RESTING_START = 70.0  # beats/min, until the heart has shown less
MET = 58.15  # W/m2, ISO 8996
RESTING = 55.0  # W/m2, ISO 8996: metabolic rate at rest, thermally neutral
WALKING = 60  # steps/min: below, steps say little about work
# Steps/min and MET: 2 at a stroll, and the thresholds of CADENCE-Adults (Tudor-Locke et al., Int. J.
# Behav. Nutr. Phys. Act. 16, 8, 2019), which found 3 MET at 100 and a further MET for each 10 steps/min.
CADENCE = [60.0, 80.0, 100.0, 110.0, 120.0, 130.0, 170.0]
CADENCE_MET = [2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 10.0]


def largest_heart_rate(age: float) -> float:
    """Return beats/min at `age` years: ISO 8996, 205 - 0.62 age."""
    return 205.0 - 0.62 * age


def heart_reserve(heart_rate: float, resting_heart_rate: float, age: float) -> float:
    """Return the share of the heart rate reserve that is in use, 0 to 1."""
    share = (heart_rate - resting_heart_rate) / (largest_heart_rate(age) - resting_heart_rate)
    return min(max(share, 0.0), 1.0)


def next_resting(resting_heart_rate: float, heart_rate: float) -> float:
    """Return the heart rate at rest after a minute, beats/min: falls within minutes, rises over days."""
    pace = 0.1 if heart_rate < resting_heart_rate else 0.0002
    moved = resting_heart_rate + pace * (heart_rate - resting_heart_rate)
    return min(max(moved, 40.0), 100.0)


def metabolic_rate(
    steps: float, heart_rate: float, resting_heart_rate: float, age: float, sex: float, mass: float
) -> float:
    """Return the metabolic rate in W/m2, NaN when neither steps nor heart rate are known.

    Who walks is judged by the steps. Else the heart rate is put on the line between rest and the
    largest working capacity, ISO 8996 level 3: (41.7 - 0.22 age) mass**0.666 W/m2 for men, 35.0 instead
    of 41.7 for women. Its error is about 10 %, more where heat or fear drive the heart.

    Parameters
    ----------
    steps : steps/min, NaN if not measured
    heart_rate : beats/min, NaN if not measured
    age, sex, mass : years, 0 female or 1 male, kg

    Raises
    ------
    OverflowError : for an infinite number of steps
    """
    if not math.isnan(steps) and int(steps) >= WALKING:
        return MET * float(np.interp(steps, CADENCE, CADENCE_MET))
    if math.isnan(heart_rate):
        return math.nan
    capacity = (41.7 if sex == 1 else 35.0) - 0.22 * age
    work = capacity * mass**0.666 - RESTING
    return RESTING + heart_reserve(heart_rate, resting_heart_rate, age) * max(work, 0.0)


def activity_class(metabolic: float) -> str:
    """Return the class of ISO 8996 in words; W/m2, NaN is "unknown"."""
    if math.isnan(metabolic):
        return "unknown"
    for name, limit in (("resting", 65.0), ("low", 130.0), ("moderate", 200.0), ("high", 260.0)):
        if metabolic <= limit:
            return name
    return "very high"
