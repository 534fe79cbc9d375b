"""Lowerings of NumPy's functions against NumPy, on hard values of several types and ranks."""

import differential as d
import numpy as np
import pytest
from numpy_cases import CASES, KEYWORDS, TAME
from test_lowerings import check, check_kinds, name_of

KINDS = [("f8", 1), ("i8", 1), ("f4", 1), ("f8", 2), ("?", 1), ("f8", 0), ("f8", "Python")]
EXPRESSIONS = {f"{name_of(key)}: {e}": e for key, es in CASES.items() for e in es}
HARD = {n: e for n, e in EXPRESSIONS.items() if not any(e in es for es in TAME.values())}
HARD |= {e: e for e in KEYWORDS}


@pytest.mark.parametrize("name", HARD)
def test_numpy(name):
    check_kinds(HARD[name], KINDS)


def draw_tame(dtype: str, rank: int) -> list[dict]:
    """Numbers of ordinary size, none, few and many; NaN at an end."""
    rows = []
    for n in (0, 1, 2, 3, 5, 8, 60):
        shape = (n, 3)[:rank]
        rows.append({name: d.RANDOM.normal(0, 9, shape).astype(dtype) for name in "xy"})
    if dtype == "f8":
        rows.append(
            {name: np.where(np.arange(6) == 5, np.nan, 1.5 * np.arange(6)) for name in "xy"}
        )
        rows[-1] = {k: v if rank == 1 else np.stack([v] * 3, 1) for k, v in rows[-1].items()}
    return rows


@pytest.mark.parametrize("name", EXPRESSIONS.keys() - HARD.keys())
def test_products(name):
    compiled = 0
    for dtype, rank in (("f8", 1), ("i8", 1), ("f8", 2)):
        names = [n for n in "xy" if n in EXPRESSIONS[name].replace("expand", "")]
        rows = [{n: row[n] for n in names} for row in draw_tame(dtype, rank)]
        compiled += check(EXPRESSIONS[name], dict.fromkeys(names, (dtype, rank)), rows)
    assert compiled
