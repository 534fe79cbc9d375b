"""Writes tests/hostile/corpus: small files that together hold every kind of record.

The tests that damage files start from them.  Each is a function below: a program, its ports, and
examples whose results NumPy gives.  Run it after a change of the format or of the operator table,
``python tests/hostile/make_corpus.py``; test_corpus.py sees to it that nobody forgets.
"""

import sys
from pathlib import Path

import numpy as np
from kowari import operators as ops
from kowari.file import INPUT, OUTPUT, STATE, Example, Port, write
from kowari.graph import Program, Value

sys.path.insert(0, str(Path(__file__).parents[1]))
from programs import add_branch, add_callee, add_loop, append, copy_of, like  # noqa: E402

CORPUS = Path(__file__).parent / "corpus"
CODES = dict(zip(ops.SHORT_NAMES, ops.DTYPES, strict=True))
F64, I64, I32, TEXT = CODES["f64"], CODES["i64"], CODES["i32"], ops.TEXT
DEPTH = 32  # KW__MAX_DEPTH


def finish(program: Program, ports: list[Port], examples: list[Example], **meta) -> bytes:
    """The file of a program whose entry's results are those of the ports."""
    results = [p.value if p.kind == OUTPUT else p.source for p in ports if p.kind != INPUT]
    program.graphs[0].outputs = list(dict.fromkeys(results))
    return write(program, ports, meta, examples)


def inputs(**values) -> list[Port]:
    return [Port(INPUT, name, value) for name, value in values.items()]


def outputs(**values) -> list[Port]:
    return [Port(OUTPUT, name, value) for name, value in values.items()]


def words(*given) -> np.ndarray:
    return np.array(given, object)


def selection() -> bytes:
    """Sizes that inputs share and that only the run tells, bounds, ranges, lines, and a raise."""
    p = Program(location=(7, "score.py"))
    n = p.size("n", 6, maximum=64)
    g = p.graph("score")
    x, y, count = g.input(F64, (n,), "x"), g.input(F64, (n,), "y"), g.input(I64, (), "rows")
    p.location = (8, "score.py")
    less = g.add("less", x, y)
    ratio = g.add("compress", g.add("divide", x, y), less, axis=0)
    ratio.dims[0].capacity = 3  # less than n may need
    square = g.add("reshape_to", x, count, g.constant(np.int64(-1)))
    ports = [
        Port(INPUT, "x", x, unit="ms", doc="What a beat took.", low=0.0, high=9.0),
        *inputs(y=y, rows=count),
        Port(OUTPUT, "chosen", g.add("sqrt", ratio), data=np.array([[1e-9, 1e-9]]), tier=1),
        Port(OUTPUT, "where", g.add("nonzero", less)),
        Port(OUTPUT, "square", square, tier=2),
    ]
    rows = []
    for a, b, c in (([1, 5, 3, 2], [2, 4, 6, 8], 2), ([], [], 1), (range(8), [5] * 8, 4)):
        a, b = np.array(a, float), np.array(b, float)
        results = {"chosen": np.sqrt(a / b)[a < b], "where": np.flatnonzero(a < b)}
        results["square"] = a.reshape(c, -1)
        rows.append(Example({"x": a, "y": b, "rows": np.int64(c)}, results))
    ones = {"x": np.ones(3), "y": np.ones(3), "rows": np.int64(2)}
    rows.append(Example(ones, {}, raises="ValueError"))
    return finish(p, ports, rows, **{"labels:chosen": "no\nyes", "python": "3.11"})


def calls() -> bytes:
    """Graphs that call graphs, one of them from two places and with two sizes."""
    p = Program()
    n, m, k = p.size("n", 4), p.size("m", 8), p.size("k", 8)
    main, middle, leaf = p.graph("main"), p.graph("middle"), p.graph("leaf")
    a, b = leaf.input(F64, (k,), "a"), middle.input(F64, (k,), "b")
    leaf.outputs = [leaf.add("sqrt", leaf.add("absolute", a)), a]
    middle.outputs = [
        middle.add("add", *append(middle, "call", [b], [(F64, (k,))] * 2, graph=leaf))
    ]
    x, y = main.input(F64, (n,), "x"), main.input(F64, (m,), "y")
    (first,) = append(main, "call", [x], [(F64, (n,))], graph=middle)
    (v,) = append(main, "call", [y], [(F64, (m,))], graph=middle)
    (u, _) = append(main, "call", [first], [(F64, (n,))] * 2, graph=leaf)
    given = {"x": np.array([4.0, -9.0]), "y": np.array([1.0, 16.0, 25.0])}
    once = {name: np.sqrt(np.abs(array)) + array for name, array in given.items()}
    rows = [Example(given, {"u": np.sqrt(np.abs(once["x"])), "v": once["y"]})]
    return finish(p, inputs(x=x, y=y) + outputs(u=u, v=v), rows)


def deep(depth: int = DEPTH) -> bytes:
    """As many graphs within each other as a file may have; the innermost raises."""
    p = Program()
    n = p.size("n", 4)
    graphs = [p.graph(f"g{i}") for i in range(depth + 1)]
    for graph in graphs:
        graph.inputs = [Value(graph, F64, (n,)), Value(graph, I64, ())]
    for graph, inner in zip(graphs, graphs[1:], strict=False):
        graph.outputs = list(append(graph, "call", graph.inputs, [(F64, (n,))], graph=inner))
    last = graphs[-1]
    shape = [(F64, (p.size("rows", 4), p.size("columns", 4)))]
    shaped = append(last, "reshape_to", [*last.inputs, last.constant(np.int64(-1))], shape)
    last.outputs = list(append(last, "reshape", shaped, [(F64, (n,))], sizes=(-1,)))
    x, count = graphs[0].inputs
    rows = [
        Example({"x": np.ones(4), "rows": np.int64(2)}, {"y": np.ones(4)}),
        Example({"x": np.ones(4), "rows": np.int64(3)}, {}, raises="ValueError"),
    ]
    return finish(p, inputs(x=x, rows=count) + outputs(y=graphs[0].outputs[0]), rows)


def texts() -> bytes:
    """Text: inputs, optional ones, constants with None, lookup, and a raise with its message."""
    p = Program(location=(3, "labels.py"))
    n = p.size("n", 4)
    p.size("text_bytes", 64)
    g = p.graph()
    given = g.input(TEXT, (n,), "words")
    word = g.input(TEXT, (), "word", optional=True)
    vocabulary = ["a", "häß", None, ""]
    found = g.add("text_find", given, g.constant(words(*vocabulary)))
    chosen = g.add("if_none", word, g.constant(np.array("a", object)))
    known = g.add("not_equal", found, g.constant(np.int64(-1)))
    append(g, "check", [known], type="KeyError", message="no such word")
    (copied,) = append(g, "copy", [word], [Value(g, TEXT, (), optional=True)])
    ports = [
        Port(INPUT, "words", given),
        Port(INPUT, "word", word, doc="The word to compare with."),
        *outputs(found=found, same=g.add("text_equal", given, chosen)),
        *outputs(
            missing=g.add("is_none", word), word=copied, chosen=chosen, words=g.add("copy", given)
        ),
    ]

    def row(list_of_words, word):
        used = "a" if word is None else word
        one = None if word is None else np.array(word, object)
        results = {
            "found": np.array([vocabulary.index(t) for t in list_of_words]),
            "same": np.array([t == used for t in list_of_words], bool),
            "missing": np.array(word is None),
            "chosen": np.array(used, object),
        }
        given = {"words": words(*list_of_words), "word": one}
        return Example(given, results | given)

    rows = [row(["a", None, "häß", "a", ""], None), row(["häß"], "häß"), row([], "")]
    rows.append(Example({"words": words("zz"), "word": None}, {}, raises="KeyError"))
    return finish(p, ports, rows)


def state() -> bytes:
    """State with and without a first value, of fixed sizes, and one that a run makes longer."""
    p = Program()
    n, kept = p.size("n", 4), p.size("kept", 12)
    g = p.graph("filter")
    x, last = g.input(F64, (n,), "x"), g.input(F64, (2,), "last")
    count, rows = g.input(I32, (), "count"), g.input(F64, (kept,), "rows")
    (both,) = append(g, "concat", [rows, x], [(F64, (kept,))], axis=0)
    ends = g.add("take", both, g.constant(np.array([0, -1]), index=True), axis=0)
    one = g.add("add", count, g.constant(np.int32(1)))
    ports = [
        *inputs(x=x),
        *outputs(total=g.add("add", ends, last), count=one),
        Port(STATE, "last", last, source=ends, data=np.array([0.5, -0.5])),
        Port(STATE, "count", count, source=one),
        Port(STATE, "rows", rows, source=both),
    ]
    results = {"total": np.array([1.5, 2.5]), "count": np.int32(1)}
    examples = [Example({"x": np.array([1.0, 2.0, 3.0])}, results)]
    examples.append(Example({"x": np.empty(0)}, {}, raises="IndexError"))
    return finish(p, ports, examples)


def forests() -> bytes:
    """Trees of both widths and the check in front of them, in INDICES; a raise on NaN."""
    p = Program()
    g = p.graph()
    x = g.input(F64, (p.size("rows", 3), 2), "X")
    checked = g.add("check_samples", x, allow_nan=0, narrow=1)
    low, high = (0, 0, 0), (1, 0, 0)  # leaves: threshold 0 and 1 are rows of the table of leaves
    fields = [("threshold", "<f8"), ("step", "<u4"), ("slot", "<u4")]
    wide = np.array([(2.0, 1, 4), low, high, high], fields)
    narrow = np.array([(0.5, 1, 2), low, high], fields)
    link = narrow["step"] << 12 | narrow["slot"]
    pairs = np.stack([narrow["threshold"].astype("<f4").view("<u4"), link], axis=1)
    leaves, initial = g.constant(np.array([[0.25], [4.0]])), g.constant(np.zeros(1))

    def add_forest(nodes, starts):
        starts = g.constant(np.array(starts, np.uint32), index=True)
        return g.add("forest", checked, g.constant(nodes, index=True), starts, leaves, initial)

    trees = {
        "narrow": add_forest(pairs, [0, 3]),
        "wide": add_forest(wide.view("<u4").reshape(-1, 4), [0, 3, 4]),
    }
    given = np.array([[0.5, 3.0], [0.75, 2.0]])
    results = {
        "narrow": np.where(given[:, :1] <= 0.5, 0.25, 4.0),
        "wide": np.where(given[:, 1:] <= 2.0, 0.25, 4.0) + 4.0,
    }
    rows = [Example({"X": given}, results)]
    rows.append(Example({"X": np.full((1, 2), np.nan)}, {}, raises="ValueError"))
    return finish(p, inputs(X=x) + outputs(**trees), rows)


def shapes() -> bytes:
    """Lists in attributes, sizes that values decide, absent arguments, many arguments."""
    p = Program(location=(1, "shapes.py"))
    g = p.graph()
    x, stop = g.input(I32, (p.size("n", 5), 2), "x"), g.input(I64, (), "stop")
    zero, one, two = (g.constant(np.int64(i)) for i in range(3))
    end = np.array([7, 8], np.int32)
    flat = g.add("reshape", x, sizes=(-1,))
    part = g.add("slice", flat, None, stop, axis=0, step=2)
    length = g.add("expand_dims", g.add("size_of", x, axis=0), axes=(0,))
    results = {
        "turned": g.add("transpose", x, axes=(1, 0)),
        "joined": g.add("concat", flat, part, g.constant(end), axis=0),
        "count": g.add("arange", zero, stop, two),
        "grid": g.add("broadcast_to", length, stop, one),
        "size": g.add("size_of", x),
    }
    a, s = np.arange(6, dtype=np.int32).reshape(3, 2), 3
    expected = {
        "turned": a.T,
        "joined": np.concatenate([a.ravel(), a.ravel()[:s:2], end]),
        "count": np.arange(0, s, 2),
        "grid": np.full((s, 1), 3),
        "size": np.int64(6),
    }
    rows = [Example({"x": a, "stop": np.int64(s)}, expected)]
    return finish(p, inputs(x=x, stop=stop) + outputs(**results), rows)


def types() -> bytes:
    """A tensor of each type (float16: no operator takes it yet), casts, weights in float32."""
    p = Program()
    g = p.graph()
    names = ["f32", "i16", "i8", "u8", "bool", "u16", "u32", "u64"]
    values = {name: g.input(CODES[name], (2,), name) for name in names}
    values["f16"] = g.input(CODES["f16"], (2,), "f16", optional=True)
    row = g.add("expand_dims", values["f32"], axes=(0,))
    weights = (g.constant(array.astype(np.float32)) for array in (np.eye(2), np.array([1, 2])))
    layer = g.add("dense", row, *weights, activation=1)
    nines = g.constant(np.array([9, 9], np.uint8))
    ports = [
        *inputs(**values),
        *outputs(**{f"{name}_i64": g.add("cast", values[name], to=I64) for name in names}),
        *outputs(held=g.add("where", values["bool"], values["u8"], nines)),
        Port(OUTPUT, "layer", layer, tier=1, data=np.full((2, 2), 1e-7)),
    ]
    given = {name: np.array([1, 0], values[name].dtype) for name in names}
    results = {f"{name}_i64": np.array([1, 0]) for name in names}
    results |= {"layer": np.array([[2, 2]], np.float32), "held": np.array([1, 9], np.uint8)}
    return finish(p, ports, [Example(given | {"f16": None}, results)])


def control() -> bytes:
    """A loop that fills a list and makes a value longer, branches, None; an entry with a loop and a state; quantization."""
    p = Program(location=(4, "control.py"))
    n, k, m = (p.size(name, 4, maximum=256) for name in ("n", "k", "m"))
    main, other = p.graph("main"), p.graph("other")
    turns, x = main.input(I32, (), "turns"), main.input(CODES["f32"], (n,), "x", optional=True)
    codes = main.input(CODES["i8"], (2,), "codes")
    ones = main.constant(np.ones(2, np.float32))

    def is_left(g, i, *_):
        return [g.add("greater", i, g.constant(np.int32(0)))]

    def longer(g, i, values, rows):
        (longer,) = append(g, "concat", [values, values], [(values.type, (n,))], axis=0)
        return [
            append(
                g,
                "slice",
                [longer, None, g.constant(np.int64(7))],
                [(values.type, (n,))],
                axis=0,
                step=1,
            )[0]
        ]

    def shorter(g, i, values, rows):
        return [copy_of(g, values)]

    def turn(g, i, values, rows):
        i = g.add("subtract", i, g.constant(np.int32(1)))
        even = g.add(
            "equal", g.add("remainder", i, g.constant(np.int32(2))), g.constant(np.int32(0))
        )
        total = g.add("expand_dims", g.add("sum", values), axes=(0,))
        rows = append(g, "list_set", [rows, i, total], like(g, [rows]))[0]
        return i, *add_branch(g, even, [i, values, rows], longer, shorter, [values]), rows

    (rows,) = append(
        main,
        "list_reserve",
        [main.constant(np.array([-1], np.int32)), turns],
        [(CODES["f32"], (k, m))],
        of=CODES["f32"],
    )
    (start,) = append(main, "if_none", [x, ones], [(CODES["f32"], (n,))])
    left, values, rows = add_loop(main, [turns, start, rows], is_left, turn)
    (last,) = append(main, "copy", [x], like(main, [x]))
    second = copy_of(main, codes)
    main_ports = [
        *inputs(turns=turns, x=x),
        Port(INPUT, "codes", codes, scale=[0.5, 0.25], zero_point=[0, -3]),
    ]
    main.outputs = [left, values, rows, last, second]

    other.entry = True
    count, total = other.input(I64, (), "count"), other.input(F64, (2,), "total")

    def add_one(g, i, total):
        return g.add("subtract", i, g.constant(np.int64(1))), g.add("add", total, g.constant(1.0))

    def is_some(g, i, total):
        return [g.add("greater", i, g.constant(np.int64(0)))]

    _, grown = add_loop(other, [count, total], is_some, add_one)
    root = other.add("sqrt", grown)
    other.outputs = [root, grown]
    ports = [
        *main_ports,
        *inputs(count=count),
        *outputs(left=left, values=values, rows=rows, x=last),
        Port(OUTPUT, "codes", second, scale=[0.5, 0.25], zero_point=[0, -3]),
        *outputs(root=root),
        Port(STATE, "total", total, source=grown, data=np.array([1.0, 4.0])),
    ]

    def row(turns, x):
        values, rows = (
            np.ones(2, "f4") if x is None else np.array(x, "f4"),
            np.zeros((turns, int(turns > 0)), "f4"),
        )
        for i in range(turns - 1, -1, -1):
            rows[i] = values.sum()
            values = np.tile(values, 2)[:7] if i % 2 == 0 else values
        given = {"turns": np.int32(turns), "x": None if x is None else np.array(x, "f4")}
        given["codes"] = np.array([1, -2], np.int8)
        results = {"left": np.int32(0), "values": values, "rows": rows, "x": given["x"]}
        return Example(given, results | {"codes": given["codes"]})

    return write(p, ports, {}, [row(3, [1, 2, 3]), row(0, [5]), row(5, None)])


def turns() -> bytes:
    """A loop whose turns store, append, and try what raises; what is longer than its start, and what is not there."""
    p = Program(location=(2, "turns.py"))
    g = p.graph()
    n, m = p.size("n", 4, maximum=64), p.size("m", 4, maximum=64)
    x, stop = g.input(F64, (n,), "x"), g.input(I64, (), "stop")

    def number(g, value):
        return g.constant(np.int64(value))

    def risky(g, i, x):
        x = g.add("set_item", x, i, g.constant(0.5), axis=0)
        x = g.add("set_slice", x, number(g, 0), i, g.constant(-1.0), axis=0, step=2)
        return [g.add("put", x, g.add("stack", i, number(g, 1), axis=0), g.constant(np.ones(2)))]

    def store(g, i, x):
        which, x = g.add(
            "try_call", x, i, x, body=add_callee(g, [i, x], risky), catches="KeyError|IndexError"
        )
        return [x, g.add("cast", which, to=I64)]

    def leave(g, i, x):
        return [x, number(g, -1)]

    def turn(g, i, stop, x, rows):
        odd = g.add("equal", g.add("remainder", i, number(g, 2)), number(g, 1))
        graphs = {m.__name__: add_callee(g, [i, x], m) for m in (store, leave)}
        x, which = g.add("if_else", odd, i, x, then=graphs["store"], otherwise=graphs["leave"])
        rows = g.add("list_append", rows, g.add("stack", i, which, axis=0))
        i = g.add("add", i, number(g, 1))
        return g.add("less", i, stop), i, stop, x, rows

    zero, none = number(g, 0), g.constant(np.zeros((0, 2), np.int64))
    body = add_callee(g, [zero, stop, x, Value(g, I64, (m, 2))], turn)
    again = g.add("less", zero, stop)
    _, _, values, rows = g.add("repeat", again, zero, stop, g.add("copy", x), none, body=body)
    some = g.add("optional", again, g.add("sum", values))
    results = {"values": values, "rows": rows, "some": some}

    def row(x, stop):
        values, rows = np.array(x, float), np.zeros((0, 2), np.int64)
        for i in range(stop):
            which = -1
            if i % 2:
                try:
                    kept, which = values.copy(), 0
                    kept[i] = 0.5
                    kept[0:i:2] = -1
                    kept[[i, 1]] = 1
                    values = kept
                except IndexError:
                    which = 2
            rows = np.vstack([rows, [i, which]])
        expected = {"values": values, "rows": rows, "some": values.sum() if stop > 0 else None}
        return Example({"x": np.array(x, float), "stop": np.int64(stop)}, expected)

    rows = [row([1, 2, 3, 4], 4), row([5], 3), row([], 0), row([1, 2, 3], 2)]
    return finish(p, inputs(x=x, stop=stop) + outputs(**results), rows)


FILES = {
    f.__name__: f
    for f in (selection, calls, deep, texts, state, forests, shapes, types, control, turns)
}


def main() -> int:
    CORPUS.mkdir(exist_ok=True)
    for name, make in FILES.items():
        data = make()
        (CORPUS / f"{name}.kow").write_bytes(data)
        print(f"{name}.kow {len(data)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
