"""What is refused names file, line, expression and reason; what compiles gives Python's results."""

import inspect
import os
import subprocess
from pathlib import Path

import kowari
import numpy as np
import pytest
import traced
from kowari import bounds
from kowari.recorded import lowerings
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).resolve().parents[2]

REFUSED = [name for name in vars(traced) if name.startswith("refuse_")]
ACCEPTED = [name for name in vars(traced) if name.startswith("accept_")]
EXAMPLES = [(np.random.default_rng(k).normal(0, 3, 3 + k),) for k in range(4)]


def find_mark(function) -> int:
    lines, first = inspect.getsourcelines(function)
    return first + next(i for i, line in enumerate(lines) if line.endswith("# here\n"))


@pytest.mark.parametrize("name", REFUSED)
def test_refused_at_its_line(name):
    function = getattr(traced, name)
    older = repr((traced.OLDER_LIST, traced.OLDER_ARRAY, traced.OLDER_DICT))
    with pytest.raises(kowari.TraceError) as raised:
        kowari.export(function, inputs={"x": "f64[n]"})
    error = raised.value
    assert not Path(error.file).is_absolute()
    assert Path(error.file).name == "traced.py"
    assert error.line == find_mark(function), error
    text = inspect.getsource(traced).splitlines()[error.line - 1]
    assert error.expression
    assert error.expression.split("...")[0].strip(" :") in text
    assert error.reason
    assert str(error).startswith(f"{error.file}:{error.line}: `{error.expression}`: {error.reason}")
    assert repr((traced.OLDER_LIST, traced.OLDER_ARRAY, traced.OLDER_DICT)) == older


@pytest.mark.parametrize(
    "use", [lambda x: x + traced.tally.next_count, lambda x: x + traced.tally()]
)
def test_objects_that_change_are_refused(use):
    with pytest.raises(kowari.TraceError, match="was there before the call"):
        kowari.export(use, inputs={"x": "f64[n]"})
    assert traced.Tally.count == traced.tally.count == 0


@pytest.mark.parametrize("name", ACCEPTED)
def test_compiles(name):
    model = kowari.export(getattr(traced, name), examples=EXAMPLES)
    assert model.report.examples >= len(EXAMPLES)
    assert model.check()[1] == 0


# ---- inputs, outputs, state, report ----
def add(x, y):
    return x + y


def test_declared_inputs_share_sizes():
    model = kowari.export(add, inputs={"x": "f64[n, 3]", "y": "f64[n,3]"})
    assert model.inputs["x"].sizes == ("n", 3) == model.inputs["y"].sizes
    with pytest.raises(kowari.RunError, match="n"):
        model.run(x=np.zeros((2, 3)), y=np.zeros((3, 3)))
    assert kowari.export(add, inputs={"x": "f64[5]", "y": "f64"}).inputs["x"].sizes == (5,)
    assert kowari.export(add, inputs={"x": "f32[n]", "y": "i64"}, sizes={"n": 7}).sizes["n"][0] == 7
    for wrong in (
        {"x": "f65", "y": "f64"},
        {"x": "f64[", "y": "f64"},
        {"z": "f64", "x": "f64", "y": "f64"},
    ):
        with pytest.raises(kowari.TraceError):
            kowari.export(add, inputs=wrong)


def test_examples_give_the_widest_type():
    rows = [(np.arange(3), 1), {"x": np.arange(4) / 2, "y": 2.5}]
    model = kowari.export(add, examples=rows)
    assert model.inputs["x"].dtype == model.inputs["y"].dtype == np.float64
    assert kowari.export(add, examples=rows[:1]).inputs["x"].dtype == np.int64
    with pytest.raises(kowari.TraceError, match="dimensions"):
        kowari.export(add, examples=[(np.zeros(3), 1.0), (np.zeros((3, 3)), 1.0)])


def smooth(x, before):
    after = 0.9 * before + 0.1 * x
    return {"after": after, "large": after > 1.0}


def test_state_passes_from_run_to_run():
    model = kowari.export(smooth, inputs={"x": "f64", "before": "f64"}, state={"after": "before"})
    assert list(model.inputs) == ["x"]
    before = 0.0
    for x in (1.0, 5.0, -3.0):
        expected = smooth(x, before)
        given = model.run(x=x)
        before = expected["after"]
        assert given["after"] == before
        assert given["large"] == expected["large"]
    with pytest.raises(kowari.TraceError, match="no such"):
        kowari.export(smooth, inputs={"x": "f64", "before": "f64"}, state={"after": "nothing"})


def is_high(kind, x):
    return {"same": kind == "high", "kind": kind, "label": ["low", "high"][int(x > 1.0)]}


def test_text_passes_through():
    model = kowari.export(is_high, examples=[("high", 2.0), ("low", 0.5)], embed=True)
    given = model.run(kind="high", x=0.0)
    assert given["same"]
    assert given["kind"][()] == "high"
    assert given["label"][()] == "low"
    assert model.check() == (2, 0)


def test_embedded_examples_are_the_users(tmp_path):
    model = kowari.export(add, examples=[(np.array([1.25, 3.5]), 4.0)], embed=True)
    assert model.check() == (1, 0)
    assert kowari.export(add, examples=[(np.array([1.25, 3.5]), 4.0)]).check()[0] > 1
    model.save(tmp_path / "add.kow")
    assert kowari.load(tmp_path / "add.kow").run(x=[1.0], y=2.0)["out"].tolist() == [3.0]
    assert str(Path.cwd()).encode() not in model.data


def test_strip_removes_examples_and_sources(tmp_path):
    model = kowari.export(traced.accept_calls, examples=EXAMPLES, embed=True)
    assert b"traced.py" in model.data
    program = Path(os.environ.get("KOWARI_CLI", ROOT / "build" / "release" / "kowari"))
    model.save(tmp_path / "full.kow")
    command = [program, "strip", tmp_path / "full.kow", tmp_path / "bare.kow"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    bare = kowari.load(tmp_path / "bare.kow")
    assert b"traced.py" not in bare.data
    assert bare.check() == (0, 0)
    for name, value in model.run(x=EXAMPLES[0][0]).items():
        assert np.array_equal(bare.run(x=EXAMPLES[0][0])[name], value)


def test_estimators_are_called():
    random = np.random.default_rng(0)
    rows = random.normal(size=(40, 2))
    fitted = LogisticRegression().fit(rows, rows[:, 0] > 0)

    def score(x):
        return fitted.predict_proba(np.array([[x.mean(), x.std()]]))[0, 1]

    model = kowari.export(score, examples=EXAMPLES)
    (line,) = model.report.lines
    assert (line.tier, line.mismatches) == ("CLOSE", 0)

    def score_flat(x):
        return fitted.predict(x)

    with pytest.raises(kowari.TraceError, match="rows and columns"):
        kowari.export(score_flat, examples=EXAMPLES)


def root_sum(x):
    return np.exp(x).sum()


def test_tiers_of_the_report():
    model = kowari.export(add, examples=[(np.zeros(3), 1.0)])
    assert [line.tier for line in model.report.lines] == ["EXACT"]
    close = kowari.export(root_sum, examples=EXAMPLES)
    assert [line.tier for line in close.report.lines] == ["CLOSE"]
    assert "largest difference" in str(close.report)
    pairs = bounds.column_pairs([np.array(100.0), np.array(-200.0)], False, 1e-9, np.zeros(1))
    assert pairs.tolist() == [[1e-9 * 200.0, 1e-9]]
    assert bounds.column_pairs([np.array(1.0)], False, 1e-9, np.array([1e-3])).tolist() == [
        [1e-2, 1e-9]
    ]


def small_difference(x):
    return np.exp(x + 1.0) - np.exp(1.0) * np.exp(x)


def test_conditioned_where_python_differs_from_itself():
    model = kowari.export(small_difference, examples=[(np.linspace(-2.0, 9.0, 12),)])
    (line,) = model.report.lines
    assert line.tier == "CONDITIONED"
    assert line.mismatches == 0


def test_a_wrong_lowering_is_found(monkeypatch):
    monkeypatch.setitem(lowerings, np.mean, lowerings[np.median])
    with pytest.raises(kowari.ParityError, match="out"):
        kowari.export(traced.accept_nested, examples=EXAMPLES)
