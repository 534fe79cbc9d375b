"""Binary trees as columns, and their packing into the arrays that the operator ``forest`` walks.

Siblings lie side by side and a subtree is one stretch; thresholds are rounded so that every input
takes the branch that it takes in Python.  src/ops/forest.c says how a row walks the nodes.
"""

from dataclasses import dataclass

import numpy as np

from ..graph import Value

NARROW = np.dtype([("threshold", "<f4"), ("link", "<u4")])
WIDE = np.dtype([("threshold", "<f8"), ("step", "<u4"), ("slot", "<u4")])
SLOT_BITS = 12  # of NARROW.link; the other 20 are the step
EXACT_FLOAT32 = 1 << 24  # every integer up to it is a float32: a leaf's threshold is its row


@dataclass
class Trees:
    """Binary trees, one row a node; -1 means "none".

    ``slot``: 1 + 2 f for "feature f, NaN goes left", 2 + 2 f for "feature f, NaN goes right", 0 for
    a jump.  A node with a ``target`` goes there (or, unless it is a jump, to the node beside it)
    instead of to its children, which it may own for another node's sake.
    """

    roots: np.ndarray  # [trees]
    left: np.ndarray  # [nodes]
    right: np.ndarray  # [nodes]
    slot: np.ndarray  # [nodes]
    threshold: np.ndarray  # [nodes] float64
    weight: np.ndarray  # [nodes] training rows seen; the heavier child is laid out first
    values: np.ndarray  # [nodes, width] float64; read at leaves
    target: np.ndarray  # [nodes]


def lay_out(trees: Trees) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions that put siblings side by side and children after their parent.

    A subtree is one stretch; the child that saw more rows comes first, next to its parent.

    Returns
    -------
    position [nodes], position of the first child [nodes] (its own at a leaf), starts [trees + 1]
    """
    levels, frontier = [], trees.roots
    while frontier.size:
        levels.append(frontier)
        inner = frontier[trees.left[frontier] >= 0]
        frontier = np.column_stack([trees.left[inner], trees.right[inner]]).ravel()
    size = np.ones(len(trees.left), np.int64)
    for level in reversed(levels):
        inner = level[trees.left[level] >= 0]
        size[inner] += size[trees.left[inner]] + size[trees.right[inner]]
    starts = np.concatenate([[0], np.cumsum(size[trees.roots])])
    position = np.empty_like(size)
    first = np.empty_like(size)
    position[trees.roots] = starts[:-1]
    first[trees.roots] = starts[:-1] + 1
    for level in levels:
        inner = level[trees.left[level] >= 0]
        left, right, at = trees.left[inner], trees.right[inner], first[inner]
        position[left], position[right] = at, at + 1
        swap = trees.weight[right] > trees.weight[left]
        near, far = np.where(swap, right, left), np.where(swap, left, right)
        first[near], first[far] = at + 2, at + 1 + size[near]
    leaf = trees.left < 0
    first[leaf] = position[leaf]
    return position, first, starts


def unique_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Different rows by their bits, in order of first appearance, and each row's place there."""
    rows = np.ascontiguousarray(rows, np.float64)
    keys = rows.view(np.dtype((np.void, 8 * rows.shape[1]))).ravel()
    _, index, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(index)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rows[index[order]], rank[inverse.ravel()]


@np.errstate(over="ignore")
def round_to_float32(threshold: np.ndarray) -> np.ndarray:
    """The largest float32 t with t <= threshold: x <= t just when x <= threshold."""
    rounded = threshold.astype(np.float32)
    return np.where(rounded > threshold, np.nextafter(rounded, np.float32(-np.inf)), rounded)


@np.errstate(over="ignore")
def widen_threshold(threshold: np.ndarray) -> np.ndarray:
    """The largest float64 d with float32(d) <= threshold: d <= it just when float32(d) does."""
    low = round_to_float32(threshold)
    high = np.nextafter(low, np.float32(np.inf))
    top = np.float64(2.0**128)  # where float32 would go on after its largest number
    wide = np.where(np.isinf(high), top, high.astype(np.float64))
    middle = low.astype(np.float64) / 2 + wide / 2
    even = (low.view(np.uint32) & 1) == 0  # ties go to the even one
    # The largest float32 is odd, and float32(middle) is inf there.
    result = np.where(even, middle, np.nextafter(middle, -np.inf))
    return np.where(np.isinf(low), low, result)


def pack(trees: Trees, narrow: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes, starts and leaf rows; ``narrow``: the estimator rounds features to float32."""
    position, first, starts = lay_out(trees)
    aimed = trees.target >= 0
    first[aimed] = position[trees.target[aimed]]
    leaf = (trees.left < 0) & ~aimed
    order = np.flatnonzero(leaf)[np.argsort(position[leaf])]
    leaves, row = unique_rows(trees.values[order])
    threshold, step = trees.threshold.copy(), first - position
    slot = np.where(leaf, 0, trees.slot)
    fits = (
        len(leaves) <= EXACT_FLOAT32
        and slot.max() < 1 << SLOT_BITS
        and step.max() < 1 << 32 - SLOT_BITS
    )
    if starts[-1] >= 1 << 32:
        raise ValueError("the ensemble has more than 2**32 nodes")
    nodes = np.empty(len(position), NARROW if narrow and fits else WIDE)
    if nodes.dtype == NARROW:
        nodes["link"][position] = step << SLOT_BITS | slot
        threshold = round_to_float32(threshold)
    else:
        nodes["step"][position] = step
        nodes["slot"][position] = slot
        threshold = widen_threshold(threshold) if narrow else threshold
    threshold[order] = row
    nodes["threshold"][position] = threshold
    return nodes, starts.astype(np.uint32), leaves


def join(parts: list[Trees]) -> Trees:
    """One table of nodes out of several."""
    base = np.cumsum([0] + [len(p.left) for p in parts[:-1]])

    def shift(name: str) -> np.ndarray:
        columns = [(getattr(p, name), b) for p, b in zip(parts, base, strict=True)]
        return np.concatenate([np.where(c < 0, -1, c + b) for c, b in columns])

    links = {name: shift(name) for name in ("roots", "left", "right", "target")}
    plain = {
        name: np.concatenate([getattr(p, name) for p in parts])
        for name in ("slot", "threshold", "weight", "values")
    }
    return Trees(**links, **plain)


def add_forest(x: Value, parts: list[Trees], initial: np.ndarray, narrow: bool) -> Value:
    """``initial`` [outputs] plus each tree's leaf: [rows, outputs], for x f64 [rows, features]."""
    nodes, starts, leaves = pack(join(parts), narrow)
    constant, words = x.graph.constant, nodes.dtype.itemsize // 4
    return x.graph.add(
        "forest",
        x,
        constant(nodes.view("<u4").reshape(-1, words), index=True),
        constant(starts, index=True),
        constant(leaves),
        constant(initial),
    )
