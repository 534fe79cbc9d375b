"""kowari inspect, check, bench, ops, strip, and the program around them."""

import json

import kowari as package
import models
import numpy as np
import pytest
from kowari.operators import operators

COMMANDS = ["inspect", "run", "check", "bench", "ops", "strip"]


@pytest.fixture
def window(tmp_path):
    return models.window(tmp_path / "window.kow")


def test_help_and_version(kowari):
    said, _ = kowari("--help")
    for command in COMMANDS:
        assert f"\n  {command} " in said
        own, _ = kowari(command, "--help")
        assert own.startswith(f"usage: kowari {command}")
        assert max(map(len, own.splitlines())) <= 100
    assert kowari("--version")[0].startswith("kowari ")


def test_wrong_use(kowari, window):
    assert "there is no command 'score'" in kowari.fail("score", status=2)
    assert "usage" in kowari(status=2)[1]
    for words, problem in {
        ("check",): "a file must be given",
        ("check", window, window): "is one word too many",
        ("strip", window): "a file must be given",
        ("inspect", window, "--json"): "unknown option '--json'",
        ("bench", window, "--rows"): "--rows needs a value",
        ("bench", window, "--rows", "0"): "--rows '0' is not a number from 1 to",
        ("bench", window, "--rows", "1", "--rows", "2"): "--rows is given twice",
    }.items():
        _, error = kowari(*words, status=2)
        assert error.startswith(f"kowari {words[0]}: ") and problem in error
        assert error.endswith(f"see 'kowari {words[0]} --help'\n")


@pytest.mark.parametrize("command", ["inspect", "check", "bench", "run"])
def test_bad_files(kowari, window, tmp_path, command):
    whole = window.read_bytes()
    damaged = {"cut": whole[:-100], "short": b"KOWARI", "flip": bytearray(whole)}
    damaged["flip"][len(whole) // 2] ^= 0x10
    for name, data in damaged.items():
        path = tmp_path / f"{name}.kow"
        path.write_bytes(data)
        assert kowari.fail(command, path).startswith(f"kowari {command}: {path}: not a valid file")
    assert "cannot read" in kowari.fail(command, tmp_path / "none.kow")
    assert kowari.fail("strip", tmp_path / "cut.kow", tmp_path / "out.kow")
    assert not (tmp_path / "out.kow").exists()


def test_inspect(kowari, window):
    said, _ = kowari("inspect", window)
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert "note: Trained on simulation - not a medical device." in lines
    assert "rr f64[beats] ms 300 to 2000 time between beats" in lines
    assert "mean f64 CLOSE within 1e-12 + 1e-09 |value| ms" in lines
    assert "count i64 EXACT" in lines
    assert "beats 1024" in lines
    assert "copy 3" in lines and "mean 1" in lines
    assert f"file: {window.stat().st_size} bytes" in lines
    assert any(line.startswith("session: ") for line in lines)


def test_inspect_other_ports(kowari, tmp_path):
    said, _ = kowari("inspect", models.total(tmp_path / "total.kow"))
    assert "states\n  before" in said
    said, _ = kowari("inspect", models.copies(tmp_path / "o.kow", ["f32"], 2, 3, optional=True))
    assert "f32[2, 3]" in said and "or none" in said


def test_check(kowari, window, tmp_path):
    assert kowari("check", window) == ("3 passed, 0 failed\n", "")
    wrong = models.Builder()
    wrong.give("y", wrong.take("x", "f64"))
    examples = [models.Example({"x": 1.0}, {"y": y}) for y in (1.0, 2.0, 3.0)]
    path = wrong.save(tmp_path / "wrong.kow", examples=examples)
    said, error = kowari("check", path, status=1)
    assert said == "1 passed, 2 failed\n"
    assert "example 1: output 'y' differs" in error
    said, _ = kowari("check", models.total(tmp_path / "total.kow"))
    assert said.splitlines()[-1] == "0 passed, 0 failed"


def test_strip(kowari, window, tmp_path):
    out = tmp_path / "small.kow"
    said, _ = kowari("strip", window, out)
    assert said.endswith(f"{out}: {out.stat().st_size} bytes\n")
    assert out.stat().st_size < window.stat().st_size
    assert b"score.py" in window.read_bytes() and b"score.py" not in out.read_bytes()
    assert kowari("check", out)[0].endswith("\n0 passed, 0 failed\n")
    inputs = ("--set", "rr=600,700.5", "--set", "offset=1")
    assert kowari("run", window, *inputs) == kowari("run", out, *inputs)


def test_bench(kowari, window):
    said, _ = kowari("bench", window, "--json")
    measured = json.loads(said)
    assert measured["examples"] == 3 and measured["runs"] >= 30
    assert 0 < measured["median_us"] <= measured["p99_us"] and measured["open_us"] > 0
    assert measured["file_bytes"] == window.stat().st_size
    drawn = json.loads(kowari("bench", window, "--rows", 5000, "--json")[0])
    assert drawn["examples"] == 0 and drawn["rows"] == 5000
    assert drawn["session_bytes"] > measured["session_bytes"]
    assert "median" in kowari("bench", window, "--rows", 2)[0]
    assert "ValueError: too few beats (score.py:12)" in kowari.fail("bench", window, "--rows", 1)


def test_bench_draws_all_types(kowari, tmp_path):
    kinds = ["f64", "f32", "i64", "i32", "i16", "i8", "u8", "u16", "u32", "bool", "text"]
    for dims in ((), ("n",)):
        path = models.copies(tmp_path / "all.kow", kinds, *dims)
        assert json.loads(kowari("bench", path, "--rows", 3, "--json")[0])["rows"] == 3


def test_ops(kowari):
    table = operators()
    said, _ = kowari("ops")
    listed = [line.strip().split(maxsplit=2) for line in said.splitlines()]
    assert listed == [[str(o.id), o.name, o.signature.strip()] for o in table.values()]
    for operator in table.values():
        details, _ = kowari("ops", operator.name)
        assert operator.doc in details and operator.reference in details
        assert details.count("  attribute  ") == len(operator.attributes)
        for attribute in operator.attributes:
            assert f"  attribute  {attribute.name}: " in details
    rows = kowari("ops", "--markdown")[0].splitlines()
    assert len(rows) == len(table) + 2
    assert {row.replace("\\|", "").count("|") for row in rows} == {8}
    assert "there is no operator 'addd'" in kowari.fail("ops", "addd")


def test_file_of_the_exporter(kowari, tmp_path):
    def score(x, scale):
        return {"mean": np.mean(x) * scale, "steps": np.diff(x)}

    rows = [{"x": np.arange(n) ** 1.5, "scale": 0.1 * n} for n in (3, 7, 40)]
    model = package.export(score, examples=rows, embed=True)
    model.save(tmp_path / "score.kow")
    assert kowari("check", tmp_path / "score.kow")[0].endswith("3 passed, 0 failed\n")
    for row in rows:
        np.save(tmp_path / "x.npy", row["x"])
        words = ("--input", f"x={tmp_path / 'x.npy'}", "--set", f"scale={row['scale']!r}")
        kowari("run", tmp_path / "score.kow", *words, "--output", tmp_path / "out")
        expected = score(**row)
        assert np.array_equal(np.load(tmp_path / "out/steps.npy"), expected["steps"])
        said = (tmp_path / "out/scalars.csv").read_text()
        assert said == f"mean\n{float(expected['mean'])!r}\n"
