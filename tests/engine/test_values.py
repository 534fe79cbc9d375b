"""Rules of the engine that exported files never meet: they are refused, or answered, with hand-made graphs."""

import ctypes

import kowari
import numpy as np
import pytest
from kowari._library import lib
from kowari.file import INPUT, OUTPUT, STATE, Port, write
from kowari.graph import Program
from kowari.runtime import Model

F64, TEXT = 1, 9


@pytest.fixture
def program():
    program = Program()
    program.graph()
    return program


def open_model(program, ports):
    return Model(write(program, ports, {}))


@pytest.mark.parametrize("kind", ["input", "constant"])
def test_what_leaves_is_computed(program, kind):
    graph = program.graphs[0]
    x = graph.input(F64, (3,), "x")
    result = x if kind == "input" else graph.constant(np.arange(3.0))
    graph.outputs = [result]
    with pytest.raises(kowari.RunError, match="must be copied"):
        open_model(program, [Port(INPUT, "x", x), Port(OUTPUT, "y", result)])


def test_states_share_sizes_with_inputs(program):
    graph = program.graphs[0]
    n = program.size("n")
    x, old = graph.input(F64, (n, 2), "x"), graph.input(F64, (n, 2), "old")
    new, total = graph.add("copy", x), graph.add("add", graph.add("sqrt", old), x)
    graph.outputs = [total, new]
    ports = [Port(INPUT, "x", x), Port(OUTPUT, "total", total), Port(STATE, "old", old, new)]
    model = open_model(program, ports)
    assert model.run(x=np.zeros((0, 2)))["total"].shape == (0, 2)
    with pytest.raises(kowari.RunError, match="state 'old' has size 0 along axis 0, must have 3"):
        model.run(x=np.ones((3, 2)))


def test_none_has_no_shape(program):
    graph = program.graphs[0]
    n = program.size("n")
    x = graph.input(F64, (n,), "x", optional=True)
    chosen = graph.add("if_none", x, graph.constant(np.arange(3.0)))
    chosen.dims = (3,)
    graph.outputs = [chosen]
    model = open_model(program, [Port(INPUT, "x", x), Port(OUTPUT, "y", chosen)])
    assert model.run(x=None)["y"].tolist() == [0, 1, 2]
    with pytest.raises(kowari.RunError, match="size 5"):
        model.run(x=np.ones(5))
    assert model.run(x=None)["y"].tolist() == [0, 1, 2]
    assert model.run(x=np.ones(3))["y"].tolist() == [1, 1, 1]


def test_texts_of_outputs_end_when_a_text_is_set(program):
    graph = program.graphs[0]
    program.size("text_bytes", 64)
    inputs = [graph.input(TEXT, (), name) for name in ("first", "last")]
    copies = graph.outputs = [graph.add("copy", value) for value in inputs]
    names = ("first", "last")
    ports = [Port(INPUT, n, v) for n, v in zip(names, inputs, strict=True)]
    model = open_model(
        program, ports + [Port(OUTPUT, n, v) for n, v in zip(names, copies, strict=True)]
    )
    assert model.run(first="hello", last="ü-last") == {"first": "hello", "last": "ü-last"}
    length = ctypes.c_size_t()
    at = lib.kw_output_text(model._session.handle, 1, 0, length)
    assert ctypes.string_at(at).decode() == "ü-last"  # ended by NUL
    model._session.set(0, "another")
    assert lib.kw_output_text(model._session.handle, 1, 0, length) is None
    assert b"given up" in lib.kw_session_error(model._session.handle).contents.message
    assert model.run(first="x", last="")["last"] == ""
