"""What the rows of tensor.def need of their inputs: changes to a drawn case, as in domains.py."""

import numpy as np
from domains import FIXED, domain, enlarge, hit_some, wish_sizes
from kowari.operators import DTYPES, SHORT_NAMES

FIXED |= dict.fromkeys(
    ("reshape_by", "broadcast_by", "tile", "block", "strided_slice", "split", "transpose_by"),
    ("k",),
)
FIXED |= dict.fromkeys(("pad", "mirror_pad"), ("r",))
FIXED |= {
    "gather_nd": ("indices.0", "indices.1", "indices.2"),
    "scatter_nd": ("indices.0", "indices.1", "indices.2", "k"),
    "update_slice": ("k",),
    "unstack": tuple(f"x.{d}" for d in range(4)),
}
"""Ranks and numbers of outputs depend on these."""


def vector(draw, operator_input: int, values) -> np.ndarray:
    """Values of the type of an index operand."""
    return np.array(list(values), DTYPES[draw.code(draw.operator.inputs[operator_input])])


def flatten_ranks(x: np.ndarray, rank: int) -> np.ndarray:
    """x with its last axes as one, if it has more than `rank`."""
    return x if x.ndim <= rank else x.reshape(*x.shape[: rank - 1], -1)


@domain("reshape_by")
def reshape_by(draw, case):
    case.inputs["sizes"] = vector(draw, 1, wish_sizes(draw, case.inputs["x"].size, -2))


@domain("broadcast_by")
def broadcast_by(draw, case):
    case.inputs["sizes"] = vector(draw, 1, enlarge(draw, case.inputs["x"].shape))


@domain("tile")
def tile(draw, case):
    """Few copies: an output has the product of them."""
    x = case.inputs["x"]
    most = 3 if x.size < 2000 else 1
    counts = [draw.integer(-1 if draw.chance(0.02) else 0, most) for _ in x.shape]
    case.inputs["counts"] = vector(draw, 1, [1 if draw.chance(0.4) else n for n in counts])


@domain("shape_of")
def shape_of(draw, case):
    case.attributes["to"] = SHORT_NAMES[draw.pick(["i32", "i64"])]


@domain("block")
def block(draw, case):
    begin, sizes = [], []
    for n in case.inputs["x"].shape:
        at = draw.integer(-1, n + 1) if draw.chance(0.03) else draw.integer(0, n)
        begin.append(at)
        sizes.append(
            draw.integer(0, n - at + draw.chance(0.03)) if at <= n and draw.chance(0.7) else -1
        )
    case.inputs["begin"], case.inputs["sizes"] = vector(draw, 1, begin), vector(draw, 1, sizes)


STRIDES = [1, 1, 1, 1, 2, 3, -1, -2, -1, 7]
MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


@domain("strided_slice")
def strided_slice(draw, case):
    """Items for some of the axes: ranges, indices, None, at most one ellipsis, mostly in range."""
    shape, masks = case.inputs["x"].shape, dict.fromkeys(MASKS, 0)
    items: list[tuple] = []
    left = [*shape, *([3] if draw.chance(0.03) else [])]
    while left and not draw.chance(0.15):
        bit, kind = 1 << len(items), draw.pick(["range"] * 5 + ["index", "new", "ellipsis"])
        n = left[0]
        items.append((draw.integer(-n - 2, n + 2), draw.integer(-n - 2, n + 2), draw.pick(STRIDES)))
        masks["begin_mask"] |= bit * draw.chance(0.3)
        masks["end_mask"] |= bit * draw.chance(0.3)
        if kind == "index":
            masks["shrink_axis_mask"] |= bit
            items[-1] = (draw.integer(-n, max(n - 1, 0)) + draw.chance(0.04) * n, 0, 1)
        elif kind == "new":
            masks["new_axis_mask"] |= bit
        elif kind == "ellipsis" and (not masks["ellipsis_mask"] or draw.chance(0.02)):
            masks["ellipsis_mask"] |= bit
            left = left[draw.integer(0, len(left)) :]
        if kind not in ("new", "ellipsis"):
            left = left[1:]
    case.attributes |= masks | {"offset": draw.chance(0.2)}
    begin, end, strides = zip(*items, strict=True) if items else ((), (), ())
    case.inputs |= {"begin": vector(draw, 1, begin), "end": vector(draw, 1, end)}
    case.inputs["strides"] = vector(draw, 1, strides)


@domain("split")
def split_parts(draw, case):
    """Sizes that add up, mostly, or as many equal parts as there can be."""
    x = case.inputs["x"] = np.atleast_1d(case.inputs["x"])
    axis, parts = draw_axis(draw, x.ndim), draw.integer(1, 4)
    n = x.shape[axis] if -x.ndim <= axis < x.ndim else 3
    case.attributes["parts"] = parts
    case.inputs["axis"] = np.array(axis, case.inputs["axis"].dtype)
    if case.inputs["sizes"] is None:
        stop = n // parts * parts if draw.chance(0.9) else n
        if n == x.shape[axis % x.ndim]:
            case.inputs["x"] = np.take(x, range(stop), axis % x.ndim)
        return
    cuts = sorted(draw.integer(0, n) for _ in range(parts - 1))
    sizes = [stop - start for start, stop in zip([0, *cuts], [*cuts, n], strict=True)]
    if draw.chance(0.4):
        sizes[draw.integer(0, parts - 1)] = -1
    if draw.chance(0.04):
        sizes[draw.integer(0, parts - 1)] += draw.pick([-2, -1, 1])
    case.inputs["sizes"] = vector(draw, 2, sizes)


def draw_axis(draw, rank: int) -> int:
    """Of the value, from the first or the last; now and then the one behind."""
    return rank if draw.chance(0.03) else draw.integer(-rank, rank - 1)


def keep_small(case) -> np.ndarray:
    """x, which has few elements: any axis of a result may be the longest of x."""
    if case.inputs["x"].size > 5000:
        case.inputs["x"] = case.inputs["x"][:50]
    return case.inputs["x"]


@domain("insert_axis")
def insert_axis(draw, case):
    case.inputs["axis"] = vector(draw, 1, [draw_axis(draw, keep_small(case).ndim + 1)]).reshape(())


@domain("transpose_by")
def transpose_by(draw, case):
    rank = keep_small(case).ndim
    axes = [int(d) - rank * draw.chance(0.2) for d in draw.rng.permutation(rank)]
    if axes and draw.chance(0.03):
        axes[0] = draw.pick([rank, axes[-1]])
    case.inputs["axes"] = vector(draw, 1, axes)


@domain("unstack")
def unstack(draw, case):
    """Few outputs, at least one."""
    x, axis = case.inputs["x"], case.attributes["axis"]
    if axis < x.ndim and not x.shape[axis]:
        x = np.zeros((*x.shape[:axis], 2, *x.shape[axis + 1 :], 0), x.dtype)
    case.inputs["x"] = x[(slice(None),) * axis + (slice(6),)] if axis < x.ndim else x


@domain("pad")
def pad(draw, case):
    rows = [
        [draw.integer(0, 3) * draw.chance(0.6) for _ in range(2)] for _ in case.inputs["x"].shape
    ]
    if rows and draw.chance(0.04):
        rows[0][0] = -1
    case.inputs["paddings"] = vector(draw, 1, rows).reshape(-1, 2)


@domain("mirror_pad")
def mirror_pad(draw, case):
    """At most as much as there is to mirror, or one too much."""
    rows = []
    for n in case.inputs["x"].shape:
        most = min(max(n - case.attributes["reflect"], 0), 4)
        rows.append([draw.integer(0, most) * draw.chance(0.7) for _ in range(2)])
        if draw.chance(0.03):
            rows[-1][draw.integer(0, 1)] = draw.pick([-1, n + 1])
    case.inputs["paddings"] = vector(draw, 1, rows).reshape(-1, 2)


def draw_indices(draw, shape, size: int, dtype) -> np.ndarray:
    """In range, but for now and then."""
    low, high = (-1, size + 1) if draw.chance(0.04) else (0, max(size, 1))
    return draw.rng.integers(low, high, shape, dtype)


@domain("gather")
def gather(draw, case):
    x = case.inputs["x"] = flatten_ranks(case.inputs["x"], 3)
    axis = case.attributes["axis"] = min(case.attributes["axis"], x.ndim)
    batch = case.attributes["batch"] = draw.integer(0, axis) if draw.chance(0.4) else 0
    shape = [*x.shape[:batch], *draw.pick([(), (4,), (0,), (2, 3)])]
    if batch and draw.chance(0.03):
        shape[0] += 1
    size = x.shape[axis] if axis < x.ndim else 3
    case.inputs["indices"] = draw_indices(draw, shape, size, case.inputs["indices"].dtype)


def draw_places(draw, shape: tuple, dtype) -> np.ndarray:
    """Rows of places along some of the first axes."""
    width = draw.integer(0, len(shape))
    outer = draw.pick([(), (5,), (0,), (2, 3)])
    columns = [draw_indices(draw, outer, n, dtype) for n in shape[:width]]
    return np.stack(columns, -1) if columns else np.empty((*outer, 0), dtype)


@domain("gather_nd")
def gather_nd(draw, case):
    x = keep_small(case)
    case.inputs["indices"] = draw_places(draw, x.shape, case.inputs["indices"].dtype)


@domain("scatter_nd")
def scatter_nd(draw, case):
    sizes = [
        draw.integer(0, 3) if draw.chance(0.1) else draw.integer(1, 5)
        for _ in range(draw.integer(0, 3))
    ]
    indices = draw_places(draw, sizes, case.inputs["indices"].dtype)
    shape = [*indices.shape[:-1], *sizes[indices.shape[-1] :]]
    if shape and draw.chance(0.05):
        shape[draw.integer(0, len(shape) - 1)] += 1
    if sizes and draw.chance(0.02):
        sizes[0] = -1
    case.inputs = {
        "indices": indices,
        "updates": draw.array(draw.code(draw.operator.inputs[1]), tuple(shape)),
        "sizes": vector(draw, 2, sizes),
    }


@domain("update_slice")
def update_slice(draw, case):
    x = case.inputs["x"]
    shape = [n if draw.chance(0.4) else draw.integer(0, n) for n in x.shape]
    if shape and draw.chance(0.04):
        shape[0] = x.shape[0] + 1
    case.inputs["update"] = draw.array(draw.code(draw.operator.inputs[1]), tuple(shape))
    case.inputs["start"] = vector(draw, 2, [draw.integer(-2, n + 2) for n in x.shape])


@domain("range")
def range_of_values(draw, case):
    """A few steps to the end, of any size; away from it now and then."""
    dtype = case.inputs["start"].dtype
    start = draw.integer(-20, 20) if draw.chance(0.9) else draw.pick([-100, 100])
    step = draw.pick([1, 1, 2, 3, 7, -1, -2, 0 if draw.chance(0.1) else -5])
    stop = start + step * draw.integer(0, 30) + draw.integer(-1, 1)
    values = [start, stop, step]
    if dtype.kind == "f":
        scale = draw.pick([1.0, 0.1, draw.rng.uniform(0.01, 3)])
        values = [v * scale for v in values]
        if draw.chance(0.15):
            values[draw.integer(0, 2)] = draw.pick([np.nan, np.inf, -np.inf])
    case.inputs = {n: np.array(v, dtype) for n, v in zip(case.inputs, values, strict=True)}


@domain("top_k")
def top_k(draw, case):
    x = case.inputs["x"] = np.atleast_1d(case.inputs["x"])
    most = x.shape[-1] + draw.chance(0.04)
    case.inputs["k"] = np.array(draw.integer(-draw.chance(0.02), most), case.inputs["k"].dtype)


@domain("clamp_cast")
def clamp_cast(draw, case):
    integers = [code for code, dtype in DTYPES.items() if dtype.kind in "iu"]
    case.attributes["to"] = draw.pick(integers)
    edges = [2.0**n for n in (7, 8, 15, 16, 31, 32, 63, 64)]
    case.inputs["x"] = hit_some(
        draw, case.inputs["x"], np.array([*edges, *np.negative(edges)], case.inputs["x"].dtype)
    )
