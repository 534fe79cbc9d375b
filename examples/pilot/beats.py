"""Heart beats: from the raw intervals of a minute to clean ones, and to ten features of them."""

import numpy as np

SHORTEST, LONGEST = 300.0, 2000.0  # ms: 200 and 30 beats/min
LARGEST_STEP = 0.2  # of the interval before (Malik et al., Eur. Heart J. 10, 1989)


def clean(rr_ms):
    """Return the intervals without artefacts and ectopic beats, and the share that was kept.

    What no heart does is dropped. An interval that differs by more than a fifth from the last good
    one is an ectopic beat; the second such in a row is a change of rhythm, and good. Gaps between good
    intervals are filled on a line, so that no difference spans one; both ends are cut.

    Parameters
    ----------
    rr_ms : shape (beats,), ms between neighbouring beats, may be empty

    Returns
    -------
    shape (clean beats,), ms; and a number from 0 to 1 (0 when there are no beats)
    """
    good, places = [], []
    last, in_doubt = 0.0, False
    for place, interval in enumerate(rr_ms):
        if not SHORTEST <= interval <= LONGEST:
            continue
        if good and not in_doubt and abs(interval - last) > LARGEST_STEP * last:
            in_doubt = True
            continue
        in_doubt = False
        last = interval
        good.append(interval)
        places.append(place)
    if not good:
        return np.zeros(0), 0.0
    filled = np.interp(np.arange(places[0], places[-1] + 1), places, good)
    return filled, len(good) / len(rr_ms)


def features(rr_ms):
    """Return ten features of heart rate variability, shape (10,).

    Mean, standard deviation; heart rate of the mean; mean, standard deviation, least and largest heart
    rate; RMSSD, NN50, pNN50. Intervals in ms, heart rates in beats/min, deviations of a population.
    RMSSD, NN50 and pNN50 as in Task Force of the ESC and NASPE, Circulation 93 (1996), except that
    pNN50 is the share of all intervals, in %, not of all differences.

    Parameters
    ----------
    rr_ms : shape (beats,), ms, two beats or more
    """
    heart_rate = 60000.0 / rr_ms
    step = np.diff(rr_ms)
    large_steps = np.count_nonzero(np.abs(step) > 50.0)
    return np.array(
        [
            np.mean(rr_ms),
            np.std(rr_ms),
            60000.0 / np.mean(rr_ms),
            np.mean(heart_rate),
            np.std(heart_rate),
            np.min(heart_rate),
            np.max(heart_rate),
            np.sqrt(np.mean(step**2)),
            large_steps,
            100.0 * large_steps / rr_ms.size,
        ]
    )
