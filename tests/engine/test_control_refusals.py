"""Files whose branches, loops and calls do not fit together: refused when they are opened, by what is wrong."""

import kowari
import numpy as np
import pytest
from kowari.graph import Program, Value
from kowari.operators import SHORT_NAMES
from programs import add_callee, append, copy_of, finish, like

F64, F32, BOOL = (SHORT_NAMES[n] for n in ("f64", "f32", "bool"))


class Parts:
    """A graph with a condition, a value x and an optional value, and callees to make nodes of."""

    def __init__(self):
        self.graph = Program().graph()
        self.inputs = {
            "yes": self.graph.input(BOOL, (), "yes"),
            "x": self.graph.input(F64, (3,), "x"),
            "some": self.graph.input(F64, (3,), "some", optional=True),
            "maybe": self.graph.input(BOOL, (), "maybe", optional=True),
        }
        self.yes, self.x, self.some, self.maybe = self.inputs.values()

    def callee(self, make, *values):
        return add_callee(self.graph, values or [self.x], make)

    def call(self, name, given, results=None, **graphs):
        """The node, and a file of it."""
        results = [self.x] if results is None else results
        made = append(self.graph, name, given, like(self.graph, results), **graphs)
        return finish(self.graph.program, self.inputs, {f"y{i}": v for i, v in enumerate(made)})


def same(graph, *values):
    return values


def copied(graph, *values):
    return [copy_of(graph, v) for v in values]


def is_true(graph, *values):
    return [graph.constant(np.bool_(True))]


def doubled(graph, x):
    return [graph.add("add", x, x)]


def as_f32(graph, x):
    return [graph.add("cast", x, to=F32)]


def total(graph, x):
    return [graph.add("sum", x)]


def nothing(graph, *values):
    return []


def twice(graph, x):
    return [x, x]


CASES = {}


def refused(match):
    def register(make):
        CASES[make.__name__] = make, match
        return make

    return register


# ---- arguments and results ----
@refused("call: 2 arguments and 1 results, the graph has 1 and 1")
def call_with_too_many_arguments(p):
    p.call("call", [p.x, p.x], graph=p.callee(doubled))


@refused("call: 1 arguments and 2 results, the graph has 1 and 1")
def call_with_too_many_results(p):
    p.call("call", [p.x], [p.x, p.x], graph=p.callee(doubled))


@refused("argument 0 is not of the parameter's type and rank")
def argument_of_another_type(p):
    p.call("call", [p.yes], graph=p.callee(doubled))


@refused("argument 0 may be None, the parameter not")
def argument_that_may_be_none(p):
    p.call("call", [p.some], graph=p.callee(doubled))


@refused("output 0 may be None, was not declared so")
def result_that_may_be_none(p):
    p.call("call", [p.some], graph=p.callee(copied, p.some))


@refused("a value is float64, was declared as float32")
def result_of_another_type(p):
    p.call("call", [p.x], [Value(p.graph, F32, (3,))], graph=p.callee(doubled))


@refused("a value has 1 dimensions, was declared with 2")
def result_of_another_rank(p):
    p.call("call", [p.x], [Value(p.graph, F64, (3, 1))], graph=p.callee(doubled))


@refused("a value has size 3 along axis 0, was declared with 4")
def result_of_another_size(p):
    p.call("call", [p.x], [Value(p.graph, F64, (4,))], graph=p.callee(doubled))


# ---- graphs that call ----
@refused("graph 0 calls graph 0, must call a later one")
def graph_that_calls_itself(p):
    p.call("call", [p.x], graph=p.graph)


@refused("graph 1 calls graph 1, must call a later one")
def body_that_loops_itself(p):
    body = p.callee(copied)
    results = append(
        body,
        "while_loop",
        body.inputs,
        like(body, body.inputs),
        condition=p.callee(is_true),
        body=body,
    )
    body.outputs = list(results)
    p.call("call", [p.x], graph=body)


@refused("graph 2 calls graph 1, must call a later one")
def graphs_that_call_each_other(p):
    first, second = p.callee(copied), p.callee(copied)
    second.outputs = list(append(second, "call", second.inputs, like(second, [p.x]), graph=first))
    first.outputs = list(append(first, "call", first.inputs, like(first, [p.x]), graph=second))
    p.call("call", [p.x], graph=first)


# ---- branches ----
@refused("if_else: input 0 is float64, must be bool")
def branch_on_a_number(p):
    p.call("if_else", [p.x, p.x], then=p.callee(doubled), otherwise=p.callee(copied))


@refused("if_else: input 0 has 1 dimensions, must have 0")
def branch_on_many_bools(p):
    many = p.graph.add("less", p.x, p.x)
    p.call("if_else", [many, p.x], then=p.callee(doubled), otherwise=p.callee(copied))


@refused("if_else: the condition may be None")
def branch_on_what_may_be_none(p):
    p.call("if_else", [p.maybe, p.x], then=p.callee(doubled), otherwise=p.callee(copied))


@refused("if_else: 1 arguments and 1 results, the graph has 1 and 2")
def branch_with_more_results(p):
    p.call("if_else", [p.yes, p.x], then=p.callee(doubled), otherwise=p.callee(twice))


@refused("if_else: result 0 has another type or rank in each branch")
def branches_of_two_types(p):
    p.call("if_else", [p.yes, p.x], then=p.callee(doubled), otherwise=p.callee(as_f32))


@refused("if_else: result 0 has another type or rank in each branch")
def branches_of_two_ranks(p):
    p.call("if_else", [p.yes, p.x], then=p.callee(doubled), otherwise=p.callee(total))


@refused("output 0 may be None, was not declared so")
def one_branch_that_may_give_none(p):
    then, otherwise = (
        p.callee(make, p.x, p.some) for make in (lambda g, x, s: [x], lambda g, x, s: [s])
    )
    p.call("if_else", [p.yes, p.x, p.some], then=then, otherwise=otherwise)


# ---- loops ----
@refused("while_loop: 2 values in, 1 out")
def loop_of_other_counts(p):
    p.call("while_loop", [p.x, p.x], condition=p.callee(is_true), body=p.callee(doubled))


@refused("while_loop: 1 arguments and 1 results, the graph has 1 and 0")
def body_without_results(p):
    p.call("while_loop", [p.x], condition=p.callee(is_true), body=p.callee(nothing))


@refused("while_loop: 1 arguments and 1 results, the graph has 1 and 2")
def condition_of_two_values(p):
    condition = p.callee(lambda g, x: [*is_true(g), *is_true(g)])
    p.call("while_loop", [p.x], condition=condition, body=p.callee(doubled))


@refused("while_loop: 1 arguments and 1 results, the graph has 1 and 0")
def condition_without_results(p):
    p.call("while_loop", [p.x], condition=p.callee(nothing), body=p.callee(doubled))


@refused("while_loop: the condition is no bool")
def condition_of_a_number(p):
    p.call("while_loop", [p.x], condition=p.callee(total), body=p.callee(doubled))


@refused("while_loop: the condition is no bool")
def condition_that_may_be_none(p):
    values = [p.x, p.maybe]
    condition, body = p.callee(lambda g, x, maybe: [maybe], *values), p.callee(same, *values)
    p.call("while_loop", values, values, condition=condition, body=body)


@refused("while_loop: a turn changes type or rank of value 0")
def body_of_another_type(p):
    p.call("while_loop", [p.x], condition=p.callee(is_true), body=p.callee(as_f32))


@refused("while_loop: a turn changes type or rank of value 0")
def body_of_another_rank(p):
    p.call("while_loop", [p.x], condition=p.callee(is_true), body=p.callee(total))


@refused("while_loop: a turn changes type or rank of value 0")
def body_that_may_give_none(p):
    values = [p.x, p.some]
    condition = p.callee(is_true, *values)
    body = p.callee(lambda g, x, some: [copy_of(g, some), copy_of(g, some)], *values)
    p.call("while_loop", values, values, condition=condition, body=body)


@refused("while_loop: a turn gives value 0 in another's place")
def parameters_in_each_others_place(p):
    values = [p.x, p.x]
    body = p.callee(lambda g, x, w: [x, x], *values)
    p.call("while_loop", values, values, condition=p.callee(is_true, *values), body=body)


@refused("graph 2 is the body of a loop and is called twice")
def body_of_two_loops(p):
    condition, body = p.callee(is_true), p.callee(doubled)
    append(p.graph, "while_loop", [p.x], like(p.graph, [p.x]), condition=condition, body=body)
    p.call("while_loop", [p.x], condition=condition, body=body)


@refused("graph 2 is the body of a loop and is called twice")
def body_that_is_called(p):
    condition, body = p.callee(is_true), p.callee(doubled)
    append(p.graph, "call", [p.x], like(p.graph, [p.x]), graph=body)
    p.call("while_loop", [p.x], condition=condition, body=body)


@refused("graph 1 is the body of a loop and is called twice")
def body_that_is_its_own_condition(p):
    body = p.callee(same, p.yes)
    p.call("while_loop", [p.yes], [p.yes], condition=body, body=body)


@pytest.mark.parametrize("name", CASES)
def test_refused(name):
    make, match = CASES[name]
    with pytest.raises(kowari.RunError, match=match):
        make(Parts())


# ---- what only the run tells ----
def test_condition_of_many_elements():
    """A size that may be 1 is looked at in each turn."""
    graph = Program().graph()
    x = graph.input(BOOL, (graph.program.size("n", 4),), "x")
    results = append(
        graph,
        "while_loop",
        [x],
        like(graph, [x]),
        condition=add_callee(graph, [x], same),
        body=add_callee(graph, [x], lambda g, x: [g.add("logical_not", x)]),
    )
    model = finish(graph.program, {"x": x}, {"y": results[0]})
    for wrong in ([True, True, True], []):
        with pytest.raises(
            kowari.RunError, match=f"the condition has {len(wrong)} elements, must have one"
        ):
            model.run(x=np.array(wrong, bool))
    assert model.run(x=[True])["y"].tolist() == [False]


def test_carried_value_of_another_size():
    """What is declared with a number has that size before the first turn and after each."""
    graph = Program().graph()
    n = graph.program.size("n", 4)
    x = graph.input(F64, (n,), "x")

    def is_small(g, x):
        return [g.add("less", g.add("sum", x), g.constant(8.0))]

    def doubled_length(g, x):
        return append(g, "concat", [x, x], [Value(g, F64, (n,))], axis=0)

    three = [Value(graph, F64, (3,))]
    condition, body = add_callee(graph, three, is_small), add_callee(graph, three, doubled_length)
    (y,) = append(graph, "while_loop", [x], like(graph, three), condition=condition, body=body)
    model = finish(graph.program, {"x": x}, {"y": y})
    assert model.run(x=[8.0, 0.0, 0.0])["y"].tolist() == [8, 0, 0]
    with pytest.raises(kowari.RunError, match="size 6 along axis 0, was declared with 3"):
        model.run(x=[1.0, 2.0, 3.0])
    with pytest.raises(kowari.RunError, match="size 2 along axis 0, was declared with 3"):
        model.run(x=[8.0, 0.0])
    assert model.run(x=[9.0, 0.0, 1.0])["y"].tolist() == [9, 0, 1]
