"""Heat around and inside: weather indices, core temperature from the heart, strain.

Every formula is guarded by the domain that its source gives: NaN outside, never a number from nowhere.
"""

import math

import numpy as np

AIR_SPEED = 0.3  # m/s, as indoors; radiant temperature = air temperature
CORE_REST = 37.0  # deg C
CORE_START = CORE_REST  # until the heart tells more
VARIANCE_START = 0.3**2  # K2
LEVELS = ("low", "moderate", "high", "extreme")
# Strain index from which the levels after the first begin. Moran et al. call 3 to 4 low, 5 to 6
# moderate, 7 and more high: each is named one step more cautiously here, since it is to warn.
LIMITS = (2.5, 4.5, 6.5)
ALARM = LIMITS[1]  # from here on strain needs no other evidence


def wet_bulb(air_temperature: float, humidity: float) -> float:
    """Return the psychrometric wet bulb temperature in deg C at sea level; NaN out of its domain.

    Stull, J. Appl. Meteorol. Climatol. 50, 2267 (2011): 5 to 99 % and -20 to 50 deg C, unless cold
    and dry; here 0 to 50 deg C, 10 in sum with the %. Errors -1.0 to +0.65 K, cut at the air's.
    """
    if not (0.0 <= air_temperature <= 50.0 and 5.0 <= humidity <= 99.0):
        return math.nan
    if air_temperature + humidity < 10.0:
        return math.nan
    found = (
        air_temperature * math.atan(0.151977 * math.sqrt(humidity + 8.313659))
        + math.atan(air_temperature + humidity)
        - math.atan(humidity - 1.676331)
        + 0.00391838 * humidity**1.5 * math.atan(0.023101 * humidity)
        - 4.686035
    )
    return min(found, air_temperature)


def natural_wet_bulb(air_temperature: float, humidity: float) -> float:
    """Return what a wet bulb shows in still air, deg C: Bernard & Pourmoghani (1999), indoors.

    As in Lemke & Kjellstrom, Ind. Health 50, 267 (2012), for 0.03 to 3 m/s.
    """
    share = 0.96 + 0.069 * math.log10(AIR_SPEED)
    return air_temperature - share * (air_temperature - wet_bulb(air_temperature, humidity))


def mix_wbgt(natural_wet_bulb: float, globe: float) -> float:
    """Return the wet bulb globe temperature without sun in deg C: ISO 7243."""
    return 0.7 * natural_wet_bulb + 0.3 * globe


def wbgt(air_temperature: float, humidity: float) -> float:
    """Return the WBGT in the shade in deg C from air temperature and humidity; NaN out of domain."""
    return mix_wbgt(natural_wet_bulb(air_temperature, humidity), air_temperature)


def rothfusz(fahrenheit: float, humidity: float) -> float:
    """Return Rothfusz' regression of Steadman's heat index, deg F (NWS SR 90-23, 1990), unguarded."""
    t, r = fahrenheit, humidity
    return (
        -42.379 + 2.04901523 * t + 10.14333127 * r - 0.22475541 * t * r - 6.83783e-3 * t * t
        - 5.481717e-2 * r * r + 1.22874e-3 * t * t * r + 8.5282e-4 * t * r * r - 1.99e-6 * t * t * r * r
    )  # fmt: skip


def heat_index(air_temperature: float, humidity: float) -> float:
    """Return the heat index of the US National Weather Service in deg C; NaN out of its domain.

    Steadman's simple formula while that says less than 80 deg F, else Rothfusz' regression with both
    of the service's adjustments. Domain: air of 20 to 50 deg C, 0 to 100 %, and results of up to
    58 deg C (137 deg F), where the service's table ends: beyond, the regression is made of nothing.
    """
    if not (20.0 <= air_temperature <= 50.0 and 0.0 <= humidity <= 100.0):
        return math.nan
    t = 1.8 * air_temperature + 32.0
    index = (t + 0.5 * (t + 61.0 + (t - 68.0) * 1.2 + humidity * 0.094)) / 2.0
    if index >= 80.0:
        index = rothfusz(t, humidity)
        if humidity < 13.0 and t <= 112.0:
            index -= (13.0 - humidity) / 4.0 * math.sqrt((17.0 - abs(t - 95.0)) / 17.0)
        elif humidity > 85.0 and t <= 87.0:
            index += (humidity - 85.0) / 10.0 * (87.0 - t) / 5.0
    if index > 137.0:
        return math.nan
    return (index - 32.0) / 1.8


def core_step(
    core: float, variance: float, heart_rate: float, minutes: int = 1
) -> tuple[float, float]:
    """Return core temperature and its variance after `minutes`, deg C and K2.

    One step of the extended Kalman filter of Buller et al., Physiol. Meas. 34, 781 (2013): the core
    wanders by 0.022 K a minute, and a heart rate of -4.5714 core**2 + 384.4286 core - 7887.1 beats/min
    is seen with a deviation of 18.88. Domain: 36 to 40 deg C, to which it is held. Its error in the
    field is 0.3 K; alone, it missed most heat illnesses (Buller et al., Physiol. Meas. 2025): alarms
    rest on strain.

    Parameters
    ----------
    heart_rate : mean of the last minute, beats/min; NaN if unknown
    minutes : since the step before: those without a heart rate only add to the variance, which is
        never larger than when nothing is known
    """
    variance = min(variance + minutes * 0.022**2, VARIANCE_START)
    if math.isnan(heart_rate):
        return core, variance
    slope = 2.0 * -4.5714 * core + 384.4286
    gain = variance * slope / (slope * slope * variance + 18.88**2)
    expected = -4.5714 * core * core + 384.4286 * core - 7887.1
    core = core + gain * (heart_rate - expected)
    return min(max(core, 36.0), 40.0), (1.0 - gain * slope) * variance


def strain_index(
    core: float, heart_rate: float, core_rest: float, heart_rest: float, core_critical: float = 39.5
) -> float:
    """Return the physiological strain index, 0 to 10: Moran et al., Am. J. Physiol. 275, R129 (1998).

    5 (core - core_rest) / (39.5 - core_rest) + 5 (heart_rate - heart_rest) / (180 - heart_rest), cut
    to its scale. Domain: a core at rest below the critical one, a heart at rest below 180 beats/min.
    """
    warm = (core - core_rest) / (core_critical - core_rest)
    fast = (heart_rate - heart_rest) / (180.0 - heart_rest)
    return min(max(5.0 * warm + 5.0 * fast, 0.0), 10.0)


def critical_core(core: float, skin: float) -> float:
    """Return the core temperature that the adaptive strain index takes for critical, deg C.

    Skin nearly as warm as the core takes the heart's blood: the same core is then worse. Buller et al.,
    Physiol. Meas. 44, 10NT01 (2023), let Moran's 39.5 deg C move with the difference. Their equation
    was not at hand (see also US patent 11564579 before you sell any); this line of ours gives what
    their abstract prints: 39.5 deg C at a difference of 4 K, a quarter of a K more for each K. Held to
    38.5 to 40.5 deg C.
    """
    return min(max(39.5 + 0.25 * (core - skin - 4.0), 38.5), 40.5)


def adaptive_strain_index(
    core: float, heart_rate: float, skin: float, heart_rest: float, core_rest: float = CORE_REST
) -> float:
    """Return the adaptive strain index, 0 to 10; Moran's where the skin temperature is NaN."""
    if math.isnan(skin):
        return strain_index(core, heart_rate, core_rest, heart_rest)
    return strain_index(core, heart_rate, core_rest, heart_rest, critical_core(core, skin))


def strain_level(strain: float) -> str:
    """Return the heat category that a strain index alone asks for."""
    found = LEVELS[0]
    for level, limit in zip(LEVELS[1:], LIMITS, strict=True):
        if strain >= limit:
            found = level
    return found


def worse(one: str, other: str) -> str:
    """Return the worse of two heat categories."""
    found = LEVELS[0]
    for level in LEVELS:
        if level in (one, other):
            found = level
    return found


def row(air_temperature, age, sex, humidity, core, beat_features):
    """Return the 1 x 15 input of heat_category, heat_stress and heat_change."""
    return np.concatenate([[air_temperature, age, sex, humidity, core], beat_features]).reshape(
        1, -1
    )
