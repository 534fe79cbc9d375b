"""The commands on .tflite files: what LiteRT recorded is what they print."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE, DATA = ROOT / "examples" / "tflite", ROOT / "tests" / "data" / "tflite"
EXPECTED = json.loads((EXAMPLE / "expected.json").read_text())
SIGNATURES, QUANTIZED = DATA / "307d09d71356.tflite", DATA / "505ee4fae7fa.tflite"


def read_row(text):
    header, row = csv.reader(text.splitlines())
    return dict(zip(header, map(float, row), strict=True))


@pytest.mark.parametrize("name", EXPECTED["outputs"])
def test_run_prints_what_litert_gives(kowari, name):
    said, _ = kowari("run", EXAMPLE / name, "--input", f"row={EXAMPLE / 'seed_row.csv'}")
    (expected,) = EXPECTED["outputs"][name]
    np.testing.assert_allclose(list(read_row(said).values()), expected, rtol=1e-5)


def test_run_at_each_signature(kowari, tmp_path):
    recorded = np.load(DATA / "307d09d71356.npz")
    np.save(tmp_path / "x.npy", recorded["in_0_0"])
    names = {"sig1": ("x", "sig1_result.npy"), "sig2": ("sig2/x", "sig2_sig2_result.npy")}
    for entry, (name, output) in names.items():
        words = ("--input", f"{name}={tmp_path / 'x.npy'}", "--output", tmp_path)
        kowari("run", SIGNATURES, "--entry", entry, *words)
        result = np.load(tmp_path / output)
        np.testing.assert_allclose(result, recorded["out_ref_0_0"], rtol=1e-5, atol=1e-5)
    assert "there is no entry 'sig3'" in kowari.fail("run", SIGNATURES, "--entry", "sig3")
    problem = kowari.fail("run", SIGNATURES, "--entry", "sig2", "--set", "x=1")
    assert "there is no input 'x'; there are: sig2/x f32[" in problem


def test_inspect_tells_signatures_operators_and_quantization(kowari):
    said, _ = kowari("inspect", SIGNATURES)
    for line in ("sig1 x -> sig1_result", "sig2 sig2/x -> sig2/sig2_result", "format: tflite"):
        assert line in " ".join(said.split())
    assert f"file: {SIGNATURES.stat().st_size} bytes" in said
    assert "EXACT" not in said and "CLOSE" not in said
    said, _ = kowari("inspect", QUANTIZED)
    interpreter_says = np.float32(0.024480115622282)  # as LiteRT's details of its input do
    assert f"scale {interpreter_says!s}, zero at -128" in said
    assert "operators:" in said


def test_bench_draws_inputs_of_the_declared_sizes(kowari):
    for words in ((), ("--entry", "sig2"), ("--rows", "3")):
        result = json.loads(kowari("bench", SIGNATURES, "--json", *words)[0])
        assert result["median_us"] > 0 and result["open_us"] > 0 and result["examples"] == 0
    assert "of the sizes that the file declares" in kowari("bench", SIGNATURES)[0]


def test_check_and_strip_find_nothing(kowari, tmp_path):
    assert "carries no examples" in kowari("check", SIGNATURES)[0]
    problem = kowari.fail("strip", SIGNATURES, tmp_path / "x.tflite")
    assert "has neither examples nor source lines" in problem


@pytest.mark.parametrize("command", ["inspect", "run", "bench", "check"])
def test_refusals_name_the_operator(kowari, command):
    with open(DATA / "classes.csv", newline="") as file:
        refused = {row["name"]: row["expected"] for row in csv.DictReader(file)}
    name = next(n for n, expected in refused.items() if expected == "refused:LEAKY_RELU")
    assert "LEAKY_RELU" in kowari.fail(command, DATA / f"{name}.tflite")
