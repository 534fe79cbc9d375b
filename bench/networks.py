"""The .tflite networks that are measured: dense ones of three sizes, a small convolution, an LSTM, and one that does nothing.

Needs ai-edge-litert, whose package holds the schema.  Weights are random: time does not depend on them.
"""

import sys
from pathlib import Path

import numpy as np
from ai_edge_litert import schema_py_generated as schema

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples" / "tflite"))

from write_tflite import File, Graph  # noqa: E402

RELU = schema.ActivationFunctionType.RELU
TANH = schema.ActivationFunctionType.TANH
NONE = schema.ActivationFunctionType.NONE
STEPS, SIGNALS, UNITS = 32, 8, 48  # of the LSTM


class Network:
    """A file in the making, in which each operator takes the result of the one before."""

    def __init__(self, *shape: int):
        self.rng = np.random.default_rng(0)
        self.file = File()
        self.graph: Graph = self.file.add_graph()
        self.value = self.graph.input("float32", shape, name="x")

    def draw(self, *shape: int) -> int:
        """Return a constant whose products with numbers around 1 stay around 1."""
        scale = 1 / np.sqrt(np.prod(shape[1:]))
        return self.graph.constant(self.rng.normal(scale=scale, size=shape).astype(np.float32))

    def add(self, code: str, shape: tuple, options, *constants: int, version: int = 1) -> None:
        """Append an operator; a constant of -1 is one left out."""
        result = self.graph.tensor("float32", shape)
        inputs = [self.value, *constants]
        self.graph.operator(code, inputs, [result], options, version=version)
        self.value = result

    def dense(self, inputs: int, outputs: int, activation: int = RELU) -> None:
        options = schema.FullyConnectedOptionsT(fusedActivationFunction=activation)
        bias, weights = self.draw(outputs), self.draw(outputs, inputs)
        self.add("FULLY_CONNECTED", (1, outputs), options, weights, bias)

    def convolve(self, size: int, inputs: int, outputs: int) -> None:
        """Append a convolution of 3 x 3 and a pooling of 2 x 2, which halves the size."""
        step = {"strideW": 1, "strideH": 1, "fusedActivationFunction": RELU}
        kernel, bias = self.draw(outputs, 3, 3, inputs), self.draw(outputs)
        same = schema.Padding.SAME
        options = schema.Conv2DOptionsT(padding=same, dilationWFactor=1, dilationHFactor=1, **step)
        self.add("CONV_2D", (1, size, size, outputs), options, kernel, bias)
        step = {"strideW": 2, "strideH": 2, "filterWidth": 2, "filterHeight": 2}
        options = schema.Pool2DOptionsT(padding=same, **step)
        self.add("MAX_POOL_2D", (1, size // 2, size // 2, outputs), options)

    def lstm(self) -> None:
        """Append an LSTM over all steps: weights of input, forget, cell and output gate, no peepholes."""
        weights = [self.draw(UNITS, SIGNALS) for _ in range(4)]
        recurrent = [self.draw(UNITS, UNITS) for _ in range(4)]
        biases = [self.draw(UNITS) for _ in range(4)]
        state = [
            self.graph.tensor("float32", (1, UNITS), name=name, variable=True)
            for name in ("output state", "cell state")
        ]
        options = schema.UnidirectionalSequenceLSTMOptionsT(fusedActivationFunction=TANH)
        rest = [*weights, *recurrent, -1, -1, -1, *biases, -1, -1, *state, -1, -1, -1, -1]
        code = "UNIDIRECTIONAL_SEQUENCE_LSTM"
        self.add(code, (1, STEPS, UNITS), options, *rest)

    def to_bytes(self) -> bytes:
        self.graph.record.outputs.append(self.value)
        self.file.add_signature("serving_default", self.graph)
        return self.file.to_bytes()


def make_dense(*widths: int) -> bytes:
    """Return layers of these widths, relu between them."""
    network = Network(1, widths[0])
    for place, (inputs, outputs) in enumerate(zip(widths, widths[1:], strict=False)):
        network.dense(inputs, outputs, NONE if place == len(widths) - 2 else RELU)
    return network.to_bytes()


def make_convolution() -> bytes:
    """Return two convolutions with pooling over 28 x 28 numbers, a dense layer, softmax of 10."""
    network = Network(1, 28, 28, 1)
    network.convolve(28, 1, 8)
    network.convolve(14, 8, 16)
    network.add("RESHAPE", (1, 784), None, network.graph.constant(np.array([1, 784], np.int32)))
    network.dense(784, 10, NONE)
    network.add("SOFTMAX", (1, 10), schema.SoftmaxOptionsT(beta=1.0))
    return network.to_bytes()


def make_lstm() -> bytes:
    """Return an LSTM over STEPS samples of SIGNALS sensors, and a dense layer on each of its outputs."""
    network = Network(1, STEPS, SIGNALS)
    network.lstm()
    shape = network.graph.constant(np.array([STEPS, UNITS], np.int32))
    network.add("RESHAPE", (STEPS, UNITS), None, shape)
    options = schema.FullyConnectedOptionsT()
    network.add("FULLY_CONNECTED", (STEPS, 4), options, network.draw(4, UNITS), network.draw(4))
    return network.to_bytes()


def make_nothing() -> bytes:
    """Return one number, negated: what is left is the call."""
    network = Network(1)
    network.add("NEG", (1,), schema.NegOptionsT())
    return network.to_bytes()


def make_networks() -> dict[str, bytes]:
    """Return the files by name."""
    return {
        "dense 15-64-32-3": make_dense(15, 64, 32, 3),
        "dense 128-256-128-10": make_dense(128, 256, 128, 10),
        "dense 512-1024-512-10": make_dense(512, 1024, 512, 10),
        "convolution 28x28": make_convolution(),
        f"LSTM {STEPS}x{SIGNALS}, {UNITS} units": make_lstm(),
        "nothing": make_nothing(),
    }
