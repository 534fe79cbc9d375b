"""Writes tests/hostile/corpus: small files that together hold every kind of record, for the tests that damage them.

Each is a function below: a program, its ports, and examples whose results NumPy gives.  Run it after a change of the format
or of the operator table: ``python tests/hostile/make_corpus.py``; test_corpus.py sees to it that nobody forgets.
"""

import sys
from pathlib import Path

import numpy as np

from kowari import operators as ops
from kowari.file import INPUT, OUTPUT, STATE, Example, Port, write
from kowari.graph import Node, Program, Value

CORPUS = Path(__file__).parent / "corpus"
CODES = dict(zip(ops.SHORT_NAMES, ops.DTYPES, strict=True))
DEPTH = 32  # KW__MAX_DEPTH
F64, I64, I32, TEXT = (CODES[name] for name in "f64 i64 i32 text".split())


def finish(program: Program, ports: list[Port], examples=(), **meta) -> bytes:
    """The file of a program whose entry's inputs and results are those of the ports."""
    entry = program.graphs[0]
    for port in ports:
        entry.outputs += [v for v in ([port.value] if port.kind == OUTPUT else [port.source]) if v and v not in entry.outputs]
    return write(program, sorted(ports, key=lambda p: p.kind), meta, examples)


def append(to, name: str, inputs, results=(), **attributes) -> tuple:
    """Adds a node whose results are told, (type, dims) or a Value each: what Graph.add does not plan."""
    outputs = tuple(v if isinstance(v, Value) else Value(to, v[0], tuple(v[1])) for v in results)
    to.nodes.append(Node(ops.operators()[name], tuple(inputs), outputs, attributes, True, *to.program.location))
    return outputs


def selection() -> bytes:
    """Two inputs of one named size, a size that only the run tells, bounds, tiers, a range, lines, and a row that raises."""
    p = Program(location=(7, "score.py"))
    n = p.size("n", 6, maximum=64)
    g = p.graph("score")
    x, y, shape = g.input(F64, (n,), "x"), g.input(F64, (n,), "y"), g.input(I64, (), "rows")
    p.location = (8, "score.py")
    chosen = g.add("compress", g.add("divide", x, y), g.add("less", x, y), axis=0)
    chosen.dims[0].capacity = 3  # less than n may need
    chosen = g.add("sqrt", chosen)
    where = g.add("nonzero", g.add("less", x, y))
    square = g.add("reshape_to", x, shape, g.constant(np.int64(-1)))
    ports = [
        Port(INPUT, "x", x, unit="ms", doc="What a beat took.", low=0.0, high=9.0),
        Port(INPUT, "y", y),
        Port(INPUT, "rows", shape),
        Port(OUTPUT, "chosen", chosen, data=np.array([[1e-9, 1e-9]]), tier=1),
        Port(OUTPUT, "where", where),
        Port(OUTPUT, "square", square, tier=2),
    ]
    rows = []
    for a, b, count in (([1, 5, 3, 2], [2, 4, 6, 8], 2), ([], [], 1), (list(range(8)), [5] * 8, 4)):
        a, b = np.array(a, float), np.array(b, float)
        given = {"x": a, "y": b, "rows": np.int64(count)}
        rows.append(Example(given, {"chosen": np.sqrt(a / b)[a < b], "where": np.flatnonzero(a < b), "square": a.reshape(count, -1)}))
    rows.append(Example({"x": np.ones(3), "y": np.ones(3), "rows": np.int64(2)}, {}, raises="ValueError"))
    return finish(p, ports, rows, **{"labels:chosen": "no\nyes", "python": "3.11"})


def calls() -> bytes:
    """Graphs that call graphs, one of them from two places and with two sizes."""
    p = Program()
    n, m = p.size("n", 4), p.size("m", 8)
    k = p.size("k", 8)
    main, middle, leaf = p.graph("main"), p.graph("middle"), p.graph("leaf")
    a = leaf.input(F64, (k,), "a")
    leaf.outputs = [leaf.add("sqrt", leaf.add("absolute", a)), a]
    b = middle.input(F64, (k,), "b")
    root, same = append(middle, "call", [b], [(F64, (k,)), (F64, (k,))], graph=leaf)
    middle.outputs = [middle.add("add", root, same)]
    x, y = main.input(F64, (n,), "x"), main.input(F64, (m,), "y")
    (first,) = append(main, "call", [x], [(F64, (n,))], graph=middle)
    (second,) = append(main, "call", [y], [(F64, (m,))], graph=middle)
    (third, _) = append(main, "call", [first], [(F64, (n,)), (F64, (n,))], graph=leaf)
    ports = [Port(INPUT, "x", x), Port(INPUT, "y", y), Port(OUTPUT, "u", third), Port(OUTPUT, "v", second)]
    u, v = np.array([4.0, -9.0]), np.array([1.0, 16.0, 25.0])
    twice = np.sqrt(np.abs(u)) + u
    return finish(p, ports, [Example({"x": u, "y": v}, {"u": np.sqrt(np.abs(twice)), "v": np.sqrt(v) + v})])


def deep() -> bytes:
    """As many graphs within each other as a file may have; the innermost raises with a long message."""
    p = Program()
    n = p.size("n", 4)
    graphs = [p.graph(f"g{depth}") for depth in range(DEPTH + 1)]
    for graph in graphs:
        graph.inputs = [Value(graph, F64, (n,)), Value(graph, I64, ())]
    for graph, inner in zip(graphs, graphs[1:], strict=False):
        graph.outputs = list(append(graph, "call", graph.inputs, [(F64, (n,))], graph=inner))
    x, rows = graphs[-1].inputs
    shaped = graphs[-1].add("reshape_to", x, rows, graphs[-1].constant(np.int64(-1)))
    graphs[-1].outputs = [graphs[-1].add("reshape", shaped, sizes=(-1,))]
    shaped.dims[0].capacity = shaped.dims[1].capacity = 4
    graphs[-1].nodes[-1].outputs[0].dims = (n,)
    ports = [Port(INPUT, "x", graphs[0].inputs[0]), Port(INPUT, "rows", graphs[0].inputs[1]), Port(OUTPUT, "y", graphs[0].outputs[0])]
    rows = [Example({"x": np.ones(4), "rows": np.int64(2)}, {"y": np.ones(4)})]
    rows.append(Example({"x": np.ones(4), "rows": np.int64(3)}, {}, raises="ValueError"))
    return finish(p, ports, rows)


def texts() -> bytes:
    """Text: inputs with a pool, optional ones, constants with None, lookup, and a row that raises with its message."""
    p = Program(location=(3, "labels.py"))
    n = p.size("n", 4)
    p.size("text_bytes", 64)
    g = p.graph()
    words = g.input(TEXT, (n,), "words")
    word = g.input(TEXT, (), "word", optional=True)
    default = g.constant(np.array("a", object))
    found = g.add("text_find", words, g.constant(np.array(["a", "häß", None, ""], object)))
    chosen = g.add("if_none", word, default)
    same = g.add("text_equal", words, chosen)
    known = g.add("not_equal", found, g.constant(np.int64(-1)))
    append(g, "check", [known], type="KeyError", message="no such word")
    missing = g.add("is_none", word)
    (copied,) = append(g, "copy", [word], [Value(g, TEXT, (), optional=True)])
    ports = [
        Port(INPUT, "words", words),
        Port(INPUT, "word", word, doc="The word to compare with."),
        *(Port(OUTPUT, name, v) for name, v in
          (("found", found), ("same", same), ("missing", missing), ("word", copied), ("chosen", chosen), ("words", words))),
    ]  # fmt: skip
    def row(given, word):
        index = [["a", "häß", None, ""].index(t) for t in given]
        given, used = np.array(given, object), "a" if word is None else word
        return Example(
            {"words": given, "word": None if word is None else np.array(word, object)},
            {"found": np.array(index), "same": np.array([t == used for t in given], bool), "missing": np.array(word is None),
             "word": None if word is None else np.array(word, object), "chosen": np.array(used, object), "words": given},
        )  # fmt: skip

    rows = [row(["a", None, "häß", "a", ""], None), row(["häß"], "häß"), row([], "")]
    rows.append(Example({"words": np.array(["zz"], object), "word": None}, {}, raises="KeyError"))
    return finish(p, ports, rows)


def state() -> bytes:
    """State with and without a first value, of fixed and of named sizes, and one that a run makes longer."""
    p = Program()
    n = p.size("n", 4)
    kept = p.size("kept", 12)
    g = p.graph("filter")
    x = g.input(F64, (n,), "x")
    last, count, rows = g.input(F64, (2,), "last"), g.input(I32, (), "count"), g.input(F64, (kept,), "rows")
    (both,) = append(g, "concat", [rows, x], [(F64, (kept,))], axis=0)
    ends = g.add("take", both, g.constant(np.array([0, -1]), index=True), axis=0)
    one = g.add("add", count, g.constant(np.int32(1)))
    total = g.add("add", ends, last)
    ports = [
        Port(INPUT, "x", x),
        Port(OUTPUT, "total", total),
        Port(OUTPUT, "count", one),
        Port(STATE, "last", last, source=ends, data=np.array([0.5, -0.5])),
        Port(STATE, "count", count, source=one),
        Port(STATE, "rows", rows, source=both),
    ]
    given = np.array([1.0, 2.0, 3.0])
    examples = [Example({"x": given}, {"total": np.array([1.5, 2.5]), "count": np.int32(1)})]
    examples.append(Example({"x": np.empty(0)}, {}, raises="IndexError"))
    return finish(p, ports, examples)


def forests() -> bytes:
    """Trees of both widths and the check in front of them, in INDICES; a row that raises on NaN."""
    p = Program()
    rows = p.size("rows", 3)
    g = p.graph()
    x = g.input(F64, (rows, 2), "X")
    checked = g.add("check_samples", x, allow_nan=0, narrow=1)
    narrow = np.array([(0.5, 1, 2), (0, 0, 0), (1, 0, 0)], [("t", "<f4"), ("step", "u4"), ("slot", "u4")])
    words = np.zeros((3, 2), np.uint32)
    words[:, 0], words[:, 1] = narrow["t"].view(np.uint32), narrow["step"] << 12 | narrow["slot"]
    wide = np.array([(2.0, 1, 4), (0, 0, 0), (1, 0, 0), (1, 0, 0)], [("t", "<f8"), ("step", "<u4"), ("slot", "<u4")])
    leaves, initial = g.constant(np.array([[0.25], [4.0]])), g.constant(np.zeros(1))
    a = g.add("forest", checked, g.constant(words, index=True), g.constant(np.array([0, 3], np.uint32), index=True), leaves, initial)
    b = g.add("forest", checked, g.constant(wide.view(np.uint32).reshape(-1, 4), index=True),
              g.constant(np.array([0, 3, 4], np.uint32), index=True), leaves, initial)  # fmt: skip
    ports = [Port(INPUT, "X", x), Port(OUTPUT, "narrow", a), Port(OUTPUT, "wide", b)]
    given = np.array([[0.5, 3.0], [0.75, 2.0]])
    first = np.where(given[:, :1] <= 0.5, 0.25, 4.0)
    second = np.where(given[:, 1:] <= 2.0, 0.25, 4.0) + 4.0
    examples = [Example({"X": given}, {"narrow": first, "wide": second})]
    examples.append(Example({"X": np.full((1, 2), np.nan)}, {}, raises="ValueError"))
    return finish(p, ports, examples)


def shapes() -> bytes:
    """Lists in attributes, sizes that values decide, absent arguments, many arguments."""
    p = Program(location=(1, "shapes.py"))
    n = p.size("n", 5)
    g = p.graph()
    x = g.input(I32, (n, 2), "x")
    stop = g.input(I64, (), "stop")
    turned = g.add("transpose", x, axes=(1, 0))
    flat = g.add("reshape", x, sizes=(-1,))
    part = g.add("slice", flat, None, stop, axis=0, step=2)
    joined = g.add("concat", flat, part, g.constant(np.array([7, 8], np.int32)), axis=0)
    count = g.add("arange", g.constant(np.int64(0)), stop, g.constant(np.int64(2)))
    grid = g.add("broadcast_to", g.add("expand_dims", g.add("size_of", x, axis=0), axes=(0,)), stop, g.constant(np.int64(1)))
    ports = [
        Port(INPUT, "x", x), Port(INPUT, "stop", stop),
        *(Port(OUTPUT, name, v) for name, v in
          (("turned", turned), ("joined", joined), ("count", count), ("grid", grid), ("size", g.add("size_of", x)))),
    ]  # fmt: skip
    a, s = np.arange(6, dtype=np.int32).reshape(3, 2), 3
    results = {
        "turned": a.T, "joined": np.concatenate([a.ravel(), a.ravel()[:s:2], np.array([7, 8], np.int32)]),
        "count": np.arange(0, s, 2), "grid": np.full((s, 1), 3), "size": np.int64(6),
    }  # fmt: skip
    return finish(p, ports, [Example({"x": a, "stop": np.int64(s)}, results)])


def types() -> bytes:
    """A tensor of each type (float16: no operator takes it yet), casts between them, weights in float32 and a network's layer, bools that steer."""
    p = Program()
    g = p.graph()
    inputs, ports = {}, []
    for name in "f32 i16 i8 u8 bool u16 u32 u64 f16".split():
        inputs[name] = g.input(CODES[name], (2,), name, optional=name == "f16")
    ports = [Port(INPUT, name, v) for name, v in inputs.items()]
    for name, v in inputs.items():
        if name != "f16":
            ports.append(Port(OUTPUT, f"{name}_i64", g.add("cast", v, to=I64)))
    layer = g.add("dense", g.add("expand_dims", inputs["f32"], axes=(0,)), g.constant(np.eye(2, dtype=np.float32)),
                  g.constant(np.array([1, 2], np.float32)), activation=1)  # fmt: skip
    ports.append(Port(OUTPUT, "layer", layer, tier=1, data=np.array([[1e-7, 1e-7], [1e-7, 1e-7]])))
    ports.append(Port(OUTPUT, "held", g.add("where", inputs["bool"], inputs["u8"], g.constant(np.array([9, 9], np.uint8)))))
    given = {name: np.array([1, 0], v.dtype) for name, v in inputs.items() if name != "f16"}
    results = {f"{name}_i64": np.array([1, 0]) for name in given}
    results |= {"layer": np.array([[2, 2]], np.float32), "held": np.array([1, 9], np.uint8)}
    return finish(p, ports, [Example(given | {"f16": None}, results)])


FILES = {f.__name__: f for f in (selection, calls, deep, texts, state, forests, shapes, types)}


def main() -> int:
    CORPUS.mkdir(exist_ok=True)
    for name, make in FILES.items():
        data = make()
        (CORPUS / f"{name}.kow").write_bytes(data)
        print(f"{name}.kow {len(data)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
