"""Loops of hand-made graphs, against the same loops in Python."""

import numpy as np
import pytest
from kowari.graph import Program
from kowari.operators import SHORT_NAMES
from programs import add_branch, add_callee, add_loop, append, copy_of, finish, like, session_bytes

F64, F32, I64, I32, BOOL = (SHORT_NAMES[n] for n in ("f64", "f32", "i64", "i32", "bool"))
TURNS = [0, 1, 2, 3, 7, 100]


@pytest.fixture
def graph():
    return Program().graph()


def constant(graph, number, type=np.int64):
    return graph.constant(type(number))


def counts_down(graph, i, *_):
    """The condition of most loops here: their first value is the number of turns that are left."""
    return [graph.add("greater", i, constant(graph, 0))]


def one_less(graph, i):
    return graph.add("subtract", i, constant(graph, 1))


def equal(got: dict, want: dict) -> None:
    assert got.keys() == want.keys()
    for name, value in want.items():
        np.testing.assert_array_equal(got[name], value, strict=True)


# ---- turns ----
def test_turns_equal_python(graph):
    i, x = graph.input(I64, (), "i"), graph.input(F64, (5,), "x")

    def body(g, i, x, total):
        x = g.add("add", g.add("multiply", x, constant(g, 0.5, float)), constant(g, 1, float))
        return one_less(g, i), x, g.add("add", total, g.add("sum", x))

    zero = constant(graph, 0, float)
    left, y, total = add_loop(graph, [i, x, zero], counts_down, body)
    model = finish(graph.program, {"i": i, "x": x}, {"left": left, "y": y, "total": total})
    for turns in [*TURNS, -3]:
        x, total = np.linspace(-1, 1, 5), np.float64(0)
        want_i, want_x = np.int64(turns), x
        while want_i > 0:
            want_x = want_x * 0.5 + 1
            want_i, total = want_i - 1, total + np.sum(want_x)
        equal(
            model.run(i=turns, x=x),
            {"left": np.asarray(want_i), "y": want_x, "total": np.asarray(total)},
        )


def test_values_that_a_turn_passes_on(graph):
    """Constants, inputs and computed values that no turn changes, one of them large; and a turn that only passes on."""
    n = graph.program.size("n", 3000)
    i, x = graph.input(I64, (), "i"), graph.input(F64, (n,), "x")
    double = graph.add("add", x, x)

    def body(g, i, total, x, double, seven):
        total = g.add("add", total, g.add("multiply", x, seven))
        return one_less(g, i), g.add("subtract", total, double), x, double, seven

    zero = graph.add("subtract", x, x)
    values = [i, zero, x, double, constant(graph, 7, float)]
    _, total, *same = add_loop(graph, values, counts_down, body)
    outputs = {"total": total, "x": same[0], "double": same[1], "seven": same[2]}
    model = finish(graph.program, {"i": i, "x": x}, outputs)
    for turns, size in [(0, 3), (3, 3000), (4, 0), (5, 1), (1, 2999)]:
        x = np.arange(float(size))
        want = {"total": 5 * x * turns, "x": x, "double": 2 * x, "seven": np.asarray(7.0)}
        equal(model.run(i=turns, x=x), want)


def test_what_goes_in_stays_as_it_was(graph):
    """Values that a loop starts from are used behind it too; turns change theirs in place."""
    i, x = graph.input(I64, (), "i"), graph.input(F64, (4,), "x")
    start = graph.add("multiply", x, constant(graph, 2, float))

    def body(g, i, a, b):
        return one_less(g, i), g.add("negative", g.add("exp", a)), g.add("add", b, a)

    _, a, b = add_loop(graph, [i, start, start], counts_down, body)
    last = graph.add("subtract", graph.add("add", a, b), start)
    model = finish(graph.program, {"i": i, "x": x}, {"a": a, "last": last})
    for turns in (0, 1, 2, 5):
        x = np.array([-1.0, 0.0, 0.25, 1.0])
        a = b = start = 2 * x
        for _ in range(turns):
            a, b = -np.exp(a), b + a
        got = model.run(i=turns, x=x)
        np.testing.assert_allclose(got["a"], a, rtol=1e-12)
        np.testing.assert_allclose(got["last"], a + b - start, rtol=1e-12, atol=1e-12)


def test_values_change_places(graph):
    """Through copies: a turn gives no parameter in another's place."""
    i, *values = (graph.input(I64, (), name) for name in ("i", "a", "b", "c"))

    def body(g, i, a, b, c):
        return one_less(g, i), copy_of(g, b), copy_of(g, c), copy_of(g, a)

    _, *turned = add_loop(graph, [i, *values], counts_down, body)
    names = ("a", "b", "c")
    inputs = {"i": i} | dict(zip(names, values, strict=True))
    model = finish(graph.program, inputs, dict(zip(names, turned, strict=True)))
    for turns in TURNS:
        a, b, c = np.roll([1, 2, 3], -turns)
        equal(
            model.run(i=turns, a=1, b=2, c=3),
            {"a": np.asarray(a), "b": np.asarray(b), "c": np.asarray(c)},
        )


def test_one_result_in_two_places(graph):
    """The same value replaces two, one of which it was computed from in place."""
    i, a, b = graph.input(I64, (), "i"), graph.input(F64, (3,), "a"), graph.input(F64, (3,), "b")

    def body(g, i, a, b):
        both = g.add("subtract", b, a)
        return one_less(g, i), both, both

    _, first, second = add_loop(graph, [i, a, b], counts_down, body)
    model = finish(graph.program, {"i": i, "a": a, "b": b}, {"first": first, "second": second})
    a, b = np.array([1.0, 2.0, 3.0]), np.array([5.0, 5.0, 7.0])
    for turns, first, second in [(0, a, b), (1, b - a, b - a), (2, 0 * a, 0 * a)]:
        equal(model.run(i=turns, a=a, b=b), {"first": first, "second": second})


def test_results_in_the_place_of_others_are_not_lost(graph):
    """In place: a result may lie where a carried value was, and another replaces that one."""
    i, a, b = graph.input(I64, (), "i"), graph.input(F64, (3,), "a"), graph.input(F64, (3,), "b")

    def body(g, i, a, b):
        new_a = g.add("negative", b)
        new_b = g.add("negative", g.add("negative", g.add("absolute", a)))
        return one_less(g, i), new_a, new_b

    _, first, second = add_loop(graph, [i, a, b], counts_down, body)
    model = finish(graph.program, {"i": i, "a": a, "b": b}, {"a": first, "b": second})
    for turns in range(6):
        a, b = np.array([1.0, -2.0, 3.0]), np.array([-7.0, 8.0, 9.0])
        want_a, want_b = a, b
        for _ in range(turns):
            want_a, want_b = -want_b, np.abs(want_a)
        equal(model.run(i=turns, a=a, b=b), {"a": want_a, "b": want_b})


def test_conditions_compute(graph):
    """A condition has nodes and memory of its own, more than the body has."""
    a, b = graph.input(I64, (), "a"), graph.input(I64, (), "b")
    x = graph.input(F64, (6,), "x")

    def condition(g, a, b, x):
        ordered = g.add("sort", g.add("negative", g.add("multiply", x, x)), axis=0)
        large = g.add("any", g.add("less", ordered, constant(g, -100, float)))
        return [
            g.add("logical_and", g.add("not_equal", b, constant(g, 0)), g.add("logical_not", large))
        ]

    def body(g, a, b, x):
        return copy_of(g, b), g.add("remainder", a, b), g.add("add", x, x)

    results = add_loop(graph, [a, b, x], condition, body)
    names = ("a", "b", "x")
    inputs = {"a": a, "b": b, "x": x}
    model = finish(graph.program, inputs, dict(zip(names, results, strict=True)))
    for a, b, scale in [
        (1071, 462, 0),
        (17, 5, 1e-9),
        (1071, 462, 9),
        (0, 4, 1),
        (3, 0, 1),
        (987, 610, 0.1),
    ]:
        x = scale * np.array([1.0, 0.5, 0.25, -1.0, 0.0, 0.125])
        want_a, want_b, want_x = np.int64(a), np.int64(b), x
        while want_b != 0 and not np.any(np.sort(-(want_x * want_x)) < -100):
            want_a, want_b, want_x = want_b, np.remainder(want_a, want_b), want_x + want_x
        want = {"a": np.asarray(want_a), "b": np.asarray(want_b), "x": want_x}
        equal(model.run(a=a, b=b, x=x), want)


def test_condition_may_be_a_carried_value(graph):
    """A condition without a node of its own; a body whose results are constants."""
    again, x = graph.input(BOOL, (), "again"), graph.input(I32, (2,), "x")

    def condition(g, again, x):
        return [again]

    def body(g, again, x):
        return constant(g, False, np.bool_), g.constant(np.array([7, 8], np.int32))

    _, y = add_loop(graph, [again, x], condition, body)
    model = finish(graph.program, {"again": again, "x": x}, {"y": y})
    equal(model.run(again=False, x=[1, 2]), {"y": np.array([1, 2], np.int32)})
    equal(model.run(again=True, x=[1, 2]), {"y": np.array([7, 8], np.int32)})
    equal(model.run(again=False, x=[3, 4]), {"y": np.array([3, 4], np.int32)})


# ---- loops and branches within each other ----
def test_nested_loops(graph):
    """Both loops carry their own values and what they share; the inner one takes as many turns as the outer has left."""
    i, x = graph.input(I64, (), "i"), graph.input(I64, (3,), "x")

    def inner(g, j, x, step):
        return one_less(g, j), g.add("add", g.add("multiply", x, constant(g, 3)), step), step

    def outer(g, i, x):
        _, x, _ = add_loop(g, [i, x, g.add("multiply", i, i)], counts_down, inner)
        return one_less(g, i), g.add("remainder", x, constant(g, 1009))

    _, y = add_loop(graph, [i, x], counts_down, outer)
    model = finish(graph.program, {"i": i, "x": x}, {"y": y})
    for turns in (0, 1, 2, 9):
        x = np.array([1, -2, 3])
        want = x
        for left in range(turns, 0, -1):
            for _ in range(left):
                want = want * 3 + left * left
            want = want % 1009
        equal(model.run(i=turns, x=x), {"y": want})


def test_loop_in_a_condition(graph):
    """The condition finds out by turns of its own, over the values that the loop carries."""
    x = graph.input(I64, (), "x")

    def has_rest(g, left, divisor, x):
        small = g.add("less", g.add("multiply", divisor, divisor), g.add("add", x, constant(g, 1)))
        rest = g.add("remainder", x, divisor)
        return [g.add("logical_and", small, g.add("not_equal", rest, constant(g, 0)))]

    def next_divisor(g, left, divisor, x):
        return left, g.add("add", divisor, constant(g, 1)), x

    def is_composite(g, x, steps):
        _, divisor, _ = add_loop(g, [x, constant(g, 2), x], has_rest, next_divisor)
        return [g.add("less", g.add("multiply", divisor, divisor), g.add("add", x, constant(g, 1)))]

    def try_next(g, x, steps):
        return g.add("add", x, constant(g, 1)), g.add("add", steps, constant(g, 1))

    prime, steps = add_loop(graph, [x, constant(graph, 0)], is_composite, try_next)
    model = finish(graph.program, {"x": x}, {"prime": prime, "steps": steps})
    primes = [p for p in range(2, 600) if all(p % d for d in range(2, p))]
    for x in (2, 4, 8, 90, 114, 370, 524):
        prime = next(p for p in primes if p >= x)
        equal(model.run(x=x), {"prime": np.asarray(prime), "steps": np.asarray(prime - x)})


def test_branch_in_a_loop(graph):
    """The Collatz sequence: each turn takes one of two branches."""
    x = graph.input(I64, (), "x")

    def is_more_than_one(g, x, steps, most):
        return [g.add("greater", x, constant(g, 1))]

    def half(g, x, most):
        return g.add("floor_divide", x, constant(g, 2)), most

    def threefold(g, x, most):
        x = g.add("add", g.add("multiply", x, constant(g, 3)), constant(g, 1))
        return x, g.add("maximum", most, x)

    def turn(g, x, steps, most):
        even = g.add("equal", g.add("remainder", x, constant(g, 2)), constant(g, 0))
        x, most = add_branch(g, even, [x, most], half, threefold)
        return x, g.add("add", steps, constant(g, 1)), most

    _, steps, most = add_loop(graph, [x, constant(graph, 0), x], is_more_than_one, turn)
    model = finish(graph.program, {"x": x}, {"steps": steps, "most": most})
    for start in (1, 2, 6, 27, 97):
        x, steps, most = start, 0, start
        while x > 1:
            x, steps = (x // 2 if x % 2 == 0 else 3 * x + 1), steps + 1
            most = max(most, x)
        equal(model.run(x=start), {"steps": np.asarray(steps), "most": np.asarray(most)})


def test_loop_in_a_branch(graph):
    """One branch loops, the other gives what it takes."""
    i, x = graph.input(I64, (), "i"), graph.input(F64, (2,), "x")

    def body(g, i, x):
        return one_less(g, i), g.add("add", x, x)

    def looped(g, i, x):
        return add_loop(g, [i, x], counts_down, body)

    def same(g, i, x):
        return i, x

    few = graph.add("less", i, constant(graph, 10))
    left, y = add_branch(graph, few, [i, x], looped, same)
    model = finish(graph.program, {"i": i, "x": x}, {"left": left, "y": y})
    x = np.array([1.0, -0.5])
    for i, left, scale in [(0, 0, 1), (3, 0, 8), (10, 10, 1), (9, 0, 512), (-1, -1, 1)]:
        equal(model.run(i=i, x=x), {"left": np.asarray(left), "y": x * scale})


def test_one_graph_from_many_places(graph):
    """What loops in a called graph carry lies behind the values of each caller."""
    i, x, y = (graph.input(I64, s, n) for s, n in (((), "i"), ((4,), "x"), ((4,), "y")))
    power = graph.program.graph("power")
    p, base = power.input(I64, ()), power.input(I64, (4,))

    def body(g, p, base, product):
        return one_less(g, p), base, g.add("multiply", product, base)

    one = power.constant(np.ones(4, np.int64))
    power.outputs = [add_loop(power, [p, base, one], counts_down, body)[2]]

    def raised(g, value):
        return append(g, "call", [i, value], [(I64, (4,))], graph=power)[0]

    first, second = raised(graph, x), raised(graph, y)
    third = raised(graph, graph.add("subtract", first, second))
    model = finish(
        graph.program, {"i": i, "x": x, "y": y}, {"first": first, "second": second, "third": third}
    )
    x, y = np.array([1, 2, 3, 4]), np.array([0, -1, 2, 5])
    for i in range(4):
        want = {"first": x**i, "second": y**i, "third": (x**i - y**i) ** i}
        equal(model.run(i=i, x=x, y=y), want)


# ---- sizes ----
def test_size_that_grows_each_turn(graph):
    n, m = graph.program.size("n", 4), graph.program.size("m", 4)
    i, x = graph.input(I64, (), "i"), graph.input(F64, (n,), "x")

    def body(g, i, x):
        tail = g.add("expand_dims", g.add("sum", x), axes=(0,))
        return one_less(g, i), append(
            g, "concat", [x, tail], [(F64, (g.program.size("joined", 4),))], axis=0
        )[0]

    carried = [i, like(graph, [x])[0]]
    carried[1].dims = (m,)
    _, y = add_loop(graph, [i, x], counts_down, body, carried)
    twice = graph.add("add", y, y)
    model = finish(graph.program, {"i": i, "x": x}, {"y": y, "twice": twice})
    for turns, size in [(0, 2), (1, 3), (2, 2), (12, 3), (3, 1), (2, 0), (30, 1)]:
        x = np.arange(1.0, size + 1)
        want = x
        for _ in range(turns):
            want = np.append(want, np.sum(want))
        equal(model.run(i=turns, x=x), {"y": want, "twice": want + want})


def test_result_with_less_room_than_turns_need(graph):
    """What the turns carry is longer than what is left in the end, for which another size is declared."""
    n, k = graph.program.size("n", 300), graph.program.size("k", 2)
    i, x = graph.input(I64, (), "i"), graph.input(F64, (n,), "x")
    other = graph.add("add", i, constant(graph, 100))

    def body(g, i, x, total):
        x = append(g, "slice", [x, constant(g, 1), None], [(F64, (n,))], axis=0, step=1)[0]
        return one_less(g, i), x, g.add("add", total, i)

    values = [i, x, other]
    graphs = {"condition": add_callee(graph, values, counts_down)}
    graphs["body"] = add_callee(graph, values, body)
    results = [(I64, ()), (F64, (k,)), (I64, ())]
    _, y, total = append(graph, "while_loop", values, results, **graphs)
    after = graph.add("add", other, total)
    model = finish(graph.program, {"i": i, "x": x}, {"y": y, "after": after})
    for turns, size in [(298, 300), (1, 3), (300, 300), (5, 3), (0, 9)]:
        x, total = np.arange(float(size)), 100 + turns + sum(range(turns + 1))
        want = {"y": x[turns:], "after": np.asarray(100 + turns + total)}
        equal(model.run(i=turns, x=x), want)


def test_sizes_change_from_run_to_run(graph):
    n = graph.program.size("n", 64)
    i, x = graph.input(I64, (), "i"), graph.input(F32, (n, 2), "x")

    def body(g, i, x):
        return one_less(g, i), g.add("add", x, g.constant(np.array([1, -1], np.float32)))

    _, y = add_loop(graph, [i, x], counts_down, body)
    model = finish(graph.program, {"i": i, "x": x}, {"y": y})
    rng = np.random.default_rng(0)
    for _ in range(50):
        turns, size = int(rng.integers(4)), int(rng.integers(60))
        x = rng.integers(-9, 9, (size, 2)).astype("f4")
        equal(model.run(i=turns, x=x), {"y": x + np.array([turns, -turns], "f4")})


# ---- memory ----
@pytest.mark.parametrize("last", [False, True])
def test_carried_values_have_one_place(graph, last):
    """Start, turns and result share memory where a turn works in place, and so does what comes behind the loop."""
    size = 100_000
    i = graph.input(I64, (), "i")

    def body(g, i, x):
        return one_less(g, i), g.add("negative", g.add("add", x, constant(g, 1, float)))

    zero = graph.add("broadcast_to", constant(graph, 0, float), constant(graph, size))
    _, y = add_loop(graph, [i, zero], counts_down, body)
    outputs = {"y": graph.add("negative", y)} if last else {"y": y}
    model = finish(graph.program, {"i": i}, outputs)
    assert session_bytes(model) < 2.1 * 8 * size  # what the loop starts from, and what it carries
    for turns in (0, 1, 2, 5):
        want = np.full(size, -1.0 if turns % 2 else 0.0)
        equal(model.run(i=turns), {"y": -want if last else want})
