"""People at work through warm days, minute by minute: weather, work, body and heart, simulated.

No one was measured. Published average relations, plus scatter of our choosing, stand in for a field
study: what is learned from these days shows that the way works, nothing about a real person.

Sources, by the names the code uses
    body      predicted heat strain of ISO 7933:2004, as pythermalcomfort computes it, a minute at a
              time; at rest below the standard's lower limit of 100 W/m2, where its formulas go on
    demand    classes of metabolic rate of ISO 8996, W/m2; steps/min: Tudor-Locke et al., Br J Sports
              Med 52, 776 (2018), 100 at 3 MET and 10 more for each further MET
    capacity  14.7 - 0.11 age MET in men (Morris et al., J Am Coll Cardiol 22, 175, 1993),
              14.7 - 0.13 age in women (Gulati et al., N Engl J Med 353, 468, 2005)
    heart     208 - 0.7 age at most (Tanaka et al., J Am Coll Cardiol 37, 153, 2001); a share of the
              capacity takes the same share of the heart's reserve (Swain and Leutholtz, Med Sci
              Sports Exerc 29, 410, 1997); 33 beats/min for each deg C beyond what the work explains
              (ISO 9886); 3 for each % of body mass lost as water (Adams et al., J Strength Cond Res
              28, 2380, 2014); the half of a change within a minute
    fatigue   work is accepted for 4 h at 39 % and for 8 h at 24.5 % of the heart's reserve, and
              exponentially between and beyond (Wu and Wang, Ergonomics 45, 280, 2002): 100 is the
              end of the accepted time, whatever drives the heart, work or heat. A calm heart brings
              it down by half in an hour, our choice, one at the share of 8 h not at all; ours is
              `fatigability`, too, a factor of each person that no input tells.
Ours are also the spread of people, weather and jobs, and when people stop, rest and drink.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numba
import numpy as np
import pandas as pd
from pythermalcomfort.models import phs

MET = 58.15  # W/m2
REST = 65.0  # W/m2, sitting (ISO 8996)
CORE_REST = 36.8  # deg C, the average person (ISO 7933)
DEMANDS = [100.0, 165.0, 230.0, 290.0]  # W/m2, ISO 8996: low, moderate, high, very high
RADIANT_RISE = 0.0  # deg C of the mean radiant temperature above the air's: shade
AIR_SPEED = 0.3  # m/s
CLOTHING = 0.5  # clo
SHIFT_SHARE = 0.245  # of the heart's reserve: accepted for 8 h
SUSTAINED = 0.6  # of the capacity: nobody works harder for long
UNSAFE = 39.5  # deg C core temperature; a day ends there
START = 29_690_340  # minutes since 1970: 2026-06-14, 07:00 UTC
# What phs gives back and takes again for the next minute.
BODY = ["t_sk", "t_cr", "t_re", "t_cr_eq", "t_sk_t_cr_wg", "sweat_rate_watt"]


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep phs from starting threads: for a few people they cost fifty times the work."""
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of numba, about broadcast arrays
        try:
            yield
        finally:
            numba.set_num_threads(threads)


def saturation(temperature):
    """Return the saturated vapour pressure in kPa at a temperature in deg C (ISO 7726)."""
    return 0.6105 * np.exp(17.27 * temperature / (temperature + 237.3))


def accepted_hours(share):
    """Return how many hours of work at a share of the heart's reserve are accepted."""
    return 8.0 * (4.0 / 8.0) ** ((share - SHIFT_SHARE) / (0.39 - SHIFT_SHARE))


def next_fatigue(fatigue, share, fatigability):
    """Return the fatigue, 0 to 100, after one more minute at a share of the heart's reserve."""
    tired = fatigability * 100.0 / (60.0 * accepted_hours(share))
    recovery = np.log(2.0) / 60.0 * np.maximum(1.0 - share / SHIFT_SHARE, 0.0)
    return np.clip(fatigue + tired - recovery * fatigue, 0.0, 100.0)


def draw_profiles(rng: np.random.Generator, people: int) -> pd.DataFrame:
    """Return what a profile knows of people, a row each: years, 0 female or 1 male, m, kg, 0 or 1."""
    age, sex = rng.integers(18, 66, people), rng.integers(0, 2, people)
    height = (rng.normal(0.0, 0.07, people) + np.where(sex == 1, 1.75, 1.62)).round(2)
    mass = (26.0 * rng.lognormal(0.0, 0.14, people).clip(0.7, 1.4) * height**2).round(1)
    acclimatised = rng.integers(0, 2, people)
    columns = {"age": age, "sex": sex, "height": height, "mass": mass, "acclimatised": acclimatised}
    return pd.DataFrame(columns).astype(float)


def draw_bodies(rng: np.random.Generator, profiles: pd.DataFrame) -> pd.DataFrame:
    """Return people: their profiles, and beside them what no profile knows."""
    people, age, sex = len(profiles), profiles["age"], profiles["sex"]
    met = 14.7 - np.where(sex == 1.0, 0.11, 0.13) * age
    heart_rest = rng.normal(64.0, 7.0, people).clip(45.0, 85.0)
    chronic = rng.uniform(0.0, 0.3, people) * (rng.random(people) > 0.25)
    return profiles.assign(
        capacity=MET * met * rng.lognormal(0.0, 0.15, people),  # W/m2
        heart_rest=heart_rest,
        heart_reserve=208.0 - 0.7 * age + rng.normal(0.0, 6.0, people) - heart_rest,
        core_shift=rng.normal(0.0, 0.15, people),  # deg C from the average person's core
        stops_at=rng.normal(38.6, 0.35, people).clip(37.8, 39.3),  # deg C core temperature
        drinks=rng.uniform(0.3, 1.0, people),  # share of what was lost, at each break
        fatigability=rng.lognormal(0.0, 0.25, people),
        variability=rng.lognormal(0.0, 0.3, people),
        chronic=chronic,  # load of the last four weeks, see load.Load; 0: the band is new
        acute=chronic * rng.lognormal(0.0, 0.3, people),  # of the last one
    )


def weather_through(highest, swing, vapour, minutes: int) -> tuple[np.ndarray, ...]:
    """Return air temperature (deg C) and relative humidity (%), each (minutes, days).

    The vapour in the air (kPa) stays, the temperature swings: highest at 15:00, lowest at 3:00.
    """
    hour = 7.0 + np.arange(minutes)[:, np.newaxis] / 60.0
    air = highest - swing * (1.0 - np.cos(2.0 * np.pi * (hour - 15.0) / 24.0))
    return air, np.minimum(100.0 * vapour / saturation(air), 100.0)


def draw_weather(rng: np.random.Generator, days: int, minutes: int) -> tuple[np.ndarray, ...]:
    """Return the air temperature (deg C) and humidity (%) of some days, each (minutes, days)."""
    highest, swing = rng.uniform(22.0, 46.0, days), rng.uniform(3.0, 7.0, days)
    most = np.minimum(saturation(highest - 2.0 * swing), 4.3)  # no fog, and still ISO 7933's
    return weather_through(highest, swing, most * rng.uniform(0.25, 0.95, days), minutes)


def draw_work(rng: np.random.Generator, jobs, minutes: int) -> tuple[np.ndarray, ...]:
    """Return the demand in W/m2, and whether one walks, each (minutes, days), a job of W/m2 a day.

    A day begins at rest; then bouts of work and breaks take turns.
    """
    demand, walks = np.full((minutes, len(jobs)), REST), np.zeros((minutes, len(jobs)), bool)
    for day, job in enumerate(jobs):
        now = int(rng.integers(10, 30))
        while now < minutes:
            end = now + int(rng.integers(15, 75))
            demand[now:end, day] = job * rng.lognormal(0.0, 0.2)
            walks[now:end, day] = rng.random() < 0.5
            now = end + int(rng.choice([5, 10, 15, 30], p=[0.2, 0.4, 0.3, 0.1]))
    return demand, walks


def begin(days: int) -> dict[str, np.ndarray]:
    """Return the body of an average person after a quiet morning, in `days` places."""
    values = [34.1, CORE_REST, CORE_REST, CORE_REST, 0.3, 0.0]
    return {name: np.full(days, value) for name, value in zip(BODY, values, strict=True)}


def step_body(person, air, humidity, metabolic, body: dict) -> tuple[dict, np.ndarray]:
    """Return the body after one more minute, and the litres of sweat and breath it lost."""
    after = phs(
        tdb=air, tr=air + RADIANT_RISE, v=AIR_SPEED, rh=humidity, met=metabolic / MET, clo=CLOTHING,
        posture="standing", model="7933-2004", round_output=False, limit_inputs=False, duration=1,
        weight=person.mass, height=person.height, acclimatized=100 * int(person.acclimatised),
        **body,
    )  # fmt: skip
    return {name: getattr(after, name) for name in BODY}, after.sweat_loss_g / 1000.0


def live(rng, person, air, humidity, demand, walks) -> dict[str, np.ndarray]:
    """Return what happened on a person's days, by name, each (minutes, days).

    Who gets too hot or too tired rests until it is better, whatever the job demands. Named are
    core (deg C, rectal), skin (mean, deg C), heart (beats/min), metabolic (W/m2), steps (per min),
    lost and drunk (litres in the minute), deficit (litres lost and not drunk), fatigue (0..100).
    """
    minutes, days = demand.shape
    body, heart = begin(days), np.full(days, person.heart_rest)
    deficit, fatigue, wander = np.zeros(days), np.zeros(days), np.zeros(days)
    stopped = np.zeros(days, bool)
    told = []
    for minute in range(minutes):
        work = np.minimum(demand[minute], SUSTAINED * person.capacity)
        metabolic = np.where(stopped, REST, work)
        rests = metabolic <= REST
        body, lost = step_body(person, air[minute], humidity[minute], metabolic, body)
        core = body["t_re"] + person.core_shift
        drinks = rests & (rng.random(days) < 0.2)
        drunk = np.where(drinks, np.clip(person.drinks * deficit, 0.0, 0.5).round(2), 0.0)
        deficit = deficit + lost - drunk
        effort = (metabolic - REST) / (person.capacity - REST)
        unexplained = np.maximum(body["t_cr"] - body["t_cr_eq"], 0.0)
        wander = 0.9 * wander + rng.normal(0.0, 1.2, days)
        target = person.heart_rest + effort * person.heart_reserve + 33.0 * unexplained
        target += 3.0 * 100.0 * deficit / person.mass + wander
        heart = heart + 0.5 * (np.minimum(target, person.heart_rest + person.heart_reserve) - heart)
        share = np.clip((heart - person.heart_rest) / person.heart_reserve, 0.0, 1.0)
        fatigue = next_fatigue(fatigue, share, person.fatigability)
        cadence = 100.0 + 10.0 * (metabolic / MET - 3.0) + rng.normal(0.0, 3.0, days)
        steps = np.where(walks[minute] & ~rests, cadence, rng.poisson(8.0, days))
        stopped |= (core > person.stops_at) | (fatigue > 95.0)
        stopped &= (core > person.stops_at - 0.4) | (fatigue > 80.0)
        told.append([core, body["t_sk"], heart, metabolic, steps, lost, drunk, deficit, fatigue])
    names = ["core", "skin", "heart", "metabolic", "steps", "lost", "drunk", "deficit", "fatigue"]
    return dict(zip(names, np.moveaxis(np.array(told), 1, 0), strict=True))


def tell_days(lived: dict, air, humidity) -> list[pd.DataFrame]:
    """Return what `live` told as a frame for each day, a row per minute.

    Columns: minute (whole ones since 1970), air (deg C), humidity (%), and those of `live`. A day
    ends where the core gets UNSAFE: nobody is left in such heat.
    """
    told = lived | {"air": air, "humidity": humidity}
    days = []
    for day, core in enumerate(lived["core"].T):
        end = int(np.argmax(np.append(core > UNSAFE, True)))
        minute = START + 1440 * day + np.arange(end)
        part = {name: values[:end, day] for name, values in told.items()}
        days.append(pd.DataFrame({"minute": minute} | part))
    return days


def live_days(rng: np.random.Generator, person, jobs, weather: tuple) -> list[pd.DataFrame]:
    """Return the days of a person, `tell_days`' frames: a job in W/m2 and a day's weather each."""
    with one_thread():
        lived = live(rng, person, *weather, *draw_work(rng, jobs, len(weather[0])))
    return tell_days(lived, *weather)


def simulate(people: int = 100, days: int = 2, minutes: int = 480, seed: int = 1):
    """Return people, a row each, and their days by (person, day), frames of `tell_days`.

    The same for the same seed.
    """
    rng = np.random.default_rng(seed)
    table, lives = draw_bodies(rng, draw_profiles(rng, people)), {}
    for person in table.itertuples():
        jobs = rng.choice(DEMANDS, days, p=[0.2, 0.35, 0.3, 0.15])
        told = live_days(rng, person, jobs, draw_weather(rng, days, minutes))
        lives |= {(person.Index, day): one for day, one in enumerate(told)}
    return table, lives
