"""The smallest input on which Python and the compiled model differ, so that who reads of it can follow it by hand."""

from collections.abc import Callable

import numpy as np

_MOST_TRIES = 200


def shrink_row(specs: dict, row: dict, differs: Callable) -> dict:
    """A row on which ``differs(row)``: of each named size elements are left out, halves first, then one by one.

    Parameters
    ----------
    specs
        Inputs by name, with their sizes.
    row
        One that differs.
    differs
        Tells it of a row; called at most 200 times.
    """
    tries = 0
    for size in dict.fromkeys(
        s for spec in specs.values() for s in spec.sizes if isinstance(s, str)
    ):
        chunk = max(_count(specs, row, size) // 2, 1)
        while chunk:
            start = 0
            while start < _count(specs, row, size) and tries < _MOST_TRIES:
                tries += 1
                smaller = _leave_out(specs, row, size, slice(start, start + chunk))
                if differs(smaller):
                    row = smaller
                else:
                    start += chunk
            chunk //= 2
    return row


def _axes(spec, size: str) -> list[int]:
    return [axis for axis, s in enumerate(spec.sizes) if s == size]


def _count(specs, row, size) -> int:
    """How many elements a named size has in a row."""
    name = next(n for n, spec in specs.items() if size in spec.sizes)
    return np.shape(row[name])[_axes(specs[name], size)[0]]


def _leave_out(specs, row, size, part: slice) -> dict:
    smaller = dict(row)
    for name, spec in specs.items():
        for axis in _axes(spec, size):
            smaller[name] = np.delete(smaller[name], part, axis)
    return smaller
