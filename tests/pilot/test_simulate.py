"""The simulated days against printed numbers, and against what must hold whatever the numbers are.

tests/data/heat_validation/ts_phs.json is a published table of predicted heat strain (ISO 7933:2004).
"""

import json
import math
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import simulate
import wrist
from pythermalcomfort.models import phs

TABLE = json.loads(
    (Path(__file__).parents[1] / "data" / "heat_validation" / "ts_phs.json").read_text()
)
# Standing people who do not walk, as the simulated ones.
STANDING = [
    one
    for one in TABLE["data"]
    if one["inputs"]["posture"] == "standing"
    and not {"theta", "walk_sp"} & set(one["inputs"])
    and np.ndim(one["inputs"]["tdb"]) == 0
]


@pytest.fixture(scope="module")
def simulated():
    return simulate.simulate(people=12, days=2)


@pytest.fixture(scope="module")
def recorded(simulated):
    people, lives = simulated
    rng = np.random.default_rng(5)
    return [(day, wrist.record(rng, people.loc[who], day)) for (who, _), day in lives.items()]


@pytest.mark.parametrize("row", TABLE["data"], ids=str)
@pytest.mark.filterwarnings("ignore:.*applicability limits")
def test_pythermalcomfort_gives_the_published_strain(row):
    found = phs(**row["inputs"], model="7933-2004")
    for name, expected in row["outputs"].items():
        allowed = TABLE["tolerance"].get(name, 0.1)
        expected = np.array(expected, float)  # None is NaN: outside the limits of the standard
        np.testing.assert_allclose(getattr(found, name), expected, rtol=0, atol=allowed + 1e-9)


@pytest.mark.parametrize("row", STANDING, ids=lambda row: str(row["inputs"]))
def test_minutes_one_by_one_give_the_published_strain(row, monkeypatch):
    given, expected = row["inputs"], row["outputs"]
    monkeypatch.setattr(simulate, "RADIANT_RISE", given["tr"] - given["tdb"])
    monkeypatch.setattr(simulate, "AIR_SPEED", given["v"])
    monkeypatch.setattr(simulate, "CLOTHING", given["clo"])
    acclimatised = given.get("acclimatized", 100) / 100
    person = SimpleNamespace(mass=75.0, height=1.8, acclimatised=acclimatised)
    weather = np.array([float(given["tdb"])]), np.array([given["rh"]])
    body, lost = simulate.begin(1), 0.0
    with simulate.one_thread():
        for _ in range(480):
            body, more = simulate.step_body(
                person, *weather, np.array([given["met"] * simulate.MET]), body
            )
            lost += more[0]
    for name in ("t_re", "t_cr", "t_sk", "t_cr_eq"):
        assert body[name][0] == pytest.approx(expected[name], abs=0.05 + 1e-9), name  # as printed
    assert 1000.0 * lost == pytest.approx(
        expected["sweat_loss_g"], abs=TABLE["tolerance"]["sweat_loss_g"]
    )


def test_saturation_follows_steam_tables():
    for temperature, pressure in {20.0: 2.339, 30.0: 4.247, 35.0: 5.629, 40.0: 7.385}.items():
        assert simulate.saturation(temperature) == pytest.approx(pressure, rel=0.005)


def test_accepted_hours_pass_through_the_published_shifts():
    """Wu and Wang: 12, 10, 8 and 4 h at 16, 20, 24.5 and 39 % of the heart rate reserve."""
    for share, hours in {0.16: 12.0, 0.20: 10.0, 0.245: 8.0, 0.39: 4.0}.items():
        assert simulate.accepted_hours(share) == pytest.approx(hours, rel=0.02)


def test_fatigue_comes_with_the_accepted_time_and_goes_by_halves():
    fatigue = 0.0
    for _ in range(240):
        fatigue = simulate.next_fatigue(fatigue, 0.39, 1.0)
    assert fatigue == pytest.approx(100.0, abs=1e-6)  # the 4 h of test_accepted_hours...
    rested = [fatigue]
    for _ in range(60):
        rested.append(simulate.next_fatigue(rested[-1], 0.0, 0.0))
    assert rested[-1] == pytest.approx(50.0, rel=0.01)
    assert simulate.next_fatigue(99.99, 0.9, 1.0) == 100.0
    assert simulate.next_fatigue(50.0, 0.5, 2.0) > simulate.next_fatigue(50.0, 0.5, 1.0) > 50.0


def test_the_seed_decides(simulated):
    people, lives = simulated
    again, other = (
        simulate.simulate(people=12, days=2),
        simulate.simulate(people=12, days=2, seed=2),
    )
    pd.testing.assert_frame_equal(people, again[0])
    assert not people.equals(other[0])
    for key, day in lives.items():
        pd.testing.assert_frame_equal(day, again[1][key])
        assert not day.equals(other[1][key])


def test_days_are_whole_and_within_what_a_body_does(simulated):
    people, lives = simulated
    assert set(lives) == {(person, day) for person in range(12) for day in range(2)}
    for (who, _), day in lives.items():
        person = people.loc[who]
        assert not day.isna().any().any()
        assert (np.diff(day["minute"]) == 1).all()
        assert day["core"].between(36.0, simulate.UNSAFE).all()
        assert day["skin"].between(28.0, 39.0).all()
        assert day["heart"].between(35.0, person.heart_rest + person.heart_reserve + 1e-9).all()
        assert day["fatigue"].between(0.0, 100.0).all()
        assert (day["metabolic"] <= simulate.SUSTAINED * person.capacity + 1e-9).all()
        assert day["humidity"].between(5.0, 100.0).all()
        lost = (day["lost"] - day["drunk"]).cumsum()
        np.testing.assert_allclose(day["deficit"], lost, atol=1e-12)


def live_one(air: float, humidity: float, demand: float, minutes: int = 120) -> dict:
    """Return the end of a steady morning of one average person who would never stop."""
    person = SimpleNamespace(
        mass=75.0, height=1.8, acclimatised=0.0, capacity=600.0, heart_rest=64.0,
        heart_reserve=116.0, core_shift=0.0, stops_at=99.0, drinks=0.0, fatigability=1.0,
    )  # fmt: skip
    same = np.ones((minutes, 1))
    with simulate.one_thread():
        lived = simulate.live(
            np.random.default_rng(0), person, air * same, humidity * same, demand * same, same > 2.0
        )
    return {name: values[-1, 0] for name, values in lived.items()}


@pytest.mark.parametrize(
    "mild, hard",
    [
        ((25.0, 40.0, 165.0), (40.0, 40.0, 165.0)),
        ((38.0, 25.0, 165.0), (38.0, 65.0, 165.0)),
        ((32.0, 40.0, 100.0), (32.0, 40.0, 230.0)),
    ],
    ids=["hotter", "more humid", "harder work"],
)
def test_what_is_harder_strains_more(mild, hard):
    mild, hard = live_one(*mild), live_one(*hard)
    for name in ("core", "heart", "deficit", "fatigue"):
        assert hard[name] > mild[name], name


def test_a_band_off_tells_no_beats_and_a_loose_one_few(recorded):
    lost = {0: [], 1: [], 2: []}
    for day, band in recorded:
        assert (band["minute"] == day["minute"].to_numpy()).all()
        for heart, rr, worn in zip(day["heart"], band["rr_ms"], band["worn"], strict=True):
            lost[worn].append(1.0 - len(rr) / heart)
    assert min(len(part) for part in lost.values()) >= 20
    assert set(lost[0]) == {1.0}
    assert np.mean(lost[2]) < 0.3 < np.mean(lost[1])


def test_a_band_worn_well_tells_the_heart(recorded):
    for day, band in recorded:
        well = (band["worn"] == 2).to_numpy()
        true = day["heart"].to_numpy()[well]
        told = np.array([np.nanmean(one) for one in band["heart_rate"][well]])
        beats = np.array([60000.0 / np.median(one) for one in band["rr_ms"][well]])
        assert np.abs(told - true).mean() < 2.0
        assert np.abs(beats - true).mean() < 6.0


def test_beats_vary_less_when_the_heart_is_fast():
    rng = np.random.default_rng(3)
    spread = {rate: 70.0 * math.exp(-0.025 * (rate - 60.0)) for rate in (60.0, 100.0, 140.0)}
    deviation = [
        np.mean([wrist.draw_beats(rng, rate, one).std() for _ in range(200)])
        for rate, one in spread.items()
    ]
    assert all(slow > fast for slow, fast in pairwise(deviation))


def test_what_a_day_does_not_tell_is_nan(recorded):
    bands = pd.concat([band for _, band in recorded])
    assert (bands["step_rate"].isna() == (bands["worn"] == 0)).all()
    assert (bands["air_temperature"].isna() == bands["humidity"].isna()).all()
    assert bands["air_temperature"].isna().mean() < 0.1
    assert bands["air_temperature"].isna().any()
    assert np.isnan(np.concatenate(bands["heart_rate"].to_list())).any()
    assert not np.isnan(np.concatenate(bands["rr_ms"].to_list())).any()
