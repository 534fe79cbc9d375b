"""Writes .tflite files: graphs of operators, constants, signatures.

The schema is the one inside ai-edge-litert; what is added here is the bookkeeping of buffers, operator codes and indices.
"""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

ALIGNMENT = 16  # of weights, which is what the format asks for
MAX_OLD_CODE = 127  # operator codes were bytes once; readers of that time find this number instead
TYPES = {
    "float32": schema.TensorType.FLOAT32,
    "float16": schema.TensorType.FLOAT16,
    "float64": schema.TensorType.FLOAT64,
    "int64": schema.TensorType.INT64,
    "int32": schema.TensorType.INT32,
    "int16": schema.TensorType.INT16,
    "int8": schema.TensorType.INT8,
    "uint8": schema.TensorType.UINT8,
    "uint32": schema.TensorType.UINT32,
    "bool": schema.TensorType.BOOL,
    "resource": schema.TensorType.RESOURCE,
    "variant": schema.TensorType.VARIANT,
}


class AlignedBuffer(schema.BufferT):
    """A buffer whose bytes start at a multiple of ALIGNMENT."""

    def Pack(self, builder):
        if self.data is not None:
            builder.StartVector(1, len(self.data), ALIGNMENT)
            builder.head -= len(self.data)
            builder.Bytes[builder.head : builder.head + len(self.data)] = self.data
            vector = builder.EndVector()
        schema.BufferStart(builder)
        if self.data is not None:
            schema.BufferAddData(builder, vector)
        return schema.BufferEnd(builder)


class Graph:
    """One subgraph; tensors are known by their index."""

    def __init__(self, file: "File", name: str):
        self.file = file
        self.record = schema.SubGraphT(name=name, tensors=[], operators=[], inputs=[], outputs=[])

    def tensor(
        self,
        dtype: str,
        shape: tuple | None,
        *,
        name: str | None = None,
        data: np.ndarray | None = None,
        scale: list[float] | None = None,
        zero_point: list[int] | None = None,
        axis: int = 0,
        variable: bool = False,
    ) -> int:
        """Add a tensor; a size of -1 is one that callers choose, shape None one that is not known."""
        tensor = schema.TensorT(
            type=TYPES[dtype],
            shape=[abs(n) for n in shape or ()],
            name=name or f"t{len(self.record.tensors)}",
            isVariable=variable,
            hasRank=shape is not None,
        )
        if shape is not None and -1 in shape:
            tensor.shapeSignature = list(shape)
        if data is not None:
            tensor.buffer = self.file.add_buffer(data)
        if scale is not None:
            tensor.quantization = schema.QuantizationParametersT(
                scale=list(scale), zeroPoint=list(zero_point), quantizedDimension=axis
            )
        self.record.tensors.append(tensor)
        return len(self.record.tensors) - 1

    def input(self, dtype: str, shape: tuple, **keywords) -> int:
        """Add a tensor that the caller sets."""
        self.record.inputs.append(self.tensor(dtype, shape, **keywords))
        return self.record.inputs[-1]

    def constant(self, array, **keywords) -> int:
        """Add a tensor with a value."""
        array = np.asarray(array)
        return self.tensor(array.dtype.name, array.shape, data=array, **keywords)

    def operator(
        self,
        code: str,
        inputs: list[int],
        outputs: list[int],
        options=None,
        *,
        version: int = 1,
        custom: bytes | None = None,
        intermediates: list[int] | None = None,
    ) -> None:
        """Add an operator by its name in the schema, or a custom one with its bytes of options."""
        record = schema.OperatorT(
            opcodeIndex=self.file.find_code(code, version, custom is not None),
            inputs=list(inputs),
            outputs=list(outputs),
            intermediates=intermediates,
        )
        if options is not None:
            record.builtinOptionsType = getattr(
                schema.BuiltinOptions, type(options).__name__.removesuffix("T")
            )
            record.builtinOptions = options
        if custom is not None:
            record.customOptions = np.frombuffer(custom, np.uint8)
        self.record.operators.append(record)


class File:
    """A file in the making; the first graph is the one that runs by default."""

    def __init__(self, description: str = ""):
        self.record = schema.ModelT(
            version=3,
            description=description,
            operatorCodes=[],
            subgraphs=[],
            buffers=[schema.BufferT()],  # the first stands for no data
            signatureDefs=[],
        )

    def add_buffer(self, array: np.ndarray) -> int:
        """Return the index of a new buffer with the array's bytes."""
        self.record.buffers.append(AlignedBuffer(data=np.asarray(array).tobytes()))
        return len(self.record.buffers) - 1

    def find_code(self, name: str, version: int, custom: bool) -> int:
        """Return the index of an operator code, which is added when it is new."""
        number = getattr(schema.BuiltinOperator, "CUSTOM" if custom else name)
        code = schema.OperatorCodeT(
            deprecatedBuiltinCode=min(number, MAX_OLD_CODE),
            builtinCode=number,
            customCode=name if custom else None,
            version=version,
        )
        codes = self.record.operatorCodes
        same = [i for i, known in enumerate(codes) if vars(known) == vars(code)]
        if not same:
            codes.append(code)
        return same[0] if same else len(codes) - 1

    def add_graph(self, name: str = "main") -> Graph:
        """Add a subgraph."""
        graph = Graph(self, name)
        self.record.subgraphs.append(graph.record)
        return graph

    def add_signature(self, key: str, graph: Graph) -> None:
        """Name a graph's inputs and outputs, by the names of their tensors."""
        tensors = graph.record.tensors
        inputs, outputs = (
            [schema.TensorMapT(name=tensors[i].name, tensorIndex=i) for i in indices]
            for indices in (graph.record.inputs, graph.record.outputs)
        )
        place = [g is graph.record for g in self.record.subgraphs].index(True)
        self.record.signatureDefs.append(
            schema.SignatureDefT(
                signatureKey=key, subgraphIndex=place, inputs=inputs, outputs=outputs
            )
        )

    def to_bytes(self) -> bytes:
        """Return the file."""
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.record.Pack(builder), b"TFL3")
        return bytes(builder.Output())
