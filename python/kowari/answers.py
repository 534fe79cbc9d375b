"""What Python and the compiled model answer on a row: results by name, or an exception."""

import contextlib
import warnings
from dataclasses import dataclass

import numpy as np

from .errors import RunError
from .runtime import Model


@dataclass
class Outcome:
    """What Python or the device did with a row: outputs by name, or the name of an exception's type."""

    outputs: dict
    raises: str = ""
    message: str = ""


def one_thread():
    """scikit-learn on one thread: its sums then have one order, and small batches do not wait for threads."""
    try:
        import threadpoolctl
    except ImportError:
        return contextlib.nullcontext()
    return threadpoolctl.threadpool_limits(1)


def run_python(answer) -> Outcome:
    """Python's answer: results by name, or its exception."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return Outcome({name: as_array(value) for name, value in answer().items()})
    except Exception as error:  # noqa: BLE001 - any exception of the user's function is an answer
        return Outcome({}, type(error).__name__, str(error))


def run_device(model: Model, row: dict) -> Outcome:
    """The library's answer."""
    try:
        return Outcome(model.run(**{n: v for n, v in row.items() if n in model.inputs}))
    except RunError as error:
        return Outcome({}, error.type or error.status, error.message)


def as_array(value) -> np.ndarray | None:
    """A result as an array; text as objects; None stays."""
    if value is None:
        return None
    array = np.asarray(value)
    return array.astype(object) if array.dtype.kind in "UT" else array
