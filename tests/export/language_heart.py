"""Heart-rate variability, as users write it."""

import numpy as np


def filter_outliers(x):
    return np.array([v for v in x if 300 <= v <= 2000])


def mark_ectopic(x):
    kept = []
    bad = 0
    previous = None
    for value in x:
        if previous is not None and abs(value - previous) > 0.2 * previous:
            bad += 1
            continue
        kept.append(value)
        previous = value
    return {"kept": kept, "bad": bad}


def fill_gaps(x):
    y = x.copy()
    i = 0
    while i < len(y):
        if np.isnan(y[i]):
            j = i
            while j < len(y) and np.isnan(y[j]):
                j += 1
            if i == 0 or j == len(y):
                i = j
                continue
            step = (y[j] - y[i - 1]) / (j - i + 1)
            for k in range(i, j):
                y[k] = y[k - 1] + step
            i = j
        i += 1
    return y


def time_domain(x):
    features = {}
    if len(x) < 3:
        raise ValueError("too short")
    d = np.diff(x)
    features["mean"] = np.mean(x)
    features["sdnn"] = np.std(x, ddof=1)
    features["rmssd"] = np.sqrt(np.mean(d**2))
    nn50 = 0
    for value in d:
        if abs(value) > 50:
            nn50 += 1
    features["nn50"] = nn50
    features["pnn50"] = 100.0 * nn50 / len(d)
    return features


def sample_entropy(x):
    m, r = 2, 0.2 * np.std(x)
    n = len(x)
    a = 0
    b = 0
    for i in range(n - m):
        for j in range(i + 1, n - m):
            same = True
            for k in range(m):
                if abs(x[i + k] - x[j + k]) > r:
                    same = False
                    break
            if same:
                b += 1
                if abs(x[i + m] - x[j + m]) <= r:
                    a += 1
    return {"a": a, "b": b}


def kalman(x):
    state, variance = 37.1, 0.0
    result = []
    for hr in x:
        variance = variance + 0.022**2
        slope = -9.1428 * state + 384.4286
        gain = variance * slope / (slope**2 * variance + 18.88**2)
        state = state + gain * (hr - (-4.5714 * state**2 + 384.4286 * state - 7887.1))
        variance = (1 - gain * slope) * variance
        result.append(state)
    return result


def run_lengths(x):
    lengths = []
    i = 0
    while i < len(x):
        j = i
        while j + 1 < len(x) and x[j + 1] == x[i]:
            j += 1
        lengths.append(j - i + 1)
        i = j + 1
    return lengths, max(lengths) if lengths else 0


def peaks(x):
    return [i for i in range(1, len(x) - 1) if x[i - 1] < x[i] >= x[i + 1]]
