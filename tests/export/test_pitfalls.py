"""Every trap on every input: Python's value and type, its exception's type, or refused while compiling.

Traced with the first input only; nothing may differ silently.
"""

import kowari
import numpy as np
import pitfalls
import pytest
from differential import beyond_64_bits, compile_case
from kowari import answers

TRAPS = sorted(name for name in vars(pitfalls) if name.startswith("trap_"))
accepted: list[str] = []


def run_python(function, x, schema):
    try:
        with np.errstate(all="ignore"):
            return list(schema.flatten(function(x.copy())).values())
    except Exception as error:
        return type(error).__name__


def run_device(model, x):
    try:
        return list(model.run(x=x).values())
    except kowari.RunError as error:
        return error.type or error.status


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", TRAPS)
def test_nothing_differs_silently(name):
    function = getattr(pitfalls, name)
    try:
        model, _ = compile_case(function, {"x": "f64[n]"})
    except kowari.TraceError as error:
        assert error.line, error
        return
    accepted.append(name)
    for x in pitfalls.INPUTS:
        expected, given = run_python(function, x, model.schema), run_device(model, x)
        if given == "OverflowError" and beyond_64_bits(expected):
            continue
        if isinstance(expected, str) or isinstance(given, str):
            assert given == expected, x
            continue
        for value, mine in zip(expected, given, strict=True):
            if value is None or mine is None:
                assert value is mine, x
                continue
            value = answers.as_array(value)
            assert value.dtype == mine.dtype, x
            assert np.array_equal(value, mine, equal_nan=value.dtype.kind == "f"), x


def test_how_many_compile(capsys):
    """At least 32; refused: growing dicts keyed by data, older objects, stores into one of two arrays."""
    with capsys.disabled():
        print(f" {len(accepted)} of {len(TRAPS)} traps compile: {', '.join(accepted)}")
    assert len(TRAPS) == 40
    assert len(accepted) >= 32
