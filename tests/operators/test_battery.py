"""Every operator of the table, on every type that its signature admits, against its reference."""

import battery
import cases
import pytest
from kowari.operators import DTYPES, SHORT_NAMES, operators

COLUMNS = battery.columns()
MANY = 100


@pytest.mark.parametrize(
    ("name", "typing", "label"), COLUMNS, ids=[f"{n}-{t}" for n, _, t in COLUMNS]
)
def test_operator(name, typing, label, seed, cells):
    operator = operators()[name]
    cell = cells[name, label] = battery.run(name, typing, seed)
    types = [SHORT_NAMES.get(a.type) or typing[a.type] for a in operator.inputs]
    assert cell.cases >= MANY
    assert cell.nan or not any(DTYPES[t].kind == "f" for t in types), "no case with NaN"
    assert cell.inf or not any(DTYPES[t].kind == "f" for t in types), "no case with inf"
    assert cell.empty or not cases.may_be_empty(operator), "no empty case"
    assert cell.one_row or not cases.may_be_empty(operator), "no case of one row"


def test_types_are_complete():
    """Each type that a variable of an input may take has a column."""
    for name, operator in operators().items():
        for argument in operator.inputs:
            if argument.type not in SHORT_NAMES:
                covered = {typing[argument.type] for other, typing, _ in COLUMNS if other == name}
                assert covered == set(cases.CLASSES[argument.type[0]])


def test_exceptions_have_reasons():
    """The lists of exceptions name operators (or plans) that exist, and say why."""
    for listed in (battery.ZERO_SIGNS, battery.CONSTANTS, battery.FIXED, battery.TERMS):
        assert set(listed) <= set(operators())
    assert set(cases.DOMAINS) <= set(operators()) | {o.plan for o in operators().values()}
    assert all(battery.ZERO_SIGNS.values())
