"""An estimator compiled on its own, without the exporter."""

import numpy as np
from kowari.convert import Columns, convert_estimator
from kowari.file import INPUT, OUTPUT, Port, write
from kowari.graph import Program
from kowari.operators import type_code
from kowari.runtime import Model
from kowari.subject import pass_on


def add_input(graph, rows, example):
    """The graph's input for data like the example: a matrix, or a frame's columns."""
    if isinstance(example, np.ndarray):
        value = graph.input(type_code(example.dtype), (rows, example.shape[1]), "X")
        return value, [Port(INPUT, "X", value)]
    names = [str(name) for name in example.columns]
    values = [graph.input(type_code(example[n].to_numpy().dtype), (rows,), n) for n in names]
    return Columns(tuple(names), values), [
        Port(INPUT, n, v) for n, v in zip(names, values, strict=True)
    ]


def compile_estimator(estimator, example) -> Model:
    """A model whose outputs are the methods; ``transform.0``, ... where it is a frame with text."""
    program = Program()
    graph = program.graph()
    program.size("text_bytes")
    x, ports = add_input(graph, program.size("rows"), example)
    for method, result in convert_estimator(estimator, x).items():
        values = result.values if isinstance(result, Columns) else [result]
        for index, value in enumerate(values):
            name = f"{method}.{index}" if isinstance(result, Columns) else method
            computed = pass_on(graph, value)
            graph.outputs.append(computed)
            ports.append(Port(OUTPUT, name, computed))
    return Model(write(program, ports, {}))


def run(model: Model, data) -> dict:
    """The model's outputs for a matrix or a frame."""
    if isinstance(data, np.ndarray):
        return model.run(X=data)
    return model.run(**{str(n): as_texts(data[n].to_numpy()) for n in data.columns})


def as_texts(column: np.ndarray) -> np.ndarray:
    """Missing texts are None in a model."""
    if column.dtype != object:
        return column
    return np.array([t if isinstance(t, str) else None for t in column], object)
