"""Runs that end early and go on, states, entries, what is computed once; and the files with control flow that are refused."""

import ctypes
import threading

import kowari
import numpy as np
import pytest
from kowari._library import STATUS, lib
from kowari.binding import File, Session
from kowari.file import INPUT, OUTPUT, STATE, Port, write
from kowari.graph import Program, Value
from kowari.operators import SHORT_NAMES
from kowari.runtime import Model
from programs import add_branch, add_callee, add_loop, append, copy_of, finish

F64, I64, BOOL = (SHORT_NAMES[n] for n in ("f64", "i64", "bool"))


@pytest.fixture
def graph():
    return Program().graph()


def one(graph):
    return graph.constant(np.int64(1))


def is_left(graph, i, *_):
    return [graph.add("greater", i, graph.constant(np.int64(0)))]


def one_less(graph, i, *others):
    return graph.add("subtract", i, one(graph)), *others


def status_of(error) -> str:
    return error.value.status


# ---- runs that end early ----
def counting(graph) -> Model:
    """y = x counted down to 0; 1 << 62 is endless."""
    x = graph.input(I64, (), "x")
    (y,) = add_loop(graph, [x], is_left, one_less)
    return finish(graph.program, {"x": x}, {"y": y})


def test_steps_are_turns(graph):
    """As many turns as the options allow, and none more; the session goes on."""
    session = Session(counting(graph)._file, max_steps=100)
    for turns in (100, 3, 100):
        session.set(0, turns)
        session.run()
        assert session.output(0) == 0
        session.set(0, turns + 101 - min(turns, 100))
        with pytest.raises(kowari.RunError, match="the step limit was reached") as ended:
            session.run()
        assert status_of(ended) == "the step limit was reached"


def test_steps_are_those_of_all_loops_and_calls(graph):
    """A call and a branch are a step each, and so is a turn of any loop."""
    x = graph.input(I64, (), "x")

    def body(g, i, x):
        return *one_less(g, i), add_loop(g, [x], is_left, one_less)[0]

    (start,) = add_branch(
        graph, graph.add("greater", x, one(graph)), [x], one_less, lambda g, x: [x]
    )
    _, y = add_loop(graph, [x, start], is_left, body)
    model = finish(graph.program, {"x": x}, {"y": y})
    for limit, ends in [(1 + 5 + 4, False), (1 + 5 + 3, True)]:
        session = Session(model._file, max_steps=limit)
        session.set(0, 5)
        if ends:
            with pytest.raises(kowari.RunError, match="the step limit was reached"):
                session.run()
        else:
            session.run()
            assert session.output(0) == 0


def test_endless_loop_is_cancelled(graph):
    """By another thread, in a body without a node; the session goes on."""
    again, x = graph.input(BOOL, (), "again"), graph.input(F64, (2,), "x")
    _, y = add_loop(graph, [again, x], lambda g, again, x: [again], lambda g, again, x: (again, x))
    session = Session(
        finish(graph.program, {"again": again, "x": x}, {"y": y})._file, max_steps=1 << 62
    )
    session.set(1, [1.0, 2.0])
    for _ in range(2):
        session.set(0, True)
        timer = threading.Timer(0.05, lib.kw_cancel, [session.handle])
        timer.start()
        with pytest.raises(kowari.RunError) as ended:
            session.run()
        timer.join()
        assert status_of(ended) == "cancelled"
        session.set(0, False)
        session.run()
        assert session.output(0).tolist() == [1.0, 2.0]


def test_capacity_in_a_body(graph):
    """The error names the size that the body's value outgrew; grown, the same run is right."""
    n, m = graph.program.size("n", 3), graph.program.size("m", 3)
    graph.program.location = (12, "grow.py")
    i, x = graph.input(I64, (), "i"), graph.input(F64, (n,), "x")

    def body(g, i, x):
        return *one_less(g, i), append(g, "concat", [x, x], [(F64, (m,))], axis=0)[0]

    _, y = add_loop(graph, [i, x], is_left, body, [i, Value(graph, F64, (m,))])
    model = finish(graph.program, {"i": i, "x": x}, {"y": y})
    session = model._session
    session.set(0, 4)
    session.set(1, [1.0, 2.0, 3.0])
    needed = []
    while lib.kw_run(session.handle):
        error = lib.kw_session_error(session.handle).contents
        assert (STATUS[error.status], error.name) == ("a size outgrew its capacity", b"m")
        assert b"grow.py" in error.file and error.line == 12
        needed.append(error.needed)
        capacity = (ctypes.c_int64 * 2)(0, error.needed)
        assert lib.kw_grow(session.handle, capacity, 2) == 0
    assert needed == [6, 12, 24, 48]
    session.run()
    np.testing.assert_array_equal(session.output(0), np.tile([1.0, 2.0, 3.0], 16), strict=True)


def test_many_growths(graph):
    """A size that grows by one each turn, from far below what it needs."""
    n = graph.program.size("n", 1)
    i, x = graph.input(I64, (), "i"), graph.input(F64, (n,), "x")

    def body(g, i, x):
        last = g.constant(np.zeros(1))
        return *one_less(g, i), append(g, "concat", [x, last], [(F64, (n,))], axis=0)[0]

    _, y = add_loop(graph, [i, x], is_left, body)
    model = finish(graph.program, {"i": i, "x": x}, {"y": y})
    assert model.run(i=1000, x=[1.0])["y"].tolist() == [1.0] + [0.0] * 1000


def test_raise_in_a_body(graph):
    """Of the turn that raises; the message of Python, its line, and the session goes on."""
    i, x = graph.input(I64, (), "i"), graph.input(I64, (3,), "x")

    def body(g, i, last, x):
        g.program.location = (7, "body.py")
        return *one_less(g, i), g.add("take", x, g.add("negative", i), axis=0), x

    zero = graph.constant(np.int64(0))
    _, last, _ = add_loop(graph, [i, zero, x], is_left, body)
    model = finish(graph.program, {"i": i, "x": x}, {"last": last})
    assert model.run(i=3, x=[5, 6, 7])["last"] == 7
    with pytest.raises(kowari.RunError, match="index -4 is out of bounds") as raised:
        model.run(i=4, x=[5, 6, 7])
    assert (raised.value.type, raised.value.line, raised.value.file) == ("IndexError", 7, "body.py")
    assert model.run(i=2, x=[5, 6, 7])["last"] == 7


# ---- states ----
def test_states_fed_by_loops(graph):
    """What a loop gives is the next run's start; a run that ends early changes nothing."""
    i, x = graph.input(I64, (), "i"), graph.input(F64, (2,), "x")
    old, turns = graph.input(F64, (2,), "old"), graph.input(I64, (), "turns")

    def body(g, i, total, x):
        return *one_less(g, i), g.add("add", total, x), x

    _, new, _ = add_loop(graph, [i, old, x], is_left, body)
    count = graph.add("add", turns, i)
    states = [
        Port(STATE, "old", old, new, data=np.array([1.0, 10.0])),
        Port(STATE, "turns", turns, count),
    ]
    model = finish(graph.program, {"i": i, "x": x}, {"twice": graph.add("add", new, new)}, states)
    session = Session(model._file, max_steps=50)
    total = np.array([1.0, 10.0])
    session.set(1, [1.0, -1.0])
    for i in (2, 0, 51, 5):
        session.set(0, i)
        if i > 50:
            saved = session.state_save()
            with pytest.raises(kowari.RunError, match="the step limit"):
                session.run()
            assert session.state_save() == saved
        else:
            session.run()
            total += [i, -i]
            assert session.output(0).tolist() == (2 * total).tolist()
    session.state_load(saved)
    session.set(0, 1)
    session.run()
    assert session.output(0).tolist() == [2 * (1 + 2 + 1), 2 * (10 - 2 - 1)]
    session.reset()
    session.run()
    assert session.output(0).tolist() == [4.0, 18.0]


# ---- entries ----
def test_entries_of_one_file():
    """Sessions at each of two graphs, with inputs, states and loops of their own; outputs count from 0 in each."""
    p = Program()
    n = p.size("n", 2)
    main, second = p.graph("main"), p.graph("second")
    second.entry = True
    ports = []
    for graph, step in ((main, 1.0), (second, -2.0)):
        i, x, old = (
            graph.input(I64, (), "i"),
            graph.input(F64, (n,), "x"),
            graph.input(I64, (), "old"),
        )

        def body(g, i, x, step=step):
            return *one_less(g, i), g.add("add", x, g.constant(step))

        _, y = add_loop(graph, [i, x], is_left, body)
        twice = graph.add("exp", graph.constant(np.log([2.0])))
        new = graph.add("add", old, i)
        graph.outputs = [graph.add("multiply", y, twice), copy_of(graph, new), new]
        ports.append((graph, i, x, old, *graph.outputs))
    listed = [
        Port(INPUT, f"{n}{g.name}", v) for g, i, x, *_ in ports for n, v in (("i", i), ("x", x))
    ]
    listed += [
        Port(OUTPUT, f"{n}{g.name}", v) for g, *_, y, c, _ in ports for n, v in (("y", y), ("c", c))
    ]
    listed += [Port(STATE, f"s{g.name}", old, new) for g, _, _, old, _, _, new in ports]
    file = File(write(p, listed, {}))
    sessions = [(Session(file), 1.0), (Session(file, "second"), -2.0), (Session(file, "main"), 1.0)]
    totals = [0, 0, 0]
    for turns, size in [(3, 2), (0, 1), (5, 7), (1, 2)]:
        for place, (session, step) in enumerate(sessions[: 1 + turns % 3]):
            session.set(0, turns)
            session.set(1, np.arange(float(size)))
            session.run()
            totals[place] += turns
            want = 2 * (np.arange(float(size)) + step * turns)
            np.testing.assert_allclose(session.output(0), want, rtol=1e-12)
            assert session.output(1) == totals[place]
    with pytest.raises(
        kowari.RunError, match="there is no entry 'third', the first of the file is 'main'"
    ):
        Session(file, "third")


def test_entries_are_not_called(graph):
    x = graph.input(F64, (), "x")
    callee = add_callee(graph, [x], lambda g, x: [g.add("sqrt", x)])
    callee.entry = True
    (y,) = append(graph, "call", [x], [(F64, ())], graph=callee)
    with pytest.raises(kowari.RunError, match="graph 1 is an entry and is called"):
        graph.outputs = [y]
        inner = [Port(INPUT, "inner", callee.inputs[0]), Port(OUTPUT, "root", callee.outputs[0])]
        ports = [Port(INPUT, "x", x), inner[0], Port(OUTPUT, "y", y), inner[1]]
        Model(write(graph.program, ports, {}))


# ---- what is computed of constants ----
def test_nodes_of_constants(graph):
    """Computed when the session begins, and where it moves: no run, no growth and no work in place loses them."""
    n = graph.program.size("n", 2)
    i, x, z = graph.input(I64, (), "i"), graph.input(F64, (n, 3), "x"), graph.input(F64, (3,), "z")
    table = graph.add(
        "sqrt", graph.add("multiply", graph.constant(np.arange(3.0)), graph.constant(4.0))
    )
    steps = graph.add("negative", table)

    def body(g, i, table, x):
        table = g.add("negative", g.add("add", table, g.constant(1.0)))
        return *one_less(g, i), table, g.add("add", x, table)

    _, last, total = add_loop(graph, [i, table, x], is_left, body)
    outputs = {"last": last, "total": graph.add("multiply", total, steps)}
    outputs |= {"table": table, "sum": graph.add("add", steps, z)}
    model = finish(graph.program, {"i": i, "x": x, "z": z}, outputs)
    table = np.sqrt(np.arange(3.0) * 4)
    for turns, size in [(2, 1), (2, 1), (0, 2), (3, 900), (1, 900), (4, 20_000), (1, 1)]:
        want, x = table, np.ones((size, 3))
        total = x
        for _ in range(turns):
            want = -(want + 1)
            total = total + want
        got = model.run(i=turns, x=x, z=np.full(3, turns, "f8"))
        np.testing.assert_array_equal(got["last"], want, strict=True)
        np.testing.assert_array_equal(got["total"], total * -table, strict=True)
        np.testing.assert_array_equal(got["table"], table, strict=True)
        np.testing.assert_array_equal(got["sum"], turns - table, strict=True)


def test_checks_of_constants_raise_in_runs(graph):
    """What may raise is no work of the session's beginning: its exception is the answer of a run."""
    x = graph.input(F64, (), "x")
    never = graph.add("less", graph.constant(np.array([2.0])), graph.constant(1.0))
    append(graph, "check", [never], type="ValueError", message="never")
    model = finish(graph.program, {"x": x}, {"y": copy_of(graph, x)})
    with pytest.raises(kowari.RunError, match="never"):
        model.run(x=1.0)


def test_outputs_that_are_not_wanted(graph):
    """A session that is asked for one of two results of a loop: what needs the other does not run."""
    i, x = graph.input(I64, (), "i"), graph.input(F64, (3,), "x")

    def body(g, i, a, b):
        return *one_less(g, i), g.add("add", a, g.constant(1.0)), g.add("multiply", b, a)

    _, a, b = add_loop(graph, [i, x, x], is_left, body)
    wide = graph.add("broadcast_to", b, *(graph.constant(np.int64(n)) for n in (100_000, 3)))
    outputs = {"a": graph.add("negative", a), "wide": wide}
    model = finish(graph.program, {"i": i, "x": x}, outputs)
    session = Session(model._file, outputs=(ctypes.c_int32 * 1)(0), output_count=1)
    assert lib.kw_dev_session_bytes(session.handle) < 10_000
    for turns in (0, 4, 1):
        session.set(0, turns)
        session.set(1, np.arange(3.0))
        session.run()
        assert session.output(0).tolist() == (-(np.arange(3.0) + turns)).tolist()
    want = np.broadcast_to(np.arange(3.0), (100_000, 3))
    np.testing.assert_array_equal(model.run(i=0, x=np.arange(3.0))["wide"], want)
