"""The app in C: killed at any moment it loses no minute and scores none twice; a bad state is refused and told."""

import contextlib
import csv
import itertools
import os
import random
import subprocess
import time
from pathlib import Path

import kowari
import numpy as np
import pytest
import recording
import score as pilot
import stand_in

ROOT = Path(__file__).parents[2]
HOST = Path(os.environ.get("KOWARI_HOST", ROOT / "build" / "release" / "examples" / "host"))
DATA = ROOT / "examples" / "pilot" / "data"
KILLS = 200
FIRST = 29_000_000  # minutes since 1970


def score(minute, rr_ms, mass, level, beats, last_minute):
    """A score with a memory: a filtered interval, the beats so far, the minute before."""
    if minute <= last_minute:
        raise RuntimeError("this minute was scored")
    if rr_ms.size > 0 and rr_ms.min() < 0.0:
        raise ValueError("an interval below zero")
    gap = minute - last_minute if last_minute > 0 else 1
    if rr_ms.size > 0:
        level = level + (1.0 - 0.9**gap) * (np.mean(rr_ms) - level)
    kind = "slow" if level > 850.0 else "fast"
    beats = beats + rr_ms.size
    return {
        "kind": kind,
        "share": level / mass,
        "gap": gap > 1,
        "level": level,
        "beats": beats,
        "last_minute": minute,
    }


INPUTS = {"minute": "i64", "rr_ms": "f64[beats]", "mass": "f64", "level": "f64"}
INPUTS |= {"beats": "i64", "last_minute": "i64"}
STATE = {name: name for name in ("level", "beats", "last_minute")}


def compile_score(**stated):
    return kowari.export(score, inputs=INPUTS, state=STATE, **stated)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    if not HOST.exists():
        pytest.skip("no release build: `make native` makes it")
    path = tmp_path_factory.mktemp("model") / "score.kow"
    compile_score().save(path)
    return path


def write_samples(folder: Path, minutes: int, seed: int = 0) -> dict[int, np.ndarray]:
    """Random minutes with gaps, minutes without beats, and some that Python refuses."""
    draw = np.random.default_rng(seed)
    kept = {FIRST + int(m): draw.normal(850, 60, draw.integers(1, 90)) for m in range(minutes)}
    kept = {m: beats for m, beats in kept.items() if draw.random() > 0.05}
    for minute in draw.choice(list(kept), minutes // 50, replace=False):
        kept[int(minute)][0] = -1.0
    with open(folder / "samples.csv", "w") as file:
        for minute, beats in kept.items():
            file.writelines(f"{minute},rr_ms,{beat!r}\n" for beat in beats.tolist())
    return kept


def start(model: Path, folder: Path, *words: str) -> subprocess.Popen:
    command = [HOST, model, folder, *(words or ("mass=70.5",))]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def finish(model: Path, folder: Path, *words: str) -> tuple[int, str]:
    process = start(model, folder, *words)
    said = process.communicate(timeout=60)[1]
    return process.returncode, said


def read_scores(folder: Path) -> list[dict]:
    with open(folder / "scores.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_scores_equal_python(model, tmp_path):
    kept = write_samples(tmp_path, 300)
    assert finish(model, tmp_path) == (0, "")
    rows = read_scores(tmp_path)
    assert [int(row["minute"]) for row in rows] == list(kept)
    state, refused = {"level": 0.0, "beats": 0, "last_minute": 0}, 0
    for row, (minute, beats) in zip(rows, kept.items(), strict=True):
        try:
            python = score(minute, beats, 70.5, **state)
        except ValueError as error:
            refused += str(error) in row["error"]
            assert row["kind"] is None
            continue
        state = {name: python[name] for name in state}
        assert (row["kind"], row["error"]) == (python["kind"], "")
        assert row["gap"] == ("yes" if python["gap"] else "no")
        assert float(row["share"]) == pytest.approx(python["share"], rel=1e-9)
        assert int(row["beats"]) == python["beats"]
    assert refused == 300 // 50


def play(model: Path, folder: Path, patience: float, profile: list[str]) -> tuple[int | None, str]:
    """Run for so many seconds at most; the return code is negative when it was killed."""
    process = start(model, folder, *profile)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    process.kill()
    said = process.communicate()[1]
    return process.returncode, said


def test_killed_at_any_moment_the_pilot_loses_and_repeats_no_minute(tmp_path):
    """The real recording, again from its start whenever it is done."""
    score_file, whole, killed = tmp_path / "heat.kow", tmp_path / "whole", tmp_path / "killed"
    pilot.export(stand_in.make_models()).save(score_file)
    minutes = recording.read_recording(DATA, 33.3, 58.45)
    profile = ["age=39", "sex=0", "height=1.65", "mass=61", "acclimatised=0"]
    for folder in (whole, killed):
        recording.write_samples(minutes, folder)
    began = time.monotonic()
    assert finish(score_file, whole, *profile) == (0, "")
    patience = (time.monotonic() - began) / 10.0
    results = [(whole / name).read_bytes() for name in ("scores.csv", "state.bin")]
    assert results[0].count(b"\n") == 1 + len(minutes)
    draw = random.Random(1)
    kills, ended, lengths = 0, 0, set()
    while kills < KILLS or not ended:
        returncode, said = play(score_file, killed, draw.uniform(0.0, patience), profile)
        assert (returncode in (0, -9), said) == (True, "")
        kills += returncode != 0
        if (killed / "scores.csv").exists():
            lengths.add((killed / "scores.csv").stat().st_size)
        if returncode == 0:
            assert [(killed / n).read_bytes() for n in ("scores.csv", "state.bin")] == results
            ended += 1
            for left in ("scores.csv", "state.bin"):
                (killed / left).unlink()
    print(
        f"killed {kills} times, at {len(lengths)} lengths of scores.csv; came to the end {ended} times"
    )
    assert len(lengths) > 20
    for begun in killed.glob("*.old*"):  # killed before its first state was there
        assert begun.read_bytes().count(b"\n") <= 1


# ---- bad states ----
MINUTES = 6


@pytest.fixture
def ran(model, tmp_path):
    """A folder after some minutes, and its scores."""
    write_samples(tmp_path, MINUTES)
    assert finish(model, tmp_path) == (0, "")
    return tmp_path, (tmp_path / "scores.csv").read_bytes()


def expect_clean_start(model, folder, scores, reason):
    returncode, said = finish(model, folder)
    assert returncode == 0
    assert "state.bin is refused: " in said
    assert reason in said
    assert "a clean start" in said
    assert (folder / "scores.csv").read_bytes() == scores


def test_every_torn_state_is_refused(model, ran):
    folder, scores = ran
    state = (folder / "state.bin").read_bytes()
    for length in range(len(state)):
        (folder / "state.bin").write_bytes(state[:length])
        expect_clean_start(model, folder, scores, "it is torn")
    (folder / "state.bin").write_bytes(state + b"\0")
    expect_clean_start(model, folder, scores, "it is torn")


def test_every_changed_byte_is_refused(model, ran):
    folder, scores = ran
    state = (folder / "state.bin").read_bytes()
    for place in range(len(state)):
        changed = bytearray(state)
        changed[place] ^= 1 << place % 8
        (folder / "state.bin").write_bytes(changed)
        reason = "it is not a state of this program" if place < 8 else "it is torn"
        expect_clean_start(model, folder, scores, reason)


def test_a_state_of_another_model_is_refused(model, ran, tmp_path):
    folder, _ = ran
    other = tmp_path / "other.kow"
    compile_score(name="other").save(other)
    returncode, said = finish(other, folder)
    assert returncode == 0
    assert "state.bin is refused: " in said
    assert "model" in said


def test_an_old_state_is_refused(model, ran):
    folder, scores = ran
    samples = (folder / "samples.csv").read_bytes()
    lines = samples.splitlines(keepends=True)
    early = list(
        itertools.takewhile(lambda line: int(line.split(b",")[0]) < FIRST + MINUTES // 2, lines)
    )
    (folder / "samples.csv").write_bytes(b"".join(early))
    (folder / "state.bin").unlink()
    assert finish(model, folder) == (0, "")
    old = (folder / "state.bin").read_bytes()
    (folder / "samples.csv").write_bytes(samples)
    assert finish(model, folder) == (0, "")
    assert (folder / "scores.csv").read_bytes() == scores
    (folder / "state.bin").write_bytes(old)
    expect_clean_start(model, folder, scores, "it is older than the scores")


def test_scores_that_are_gone(model, ran):
    folder, scores = ran
    (folder / "scores.csv").write_bytes(scores[:-1])
    expect_clean_start(model, folder, scores, "some of its scores are gone")
    (folder / "scores.csv").unlink()
    expect_clean_start(model, folder, scores, "its scores are gone")


def test_scores_without_a_state_are_kept_aside(model, ran):
    folder, scores = ran
    for kept in (1, 2):
        (folder / "state.bin").unlink()
        assert finish(model, folder) == (0, "")
        assert (folder / f"scores.csv.old{kept}").read_bytes() == scores


# ---- bad words and samples ----
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("29000001,rr_ms,x", "samples.csv:2: no number"),
        ("29000001,rr_ms", "samples.csv:2: not MINUTE,INPUT,NUMBER"),
        ("29000001,pulse,1", "samples.csv:2: there is no input pulse"),
        ("now,rr_ms,1", "samples.csv:2: no minute"),
        ("28999999,rr_ms,1", "samples.csv:2: minute 28999999 after 29000000"),
    ],
)
def test_bad_samples(model, tmp_path, line, message):
    (tmp_path / "samples.csv").write_text(f"29000000,rr_ms,800\n{line}\n")
    returncode, said = finish(model, tmp_path)
    assert returncode == 1
    assert message in said


@pytest.mark.parametrize("word", ["mass", "weight=70", "mass=heavy"])
def test_bad_words(model, tmp_path, word):
    write_samples(tmp_path, 2)
    assert finish(model, tmp_path, word)[0] == 1
