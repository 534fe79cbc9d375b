"""Every lowering and every argument that it lists has a case that is compared with Python; every other one is refused."""

import ast
import functools
import inspect
import math
import warnings
from pathlib import Path

import kowari
import numpy as np
import numpy_cases
import pytest
import test_lowerings
from kowari.lower.support import is_public
from kowari.recorded import apply_lowering, attributes, lowerings

HERE = Path(__file__).parent
SOURCES = ("language.py", "language_heart.py", "language_objects.py", "pitfalls.py", "reached.py")
SCOPE = {"np": np, "math": math, "functools": functools, "warnings": warnings}
PUBLIC = {f: lowering for f, lowering in lowerings.items() if is_public(f)}
WITHOUT_CASE = {
    "builtins.print": {"arguments", "keywords"},
    "_warnings.warn": {"arguments", "keywords"},
}
"""Arguments that need none: what is printed or warned of leaves no trace."""


def list_trees():
    """Every expression that a test compiles and compares."""
    tables = [test_lowerings.CASES, test_lowerings.ATTRIBUTES, numpy_cases.CASES]
    for expressions in [numpy_cases.KEYWORDS, *(e for t in tables for e in t.values())]:
        yield from (ast.parse(e) for e in expressions)
    for name in SOURCES:
        yield ast.parse((HERE / name).read_text())


def find_function(node):
    """What a call calls: a function by its dotted name, or an array's method by its name; None for anything else."""
    try:
        return eval(ast.unparse(node), SCOPE)
    except Exception:
        return node.attr if isinstance(node, ast.Attribute) else None


def list_arguments(lowering, hidden: int) -> list[inspect.Parameter]:
    return list(inspect.signature(lowering).parameters.values())[hidden:]


def note_call(call: ast.Call, parameters, used: set) -> None:
    places = [p for p in parameters if p.kind is not p.KEYWORD_ONLY]
    for at in range(len(call.args)):
        used.add(places[min(at, len(places) - 1)].name if places else "")
    used |= {k.arg for k in call.keywords}


def collect_used() -> dict:
    """Arguments given somewhere, by function or method."""
    used: dict = {key: set() for key in [*PUBLIC, *attributes]}
    for tree in list_trees():
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call):
                continue
            found = find_function(call.func)
            try:
                known = found in used
            except TypeError:
                continue
            if not known:
                continue
            lowering, hidden = (
                (attributes[found][1], 2) if isinstance(found, str) else (PUBLIC[found], 1)
            )
            note_call(call, list_arguments(lowering, hidden), used[found])
    return used


def test_every_argument_has_a_case():
    used, missing = collect_used(), {}
    for key, given in used.items():
        is_method = isinstance(key, str)
        lowering, hidden = (attributes[key][1], 2) if is_method else (PUBLIC[key], 1)
        if is_method and not attributes[key][0]:
            continue
        lacking = {p.name for p in list_arguments(lowering, hidden)} - given
        if lacking:
            missing[key if is_method else test_lowerings.name_of(key)] = lacking
    assert missing == WITHOUT_CASE


def list_keywords(function) -> set[str]:
    """What Python's own function takes, where that is known, and what NumPy's functions take here and there."""
    try:
        own = set(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        own = set()
    return {k for k in own if k.isidentifier()} | set(test_lowerings.KEYWORDS)


@pytest.mark.parametrize("function", PUBLIC, ids=test_lowerings.name_of)
def test_unknown_keywords_are_refused(function):
    parameters = list_arguments(PUBLIC[function], 1)
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        assert function in (print, warnings.warn)
        return
    named = {p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
    needed = [None for p in parameters if p.default is p.empty and p.kind is not p.VAR_POSITIONAL]
    for keyword in list_keywords(function) - named:
        with pytest.raises(kowari.TraceError, match="is not compiled with these arguments"):
            apply_lowering(None, PUBLIC[function], "it", needed, {keyword: None})
