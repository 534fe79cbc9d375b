"""References beyond one expression of NumPy, pandas or SciPy; rows name them ``oracle.NAME``.

Plain loops that follow the definition, independent of the kernels.
"""

import builtins

import numpy as np
import scipy.special
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


# ---- what TensorFlow Lite defines ----
def clamp(x, low, high) -> np.ndarray:
    """Not below low, then not above high; NaN, which compares with nothing, stays."""
    low, high = np.float32(low), np.float32(high)
    x = np.where(x < low, low, x)
    return np.where(x > high, high, x)


def arithmetic(a, b, operation) -> np.ndarray:
    """What stands under a number in the row's sentence."""
    kinds = [
        np.add,
        np.subtract,
        np.multiply,
        np.divide,
        lambda a, b: np.where(a > b, a, b),
        lambda a, b: np.where(a < b, a, b),
        lambda a, b: np.where(a >= 0, a, a * b),
        lambda a, b: np.floor(a.astype("f8") / b).astype("f4"),
    ]
    return kinds[operation](a, b)


def check_divisor(x) -> tuple:
    """Raises ZeroDivisionError where an element is 0."""
    if not np.all(x):
        raise ZeroDivisionError("division by zero")
    return ()


def activate(x, function) -> np.ndarray:
    """The function in float64, rounded once; hard swish as it overflows in float32."""
    if function == 6:
        return x * clamp(x + np.float32(3), 0, 6) / np.float32(6)
    kinds = [
        scipy.special.expit,
        np.tanh,
        np.exp,
        lambda x: np.where(x < 0, np.expm1(x), x),
        lambda x: x * scipy.special.ndtr(x),
        lambda x: x * scipy.special.expit(2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)),
        None,
        lambda x: 1 / np.sqrt(x),
    ]
    return kinds[function](x.astype("f8")).astype("f4")


def softmax_scaled(x, beta, logarithm) -> np.ndarray:
    """Softmax of beta (x - max), which is rounded to float32; rows without elements stay so."""
    if not x.size:
        return x
    z = np.atleast_1d(x)
    z = ((z - z.max(-1, keepdims=True)) * np.float32(beta)).astype("f8")
    if logarithm:
        largest = np.arange(z.shape[-1]) == z.argmax(-1, keepdims=True)
        y = z - np.log1p((np.exp(z) - largest).sum(-1, keepdims=True))
    else:
        y = np.exp(z) / np.exp(z).sum(-1, keepdims=True)
    return y.astype("f4").reshape(x.shape)


def l2_normalize(x) -> np.ndarray:
    """Rows of length 1, or shorter where theirs is below 1e-6."""
    rows = np.atleast_1d(x).astype("f8")
    root = np.sqrt(np.sum(rows * rows, -1, keepdims=True))
    return (rows / np.maximum(root, 1e-6)).astype("f4").reshape(x.shape)


def _lanes(x, axes) -> np.ndarray:
    """The elements of each lane along a last axis, in the order of memory."""
    kept = [d for d in range(x.ndim) if d not in axes]
    shape = [x.shape[d] for d in kept], [x.shape[d] for d in axes]
    return x.transpose([*kept, *axes]).reshape([*shape[0], int(np.prod(shape[1], dtype=int))])


def reduce_in_order(x, axes, keepdims, operation) -> np.ndarray:
    """One element after the other, each step rounded to float32."""
    shape = np.shape(np.sum(x, axis=axes, keepdims=keepdims))  # or what NumPy raises
    lanes, most = _lanes(x, range(x.ndim) if axes is None else axes), np.finfo("f4").max
    total = np.full(lanes.shape[:-1], [0, 1, -most, most, 0][operation], "f4")
    for i in range(lanes.shape[-1]):
        b = lanes[..., i]
        steps = [
            lambda a, b: a + b,
            lambda a, b: a * b,
            lambda a, b: np.where(b > a, b, a),
            lambda a, b: np.where(b < a, b, a),
            lambda a, b: a + b,
        ]
        total = steps[operation](total, b)
    if operation == 4:
        total = total / np.float32(lanes.shape[-1])
    return np.asarray(total, "f4").reshape(shape)


def place_of_extreme(x, axis, largest) -> np.ndarray:
    """The first place that no later number beats."""
    np.argmax(x, axis)  # raises of nothing
    lanes = _lanes(x, (axis,))
    flat = lanes.reshape(-1, lanes.shape[-1])
    best = np.zeros(len(flat), np.int64)
    for lane, values in enumerate(flat):
        numbers = [i for i, v in enumerate(values) if not np.isnan(v)]
        if numbers:
            best[lane] = (max if largest else min)(numbers, key=lambda i, v=values: v[i])
    return best.reshape(lanes.shape[:-1])


def running_sum(x, axis, exclusive, reverse) -> np.ndarray:
    """Totals from 0 on, after each element or before it."""
    x = np.flip(x, axis) if reverse else x
    y = np.empty_like(x)
    lanes, out = np.moveaxis(x, axis, 0), np.moveaxis(y, axis, 0)
    total = np.zeros(lanes.shape[1:], x.dtype)
    for i, value in enumerate(lanes):
        before, total = total, total + value
        out[i] = before if exclusive else total
    return np.flip(y, axis) if reverse else y


def while_loop(x, condition, body) -> tuple:
    """The values when the condition of them is no longer true."""
    while condition(*x):
        x = body(*x)
    return tuple(x)


def repeat(again, x, body) -> tuple:
    """The values when `again` is false."""
    while again:
        again, *x = body(*x)
    return tuple(x)


def try_call(x, body, catches) -> tuple:
    """Which clause catches, and the results: the first half of x where one does."""
    half = len(x) // 2
    try:
        return np.int32(0), *body(*x[half:])
    except Exception as error:
        for which, clause in enumerate(catches.split("|")):
            if {"*", type(error).__name__} & set(clause.split(" ")):
                return np.int32(which + 1), *x[:half]
        raise


def list_reserve(sizes, count, of) -> np.ndarray:
    """No value is set; what is below zero is open."""
    return np.zeros([int(count), *np.maximum(sizes, 0)], of)


def list_set(values, index, item) -> np.ndarray:
    """Sizes of 0 are open until the first item is set."""
    if any(size not in (0, new) for size, new in zip(values.shape[1:], item.shape, strict=True)):
        raise ValueError("an item of another shape")
    if not 0 <= index < len(values):
        raise IndexError("index out of range")
    y = np.zeros((len(values), *item.shape), values.dtype)
    if values.size:
        y[:] = values
    y[index] = item
    return y


def store(x, place: tuple | np.ndarray, value) -> np.ndarray:
    """x with another value at the place; the axes that it names need not be all."""
    y = x.copy()
    y[(*place, ...) if isinstance(place, tuple) else (place, ...)] = value
    return y
