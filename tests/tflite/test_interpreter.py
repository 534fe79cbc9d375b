"""kowari.Interpreter against what LiteRT's said and did: details of every file, and the steps of a script."""

import json
import lzma
import math
from pathlib import Path

import kowari
import numpy as np
import pytest
from interpreter_steps import DATA, DENSE, SIGNATURES, details, plain, play

RECORD = json.loads(lzma.decompress((Path(__file__).parent / "interpreter.json.xz").read_bytes()))


def same(ours, theirs) -> bool:
    """Whether two values in JSON's terms are equal, computed numbers within a few units of float32."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return list(ours) == list(theirs) and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, float) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=1e-5, abs_tol=1e-6)
    return type(ours) is type(theirs) and ours == theirs


@pytest.fixture(scope="module")
def played():
    return play(kowari.Interpreter)


@pytest.mark.parametrize("number", range(len(RECORD["steps"])), ids=lambda n: RECORD["steps"][n][0])
def test_each_step_comes_to_the_same(played, number):
    assert [name for name, _ in played] == [name for name, _ in RECORD["steps"]]
    (name, ours), (_, theirs) = played[number], RECORD["steps"][number]
    assert same(ours, theirs), (name, ours, theirs)


def test_details_of_every_file_are_the_same():
    opened, refused = 0, []
    for name, theirs in RECORD["files"].items():
        try:
            interpreter = kowari.Interpreter(str(DATA / f"{name}.tflite"))
        except ValueError as error:
            refused.append(str(error))
            continue
        interpreter.allocate_tensors()
        assert same(plain(details(interpreter)), theirs), name
        opened += 1
    print(f"{opened} files opened, {len(refused)} refused")
    assert opened >= 107  # those that tests/data/tflite/classes.csv expects to be equal
    assert all("not in this build: " in reason for reason in refused)


# ---- where the two differ ----
def test_sizes_that_the_file_fixes_stay():
    interpreter = kowari.Interpreter(SIGNATURES)
    for shape, problem in {
        (1, 2, 5): "input 'x' was given size 5 along axis 2, must have 4",
        (1, 2): r"input 'x' has 3 dimensions, was given \(1, 2\)",
    }.items():
        with pytest.raises(RuntimeError, match=problem):
            interpreter.resize_tensor_input(0, shape)
    interpreter.resize_tensor_input(0, (5, 2, 4))


def test_messages_say_what_is_and_what_must_be():
    interpreter = kowari.Interpreter(DENSE)
    x = np.zeros((1, 8), np.float32)
    with pytest.raises(RuntimeError, match="allocate_tensors must be called first"):
        interpreter.invoke()
    interpreter.allocate_tensors()
    for index, value, problem in [
        (0, x.astype("f8"), "'input_layer' was given float64, must be float32"),
        (0, x[0], r"'input_layer' was given shape \(8,\), must have \(1, 8\)"),
        (3, x, r"tensor 3 is no input, inputs are \[0\], outputs \[12\]"),
    ]:
        with pytest.raises(ValueError, match=problem):
            interpreter.set_tensor(index, value)
    with pytest.raises(ValueError, match="tensor 3 of subgraph 0 is neither input nor output"):
        interpreter.get_tensor(3)
    with pytest.raises(ValueError, match="output 'output_0' was given by no run"):
        interpreter.get_tensor(12)
    with pytest.raises(ValueError, match="there are no delegates"):
        kowari.Interpreter(DENSE, experimental_delegates=[object()])


def test_inputs_are_zero_until_set():
    interpreter = kowari.Interpreter(DENSE)
    interpreter.allocate_tensors()
    interpreter.invoke()
    first = interpreter.get_tensor(12)
    interpreter.set_tensor(0, np.zeros((1, 8), np.float32))
    interpreter.invoke()
    np.testing.assert_array_equal(interpreter.get_tensor(12), first)


def test_lent_arrays_outlive_the_interpreter():
    interpreter = kowari.Interpreter(DENSE)
    interpreter.allocate_tensors()
    held = interpreter.tensor(0)()
    held[:] = 5
    del interpreter
    assert held.tolist() == [[5.0] * 8]


def test_kow_files_run_too(tmp_path):
    def score(x, k):
        return {"total": np.sum(x) * k}

    model = kowari.export(score, inputs={"x": "f64[n]", "k": "f64"})
    interpreter = kowari.Interpreter(model_content=model.data)
    inputs = {d["name"]: d["index"] for d in interpreter.get_input_details()}
    interpreter.resize_tensor_input(inputs["x"], [3])
    interpreter.allocate_tensors()
    interpreter.set_tensor(inputs["x"], np.array([1.0, 2.0, 3.5]))
    interpreter.set_tensor(inputs["k"], np.array(2.0))
    interpreter.invoke()
    (output,) = interpreter.get_output_details()
    assert output["name"] == "total" and output["dtype"] is np.float64
    assert interpreter.get_tensor(output["index"]) == 13.0
    assert interpreter.get_signature_list() == {}
