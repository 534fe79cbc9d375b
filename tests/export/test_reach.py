"""Code that no hook sees, the environment and a changed source are refused; the rest compiles."""

import importlib
import inspect
import sys

import kowari
import numpy as np
import pytest
import reached
from sklearn.linear_model import LinearRegression
from test_trace import find_mark

STRAY = [name for name in vars(reached) if name.startswith("stray_")]
SEEN = [name for name in vars(reached) if name.startswith("seen_")]
ROWS = [(np.array([1.0, -2.5, 4.0]),), (np.array([0.5, 3.0]),)]
TEXTS = [(np.array(row, dtype=object),) for row in (["a", None], [None, "b"], ["b", "a"])]


@pytest.mark.parametrize("name", STRAY)
def test_stray_code_is_refused(name, monkeypatch):
    monkeypatch.setenv("KOWARI_FACTOR", "3")
    function, count = getattr(reached, name), reached.Odd.count
    before = sys.getprofile()
    with pytest.raises(kowari.TraceError) as raised:
        kowari.export(function, inputs={"x": "f64[n]"})
    assert raised.value.line in (find_mark(function), *STORES), raised.value
    assert reached.Odd.count == count
    assert sys.getprofile() is before


STORES = [
    number
    for number, line in enumerate(inspect.getsource(reached).splitlines(), 1)
    if "Odd.count += 1" in line
]
"""Where what is followed would change the class."""


@pytest.mark.parametrize("name", SEEN)
def test_what_is_followed_compiles(name):
    function = getattr(reached, name)
    model = kowari.export(function, examples=TEXTS if name.endswith("text") else ROWS)
    assert model.report.examples > 2


def test_missing_text():
    model = kowari.export(reached.seen_missing_text, examples=TEXTS)
    for (s,) in TEXTS:
        given = [bool(value) for value in model.run(s=s).values()]
        assert given == list(map(bool, reached.seen_missing_text(s)))


def test_estimators_take_x_by_name():
    rows = np.arange(12.0).reshape(4, 3) ** 2
    line = LinearRegression().fit(rows, [1.0, 2.0, 3.0, 5.0])
    model = kowari.export(lambda x: line.predict(X=x), examples=[(rows,)])
    np.testing.assert_allclose(model.run(x=rows)["out"], line.predict(rows), rtol=1e-12)


BEFORE = "def f(x):\n    return x.sum() * 2.0\n\n\ndef g(x):\n    return f(x) + 100.0\n"


def load(tmp_path, monkeypatch, source):
    (tmp_path / "edited.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "edited", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    importlib.invalidate_caches()
    return importlib.import_module("edited")


@pytest.mark.parametrize(("old", "new"), [("100.0", "200.0"), ("* 2.0", "- 2.0"), ("sum", "max")])
def test_an_edited_file_is_refused(old, new, tmp_path, monkeypatch):
    edited = load(tmp_path, monkeypatch, BEFORE)
    changed = BEFORE.replace(old, new)
    (tmp_path / "edited.py").write_text(changed)
    with pytest.raises(kowari.TraceError, match="the file changed since; instead: reload"):
        kowari.export(edited.g, examples=ROWS)
    again = load(tmp_path, monkeypatch, changed)
    x = np.array([1.0, 3.0])
    assert kowari.export(again.g, examples=ROWS).run(x=x)["out"] == again.g(x)


def test_future_imports_are_kept(tmp_path, monkeypatch):
    edited = load(tmp_path, monkeypatch, "from __future__ import annotations\n" + BEFORE)
    assert kowari.export(edited.g, examples=ROWS).run(x=[1.0])["out"] == 102.0
