"""A refusal is told at its line with its reason, and what to write instead gives Python's answer."""

import itertools
import linecache
import os
import re
import textwrap
import threading
import time
import types
import warnings
from collections import Counter

import kowari
import numpy as np
import pytest
from refused_rewrites import ALIKE, OTHER

ROWS = [np.array(row) for row in ([2.0, 1.0, 3.0, 1.0], [1.0, 7.5], [2.0, 0.5, 8.0, 8.0, 2.25])]
_numbers = itertools.count()


def make_function(body: str):
    """A function of its own source, in a module of its own."""
    name = f"<refusal {next(_numbers)}>"
    source = f"def case(x):\n{textwrap.indent(body, '    ')}\n"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    space = {
        "__name__": "refusals",
        "np": np,
        "os": os,
        "time": time,
        "warnings": warnings,
        "Counter": Counter,
    }
    space |= {
        "HISTORY": [],
        "TABLE": np.zeros(2),
        "SETTINGS": types.SimpleNamespace(),
        "LOCK": threading.Lock(),
    }
    space["SERIES"] = iter([1.0])
    exec(compile(source, name, "exec"), space)
    return space["case"]


def run(function, row):
    """The answer, or the exception's name."""
    try:
        return function(row.copy())
    except Exception as error:  # noqa: BLE001 - it is the answer
        return type(error).__name__


def run_model(model, row):
    try:
        outputs = model.run(x=row)
    except kowari.RunError as error:
        return error.type
    return outputs if len(outputs) > 1 else next(iter(outputs.values()))


def test_there_are_enough():
    assert len(ALIKE + OTHER) >= 30


@pytest.mark.parametrize(("refused", "reason", "instead"), ALIKE + OTHER)
def test_the_refusal_tells_line_and_reason(refused, reason, instead):
    with pytest.raises(kowari.TraceError, match=reason) as caught:
        kowari.export(make_function(refused), {"x": "f64[n]"})
    if reason not in (
        "keys must be text",
        "a number in one case and an array",
    ):  # of the whole result
        assert re.fullmatch(r"<refusal \d+>", caught.value.file)
        assert caught.value.line > 1 and caught.value.expression


@pytest.mark.parametrize(("refused", "reason", "instead"), ALIKE + OTHER)
def test_the_rewrite_gives_pythons_answer(refused, reason, instead):
    model = kowari.export(make_function(instead), {"x": "f64[n]"}, examples=[(r,) for r in ROWS])
    assert model.report.examples >= len(ROWS)
    for row in ROWS:
        answers = [run(make_function(instead), row)]
        if (refused, reason, instead) in ALIKE:
            answers.append(run(make_function(refused), row))
        for answer in answers:
            if isinstance(answer, dict):
                (answer,) = answer.values()
            np.testing.assert_array_equal(np.asarray(run_model(model, row)), np.asarray(answer))
