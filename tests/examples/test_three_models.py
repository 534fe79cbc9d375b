"""The program that runs three .tflite models on a worker prints what LiteRT answered, and says what is wrong."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "tflite"
PROGRAM = ROOT / "build" / "release" / "examples" / "three_models"
EXPECTED = json.loads((EXAMPLE / "expected.json").read_text())
LINE = f"[{', '.join(EXPECTED['texts'])}]\n"


@pytest.fixture(scope="module", autouse=True)
def built():
    if not PROGRAM.exists():
        pytest.skip("no release build: `make native` makes it")


def run(*words) -> subprocess.CompletedProcess:
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True)


def test_the_row_is_the_one_that_litert_was_given():
    row = np.loadtxt(EXAMPLE / "seed_row.csv", delimiter=",", skiprows=1, dtype=np.float32)
    np.testing.assert_array_equal([row], np.array(EXPECTED["input"], np.float32))
    firsts = [np.float32(output[0][0]) for output in EXPECTED["outputs"].values()]
    assert [str(first) for first in firsts] == EXPECTED["texts"]


def test_it_prints_litert_strings():
    assert run(EXAMPLE).stdout == LINE
    assert run(EXAMPLE, *EXPECTED["input"][0]).stdout == LINE


def test_other_rows_give_other_strings():
    changed = [2 * value + 1 for value in EXPECTED["input"][0]]
    assert run(EXAMPLE, *changed).stdout != LINE


def test_it_says_what_is_wrong(tmp_path):
    def fail(*words):
        done = run(*words)
        assert done.returncode == 1 and not done.stdout
        return done.stderr

    assert (
        fail() == fail(EXAMPLE, 1, 2) == "three_models: usage: three_models FOLDER [15 NUMBERS]\n"
    )
    assert "seed_row.csv: cannot be read" in fail(tmp_path)
    (tmp_path / "seed_row.csv").write_text("a,b\n1,2\n")
    assert "has too few numbers" in fail(tmp_path)
    shutil.copy(EXAMPLE / "seed_row.csv", tmp_path)
    shutil.copy(EXAMPLE / "model_clf.tflite", tmp_path)
    assert "model_reg1.tflite" in fail(tmp_path)
    (tmp_path / "model_clf.tflite").write_bytes(b"not a model at all")
    assert "model_clf.tflite: " in fail(tmp_path)


def test_the_demo_shows_both():
    words = [sys.executable, EXAMPLE / "demo.py", PROGRAM]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert f"kowari  {LINE}LiteRT  {LINE}" in said
    assert "not a medical device" in said
