"""The pilot's formulas against numbers that others printed, and against their own domains."""

import itertools
import json
import math
from pathlib import Path

import activity
import heat
import load
import numpy as np
import pytest
import water

DATA = Path(__file__).parents[1] / "data" / "heat_validation"
HEAT_RISE = np.linspace(60.0, 165.0, 60).round()


def read_table(name: str) -> dict:
    return json.loads((DATA / name).read_text())


# ---- weather ----
# pythermalcomfort, tests/test_psychrometrics.py; the last: Stull (2011), section 2.
@pytest.mark.parametrize(
    "air, humidity, printed", [(27.1, 66.4, 22.4), (25, 50, 18.0), (20, 50, 13.7)]
)
def test_wet_bulb_gives_printed_digits(air, humidity, printed):
    assert heat.wet_bulb(air, humidity) == pytest.approx(printed, abs=0.05)


def test_wbgt_gives_the_reference_table():
    """ts_wbgt.json of validation-data-comfort-models; its row in the sun is not for `mix_wbgt`."""
    table, compared = read_table("ts_wbgt.json"), 0
    for row in table["data"]:
        given, printed = row["inputs"], row["outputs"]["wbgt"]
        if given.get("with_solar_load"):
            continue
        for wet, out in zip(np.atleast_1d(given["twb"]), np.atleast_1d(printed), strict=True):
            found = heat.mix_wbgt(float(wet), float(given["tg"]))
            assert found == pytest.approx(out, abs=table["tolerance"]["wbgt"])
            compared += 1
    assert compared == 10


def test_wbgt_of_temperature_and_humidity_is_lemke_and_kjellstroms():
    """0.67 Tpwb + 0.33 Ta - 0.048 log10(v) (Ta - Tpwb), Ind. Health 50 (2012), equation 8."""
    for air, humidity in itertools.product([20.0, 30.0, 40.0], [20.0, 50.0, 80.0]):
        wet = heat.wet_bulb(air, humidity)
        printed = 0.67 * wet + 0.33 * air - 0.048 * math.log10(0.3) * (air - wet)
        assert heat.wbgt(air, humidity) == pytest.approx(printed, abs=0.05)


def test_rothfusz_gives_the_reference_table():
    """ts_heat_index.json of validation-data-comfort-models: the regression alone."""
    table = read_table("ts_heat_index.json")
    for row in table["data"]:
        found = heat.rothfusz(1.8 * row["inputs"]["tdb"] + 32.0, row["inputs"]["rh"])
        assert (found - 32.0) / 1.8 == pytest.approx(
            row["outputs"]["hi"], abs=table["tolerance"]["hi"]
        )


# pythermalcomfort, tests/test_heat_index_rothfusz.py and its docstring
@pytest.mark.parametrize("air, humidity, printed", [(29.0, 50.0, 29.7), (30.0, 80.0, 37.7)])
def test_heat_index_gives_printed_digits(air, humidity, printed):
    assert heat.heat_index(air, humidity) == pytest.approx(printed, abs=0.05)


# The chart of the US National Weather Service: deg F, %, deg F
CHART = [
    (80, 40, 80), (80, 80, 84), (84, 60, 88), (86, 90, 105), (90, 50, 95), (90, 70, 105), (92, 60, 105),
    (94, 80, 129), (96, 50, 108), (100, 40, 109), (100, 60, 129), (104, 50, 131), (110, 40, 136),
]  # fmt: skip


@pytest.mark.parametrize("fahrenheit, humidity, printed", CHART)
def test_heat_index_gives_the_weather_services_chart(fahrenheit, humidity, printed):
    found = 1.8 * heat.heat_index((fahrenheit - 32.0) / 1.8, float(humidity)) + 32.0
    assert found == pytest.approx(
        printed, abs=1.3
    )  # the chart is of whole degrees, before adjustment


# The weather service's switch from one formula to the other is a step of its own.
@pytest.mark.parametrize(
    "index, fall", [(heat.wet_bulb, 1e-9), (heat.wbgt, 1e-9), (heat.heat_index, 0.6)]
)
def test_weather_indices_are_plausible_or_nothing(index, fall):
    """Nothing out of the domain; within it no step and no fall with humidity."""
    for air in np.arange(-30.0, 60.0, 0.5).tolist():
        last = math.nan
        for humidity in np.arange(-5.0, 111.0, 1.0).tolist():
            found = index(air, humidity)
            if math.isnan(found):
                continue
            assert 0.0 <= air <= 50.0 and 0.0 <= humidity <= 100.0
            assert -8.0 < found < 58.5
            assert math.isnan(last) or -fall <= found - last < 1.6, (air, humidity)
            last = found
    for bad in (
        (math.nan, 50.0),
        (30.0, math.nan),
        (math.inf, 50.0),
        (30.0, -math.inf),
        (1e300, 50.0),
    ):
        assert math.isnan(index(*bad))


# ---- core temperature and strain ----
def buller_filter(heart_rates, start):
    """Equations 3 to 8 of Buller et al. (2013) with the numbers of its listing `KFModel`."""
    mapping = np.polynomial.Polynomial([-7887.1, 384.4286, -4.5714])
    x, v, found = start, 0.0, []
    for z in heart_rates:
        v += 0.022**2
        c = mapping.deriv()(x)
        k = v * c / (c**2 * v + 18.88**2)
        x, v = x + k * (z - mapping(x)), (1 - k * c) * v
        found.append(x)
    return found


def test_core_filter_is_the_published_one():
    core, variance, found = 37.1, 0.0, []
    for heart_rate in HEAT_RISE:
        core, variance = heat.core_step(core, variance, heart_rate)
        found.append(core)
    np.testing.assert_allclose(found, buller_filter(HEAT_RISE, 37.1), rtol=1e-13)
    assert 38.0 < found[-1] < 38.9


@pytest.mark.parametrize(
    "core, heart_rate", [(37.0, 78.5), (38.0, 120.1), (39.0, 152.5), (40.0, 175.8)]
)
def test_core_filter_settles_where_its_mapping_says(core, heart_rate):
    """-4.5714 core**2 + 384.4286 core - 7887.1 by hand; the deviation that is left is about 0.1 K."""
    found, variance = 37.5, 0.0
    for _ in range(600):
        found, variance = heat.core_step(found, variance, heart_rate)
    assert found == pytest.approx(core, abs=0.01)
    assert 0.09 < math.sqrt(variance) < 0.15


def test_core_is_not_sure_without_a_heart_rate():
    core, variance = 38.0, 0.005
    for minute in range(1, 400):
        core, variance = heat.core_step(core, variance, math.nan)
        assert core == 38.0
        assert variance == pytest.approx(min(0.005 + minute * 0.022**2, 0.09))
    hot, _ = heat.core_step(40.0, 0.09, 220.0)
    cold, _ = heat.core_step(36.0, 0.09, 20.0)
    assert (hot, cold) == (40.0, 36.0)


# Moran et al. (1998): the scale's ends and middle, by its own rise of 3 deg C and 120 beats/min.
@pytest.mark.parametrize(
    "core, heart_rate, printed",
    [(36.5, 60, 0), (38.0, 120, 5), (39.5, 180, 10), (41.0, 200, 10), (36, 50, 0)],
)
def test_strain_index_is_morans(core, heart_rate, printed):
    assert heat.strain_index(core, heart_rate, 36.5, 60.0) == pytest.approx(printed)


# Buller et al. (2023), abstract: group means at the end. Core, skin (not printed there: runners in the
# wind, and closed suits), Moran's and the adaptive index. At rest 37.1 deg C and 71 beats/min.
@pytest.mark.parametrize(
    "core, skin, moran, adaptive", [(40.1, 33.5, 11.4, 9.9), (38.4, 37.5, 7.6, 9.0)]
)
def test_adaptive_strain_gives_the_groups_of_its_source(core, skin, moran, adaptive):
    found = heat.adaptive_strain_index(core, 180.0, skin, 71.0, 37.1)
    assert found == pytest.approx(adaptive, abs=0.35)
    assert heat.strain_index(core, 180.0, 37.1, 71.0) == pytest.approx(min(moran, 10.0), abs=0.2)
    without = heat.adaptive_strain_index(core, 180.0, math.nan, 71.0, 37.1)
    assert without == heat.strain_index(core, 180.0, 37.1, 71.0)


def test_levels_rise_with_strain():
    levels = [heat.strain_level(strain) for strain in (0.0, 2.4, 2.5, 4.4, 4.5, 6.4, 6.5, 10.0)]
    assert levels == ["low", "low", "moderate", "moderate", "high", "high", "extreme", "extreme"]
    for one, other in itertools.product(heat.LEVELS, repeat=2):
        assert heat.worse(one, other) == max(one, other, key=heat.LEVELS.index)


# ---- water ----
def lose(hours, air, humidity, metabolic, mass=75.0, height=1.8, acclimatised=1.0, **worn):
    body, grams = water.Body(), 0.0
    for _ in range(round(60 * hours)):
        body, lost = water.next_minute(
            body, air, humidity, metabolic, mass, height, acclimatised, **worn
        )
        grams += lost
    return body, grams


PHS = [
    row
    for row in read_table("ts_phs.json")["data"]
    if not isinstance(row["inputs"]["tdb"], list)
    and row["inputs"]["tr"] == row["inputs"]["tdb"]
    and row["inputs"]["posture"] == "standing"
    and "walk_sp" not in row["inputs"]
]


@pytest.mark.parametrize(
    "row", PHS, ids=lambda row: f"{row['inputs']['tdb']}-{row['inputs']['rh']}"
)
def test_eight_hours_give_the_reference_table(row):
    """ts_phs.json of validation-data-comfort-models: standing, in the shade, wind at rest.

    Its tolerances, but for the loss: 12 g instead of 10, for a saturation pressure of its own.
    """
    given, printed = row["inputs"], row["outputs"]
    tolerance = read_table("ts_phs.json")["tolerance"]
    body, grams = lose(
        8, given["tdb"], given["rh"], 58.15 * given["met"],
        acclimatised=float(given.get("acclimatized", 100) == 100), clothing=given["clo"], air_speed=given["v"],
    )  # fmt: skip
    assert body.rectal == pytest.approx(printed["t_re"], abs=tolerance["t_re"])
    assert body.sweat == pytest.approx(printed["sweat_rate_watt"], abs=tolerance["sweat_rate_watt"])
    assert grams == pytest.approx(printed["sweat_loss_g"], abs=12.0)


def test_the_table_has_rows_for_this():
    assert len(PHS) == 5


def test_water_is_lost_within_reason_in_all_of_its_domain():
    """Never more than the 1.5 litres an hour that 500 W/m2 and breath are; and nobody freezes or boils."""
    for air, humidity, metabolic in itertools.product(
        [-20.0, 10, 25, 40, 50], [5.0, 40, 95], [60, 230, 700]
    ):
        if not water.is_within(air, humidity):
            continue
        body, grams = lose(3, air, humidity, metabolic)
        assert 0.0 <= grams <= 3 * 1500.0
        assert 36.0 < body.rectal <= 42.0
        assert 20.0 < body.skin < 46.0
    assert lose(3, 40.0, 40.0, 230.0)[1] > lose(3, 25.0, 40.0, 230.0)[1]
    assert lose(3, 40.0, 40.0, 230.0)[1] > lose(3, 40.0, 40.0, 120.0)[1]
    assert not water.is_within(51.0, 10.0)
    assert not water.is_within(40.0, 65.0)  # 4.8 kPa
    assert not water.is_within(math.nan, 50.0)


def test_the_balance_goes_on_through_a_gap_and_begins_anew_after_a_night():
    balance = water.settle(water.Balance(), 0.02, 0.0, 70.0)
    assert balance == water.Balance(0.02, 0.02, 0)
    assert water.settle(balance, math.nan, 0.01, 70.0) == water.Balance(0.02, 0.03, 1)
    assert water.settle(balance, 0.01, 2.0, 70.0) == water.Balance(0.01, 0.0, 0)
    after = water.resume(balance, 30)
    assert after.deficit == pytest.approx(0.62)
    assert after.guessed == 30
    assert water.resume(balance, 300).deficit == pytest.approx(1.22)
    assert water.resume(balance, 361) == water.Balance()
    assert water.settle(water.Balance(0.02, 13.99, 0), 0.05, 0.0, 70.0).deficit == 14.0


def test_skin_area_is_dubois():
    """DuBois & DuBois (1916): 1.92 m2 for ISO 7933's person of 75 kg and 1.8 m, in its annex E."""
    assert water.skin_area(1.8, 75.0) == pytest.approx(1.94, abs=0.02)


# ---- activity and load ----
# CADENCE-Adults (2019): thresholds of 3 and 6 MET
@pytest.mark.parametrize("steps, printed", [(100.0, 3.0), (130.0, 6.0)])
def test_cadence_gives_published_thresholds(steps, printed):
    found = activity.metabolic_rate(steps, 120.0, 60.0, 30.0, 1.0, 75.0)
    assert found == pytest.approx(58.15 * printed)


def test_metabolic_rate_by_heart_is_iso_8996s():
    """At the largest heart rate it is the largest working capacity, at rest it is 55 W/m2."""
    for age, sex, first in ((30.0, 1.0, 41.7), (50.0, 0.0, 35.0)):
        most = (first - 0.22 * age) * 70.0**0.666
        top = 205.0 - 0.62 * age
        assert activity.metabolic_rate(math.nan, top, 60.0, age, sex, 70.0) == pytest.approx(most)
        assert activity.metabolic_rate(10.0, 60.0, 60.0, age, sex, 70.0) == pytest.approx(55.0)
        middle = activity.metabolic_rate(0.0, (60.0 + top) / 2.0, 60.0, age, sex, 70.0)
        assert middle == pytest.approx((55.0 + most) / 2.0)
    assert math.isnan(activity.metabolic_rate(0.0, math.nan, 60.0, 30.0, 1.0, 70.0))
    with pytest.raises(OverflowError):
        activity.metabolic_rate(math.inf, 80.0, 60.0, 30.0, 1.0, 70.0)


def test_classes_are_iso_8996s():
    names = [activity.activity_class(rate) for rate in (65.0, 100.0, 165.0, 230.0, 290.0, math.nan)]
    assert names == ["resting", "low", "moderate", "high", "very high", "unknown"]


def test_resting_heart_rate_falls_fast_and_rises_slowly():
    resting = 70.0
    for _ in range(30):
        resting = activity.next_resting(resting, 52.0)
    assert 52.0 < resting < 53.0
    for _ in range(120):
        resting = activity.next_resting(resting, 150.0)
    assert 52.0 < resting < 56.0
    assert activity.next_resting(40.0, 20.0) == 40.0


# A worked example of Banister's TRIMP that training sites print: 45 min, 150, 60, 190 beats/min, man.
def test_training_impulse_gives_a_printed_example():
    assert 45.0 * load.training_impulse(90.0 / 130.0, 1.0) == pytest.approx(75.36, abs=0.05)
    assert load.training_impulse(1.0, 0.0) == pytest.approx(0.86 * math.exp(1.67))
    assert load.training_impulse(0.0, 1.0) == 0.0


def test_load_follows_and_forgets_with_its_times():
    loads = load.Load()
    for _ in range(180):
        loads = load.next_load(loads, 1.0, 1)
    assert loads.effort == pytest.approx(1.0 - math.exp(-1.0))
    assert loads.acute == pytest.approx(1.0 - math.exp(-180.0 / 10080.0))
    assert loads.chronic == pytest.approx(1.0 - math.exp(-180.0 / 40320.0))
    one_by_one = loads
    for _ in range(50):
        one_by_one = load.next_load(one_by_one, 0.0, 1)
    at_once = load.next_load(loads, 0.0, 50)
    for name in ("effort", "acute", "chronic"):
        assert getattr(at_once, name) == pytest.approx(getattr(one_by_one, name))
