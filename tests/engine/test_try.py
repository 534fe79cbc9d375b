"""Exceptions that are caught: which clause, what the results are, and a session that goes on as if nothing had been."""

import threading

import kowari
import numpy as np
import pytest
from kowari._library import lib
from kowari.binding import Session
from kowari.graph import Program, ShapeError, Value
from kowari.operators import SHORT_NAMES
from programs import add_callee, add_repeat, append, constant, finish, like

F64, I64, BOOL, I32 = (SHORT_NAMES[n] for n in ("f64", "i64", "bool", "i32"))


@pytest.fixture
def graph():
    return Program().graph()


def add_try(graph, fallback, values, body, catches):
    return graph.add(
        "try_call", *fallback, *values, body=add_callee(graph, values, body), catches=catches
    )


def item(graph, x, i):
    return [graph.add("take", x, i, axis=0)]


def refuse(graph, condition, type_, message=""):
    graph.add("check", graph.add("logical_not", condition), type=type_, message=message)


def looked_up(graph, catches, count=5):
    """`try: y = x[i] except ...: y = -1`."""
    x, i = graph.input(F64, (graph.program.size("n", count),), "x"), graph.input(I64, (), "i")
    which, y = add_try(graph, [graph.constant(-1.0)], [x, i], item, catches)
    assert (which.type, which.dims) == (I32, ())
    return finish(graph.program, {"x": x, "i": i}, {"which": which, "y": y})


@pytest.mark.parametrize(
    ("catches", "clause"),
    [
        ("IndexError", 1),
        ("*", 1),
        ("KeyError|IndexError", 2),
        ("KeyError ValueError|LookupError IndexError|*", 2),
        ("KeyError|*|IndexError", 2),
        (" IndexError ", 1),
        ("|IndexError", 2),
    ],
)
def test_clause_that_catches(graph, catches, clause):
    model = looked_up(graph, catches)
    for i, want in [(1, (0, 2.0)), (3, (clause, -1.0)), (0, (0, 1.0)), (-4, (clause, -1.0))]:
        got = model.run(x=[1.0, 2.0, 3.0], i=i)
        assert (got["which"], got["y"]) == want
        assert lib.kw_session_error(model._session.handle).contents.status == 0


@pytest.mark.parametrize(
    "catches", ["", "KeyError", "Index", "IndexErrors", "Index Error", "|", "indexerror"]
)
def test_what_no_clause_names_goes_on(graph, catches):
    graph.program.location = (5, "lookup.py")
    model = looked_up(graph, catches)
    with pytest.raises(kowari.RunError, match="index 3 is out of bounds") as raised:
        model.run(x=[1.0, 2.0, 3.0], i=3)
    assert (raised.value.type, raised.value.line, raised.value.file) == (
        "IndexError",
        5,
        "lookup.py",
    )
    assert model.run(x=[1.0, 2.0, 3.0], i=2)["y"] == 3


def test_what_may_raise(graph):
    x = graph.input(F64, (3,), "x")
    i = graph.input(I64, (), "i")
    fallback = [graph.constant(0.0)]
    for catches, raises in [("*", False), ("KeyError|*", False), ("IndexError", True), ("", True)]:
        add_try(graph, fallback, [x, i], item, catches)
        assert graph.nodes[-1].raises == raises
    add_try(graph, fallback, [x, i], lambda g, x, i: [g.add("sum", x)], "")
    assert not graph.nodes[-1].raises


def test_nested(graph):
    """The inner one catches one type, the outer one another; what is raised in a handler goes out."""
    kind = graph.input(I64, (), "kind")

    def inner(g, kind):
        for number, type_ in enumerate(["KeyError", "IndexError", "ValueError"]):
            refuse(g, g.add("equal", kind, constant(g, number)), type_)
        return [g.add("copy", kind)]

    def outer(g, kind):
        which, y = add_try(g, [constant(g, -1)], [kind], inner, "KeyError|IndexError")
        refuse(g, g.add("equal", which, g.constant(np.int32(2))), "OverflowError")
        return which, y

    fallback = [graph.constant(np.int32(-7)), constant(graph, -2)]
    outside, inside, y = add_try(graph, fallback, [kind], outer, "ValueError|OverflowError")
    outputs = {"outside": outside, "inside": inside, "y": y}
    model = finish(graph.program, {"kind": kind}, outputs)
    for kind, want in enumerate([(0, 1, -1), (2, -7, -2), (1, -7, -2), (0, 0, 3)]):
        assert tuple(int(v) for v in model.run(kind=kind).values()) == want


def test_in_turns_of_a_loop(graph):
    """Sizes that only some turns have, in what raises and behind it: nothing is left of the turn that raised."""
    p = graph.program
    n, k = p.size("n", 40), p.size("k", 40)
    i, x = graph.input(I64, (), "i"), graph.input(F64, (n,), "x")

    def risky(g, i, x):
        (part,) = append(g, "slice", [x, None, i], [(F64, (k,))], axis=0, step=1)
        twice = g.add("add", part, part)
        even = g.add("equal", g.add("remainder", i, constant(g, 2)), constant(g, 0))
        refuse(g, even, "ValueError")
        three = g.add("add", twice, part)
        row = g.add("take", three, g.add("subtract", i, constant(g, 1)), axis=0)
        return g.add("sum", three), row

    def body(g, i, total, x):
        fallback = [g.constant(100.0), g.constant(0.5)]
        _, part, row = add_try(g, fallback, [i, x], risky, "ValueError|IndexError")
        i = g.add("subtract", i, constant(g, 1))
        total = g.add("add", g.add("add", total, part), row)
        return g.add("greater", i, constant(g, 0)), i, total, x

    again = graph.add("greater", i, constant(graph, 0))
    _, total, _ = add_repeat(graph, again, [i, graph.constant(0.0), x], body)
    model = finish(p, {"i": i, "x": x}, {"total": total})
    for turns, size in [(1, 3), (9, 4), (3, 40), (40, 2), (0, 3), (9, 9)]:
        x, total = np.arange(1.0, size + 1) / 4, 0.0
        for i in range(turns, 0, -1):
            try:
                three = 3 * x[:i]
                if i % 2 == 0:
                    raise ValueError
                part = (three.sum(), three[i - 1])
            except (ValueError, IndexError):
                part = (100.0, 0.5)
            total = (total + part[0]) + part[1]
        assert model.run(i=turns, x=x)["total"] == total


def test_argument_is_changed_in_place_only_where_it_dies(graph):
    """`try: x[i] = 5; x[j] = 6 except IndexError: pass`: the store before the exception is not seen in the fallback."""
    n = graph.program.size("n", 4)
    x, i, j = graph.input(F64, (n,), "x"), graph.input(I64, (), "i"), graph.input(I64, (), "j")
    start = graph.add("add", x, graph.constant(1.0))

    def stores(g, x, i, j):
        x = g.add("set_item", x, i, g.constant(5.0), axis=0)
        return [g.add("set_item", x, j, g.constant(6.0), axis=0)]

    which, y = add_try(graph, [start], [start, i, j], stores, "IndexError")
    model = finish(graph.program, {"x": x, "i": i, "j": j}, {"which": which, "y": y})
    for i, j in [(0, 1), (0, 9), (9, 0), (2, 2)]:
        want = np.array([1.0, 2.0, 3.0])
        if max(i, j) < 9:
            want[i], want[j] = 5, 6
        got = model.run(x=[0.0, 1.0, 2.0], i=i, j=j)
        assert got["which"] == (max(i, j) == 9)
        np.testing.assert_array_equal(got["y"], want)


def test_fallback_of_none(graph):
    x, i = graph.input(F64, (3,), "x"), graph.input(I64, (), "i")
    no = graph.constant(np.bool_(False))
    none = graph.add("optional", no, graph.constant(0.0))
    assert none.optional
    which, y = add_try(graph, [none], [x, i], item, "*")
    assert y.optional
    model = finish(graph.program, {"x": x, "i": i}, {"y": y, "which": which})
    assert model.run(x=[1.0, 2.0, 3.0], i=2)["y"] == 3
    got = model.run(x=[1.0, 2.0, 3.0], i=3)
    assert (got["y"], got["which"]) == (None, 1)


def test_optional(graph):
    n = graph.program.size("n", 2)
    yes, x = graph.input(BOOL, (), "yes"), graph.input(F64, (n,), "x")
    some = graph.input(F64, (n,), "some", optional=True)
    y, z = graph.add("optional", yes, x), graph.add("optional", yes, some)
    back = graph.add("if_none", y, graph.add("negative", x))
    outputs = {"y": y, "z": z, "back": back, "none": graph.add("is_none", z)}
    model = finish(graph.program, {"yes": yes, "x": x, "some": some}, outputs)
    for yes, size, given in [(True, 2, True), (False, 3, True), (True, 5, False), (True, 1, True)]:
        x = np.arange(1.0, size + 1)
        got = model.run(yes=yes, x=x, some=2 * x if given else None)
        assert (got["y"] is None) == (not yes)
        assert (got["z"] is None) == got["none"] == (not (yes and given))
        np.testing.assert_array_equal(got["back"], x if yes else -x)
        if got["z"] is not None:
            np.testing.assert_array_equal(got["z"], 2 * x)
    with pytest.raises(ShapeError, match="input 0 may be None|the condition may be None"):
        maybe = graph.input(BOOL, (), "maybe", optional=True)
        graph.add("optional", maybe, graph.inputs[1])


# ---- what is not caught ----
def test_limits_are_not_caught(graph):
    """Steps, cancel and capacity end the run, whatever the clauses name; the session goes on."""
    m = graph.program.size("m", 3)
    i, x = graph.input(I64, (), "i"), graph.input(F64, (m,), "x")

    def body(g, i, x):
        i = g.add("subtract", i, constant(g, 1))
        return g.add("greater", i, constant(g, 0)), i, g.add("list_append", x, g.constant(1.0))

    def endless(g, i, x):
        def turn(g, i):
            return g.add("less", i, constant(g, 0)), i

        (i,) = add_repeat(g, g.add("less", i, constant(g, 0)), [i], turn)
        return [add_repeat(g, g.add("greater", i, constant(g, 0)), [i, x], body)[1]]

    which, y = add_try(graph, [x], [i, x], endless, "*")
    file = finish(graph.program, {"i": i, "x": x}, {"which": which, "y": y})._file
    session = Session(file, max_steps=1 << 62)
    session.set(1, [1.0])

    def status():
        code = lib.kw_run(session.handle)
        return lib.kw_status_text(code).decode() if code else ""

    session.set(0, 2)
    assert status() == ""
    session.set(0, 3)
    assert status() == "a size outgrew its capacity"
    session.set(0, -1)
    timer = threading.Timer(0.05, lib.kw_cancel, [session.handle])
    timer.start()
    assert status() == "cancelled"
    timer.join()
    session.set(0, 1)
    assert status() == ""
    assert session.output(1).tolist() == [1.0, 1.0]
    session = Session(file, max_steps=100)
    session.set(1, [1.0])
    session.set(0, -1)
    assert status() == "the step limit was reached"
    session.set(0, 0)
    assert status() == ""


# ---- refused ----
CASES = {
    "try_call: 0 inputs for 1 results": ([], [F64]),
    "try_call: 0 arguments and 1 results, the graph has 1 and 1": (["x"], [F64]),
    "try_call: result 0 has another type or rank in each branch": (["yes", "x"], [F64]),
    "try_call: 1 arguments and 0 results, the graph has 1 and 1": (["x"], []),
    "output 1 may be None, was not declared so": (["some", "x"], [F64]),
}


@pytest.mark.parametrize("match", CASES)
def test_refused(graph, match):
    given, results = CASES[match]
    inputs = {
        "x": graph.input(F64, (), "x"),
        "yes": graph.input(BOOL, (), "yes"),
        "some": graph.input(F64, (), "some", optional=True),
    }
    body = add_callee(graph, [inputs["x"]], lambda g, x: [g.add("sqrt", x)])
    results = [(I32, ()), *((code, ()) for code in results)]
    append(graph, "try_call", [inputs[n] for n in given], results, body=body, catches="*")
    with pytest.raises(kowari.RunError, match=match):
        finish(graph.program, inputs, {})


def test_body_that_tries_itself(graph):
    x = graph.input(F64, (), "x")
    body = add_callee(graph, [x], lambda g, x: [])
    results = [(I32, ()), Value(body, F64, ())]
    body.outputs = list(
        append(body, "try_call", [body.inputs[0]] * 2, results, body=body, catches="*")[1:]
    )
    append(graph, "call", [x], like(graph, [x]), graph=body)
    with pytest.raises(kowari.RunError, match="graph 1 calls graph 1, must call a later one"):
        finish(graph.program, {"x": x}, {})
