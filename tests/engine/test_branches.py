"""Branches and calls of hand-made graphs: sizes, values that may be None, texts, and what only one branch does."""

import kowari
import numpy as np
import pytest
from kowari.graph import Program, Value
from kowari.operators import SHORT_NAMES
from programs import add_branch, add_callee, add_loop, append, copy_of, finish

F64, I64, BOOL, TEXT = (SHORT_NAMES[n] for n in ("f64", "i64", "bool", "text"))


@pytest.fixture
def graph():
    return Program().graph()


def first(graph, *values):
    return [copy_of(graph, values[0])]


def last(graph, *values):
    return [copy_of(graph, values[-1])]


# ---- sizes ----
def test_sizes_change_from_branch_to_branch(graph):
    """What a branch computed of the other's sizes is planned anew."""
    p = graph.program
    n, m, k = (p.size(name, 2) for name in ("n", "m", "k"))
    yes, x, y = (
        graph.input(BOOL, (), "yes"),
        graph.input(F64, (n,), "x"),
        graph.input(F64, (m,), "y"),
    )

    def double(g, x, y):
        return [g.add("add", y, y)]

    (one,) = add_branch(graph, yes, [x, y], first, double, [Value(graph, F64, (k,))])
    more = graph.add("cumsum", graph.add("negative", one))
    model = finish(p, {"yes": yes, "x": x, "y": y}, {"one": one, "more": more})
    rng = np.random.default_rng(1)
    for _ in range(60):
        yes, (n, m) = bool(rng.integers(2)), rng.integers(0, 9, 2)
        x, y = np.arange(float(n)), np.linspace(1, 2, m)
        one = x if yes else y + y
        got = model.run(yes=yes, x=x, y=y)
        np.testing.assert_array_equal(got["one"], one, strict=True)
        np.testing.assert_array_equal(got["more"], np.cumsum(-one), strict=True)


def test_sizes_that_were_declared_otherwise(graph):
    """A branch whose result does not fit the declared sizes ends the run; the next one is right."""
    n = graph.program.size("n", 8)
    yes, x = graph.input(BOOL, (), "yes"), graph.input(F64, (n,), "x")

    def three(g, x):
        return [g.add("add", g.constant(np.arange(3.0)), g.constant(1.0))]

    (y,) = add_branch(graph, yes, [x], first, three, [Value(graph, F64, (3,))])
    model = finish(graph.program, {"yes": yes, "x": x}, {"y": graph.add("add", y, y)})
    for _ in range(2):
        assert model.run(yes=False, x=np.ones(5))["y"].tolist() == [2, 4, 6]
        with pytest.raises(kowari.RunError, match="size 5 along axis 0, was declared with 3"):
            model.run(yes=True, x=np.ones(5))
        assert model.run(yes=True, x=np.ones(3))["y"].tolist() == [2, 2, 2]


def test_size_of_a_result_outgrows_its_capacity(graph):
    n, k = graph.program.size("n", 8), graph.program.size("k", 2)
    yes, x = graph.input(BOOL, (), "yes"), graph.input(F64, (n,), "x")

    def none_of_it(g, x):
        return [append(g, "compress", [x, g.add("less", x, x)], [(F64, (k,))], axis=0)[0]]

    (y,) = add_branch(graph, yes, [x], first, none_of_it, [Value(graph, F64, (k,))])
    model = finish(graph.program, {"yes": yes, "x": x}, {"y": y})
    assert model.run(yes=False, x=np.arange(7.0))["y"].tolist() == []
    assert model.run(yes=True, x=np.arange(7.0))["y"].tolist() == [*range(7)]


def test_values_that_were_declared_alike(graph):
    """Kernels work in place where declared sizes are equal: others at run are an error, not a wrong number."""
    p = graph.program
    n, m, k = (p.size(name, 8) for name in ("n", "m", "k"))
    inputs = {name: graph.input(F64, (size,), name) for name, size in (("x", n), ("y", m))}
    x, y = (
        append(graph, "call", [v], [(F64, (k,))], graph=add_callee(graph, [v], first))[0]
        for v in inputs.values()
    )
    total = append(graph, "add", [x, y], [(F64, (k,))])[0]
    model = finish(p, inputs, {"total": total})
    for n, m in [(3, 3), (1, 1), (0, 0), (5, 5), (3, 1)]:
        x, y = np.arange(float(n)), np.ones(m)
        np.testing.assert_array_equal(model.run(x=x, y=y)["total"], x + y, strict=True)
        with pytest.raises(kowari.RunError, match="other sizes than the result") as refused:
            model.run(x=np.arange(1.0), y=np.ones(3))  # the sum of three would lie where x is
        assert refused.value.status == "sizes do not agree"


# ---- what only one branch does ----
def test_only_one_branch_raises(graph):
    x = graph.input(I64, (3,), "x")

    def checked(g, x):
        append(
            g,
            "check",
            [g.add("less", x, g.constant(np.int64(5)))],
            type="ValueError",
            message="five",
        )
        return [copy_of(g, x)]

    def negated(g, x):
        return [g.add("negative", x)]

    some = graph.add("any", graph.add("greater", x, graph.constant(np.int64(0))))
    (y,) = add_branch(graph, some, [x], checked, negated)
    model = finish(graph.program, {"x": x}, {"y": y})
    assert model.run(x=[1, 2, 4])["y"].tolist() == [1, 2, 4]
    with pytest.raises(kowari.RunError, match="five") as raised:
        model.run(x=[1, 9, 1])
    assert raised.value.type == "ValueError"
    assert model.run(x=[-9, -9, 0])["y"].tolist() == [9, 9, 0]


def test_branches_of_constants_and_parameters(graph):
    """Results that no node of a branch computes; one of them twice; a branch within a branch."""
    a, b, x = graph.input(BOOL, (), "a"), graph.input(BOOL, (), "b"), graph.input(F64, (2,), "x")

    def constants(g, x, b):
        return g.constant(np.array([7.0, 8.0])), x, x

    def zeros(g, x):
        zero = g.constant(np.zeros(2))
        return zero, zero, x

    def ones(g, x):
        return g.add("add", x, g.constant(1.0)), x, g.constant(np.ones(2))

    def branch(g, x, b):
        return add_branch(g, b, [x], zeros, ones)

    results = add_branch(graph, a, [x, b], constants, branch)
    outputs = {f"y{i}": v for i, v in enumerate(results)}
    model = finish(graph.program, {"a": a, "b": b, "x": x}, outputs)
    x = np.array([3.0, 4.0])
    for a, b, want in [
        (True, True, [[7, 8], x, x]),
        (False, True, [[0, 0], [0, 0], x]),
        (False, False, [x + 1, x, [1, 1]]),
    ]:
        got = model.run(a=a, b=b, x=x)
        for value, wanted in zip(got.values(), want, strict=True):
            np.testing.assert_array_equal(value, wanted)


# ---- None ----
def optional_branch(graph):
    """y = x if yes else w; either may be None, and y is 1 longer where it is none."""
    p = graph.program
    n, m, k = (p.size(name, 4) for name in ("n", "m", "k"))
    yes = graph.input(BOOL, (), "yes")
    x, w = graph.input(F64, (n,), "x", optional=True), graph.input(F64, (m,), "w", optional=True)
    (y,) = add_branch(graph, yes, [x, w], first, last, [Value(graph, F64, (k,), optional=True)])
    return {"yes": yes, "x": x, "w": w}, y


def test_none_comes_out_of_branches(graph):
    inputs, y = optional_branch(graph)
    outputs = {"y": y, "missing": graph.add("is_none", y)}
    model = finish(graph.program, inputs, outputs)
    values = [None, np.empty(0), np.ones(3), np.arange(9.0), None, np.empty(0)]
    for x in values:
        for w in values:
            for yes in (True, False):
                got, want = model.run(yes=yes, x=x, w=w), x if yes else w
                assert got["missing"] == (want is None)
                if want is None:
                    assert got["y"] is None
                else:
                    np.testing.assert_array_equal(got["y"], want, strict=True)


def test_none_leaves_the_sizes_of_a_parameter_alone(graph):
    """A callee is planned anew for a value that has the sizes of the None before it."""
    n, k = graph.program.size("n", 4), graph.program.size("k", 4)
    x = graph.input(F64, (n,), "x", optional=True)

    def filled(g, x):
        (zero,) = append(g, "if_none", [x, g.constant(np.zeros(2))], [(F64, (k,))])
        return [g.add("add", zero, g.constant(1.0))]

    callee = add_callee(graph, [x], filled)
    (y,) = append(graph, "call", [x], [(F64, (k,))], graph=callee)
    model = finish(graph.program, {"x": x}, {"y": y})
    for x in [np.ones(3), None, np.empty(0), np.ones(3), None, np.ones(4), None, np.empty(0)]:
        want = np.zeros(2) if x is None else x
        np.testing.assert_array_equal(model.run(x=x)["y"], want + 1, strict=True)


def test_none_goes_round_in_a_loop(graph):
    """Two carried values, of which one is None, change places each turn."""
    n = graph.program.size("n", 4)
    i = graph.input(I64, (), "i")
    x, w = (graph.input(F64, (n,), name, optional=True) for name in ("x", "w"))

    def condition(g, i, x, w):
        return [g.add("greater", i, g.constant(np.int64(0)))]

    def body(g, i, x, w):
        return g.add("subtract", i, g.constant(np.int64(1))), copy_of(g, w), copy_of(g, x)

    _, x_out, w_out = add_loop(graph, [i, x, w], condition, body)
    model = finish(graph.program, {"i": i, "x": x, "w": w}, {"x": x_out, "w": w_out})
    for turns in (0, 1, 2, 7):
        got = model.run(i=turns, x=[1, 2, 3], w=None)
        pair = [got["x"], got["w"]]
        assert pair.pop(1 - turns % 2) is None
        assert pair[0].tolist() == [1, 2, 3]


# ---- texts ----
def test_texts_in_branches_and_loops(graph):
    p = graph.program
    n = p.size("n", 2)
    p.size("text_bytes", 8)
    i, a, b = graph.input(I64, (), "i"), graph.input(TEXT, (n,), "a"), graph.input(TEXT, (n,), "b")

    def condition(g, i, a, b):
        return [g.add("greater", i, g.constant(np.int64(0)))]

    def body(g, i, a, b):
        even = g.add(
            "equal", g.add("remainder", i, g.constant(np.int64(2))), g.constant(np.int64(0))
        )
        (new,) = add_branch(g, even, [a, b], first, last)
        return g.add("subtract", i, g.constant(np.int64(1))), copy_of(g, b), new

    _, a_out, b_out = add_loop(graph, [i, a, b], condition, body)
    same = graph.add("text_equal", a_out, graph.constant(np.array("häß", object)))
    model = finish(p, {"i": i, "a": a, "b": b}, {"a": a_out, "b": b_out, "same": same})
    given = [["a", None], ["häß", "long enough to outgrow the pool"]]
    for turns in (0, 1, 2, 3, 6):
        a, b = given
        for i in range(turns, 0, -1):
            a, b = b, (a if i % 2 == 0 else b)
        got = model.run(i=turns, a=given[0], b=given[1])
        assert got["a"].tolist() == a and got["b"].tolist() == b
        assert got["same"].tolist() == [t == "häß" for t in a]
