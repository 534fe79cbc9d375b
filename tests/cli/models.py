"""Small .kow files for the tests of the commands, built by hand out of single operators."""

import numpy as np
from kowari import operators as ops
from kowari.file import INPUT, OUTPUT, STATE, Example, Port, write
from kowari.graph import Program

CODES = ops.SHORT_NAMES


class Builder:
    """A program with ports: `take` adds an input, `give` an output, `save` writes the file."""

    def __init__(self):
        self.program = Program()
        self.graph = self.program.graph()
        self.ports, self.sizes = [], {}

    def size(self, name, capacity=1024, **fields):
        if name not in self.sizes:
            self.sizes[name] = self.program.size(name, capacity, **fields)
        return self.sizes[name]

    def take(self, name, kind, *dims, optional=False, **fields):
        sizes = tuple(self.size(d) if isinstance(d, str) else d for d in dims)
        value = self.graph.input(CODES[kind], sizes, name, optional=optional)
        self.ports.append(Port(INPUT, name, value, **fields))
        return value

    def give(self, name, value, **fields):
        copy = self.graph.add("copy", value)
        copy.optional = value.optional
        self.ports.append(Port(OUTPUT, name, copy, **fields))

    def keep(self, name, before, after, start):
        self.ports.append(Port(STATE, name, before, source=after, data=start))

    def save(self, path, meta=None, examples=()):
        ports = sorted(self.ports, key=lambda p: p.kind)
        self.graph.outputs = [p.value for p in ports if p.kind == OUTPUT]
        path.write_bytes(write(self.program, ports, meta or {}, examples))
        return path


def window(path, capacity=1024):
    """Mean, deviation and number of a window of two values or more, plus an offset."""
    b = Builder()
    b.size("beats", capacity)
    rr = b.take("rr", "f64", "beats", unit="ms", doc="time between beats", low=300.0, high=2000.0)
    offset = b.take("offset", "f64")
    g = b.graph
    count = g.add("size_of", rr)
    b.program.location = (12, "score.py")
    g.add(
        "check",
        g.add("greater_equal", count, g.constant(np.int64(2))),
        type="ValueError",
        message="too few beats",
    )
    mean = g.add("add", g.add("mean", rr), offset)
    b.give("mean", mean, tier=1, data=np.array([[1e-12, 1e-9]]), unit="ms")
    b.give("spread", g.add("std", rr))
    b.give("count", count)
    rows = [np.array([600.0, 700.0, 800.0]), np.array([500.5, 500.5])]
    examples = [
        Example(
            {"rr": row, "offset": 1.5},
            {"mean": row.mean() + 1.5, "spread": row.std(), "count": row.size},
        )
        for row in rows
    ]
    examples.append(Example({"rr": rows[0][:1], "offset": 0.0}, {}, raises="ValueError"))
    note = "Trained on simulation - not a medical device."
    return b.save(path, {"name": "window", "note": note}, examples)


def copies(path, kinds, *dims, optional=False, separate=False):
    """Every input `KIND` comes back as output `KIND_out`."""
    b = Builder()
    if "text" in kinds:
        b.program.size("text_bytes", 16)
    for kind in kinds:
        sizes = [f"{d}_{kind}" if separate and isinstance(d, str) else d for d in dims]
        b.give(f"{kind}_out", b.take(kind, kind, *sizes, optional=optional))
    return b.save(path)


def table(path, columns=3, kind="f64", name="X", names=None):
    """Sums and doubles of a table's rows."""
    b = Builder()
    x = b.take(name, kind, "rows", columns)
    b.give("sum", b.graph.add("sum", x, axes=[1]))
    b.give("double", b.graph.add("add", x, x))
    return b.save(path, {f"columns:{name}": "\n".join(names)} if names else {})


def frame(path):
    """Columns of a frame: a weighted sum, and the words back."""
    b = Builder()
    b.program.size("text_bytes", 64)
    hr, weight = b.take("df.hr", "f64", "rows"), b.take("df.weight", "f64", "rows")
    word = b.take("df.word", "text", "rows")
    b.give("total", b.graph.add("sum", b.graph.add("multiply", hr, weight)))
    b.give("words", word)
    return b.save(path)


def positives(path, capacity=4):
    """The positive elements and their indices: computed sizes, with little room."""
    b = Builder()
    b.size("n", capacity)
    x = b.take("x", "f64", "n")
    mask = b.graph.add("greater", x, b.graph.constant(0.0))
    b.give("index", b.graph.add("nonzero", mask))
    b.give("value", b.graph.add("compress", x, mask, axis=0))
    return b.save(path)


def total(path):
    """A running total over the runs of a session."""
    b = Builder()
    x = b.take("x", "f64", "n")
    before = b.graph.input(CODES["f64"], (), "before")
    after = b.graph.add("add", before, b.graph.add("sum", x))
    b.give("total", after)
    b.keep("before", before, b.ports[-1].value, np.array(0.0))
    return b.save(path)
