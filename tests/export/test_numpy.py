"""Lowerings of NumPy's functions against NumPy, on hard values of several types and ranks."""

import pytest
from numpy_cases import CASES, KEYWORDS
from test_lowerings import check_kinds, name_of

KINDS = [("f8", 1), ("i8", 1), ("f4", 1), ("f8", 2), ("?", 1), ("f8", 0), ("f8", "Python")]
EXPRESSIONS = [pytest.param(e, id=f"{name_of(k)}: {e}") for k, es in CASES.items() for e in es]
EXPRESSIONS += KEYWORDS


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_numpy(expression):
    check_kinds(expression, KINDS)
