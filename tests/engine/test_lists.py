"""Lists that loops fill, as recurrent networks do, against NumPy."""

import kowari
import numpy as np
import pytest
from kowari.graph import Program, Value
from kowari.operators import SHORT_NAMES
from programs import add_branch, add_loop, append, finish, like, session_bytes

F32, I32 = SHORT_NAMES["f32"], SHORT_NAMES["i32"]


@pytest.fixture
def graph():
    return Program().graph()


def number(graph, value):
    return graph.constant(np.int32(value))


def next_one(graph, i):
    return graph.add("add", i, number(graph, 1))


def reserve(graph, sizes, count, dims):
    sizes = graph.constant(np.array(sizes, np.int32))
    return append(graph, "list_reserve", [sizes, count], [(F32, dims)], of=F32)[0]


def set_item(graph, rows, i, item):
    return append(graph, "list_set", [rows, i, item], like(graph, [rows]))[0]


def below(stop):
    """A condition: the first value is below the one of this index."""

    def is_below(graph, *values):
        return [graph.add("less", values[0], values[stop])]

    return is_below


@pytest.mark.parametrize("sets", [1, 3])
def test_each_turn_works_in_place(graph, sets):
    """10,000 turns, each of which sets items of a list of 2.5 MB: it lies in one place, from turn to turn as well."""
    turns, width = 10_000, 64
    x = graph.input(F32, (width,), "x")
    rows = reserve(graph, [width], number(graph, turns), (turns, width))

    def body(g, i, stop, x, rows):
        for k in range(sets):
            scale = g.add("cast", g.add("add", i, number(g, k)), to=F32)
            rows = set_item(g, rows, i, g.add("multiply", x, scale))
        return next_one(g, i), stop, x, rows

    values = [number(graph, 0), number(graph, turns), x, rows]
    *_, rows = add_loop(graph, values, below(1), body)
    model = finish(graph.program, {"x": x}, {"rows": graph.add("negative", rows)})
    size = 4 * turns * width
    assert session_bytes(model) < 2.1 * size  # what was reserved, and what the loop carries
    x = np.linspace(-1, 1, width, dtype="f4")
    for _ in range(2):
        want = -(x * np.arange(sets - 1, turns + sets - 1, dtype="f4")[:, None])
        np.testing.assert_array_equal(model.run(x=x)["rows"], want, strict=True)


def test_first_item_tells_the_open_sizes(graph):
    """A loop over the rows of an input; the capacity of the list's width is that of the input's."""
    p = graph.program
    n, m, k, w = (p.size(name, 2) for name in ("n", "m", "k", "w"))
    x, count = graph.input(F32, (n, m), "x"), graph.input(I32, (), "count")
    rows = reserve(graph, [-1], count, (k, w))

    def body(g, i, x, count, rows):
        place = g.add("expand_dims", g.add("cast", i, to=SHORT_NAMES["i64"]), axes=(0,))
        row = append(g, "take", [x, place], [(F32, (p.size("one", 1), m))], axis=0)[0]
        row = append(g, "reshape", [row], [(F32, (m,))], sizes=(-1,))[0]
        return next_one(g, i), x, count, set_item(g, rows, i, g.add("negative", row))

    *_, rows = add_loop(graph, [number(graph, 0), x, count, rows], below(2), body)
    model = finish(p, {"x": x, "count": count}, {"rows": rows})
    for n, m in [(3, 2), (1, 1), (0, 3), (7, 5), (2, 0), (3, 2), (2, 4)]:
        x = np.arange(float(n * m), dtype="f4").reshape(n, m)
        rows = model.run(x=x, count=n)["rows"]
        assert rows.shape == (n, m if n else 0)  # no item was set
        np.testing.assert_array_equal(rows, -x[:, : rows.shape[1]])


def test_items_in_any_order_and_none(graph):
    """Indices from an input, some of them twice; what is not set is 0."""
    n = graph.program.size("n", 16)
    places = graph.input(SHORT_NAMES["i64"], (n,), "places")
    stop = graph.add("cast", graph.add("size_of", places, axis=0), to=I32)
    rows = reserve(graph, [-1, 2], number(graph, 5), (5, graph.program.size("w", 3), 2))

    def body(g, i, stop, places, rows):
        at = g.add("cast", i, to=SHORT_NAMES["i64"])
        place = g.add("cast", g.add("take", places, at, axis=0), to=I32)
        item = g.add(
            "broadcast_to", g.add("cast", i, to=F32), *(g.constant(np.int64(s)) for s in (3, 2))
        )
        return next_one(g, i), stop, places, set_item(g, rows, place, item)

    *_, rows = add_loop(graph, [number(graph, 0), stop, places, rows], below(1), body)
    model = finish(graph.program, {"places": places}, {"rows": rows})
    for places in ([3, 0, 3, 4], [2], [1, 1, 1, 0, 2, 3, 4]):
        want = np.zeros((5, 3, 2), "f4")
        for i, place in enumerate(places):
            want[place] = i
        np.testing.assert_array_equal(model.run(places=places)["rows"], want, strict=True)
    assert model.run(places=np.empty(0, np.int64))["rows"].shape == (5, 0, 2)
    for wrong in (5, -1):
        with pytest.raises(
            kowari.RunError, match=f"index {wrong} is out of range of a list of 5"
        ) as raised:
            model.run(places=[0, wrong])
        assert raised.value.type == "IndexError"
    assert model.run(places=[0])["rows"].shape == (5, 3, 2)


def test_lists_in_branches_and_nested_loops(graph):
    """A list of lists: the inner loop sets items of the row that the outer one carries; a branch leaves some out."""
    size = graph.input(I32, (), "size")
    zero = number(graph, 0)
    table = reserve(graph, [6, 2], number(graph, 6), (6, 6, 2))
    row = reserve(graph, [2], number(graph, 6), (6, 2))

    def inner(g, j, size, i, row):
        def filled(g, j, i, row):
            item = g.add("stack", g.add("cast", i, to=F32), g.add("cast", j, to=F32), axis=0)
            return [set_item(g, row, j, item)]

        def left_out(g, j, i, row):
            return [row]

        odd = g.add("not_equal", g.add("remainder", g.add("add", i, j), number(g, 2)), number(g, 0))
        (row,) = add_branch(g, odd, [j, i, row], filled, left_out)
        return next_one(g, j), size, i, row

    def outer(g, i, size, table, row):
        *_, row = add_loop(g, [number(g, 0), size, i, row], below(1), inner)
        return next_one(g, i), size, set_item(g, table, i, row), row

    *_, table, row = add_loop(graph, [zero, size, table, row], below(1), outer)
    model = finish(graph.program, {"size": size}, {"table": table, "row": row})
    for size in (0, 1, 6, 4):
        table, row = np.zeros((6, 6, 2), "f4"), np.zeros((6, 2), "f4")
        for i in range(size):
            for j in range(size):
                if (i + j) % 2:
                    row[j] = i, j
            table[i] = row
        got = model.run(size=size)
        np.testing.assert_array_equal(got["table"], table, strict=True)
        np.testing.assert_array_equal(got["row"], row, strict=True)


def test_items_of_other_sizes_raise(graph):
    n, w = graph.program.size("n", 4), graph.program.size("w", 4)
    x, y = graph.input(F32, (n,), "x"), graph.input(F32, (w,), "y")
    rows = reserve(graph, [-1], number(graph, 2), (2, graph.program.size("k", 4)))
    rows = set_item(graph, set_item(graph, rows, number(graph, 0), x), number(graph, 1), y)
    model = finish(graph.program, {"x": x, "y": y}, {"rows": rows})
    np.testing.assert_array_equal(model.run(x=[1, 2], y=[3, 4])["rows"], [[1, 2], [3, 4]])
    with pytest.raises(
        kowari.RunError, match="an item has size 3 along axis 0, must have 2"
    ) as raised:
        model.run(x=[1, 2], y=[3, 4, 5])
    assert raised.value.type == "ValueError"
    np.testing.assert_array_equal(model.run(x=[1] * 9, y=[2] * 9)["rows"], [[1] * 9, [2] * 9])
    np.testing.assert_array_equal(model.run(x=[], y=[3, 4])["rows"], [[0, 0], [3, 4]])


def test_counts_and_sizes_from_values(graph):
    """Sizes that an input tells; too many are a capacity that grows, a negative count raises."""
    k, w = graph.program.size("k", 2), graph.program.size("w", 2)
    sizes, count = graph.input(I32, (1,), "sizes"), graph.input(I32, (), "count")
    rows = append(graph, "list_reserve", [sizes, count], [Value(graph, F32, (k, w))], of=F32)[0]
    model = finish(graph.program, {"sizes": sizes, "count": count}, {"rows": rows})
    for width, n in [(2, 3), (-1, 2), (5, 0), (7, 9)]:
        rows = model.run(sizes=[width], count=n)["rows"]
        np.testing.assert_array_equal(rows, np.zeros((n, max(width, 0)), "f4"), strict=True)
    with pytest.raises(kowari.RunError, match="negative dimensions") as raised:
        model.run(sizes=[2], count=-1)
    assert raised.value.type == "ValueError"
    with pytest.raises(kowari.RunError, match="needs [0-9]+ bytes"):
        model.run(sizes=[2**31 - 1], count=2**31 - 1)
