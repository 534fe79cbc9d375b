"""Ordinary Python: control flow, mutation, lists, classes and exceptions give Python's answers on every row."""

import language
import pytest
from differential import compile_case, find_difference

FUNCTIONS = [
    name
    for name, thing in vars(language).items()
    if callable(thing)
    and getattr(thing, "__module__", "") == "language"
    and not isinstance(thing, type)
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_answers_are_pythons(name):
    function = getattr(language, name)
    function.__doc__ = ""
    model, loose = compile_case(function, {"x": "f64[n]"})
    found = [find_difference(function, model, loose, {"x": x.copy()}) for x in language.ROWS]
    assert not any(found), next(f for f in found if f)
