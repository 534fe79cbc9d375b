"""The graph: values, nodes and named sizes as the tracer and the converters build them, before they become a file.

Shapes come from the library itself (kw_dev_plan), so that the exporter cannot disagree with the engine.
"""

import ctypes
from dataclasses import dataclass, field

import numpy as np

from . import operators as ops
from ._library import MAX_RANK, DevShape, Error, Sizes, lib
from .errors import TraceError
from .operators import Operator, operators

UNKNOWN = -(2**63)
LEAST_CAPACITY = 1024
_MOST_WORK = 200_000


@dataclass(eq=False)
class Size:
    """A named size: a number that is known at run time, with the capacity that sessions reserve for it."""

    name: str
    capacity: int = LEAST_CAPACITY
    maximum: int = -1
    source: "Size | None" = None
    line: int = 0
    file: str = ""

    def __repr__(self):
        return self.name


@dataclass(eq=False)
class Value:
    """A tensor: an input, a constant (``constant`` is its array) or a result of a node.

    ``type`` is a type code of kowari.h, ``dims`` holds numbers and Sizes, ``index`` says that the constant steers memory
    accesses (it is then copied and verified by kw_open, not mapped).
    """

    graph: "Graph"
    type: int
    dims: tuple
    name: str = ""
    constant: np.ndarray | None = None
    index: bool = False
    optional: bool = False

    @property
    def dtype(self) -> np.dtype:
        return ops.DTYPES[self.type]

    @property
    def rank(self) -> int:
        return len(self.dims)


@dataclass(eq=False)
class Node:
    """One operator applied to values."""

    operator: Operator
    inputs: tuple
    outputs: tuple
    attributes: dict
    raises: bool
    line: int = 0
    file: str = ""


@dataclass(eq=False)
class Graph:
    """Nodes in the order in which they run.  ``program`` owns the sizes; graph 0 is an entry, others may be."""

    program: "Program"
    name: str = "main"
    entry: bool = False
    parent: "Graph | None" = None
    captures: dict = field(default_factory=dict)
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    nodes: list = field(default_factory=list)
    _seen: dict = field(default_factory=dict)
    _constants: dict = field(default_factory=dict)

    def input(self, type: int, dims=(), name: str = "", optional: bool = False) -> Value:
        """Adds an input."""
        value = Value(self, type, tuple(dims), name, optional=optional)
        self.inputs.append(value)
        return value

    def constant(self, array, dtype=None, index: bool = False) -> Value:
        """A constant; equal ones are one value.  Strings become text."""
        array = np.asarray(array, dtype=dtype)
        code = ops.type_code(array.dtype)
        if code == ops.TEXT:
            if array.dtype == object and any(e != e for e in array.ravel().tolist()):
                raise ShapeError("NaN among texts, which a file cannot tell from None")
            try:
                array = ops.as_texts(array)
            except TypeError as error:
                raise ShapeError(f"an object that is no number, text or array: {error}") from None
            key = (code, array.shape, tuple(array.ravel().tolist()))
        else:
            array = np.array(array, order="C")
            key = (code, array.shape, array.tobytes(), index)
        if key not in self._constants:
            self._constants[key] = Value(self, code, array.shape, constant=array, index=index)
        return self._constants[key]

    def add(self, name: str, *inputs, count: int | None = None, safe: bool = False, **attributes):
        """Adds a node and returns its output (a tuple where there are several, scratch left out).

        Equal nodes that cannot raise are one; ``safe`` says that this one cannot, whatever its operator may do (an argmax is a
        place in the classes).  Operators that run graphs take Graphs as attributes and give a tuple, also of one result:
        ``add("if_else", condition, *arguments, then=..., otherwise=...)``.  Raises ShapeError where the library refuses types
        or sizes.
        """
        inputs = tuple(v if v is None else self.local(v) for v in inputs)
        self.program.count_work()
        operator = operators()[name]
        values = operator.complete(attributes)
        graphs = [v for v in values.values() if isinstance(v, Graph)]
        told = {k: id(v) if isinstance(v, Graph) else v for k, v in values.items()}
        key = (name, tuple(id(v) for v in inputs), repr(told))
        if key in self._seen:
            return self._seen[key]
        if graphs:
            outputs, raises = plan_call(self, operator, values, inputs)
        else:
            outputs, raises = self._plan(
                operator, values, inputs, len(operator.outputs) if count is None else count
            )
        raises = raises and not safe
        node = Node(operator, inputs, outputs, values, raises, *self.program.location)
        self.nodes.append(node)
        shown = tuple(
            v
            for v, a in zip(outputs, self._output_arguments(operator, len(outputs)), strict=True)
            if a.name != "work"
        )
        result = shown[0] if len(shown) == 1 and not graphs else shown
        if not raises and not operator.flags & ops.STATE:
            self._seen[key] = result
        return result

    def local(self, value: Value) -> Value:
        """The value as this graph has it: one of a graph around it becomes a parameter, see ``captures``."""
        if value.graph is self:
            return value
        if value.constant is not None:
            return self.constant(value.constant, index=value.index)
        if self.parent is None:
            raise ValueError("a value of a branch that is over")
        if id(value) not in self.captures:
            self.parent.local(value)
            parameter = Value(self, value.type, value.dims, optional=value.optional)
            self.captures[id(value)] = value, parameter
        return self.captures[id(value)][1]

    def reaches(self, value: Value) -> bool:
        """Is it a value of this graph, or of one around it?"""
        graph = self
        while graph is not None and graph is not value.graph:
            graph = graph.parent
        return graph is not None

    def origin(self, value: Value) -> Value:
        """The value of the graphs around that a parameter stands for; any other one itself."""
        graph = self
        while graph is not None:
            found = next((o for o, p in graph.captures.values() if p is value), None)
            value, graph = (value, None) if found is None else (found, found.graph)
        return value

    def producer(self, value: Value) -> Node | None:
        """The node of this graph whose output it is."""
        return next((n for n in reversed(self.nodes) if any(v is value for v in n.outputs)), None)

    @staticmethod
    def _output_arguments(operator, count):
        return [operator.outputs[min(i, len(operator.outputs) - 1)] for i in range(count)]

    def _plan(self, operator, attributes, inputs, count):
        results, raises = plan(operator, attributes, inputs, count)
        bound, _ = (
            plan(operator, attributes, inputs, count, at_capacity=True)
            if any_sizes(inputs)
            else (results, 0)
        )
        outputs = []
        for (code, sizes, optional), (_, most, _) in zip(results, bound, strict=True):
            dims = tuple(
                s
                if not isinstance(s, int) or s != UNKNOWN
                else self.program.new_size(operator.name, inputs, m)
                for s, m in zip(
                    sizes, most, strict=False
                )  # `most` has all ranks where no bound is known
            )
            outputs.append(Value(self, code, dims, optional=optional))
        return tuple(outputs), raises


class ShapeError(ValueError):
    """Types or sizes that an operator does not take."""


def any_sizes(inputs) -> bool:
    return any(isinstance(d, Size) for v in inputs if v is not None for d in v.dims)


def _shape(value: Value | None, symbols: dict, at_capacity: bool) -> DevShape:
    shape = DevShape()
    if value is None:
        return shape
    shape.type, shape.rank, shape.optional = value.type, value.rank, value.optional
    for d, dim in enumerate(value.dims):
        if isinstance(dim, Size):
            shape.size[d] = dim.capacity if at_capacity else ~symbols.setdefault(dim, len(symbols))
        else:
            shape.size[d] = dim
    if value.constant is not None and value.type != ops.TEXT:
        shape.value = value.constant.ctypes.data
    return shape


def plan(operator: Operator, attributes: dict, inputs, count: int, at_capacity: bool = False):
    """Types and sizes of the outputs, and may they be None: a list of (type, sizes, optional); and may it raise.

    A size is a number, a Size or UNKNOWN.

    With ``at_capacity`` every named size counts as its capacity: an upper bound for computed sizes.
    """
    ints: list[int] = []

    def add_ints(values):
        ints.extend(values)
        return len(ints) - len(values), len(values)

    slots = operator.encode(attributes, add_ints, lambda text: (0, 0))
    pool = (ctypes.c_int64 * max(len(ints), 1))(*ints)
    symbols: dict[Size, int] = {}
    ins = (DevShape * max(len(inputs), 1))(*[_shape(v, symbols, at_capacity) for v in inputs])
    outs = (DevShape * max(count, 1))()
    raises, error = ctypes.c_int32(), Error()
    status = lib.kw_dev_plan(operator.id, slots, pool, ins, len(inputs), outs, count, raises, error)
    if (
        status and at_capacity
    ):  # only a bound was asked for: the sizes may differ from the capacities
        return [(0, [UNKNOWN] * MAX_RANK, False)] * count, raises.value
    if status:
        raise ShapeError(error.message.decode())
    names = list(symbols)
    sizes = [
        [s if s >= 0 or s == UNKNOWN else names[~s] for s in out.size[: out.rank]]
        for out in outs[:count]
    ]
    results = zip(outs, sizes, strict=False)
    return [(out.type, s, bool(out.optional)) for out, s in results], bool(raises.value)


# ---- operators that run graphs ----
def check_arguments(operator: Operator, graph: Graph, arguments) -> None:
    """The arguments are what the graph's parameters say; ShapeError."""
    if len(arguments) != len(graph.inputs):
        raise ShapeError(
            f"{operator.name}: {len(arguments)} arguments, '{graph.name}' has {len(graph.inputs)} parameters"
        )
    for i, (given, parameter) in enumerate(zip(arguments, graph.inputs, strict=True)):
        if (given.type, given.rank) != (parameter.type, parameter.rank):
            raise ShapeError(
                f"{operator.name}: argument {i} is not of the type and rank of '{graph.name}'"
            )
        if given.optional and not parameter.optional:
            raise ShapeError(
                f"{operator.name}: argument {i} may be None, the parameter of '{graph.name}' not"
            )


def split_call(operator: Operator, attributes: dict, inputs) -> tuple[list, list[list[Value]]]:
    """The arguments of the graphs, and what the results can be: one list of values for each way to get them."""
    graphs = [v for v in attributes.values() if isinstance(v, Graph)]
    arguments = list(inputs[operator.name in ("if_else", "repeat") :])
    if operator.name in ("if_else", "call"):
        return arguments, [g.outputs for g in graphs]
    body = attributes["body"]
    if operator.name == "try_call":
        count = len(body.outputs)
        return arguments[count:], [arguments[:count], body.outputs]
    turned = body.outputs[operator.name == "repeat" :]
    if [(v.type, v.rank) for v in turned] != [(v.type, v.rank) for v in body.inputs]:
        raise ShapeError(f"{operator.name}: a turn of '{body.name}' changes types or ranks")
    return arguments, [body.inputs]


def plan_call(graph: Graph, operator: Operator, attributes: dict, inputs):
    """The results of a node that runs graphs, and may it raise: one of these may."""
    graphs = [v for v in attributes.values() if isinstance(v, Graph)]
    arguments, ways = split_call(operator, attributes, inputs)
    for callee in graphs:
        check_arguments(operator, callee, arguments)
    if len({len(values) for values in ways}) != 1:
        raise ShapeError(f"{operator.name}: {[len(values) for values in ways]} results")
    outputs = []
    for i, values in enumerate(zip(*ways, strict=True)):
        if len({(v.type, v.rank) for v in values}) != 1:
            raise ShapeError(f"{operator.name}: result {i} has another type or rank in each graph")
        dims = [
            graph.program.join_sizes(operator.name, sizes)
            for sizes in zip(*(v.dims for v in values), strict=True)
        ]
        optional = any(v.optional for v in values)
        outputs.append(Value(graph, values[0].type, tuple(dims), optional=optional))
    raises = any(node.raises for g in graphs for node in g.nodes)
    if operator.name == "try_call":
        outputs.insert(0, Value(graph, ops.SHORT_NAMES["i32"], ()))
        raises &= "*" not in attributes["catches"]
    return tuple(outputs), raises


@dataclass(eq=False)
class Program:
    """Graphs that make one file.

    ``location`` is the (line, file) that new nodes get; ``decisions`` are the places, with whole paths, of what is
    decided when the model runs; ``misses_texts`` says that NaN among texts became None.
    """

    graphs: list = field(default_factory=list)
    sizes: list = field(default_factory=list)
    location: tuple = (0, "")
    misses_texts: bool = False
    decisions: set = field(default_factory=set)
    work: int = 0

    def graph(self, name: str = "main", parent: Graph | None = None) -> Graph:
        """Adds a graph; the first one is the entry.  With a parent it may use what that has."""
        self.graphs.append(Graph(self, name, parent=parent))
        return self.graphs[-1]

    def size(self, name: str, capacity: int = LEAST_CAPACITY, **fields) -> Size:
        """Adds a named size."""
        taken = {s.name for s in self.sizes}
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{name}{number}", number + 1
        line, file = self.location
        self.sizes.append(Size(unique, capacity, line=line, file=file, **fields))
        return self.sizes[-1]

    def count_work(self) -> None:
        """Loops in loops are traced again and again: TraceError where that has no end in sight."""
        self.work += 1
        if self.work > _MOST_WORK:
            raise TraceError(
                f"compiling it takes more than {_MOST_WORK} operators, those of trials included",
                instead="variables of one type, and fewer branches in inner loops",
            )

    def join_sizes(self, operator: str, sizes) -> int | Size:
        """One size that can be each of these."""
        if all(size == sizes[0] for size in sizes):
            return sizes[0]
        named = [s for s in sizes if isinstance(s, Size)]
        source = max(named, key=lambda s: s.capacity, default=None)
        most = max(s.capacity if isinstance(s, Size) else s for s in sizes)
        name = f"{source.name}.{operator}" if source else operator
        return self.size(name, max(most, 1), source=source)

    def new_size(self, operator: str, inputs, bound: int) -> Size:
        """A computed size: named after the size it comes from, with a capacity that its inputs cannot outgrow."""
        sources = [d for v in inputs if v is not None for d in v.dims if isinstance(d, Size)]
        source = max(sources, key=lambda s: s.capacity, default=None)
        most = max((s.capacity for s in sources), default=LEAST_CAPACITY)
        capacity = bound if isinstance(bound, int) and bound >= 0 else most
        return self.size(
            f"{source.name + '.' if source else ''}{operator}", max(capacity, 1), source=source
        )


def used_nodes(graph: Graph, keep) -> list:
    """The nodes that the values in ``keep`` need, and those that can raise: their exception is part of the answer."""
    needed = {id(v) for v in keep}
    nodes = []
    for node in reversed(graph.nodes):
        if node.raises or any(id(v) in needed for v in node.outputs):
            needed.update(id(v) for v in node.inputs if v is not None)
            nodes.append(node)
    return nodes[::-1]


__all__ = ["Graph", "Node", "Program", "ShapeError", "Size", "Sizes", "Value", "plan", "used_nodes"]
