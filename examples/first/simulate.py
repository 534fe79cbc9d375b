"""Labelled rows to train on, simulated: people x weather x workload -> strain and heart beats.

No one was measured: published average formulas, plus scatter of our choosing, stand in for a field
study. What is learned from these rows shows that the pipeline works, nothing about a real person.

Sources, by the names the code uses
    core      ISO 7933: core temperature goes up by 0.0036 deg C for each W/m2 above rest, with a
              time constant of 10 min; what the skin cannot give off is stored, at 3490 J/(kg K)
    heat      Woodcock 1962: dry and evaporative loss over one insulation, linked by the Lewis
              relation of 16.5 K/kPa, permeability 0.38 (ISO 9920)
    capacity  14.7 - 0.11 age MET in men (Morris 1993), 14.7 - 0.13 age in women (Gulati 2005)
    heart     208 - 0.7 age at most (Tanaka 2001); a share of the capacity takes the same share of
              the heart rate's reserve (Swain 1997); 33 beats/min for each deg C stored (ISO 9886)
    strain    10 x physiological strain index (Moran et al., Am J Physiol 275, R129, 1998)
"""

import numpy as np
import pandas as pd

CONTEXT = ["air_temperature", "age", "sex", "humidity", "body_temperature"]
CATEGORIES = ["low", "moderate", "high", "extreme"]
# Moran's class limits (little, low, moderate, high and more), named one step more cautiously.
CATEGORY_LIMITS = [25.0, 45.0, 65.0]

MINUTES = 120  # longest time at work before the minute that is scored
AHEAD = 15  # minutes from a score to the strain it is to foresee
MET = 58.2  # W/m2, heat production at rest
SKIN = 35.0  # deg C, sweating skin
INSULATION = 0.155  # m2 K/W, light work clothes and moving air
STORAGE = 3490.0 * 75.0 / 1.8 / 60.0  # W min/(m2 K), 75 kg and 1.8 m2
SHED = 200.0  # W/m2 of sweat beyond balance for each deg C stored
UNSAFE = 39.5  # deg C core temperature; rows beyond are dropped: nobody is left in such heat


def saturation(temperature):
    """Return the saturated vapour pressure in kPa at a temperature in deg C (ISO 7726)."""
    return 0.6105 * np.exp(17.27 * temperature / (temperature + 237.3))


def heat_gain(load, air_temperature, humidity, stored):
    """Return the heat that stays in the body, W/m2; below 0 while it sheds `stored` deg C."""
    dry_loss = (SKIN - air_temperature) / INSULATION
    pressure = saturation(SKIN) - humidity / 100.0 * saturation(air_temperature)
    sweat_limit = np.maximum(16.5 * 0.38 * pressure / INSULATION, 0.0)
    required = load - dry_loss
    return required - np.clip(required + SHED * stored, 0.0, sweat_limit)


def strain_index(core, heart, core_rest, heart_rest):
    """Return the physiological strain index as 0..100, from deg C and beats/min now and at rest."""
    index = 5.0 * (core - core_rest) / (39.5 - core_rest)
    index += 5.0 * (heart - heart_rest) / (180.0 - heart_rest)
    return np.clip(10.0 * index, 0.0, 100.0)


def draw_people(rng: np.random.Generator, people: int, sessions: int) -> pd.DataFrame:
    """Return who is scored under what weather and workload, a row per session."""
    rows = people * sessions
    person = pd.DataFrame(
        {
            "person": np.arange(people),
            "age": rng.integers(18, 70, people).astype(float),
            "sex": rng.integers(0, 2, people).astype(float),
            "core_rest": rng.normal(36.8, 0.2, people).clip(36.3, 37.3),
            "heart_rest": rng.normal(64.0, 8.0, people).clip(45.0, 90.0),
            "fitness": rng.lognormal(0.0, 0.15, people),
            "variability": rng.lognormal(0.0, 0.35, people),
        }
    )
    table = person.loc[np.repeat(person.index, sessions)].reset_index(drop=True)
    table["air_temperature"] = rng.uniform(18.0, 45.0, rows).round(1)
    table["humidity"] = rng.uniform(10.0, 90.0, rows).round(1)
    table["effort"] = rng.uniform(0.05, 0.6, rows) * (rng.random(rows) > 0.25)  # a quarter sits
    table["rest_from"] = rng.integers(20, 3 * MINUTES, rows)  # a part has stopped to recover
    table["now"] = rng.integers(5, MINUTES, rows)
    return table


def simulate_strain(table: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """Return core temperature (deg C), heart rate (beats/min) and strain, each (minutes, rows)."""
    met = 14.7 - np.where(table["sex"] == 1.0, 0.11, 0.13) * table["age"]
    capacity = MET * met * table["fitness"]
    reserve = 208.0 - 0.7 * table["age"] - table["heart_rest"]
    raised = np.zeros(len(table))  # deg C that goes with the workload
    stored = np.zeros(len(table))  # deg C that could not be given off
    cores, hearts = [], []
    for minute in range(MINUTES + AHEAD):
        effort = table["effort"] * (minute < table["rest_from"])
        load = MET + effort * (capacity - MET)
        raised += (0.0036 * (load - MET) - raised) * (1.0 - np.exp(-1.0 / 10.0))
        gain = heat_gain(load, table["air_temperature"], table["humidity"], stored)
        stored = np.maximum(stored + gain / STORAGE, 0.0)
        cores.append(table["core_rest"] + raised + stored)
        heart = table["heart_rest"] + effort * reserve + 33.0 * stored
        hearts.append(np.minimum(heart, table["heart_rest"] + reserve))
    core, heart = np.array(cores), np.array(hearts)
    rest = table["core_rest"].to_numpy(), table["heart_rest"].to_numpy()
    return core, heart, strain_index(core, heart, *rest)


def simulate_intervals(rng: np.random.Generator, heart: float, spread: float) -> np.ndarray:
    """Return a minute of RR intervals in ms at `heart` beats/min, shape (beats,), as from a wrist.

    Waves of breathing (0.25 Hz) and blood pressure (0.1 Hz; McSharry 2003) and a slow drift share
    the standard deviation `spread` in ms; the band blurs each beat and loses up to 60 % of them.
    """
    mean = 60000.0 / heart
    seconds = np.arange(int(heart)) * mean / 1000.0
    phase = rng.uniform(0.0, 2.0 * np.pi, 3)
    waves = np.sin(2.0 * np.pi * np.outer([0.25, 0.1, 0.015], seconds) + phase[:, np.newaxis])
    shares = np.sqrt(2.0 * rng.dirichlet([2.0, 2.0, 1.0]))
    blur = rng.normal(0.0, rng.uniform(0.0, 40.0), seconds.size)
    intervals = mean + spread * (shares @ waves) + blur
    kept = rng.random(seconds.size) > rng.uniform(0.0, 0.6)
    kept[:10] = True
    return np.clip(intervals, 300.0, 2000.0)[kept].round(3)


def simulate(people: int = 500, sessions: int = 8, seed: int = 1) -> pd.DataFrame:
    """Return up to people x sessions labelled rows, the same for the same seed.

    Columns: person; the inputs rr_ms (an array each, ms) and CONTEXT (deg C, years, 0 female or 1
    male, %, deg C); the labels heat_stress (strain now, 0..100), heat_change (strain 15 min ahead
    minus now), heat_category (one of CATEGORIES, by the strain 15 min ahead), and core and
    core_ahead (core temperature in deg C, now and 15 min ahead).
    """
    rng = np.random.default_rng(seed)
    table = draw_people(rng, people, sessions)
    core, heart, strain = simulate_strain(table)
    now, row = table["now"].to_numpy(), np.arange(len(table))
    heart_now = heart[now, row]
    ahead = strain[now + AHEAD, row]
    # The heart beats less variably when fast (Sacha 2014) and with age (Umetani 1998).
    spread = 70.0 * np.exp(-0.025 * (heart_now - 60.0) - 0.012 * (table["age"] - 40.0))
    spread *= table["variability"] * rng.lognormal(0.0, 0.2, len(table))
    table["body_temperature"] = (core[now, row] + rng.normal(0.0, 0.15, len(table))).round(2)
    table["rr_ms"] = [
        simulate_intervals(rng, *pair) for pair in zip(heart_now, spread, strict=True)
    ]
    table["heat_stress"] = strain[now, row]
    table["heat_change"] = ahead - strain[now, row]
    table["heat_category"] = np.array(CATEGORIES)[np.digitize(ahead, CATEGORY_LIMITS)]
    table["core"] = core[now, row]
    table["core_ahead"] = core[now + AHEAD, row]
    labels = ["heat_stress", "heat_change", "heat_category", "core", "core_ahead"]
    return table.loc[table["core"] < UNSAFE, ["person", "rr_ms", *CONTEXT, *labels]].reset_index(
        drop=True
    )
