"""References beyond one expression of NumPy, pandas or SciPy; rows name them ``oracle.NAME``.

Plain loops that follow the definition, independent of the kernels.
"""

import builtins

import numpy as np
import sklearn.utils


def check(good: np.ndarray, type: str, message: str) -> tuple:
    """Raises the exception unless all elements are true."""
    if not good.all():
        raise getattr(builtins, type)(message)
    return ()


def fit(number: int) -> np.int64:
    """A Python integer that must fit into 64 bits; OverflowError."""
    return np.int64(number)


def exact_real(x: np.ndarray) -> np.float64:
    """The integer as float64; OverflowError where float64 has no such number."""
    real = np.float64(int(x))
    if int(real) != int(x):
        raise OverflowError("float64 has no such integer")
    return real


def _node(words: np.ndarray) -> tuple[np.floating, int, int]:
    """(threshold, step, slot) of a node of two or four words."""
    if len(words) == 4:
        return words[:2].view("f8")[0], int(words[2]), int(words[3])
    return words[:1].view("f4")[0], int(words[1]) >> 12, int(words[1]) & 0xFFF


def _leaf(row: np.ndarray, nodes: np.ndarray, at: int) -> int:
    """The leaf that a row comes to from node `at`; NaN goes left from odd slots, else right."""
    while True:
        threshold, step, slot = _node(nodes[at])
        if slot == 0 and step == 0:
            return int(threshold)
        value = row[(slot - 1) // 2]
        goes_left = slot == 0 or (slot % 2 == 1 if np.isnan(value) else value <= threshold)
        at += step + (not goes_left)


def forest(x, nodes, starts, leaves, initial) -> np.ndarray:
    """The ensemble of src/ops/forest.c, one row and one tree after the other."""
    y = np.tile(initial, (len(x), 1))
    rows = x.astype("f4") if nodes.shape[1] == 2 else x
    for row, out in zip(rows, y, strict=True):
        for tree, start in enumerate(starts[:-1]):
            leaf = leaves[_leaf(row, nodes, int(start))]
            if len(leaf) == 1:
                out[tree % len(out)] += leaf[0]
            else:
                out += leaf
    return y


def check_samples(x, allow_nan, narrow) -> np.ndarray:
    """x, or what scikit-learn's own check raises."""
    finite = "allow-nan" if allow_nan else True
    dtype = np.float32 if narrow else x.dtype
    sklearn.utils.check_array(x, dtype=dtype, ensure_all_finite=finite, input_name="X")
    return x
