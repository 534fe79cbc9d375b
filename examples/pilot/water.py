"""Water: how much a body must sweat to stay cool, minute by minute, in the manner of ISO 7933:2004."""

import math
from dataclasses import dataclass

import numpy as np

LATENT = 2.67 / 60.0 / 1.8  # g a minute for each W/m2, for each m2 of skin: as ISO 7933 counts
TIME_10, TIME_3 = math.exp(-1.0 / 10.0), math.exp(-1.0 / 3.0)

MOST = 0.2  # of the body mass: nobody lives to lose more
NIGHT = 360  # minutes without data after which the balance begins anew
BRIDGED = 60  # minutes without data for which sweat is taken to have gone on
HOTTEST = 42.0  # deg C
MOST_STEPS = 50  # of an iteration that needs about ten


@dataclass(frozen=True)
class Body:
    """The state of predicted heat strain: temperatures in deg C, sweat in W/m2."""

    skin: float = 34.1
    core: float = 36.8
    rectal: float = 36.8
    core_for_work: float = 36.8  # what the metabolic rate alone would make of the core
    skin_share: float = 0.3  # of the body's mass, at skin temperature
    sweat: float = 0.0


def vapour_pressure(temperature: float, humidity: float) -> float:
    """Return the pressure of water vapour in kPa; deg C, %. ISO 7933, annex E."""
    return humidity / 100.0 * 0.6105 * math.exp(17.27 * temperature / (temperature + 237.3))


def skin_area(height: float, mass: float) -> float:
    """Return m2: DuBois & DuBois (1916); m, kg."""
    return 0.202 * mass**0.425 * height**0.725


def is_within(air_temperature: float, humidity: float) -> bool:
    """Is this weather one that ISO 7933 covers: up to 50 deg C and 4.5 kPa of water vapour?"""
    return (
        0.0 <= air_temperature <= 50.0
        and 0.0 <= humidity <= 100.0
        and vapour_pressure(air_temperature, humidity) <= 4.5
    )


def next_minute(
    body: Body,
    air_temperature: float,
    humidity: float,
    metabolic: float,
    mass: float,
    height: float,
    acclimatised: float,
    clothing: float = 0.5,
    air_speed: float = 0.3,
) -> tuple[Body, float]:
    """Return the body a minute later, and the g of water that it lost by sweat and breath.

    Predicted heat strain, ISO 7933:2004, annex E: somebody standing, radiant temperature = air
    temperature, drinking freely. Domain: 15 to 50 deg C, up to 4.5 kPa, 100 to 450 W/m2, 0.1 to 1 clo,
    up to 3 m/s. Cooler air and less work are taken at the limit, which asks for more sweat, not less;
    the core is held to 42 deg C, where no formula knows what comes.

    Parameters
    ----------
    air_temperature, humidity : deg C, %; within `is_within`
    metabolic : W/m2
    mass, height : kg, m
    acclimatised : 0 or 1
    clothing, air_speed : clo, m/s
    """
    air = max(air_temperature, 15.0)
    pressure = vapour_pressure(air, humidity)
    metabolic = min(max(metabolic, 100.0), 450.0)
    area = skin_area(height, mass)
    capacity = 58.15 * mass / area  # heat for a K in a minute, W/m2
    most_sweat = min(max((metabolic - 32.0) * area, 250.0), 400.0)
    wettest = 0.85
    if acclimatised == 1:
        most_sweat, wettest = 1.25 * most_sweat, 1.0

    # Clothing and the air next to it, thinner when it moves.
    walking = min(0.0052 * (metabolic - 58.0), 0.7)
    cover = 1.0 + 0.3 * clothing
    still = clothing * 0.155 + 0.111 / cover
    dressed = 1.044 * math.exp(
        (0.066 * air_speed - 0.398) * air_speed + (0.094 * walking - 0.378) * walking
    )
    nude = math.exp((0.047 * air_speed - 0.472) * air_speed + (0.117 * walking - 0.342) * walking)
    dressed, nude = min(dressed, 1.0), min(nude, 1.0)
    thinner = dressed
    if clothing <= 0.6:
        thinner = ((0.6 - clothing) * nude + clothing * dressed) / 0.6
    insulation = still * thinner
    garment = insulation - nude * 0.111 / cover
    permeability = min(0.38 * ((2.6 * thinner - 6.5) * thinner + 4.9), 0.9)
    resistance = insulation / permeability / 16.7

    breath = 0.001516 * metabolic * (28.56 + 0.115 * air + 0.641 * pressure - air)
    wet_breath = 0.00127 * metabolic * (59.34 + 0.53 * air - 11.63 * pressure)

    # Where core and skin go.
    for_work = body.core_for_work * TIME_10 + (0.0036 * metabolic + 36.6) * (1.0 - TIME_10)
    stored_for_work = capacity * (for_work - body.core_for_work) * (1.0 - body.skin_share)
    skin_dressed = (
        12.165 + (0.02017 + 0.04361) * air + 0.19354 * pressure - 0.25315 * air_speed
        + 0.005346 * metabolic + 0.51274 * body.rectal
    )  # fmt: skip
    skin_nude = 7.191 + 0.125 * air + 0.198 * pressure - 0.348 * air_speed + 0.616 * body.rectal
    cut = min(max(2.5 * (clothing - 0.2), 0.0), 1.0)
    skin = body.skin * TIME_3 + (skin_nude + cut * (skin_dressed - skin_nude)) * (1.0 - TIME_3)

    # Dry heat, by the temperature of the clothes: found step by step, since radiation is not a line.
    convective = max(3.5 + 5.2 * air_speed, 2.38 * abs(skin - air) ** 0.25)
    surface = air + 0.1
    for _ in range(MOST_STEPS):
        hot, cold = surface + 273.0, air + 273.0
        radiative = 0.97 * 0.77 * 5.67e-8 * (hot + cold) * (hot * hot + cold * cold)
        dry = cover * (convective + radiative)
        found = (dry * air + skin / garment) / (dry + 1.0 / garment)
        if abs(surface - found) <= 0.001:
            break
        surface = (surface + found) / 2.0
    dry_loss = dry * (surface - air)

    # What must evaporate, what can, and the sweat that this takes.
    possible = max((vapour_pressure(skin, 100.0) - pressure) / resistance, 0.0)
    required = metabolic - stored_for_work - breath - wet_breath - dry_loss
    if required <= 0.0:
        required, wanted = 0.0, 0.0
    elif required >= 1.7 * possible:
        wanted = most_sweat
    else:
        wet = required / possible
        efficiency = 1.0 - wet**2 / 2.0 if wet <= 1.0 else (2.0 - wet) ** 2 / 2.0
        wanted = min(required / max(efficiency, 0.05), most_sweat)
    sweat = body.sweat * TIME_10 + wanted * (1.0 - TIME_10)
    evaporated = 0.0
    if sweat > 0.0:
        ratio = possible / sweat
        wet = 1.0 if ratio < 0.5 else -ratio + math.sqrt(ratio * ratio + 2.0)
        evaporated = min(wet, wettest) * possible

    # What is stored warms the core; the warmer the core, the less of the body is at skin temperature.
    stored = required - evaporated + stored_for_work
    guess = body.core
    for _ in range(MOST_STEPS):
        share = min(max(0.3 - 0.09 * (guess - 36.8), 0.1), 0.3)
        core = stored / capacity + body.skin * body.skin_share / 2.0 - skin * share / 2.0
        core = (core + body.core * (1.0 - body.skin_share / 2.0)) / (1.0 - share / 2.0)
        if abs(core - guess) <= 0.001:
            break
        guess = (guess + core) / 2.0
    rectal = body.rectal + (2.0 * core - 1.962 * body.rectal - 1.31) / 9.0
    after = Body(skin, min(core, HOTTEST), min(rectal, HOTTEST), for_work, share, sweat)
    return after, (sweat + wet_breath) * LATENT * area


@dataclass(frozen=True)
class Balance:
    """What the body lacks."""

    rate: float = 0.0  # litres a minute, as far as last known
    deficit: float = 0.0  # litres lost and not drunk
    guessed: int = 0  # minutes whose loss was guessed, and not made up for yet


def resume(balance: Balance, gap: int) -> Balance:
    """Return the balance after `gap` minutes without data: a loss as before, anew after a night."""
    if gap > NIGHT:
        return Balance()
    minutes = min(gap, BRIDGED)
    lost = balance.rate * minutes
    return Balance(balance.rate, balance.deficit + lost, min(balance.guessed + minutes, BRIDGED))


def settle(balance: Balance, rate: float, drunk: float, mass: float) -> Balance:
    """Return the balance after a minute. What is drunk too much leaves again: there is no surplus.

    Parameters
    ----------
    rate : litres lost in it, NaN if not known: then as before
    drunk, mass : litres, kg
    """
    guessed = max(balance.guessed - 1, 0)
    if math.isnan(rate):
        rate, guessed = balance.rate, min(balance.guessed + 1, BRIDGED)
    deficit = max(balance.deficit + rate - drunk, 0.0)
    return Balance(rate, min(deficit, MOST * mass), guessed)


def sweat_row(
    body, air_temperature, humidity, metabolic, reserve, skin, mass, height, acclimatised, sex
):
    """Return the 1 x 9 input of the sweat rate's model.

    W/m2 of sweat that ISO 7933 predicts, deg C, %, W/m2, share of heart rate reserve, deg C of the skin
    (ISO 7933's where it was not measured), m2 of skin, 0 or 1 acclimatised, 0 or 1 male.
    """
    if math.isnan(skin):
        skin = body.skin
    area = skin_area(height, mass)
    values = [
        body.sweat,
        air_temperature,
        humidity,
        metabolic,
        reserve,
        skin,
        area,
        acclimatised,
        sex,
    ]
    return np.array(values).reshape(1, -1)
