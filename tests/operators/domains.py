"""What single operators need of their inputs beyond their rows: changes to a drawn case.

Cases outside of a domain (an index too large) are drawn now and then where the reference raises.
"""

import numpy as np
from kowari.operators import DTYPES, SHORT_NAMES

CASTABLE = [code for code, dtype in DTYPES.items() if dtype.kind != "O" and dtype != np.float16]
F64, UINT32 = SHORT_NAMES["f64"], SHORT_NAMES["u32"]

DOMAINS = {}
"""Name of the operator, or of its plan, to ``edit(draw, case)``."""

CONSTANTS: dict[str, tuple[str, ...]] = {"forest": ("nodes", "starts")}
"""Inputs that are constants in every file: verified at open, since they steer memory accesses."""

FIXED: dict[str, tuple[str, ...]] = {
    "forest": ("features", "leaves", "width", "outputs"),
    "list_reserve": ("r",),
}
"""Sizes of the signature that are numbers in every file: constants are verified against them, or they tell a rank."""

ZERO_SIGNS = {
    "clip": "np.clip keeps one or the other zero, by whether the limits are single numbers",
    "fmax": "which of 0.0 and -0.0 np.fmax keeps depends on their place in the array",
    "fmin": "as fmax",
    "min": "which of 0.0 and -0.0 np.min keeps depends on their places and on the processor",
    "max": "as min",
    "running_min": "as min",
    "running_max": "as min",
    "sort": "np.sort leaves 0.0 and -0.0 in an order that depends on the processor",
    "median": "as sort",
    "quantile": "as sort",
    "percentile": "as sort",
    "matmul": "a sum that underflows is 0.0 or -0.0 by the order of its terms",
    "dense": "as matmul",
    "matmul_batch": "as matmul",
    "softmax_scaled": "a logarithm that underflows is 0.0 or -0.0 by the width of its computation",
}
"""Operators whose zeros may have another sign than the reference's, and why."""


def domain(*names: str):
    """Registers the entry of operators."""

    def register(edit):
        DOMAINS.update(dict.fromkeys(names, edit))
        return edit

    return register


def turn(b: np.ndarray, transposed: bool) -> np.ndarray:
    """Matrices, transposed or not."""
    return np.swapaxes(b, -1, -2) if transposed else b


def sum_terms(a: np.ndarray, b: np.ndarray, more=0) -> tuple[np.ndarray, int]:
    """Of a @ b + more: the sums of |terms|, and how many terms they have."""
    return np.abs(a).astype("f8") @ np.abs(b).astype("f8") + np.abs(more), a.shape[-1]


def sum_rows(x, imaginary) -> tuple[np.ndarray, int]:
    """Terms of a Fourier transform: at each place the whole row."""
    sums = np.abs(x).sum(axis=-1, keepdims=True)
    if imaginary is not None:
        sums = sums + np.abs(imaginary).sum(axis=-1, keepdims=True)
    return np.broadcast_to(sums, x.shape), x.shape[-1]


def scale_solution(a, b) -> tuple[np.ndarray, int]:
    """What a system's solution may have lost: as much as the condition of `a` tells."""
    inverse = np.linalg.pinv(a, rcond=1e-9)
    spread = np.abs(inverse) @ (np.abs(a) @ (np.abs(inverse) @ np.abs(b)) + np.abs(b))
    return np.broadcast_to(spread, (a.shape[1], b.shape[1])), 8 * sum(a.shape)


TERMS = {
    "matmul": lambda a, b: sum_terms(a, b),
    "dense": lambda x, weights, bias, activation: sum_terms(x, weights, bias),
    "matmul_batch": lambda a, b, transpose_b: sum_terms(a, turn(b, transpose_b)),
    "convolve": lambda a, b: (np.convolve(np.abs(a), np.abs(b)), min(a.size, b.size)),
    "fourier": lambda x, imaginary, inverse: sum_rows(x, imaginary),
    "solve": lambda a, b: scale_solution(a, b),
    "determinant": lambda a: (np.prod(np.abs(a).sum(axis=1)), 4 * len(a)),
    "lstsq": lambda a, b, rcond: scale_solution(a, b),
}
"""Operators that add in an order of their own, whose results are measured against their terms."""


def split(draw, count: int) -> list[int]:
    """Sizes whose product is `count`, all but the last small: sessions hold their product."""
    sizes = []
    for _ in range(draw.integer(0, 3)):
        divisors = [d for d in range(1, 11) if count % d == 0]
        sizes.append(draw.pick(divisors))
        count //= sizes[-1]
    return [*sizes, count]


def wish_sizes(draw, count: int, lowest: int) -> list[int]:
    """Sizes to reshape to: right ones, one left open, wrong ones now and then."""
    sizes = split(draw, count)
    if draw.chance(0.4):
        sizes[draw.integer(0, len(sizes) - 1)] = -1
    if draw.chance(0.08):
        sizes[draw.integer(0, len(sizes) - 1)] = draw.integer(lowest, 4)
    return sizes


def scalars(values) -> list[np.ndarray]:
    return [np.array(v, np.int64) for v in values]


def tame(case) -> None:
    """No numbers near overflow: which sums overflow depends on the order of terms."""
    for name, x in case.inputs.items():
        if x is not None and x.dtype.kind == "f":
            huge = np.isfinite(x) & (np.abs(x) > np.finfo(x.dtype).max ** 0.25)
            case.inputs[name] = np.where(huge, x.dtype.type(1), x)


@domain("softmax", "softmax_scaled", "l2_normalize")
def softmax(draw, case):
    case.lift_scalar()
    tame(case)


@domain("matmul", "dense")
def sums_in_any_order(draw, case):
    tame(case)


@domain("convolve", "fourier")
def signals(draw, case):
    tame(case)
    if "imaginary" in case.inputs:
        case.lift_scalar()
        case.inputs["x"] = case.inputs["x"][..., :97]  # large primes take their square
        if case.inputs["imaginary"] is not None and draw.chance(0.95):
            case.inputs["imaginary"] = draw.array(F64, case.inputs["x"].shape)
            tame(case)


def draw_matrix(draw, rows: int, columns: int) -> np.ndarray:
    """Far from singular; now and then a column is that of another one."""
    a = draw.rng.normal(size=(rows, columns)) + 5 * np.eye(rows, columns)
    if columns > 1 and draw.chance(0.1):
        a[:, 0] = a[:, 1]
    return a


@domain("solve", "determinant", "lstsq")
def matrices(draw, case):
    """Right sides with NaN; a matrix of zeros now and then, or one of one element, any number."""
    tame(case)
    columns = 1 if draw.chance(0.2) else min(case.inputs["a"].shape[1], 9)
    rows = min(draw.size(), 20) if draw.operator.name == "lstsq" else columns
    a = case.inputs["a"] = draw_matrix(draw, rows, columns)
    if draw.operator.name != "lstsq":
        a[:, 0:1] = draw_matrix(draw, rows, columns)[:, 0:1]
    if draw.chance(0.05):
        a[:] = 0
    if "b" in case.inputs:
        columns_of_b = case.inputs["b"].shape[1]
        case.inputs["b"] = draw.array(F64, (rows, draw.pick([1, 1, min(columns_of_b, 9)])))
        tame(case)
        b = case.inputs["b"]
        b[np.isinf(b)] = 1  # LAPACK scales all columns by the largest element
        if rows == columns == b.size == 1:
            b[:] = draw.pick([np.inf, -np.inf, np.nan, 3.0])
    if "rcond" in case.inputs:
        case.inputs["rcond"] = np.array(draw.pick([1e-9, 1e-6]))
    if rows == columns == 1 and draw.chance(0.5):
        a[:] = draw.pick([np.nan, np.inf, 2.0])


@domain("matmul_batch")
def batches_of_products(draw, case):
    """Matrices that fit, with batches that broadcast; wrong ones now and then."""
    (*batch, n), k = draw.shape(draw.integer(1, 4)), draw.size()
    if draw.chance(0.2):
        n, k = draw.pick([(n, 0), (0, k), (1, k)])
    m, terms = draw.integer(1, 5), k + draw.chance(0.03)
    shapes = [[n, k], [m, terms] if case.attributes["transpose_b"] else [terms, m]]
    for name, shape in zip("ab", shapes, strict=True):
        part = [1 if draw.chance(0.2) else size for size in batch]
        some = [*part[draw.integer(0, len(part)) if draw.chance(0.3) else 0 :], *shape]
        case.inputs[name] = draw.array(SHORT_NAMES["f32"], tuple(some))
    tame(case)


@domain("arithmetic", "activate", "reduce_in_order")
def any_kind(draw, case):
    """Each operation and function equally often."""
    a = next(a for a in draw.operator.attributes if a.name in ("operation", "function"))
    case.attributes[a.name] = draw.integer(int(a.low), int(a.high))
    if draw.operator.name == "arithmetic":
        limits(draw, case)


@domain("clamp")
def limits(draw, case):
    """Those of fused activations, or as drawn."""
    if draw.chance(0.6):
        most = float(np.finfo(np.float32).max)
        low, high = draw.pick([(0, most), (-1, 1), (0, 6), (-most, most), (-np.inf, np.inf)])
        case.attributes |= {"low": float(low), "high": float(high)}


@domain("cast")
def cast(draw, case):
    """No floats outside of uint32: what they become in NumPy depends on their place."""
    case.attributes["to"] = draw.pick(CASTABLE)
    x = case.inputs["x"]
    if case.attributes["to"] == UINT32 and x.dtype.kind == "f":
        case.inputs["x"] = np.where((x > -(2.0**31)) & (x < 2.0**32), x, x.dtype.type(7))


@domain("check")
def check(draw, case):
    case.attributes["type"] = draw.pick(["ValueError", "ZeroDivisionError", "KeyError"])


@domain("copy", "is_none", "if_none")
def allow_none(draw, case):
    if draw.chance(0.3):
        case.none.add("x")


@domain("call", "if_else")
def allow_none_of_many(draw, case):
    case.none |= {f"x{i}" for i in range(len(case.inputs["x"])) if draw.chance(0.1)}


@domain("while_loop", "repeat")
def count_turns(draw, case):
    """The last value says how many turns there are."""
    allow_none_of_many(draw, case)
    case.inputs["x"].append(np.array(draw.integer(-1, 5), np.int64))


@domain("try_call")
def raise_some(draw, case):
    """As many fallbacks as arguments, whose last one says what is raised."""
    code = draw.code(draw.operator.inputs[0])
    case.attributes["catches"] = draw.pick(
        [
            "*",
            "KeyError",
            "ValueError",
            "ValueError|KeyError",
            "IndexError KeyError|*",
            "Key|Error",
            "",
        ]
    )
    some, number = case.inputs["x"], np.array(draw.integer(0, 2), np.int64)
    others = [draw.array(code, x.shape) for x in some]
    case.inputs["x"] = [*others, np.array(7, np.int64), *some, number]


@domain("optional")
def optional(draw, case):
    if draw.chance(0.3):
        case.none.add("x")


@domain("list_reserve")
def list_reserve(draw, case):
    """Few values, some sizes open; a negative count now and then."""
    case.attributes["of"] = draw.pick(CASTABLE)
    rank = draw.integer(0, 3)
    case.inputs["sizes"] = draw.rng.integers(-1, 6, rank).astype("i4")
    case.inputs["count"] = np.array(draw.integer(-1 if draw.chance(0.1) else 0, 9), "i4")


@domain("list_set")
def list_set(draw, case):
    """Items of the list's sizes, or that tell open ones; wrong ones and indices out of range now and then."""
    case.lift_scalar()
    values = case.inputs["list"]
    shape = [draw.size() if n == 0 else n for n in values.shape[1:]]
    if shape and draw.chance(0.05):
        shape[draw.integer(0, len(shape) - 1)] += 1
    case.inputs["item"] = draw.array(draw.code(draw.operator.inputs[2]), tuple(shape))
    reach = draw.chance(0.05)
    case.inputs["index"] = np.array(draw.integer(0 - reach, max(len(values) - 1, 0) + reach), "i4")


@domain("list_append")
def list_append(draw, case):
    """Items of the list's sizes, of any where it has none."""
    case.lift_scalar()
    values = case.inputs["list"]
    shape = values.shape[1:] if len(values) else [draw.size() for _ in values.shape[1:]]
    case.inputs["item"] = draw.array(draw.code(draw.operator.inputs[1]), tuple(shape))


@domain("reshape")
def reshape(draw, case):
    case.attributes["sizes"] = wish_sizes(draw, case.inputs["x"].size, -1)


@domain("reshape_to")
def reshape_to(draw, case):
    case.inputs["sizes"] = scalars(wish_sizes(draw, case.inputs["x"].size, -2))


@domain("expand_dims")
def expand_dims(draw, case):
    count = draw.integer(1, 3)
    axes = draw.rng.choice(case.inputs["x"].ndim + count, count, replace=False)
    case.attributes["axes"] = sorted(map(int, axes))


@domain("squeeze")
def squeeze(draw, case):
    shape = [1 if draw.chance(0.5) else n for n in case.inputs["x"].shape]
    case.inputs["x"] = case.inputs["x"][(*map(slice, shape), ...)]
    axes = [d for d, n in enumerate(shape) if n == 1 or draw.chance(0.05)]
    case.attributes["axes"] = [d for d in axes if draw.chance(0.7)]


@domain("transpose")
def transpose(draw, case):
    case.attributes["axes"] = [int(d) for d in draw.rng.permutation(case.inputs["x"].ndim)]


def enlarge(draw, shape) -> list[int]:
    """A shape that `shape` can be repeated to; a wrong one now and then."""
    sizes = [draw.integer(0, 4) if n == 1 and draw.chance(0.5) else n for n in shape]
    sizes = [draw.integer(1, 3) for _ in range(draw.integer(0, 2))] + sizes
    if sizes and draw.chance(0.05):
        sizes[draw.integer(0, len(sizes) - 1)] = draw.integer(-2, 4)
    return sizes


@domain("broadcast_to")
def broadcast_to(draw, case):
    case.inputs["sizes"] = scalars(enlarge(draw, case.inputs["x"].shape) or [3])


@domain("broadcast_like")
def broadcast_like(draw, case):
    shape = [max(n, 0) for n in enlarge(draw, case.inputs["x"].shape)]
    case.inputs["like"] = draw.array(draw.code(draw.operator.inputs[1]), shape)


@domain("concat")
def concat(draw, case):
    """Parts of several sizes along the axis, now and then along another one."""
    axis, parts = case.attributes["axis"], case.inputs["x"]
    for i, x in enumerate(parts):
        cut = axis if draw.chance(0.97) else draw.integer(0, x.ndim - 1)
        if cut < x.ndim:
            stop = draw.integer(0, x.shape[cut])
            parts[i] = x[(slice(None),) * cut + (slice(stop),)]


@domain("slice")
def slice_bounds(draw, case):
    case.attributes["step"] = draw.pick([1, 1, 2, 3, -1, -2, 0 if draw.chance(0.1) else -3])
    for name in ("start", "stop"):
        if case.inputs[name] is not None and draw.chance(0.9):
            case.inputs[name] = np.array(draw.integer(-12, 12), np.int64)


@domain("take")
def take(draw, case):
    x, axis = case.inputs["x"], case.attributes["axis"]
    size = x.shape[axis] if axis < x.ndim else 3
    reach = size + draw.chance(0.05)
    shape = draw.pick([(), (draw.size(),), (draw.size(),), (0,), (2, 3)])
    case.inputs["indices"] = draw.rng.integers(-reach, max(reach, 1), shape, np.int64)


def draw_part(draw, case, shape: tuple) -> None:
    """A value that is spread over this shape; a wrong one now and then."""
    part = [1 if draw.chance(0.2) else n for n in shape]
    if part and draw.chance(0.05):
        part[draw.integer(0, len(part) - 1)] += 1
    part = part[draw.integer(0, len(part)) if draw.chance(0.3) else 0 :]
    ones = [1] * min(draw.integer(0, 2) if draw.chance(0.1) else 0, 8 - len(part))
    case.inputs["value"] = draw.array(draw.code(draw.operator.inputs[0]), (*ones, *part))


@domain("set_item")
def set_item(draw, case):
    x, axis = case.inputs["x"], case.attributes["axis"]
    size = x.shape[axis] if axis < x.ndim else 3
    reach = size + draw.chance(0.05)
    case.inputs["index"] = np.array(draw.integer(-reach, max(reach - 1, 0)), np.int64)
    draw_part(draw, case, tuple(n for d, n in enumerate(x.shape) if d != axis))


@domain("set_slice")
def set_slice(draw, case):
    slice_bounds(draw, case)
    x, axis, step = case.inputs["x"], case.attributes["axis"], case.attributes["step"]
    bounds = [
        case.inputs[n] if case.inputs[n] is None else int(case.inputs[n]) for n in ("start", "stop")
    ]
    count = len(range(10**4)[: x.shape[axis]][slice(*bounds, step or 1)]) if axis < x.ndim else 1
    draw_part(draw, case, tuple(count if d == axis else n for d, n in enumerate(x.shape)))


@domain("put")
def put(draw, case):
    size = case.inputs["x"].size
    reach = size + draw.chance(0.05)
    shape = draw.pick([(), (draw.size(),), (draw.size(),), (0,), (2, 3)] if size else [(0,), (1,)])
    case.inputs["indices"] = draw.rng.integers(-reach, max(reach, 1), shape, np.int64)
    draw_part(draw, case, shape)


@domain("compress")
def compress(draw, case):
    x, axis = case.inputs["x"], case.attributes["axis"]
    size = x.shape[axis] if axis < x.ndim else 3
    case.inputs["mask"] = draw.array(8, (size + draw.chance(0.05),))


@domain("text_find")
def text_find(draw, case):
    """A vocabulary that the reference's plain search gets through in time."""
    case.inputs["vocabulary"] = case.inputs["vocabulary"][:50]


@domain("quantile")
def quantile(draw, case):
    """Levels in range, now and then one that is not."""
    whole = 1.0 if draw.operator.name == "quantile" else 100.0
    shape = draw.pick([(), (), (1,), (5,), (2, 2)])
    levels = [0.0, 0.25, 0.5, 0.75, 1.0, *draw.rng.random(3)]
    if draw.chance(0.06):
        levels += [-0.1, np.nan, 1.01]
    case.inputs["q"] = draw.rng.choice(levels, shape) * whole


def hit_some(draw, x: np.ndarray, points: np.ndarray) -> np.ndarray:
    """x, half of its values being points."""
    if not len(points):
        return x
    return np.where(draw.rng.random(x.shape) < 0.5, draw.rng.choice(points, x.shape), x)


@domain("searchsorted")
def searchsorted(draw, case):
    """Ascending as NumPy sorts, NaN last; values that hit."""
    case.inputs["x"].sort()
    case.inputs["v"] = hit_some(draw, case.inputs["v"], case.inputs["x"])


@domain("interp")
def interp(draw, case):
    """Points that ascend, mostly, or lie as drawn; as many values, but for now and then."""
    xp = case.inputs["xp"]
    if draw.chance(0.7):
        xp = case.inputs["xp"] = np.sort(np.nan_to_num(xp, nan=0.5))
    case.inputs["fp"] = draw.array(F64, (len(xp) + draw.chance(0.04),))
    case.inputs["x"] = hit_some(draw, case.inputs["x"], xp)


@domain("rolling")
def rolling(draw, case):
    """Windows of no row, some, more than there are; as many rows needed, or one too many."""
    window = case.attributes["window"] = draw.pick([0, 1, 2, 3, 4, 10, 60, 1 << 30])
    if case.attributes["min_periods"] is not None:
        needed = draw.integer(0, min(window, 5))
        case.attributes["min_periods"] = needed if draw.chance(0.95) else window + 1


@domain("arange")
def arange(draw, case):
    start, stop, step = scalars(draw.integer(-20, 20) for _ in range(3))
    case.inputs = {"start": start, "stop": stop, "step": step}


@domain("arange_real")
def arange_real(draw, case):
    start = draw.pick([0.0, -0.0, 0.1, draw.rng.normal()])
    step = draw.pick([0.1, 0.5, -0.3, draw.rng.normal()])
    stop = start + step * draw.pick([10, 7.5, -1, 100])
    case.inputs = {
        name: np.array(x) for name, x in (("start", start), ("stop", stop), ("step", step))
    }
    if draw.chance(0.25):
        case.inputs[draw.pick([*case.inputs])] = np.array(draw.pick([np.nan, np.inf, -np.inf, 0.0]))


def grow_tree(draw, thresholds, features: int, leaves: int) -> list[tuple]:
    """(threshold, step, slot) of leaves, splits, jumps: siblings adjacent, children behind."""
    nodes: list = [None]

    def fill(at: int, depth: int):
        kind = draw.pick(["split"] * 3 + ["leaf", "jump"]) if depth and features else "leaf"
        if kind == "leaf":
            nodes[at] = (draw.integer(0, leaves - 1), 0, 0)
            return
        children = range(len(nodes), len(nodes) + (2 if kind == "split" else 1))
        nodes.extend([None] * len(children))
        slot = draw.integer(1, 2 * features) if kind == "split" else 0
        nodes[at] = (draw.pick(thresholds) if slot else 0.0, children[0] - at, slot)
        for child in children:
            fill(child, depth - 1)

    fill(0, draw.integer(0, 5))
    return nodes


def pack_nodes(nodes: list[tuple], real) -> np.ndarray:
    """Nodes as src/ops/forest.c lays them out: float64 thresholds take four words, float32 two."""
    threshold, step, slot = (np.array(column) for column in zip(*nodes, strict=True))
    words = threshold.astype(real).view(np.uint32).reshape(len(nodes), -1)
    links = [step, slot] if real is np.float64 else [step << 12 | slot]
    return np.column_stack([words, *links]).astype(np.uint32)


@domain("forest")
def forest(draw, case):
    """Sound trees, with thresholds that rows hit, or miss by one ulp of either width."""
    x, outputs = case.inputs["x"], max(len(case.inputs["initial"]), 1)
    x = x[: 0 if draw.chance(0.05) else None]
    real = draw.pick([np.float32, np.float64]) if x.shape[1] < 1 << 11 else np.float64
    thresholds = [real(t) for t in (0.0, -0.0, 0.1, 1.0, 1e-45, 5e-324)]
    points = thresholds.copy()
    for kind in (np.float32, np.float64):
        points += [float(np.nextafter(kind(t), kind(to))) for t in thresholds for to in (-9, 9)]
    leaves = draw.rng.normal(size=(draw.integer(1, 7), draw.pick([1, outputs])))
    count = draw.integer(1, 20)
    trees = [grow_tree(draw, thresholds, x.shape[1], len(leaves)) for _ in range(count)]
    case.inputs = {
        "x": hit_some(draw, x, points),
        "nodes": pack_nodes([node for tree in trees for node in tree], real),
        "starts": np.cumsum([0, *map(len, trees)], dtype=np.uint32),
        "leaves": leaves,
        "initial": draw.rng.normal(size=outputs),
    }
