"""The writer: a program and its ports to the bytes of a .kow file.

Record layouts are the compiled library's own (kw_dev_field_at), digests too (kw_dev_seal); docs/format.md explains both.
"""

import ctypes
from collections import Counter
from dataclasses import dataclass
from functools import cache

import numpy as np

from . import operators as ops
from ._library import DevField, DevSection, lib
from .errors import TraceError
from .graph import Graph, Program, Size, Value, used_nodes

INPUT, OUTPUT, STATE = 0, 1, 3
MAGIC = b"KOWARI\r\n"
FORMAT = 1


@dataclass(eq=False)
class Port:
    """A named input, output or state of an entry graph.

    ``value`` is the entry's input or result; ``source`` a state's next value; ``data`` a state's first value, or an
    output's (columns, 2) bounds; ``tier`` 0 EXACT, 1 CLOSE, 2 CONDITIONED; ``low`` and ``high`` the range in training.
    ``scale`` and ``zero_point``, one each or one for each index along ``axis``, tell what quantised values mean.
    """

    kind: int
    name: str
    value: Value
    source: Value | None = None
    unit: str = ""
    doc: str = ""
    data: np.ndarray | None = None
    tier: int = 0
    low: float = np.nan
    high: float = np.nan
    scale: np.ndarray | None = None
    zero_point: np.ndarray | None = None
    axis: int = 0


@dataclass(eq=False)
class Example:
    """One row of examples: inputs and outputs by name (None where Python has None), or the type of what Python raises."""

    inputs: dict
    outputs: dict
    raises: str = ""


@cache
def layouts() -> dict[str, np.dtype]:
    """Record name to NumPy dtype, as the C structs lie in memory."""
    fields: dict[str, list] = {}
    index, f = 0, DevField()
    while lib.kw_dev_field_at(index, ctypes.byref(f)) == 0:
        fields.setdefault(f.record.decode(), []).append(
            (f.field.decode(), f"<{chr(f.kind)}{f.bytes}", f.offset)
        )
        index += 1
    return {
        record: np.dtype(
            {
                "names": [n for n, _, _ in rows],
                "formats": [t for _, t, _ in rows],
                "offsets": [o for _, _, o in rows],
            }
        )
        for record, rows in fields.items()
    }


@cache
def sections() -> dict[str, tuple[int, str, bool]]:
    """Section name to (kind, record, in the index)."""
    table, index, s = {}, 0, DevSection()
    while lib.kw_dev_section_at(index, ctypes.byref(s)) == 0:
        table[s.name.decode()] = (s.kind, s.record.decode(), bool(s.in_index))
        index += 1
    return table


def _align(data: bytearray, boundary: int) -> int:
    data.extend(bytes(-len(data) % boundary))
    return len(data)


class Writer:
    """Collects records and pools section by section; ``finish`` joins them."""

    def __init__(self):
        self.records = {name: [] for name, (_, record, _) in sections().items() if record != "none"}
        self.text, self.text_offsets = bytearray(b"\0"), {"": 0}
        self.pools = {name: bytearray() for name in ("INDICES", "VALUES", "EXAMPLE_VALUES")}
        self.ints_offsets: dict[tuple, int] = {}
        self.tensor_ids: dict[int, int] = {}
        self.size_ids: dict[int, int] = {}
        self.graph_ids: dict[int, int] = {}

    def add_text(self, text: str) -> int:
        """Offset of a string in TEXT."""
        if text not in self.text_offsets:
            if "\0" in text:
                raise TraceError("text with NUL characters cannot be stored")
            self.text_offsets[text] = len(self.text)
            self.text += text.encode() + b"\0"
        return self.text_offsets[text]

    def add_ints(self, values) -> tuple[int, int]:
        """(offset, count) of integers in INTS; equal runs are one."""
        key = tuple(values)
        if key not in self.ints_offsets:
            self.ints_offsets[key] = len(self.records["INTS"])
            self.records["INTS"] += [(int(v),) for v in key]
        return self.ints_offsets[key], len(key)

    def add_record(self, section: str, *fields) -> int:
        self.records[section].append(fields)
        return len(self.records[section]) - 1

    def add_data(self, section: str, data: bytes) -> int:
        pool = self.pools[section]
        offset = _align(pool, 64 if section == "VALUES" else 8)
        pool += data
        return self.add_record("DATA", sections()[section][0], 0, offset, len(data))

    def add_array(self, section: str, array: np.ndarray) -> int:
        """Data record of an array; text becomes offsets into TEXT."""
        if array.dtype == object:
            texts = ops.as_texts(array).ravel().tolist()
            offsets = [ops.NONE if t is None else self.add_text(t) for t in texts]
            return self.add_data(section, np.array(offsets, dtype="<u4").tobytes())
        return self.add_data(section, np.ascontiguousarray(array).tobytes())

    def add_dims(self, dims) -> int:
        return (
            self.add_ints([~self.size_ids[id(d)] if isinstance(d, Size) else d for d in dims])[0]
            if dims
            else 0
        )

    def add_tensor(self, value: Value) -> None:
        if id(value) in self.tensor_ids:
            return
        data = ops.NONE
        if value.constant is not None:
            data = self.add_array(
                "INDICES" if value.index or value.type == ops.TEXT else "VALUES", value.constant
            )
        flags = 1 if value.optional else 0
        self.tensor_ids[id(value)] = self.add_record(
            "TENSORS",
            self.add_text(value.name),
            value.type,
            value.rank,
            flags,
            self.add_dims(value.dims),
            data,
        )

    def add_operands(self, values) -> int:
        first = len(self.records["OPERANDS"])
        for v in values:
            self.add_record("OPERANDS", ops.NONE if v is None else self.tensor_ids[id(v)])
        return first

    def add_node(self, node) -> None:
        values = {
            k: self.graph_ids[id(v)] if isinstance(v, Graph) else v
            for k, v in node.attributes.items()
        }
        slots = node.operator.encode(
            values, self.add_ints, lambda t: (self.add_text(t), len(t.encode()))
        )
        first = len(self.records["SLOTS"])
        self.records["SLOTS"] += [(int(s),) for s in np.frombuffer(slots, "<u8")]
        self.add_record(
            "NODES",
            node.operator.id,
            node.operator.version,
            0,
            self.add_operands([*node.inputs, *node.outputs]),
            len(node.inputs),
            len(node.outputs),
            first,
            node.line,
            self.add_text(node.file),
        )

    def add_graph(self, graph: Graph, nodes: list) -> None:
        first_tensor, first_node = len(self.records["TENSORS"]), len(self.records["NODES"])
        for value in graph.inputs:
            self.add_tensor(value)
        for node in nodes:
            for value in (*node.inputs, *node.outputs):
                if value is not None:
                    self.add_tensor(value)
        for value in graph.outputs:
            self.add_tensor(value)
        for node in nodes:
            self.add_node(node)
        self.add_record(
            "GRAPHS",
            self.add_text(graph.name),
            first_tensor,
            len(self.records["TENSORS"]) - first_tensor,
            first_node,
            len(nodes),
            self.add_operands(graph.inputs),
            len(graph.inputs),
            self.add_operands(graph.outputs),
            len(graph.outputs),
            int(graph.entry),
        )

    def add_size(self, size: Size) -> None:
        source = ops.NONE if size.source is None else self.size_ids[id(size.source)]
        self.size_ids[id(size)] = self.add_record(
            "SIZES",
            self.add_text(size.name),
            size.line,
            self.add_text(size.file),
            source,
            size.capacity,
            size.maximum,
        )

    def add_port(self, port: Port) -> None:
        data = ops.NONE if port.data is None else self.add_array("VALUES", port.data)
        source = 0 if port.source is None else self.tensor_ids[id(port.source)]
        texts = (self.add_text(port.unit), self.add_text(port.doc))
        self.add_record(
            "PORTS",
            port.kind,
            self.add_text(port.name),
            self.tensor_ids[id(port.value)],
            source,
            *texts,
            data,
            port.tier,
            port.low,
            port.high,
        )
        if port.scale is not None:
            self.add_quantization(port)

    def add_quantization(self, port: Port) -> None:
        zero_points, count = self.add_ints(port.zero_point)
        scales = self.add_array("VALUES", np.asarray(port.scale, np.float32))
        tensor = self.tensor_ids[id(port.value)]
        self.add_record("QUANTIZATIONS", tensor, port.axis, count, zero_points, scales, 0)

    def add_example(self, row: int, example: Example, ports: list[Port]) -> None:
        given = {INPUT: example.inputs, OUTPUT: {} if example.raises else example.outputs}
        for index, port in enumerate(ports):
            if port.kind == STATE or port.name not in given[port.kind]:
                continue
            value = given[port.kind][port.name]
            if value is None:
                self.add_record("EXAMPLES", row, index, 0, 0, 0, 0, 0, 0)
                continue
            array = np.asarray(value, dtype=port.value.dtype)
            data = self.add_array("EXAMPLE_VALUES", array)
            dims = self.add_ints(array.shape)[0] if array.ndim else 0
            self.add_record("EXAMPLES", row, index, data, dims, array.ndim, 1, 0, 0)
        if example.raises:
            self.add_record("EXAMPLES", row, ops.NONE, 0, 0, 0, 0, 0, self.add_text(example.raises))

    def finish(self) -> bytes:
        """The file."""
        layout = layouts()
        bodies = []
        index_first = sorted(sections().items(), key=lambda section: not section[1][2])
        for name, (kind, record, in_index) in index_first:
            if record == "none":
                body, width = bytes(self.text if name == "TEXT" else self.pools[name]), 0
            else:
                body = np.array(self.records[name], dtype=layout[record]).tobytes()
                width = layout[record].itemsize
            if body:
                bodies.append((kind, width, in_index, body))
        out = bytearray(layout["header"].itemsize + len(bodies) * layout["section"].itemsize)
        table, index_bytes = [], 0
        for kind, width, in_index, body in bodies:
            offset = _align(out, 8 if in_index else 64)
            out += body
            table.append((kind, width, offset, len(body), 0))
            index_bytes = len(out) if in_index else index_bytes
        header = (
            int.from_bytes(MAGIC, "little"), FORMAT, layout["header"].itemsize, len(out), len(bodies),
            layout["section"].itemsize, 0, index_bytes, 0, 0,
        )  # fmt: skip
        start = (
            np.array(header, layout["header"]).tobytes()
            + np.array(table, layout["section"]).tobytes()
        )
        out[: len(start)] = start
        sealed = (ctypes.c_uint64 * (-(-len(out) // 8))).from_buffer_copy(
            out + bytes(-len(out) % 8)
        )
        if lib.kw_dev_seal(sealed, len(out)) != 0:
            raise AssertionError("the writer made a section table that the library refuses")
        return bytes(sealed)[: len(out)]


def reached_graphs(program: Program) -> dict[Graph, list]:
    """The entries and the graphs that they call, each with its nodes: callers first, else in the program's order."""
    nodes: dict[Graph, list] = {}
    waiting = [g for i, g in enumerate(program.graphs) if i == 0 or g.entry]
    while waiting:
        graph = waiting.pop()
        if graph not in nodes:
            nodes[graph] = used_nodes(graph, graph.outputs)
            waiting += called_graphs(nodes[graph])
    callers = Counter(g for used in nodes.values() for g in called_graphs(used))
    rest, ordered = [g for g in program.graphs if g in nodes], {}
    while rest:  # where graphs call each other there is no order, and the library refuses the file
        graph = next((g for g in rest if not callers[g]), rest[0])
        rest.remove(graph)
        ordered[graph] = nodes[graph]
        callers.subtract(called_graphs(ordered[graph]))
    return ordered


def called_graphs(nodes) -> list[Graph]:
    """The graphs that nodes name, as often as they do."""
    return [g for node in nodes for g in node.attributes.values() if isinstance(g, Graph)]


def write(program: Program, ports: list[Port], meta: dict[str, str], examples=()) -> bytes:
    """The bytes of a .kow file.

    Parameters
    ----------
    program
        Its first graph is an entry; an entry's inputs are its ports of kind INPUT, then STATE, in order.
    ports
        In order: inputs, outputs, states.
    meta
        What ``kw_meta`` answers.
    examples
        Rows for ``kw_check``.
    """
    w = Writer()
    for size in program.sizes:
        w.add_size(size)
    nodes = reached_graphs(program)
    w.graph_ids = {id(g): i for i, g in enumerate(nodes)}
    for graph, used in nodes.items():
        w.add_graph(graph, used)
    for key, value in meta.items():
        w.add_record("META", w.add_text(key), w.add_text(str(value)))
    for port in ports:
        w.add_port(port)
    for row, example in enumerate(examples):
        w.add_example(row, example, ports)
    return w.finish()
