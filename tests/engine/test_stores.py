"""Stores and growing lists in loops, against NumPy: in place where the old value dies, and never where it does not."""

import ctypes

import kowari
import numpy as np
import pytest
from kowari._library import STATUS, lib
from kowari.binding import Session
from kowari.graph import Program, Value
from kowari.operators import SHORT_NAMES
from programs import add_branch, add_repeat, constant, finish, session_bytes

F64, I64, BOOL, TEXT = (SHORT_NAMES[n] for n in ("f64", "i64", "bool", "text"))


@pytest.fixture
def graph():
    return Program().graph()


def step(graph, i, stop):
    """i + 1, and whether there is another turn."""
    i = graph.add("add", i, constant(graph, 1))
    return graph.add("less", i, stop), i


# ---- values that live on ----
def test_old_value_lives(graph):
    """Each store has a copy of its own where the old value is read afterwards."""
    n = graph.program.size("n", 4)
    x, i, v = graph.input(F64, (n,), "x"), graph.input(I64, (), "i"), graph.input(F64, (), "v")
    doubled = graph.add("add", x, x)
    first = graph.add("set_item", doubled, i, v, axis=0)
    second = graph.add("set_slice", doubled, i, None, v, axis=0)
    third = graph.add(
        "put",
        first,
        graph.add("stack", i, i, axis=0),
        graph.add("stack", v, i_as_real(graph, i), axis=0),
    )
    outputs = {"doubled": doubled, "first": first, "second": second, "third": third}
    model = finish(graph.program, {"x": x, "i": i, "v": v}, outputs)
    for i in (0, 2, -1):
        x = np.array([1.0, 2.0, 3.0])
        first, second, third = 2 * x, 2 * x, 2 * x
        first[i], second[i:], third[i] = 9, 9, i
        want = {"doubled": 2 * x, "first": first, "second": second, "third": third}
        for name, value in model.run(x=x, i=i, v=9.0).items():
            np.testing.assert_array_equal(value, want[name], name)


def i_as_real(graph, i):
    return graph.add("cast", i, to=F64)


def test_value_that_is_stored_into_itself(graph):
    """`x[::-1] = x` and `x[:] = x[::-1]`, of values that die there."""
    n = graph.program.size("n", 4)
    x = graph.input(F64, (n,), "x")
    a, b, c = (graph.add("add", x, graph.constant(v)) for v in (1.0, 2.0, 3.0))
    y = graph.add("set_slice", a, None, None, a, axis=0, step=-1)
    back = graph.add("slice", b, None, None, axis=0, step=-1)
    z = graph.add("set_slice", b, None, None, back, axis=0)
    places = graph.add("cast", x, to=I64)
    w = graph.add("put", c, places, c)
    model = finish(graph.program, {"x": x}, {"y": y, "z": z, "w": w})
    x = np.array([2.0, 0.0, 1.0, 1.0])
    got = model.run(x=x)
    np.testing.assert_array_equal(got["y"], (x + 1)[::-1])
    np.testing.assert_array_equal(got["z"], (x + 2)[::-1])
    want = x + 3
    want[x.astype(int)] = want.copy()
    np.testing.assert_array_equal(got["w"], want)


def test_value_of_the_same_shape_is_not_written(graph):
    """Where x lives on, the result lies neither in x nor in the value that is stored, which dies."""
    n = graph.program.size("n", 4)
    x, i = graph.input(F64, (n,), "x"), graph.input(I64, (n,), "i")
    values = graph.add("add", x, graph.constant(10.0))
    y = graph.add("put", x, i, values)
    model = finish(graph.program, {"x": x, "i": i}, {"y": y})
    got = model.run(x=[1.0, 2.0, 3.0], i=[2, 2, 0])["y"]
    assert got.tolist() == [13, 2, 12]


# ---- loops ----
def sieve(graph) -> kowari.load:
    """`for i in range(n): x[i] = i * i`, and `mask[i] = not mask[i - 1]`."""
    n = graph.program.size("n", 16)
    x, mask = graph.input(I64, (n,), "x"), graph.input(BOOL, (n,), "mask")
    stop = graph.add("size_of", x, axis=0)

    def body(g, i, stop, x, mask):
        x = g.add("set_item", x, i, g.add("multiply", i, i), axis=0)
        before = g.add("take", mask, g.add("subtract", i, constant(g, 1)), axis=0)
        mask = g.add("set_item", mask, i, g.add("logical_not", before), axis=0)
        return *step(g, i, stop), stop, x, mask

    zero = constant(graph, 0)
    again = graph.add("less", zero, stop)
    start = [graph.add("copy", v) for v in (x, mask)]
    _, _, y, flags = add_repeat(graph, again, [zero, stop, *start], body)
    return finish(graph.program, {"x": x, "mask": mask}, {"y": y, "flags": flags})


def test_elements_one_by_one(graph):
    model = sieve(graph)
    for n in (0, 1, 5, 300):
        mask = np.arange(n) % 3 == 0
        got = model.run(x=np.arange(n), mask=mask)
        for i in range(n):
            mask[i] = not mask[i - 1]
        np.testing.assert_array_equal(got["y"], np.arange(n) ** 2)
        np.testing.assert_array_equal(got["flags"], mask)


def test_store_in_a_loop_has_one_place(graph):
    """What 100,000 elements need is theirs, once for what the loop starts from and once for what it carries."""
    size = 100_000
    i = graph.input(I64, (), "i")
    zero = graph.add("broadcast_to", graph.constant(0.0), constant(graph, size))

    def body(g, i, stop, x):
        x = g.add("set_item", x, i, g.constant(1.0), axis=0)
        x = g.add("set_slice", x, g.add("add", i, constant(g, 2)), None, g.constant(2.0), axis=0)
        x = g.add("put", x, g.add("stack", i, stop, axis=0), g.constant(np.array([3.0, 4.0])))
        return *step(g, i, stop), stop, x

    start = constant(graph, 0)
    _, _, y = add_repeat(graph, graph.add("less", start, i), [start, i, zero], body)
    model = finish(graph.program, {"i": i}, {"y": y})
    assert session_bytes(model) < 2.1 * 8 * size
    for turns in (0, 1, 4):
        want = np.zeros(size)
        for k in range(turns):
            want[k], want[k + 2 :], want[k], want[turns] = 1, 2, 3, 4
        np.testing.assert_array_equal(model.run(i=turns)["y"], want)


def test_last_value_of_a_turn_is_read_in_the_next(graph):
    """`x[i] = x[i - 1] + old[i]` with what the turn began with kept: no store in its place."""
    n = graph.program.size("n", 8)
    x = graph.input(F64, (n,), "x")
    stop = graph.add("size_of", x, axis=0)

    def body(g, i, stop, x, before):
        last = g.add("take", x, g.add("subtract", i, constant(g, 1)), axis=0)
        kept = g.add("take", before, i, axis=0)
        new = g.add("set_item", x, i, g.add("add", last, kept), axis=0)
        return *step(g, i, stop), stop, new, g.add("copy", x)

    one = constant(graph, 1)
    _, _, y, z = add_repeat(graph, graph.add("less", one, stop), [one, stop, x, x], body)
    model = finish(graph.program, {"x": x}, {"y": y, "z": z})
    for n in (0, 1, 2, 9):
        x = np.arange(1.0, n + 1)
        y, before = x.copy(), x.copy()
        for i in range(1, n):
            new = y.copy()
            new[i] = y[i - 1] + before[i]
            y, before = new, y
        got = model.run(x=x)
        np.testing.assert_array_equal(got["y"], y)
        np.testing.assert_array_equal(got["z"], before)


def test_text_items(graph):
    graph.program.size("text_bytes", 100)
    x = graph.input(TEXT, (3,), "x")
    y = graph.add(
        "set_item", x, constant(graph, -1), graph.constant(np.array("new", object)), axis=0
    )
    model = finish(graph.program, {"x": x}, {"y": y})
    assert model.run(x=["a", None, "c"])["y"].tolist() == ["a", None, "new"]


@pytest.mark.parametrize(
    ("name", "arguments", "type_", "message"),
    [
        ("set_item", [5, 0.0], "IndexError", "index 5 is out of bounds for axis 0 with size 3"),
        ("set_item", [-4, 0.0], "IndexError", "index -4 is out of bounds for axis 0 with size 3"),
        ("put", [[0, 3], 0.0], "IndexError", "index 3 is out of bounds for axis 0 with size 3"),
        (
            "set_slice",
            [1, None, [1.0, 2.0, 3.0]],
            "ValueError",
            r"from shape \(3,\) into shape \(2,\)",
        ),
        (
            "put",
            [[0, 1], [1.0, 2.0, 3.0]],
            "ValueError",
            r"value array of shape \(3,\) could not be",
        ),
    ],
)
def test_what_numpy_raises(graph, name, arguments, type_, message):
    n, m = graph.program.size("n", 4), graph.program.size("m", 4)
    x = graph.input(F64, (n,), "x")
    inputs, values = {"x": x}, [x]
    for i, argument in enumerate(arguments):
        array = np.asarray(argument)
        code = F64 if array.dtype.kind == "f" else I64
        value = None if argument is None else graph.input(code, (m,) * array.ndim, f"v{i}")
        values.append(value)
        if value is not None:
            inputs[f"v{i}"] = value
            m = graph.program.size("m", 4)
    attributes = {} if name == "put" else {"axis": 0}
    model = finish(graph.program, inputs, {"y": graph.add(name, *values, **attributes)})
    given = {f"v{i}": v for i, v in enumerate(arguments) if v is not None}
    with pytest.raises(kowari.RunError, match=message) as raised:
        model.run(x=[1.0, 2.0, 3.0], **given)
    assert raised.value.type == type_


# ---- lists ----
def squares(graph, capacity=4):
    """`for i in range(stop): if i % 3: y.append([i, i * i])`, from a list of no items."""
    m = graph.program.size("m", capacity)
    graph.program.location = (3, "squares.py")
    stop = graph.input(I64, (), "stop")

    def body(g, i, stop, y):
        item = g.add("stack", i, g.add("multiply", i, i), axis=0)
        return *step(g, i, stop), stop, g.add("list_append", y, item)

    zero = constant(graph, 0)
    empty = graph.constant(np.zeros((0, 2), np.int64))
    carried = [zero, stop, Value(graph, I64, (m, 2))]
    again = graph.add("less", zero, stop)
    _, _, y = add_repeat(graph, again, [zero, stop, empty], body, carried)
    assert y.dims == (m, 2)
    return finish(graph.program, {"stop": stop}, {"y": y})


def test_list_grows_in_its_place(graph):
    """The size that the list was declared with holds all turns; its name, line and need are told."""
    model = squares(graph)
    session = Session(model._file)
    session.set(0, 7)
    assert lib.kw_run(session.handle)
    error = lib.kw_session_error(session.handle).contents
    assert (STATUS[error.status], error.name) == ("a size outgrew its capacity", b"m")
    assert (error.needed, error.line, error.file) == (5, 3, b"squares.py")
    assert lib.kw_grow(session.handle, (ctypes.c_int64 * 1)(7), 1) == 0
    session.run()
    assert session.output(0).tolist() == [[i, i * i] for i in range(7)]
    for stop in (3000, 7, 0, 3):
        want = np.array([[i, i * i] for i in range(stop)]).reshape(-1, 2)
        np.testing.assert_array_equal(model.run(stop=stop)["y"], want)


def test_long_list_lies_in_one_place(graph):
    size = 100_000
    model = squares(graph, size)
    assert session_bytes(model) < 1.1 * 16 * size
    assert model.run(stop=1000)["y"][-1].tolist() == [999, 999**2]


def test_list_that_lives_on(graph):
    """Two lists of one: the shorter one is read after both."""
    m = graph.program.size("m", 9)
    x = graph.input(F64, (m,), "x")
    start = graph.add("add", x, graph.constant(0.5))
    a = graph.add("list_append", start, graph.constant(1.0))
    b = graph.add("list_append", start, graph.constant(2.0))
    c = graph.add("list_append", b, graph.add("sum", a))
    assert a.dims == b.dims == c.dims == (m,)
    model = finish(graph.program, {"x": x}, {"start": start, "a": a, "b": b, "c": c})
    got = model.run(x=[0.0, 4.0])
    assert got["start"].tolist() == [0.5, 4.5]
    assert got["a"].tolist() == [0.5, 4.5, 1]
    assert got["b"].tolist() == [0.5, 4.5, 2]
    assert got["c"].tolist() == [0.5, 4.5, 2, 6]


def test_list_with_a_number_for_its_size(graph):
    x = graph.input(F64, (2,), "x")
    y = graph.add("list_append", x, graph.constant(7.0))
    assert y.dims == (3,)
    model = finish(
        graph.program, {"x": x}, {"y": y, "z": graph.add("list_append", y, graph.add("sum", y))}
    )
    assert model.run(x=[1.0, 2.0])["z"].tolist() == [1, 2, 7, 10]


def test_append_in_a_branch(graph):
    """Only some turns append; what is longer than the other branch's has the same name."""
    m = graph.program.size("m", 4)
    x = graph.input(F64, (graph.program.size("n", 4),), "x")
    stop = graph.add("size_of", x, axis=0)

    def body(g, i, stop, y, x):
        value = g.add("take", x, i, axis=0)
        kept = g.add("greater", value, g.constant(0.0))
        (y,) = add_branch(
            g,
            kept,
            [y, value],
            lambda g, y, v: [g.add("list_append", y, v)],
            lambda g, y, v: [y],
        )
        return *step(g, i, stop), stop, y, x

    zero = constant(graph, 0)
    empty = graph.constant(np.zeros(0))
    carried = [zero, stop, Value(graph, F64, (m,)), x]
    again = graph.add("less", zero, stop)
    _, _, y, _ = add_repeat(graph, again, [zero, stop, empty, x], body, carried)
    model = finish(graph.program, {"x": x}, {"y": y})
    rng = np.random.default_rng(0)
    for n in (0, 1, 7, 100, 30):
        x = rng.standard_normal(n)
        np.testing.assert_array_equal(model.run(x=x)["y"], x[x > 0])


def test_items_of_other_sizes(graph):
    """The list's items have one shape: told, not spread."""
    m, w, k = (graph.program.size(name, 4) for name in "mwk")
    x, item = graph.input(F64, (m, w), "x"), graph.input(F64, (k,), "item")
    y = graph.add("list_append", x, item)
    model = finish(graph.program, {"x": x, "item": item}, {"y": y})
    assert model.run(x=np.ones((2, 3)), item=[1, 2, 3])["y"].shape == (3, 3)
    assert model.run(x=np.ones((0, 3)), item=[1, 2])["y"].tolist() == [[1, 2]]
    with pytest.raises(kowari.RunError, match="an item has size 2 along axis 0, must have 3"):
        model.run(x=np.ones((2, 3)), item=[1, 2])
