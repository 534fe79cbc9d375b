"""TensorFlow's tensor lists, which converters leave as custom operators where Keras layers loop over time.

LiteRT refuses them without TensorFlow, so that what must come out is computed here, by TensorFlow's rules: a list is
reserved with a number of elements, none of them set; an element is replaced by its index; stacking joins all elements
along a new first axis, zeros where one was never set.
"""

import numpy as np
from flatbuffers import flexbuffers

from .common import Case, Cases, Graph, real, schema, text_of, whole
from .control import SCALAR, add, apply, below, one, repeat, start_case

NUMBERS = {"float32": 1, "int32": 3, "bool": 10, "int64": 9}  # of TensorFlow's DataType


def encode(field: int, value: int | str | bytes) -> bytes:
    """Return a field of a protocol buffer; numbers below 128."""
    if isinstance(value, int):
        return bytes([field << 3, value])
    data = value.encode() if isinstance(value, str) else value
    return bytes([field << 3 | 2, len(data)]) + data


def custom_options(operator: str, name: str, types: dict[str, str], numbers=()) -> bytes:
    """Return a FlexBuffer of the operator's name and its NodeDef, as the converter writes it."""
    node = encode(1, name) + encode(2, operator)
    attributes = [(key, encode(6, NUMBERS[dtype])) for key, dtype in types.items()]
    # -1 is a varint of ten bytes.
    attributes += [(key, b"\x18" + b"\xff" * 9 + b"\x01") for key in numbers]
    for key, value in attributes:
        node += encode(5, encode(1, key) + encode(2, value))
    builder = flexbuffers.Builder()
    with builder.Vector():
        builder.String(operator)
        # A string of bytes that are no text: String() takes none.
        builder._WriteBlob(node, append_zero=True, type_=flexbuffers.Type.STRING)
    return bytes(builder.Finish())


def flex(graph: Graph, operator: str, inputs: list, output: int, types: dict, numbers=()) -> int:
    options = custom_options(operator, f"while/{operator}", types, numbers)
    graph.operator(f"Flex{operator}", inputs, [output], custom=options)
    return output


def reserve(graph: Graph, element, count: int, dtype: str = "float32") -> int:
    """Add a list; `element` holds an element's sizes, -1 where they are not known, or is -1 alone."""
    sizes = graph.constant(np.int32(element))
    types = {"element_dtype": dtype, "shape_type": "int32"}
    return flex(graph, "TensorListReserve", [sizes, count], graph.tensor("variant", ()), types)


def set_item(graph: Graph, items: int, index: int, value: int, dtype: str = "float32") -> int:
    output = graph.tensor("variant", ())
    types = {"element_dtype": dtype}
    return flex(graph, "TensorListSetItem", [items, index, value], output, types)


def stack(graph: Graph, items: int, element, shape, dtype: str = "float32") -> int:
    output = graph.tensor(dtype, shape)
    sizes = graph.constant(np.int32(element))
    inputs = [items, sizes]
    return flex(
        graph, "TensorListStack", inputs, output, {"element_dtype": dtype}, ["num_elements"]
    )


def make_straight() -> Cases:
    """Lists without a loop: which elements are set, which type and sizes they have."""
    for dtype, shape, places in (
        ("float32", (2, 3), [0, 1, 2]),
        ("float32", (2,), [2, 0]),
        ("float32", (), [1, 3]),
        ("float32", (2, 1, 3), [1, 1]),
        ("int32", (3,), [0, 2]),
        ("int64", (2,), [3]),
        ("bool", (2,), [1, 2]),
        ("float32", (3,), []),
    ):
        count = 4
        graph, inputs = start_case(*[(dtype, shape)] * len(places))
        items = reserve(graph, shape, one(graph, count), dtype)
        expected = np.zeros((count, *shape), dtype)
        numbers = whole(len(places), *shape, low=0)
        values = [(n % 2 if dtype == "bool" else n).astype(dtype) for n in numbers]
        for place, port, value in zip(places, inputs, values, strict=True):
            items = set_item(graph, items, one(graph, place), port, dtype)
            expected[place] = value
        graph.record.outputs = [stack(graph, items, shape, (count, *shape), dtype)]
        name = f"tensor_list/{dtype}_{text_of(shape)}_set_{text_of(places)}"
        yield Case(name, graph.file, [values], [[expected]])


def make_sequence(name, batch, times, features, units, unknown=False, open_batch=False) -> Case:
    """A simple recurrent layer over time: its outputs in a list, the list carried by the loop."""
    rows = -1 if open_batch else batch
    ports = [
        SCALAR,
        ("float32", (times, rows, features)),
        ("float32", (rows, units)),
        ("variant", ()),
    ]
    input_weights, state_weights = real(units, features, pool=1) / 3, real(units, units, pool=2) / 3
    bias = real(units, pool=3)

    def step(g, time, values, state, items):
        options = schema.GatherOptionsT()
        now = apply(g, "GATHER", [values, time], "float32", (rows, features), options)
        options = schema.FullyConnectedOptionsT()
        parts = [
            apply(g, "FULLY_CONNECTED", [value, g.constant(matrix), vector], *ports[2], options)
            for value, matrix, vector in (
                (now, input_weights, g.constant(bias)),
                (state, state_weights, -1),
            )
        ]
        state = apply(g, "TANH", [add(g, *parts, *ports[2])], *ports[2])
        items = set_item(g, items, time, state)
        return [add(g, time, one(g), *SCALAR), values, state, items]

    graph, inputs = start_case(("float32", (rows, times, features)))
    order = graph.constant(np.int32([1, 0, 2]))
    major = apply(graph, "TRANSPOSE", [inputs[0], order], *ports[1])
    if open_batch:
        first = [graph.constant(np.int32(n)) for n in ([0], [1], [1])]
        sizes = apply(graph, "SHAPE", [inputs[0]], "int32", (3,), schema.ShapeOptionsT(outType=2))
        options = schema.StridedSliceOptionsT(shrinkAxisMask=1)
        count = apply(graph, "STRIDED_SLICE", [sizes, *first], "int32", (), options)
        options = schema.PackOptionsT(valuesCount=2)
        target = apply(graph, "PACK", [count, one(graph, units)], "int32", (2,), options)
        zeros = apply(graph, "FILL", [target, one(graph, 0, "float32")], *ports[2])
    else:
        zeros = graph.constant(np.zeros((batch, units), np.float32))
    items = reserve(graph, -1 if unknown else (rows, units), one(graph, times))
    initial = [one(graph, 0), major, zeros, items]
    outputs = repeat(graph, ports, initial, below(times), step)
    collected = stack(graph, outputs[3], (rows, units), (times, rows, units))
    result = apply(graph, "TRANSPOSE", [collected, order], "float32", (rows, times, units))
    graph.record.outputs = [result, outputs[2]]

    steps, expected = [], []
    for pool in (0, 4):
        values = real(batch, times, features, pool=pool)
        state = np.zeros((batch, units))
        states = []
        for now in values.astype(float).swapaxes(0, 1):
            state = np.tanh(now @ input_weights.T + bias + state @ state_weights.T)
            states.append(state)
        steps.append([values])
        expected.append([np.float32(states).swapaxes(0, 1), np.float32(state)])
    return Case(f"tensor_list/{name}", graph.file, steps, expected)


def make_loops() -> Cases:
    for batch, times, features, units in ((1, 1, 1, 1), (1, 4, 2, 3), (2, 5, 3, 4), (3, 9, 1, 8)):
        sizes = batch, times, features, units
        yield make_sequence(f"layer_{text_of(sizes)}", *sizes)
        yield make_sequence(f"layer_{text_of(sizes)}_unknown_sizes", *sizes, unknown=True)
        yield make_sequence(f"layer_{text_of(sizes)}_open_batch", *sizes, open_batch=True)

    # Fewer turns than elements, none at all, and how many is an input.
    shape = (2, 2)
    ports = [SCALAR, SCALAR, ("float32", shape), ("variant", ())]

    def step(g, i, limit, x, items):
        items = set_item(g, items, i, x)
        doubled = add(g, x, x, "float32", shape)
        return [add(g, i, one(g), *SCALAR), limit, doubled, items]

    graph, inputs = start_case(SCALAR, ("float32", shape))
    items = reserve(graph, shape, one(graph, 5))
    outputs = repeat(
        *(graph, ports, [one(graph, 0), inputs[0], inputs[1], items]),
        lambda g, i, limit, *_: apply(g, "LESS", [i, limit], "bool", ()),
        step,
    )
    graph.record.outputs = [stack(graph, outputs[3], shape, (5, *shape))]
    steps, expected = [], []
    for turns in (3, 0, 5):
        steps.append([np.int32(turns), real(*shape)])
        scales = np.float32([2.0**k if k < turns else 0.0 for k in range(5)])
        expected.append([scales.reshape(5, 1, 1) * real(*shape)])
    yield Case("tensor_list/turns_from_input", graph.file, steps, expected)

    # Two lists in one loop, of different types, the second filled from its end.
    ports = [SCALAR, ("float32", (3,)), ("variant", ()), ("variant", ())]

    def fill_both(g, i, x, reals, wholes):
        reals = set_item(g, reals, i, x)
        last = apply(g, "SUB", [one(g, 3), i], *SCALAR, schema.SubOptionsT())
        wholes = set_item(g, wholes, last, i, "int32")
        negative = apply(g, "NEG", [x], "float32", (3,))
        return [add(g, i, one(g), *SCALAR), negative, reals, wholes]

    graph, inputs = start_case(("float32", (3,)))
    lists = [
        reserve(graph, (3,), one(graph, 4)),
        reserve(graph, np.zeros(0), one(graph, 4), "int32"),
    ]
    outputs = repeat(graph, ports, [one(graph, 0), *inputs, *lists], below(4), fill_both)
    graph.record.outputs = [
        stack(graph, outputs[2], (3,), (4, 3)),
        stack(graph, outputs[3], np.zeros(0), (4,), "int32"),
    ]
    expected = [np.float32([[1], [-1], [1], [-1]]) * real(3), np.int32([3, 2, 1, 0])]
    yield Case("tensor_list/two_lists", graph.file, [[real(3)]], [expected])

    # How many elements a list has is an input.
    graph, inputs = start_case(SCALAR, ("float32", (2,)))
    ports = [SCALAR, SCALAR, ("float32", (2,)), ("variant", ())]

    def step_open(g, i, limit, x, items):
        items = set_item(g, items, i, x)
        return [add(g, i, one(g), *SCALAR), limit, add(g, x, x, "float32", (2,)), items]

    items = reserve(graph, (2,), inputs[0])
    outputs = repeat(
        *(graph, ports, [one(graph, 0), inputs[0], inputs[1], items]),
        lambda g, i, limit, *_: apply(g, "LESS", [i, limit], "bool", ()),
        step_open,
    )
    graph.record.outputs = [stack(graph, outputs[3], (2,), (-1, 2))]
    steps, expected = [], []
    for count in (1, 3, 6):
        steps.append([np.int32(count), real(2)])
        scales = np.float32([2.0**k for k in range(count)])
        expected.append([scales.reshape(-1, 1) * real(2)])
    yield Case("tensor_list/count_from_input", graph.file, steps, expected)


def make_cases() -> Cases:
    yield from make_straight()
    yield from make_loops()
