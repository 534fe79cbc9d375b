"""The function that goes to the device: one new minute of samples in, eight scores and the state out.

Trained on simulation - not a medical device.
"""

import math

import activity
import beats
import heat
import load
import quality
import water
from quality import OK
from water import NIGHT


def check_profile(age, sex, height, mass, acclimatised, water_drunk) -> None:
    """Raise ValueError for somebody that the formulas do not know, or a drink that nobody drinks."""
    if not 10.0 <= age <= 100.0:
        raise ValueError("age must be 10 to 100 years")
    if not (sex == 0.0 or sex == 1.0):
        raise ValueError("sex must be 0 (female) or 1 (male)")
    if not (1.0 <= height <= 2.3 and 25.0 <= mass <= 250.0):
        raise ValueError("height must be 1 to 2.3 m, mass 25 to 250 kg")
    if not (acclimatised == 0.0 or acclimatised == 1.0):
        raise ValueError("acclimatised must be 0 or 1")
    if not 0.0 <= water_drunk <= 3.0:
        raise ValueError("water drunk in a minute must be 0 to 3 litres")


def predict(model, row, low: float, high: float) -> float:
    """Return what a fitted model says of a row, held between `low` and `high`."""
    return min(max(float(model.predict(row)[0]), low), high)


def make_score(models):
    """Return `score` over five fitted models.

    Parameters
    ----------
    models : has heat_category, heat_stress, heat_change (on `heat.row`), fatigue (on
        `load.fatigue_row`) and sweat_rate (litres an hour, on `water.sweat_row`), each with `predict`
    """

    def score(
        minute, rr_ms, heart_rate, skin_temperature, step_rate, air_temperature, humidity, water_drunk,
        age, sex, height, mass, acclimatised,
        last_minute, measured, missing, guessed, core, core_variance, resting_heart_rate,
        body_skin, body_core, body_rectal, body_core_for_work, body_skin_share, body_sweat,
        water_rate, water_deficit, effort, acute, chronic,
    ):  # fmt: skip
        """Return the scores of one minute, whether each is valid and why not, and the state.

        Trained on simulation - not a medical device. A number that is not valid is NaN, a category
        "unknown": an old score is never shown as new. The category is never milder than the strain
        index asks for; where that asks for an alarm, it needs neither heart beats nor weather.

        Parameters
        ----------
        minute : whole minutes since 1970, later than the last that was scored
        rr_ms, heart_rate, skin_temperature : what was measured in it: ms between heart beats, shape
            (beats,); beats/min, shape (heart_samples,); deg C, shape (skin_samples,). May be empty.
        step_rate : steps/min, NaN if not measured
        air_temperature, humidity : deg C and %, NaN if not known
        water_drunk : litres in this minute
        age, sex, height, mass, acclimatised : years, 0 female or 1 male, m, kg, 0 or 1
        last_minute, ... : the state, as the minute before returned it; all 0 before the first

        Raises
        ------
        ValueError : a profile or a drink out of range
        RuntimeError : a minute that is not later than the last
        OverflowError : an infinite number of steps
        """
        check_profile(age, sex, height, mass, acclimatised, water_drunk)
        if minute <= last_minute:
            raise RuntimeError("this minute was scored already")
        gap = minute - last_minute - 1  # minutes that nothing is known of: all before the first
        if gap > NIGHT:
            measured, core, core_variance = 0, heat.CORE_START, heat.VARIANCE_START
        if last_minute == 0:
            resting_heart_rate = activity.RESTING_START

        # What was measured, and what it is good for.
        skin = quality.mean_within(skin_temperature, 15.0, 42.0)
        heart = quality.mean_within(heart_rate, 30.0, 220.0)
        clean, clean_share = beats.clean(rr_ms)
        beat_reason = quality.judge_beats(clean, heart)
        if math.isnan(heart) and beat_reason == OK:
            heart = 60000.0 / float(clean.mean())
        measured, missing = quality.count_minutes(heart, measured, missing, gap)
        heart_reason = quality.judge_heart(heart, measured, missing)
        wbgt = heat.wbgt(air_temperature, humidity)
        weather_reason = quality.judge_weather(air_temperature, humidity, wbgt)

        # Activity and load.
        reserve = 0.0
        if not math.isnan(heart):
            resting_heart_rate = activity.next_resting(resting_heart_rate, heart)
            reserve = activity.heart_reserve(heart, resting_heart_rate, age)
        metabolic = activity.metabolic_rate(step_rate, heart, resting_heart_rate, age, sex, mass)
        impulse = load.training_impulse(reserve, sex)
        loads = load.next_load(load.Load(effort, acute, chronic), impulse, gap + 1)

        # Core temperature and strain, the one thing that alarms rest on.
        core, core_variance = heat.core_step(core, core_variance, heart, gap + 1)
        strain, level = math.nan, "unknown"
        if heart_reason == OK:
            strain = heat.adaptive_strain_index(core, heart, skin, resting_heart_rate)
            level = heat.strain_level(strain)

        # Water.
        body = water.Body()
        if gap <= water.BRIDGED:
            body = water.Body(
                body_skin, body_core, body_rectal, body_core_for_work, body_skin_share, body_sweat
            )
        balance = water.resume(water.Balance(water_rate, water_deficit, guessed), gap)
        water_reason = weather_reason
        if math.isnan(metabolic):
            water_reason = quality.NO_HEART_RATE
        elif weather_reason == OK and not water.is_within(air_temperature, humidity):
            water_reason = quality.WEATHER_BEYOND
        rate = math.nan
        if water_reason == OK:
            weather = air_temperature, humidity
            body, _ = water.next_minute(body, *weather, metabolic, mass, height, acclimatised)
            row = water.sweat_row(
                body, *weather, metabolic, reserve, skin, mass, height, acclimatised, sex
            )
            rate = predict(models.sweat_rate, row, 0.0, 4.0) / 60.0
        balance = water.settle(balance, rate, water_drunk, mass)
        if water_reason == OK and balance.guessed > quality.TOLERATED:
            water_reason = quality.AFTER_GAP
        percent = 100.0 * balance.deficit / mass
        known = water_reason == OK

        # The models, where their inputs are good.
        fatigue_reason = quality.first_reason(heart_reason, beat_reason)
        heat_reason = quality.first_reason(fatigue_reason, weather_reason)
        alarm_reason = heat_reason
        category, stress, change, tired = "unknown", math.nan, math.nan, math.nan
        if fatigue_reason == OK:
            found = beats.features(clean)
            row = load.fatigue_row(loads, reserve, found, strain, percent, age, sex)
            tired = predict(models.fatigue, row, 0.0, 100.0)
            if heat_reason == OK:
                row = heat.row(air_temperature, age, sex, humidity, core, found)
                category = heat.worse(models.heat_category.predict(row)[0], level)
                stress = predict(models.heat_stress, row, 0.0, 100.0)
                change = predict(models.heat_change, row, -100.0, 100.0)
        if heat_reason != OK and strain >= heat.ALARM:
            category, alarm_reason = level, OK

        scores = {
            "heat_category": category,
            "heat_stress": stress,
            "heat_change": change,
            "hydration_litres": balance.deficit if known else math.nan,
            "hydration_percent": percent if known else math.nan,
            "fatigue": tired,
            "strain_index": strain,
            "data_quality": quality.data_quality(
                clean_share, len(rr_ms), heart_reason, skin, step_rate, weather_reason, missing
            ),
            "activity": activity.activity_class(metabolic),
            "wbgt": wbgt,
            "heat_index": heat.heat_index(air_temperature, humidity),
        }
        reasons = {
            "heat_category": alarm_reason,
            "heat_stress": heat_reason,
            "heat_change": heat_reason,
            "hydration": water_reason,
            "fatigue": fatigue_reason,
            "strain_index": heart_reason,
        }
        for name, reason in reasons.items():
            scores[f"{name}_valid"] = reason == OK
            scores[f"{name}_reason"] = reason
        state = {
            "last_minute": minute,
            "measured": measured,
            "missing": missing,
            "guessed": balance.guessed,
            "core": core,
            "core_variance": core_variance,
            "resting_heart_rate": resting_heart_rate,
            "body_skin": body.skin,
            "body_core": body.core,
            "body_rectal": body.rectal,
            "body_core_for_work": body.core_for_work,
            "body_skin_share": body.skin_share,
            "body_sweat": body.sweat,
            "water_rate": balance.rate,
            "water_deficit": balance.deficit,
            "effort": loads.effort,
            "acute": loads.acute,
            "chronic": loads.chronic,
        }
        return scores | state

    return score


STATE = (
    "last_minute", "measured", "missing", "guessed", "core", "core_variance", "resting_heart_rate",
    "body_skin", "body_core", "body_rectal", "body_core_for_work", "body_skin_share", "body_sweat",
    "water_rate", "water_deficit", "effort", "acute", "chronic",
)  # fmt: skip
WHOLE = ("last_minute", "measured", "missing", "guessed")  # states that are whole numbers
INPUTS = {
    "minute": "i64", "rr_ms": "f64[beats]", "heart_rate": "f64[heart_samples]",
    "skin_temperature": "f64[skin_samples]", "step_rate": "f64", "air_temperature": "f64",
    "humidity": "f64", "water_drunk": "f64", "age": "f64", "sex": "f64", "height": "f64", "mass": "f64",
    "acclimatised": "f64",
}  # fmt: skip
FIRST_STATE = {name: 0 if name in WHOLE else 0.0 for name in STATE}


UNITS = {
    "minute": "minutes since 1970", "rr_ms": "ms", "heart_rate": "beats/min", "skin_temperature": "deg C",
    "step_rate": "steps/min", "air_temperature": "deg C", "humidity": "%", "water_drunk": "litres",
    "age": "years", "sex": "0 female, 1 male", "height": "m", "mass": "kg", "acclimatised": "0 no, 1 yes",
    "heat_category": "low, moderate, high, extreme or unknown",
    "heat_stress": "points", "heat_change": "points in 15 min", "hydration_litres": "litres lost",
    "hydration_percent": "% of body mass lost", "fatigue": "points", "strain_index": "points",
    "data_quality": "points", "wbgt": "deg C", "heat_index": "deg C", "core": "deg C",
    "resting_heart_rate": "beats/min", "water_rate": "litres/min", "water_deficit": "litres",
}  # fmt: skip
RANGES = {
    "heat_stress": (0, 100), "heat_change": (-100, 100), "hydration_litres": (0, 50),
    "hydration_percent": (0, 25), "fatigue": (0, 100), "strain_index": (0, 10),
    "data_quality": (0, 100), "core": (36, 40), "resting_heart_rate": (40, 100),
    "age": (10, 100), "sex": (0, 1), "height": (1, 2.3), "mass": (25, 250), "acclimatised": (0, 1),
    "water_drunk": (0, 3),
}  # fmt: skip


def export(models, examples=None, **options):
    """Return the compiled score with units and ranges, see `kowari.export`."""
    import kowari

    inputs = INPUTS | {name: "i64" if name in WHOLE else "f64" for name in STATE}
    options = {"state": {name: name for name in STATE}, "units": UNITS, "ranges": RANGES} | options
    return kowari.export(make_score(models), inputs, examples, **options)
