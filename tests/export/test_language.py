"""Ordinary Python: control flow, mutation, lists, classes and exceptions give Python's answers on every row."""

import language
import language_heart
import language_objects
import pytest
from differential import compile_case, find_difference

FUNCTIONS = [
    pytest.param(thing, id=name)
    for module in (language_heart, language, language_objects)
    for name, thing in vars(module).items()
    if callable(thing)
    and getattr(thing, "__module__", "") == module.__name__
    and not isinstance(thing, type)
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_answers_are_pythons(function):
    function.__doc__ = ""
    model, loose = compile_case(function, {"x": "f64[n]"})
    found = [find_difference(function, model, loose, {"x": x.copy()}) for x in language.ROWS]
    assert not any(found), next(f for f in found if f)
