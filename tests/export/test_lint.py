"""``python -m kowari lint``: the refusal that an export would give, at its line, with an exit code."""

import os
import subprocess
import sys

import kowari
import numpy as np
import pytest
from kowari import lint
from kowari.__main__ import main

MODULE = '''"""Functions as users write them."""
import numpy as np

def rate(rr_ms):
    return 60000.0 / np.mean(rr_ms)

def risk(rr_ms, age, limit=40):
    if age > limit:
        return np.max(np.diff(rr_ms))
    return 0.0

def warm(skin: float, name: "str"):
    return skin * 1.5 if name == "wrist" else skin

def order(x):
    return np.argsort(x)

def first(x):
    return x[0] if x > 0 else 0.0

def _hidden(x):
    return np.argsort(x)
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "heart_rules.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("heart_rules", None)


def refusal(function, inputs) -> kowari.TraceError:
    with pytest.raises(kowari.TraceError) as caught:
        kowari.export(function, inputs)
    return caught.value


def test_a_module_is_checked_function_by_function(folder, capsys):
    import heart_rules

    order = refusal(heart_rules.order, {"x": "f64[x]"})
    assert (order.file, order.line, order.expression) == ("heart_rules.py", 16, "np.argsort(x)")
    assert order.instead
    first = refusal(heart_rules.first, {"x": "f64[x]"})
    assert main(["lint", "heart_rules"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "rate(rr_ms f64[rr_ms]) compiles",
        "risk(rr_ms f64[rr_ms], age f64) compiles",
        "warm(skin f64, name text) compiles",
        str(order),
        str(first),
    ]


def test_a_function_that_compiles_is_no_error(folder, capsys):
    assert main(["lint", "heart_rules:rate"]) == 0
    assert main(["lint", "heart_rules.py:risk", "--input", "age=i64", "--input", "limit=f64"]) == 0
    assert "risk(rr_ms f64[rr_ms], age i64, limit f64) compiles" in capsys.readouterr().out


def test_declared_inputs_are_not_guessed(folder, capsys):
    assert main(["lint", "heart_rules:risk", "--input", "age=f64[n]"]) == 1
    assert capsys.readouterr().out.startswith("heart_rules.py:8: `if age > limit: ...`")
    assert main(["lint", "heart_rules:rate", "--input", "rr_ms=f65"]) == 1
    assert "f65" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["lint"],
        ["lint", "no_such_module"],
        ["lint", "no_such_file.py"],
        ["lint", "heart_rules:no_such_function"],
        ["lint", "heart_rules", "--input", "rr_ms"],
        ["lint", "heart_rules", "--input", "no_such_parameter=f64"],
    ],
)
def test_words_that_make_no_sense(words, folder):
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2


def test_the_command_gives_its_exit_code(folder):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for place, code in (("heart_rules:rate", 0), ("heart_rules:order", 1), ("nothing", 2)):
        words = [sys.executable, "-m", "kowari", "lint", place]
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == code, done.stderr


def test_many_parameters_are_guessed_alike():
    many = {}
    exec(f"def many({', '.join('abcdef')}):\n    return a + b", many)
    assert [set(guess.values()) for guess in lint.guess_inputs(many["many"], {})] == [
        {f"f64[{name}]" for name in "abcdef"},
        {"f64"},
    ]


def test_what_is_no_python_function_is_refused():
    assert "no function" in str(lint.check("dict", dict, {}))
    assert "no function" in str(lint.check("limit", 3.0, {}))


def test_estimators_are_traced():
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    scaler = preprocessing.StandardScaler().fit(np.eye(3))
    assert lint.check("scaler", scaler, {}).refusal is None
