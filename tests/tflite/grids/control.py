"""Loops, branches, variables and signatures: files of several graphs."""

from collections.abc import Callable
from itertools import product

import numpy as np

from .common import Case, Cases, File, Graph, real, schema, text_of

SCALAR = ("int32", ())


def apply(graph: Graph, code: str, inputs: list, dtype: str, shape, options=None, version=1) -> int:
    """Add an operator of one output; return its tensor."""
    output = graph.tensor(dtype, shape)
    graph.operator(code, inputs, [output], options, version=version)
    return output


def add_graph(file: File, ports: list, make: Callable) -> int:
    """Add a graph whose inputs `make` turns into outputs; return its index."""
    index = len(file.record.subgraphs)
    graph = file.add_graph(f"graph{index}")
    graph.record.outputs = make(graph, *[graph.input(*port) for port in ports])
    return index


def one(graph: Graph, number=1, dtype="int32") -> int:
    return graph.constant(np.array(number, dtype))


def add(graph: Graph, a: int, b: int, dtype: str, shape) -> int:
    return apply(graph, "ADD", [a, b], dtype, shape, schema.AddOptionsT())


def multiply(graph: Graph, a: int, b: int, dtype: str, shape) -> int:
    return apply(graph, "MUL", [a, b], dtype, shape, schema.MulOptionsT())


def repeat(graph: Graph, ports: list, inputs: list, condition: Callable, body: Callable) -> list:
    """Add a WHILE over values of types and sizes `ports`; return its outputs."""
    outputs = [graph.tensor(*port) for port in ports]
    options = schema.WhileOptionsT(
        condSubgraphIndex=add_graph(graph.file, ports, lambda g, *values: [condition(g, *values)]),
        bodySubgraphIndex=add_graph(graph.file, ports, body),
    )
    graph.operator("WHILE", inputs, outputs, options)
    return outputs


def below(limit: int) -> Callable:
    """Return a condition: the first value is less than a number."""
    return lambda g, i, *_: apply(g, "LESS", [i, one(g, limit)], "bool", ())


def below_second(graph: Graph, i: int, limit: int, *_) -> int:
    return apply(graph, "LESS", [i, limit], "bool", ())


def choose(graph: Graph, condition: int, inputs: list, ports: list, gives, then, other) -> int:
    """Add an IF; return its output."""
    output = graph.tensor(*gives)
    options = schema.IfOptionsT(
        thenSubgraphIndex=add_graph(graph.file, ports, then),
        elseSubgraphIndex=add_graph(graph.file, ports, other),
    )
    graph.operator("IF", [condition, *inputs], [output], options)
    return output


def start_case(*ports) -> tuple[Graph, list[int]]:
    graph = File().add_graph()
    return graph, [graph.input(*port) for port in ports]


def finish(name: str, graph: Graph, outputs: list, *steps) -> Case:
    graph.record.outputs = outputs
    return Case(name, graph.file, [list(step) for step in steps])


def make_loops() -> Cases:
    shape = (2, 3)
    ports = [SCALAR, ("float32", shape)]

    def step(g, i, x):
        return [add(g, i, one(g), *SCALAR), multiply(g, x, one(g, 1.5, "float32"), *ports[1])]

    for turns in (0, 1, 2, 7, 100):
        graph, inputs = start_case(*ports)
        outputs = repeat(graph, ports, inputs, below(turns), step)
        values = [np.int32(0), real(*shape) / np.float32(2.0 ** (turns / 2))]
        yield finish(f"while/counter_turns{turns}", graph, outputs, values)

    ports = [SCALAR, SCALAR, ("float32", shape)]

    def step_to(g, i, limit, x):
        return [add(g, i, one(g), *SCALAR), limit, add(g, x, x, *ports[2])]

    graph, inputs = start_case(*ports)
    outputs = repeat(graph, ports, inputs, below_second, step_to)
    steps = [[np.int32(0), np.int32(n), real(*shape)] for n in (3, 0, 5, 1)]
    yield finish("while/limit_from_input", graph, outputs, *steps)

    def swap(g, i, a, b):
        return [add(g, i, one(g), *SCALAR), b, a]

    # LiteRT writes one value over the other here: what must come out follows from the graph.
    for turns in (0, 1, 2, 3):
        ports = [SCALAR, ("float32", (3,)), ("float32", (3,))]
        graph, inputs = start_case(*ports)
        outputs = repeat(graph, ports, inputs, below(turns), swap)
        pair = [real(3), real(3, pool=1)]
        case = finish(f"while/swap_turns{turns}", graph, outputs, [np.int32(0), *pair])
        case.expected = [[np.int32(turns), *(pair[::-1] if turns % 2 else pair)]]
        yield case

    halve = [("float32", ())]
    graph, inputs = start_case(*halve)
    outputs = repeat(
        graph,
        halve,
        inputs,
        lambda g, x: apply(g, "GREATER", [x, one(g, 1, "float32")], "bool", ()),
        lambda g, x: [multiply(g, x, one(g, 0.5, "float32"), "float32", ())],
    )
    steps = [[np.float32(n)] for n in (100, 0.25, 1, np.nan, 1e30)]
    yield finish("while/until_small", graph, outputs, *steps)


def make_closed() -> Cases:
    """Branches that take nothing."""
    gives = ("float32", (2, 3))

    def fill(value):
        def make(g):
            sizes = g.constant(np.int32(gives[1]))
            return [apply(g, "FILL", [sizes, one(g, value, "float32")], *gives)]

        return make

    def keep(value):
        return lambda g: [g.constant(np.full(gives[1], value, np.float32))]

    for name, make in (("computed", fill), ("constant", keep)):
        graph, [condition] = start_case(("bool", ()))
        output = choose(graph, condition, [], [], gives, make(1.5), make(-2))
        steps = [[np.bool_(True)], [np.bool_(False)]]
        yield finish(f"if/no_inputs_{name}", graph, [output], *steps)


def make_growing() -> Cases:
    """Carried tensors that are longer after each turn."""
    for turns, axis in product((0, 1, 4), (0, 1)):
        row = (1, 2) if axis == 0 else (2, 1)
        open_shape = (-1, 2) if axis == 0 else (2, -1)
        ports = [SCALAR, ("float32", open_shape)]

        def grow(g, i, x, row=row, axis=axis, open_shape=open_shape):
            wide = apply(g, "CAST", [i], "float32", (), schema.CastOptionsT(inDataType=2))
            sizes = g.constant(np.array(row, np.int32))
            part = apply(g, "FILL", [sizes, wide], "float32", row)
            options = schema.ConcatenationOptionsT(axis=axis)
            longer = apply(g, "CONCATENATION", [x, part], "float32", open_shape, options)
            return [add(g, i, one(g), *SCALAR), longer]

        graph, inputs = start_case(*ports)
        outputs = repeat(graph, ports, inputs, below(turns), grow)
        name = f"while/growing_axis{axis}_turns{turns}"
        yield finish(name, graph, outputs, [np.int32(0), real(*row)])
        if turns == 4:
            # What follows the loop has sizes that only the loop decides.
            graph, inputs = start_case(*ports)
            outputs = repeat(graph, ports, inputs, below(turns), grow)
            axes = graph.constant(np.int32([axis]))
            options = schema.ReducerOptionsT(keepDims=True)
            total = apply(graph, "SUM", [outputs[1], axes], "float32", row, options)
            outputs = [add(graph, outputs[1], total, "float32", open_shape)]
            steps = [[np.int32(n), real(*row)] for n in (0, 3, 4)]
            yield finish(f"while/growing_axis{axis}_then_sum", graph, outputs, *steps)


def make_nested() -> Cases:
    ports = [SCALAR, ("float32", (3,))]

    def inner_step(g, j, x):
        return [add(g, j, one(g), *SCALAR), multiply(g, x, one(g, 1.25, "float32"), *ports[1])]

    for outer, inner in ((0, 2), (2, 0), (2, 3), (3, 1)):

        def outer_step(g, i, x, inner=inner):
            turned = repeat(g, ports, [one(g, 0), x], below(inner), inner_step)
            return [
                add(g, i, one(g), *SCALAR),
                add(g, turned[1], one(g, 0.5, "float32"), *ports[1]),
            ]

        graph, inputs = start_case(*ports)
        outputs = repeat(graph, ports, inputs, below(outer), outer_step)
        yield finish(f"while/nested_{outer}x{inner}", graph, outputs, [np.int32(0), real(3)])

    def triangle_step(g, i, x):
        # As many turns inside as the outer loop has made.
        ports = [SCALAR, SCALAR, ("float32", (3,))]

        def step(g, j, limit, x):
            return [add(g, j, one(g), *SCALAR), limit, add(g, x, x, *ports[2])]

        turned = repeat(g, ports, [one(g, 0), i, x], below_second, step)
        return [add(g, i, one(g), *SCALAR), turned[2]]

    graph, inputs = start_case(*ports)
    outputs = repeat(graph, ports, inputs, below(4), triangle_step)
    yield finish("while/triangle", graph, outputs, [np.int32(0), real(3)])

    def branching_step(g, i, x):
        remainder = apply(g, "FLOOR_MOD", [i, one(g, 2)], *SCALAR)
        odd = apply(g, "EQUAL", [remainder, one(g, 1)], "bool", ())
        value = choose(
            *(g, odd, [x], [ports[1]], ports[1]),
            lambda g, x: [multiply(g, x, one(g, -2, "float32"), *ports[1])],
            lambda g, x: [add(g, x, one(g, 1, "float32"), *ports[1])],
        )
        return [add(g, i, one(g), *SCALAR), value]

    for turns in (0, 1, 5):
        graph, inputs = start_case(*ports)
        outputs = repeat(graph, ports, inputs, below(turns), branching_step)
        name = f"while/branches_turns{turns}"
        yield finish(name, graph, outputs, [np.int32(0), real(3)])


def make_sequences() -> Cases:
    """Recurrent layers as loops over time, as Keras writes them when no LSTM operator fits."""
    for batch, times, features, units in ((1, 4, 2, 3), (2, 5, 3, 4), (1, 1, 2, 2), (3, 8, 1, 5)):
        ports = [
            SCALAR,
            ("float32", (times, batch, features)),
            ("float32", (batch, units)),
            ("float32", (times, batch, units)),
        ]

        def step(g, time, values, state, collected, ports=ports, sizes=(batch, features, units)):
            batch, features, units = sizes
            options = schema.GatherOptionsT()
            now = apply(g, "GATHER", [values, time], "float32", (batch, features), options)
            parts = []
            for value, depth, pool in ((now, features, 1), (state, units, 2)):
                matrix = g.constant(real(units, depth, pool=pool) / 3)
                bias = g.constant(real(units, pool=3)) if pool == 1 else -1
                options = schema.FullyConnectedOptionsT()
                inputs = [value, matrix, bias]
                parts.append(apply(g, "FULLY_CONNECTED", inputs, *ports[2], options))
            state = apply(g, "TANH", [add(g, *parts, *ports[2])], *ports[2])
            row = apply(g, "EXPAND_DIMS", [state, one(g, 0)], "float32", (1, batch, units))
            options = schema.PackOptionsT(valuesCount=3)
            inputs = [time, one(g, 0), one(g, 0)]
            place = apply(g, "PACK", inputs, "int32", (3,), options)
            code = "DYNAMIC_UPDATE_SLICE"
            collected = apply(g, code, [collected, row, place], *ports[3])
            return [add(g, time, one(g), *SCALAR), values, state, collected]

        graph, inputs = start_case(("float32", (batch, times, features)))
        order = graph.constant(np.int32([1, 0, 2]))
        major = apply(graph, "TRANSPOSE", [inputs[0], order], *ports[1])
        state = graph.constant(np.zeros(ports[2][1], np.float32))
        collected = graph.constant(np.zeros(ports[3][1], np.float32))
        initial = [one(graph, 0), major, state, collected]
        outputs = repeat(graph, ports, initial, below(times), step)
        shape = (batch, times, units)
        result = apply(graph, "TRANSPOSE", [outputs[3], order], "float32", shape)
        values = real(batch, times, features)
        name = f"while/sequence_{text_of(values.shape)}_to_{units}"
        steps = [values], [np.roll(values, 1)]
        yield finish(name, graph, [result, outputs[2]], *steps)


def make_branches() -> Cases:
    vector = ("float32", (4,))

    def double(g, x):
        return [multiply(g, x, one(g, 2, "float32"), *vector)]

    def negate(g, x):
        return [apply(g, "NEG", [x], *vector)]

    graph, inputs = start_case(("bool", ()), vector)
    output = choose(graph, inputs[0], inputs[1:], [vector], vector, double, negate)
    steps = [[np.bool_(truth), real(4)] for truth in (True, False, True)]
    yield finish("if/from_input", graph, [output], *steps)

    graph, inputs = start_case(vector)
    total = apply(
        graph,
        "SUM",
        [inputs[0], graph.constant(np.int32([0]))],
        *("float32", (), schema.ReducerOptionsT()),
    )
    condition = apply(graph, "GREATER", [total, one(graph, 0, "float32")], "bool", ())
    output = choose(graph, condition, inputs, [vector], vector, double, negate)
    output = add(graph, output, inputs[0], *vector)
    yield finish("if/computed", graph, [output], [np.abs(real(4))], [-np.abs(real(4))])

    def inner(g, x):
        first = apply(
            *(g, "REDUCE_MAX", [x, g.constant(np.int32([0]))], "float32", ()),
            schema.ReducerOptionsT(),
        )
        large = apply(g, "GREATER", [first, one(g, 3, "float32")], "bool", ())
        return [choose(g, large, [x], [vector], vector, double, negate)]

    graph, inputs = start_case(("bool", ()), vector)
    output = choose(
        *(graph, inputs[0], inputs[1:], [vector], vector, inner),
        lambda g, x: [add(g, x, x, *vector)],
    )
    steps = [
        [np.bool_(truth), np.float32(x)]
        for truth, x in ((True, [5, 1, 2, 3]), (True, [1, 1, 2, 3]), (False, [5, 1, 2, 3]))
    ]
    yield finish("if/nested", graph, [output], *steps)

    # Branches whose results differ in size.
    rows = ("float32", (-1, 2))

    def twice(g, x):
        options = schema.ConcatenationOptionsT(axis=0)
        return [apply(g, "CONCATENATION", [x, x], *rows, options)]

    graph, inputs = start_case(("bool", ()), ("float32", (3, 2)))
    output = choose(
        *(graph, inputs[0], inputs[1:], [("float32", (3, 2))], rows, twice),
        lambda g, x: [apply(g, "NEG", [x], "float32", (3, 2))],
    )
    steps = [[np.bool_(truth), real(3, 2)] for truth in (True, False)]
    yield finish("if/sizes_differ", graph, [output], *steps)

    def loop(g, x):
        ports = [SCALAR, vector]
        return repeat(
            *(g, ports, [one(g, 0), x], below(3)),
            lambda g, i, x: [add(g, i, one(g), *SCALAR), add(g, x, x, *vector)],
        )[1:]

    graph, inputs = start_case(("bool", ()), vector)
    output = choose(graph, inputs[0], inputs[1:], [vector], vector, loop, negate)
    steps = [[np.bool_(truth), real(4)] for truth in (True, False)]
    yield finish("if/loop_inside", graph, [output], *steps)


def handle(graph: Graph, name: str) -> int:
    options = schema.VarHandleOptionsT(container="", sharedName=name)
    return apply(graph, "VAR_HANDLE", [], "resource", (), options)


def assign(graph: Graph, name: str, value: int) -> None:
    graph.operator("ASSIGN_VARIABLE", [handle(graph, name), value], [])


def read(graph: Graph, name: str, dtype: str, shape) -> int:
    return apply(graph, "READ_VARIABLE", [handle(graph, name)], dtype, shape)


def call_once(graph: Graph, values: dict) -> None:
    """Add what sets variables at the first run."""

    def initialize(g):
        for name, value in values.items():
            assign(g, name, g.constant(value))
        return []

    options = schema.CallOnceOptionsT(initSubgraphIndex=add_graph(graph.file, [], initialize))
    graph.operator("CALL_ONCE", [], [], options)


def make_variables() -> Cases:
    for shape, initial in (((), 0.5), ((3,), 0.0), ((2, 2), -1.0)):
        port = ("float32", shape)
        graph, inputs = start_case(port)
        call_once(graph, {"sum": np.full(shape, initial, np.float32)})
        total = add(graph, read(graph, "sum", *port), inputs[0], *port)
        assign(graph, "sum", total)
        steps = [[real(*shape, pool=k)] for k in range(4)]
        yield finish(f"variable/sum_{text_of(shape)}", graph, [total], *steps)

    # The newest rows of a stream, as models that listen keep them.
    for keep, rows in ((3, 1), (4, 2), (5, 5)):
        graph, inputs = start_case(("float32", (1, rows, 2)))
        call_once(graph, {"ring": np.zeros((1, keep, 2), np.float32)})
        old = read(graph, "ring", "float32", (1, keep, 2))
        joined = apply(
            *(graph, "CONCATENATION", [old, inputs[0]], "float32", (1, keep + rows, 2)),
            schema.ConcatenationOptionsT(axis=1),
        )
        places = [
            graph.constant(np.int32(n)) for n in ([0, rows, 0], [1, keep + rows, 2], [1, 1, 1])
        ]
        options = schema.StridedSliceOptionsT()
        new = apply(graph, "STRIDED_SLICE", [joined, *places], "float32", (1, keep, 2), options)
        assign(graph, "ring", new)
        axes = graph.constant(np.int32([1]))
        mean = apply(
            *(graph, "MEAN", [new, axes], "float32", (1, 2)), schema.ReducerOptionsT(keepDims=False)
        )
        steps = [[real(1, rows, 2, pool=k)] for k in range(4)]
        yield finish(f"variable/ring_{keep}_by_{rows}", graph, [mean, new], *steps)

    # Two variables of different types; one is read before and after it is assigned.
    vector = ("float32", (2,))
    graph, inputs = start_case(vector)
    call_once(graph, {"count": np.int32(10), "last": np.float32([1, 2])})
    count = add(graph, read(graph, "count", *SCALAR), one(graph), *SCALAR)
    before = read(graph, "last", *vector)
    assign(graph, "count", count)
    assign(graph, "last", inputs[0])
    after = read(graph, "last", *vector)
    difference = apply(graph, "SUB", [after, before], *vector, schema.SubOptionsT())
    steps = [[real(2, pool=k)] for k in range(4)]
    yield finish("variable/two", graph, [count, difference], *steps)

    # A variable that only one branch changes; the other one reads it, or does not know it.
    def keep(g, x):
        total = add(g, read(g, "kept", *vector), x, *vector)
        assign(g, "kept", total)
        return [total]

    def look(g, x):
        return [read(g, "kept", *vector)]

    def negate(g, x):
        return [apply(g, "NEG", [x], *vector)]

    for name, other in (("reads", look), ("does_not", negate)):
        graph, inputs = start_case(("bool", ()), vector)
        call_once(graph, {"kept": np.float32([0, 0])})
        output = choose(graph, inputs[0], inputs[1:], [vector], vector, keep, other)
        steps = [[np.bool_(truth), real(2, pool=k)] for k, truth in enumerate((1, 0, 1, 0))]
        yield finish(f"variable/in_branch_other_{name}", graph, [output], *steps)

    # A loop until a variable is large enough.
    graph, inputs = start_case(("float32", ()))
    call_once(graph, {"level": np.float32(1)})

    def is_low(g, x):
        level = read(g, "level", "float32", ())
        return apply(g, "LESS", [level, one(g, 9, "float32")], "bool", ())

    def lift(g, x):
        level = read(g, "level", "float32", ())
        assign(g, "level", add(g, level, x, "float32", ()))
        return [x]

    repeat(graph, [("float32", ())], inputs, is_low, lift)
    level = read(graph, "level", "float32", ())
    steps = [[np.float32(x)] for x in (2.5, 100, 1)]
    yield finish(
        "variable/in_condition", graph, [add(graph, level, inputs[0], "float32", ())], *steps
    )

    # A variable that a loop changes.
    graph, inputs = start_case(vector)
    call_once(graph, {"kept": np.float32([1, -1])})
    ports = [SCALAR, vector]

    def step(g, i, x):
        total = add(g, read(g, "kept", *vector), x, *vector)
        assign(g, "kept", total)
        return [add(g, i, one(g), *SCALAR), total]

    outputs = repeat(graph, ports, [one(graph, 0), inputs[0]], below(3), step)
    yield finish(
        "variable/in_loop", graph, [outputs[1], read(graph, "kept", *vector)], *steps_of(2)
    )


def steps_of(size: int) -> list:
    return [[real(size, pool=k)] for k in range(3)]


def make_signatures() -> Cases:
    vector = ("float32", (3,))

    def write() -> File:
        file = File()
        graphs = {}
        for key in ("add", "scale"):
            graph = graphs[key] = file.add_graph(key)
            a, b = graph.input(*vector, name="a"), graph.input(*vector, name="b")
            names = [graph.tensor(*vector, name=name) for name in ("first", "second")]
            code = "ADD" if key == "add" else "MUL"
            options = schema.AddOptionsT() if key == "add" else schema.MulOptionsT()
            graph.operator(code, [a, b], [names[0]], options)
            graph.operator("SUB", [a, b], [names[1]], schema.SubOptionsT())
            graph.record.outputs = names
            file.add_signature(key, graph)
        return file

    for entry in ("add", "scale"):
        steps = [[real(3), real(3, pool=1)], [real(3, pool=2), real(3)]]
        yield Case(f"signature/{entry}", write(), steps, entry=entry)

    # Two signatures that change the same variable, each from where it starts.
    for entry in ("update", "decay"):
        file = File()
        graphs = {key: file.add_graph(key) for key in ("update", "decay")}
        for key, graph in graphs.items():
            value = graph.input(*vector, name="x")
            call_once(graph, {"kept": np.float32([1, 2, 3])})
            change = add if key == "update" else multiply
            result = change(graph, read(graph, "kept", *vector), value, *vector)
            assign(graph, "kept", result)
            graph.record.outputs = [result]
            file.add_signature(key, graph)
        yield Case(f"signature/variable_{entry}", file, steps_of(3), entry=entry)


def make_cases() -> Cases:
    yield from make_loops()
    yield from make_growing()
    yield from make_nested()
    yield from make_sequences()
    yield from make_branches()
    yield from make_closed()
    yield from make_variables()
    yield from make_signatures()
