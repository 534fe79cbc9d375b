"""Loops whose turns tell whether there is another: values, sizes, memory, and how they end early."""

import ctypes
import threading

import kowari
import numpy as np
import pytest
from kowari._library import STATUS, lib
from kowari.binding import Session
from kowari.graph import Program, ShapeError, Value
from kowari.operators import SHORT_NAMES
from programs import (
    add_branch,
    add_callee,
    add_repeat,
    append,
    constant,
    finish,
    like,
    session_bytes,
)

F64, I64, BOOL, TEXT = (SHORT_NAMES[n] for n in ("f64", "i64", "bool", "text"))


@pytest.fixture
def graph():
    return Program().graph()


def is_left(graph, i):
    return graph.add("greater", i, constant(graph, 0))


def count_down(graph, i):
    """i - 1, and whether there is another turn."""
    i = graph.add("subtract", i, constant(graph, 1))
    return is_left(graph, i), i


def test_sum_of_elements(graph):
    """`while i > 0: i -= 1; total += x[i]`, over a captured array of any length."""
    x = graph.input(F64, (graph.program.size("n", 4),), "x")
    i = graph.add("size_of", x, axis=0)

    def body(g, i, total, x):
        again, i = count_down(g, i)
        return again, i, g.add("add", total, g.add("take", x, i, axis=0)), x

    values = [i, graph.constant(0.0), x]
    i, total, same = add_repeat(graph, is_left(graph, i), values, body)
    model = finish(graph.program, {"x": x}, {"i": i, "total": total, "same": same})
    for x in ([1.0, 2.0, 4.0], [], [0.1] * 1000, [np.nan], [1e300, -1e300]):
        got = model.run(x=x)
        want = 0.0
        for element in x[::-1]:
            want += element
        np.testing.assert_array_equal(got["total"], want)
        assert got["i"] == 0
        np.testing.assert_array_equal(got["same"], x)


def test_condition_is_a_carried_value(graph):
    """The flag that tells whether to go on is read before the values take their new ones."""
    again, x = graph.input(BOOL, (), "again"), graph.input(I64, (), "x")

    def body(g, flag, other, x):
        more = g.add("greater", x, constant(g, 0))
        return flag, g.add("copy", other), more, g.add("subtract", x, constant(g, 1))

    flag = graph.constant(np.bool_(True))
    values = [flag, again, x]
    flag, other, left = add_repeat(graph, again, values, body)
    model = finish(
        graph.program, {"again": again, "x": x}, {"flag": flag, "other": other, "left": left}
    )
    for start, first in [(3, True), (3, False), (-1, True), (0, True)]:
        again, flag, other, x = first, True, first, start
        while again:
            again, flag, other, x = flag, other, x > 0, x - 1
        got = model.run(again=first, x=start)
        assert (got["flag"], got["other"], got["left"]) == (flag, other, x)


@pytest.mark.parametrize("places", [(0, 1), (1, 0), (0, 0)])
def test_values_change_places(graph, places):
    """With a copy; without one the file is refused."""
    n = graph.program.size("n", 3)
    i, a, b = graph.input(I64, (), "i"), graph.input(F64, (n,), "a"), graph.input(F64, (n,), "b")

    def body(g, i, *values):
        chosen = [values[p] for p in places]
        return *count_down(g, i), *(g.add("copy", v) for v in chosen)

    _, y, z = add_repeat(graph, is_left(graph, i), [i, a, b], body)
    model = finish(graph.program, {"i": i, "a": a, "b": b}, {"y": y, "z": z})
    for turns in range(4):
        values = [[1.0, 2.0], [5.0, -1.0]]
        want = values
        for _ in range(turns):
            want = [want[p] for p in places]
        got = model.run(i=turns, a=values[0], b=values[1])
        assert [got["y"].tolist(), got["z"].tolist()] == want


def test_size_that_grows(graph):
    """Capacity is asked for by name; grown, the same run is right."""
    n = graph.program.size("n", 2)
    graph.program.location = (9, "grow.py")
    i, x = graph.input(I64, (), "i"), graph.input(F64, (), "x")
    start = graph.add("concat", graph.add("expand_dims", x, axes=(0,)), axis=0)

    def body(g, i, x):
        (x,) = append(g, "concat", [x, x], [(F64, (n,))], axis=0)
        return *count_down(g, i), x

    carried = [i, Value(graph, F64, (n,))]
    _, y = add_repeat(graph, is_left(graph, i), [i, start], body, carried)
    assert y.dims == (n,)
    model = finish(graph.program, {"i": i, "x": x}, {"y": y})
    session = Session(model._file)
    session.set(0, 3)
    session.set(1, 7.0)
    for needed in (4, 8):
        assert lib.kw_run(session.handle)
        error = lib.kw_session_error(session.handle).contents
        assert (STATUS[error.status], error.name) == ("a size outgrew its capacity", b"n")
        assert error.needed == needed
        assert lib.kw_grow(session.handle, (ctypes.c_int64 * 1)(needed), 1) == 0
    session.run()
    assert session.output(0).tolist() == [7.0] * 8
    for turns in (0, 5, 2):
        assert model.run(i=turns, x=1.5)["y"].tolist() == [1.5] * 2**turns


def test_optional_values(graph):
    """A value that is None in some turns, and one that stays None."""
    i = graph.input(I64, (), "i")
    some, other = (graph.input(F64, (), name, optional=True) for name in ("some", "other"))

    def body(g, i, some, other):
        def none(g, i, some, other):
            return [g.add("copy", other)]

        def number(g, i, some, other):
            return [g.add("add", g.add("if_none", some, g.constant(0.0)), g.constant(1.0))]

        again, i = count_down(g, i)
        odd = g.add("equal", g.add("remainder", i, constant(g, 2)), constant(g, 1))
        graphs = {m.__name__: add_callee(g, [i, some, other], m) for m in (none, number)}
        (new,) = g.add(
            "if_else", odd, i, some, other, then=graphs["none"], otherwise=graphs["number"]
        )
        return again, i, new, other

    _, y, same = add_repeat(graph, is_left(graph, i), [i, some, other], body)
    assert y.optional and same.optional
    model = finish(graph.program, {"i": i, "some": some, "other": other}, {"y": y, "same": same})
    for turns in range(5):
        for start in (None, 3.0):
            for stay in (None, -1.0):
                value = start
                for i in range(turns - 1, -1, -1):
                    value = stay if i % 2 else (0.0 if value is None else value) + 1
                got = model.run(i=turns, some=start, other=stay)
                assert (got["y"], got["same"]) == (value, stay)


def test_text(graph):
    i, text = graph.input(I64, (), "i"), graph.input(TEXT, (2,), "text")
    graph.program.size("text_bytes", 100)

    def body(g, i, chosen, text):
        again, i = count_down(g, i)
        return again, i, g.add("take", text, g.add("remainder", i, constant(g, 2)), axis=0), text

    start = graph.constant(np.array("none", object))
    _, chosen, _ = add_repeat(graph, is_left(graph, i), [i, start, text], body)
    model = finish(graph.program, {"i": i, "text": text}, {"chosen": chosen})
    for turns in range(3):
        got = model.run(i=turns, text=["häß", "b"])["chosen"]
        assert got == (["häß", "b"][0] if turns else "none")


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_nested(graph, turns):
    """A loop in a loop in a branch; the inner one starts from what the outer one carries."""
    i, x = graph.input(I64, (), "i"), graph.input(I64, (3,), "x")

    def inner(g, j, x):
        return *count_down(g, j), g.add("add", x, constant(g, 1))

    def outer(g, i, x):
        _, x = add_repeat(g, is_left(g, i), [i, x], inner)
        again, i = count_down(g, i)
        return again, i, g.add("multiply", x, constant(g, 2))

    def looped(g, i, x):
        return [add_repeat(g, is_left(g, i), [i, x], outer)[1]]

    few = graph.add("less", i, constant(graph, 10))
    (y,) = add_branch(graph, few, [i, x], looped, lambda g, i, x: [x])
    model = finish(graph.program, {"i": i, "x": x}, {"y": y})
    want = np.array([0, 1, -5])
    for i in range(turns, 0, -1):
        want = 2 * (want + i)
    np.testing.assert_array_equal(model.run(i=turns, x=[0, 1, -5])["y"], want)
    assert model.run(i=10, x=[0, 1, -5])["y"].tolist() == [0, 1, -5]


def test_steps_and_cancel(graph):
    """Each turn is a step and polls, also where the body has no node."""
    again, x = graph.input(BOOL, (), "again"), graph.input(F64, (2,), "x")
    _, y = add_repeat(graph, again, [again, x], lambda g, again, x: (again, again, x))
    data = finish(graph.program, {"again": again, "x": x}, {"y": y})._file
    for options, cancels, status in [
        ({"max_steps": 1000}, False, "the step limit was reached"),
        ({"max_steps": 1 << 62}, True, "cancelled"),
    ]:
        session = Session(data, **options)
        session.set(1, [1.0, 2.0])
        session.set(0, True)
        timer = threading.Timer(0.05, lib.kw_cancel, [session.handle])
        if cancels:
            timer.start()
        with pytest.raises(kowari.RunError) as ended:
            session.run()
        assert ended.value.status == status
        if cancels:
            timer.join()
        session.set(0, False)
        session.run()
        assert session.output(0).tolist() == [1.0, 2.0]


def test_carried_value_has_one_place(graph):
    """Start, turns and result of 100,000 elements lie in one place where a turn works in place."""
    size = 100_000
    i = graph.input(I64, (), "i")

    def body(g, i, x):
        return *count_down(g, i), g.add("negative", g.add("add", x, g.constant(1.0)))

    zero = graph.add("broadcast_to", graph.constant(0.0), constant(graph, size))
    _, y = add_repeat(graph, is_left(graph, i), [i, zero], body)
    model = finish(graph.program, {"i": i}, {"y": y})
    assert session_bytes(model) < 2.1 * 8 * size
    for turns in (0, 1, 2, 5):
        np.testing.assert_array_equal(model.run(i=turns)["y"], np.full(size, -1.0 * (turns % 2)))


# ---- refused ----
def refuse(graph, match, again, values, body, results=None):
    results = like(graph, values if results is None else results)
    append(graph, "repeat", [again, *values], results, body=body)
    inputs = {f"x{i}": v for i, v in enumerate(dict.fromkeys([again, *values]))}
    with pytest.raises(kowari.RunError, match=match):
        finish(graph.program, inputs, {})


BODIES = {
    "repeat: 1 arguments and 2 results, the graph has 1 and 1": lambda g, x: [x],
    "repeat: the condition is no bool": lambda g, x: [x, x],
    "repeat: a turn changes type or rank of value 0": lambda g, x: [
        g.constant(np.bool_(True)),
        g.add("less", x, x),
    ],
}


@pytest.mark.parametrize("match", BODIES)
def test_bodies_that_do_not_fit(graph, match):
    again, x = graph.input(BOOL, (), "again"), graph.input(F64, (), "x")
    refuse(graph, match, again, [x], add_callee(graph, [x], BODIES[match]))


def test_more_refusals(graph):
    again = graph.input(BOOL, (), "again")
    x, z = graph.input(F64, (), "x"), graph.input(F64, (), "z")
    yes = graph.constant(np.bool_(True))
    with pytest.raises(ShapeError, match="a turn of 'body' changes types or ranks"):

        def body(g, x):
            return yes, g.add("less", x, x)

        add_repeat(graph, again, [x], body)
    swapped = add_callee(graph, [x, z], lambda g, x, z: [yes, z, x])
    refuse(graph, "a turn gives value 1 in another's place", again, [x, z], swapped)


def test_condition_of_one_element_is_no_scalar(graph):
    again, many = graph.input(BOOL, (), "again"), graph.input(BOOL, (1,), "many")
    body = add_callee(graph, [many], lambda g, m: [m, g.add("copy", m)])
    refuse(graph, "repeat: the condition is no bool", again, [many], body)


def test_condition_that_may_be_none(graph):
    again = graph.input(BOOL, (), "again", optional=True)
    x = graph.input(F64, (), "x")
    body = add_callee(graph, [x], lambda g, x: [g.constant(np.bool_(False)), x])
    refuse(graph, "repeat: the condition may be None", again, [x], body)


def test_body_of_two_loops(graph):
    again, x = graph.input(BOOL, (), "again"), graph.input(F64, (), "x")
    no = graph.constant(np.bool_(False))
    body = add_callee(graph, [x], lambda g, x: [no, g.add("sqrt", x)])
    append(graph, "repeat", [again, x], like(graph, [x]), body=body)
    refuse(graph, "is the body of a loop and is called twice", again, [x], body)


def test_body_that_repeats_itself(graph):
    again, x = graph.input(BOOL, (), "again"), graph.input(F64, (), "x")
    body = add_callee(graph, [x], lambda g, x: [g.constant(np.bool_(False)), x])
    yes = graph.constant(np.bool_(True))
    body.outputs = [yes, *append(body, "repeat", [yes, *body.inputs], like(body, [x]), body=body)]
    refuse(graph, "graph 1 calls graph 1, must call a later one", again, [x], body)
