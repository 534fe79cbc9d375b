"""Makes the three .tflite files of this example, and records what LiteRT answers on the seed row.

Needs what the pilot needs, flatbuffers and ai-edge-litert; running the files needs none of them.
The models are fitted on simulated people: they show that the way works, nothing about a real person.

Usage: python make_models.py
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits
from write_tflite import File

HERE = Path(__file__).parent
PILOT = HERE.parent / "pilot"
sys.path.insert(0, str(PILOT))
import simulate  # noqa: E402 - a script's folder, not a package
import train  # noqa: E402
import wrist  # noqa: E402
from heat import LEVELS  # noqa: E402
from train import NOTICE  # noqa: E402

NETWORK = {
    "hidden_layer_sizes": (16, 8),
    "alpha": 0.1,
    "early_stopping": True,
    "random_state": 8,  # its answers do not depend on the order of additions, see record()
}
RELU = schema.ActivationFunctionType.RELU
NONE = schema.ActivationFunctionType.NONE


def collect(seed: int = 1) -> tuple[np.ndarray, pd.DataFrame]:
    """Return rows of the pilot's heat models, and of each the level, and the core now and ahead."""
    people, lives = simulate.simulate(people=60, seed=seed)
    rng, rows, truth = np.random.default_rng(seed), [], []
    for (number, _), day in lives.items():
        person, core = people.loc[number], day["core"].to_numpy()
        levels = train.label_day(person, day)["heat_category"]
        asked = train.ask_score(person, wrist.record(rng, person, day), day)
        for minute, models in zip(range(len(day) - train.AHEAD), asked, strict=False):
            row = models["heat_category"].row
            if minute % train.EVERY == 0 and row is not None:
                rows.append(row)
                truth.append([levels[minute], core[minute], core[minute + train.AHEAD]])
    return np.array(rows), pd.DataFrame(truth, columns=["level", "core", "core_ahead"])


def fit_classifier(rows: np.ndarray, labels: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return weights and bias of each layer, the last one's columns in the order of LEVELS."""
    network = MLPClassifier(**NETWORK).fit(rows, labels)
    order = [list(network.classes_).index(name) for name in LEVELS]
    network.coefs_[-1] = network.coefs_[-1][:, order]
    network.intercepts_[-1] = network.intercepts_[-1][order]
    return list(zip(network.coefs_, network.intercepts_, strict=True))


def fit_regressor(rows: np.ndarray, target: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return weights and bias of each layer; the last one brings the standardised target back."""
    mean, deviation = target.mean(), target.std()
    network = MLPRegressor(**NETWORK).fit(rows, (target - mean) / deviation)
    network.coefs_[-1] = network.coefs_[-1] * deviation
    network.intercepts_[-1] = network.intercepts_[-1] * deviation + mean
    return list(zip(network.coefs_, network.intercepts_, strict=True))


def write_network(
    scaler: StandardScaler, layers: list, output: str, description: str, softmax: bool
) -> bytes:
    """Return a file of 15 numbers, standardised, through dense layers to `output`.

    The standardisation is operators of its own, as Keras writes it. Folded into the first layer it
    would cost two digits: some features' means are 70 times their deviations.
    """
    file = File(f"{description} {NOTICE}")
    graph = file.add_graph()
    value = graph.input("float32", (1, len(scaler.mean_)), name="row")

    def apply(code: str, inputs: list, width: int, options: object, name: str | None = None) -> int:
        result = graph.tensor("float32", (1, width), name=name)
        graph.operator(code, inputs, [result], options)
        return result

    mean = graph.constant(scaler.mean_.astype(np.float32), name="mean")
    factor = graph.constant((1.0 / scaler.scale_).astype(np.float32), name="factor")
    value = apply("SUB", [value, mean], len(scaler.mean_), schema.SubOptionsT())
    value = apply("MUL", [value, factor], len(scaler.mean_), schema.MulOptionsT())
    for place, (weights, bias) in enumerate(layers):
        last = place == len(layers) - 1
        inputs = [
            value,
            graph.constant(weights.T.astype(np.float32), name=f"weights{place}"),
            graph.constant(bias.astype(np.float32), name=f"bias{place}"),
        ]
        options = schema.FullyConnectedOptionsT(fusedActivationFunction=NONE if last else RELU)
        name = output if last and not softmax else None
        value = apply("FULLY_CONNECTED", inputs, len(bias), options, name)
    if softmax:
        value = apply("SOFTMAX", [value], len(bias), schema.SoftmaxOptionsT(beta=1.0), output)
    graph.record.outputs.append(value)
    file.add_signature("serving_default", graph)
    return file.to_bytes()


def run_litert(model: bytes, row: np.ndarray, resolver: OpResolverType) -> np.ndarray:
    """Return LiteRT's output on one thread."""
    interpreter = Interpreter(
        model_content=model, experimental_op_resolver_type=resolver, num_threads=1
    )
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], row)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def shortest(table: np.ndarray) -> list[list[float]]:
    """Return a float32 table whose numbers JSON prints with as many digits as they need."""
    return [[float(str(number)) for number in line] for line in table]


def record(models: dict[str, bytes], row: np.ndarray) -> dict:
    """Return what LiteRT's reference kernels answer, and the three texts that an app collects.

    A text has a float32's shortest digits, so that a sum in another order can change it. An answer on
    which LiteRT's own two sets of kernels differ would make a poor example.
    """
    outputs, texts = {}, []
    for name, model in models.items():
        reference = run_litert(model, row, OpResolverType.BUILTIN_REF)
        fast = run_litert(model, row, OpResolverType.AUTO)
        if fast[0, 0] != reference[0, 0]:
            raise SystemExit(f"{name}: LiteRT's kernels differ, {fast[0, 0]!s} {reference[0, 0]!s}")
        outputs[name] = shortest(reference)
        texts.append(str(reference[0, 0]))
    return {"input": shortest(row), "outputs": outputs, "texts": texts}


def main() -> None:
    rows, table = collect()
    scaler = StandardScaler().fit(rows)
    rows = scaler.transform(rows)
    with threadpool_limits(1):
        layers = {
            "clf": fit_classifier(rows, table["level"].to_numpy()),
            "reg1": fit_regressor(rows, table["core"].to_numpy()),
            "reg2": fit_regressor(rows, table["core_ahead"].to_numpy()),
        }
    meanings = {
        "clf": f"Heat strain 15 minutes ahead as shares of {', '.join(LEVELS)}.",
        "reg1": "Core temperature now, deg C.",
        "reg2": "Core temperature 15 minutes ahead, deg C.",
    }
    outputs = {"clf": "shares", "reg1": "core", "reg2": "core_ahead"}
    models = {
        f"model_{name}.tflite": write_network(
            scaler, layers[name], outputs[name], meanings[name], softmax=name == "clf"
        )
        for name in layers
    }
    row = np.array(json.loads((PILOT / "data" / "seed_row.json").read_text())["row"], np.float32)
    recorded = record(models, row.reshape(1, -1))
    for name, model in models.items():
        (HERE / name).write_bytes(model)
    (HERE / "expected.json").write_text(json.dumps(recorded, indent=2) + "\n")
    print(*recorded["texts"], sep="\n")


if __name__ == "__main__":
    main()
