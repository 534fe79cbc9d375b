"""What the collected files are, and what LiteRT's reference kernels answer on batches of 2 and 3.

Reads tests/data/tflite, writes classes.csv and batches.xz there.  Run by hand; needs ai-edge-litert.
"""

import csv

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from archive import write_archive
from files import BATCHES, DATA, choose, make_batch, read_steps

WIDE = {"FLOAT32", "FLOAT16", "FLOAT64", "INT32", "INT64", "BOOL", "RESOURCE", "VARIANT"}
WEIGHTED = {  # operators that take int8 weights and give float
    "FULLY_CONNECTED",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "BATCH_MATMUL",
    "LSTM",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
}
DENSE = {"FULLY_CONNECTED", "SOFTMAX", "LOGISTIC", "RESHAPE"}
NAMES = {
    enum: {number: name for name, number in vars(enum).items() if not name.startswith("_")}
    for enum in (schema.TensorType, schema.BuiltinOperator)
}


def classify_operator(name: str, inputs: list[str], outputs: list[str]) -> str:
    """Return float, hybrid, int8-dense, or other, from an operator's types."""
    if {*inputs, *outputs} <= WIDE:
        return "float"
    if name in {"QUANTIZE", "DEQUANTIZE"}:
        return "int8-dense"
    if name in DENSE and set(inputs) <= {"INT8", "INT32"} and outputs == ["INT8"]:
        return "int8-dense"
    if name in WEIGHTED and inputs[0] == "FLOAT32" and set(outputs) == {"FLOAT32"}:
        return "hybrid"
    return "other"


def classify(model: bytes) -> tuple[str, str]:
    """Return a file's class, and what must happen: equal, or refused:NAME|NAME."""
    record = schema.ModelT.InitFromPackedBuf(model)
    found = {"float": set()}
    for graph in record.subgraphs or []:
        for operator in graph.operators if graph.operators is not None else []:
            code = record.operatorCodes[operator.opcodeIndex]
            number = max(code.builtinCode, code.deprecatedBuiltinCode)
            name = NAMES[schema.BuiltinOperator][number]
            inputs, outputs = (
                [NAMES[schema.TensorType][graph.tensors[i].type] for i in places if i >= 0]
                for places in (operator.inputs, operator.outputs)
            )
            found.setdefault(classify_operator(name, inputs, outputs), set()).add(name)
    if "other" in found:
        return "other", "refused:" + "|".join(sorted(found["other"]))
    return next(kind for kind in ("int8-dense", "hybrid", "float") if kind in found), "equal"


def run_batch(model: bytes, steps: list, batch: int) -> list[np.ndarray] | None:
    """Return LiteRT's outputs of the first step, or None where it refuses the sizes."""
    interpreter = Interpreter(
        model_content=model,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        num_threads=1,
    )
    inputs = make_batch(steps, batch)
    details = interpreter.get_input_details()
    try:
        for detail, value in zip(details, inputs, strict=True):
            interpreter.resize_tensor_input(detail["index"], value.shape)
        interpreter.allocate_tensors()
        for detail, value in zip(details, inputs, strict=True):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
    except (RuntimeError, ValueError):
        return None
    return [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]


def main() -> None:
    with open(DATA / "index.csv", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    lines, recorded = [], {}
    for name in names:
        model, steps = (DATA / f"{name}.tflite").read_bytes(), read_steps(name)
        kind, expected = classify(model)
        batches = []
        if steps and all(value.ndim for value in steps[0][0]):
            for batch in BATCHES:
                outputs = run_batch(model, steps, batch)
                if outputs is not None and expected == "equal":
                    batches.append(str(batch))
                    for place, output in enumerate(outputs):
                        recorded[f"{name}/{batch}/{place}/size"] = np.array(output.shape, np.int32)
                        recorded[f"{name}/{batch}/{place}"] = choose(output)
        lines.append([name, kind, expected, " ".join(batches)])
    with open(DATA / "classes.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "class", "expected", "batches"])
        writer.writerows(lines)
    write_archive(DATA / "batches.xz", recorded)
    print(f"{len(lines)} files, {len(recorded) // 2} outputs of batches")


if __name__ == "__main__":
    main()
