"""The seed row: 38 intervals give the 15 printed numbers through a fresh file and the command line.

Then a thousand other series, bit for bit against the same function in Python.
"""

import json
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import kowari
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "pilot"
sys.path.insert(0, str(EXAMPLE))

from seed_row import seed_row  # noqa: E402

SEED = json.loads((EXAMPLE / "data" / "seed_row.json").read_text())
CONTEXT = ("air_temperature", "age", "sex", "humidity", "body_temperature")


@pytest.fixture(scope="module")
def model():
    return kowari.export(seed_row, inputs={"rr_ms": "f64[beats]"} | dict.fromkeys(CONTEXT, "f64"))


def test_command_line_prints_the_seed_row(model, tmp_path):
    program = Path(os.environ.get("KOWARI_CLI", ROOT / "build" / "release" / "kowari"))
    assert program.exists(), f"{program} is not built; KOWARI_CLI can name another one"
    model.save(tmp_path / "features.kow")
    np.save(tmp_path / "rr.npy", np.array(SEED["rr_ms"], dtype=float))
    command = [program, "run", tmp_path / "features.kow", "--input", f"rr_ms={tmp_path / 'rr.npy'}"]
    for name, value in zip(CONTEXT, SEED["context"], strict=True):
        command += ["--set", f"{name}={value}"]
    command += ["--precision", "10"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    header, *numbers = done.stdout.split()
    assert header == "out"
    assert numbers == [f"{value:.10g}" for value in SEED["row"]]


def make_series(kind: str, random):
    beats = int(random.integers(2, 60) if random.random() < 0.8 else random.integers(60, 5001))
    if kind == "random":
        return random.integers(300, 2001, beats).astype(float)
    if kind == "steps of 50":  # the count of steps above 50 ms must not count them
        return 700.0 + np.cumsum(random.choice([-50.0, 0.0, 50.0, 51.0], beats))
    if kind == "constant":
        return np.full(beats, float(random.integers(300, 2001)))
    series = random.integers(300, 2001, beats).astype(float)
    series[random.integers(0, beats, 1 + beats // 10)] = np.nan
    return series


@pytest.mark.parametrize("kind", ["random", "steps of 50", "constant", "NaN"])
def test_a_thousand_series_are_equal_bit_for_bit(model, kind):
    random = np.random.default_rng(len(kind))
    lengths = []
    for _ in range(250):
        series = make_series(kind, random)
        context = random.normal(30.0, 10.0, 5).tolist()
        with np.errstate(all="ignore"):
            expected = seed_row(series, *context)
        given = model.run(rr_ms=series, **dict(zip(CONTEXT, context, strict=True)))["out"]
        assert given.dtype == expected.dtype
        assert given.tobytes() == expected.tobytes() or same_but_nan_signs(given, expected)
        lengths.append(series.size)
    assert min(lengths) < 10
    assert max(lengths) > 1000


def same_but_nan_signs(a, b) -> bool:
    """Equal bits, where a NaN's sign and payload do not count: IEEE 754 leaves them open."""
    return np.array_equal(np.isnan(a), np.isnan(b)) and (
        a[~np.isnan(a)].tobytes() == b[~np.isnan(b)].tobytes()
    )


@pytest.mark.parametrize("beats", [0, 1])
def test_short_series_end_as_in_python(model, beats):
    series, context = np.full(beats, 800.0), dict.fromkeys(CONTEXT, 1.0)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            expected = seed_row(series, **context)
        except ValueError as error:
            with pytest.raises(kowari.RunError) as raised:
                model.run(rr_ms=series, **context)
            assert raised.value.type == type(error).__name__
            return
    given = model.run(rr_ms=series, **context)["out"]
    assert same_but_nan_signs(given, expected)


def test_no_printed_number_stands_in_the_sources():
    printed = [repr(value) for value in SEED["row"]]
    long = [p for p in printed if len(re.sub(r"\D", "", p).lstrip("0")) >= 6]
    assert len(long) == 9
    for folder in ("src", "python"):
        files = [f for f in (ROOT / folder).rglob("*") if f.suffix in (".c", ".h", ".def", ".py")]
        assert files
        for file in files:
            text = file.read_text()
            assert not [number for number in long if number in text], file
