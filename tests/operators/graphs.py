"""Graphs of one node: with named sizes, with fixed ones, with constants in the place of inputs."""

import ctypes

import numpy as np
from cases import Case
from domains import CONSTANTS, FIXED
from kowari import operators as ops
from kowari._library import Error, Options, lib
from kowari.binding import File, Session, raise_error
from kowari.file import INPUT, OUTPUT, Port, write
from kowari.graph import Graph, Program, Size, Value
from kowari.runtime import Model
from programs import add_callee, append, copy_of, like

STEPS = 1000
"""Turns of loops and calls, of which no case needs as many: a wrong library may not end by itself."""


class Displaced(File):
    """A file whose bytes lie 4 behind a multiple of 64: no float64 of it is aligned."""

    def __init__(self, data: bytes):
        self.handle, self.data, self._sizes = ctypes.c_void_p(), data, None
        error = Error()
        self._room = ctypes.create_string_buffer(len(data) + 128)
        start = ctypes.addressof(self._room)
        start += -start % 64 + 4
        ctypes.memmove(start, data, len(data))
        options = Options(flags=0)
        raise_error(lib.kw_load(self.handle, start, len(data), None, options, error), error)


class DisplacedModel(Model):
    """A model of a displaced file."""

    def __init__(self, data: bytes):
        super().__init__(data)
        self._file = Displaced(data)
        self._session = Session(self._file, max_steps=STEPS)


# ---- graphs that are called ----
def turned(graph: Graph, *values) -> list:
    """Gives its arguments in turned order."""
    return values[::-1]


def same(graph: Graph, *values) -> list:
    """Gives its arguments, computed, in their order."""
    return [copy_of(graph, v) for v in values]


def is_counting(graph: Graph, *values) -> list:
    """The last argument is the number of turns that are left."""
    return [graph.add("greater", values[-1], graph.constant(np.int64(0)))]


def count_down(graph: Graph, *values) -> list:
    """The others in turned order, and one turn less."""
    left = graph.add("subtract", values[-1], graph.constant(np.int64(1)))
    return [*same(graph, *values[-2::-1]), left]


def count_on(graph: Graph, *values) -> list:
    """The same as `count_down`, behind whether there is another turn."""
    values = count_down(graph, *values)
    return [*is_counting(graph, *values), *values]


def check_last(graph: Graph, *values) -> list:
    """Raises by what the last argument is; else gives them all."""
    for number, type in enumerate(("KeyError", "ValueError")):
        good = graph.add("not_equal", values[-1], graph.constant(np.int64(number)))
        graph.add("check", good, type=type, message="")
    return same(graph, *values)


CALLEES = {
    "call": {"graph": turned},
    "if_else": {"then": turned, "otherwise": same},
    "while_loop": {"condition": is_counting, "body": count_down},
    "repeat": {"body": count_on},
    "try_call": {"body": check_last},
}
"""What the battery lets operators call; references.py has the same in Python."""


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
        if operator.name in CALLEES:
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
        return result if isinstance(result, tuple) else (result,)

    def _add_call(self, values: list) -> tuple:
        """The arguments of a call are the variadic ones; values that change places are optional together."""
        given = like(self.graph, values[len(self.operator.inputs) - 1 :])
        is_loop = self.operator.name in ("while_loop", "repeat")
        changing = given[:-1] if is_loop else given if self.operator.name == "if_else" else []
        for value in changing:
            value.optional = any(v.optional for v in changing)
        callees = CALLEES[self.operator.name].items()
        if self.operator.name == "try_call":
            given = given[len(given) // 2 :]
        graphs = {name: add_callee(self.graph, given, make) for name, make in callees}
        if self.operator.name == "try_call":
            return self.graph.add("try_call", *values, **self.cases[0].attributes | graphs)
        results = given if is_loop else next(iter(graphs.values())).outputs
        return append(self.graph, self.operator.name, values, like(self.graph, results), **graphs)

    def _bound(self, outputs: tuple, answers: list) -> None:
        """Computed sizes get half of the capacity that answers need: the session has to grow."""
        for i, output in enumerate(outputs):
            for d, size in enumerate(output.dims):
                if isinstance(size, Size) and size not in self.sizes.values():
                    most = max((v[i].shape[d] for v in answers if v and v[i].ndim > d), default=0)
                    size.capacity = max(1, most // 2)

    def open(self) -> Model:
        return DisplacedModel(write(self.program, self.ports, {}))

    def run(self, model: Model, case: Case) -> list:
        """The outputs for a case."""
        given = {p.name for p in self.ports}
        flat = case.flat(self.operator)
        inputs = {name: None if name in case.none else x for name, _, x in flat if name in given}
        return list(model.run(**inputs).values())
