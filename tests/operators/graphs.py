"""Graphs of one node: with named sizes, with fixed ones, with constants in the place of inputs."""

import ctypes

from cases import Case
from domains import CONSTANTS, FIXED
from kowari import operators as ops
from kowari.file import INPUT, OUTPUT, Port, write
from kowari.graph import Node, Program, Size, Value
from kowari.runtime import Model


class Displaced(Model):
    """A model whose file lies 4 bytes behind a multiple of 64: no float64 is aligned."""

    @property
    def _words(self):
        return self._place

    @_words.setter
    def _words(self, words):
        room = ctypes.create_string_buffer(ctypes.sizeof(words) + 128)
        self._place = type(words).from_buffer(room, -ctypes.addressof(room) % 64 + 4)
        ctypes.memmove(self._place, words, ctypes.sizeof(words))


def name_sizes(operator: ops.Operator, name: str, argument: ops.Argument, rank: int) -> list[str]:
    """The signature's names; else one for each axis, shared where the plan wants one shape."""
    if argument.dims is not None:
        return list(argument.dims)
    return [f"{'' if operator.plan == 'same' else name}.{d}" for d in range(rank)]


class OneNode:
    """A file of one node, for cases that share attributes and ranks.

    Parameters
    ----------
    group
        Cases with their answers, which tell the capacities.
    named
        Sizes are named, and known at the run.
    constants
        Names of inputs that are constants, taken from the first case.
    copied
        Each input goes through a copy, whose memory the node may take over.
    """

    def __init__(self, operator, group: list, *, named=False, constants=frozenset(), copied=False):
        self.operator, self.named, self.cases = operator, named, [case for case, _ in group]
        self.index = frozenset(CONSTANTS.get(operator.name, ()))
        self.constants = constants | self.index
        self.program = Program()
        self.graph = self.program.graph()
        self.sizes: dict[str, Size] = {}
        self.ports: list[Port] = []
        values = [self._add_value(*given) for given in self.cases[0].flat(operator)]
        if any(p.value.type == ops.TEXT for p in self.ports):
            self.program.size("text_bytes", max(1, *(c.text_bytes for c in self.cases)))
        if copied:
            values = [v and self.graph.add("copy", v) for v in values]
        answers = [answer.values for _, answer in group]
        if operator.name == "call":
            outputs = self._add_call(values)
        else:
            outputs = self._add_node(values, max(map(len, answers)))
        self._bound(outputs, answers)
        self.graph.outputs = list(outputs)
        self.ports += [Port(OUTPUT, f"y{i}", v) for i, v in enumerate(outputs)]

    def _dim(self, size_name: str, name: str, axis: int) -> int | Size:
        arrays = (x for c in self.cases for n, _, x in c.flat(self.operator) if n == name)
        most = max(x.shape[axis] for x in arrays)
        if not self.named or size_name.isdigit() or size_name in FIXED.get(self.operator.name, ()):
            return most
        if size_name not in self.sizes:
            self.sizes[size_name] = self.program.size(size_name, 1)
        self.sizes[size_name].capacity = max(self.sizes[size_name].capacity, most)
        return self.sizes[size_name]

    def _add_value(self, name: str, argument: ops.Argument, array) -> Value | None:
        if array is None:
            return None
        if name in self.constants:
            return self.graph.constant(array, index=name in self.index)
        names = name_sizes(self.operator, name, argument, array.ndim)
        dims = [self._dim(size_name, name, axis) for axis, size_name in enumerate(names)]
        optional = any(name in case.none for case in self.cases)
        value = self.graph.input(ops.type_code(array.dtype), dims, name, optional=optional)
        self.ports.append(Port(INPUT, name, value))
        return value

    def _add_node(self, values: list, wanted: int) -> tuple:
        """As many outputs as the answers have, where the signature leaves it open."""
        count = (
            max(wanted, 1)
            if self.operator.outputs[-1:] and self.operator.outputs[-1].variadic
            else None
        )
        attributes = self.cases[0].attributes
        result = self.graph.add(self.operator.name, *values, count=count, **attributes)
        outputs = result if isinstance(result, tuple) else (result,)
        for output in outputs:
            output.optional = all(v is not None and v.optional for v in values)
        return outputs

    def _add_call(self, values: list) -> tuple:
        """The callee gives its arguments in turned order."""
        callee = self.program.graph("callee")
        callee.outputs = [callee.input(v.type, v.dims, optional=v.optional) for v in values][::-1]
        outputs = [Value(self.graph, v.type, v.dims, optional=v.optional) for v in callee.outputs]
        attributes = {"graph": callee}
        node = Node(self.operator, tuple(values), tuple(outputs), attributes, raises=True)
        self.graph.nodes.append(node)
        return tuple(outputs)

    def _bound(self, outputs: tuple, answers: list) -> None:
        """Computed sizes get half of the capacity that answers need: the session has to grow."""
        for i, output in enumerate(outputs):
            for d, size in enumerate(output.dims):
                if isinstance(size, Size) and size not in self.sizes.values():
                    most = max((v[i].shape[d] for v in answers if v and v[i].ndim > d), default=0)
                    size.capacity = max(1, most // 2)

    def open(self) -> Model:
        return Displaced(write(self.program, self.ports, {}))

    def run(self, model: Model, case: Case) -> list:
        """The outputs for a case."""
        given = {p.name for p in self.ports}
        flat = case.flat(self.operator)
        inputs = {name: None if name in case.none else x for name, _, x in flat if name in given}
        return list(model.run(**inputs).values())
