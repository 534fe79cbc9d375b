"""Minutes to score, drawn by seed: of the recordings, of simulated days, and of what goes wrong.

A window is one call of `score`: samples, person, weather, and the state that Python's own run along
its stretch of minutes had come to. Nonsense is among them: what Python raises then, the device must.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import recording
import score

DATA = Path(score.__file__).parent / "data"
START = 29_000_000
NAN = math.nan


def draw_person(random) -> dict:
    sex = float(random.integers(0, 2))
    return {
        "age": float(random.integers(18, 75)),
        "sex": sex,
        "height": round(random.normal(1.62 + 0.14 * sex, 0.07), 2),
        "mass": round(float(np.clip(random.normal(66.0 + 14.0 * sex, 12.0), 40.0, 140.0)), 1),
        "acclimatised": float(random.integers(0, 2)),
    }


def draw_weather(random) -> dict:
    return {
        "air_temperature": round(random.uniform(12.0, 46.0), 1),
        "humidity": round(random.uniform(15.0, 75.0), 1),
    }


def of_recording(random) -> list[dict]:
    """The wrist recording, each sensor as far as it goes, with weather and a still phone put to it."""
    minutes = recording.read_recording(DATA, **draw_weather(random)).drop(columns="minute")
    return minutes.assign(step_rate=0.0).to_dict("records")


def of_intervals(random) -> list[dict]:
    """The other recording: nothing but intervals, cut into minutes, with artefacts put in."""
    with open(DATA / "nni_pyhrv.csv") as file:
        intervals = np.array([float(line) for line in file.read().split()[1:]])
    place = (np.cumsum(intervals) // 60000.0).astype(int)
    minutes = []
    for minute in range(place[-1] + 1):
        part = intervals[place == minute]
        part[random.integers(0, part.size)] *= random.choice([0.1, 0.6, 1.7, 4.0])
        minutes.append({"rr_ms": part.tolist(), "step_rate": NAN} | draw_weather(random))
    return minutes


def of_simulator(random) -> Iterator[list[dict]]:
    """A day each of two simulated people, if what they are simulated with is installed."""
    try:
        import simulate
        import wrist
    except ImportError:
        return
    people, lives = simulate.simulate(people=2, days=1, minutes=90, seed=int(random.integers(99)))
    for (number, _), day in lives.items():
        band = wrist.record(random, people.loc[number], day)
        yield band.drop(columns=["worn", "minute"]).to_dict("records")


def of_chance(random, count: int) -> list[dict]:
    """A stretch at one pace, in one weather, with faults of all kinds, drawn here."""
    weather, target = draw_weather(random), random.uniform(60.0, 190.0)
    if random.random() < 0.5:
        air = random.uniform(34.0, 44.0)
        weather = {"air_temperature": air, "humidity": random.uniform(20.0, 170.0 - 3.0 * air)}
    heart, minutes, faults = 75.0, [], iter(random.permutation(len(FAULTS) + 10))
    for _ in range(count):
        heart = float(
            np.clip(heart + 0.1 * (target - heart) + random.normal(0.0, 4.0), 45.0, 195.0)
        )
        rr = random.normal(60000.0 / heart, 15.0, int(heart * random.uniform(0.6, 1.0)))
        one = {
            "rr_ms": rr,
            "heart_rate": random.normal(heart, 2.0, 12),
            "skin_temperature": random.normal(33.0 + 0.02 * (heart - 60.0), 0.1, 4),
            "step_rate": float(random.choice([0.0, 8.0, 70.0, 105.0, 125.0, 160.0])),
            "water_drunk": float(random.random() < 0.1) * 0.25,
        } | weather
        minutes.append(spoil(random, one, next(faults)) if random.random() < 0.3 else one)
    return minutes


FAULTS = (
    {"rr_ms": []}, {"heart_rate": []}, {"rr_ms": [], "heart_rate": []}, {"skin_temperature": []},
    {"heart_rate": [NAN] * 12}, {"heart_rate": [0.0, 251.0, math.inf]}, {"rr_ms": [800.0]},
    {"rr_ms": [0.0, 1e9, -5.0]}, {"rr_ms": [NAN] * 30}, {"step_rate": NAN}, {"air_temperature": NAN},
    {"rr_ms": [], "heart_rate": [], "step_rate": NAN}, {"air_temperature": 1.0, "humidity": 6.0},
    {"humidity": NAN}, {"humidity": 3.0}, {"humidity": 100.0}, {"air_temperature": 51.0},
    {"air_temperature": 48.0, "humidity": 90.0}, {"air_temperature": -12.0}, {"air_temperature": 5.0},
    {"air_temperature": 28.0, "humidity": 92.0}, {"air_temperature": 41.0, "humidity": 8.0},
    {"heart_rate": [150.0] * 12}, {"skin_temperature": [99.0, NAN]}, {"skip": 2}, {"skip": 30},
    {"skip": 90}, {"skip": 500}, {"step_rate": math.inf}, {"step_rate": -math.inf}, {"skip": -1},
    {"skip": -50}, {"age": 9.0}, {"age": NAN}, {"sex": 2.0}, {"height": 0.0}, {"mass": 0.0},
    {"mass": math.inf}, {"acclimatised": 0.5}, {"water_drunk": -0.1}, {"water_drunk": 40.0},
    {"air_temperature": 9.0, "humidity": 40.0, "step_rate": 0.0, "heart_rate": [61.0] * 12},
    {"water_drunk": 2.5}, {"air_temperature": 41.0, "humidity": 57.0, "step_rate": 160.0}, {"rr_ms": [], "heart_rate": [], "step_rate": 120.0},
)  # fmt: skip


def spoil(random, one: dict, choice: int) -> dict:
    """One of the faults, or beats as a loose strap tells them."""
    if choice < len(FAULTS):
        return one | FAULTS[choice]
    rr, factor = np.array(one["rr_ms"]), random.uniform(0.4, 1.9)
    return one | {"rr_ms": np.where(random.random(rr.size) < 0.3, rr * factor, rr)}


def walk(function, random, minutes: list[dict], person: dict) -> Iterator[tuple[dict, object]]:
    """Each window along a stretch of minutes, and what Python gives or raises."""
    state, now = dict(score.FIRST_STATE), START + int(random.integers(0, 10**6))
    for minute in minutes:
        now += 1 + minute.get("skip", 0)
        window = {
            "rr_ms": [],
            "heart_rate": [],
            "skin_temperature": [],
            "water_drunk": 0.0,
        } | person
        window |= {name: value for name, value in minute.items() if name != "skip"} | {
            "minute": now
        }
        for name in ("rr_ms", "heart_rate", "skin_temperature"):
            window[name] = np.array(window[name], dtype=float)
        window = {name: window[name] for name in score.INPUTS} | state
        try:
            result = function(**window)
            state = {name: result[name] for name in score.STATE}
        except Exception as error:
            result, now = error, max(now, state["last_minute"])
        yield window, result


def stretches(seed: int, chances: int = 18) -> Iterator[tuple[list[dict], dict]]:
    """Stretches of minutes and who lived them; the simulator's last, since it may be missing."""
    random = np.random.default_rng(seed)
    for draw in (of_recording, of_intervals):
        yield draw(random), draw_person(random)
    for _ in range(chances):
        yield of_chance(random, 60), draw_person(random)
    for minutes in of_simulator(random):
        yield minutes, draw_person(random)


def draw_windows(function, seed: int, chances: int = 18) -> list[tuple[dict, object]]:
    """All windows, with Python's answer to each."""
    random = np.random.default_rng(seed)
    return [pair for part in stretches(seed, chances) for pair in walk(function, random, *part)]
