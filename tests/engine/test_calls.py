"""Operators that run graphs, added as the tracer does it: what they give is told by the graphs themselves."""

import numpy as np
import pytest
from kowari.graph import Program, ShapeError, Size
from kowari.operators import SHORT_NAMES
from programs import finish

F64, I64, BOOL = (SHORT_NAMES[n] for n in ("f64", "i64", "bool"))


@pytest.fixture
def program():
    program = Program()
    program.graph()
    return program


def callee(program, name, values, make):
    """A graph with parameters like the values."""
    graph = program.graph(name)
    parameters = [graph.input(v.type, v.dims, optional=v.optional) for v in values]
    graph.outputs = list(make(graph, *parameters))
    return graph


def test_branch_and_call(program):
    """Sizes that differ between the branches are a new size, which holds either; the callee is written behind who calls it."""
    main, n = program.graphs[0], program.size("n", 4)
    x = main.input(F64, (n,), "x")
    doubled = callee(program, "doubled", [x], lambda g, x: [g.add("add", x, x)])

    def joined(g, x):
        return g.add("concat", *g.add("call", x, graph=doubled), x, axis=0), g.add("sum", x)

    def same(g, x):
        return g.add("copy", x), g.constant(-1.0)

    then, otherwise = (callee(program, make.__name__, [x], make) for make in (joined, same))
    large = main.add("greater", main.add("sum", x), main.constant(3.0))
    y, total = main.add("if_else", large, x, then=then, otherwise=otherwise)
    assert isinstance(y.dims[0], Size) and y.dims[0].capacity == 8
    assert (total.type, total.dims) == (F64, ())
    model = finish(program, {"x": x}, {"y": y, "total": total})
    got = model.run(x=[1.0, 3.0])
    assert (got["y"].tolist(), got["total"]) == ([2, 6, 1, 3], 4)
    got = model.run(x=[1.0, 2.0, 0.0])
    assert (got["y"].tolist(), got["total"]) == ([1, 2, 0], -1)


def test_branch_without_values(program):
    """`if x < 0: raise ValueError`: nothing goes in but the condition, nothing comes out, and it stays."""
    main = program.graphs[0]
    x = main.input(F64, (), "x")

    def refuse(g):
        g.add("check", g.constant(np.bool_(False)), type="ValueError", message="below zero")
        return []

    then, otherwise = (
        callee(program, "then", [], refuse),
        callee(program, "otherwise", [], lambda g: []),
    )
    negative = main.add("less", x, main.constant(0.0))
    assert main.add("if_else", negative, then=then, otherwise=otherwise) == ()
    assert main.nodes[-1].raises
    model = finish(program, {"x": x}, {"y": main.add("sqrt", x)})
    assert model.run(x=4.0)["y"] == 2
    with pytest.raises(Exception, match="below zero") as raised:
        model.run(x=-1.0)
    assert raised.value.type == "ValueError"


def test_none_of_one_branch(program):
    main = program.graphs[0]
    x, some = main.input(F64, (), "x"), main.input(F64, (), "some", optional=True)
    graphs = [
        callee(program, "g", [x, some], lambda g, *v, i=i: [g.add("copy", v[i])]) for i in range(2)
    ]
    yes = main.input(BOOL, (), "yes")
    (y,) = main.add("if_else", yes, x, some, then=graphs[0], otherwise=graphs[1])
    assert y.optional and not main.nodes[-1].raises
    assert not main.add("if_none", y, x).optional
    with pytest.raises(ShapeError, match="input 0 may be None"):
        main.add("sqrt", y)
    with pytest.raises(ShapeError, match="argument 0 may be None, the parameter of 'g' not"):
        main.add("if_else", yes, some, x, then=graphs[0], otherwise=graphs[1])
    model = finish(program, {"x": x, "some": some, "yes": yes}, {"y": y})
    assert model.run(x=1.0, some=None, yes=True)["y"] == 1
    assert model.run(x=1.0, some=None, yes=False)["y"] is None
    assert model.run(x=1.0, some=2.0, yes=False)["y"] == 2


def test_graphs_that_nothing_calls_are_left_out(program):
    """What tracing gave up is no part of the file."""
    main = program.graphs[0]
    x = main.input(F64, (), "x")
    callee(program, "left", [x], lambda g, x: [g.add("exp", x)])
    used = callee(program, "used", [x], lambda g, x: [g.add("sqrt", x)])
    (y,) = main.add("call", x, graph=used)
    model = finish(program, {"x": x}, {"y": y})
    assert b"left" not in model.data and b"used" in model.data
    assert model.run(x=9.0)["y"] == 3


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (lambda g, x: [x, x], "call: 2 arguments, 'f' has 1 parameters"),
        (lambda g, x: [g.add("less", x, x)], "call: argument 0 is not of the type and rank of 'f'"),
    ],
)
def test_arguments_that_do_not_fit(program, given, match):
    main = program.graphs[0]
    x = main.input(F64, (), "x")
    f = callee(program, "f", [x], lambda g, x: [g.add("sqrt", x)])
    with pytest.raises(ShapeError, match=match):
        main.add("call", *given(main, x), graph=f)


def test_branches_that_do_not_fit(program):
    main = program.graphs[0]
    x, yes = main.input(F64, (), "x"), main.input(BOOL, (), "yes")
    f = callee(program, "f", [x], lambda g, x: [g.add("sqrt", x)])
    g = callee(program, "g", [x], lambda g, x: [g.add("less", x, x)])
    h = callee(program, "h", [x], lambda g, x: [])
    with pytest.raises(ShapeError, match="result 0 has another type or rank in each graph"):
        main.add("if_else", yes, x, then=f, otherwise=g)
    with pytest.raises(ShapeError, match=r"if_else: \[1, 0\] results"):
        main.add("if_else", yes, x, then=f, otherwise=h)
