"""Inputs made from what is known of them: synthetic rows within the examples' ranges, and hard cases derived from rows."""

import numpy as np

from . import operators as ops

SYNTHETIC_ROWS = 20
_DERIVED_FROM = 3
_LONGEST = 1000
"""Drawn rows travel in the file, whatever the examples' length."""
_TEXTS = ("a", "b", "c")


def _draw_column(spec, found, random, length: int):
    """One column: within its range, or of its categories and now and then another text."""
    if spec.type == ops.TEXT or isinstance(found, list):
        known = found if isinstance(found, list) else _TEXTS
        choices = [*known, "?"] if spec.type == ops.TEXT else known
        return random.choice(np.array(choices, dtype=object), length)
    low, high = found
    return random.uniform(low, high, length)


def draw_value(spec, random, length: int):
    """One value of an input, within the range that the examples had (0 to 1 where there is none)."""
    sizes = tuple(length if isinstance(s, str) else s for s in spec.sizes)
    dtype = ops.DTYPES[spec.type]
    if spec.columns:
        columns = [_draw_column(spec, found, random, length) for found in spec.columns]
        return (
            np.stack(columns, axis=1).astype(dtype) if len(sizes) == 2 else columns[0].astype(dtype)
        )
    if spec.type == ops.TEXT:
        return random.choice(_TEXTS, sizes).astype(object) if sizes else str(random.choice(_TEXTS))
    low, high = (spec.low, spec.high) if np.isfinite(spec.low) else (0.0, 1.0)
    drawn = random.uniform(low, high, sizes)
    value = np.asarray(drawn if dtype.kind == "f" else np.rint(drawn)).astype(dtype)
    return value if sizes else value.item()


def draw_rows(specs: dict, count: int = SYNTHETIC_ROWS) -> list[dict]:
    """Seeded rows; arrays that share a size share its length."""
    random = np.random.default_rng(20)
    drawn = []
    for _ in range(count):
        lengths: dict[str, int] = {}
        row = {}
        for name, spec in specs.items():
            for size in spec.sizes:
                if isinstance(size, str) and size not in lengths:
                    longest = min(max(spec.longest, 30), _LONGEST)
                    lengths[size] = int(random.integers(2, longest + 1))
            length = next((lengths[s] for s in spec.sizes if isinstance(s, str)), 0)
            row[name] = draw_value(spec, random, length)
        drawn.append(row)
    return drawn


_ORDERS = (
    lambda a: a[::-1].copy(),
    lambda a: np.concatenate([a[1::2], a[::2]]),
    lambda a: np.repeat(a[:1], len(a), axis=0),
    lambda a: a[np.arange(len(a)) // 2 * 2],
    lambda a: _hold(a, a[len(a) // 3]),
)
"""Of the same shape: reversed, out of order, constant, with ties, with a plateau."""


def derive_rows(specs: dict, rows: list[dict]) -> list[dict]:
    """Hard cases: arrays short, reversed, out of order, with ties, with plateaus, constant, of integers; NaN in runs; NaN
    or infinity in one place, or in a number."""
    arrays = [n for n, s in specs.items() if s.sizes]
    free = [n for n in arrays if isinstance(specs[n].sizes[0], str)]
    floats = [n for n, s in specs.items() if ops.DTYPES[s.type].kind == "f"]
    derived = []
    for row in rows[:_DERIVED_FROM]:
        values = {n: np.asarray(row[n], dtype=ops.DTYPES[s.type]) for n, s in specs.items()}

        def change(names, function, row=row, values=values):
            if names:
                derived.append({**row, **{n: function(values[n]) for n in names}})

        if not all(values[n].size for n in arrays):
            continue
        for length in (0, 1, 2):
            change(free, lambda a, length=length: a[:length])
        for order in _ORDERS:
            change(arrays, order)
        within = [n for n in floats if specs[n].sizes]
        for bad in (np.nan, np.inf, -np.inf):
            for place in (0, -1):
                change(within, lambda a, bad=bad, place=place: _with(a, place, bad))
            for number in (n for n in floats if not specs[n].sizes):
                change([number], lambda a, bad=bad: np.full_like(a, bad)[()])
        change(within, lambda a: np.full_like(a, np.nan))
        change(within, lambda a: _hold(a, np.nan))
        change(floats, np.rint)
    return derived


def _hold(array, value):
    """The middle third becomes one value."""
    changed = array.copy()
    changed[len(array) // 3 : 2 * len(array) // 3 + 1] = value
    return changed


def _with(array, place, value):
    changed = array.copy()
    changed[place] = value
    return changed


def nudge_rows(specs: dict, row: dict) -> list[dict]:
    """The row with every float input moved by one unit in the last place: up, down, and at random."""
    random = np.random.default_rng(7)
    nudged = []
    for pick in (
        lambda a: np.inf,
        lambda a: -np.inf,
        lambda a: np.where(random.random(a.shape) < 0.5, np.inf, -np.inf),
    ):
        moved = dict(row)
        for name, spec in specs.items():
            dtype = ops.DTYPES[spec.type]
            if dtype.kind == "f":
                array = np.asarray(row[name], dtype=dtype)
                moved[name] = np.nextafter(array, np.asarray(pick(array), dtype=dtype))
        nudged.append(moved)
    return nudged
