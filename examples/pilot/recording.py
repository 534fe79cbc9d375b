"""The files of a wrist recording, and any minutes with their samples, as tables for the command line.

data/README.md tells of the files. A minute is a row with arrays, as `wrist.record` makes it, or rows
of equal `minute` in four .csv files, as `kowari run --each minute` takes it, or lines for `host`.
"""

from pathlib import Path

import numpy as np
import pandas as pd

SAMPLES = ["rr_ms", "heart_rate", "skin_temperature"]  # a file each: as many a minute as there are
ONCE = ["step_rate", "air_temperature", "humidity", "water_drunk"]  # a number a minute


def read_signal(path: Path) -> pd.Series:
    """Return an evenly sampled file's values, by minute since 1970."""
    start, rate, *samples = pd.read_csv(path, header=None).iloc[:, 0]
    seconds = start + np.arange(len(samples)) / rate
    return pd.Series(samples, (seconds // 60).astype(int))


def read_beats(path: Path) -> pd.Series:
    """Return the times between heart beats in ms, by minute since 1970; lost beats are absent."""
    start = float(pd.read_csv(path, header=None, nrows=1).iloc[0, 0])
    beats = pd.read_csv(path, header=None, skiprows=1, names=["seconds", "interval"])
    minute = ((start + beats["seconds"]) // 60).astype(int)
    return pd.Series((1000.0 * beats["interval"]).round(3).to_numpy(), minute)


def read_recording(folder: Path, air_temperature: float, humidity: float) -> pd.DataFrame:
    """Return the minutes from the first heart beat to the last, with weather that was not recorded.

    Steps are not known. The signals end at different times: no samples are left then.
    """
    signals = {
        "rr_ms": read_beats(folder / "IBI.csv"),
        "heart_rate": read_signal(folder / "HR.csv"),
        "skin_temperature": read_signal(folder / "TEMP.csv"),
    }
    beats = signals["rr_ms"].index
    minutes = pd.DataFrame({"minute": np.arange(beats.min(), beats.max() + 1)})
    for name, signal in signals.items():
        parts = {minute: part.to_numpy() for minute, part in signal.groupby(level=0)}
        minutes[name] = [parts.get(minute, np.empty(0)) for minute in minutes["minute"]]
    minutes["step_rate"] = np.nan
    minutes["air_temperature"], minutes["humidity"] = air_temperature, humidity
    minutes["water_drunk"] = 0.0
    return minutes


def write_tables(minutes: pd.DataFrame, folder: Path) -> list[str]:
    """Write minutes.csv and a .csv per sensor to `folder`; return the words that name them to `run`."""
    folder.mkdir(parents=True, exist_ok=True)
    minutes[["minute", *ONCE]].to_csv(folder / "minutes.csv", index=False)
    words = [f"{name}={folder / 'minutes.csv'}" for name in ["minute", *ONCE]]
    for name in SAMPLES:
        counts = minutes[name].map(len)
        values = np.concatenate([np.empty(0), *minutes[name]])
        table = pd.DataFrame({"minute": np.repeat(minutes["minute"], counts), name: values})
        table.to_csv(folder / f"{name}.csv", index=False)
        words.append(f"{name}={folder / f'{name}.csv'}")
    return [part for word in words for part in ("--input", word)]


def write_samples(minutes: pd.DataFrame, folder: Path) -> None:
    """Write samples.csv, a line MINUTE,INPUT,NUMBER for each sample, as `host` takes it."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "samples.csv", "w") as file:
        for row in minutes.to_dict("records"):
            for name in (*SAMPLES, *ONCE):
                for value in np.ravel(row[name]).tolist():
                    file.write(f"{row['minute']},{name},{value!r}\n")
