"""What a band on the wrist and a phone tell of a simulated minute: beats, noise, gaps, loose straps.

Sources, by the names the code uses
    spread    beats vary less when the heart is fast (Sacha, Ann Noninvasive Electrocardiol 19, 207,
              2014) and with age (Umetani et al., J Am Coll Cardiol 31, 593, 1998)
    waves     breathing at 0.25 Hz, blood pressure at 0.1 Hz (McSharry et al., IEEE Trans Biomed Eng
              50, 289, 2003), and a slow drift
    noise     wrist-worn heart rates are off by some beats/min, a third more in motion (Bent et al.,
              npj Digit Med 3, 18, 2020)
Ours are how often a strap is loose or off, and what is lost then.
"""

import numpy as np
import pandas as pd

HEART_SAMPLES, SKIN_SAMPLES = 12, 4  # a minute
FROM_SKIN = 1.2  # deg C that a wrist is cooler than the skin's mean
WAVES = np.array([0.25, 0.1, 0.015])  # Hz


def draw_spells(rng: np.random.Generator, minutes: int, every: float, longest: int) -> np.ndarray:
    """Return when something holds, (minutes,): about once in `every` minutes, up to `longest`."""
    holds = np.zeros(minutes, bool)
    for start in np.flatnonzero(rng.random(minutes) < 1.0 / every):
        holds[start : start + rng.integers(1, longest + 1)] = True
    return holds


def draw_beats(rng: np.random.Generator, heart: float, spread: float) -> np.ndarray:
    """Return a minute of true times between beats in ms, some premature, shape (beats,)."""
    mean = 60000.0 / heart
    seconds = np.arange(int(heart)) * mean / 1000.0
    phase = rng.uniform(0.0, 2.0 * np.pi, 3)
    waves = np.sin(2.0 * np.pi * np.outer(WAVES, seconds) + phase[:, np.newaxis])
    beats = mean + spread * (np.sqrt(2.0 * rng.dirichlet([2.0, 2.0, 1.0])) @ waves)
    if rng.random() < 0.15:  # an extra beat comes early, and the next one late
        early = rng.integers(0, beats.size - 1)
        beats[early : early + 2] *= [0.65, 1.35]
    return beats


def see_beats(rng: np.random.Generator, beats: np.ndarray, blur: float, loose: bool) -> np.ndarray:
    """Return the times between beats that the band tells, ms: blurred, some missed, some lost."""
    told = beats + rng.normal(0.0, blur, beats.size)
    if loose:  # a beat missed makes one time of two; what is too odd is not told at all
        missed = np.flatnonzero(rng.random(beats.size - 1) < 0.1)
        told[missed] += told[missed + 1]
        return told[rng.random(beats.size) < rng.uniform(0.05, 0.6)]
    return told[rng.random(beats.size) < rng.uniform(0.7, 1.0)]


def record(rng: np.random.Generator, person, day: pd.DataFrame) -> pd.DataFrame:
    """Return what was recorded of a day of `simulate.simulate`, a row per minute.

    minute; rr_ms (ms), heart_rate (beats/min) and skin_temperature (deg C), an array each; then
    step_rate (per min), air_temperature (deg C) and humidity (%), NaN when not known; water_drunk
    (litres); worn (0 off, 1 loose, 2 well).
    """
    minutes = len(day)
    loose, off = draw_spells(rng, minutes, 60.0, 6), draw_spells(rng, minutes, 400.0, 25)
    away = draw_spells(rng, minutes, 400.0, 15)  # the phone lies elsewhere: no weather
    spreads = 70.0 * np.exp(-0.025 * (day["heart"] - 60.0) - 0.012 * (person.age - 40.0))
    spreads *= person.variability * rng.lognormal(0.0, 0.2, minutes)
    shift = rng.normal(-FROM_SKIN, 0.3)
    rr, hearts, skins = [], [], []
    rows = zip(
        day["heart"], spreads, day["steps"], day["skin"], day["air"], loose, off, strict=True
    )
    for heart, spread, steps, skin, air, is_loose, is_off in rows:
        moves = steps > 60.0
        beats = draw_beats(rng, heart, spread)
        told = see_beats(rng, beats, 12.0 if moves else 6.0, is_loose)
        rr.append(np.empty(0) if is_off else told.round(1))
        noise = rng.normal(0.0, (3.0 if moves else 2.0) * (4.0 if is_loose else 1.0), HEART_SAMPLES)
        told = (heart + noise).clip(30.0, 220.0).round(1)
        told[rng.random(HEART_SAMPLES) < (0.4 if is_loose else 0.01)] = np.nan
        hearts.append(np.empty(0) if is_off else told)
        felt = air if is_off else skin + shift + 0.1 * (air - skin)
        skins.append((felt + rng.normal(0.0, 0.1, SKIN_SAMPLES)).round(2))
    return pd.DataFrame(
        {
            "minute": day["minute"].to_numpy(),
            "rr_ms": rr,
            "heart_rate": hearts,
            "skin_temperature": skins,
            "step_rate": np.where(off, np.nan, day["steps"].round()),
            "air_temperature": np.where(away, np.nan, day["air"].round(1)),
            "humidity": np.where(away, np.nan, day["humidity"].round(1)),
            "water_drunk": day["drunk"].to_numpy(),
            "worn": np.where(off, 0, np.where(loose, 1, 2)),
        }
    )
