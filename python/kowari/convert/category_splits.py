"""Splits by category, left for some and right for others, as splits by thresholds."""

import numpy as np

from .node_layout import Trees


def expand_categories(trees: Trees, node: int, slot: int, right: np.ndarray) -> None:
    """Replace a split by a binary search for the run of equal directions that holds the category.

    A run to the left and the next one to the right share a node that goes to the split's children;
    a run alone is a jump to one of them.  The children belong to the last of these ends, and weight
    -1 puts that one last, so that all lead forward.
    """
    runs = np.flatnonzero(np.diff(right, prepend=~right[0]))  # where each begins
    children = int(trees.left[node]), int(trees.right[node])
    heads = np.flatnonzero(~right[runs] | (np.arange(len(runs)) == 0))  # runs that begin an end
    ends = [list(runs[heads[i] : limit]) for i, limit in enumerate([*heads[1:], len(runs)])]
    count, added = len(trees.left), 2 * len(ends) - 2
    for name, filler in (("left", -1), ("right", -1), ("slot", 0), ("threshold", 0.0),
                         ("weight", 0.0), ("target", -1)):  # fmt: skip
        column = getattr(trees, name)
        setattr(trees, name, np.append(column, np.full(added, filler, column.dtype)))
    trees.values = np.append(trees.values, np.zeros((added, trees.values.shape[1])), axis=0)

    def search(at: int, low: int, high: int) -> None:
        nonlocal count
        last = high == len(ends)
        if high - low == 1:
            end = ends[low]
            shared = len(end) == 2
            trees.left[at], trees.right[at] = children if last else (-1, -1)
            trees.slot[at], trees.threshold[at] = (slot, end[1] - 0.5) if shared else (0, 0.0)
            trees.target[at] = children[0 if shared else int(right[end[0]])]
            return
        middle = (low + high) // 2
        pair, count = count, count + 2
        trees.left[at], trees.right[at] = pair, pair + 1
        trees.slot[at], trees.threshold[at] = slot, ends[middle][0] - 0.5
        trees.weight[pair + 1] = -1.0 if last else 0.0
        search(pair, low, middle)
        search(pair + 1, middle, high)

    search(int(node), 0, len(ends))
