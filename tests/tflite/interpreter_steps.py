"""What a script may do with an interpreter, as data: played on LiteRT once, on this library by the test.

Each step is a name and what came of it: a value in JSON's terms, or the exception's type.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

DATA = Path(__file__).parents[1] / "data" / "tflite"
DENSE, SIGNATURES, QUANTIZED, LSTM = (
    str(DATA / f"{name}.tflite")
    for name in ("01ee5d9546c5", "307d09d71356", "505ee4fae7fa", "a524fe13c3ea")
)  # leading size open; two signatures; int8 throughout; keeps its state


def plain(value):
    """Return a value in JSON's terms."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, np.ndarray):
        return [str(value.dtype), list(value.shape), plain(value.ravel().tolist())]
    return value.__name__ if isinstance(value, type) else value


def details(interpreter) -> list:
    """Return everything that an interpreter says of itself."""
    return [
        interpreter.get_input_details(),
        interpreter.get_output_details(),
        interpreter.get_signature_list(),
    ]


def play(make: Callable) -> list[list]:
    """Return the steps and what came of them; ``make`` is the class."""
    played = []

    def step(name: str, call: Callable[[], object]) -> None:
        try:
            played.append([name, plain(call())])
        except (ValueError, RuntimeError, TypeError) as error:
            played.append([name, type(error).__name__])

    play_opening(make, step)
    play_values(make, step)
    play_sizes(make, step)
    play_signatures(make, step)
    play_lending(make, step)
    play_state(make, step)
    return played


def play_opening(make, step) -> None:
    step("nothing given", lambda: make())
    step("both given", lambda: make(DENSE, Path(DENSE).read_bytes()))
    step("no such file", lambda: make("/no/such/file.tflite"))
    step("no such format", lambda: make(model_content=b"something else" * 9))
    step("no thread", lambda: make(DENSE, num_threads=0))
    step("half a thread", lambda: make(DENSE, num_threads=0.5))
    step("no such argument", lambda: make(DENSE, threads=1))
    step("path object", lambda: details(make(Path(DENSE), num_threads=2)))
    step("bytes", lambda: details(make(model_content=Path(DENSE).read_bytes())))
    step("quantized", lambda: details(make(QUANTIZED)))


def play_values(make, step) -> None:
    x, interpreter = np.linspace(-1, 1, 8, dtype=np.float32)[None], make(DENSE)
    step("set without memory", lambda: interpreter.set_tensor(0, x))
    step("invoke without memory", lambda: interpreter.invoke())
    step("get input without memory", lambda: interpreter.get_tensor(0))
    step("get output without memory", lambda: interpreter.get_tensor(12))
    step("allocate", lambda: interpreter.allocate_tensors())
    step("float64", lambda: interpreter.set_tensor(0, x.astype("f8")))
    step("list", lambda: interpreter.set_tensor(0, x.tolist()))
    step("another size", lambda: interpreter.set_tensor(0, np.repeat(x, 2, 0)))
    step("another rank", lambda: interpreter.set_tensor(0, x[0]))
    step("no such tensor", lambda: interpreter.set_tensor(99, x))
    step("negative index", lambda: interpreter.set_tensor(-1, x))
    step("get no such tensor", lambda: interpreter.get_tensor(99))
    step("set", lambda: interpreter.set_tensor(0, x))
    step("set by NumPy's integer", lambda: interpreter.set_tensor(np.int64(0), x))
    step("set out of order", lambda: interpreter.set_tensor(0, np.asfortranarray(x[:, ::-1])))
    step("invoke", lambda: interpreter.invoke())
    step("get", lambda: interpreter.get_tensor(12))
    step("get again", lambda: interpreter.get_tensor(12))
    step("get input", lambda: interpreter.get_tensor(0))
    step("details after", lambda: details(interpreter))


def play_sizes(make, step) -> None:
    x, interpreter = np.linspace(-1, 1, 24, dtype=np.float32).reshape(3, 8), make(DENSE)
    step("resize", lambda: interpreter.resize_tensor_input(0, [3, 8]))
    step("details of the new size", lambda: interpreter.get_input_details())
    step("invoke before memory", lambda: interpreter.invoke())
    step("set before memory", lambda: interpreter.set_tensor(0, x))
    step("allocate three", lambda: interpreter.allocate_tensors())
    step("details of three", lambda: details(interpreter))
    step("set three", lambda: interpreter.set_tensor(0, x))
    step("set one", lambda: interpreter.set_tensor(0, x[:1]))
    step("invoke three", lambda: interpreter.invoke())
    step("get three", lambda: interpreter.get_tensor(12))
    step("resize strictly", lambda: interpreter.resize_tensor_input(0, (2, 8), strict=True))
    step("get the old one", lambda: interpreter.get_tensor(12))
    step("allocate two", lambda: interpreter.allocate_tensors())
    step("set two", lambda: interpreter.set_tensor(0, x[:2]))
    step("invoke two", lambda: interpreter.invoke())
    step("get two", lambda: interpreter.get_tensor(12))
    step("a fixed size", lambda: interpreter.resize_tensor_input(0, [3, 9], strict=True))
    step("below zero", lambda: interpreter.resize_tensor_input(0, [-3, 8]))
    step("no such input", lambda: interpreter.resize_tensor_input(99, [3, 8]))
    step("an array", lambda: interpreter.resize_tensor_input(0, np.array([1, 8])))
    step("allocate one", lambda: interpreter.allocate_tensors())
    step("details of one", lambda: details(interpreter))


def play_signatures(make, step) -> None:
    interpreter = make(SIGNATURES)
    x = np.linspace(0, 1, 8, dtype=np.float32).reshape(1, 2, 4)
    step("signatures", lambda: interpreter.get_signature_list())
    step("which signature", lambda: interpreter.get_signature_runner())
    step("no such signature", lambda: interpreter.get_signature_runner("sig3"))
    for key in ("sig1", "sig2"):
        runner = interpreter.get_signature_runner(key)
        step(f"{key} without input", lambda run=runner: run())
        step(f"{key} with another input", lambda run=runner: run(y=x))
        step(f"{key} with float64", lambda run=runner: run(x=x.astype("f8")))
        step(f"{key}", lambda run=runner: run(x=x))
        step(f"{key} twice as large", lambda run=runner: run(x=np.concatenate([x, x])))
        step(f"{key} inputs", lambda run=runner: run.get_input_details())
        step(f"{key} outputs", lambda run=runner: run.get_output_details())
    only = make(DENSE).get_signature_runner()
    step("the only signature", lambda: only(input_layer=np.ones((1, 8), np.float32)))


def play_lending(make, step) -> None:
    interpreter = make(DENSE)
    interpreter.allocate_tensors()
    source, result = interpreter.tensor(0), interpreter.tensor(12)
    source()[:] = np.arange(8)
    step("invoke what was written", lambda: interpreter.invoke())
    step("read in place", lambda: result().copy())
    held = source()[0, 2:]
    step("invoke while held", lambda: interpreter.invoke())
    step("allocate while held", lambda: interpreter.allocate_tensors())
    step("resize while held", lambda: interpreter.resize_tensor_input(0, [2, 8]))
    step("held", lambda array=held: array.copy())
    del held
    step("invoke when let go", lambda: interpreter.invoke())


def play_state(make, step) -> None:
    interpreter = make(LSTM)
    interpreter.allocate_tensors()
    (source,), (result,) = interpreter.get_input_details(), interpreter.get_output_details()
    x = np.linspace(-1, 1, np.prod(source["shape"]), dtype=np.float32).reshape(source["shape"])
    for name in ("first", "second", "after a reset"):
        if name == "after a reset":
            step("reset", lambda: interpreter.reset_all_variables())
        interpreter.set_tensor(source["index"], x)
        interpreter.invoke()
        step(name, lambda: interpreter.get_tensor(result["index"]))
