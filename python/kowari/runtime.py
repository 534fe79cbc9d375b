"""The binding: open a .kow file and run it.  A Model is one session; run it from one thread at a time."""

import ctypes
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import operators as ops
from ._library import MAX_RANK, STATUS, Error, Info, Options, Sizes, View, lib
from .errors import RunError

INPUT, OUTPUT, SIZE, STATE = range(4)
_CAPACITY = 4
_MAX_GROWTHS = 64


@dataclass(frozen=True)
class Port:
    """An input, output or state: ``sizes`` holds numbers and names of sizes; ``low``, ``high`` the range in training."""

    name: str
    dtype: np.dtype
    sizes: tuple
    optional: bool
    unit: str
    doc: str
    low: float
    high: float


def raise_error(status: int, error: Error) -> None:
    """Raises RunError for a status other than OK."""
    if status == 0:
        return
    raise RunError(
        STATUS.get(status, str(status)),
        error.message.decode(),
        type=error.type.decode(),
        name=error.name.decode(),
        needed=error.needed,
        line=error.line,
        file=error.file.decode(),
    )


class Model:
    """An opened file and one session of it.

    Parameters
    ----------
    data
        The bytes of the file; the model keeps them.
    """

    def __init__(self, data: bytes, report=None):
        self.data = bytes(data)
        self.report = report
        self._words = (ctypes.c_uint64 * (len(self.data) // 8 + 1)).from_buffer_copy(
            self.data + bytes(8 - len(self.data) % 8)
        )
        self._model, self._session, error = ctypes.c_void_p(), ctypes.c_void_p(), Error()
        raise_error(
            lib.kw_load(self._model, self._words, len(self.data), None, Options(flags=2), error),
            error,
        )
        raise_error(lib.kw_session_new(self._session, self._model, None, error), error)
        self.inputs = {p.name: p for p in self._describe_all(INPUT)}
        self.outputs = {p.name: p for p in self._describe_all(OUTPUT)}
        self.states = {p.name: p for p in self._describe_all(STATE)}

    def __del__(self):
        for handle, free in (("_session", "kw_session_free"), ("_model", "kw_model_free")):
            if getattr(self, handle, None) and lib is not None:
                getattr(lib, free)(getattr(self, handle))

    def __repr__(self):
        return f"<kowari.Model {', '.join(self.inputs)} -> {', '.join(self.outputs)}>"

    # ---- what it takes and gives ----
    def _describe(self, kind: int, index: int) -> Info:
        info = Info()
        raise_error(lib.kw_describe(self._model, kind, index, info), Error())
        return info

    def _describe_all(self, kind: int):
        sizes = [
            self._describe(SIZE, i).name.decode() for i in range(lib.kw_count(self._model, SIZE))
        ]
        for i in range(lib.kw_count(self._model, kind)):
            p = self._describe(kind, i)
            dims = tuple(
                sizes[p.symbol[d]] if p.symbol[d] >= 0 else p.size[d] for d in range(p.rank)
            )
            texts = (p.unit.decode(), p.doc.decode())
            yield Port(
                p.name.decode(), ops.DTYPES[p.type], dims, bool(p.optional), *texts, p.low, p.high
            )

    @property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """Named sizes: default capacity and maximum (-1: none)."""
        infos = (self._describe(SIZE, i) for i in range(lib.kw_count(self._model, SIZE)))
        return {i.name.decode(): (i.size[0], i.size[1]) for i in infos}

    @property
    def meta(self) -> dict[str, str]:
        """The file's own notes."""
        keys = lib.kw_meta(self._model, b"keys").decode().split("\n")[:-1]
        return {k: lib.kw_meta(self._model, k.encode()).decode() for k in keys}

    # ---- running ----
    def _check(self, status: int) -> None:
        if status:
            raise_error(status, lib.kw_session_error(self._session).contents)

    def _grow_for(self, call) -> None:
        """Runs a call of the session; where a size outgrew its capacity, grows that size and tries again."""
        for _ in range(_MAX_GROWTHS):
            status = call()
            if status == 0:
                return
            error = lib.kw_session_error(self._session).contents
            size = lib.kw_find(self._model, SIZE, error.name) if status == _CAPACITY else -1
            if size < 0:
                return self._check(status)
            capacity = (ctypes.c_int64 * lib.kw_count(self._model, SIZE))()
            capacity[size] = error.needed
            self._check(lib.kw_grow(self._session, capacity, len(capacity)))
        self._check(call())

    def _set(self, index: int, port: Port, value) -> None:
        if value is None:
            self._check(lib.kw_set(self._session, index, ops.type_code(port.dtype), None, None, 0))
            return
        array = np.asarray(value)
        if array.dtype == object and port.dtype != object:
            raise TypeError(f"input '{port.name}' was given objects, must be {port.dtype}")
        if array.size == 0 and port.dtype != object and array.dtype == np.float64:
            array = array.astype(port.dtype)  # an empty list has no type of its own
        sizes = Sizes(*array.shape)
        code = ops.type_code(array.dtype)
        if code == ops.TEXT:
            texts = [t if t is None else t.encode() for t in ops.as_texts(array).ravel().tolist()]
            if any(t and b"\0" in t for t in texts):
                raise ValueError(f"input '{port.name}' holds text with NUL characters")
            data = (ctypes.c_char_p * max(len(texts), 1))(*texts)
        else:
            array = np.ascontiguousarray(array).reshape(array.shape)
            data = array.ctypes.data
        self._grow_for(lambda: lib.kw_set(self._session, index, code, data, sizes, array.ndim))

    def run(self, /, **inputs) -> dict:
        """Scores one set of inputs.

        Parameters
        ----------
        **inputs
            By name; arrays, numbers, text, None where optional.  Inputs with a dot in their name: ``run(**{"df.hr": hr})``.

        Returns
        -------
        dict
            Output name to ndarray (rank 0 included), or None where Python returned None.

        Raises
        ------
        RunError
            With the library's message; ``type`` names Python's exception when the model raised one.
        TypeError
            For an input that is missing or not known.
        """
        unknown = set(inputs) - set(self.inputs)
        if unknown:
            raise TypeError(
                f"no input named {', '.join(sorted(unknown))}; there are {', '.join(self.inputs)}"
            )
        for index, (name, port) in enumerate(self.inputs.items()):
            if name not in inputs and not port.optional:
                raise TypeError(f"input '{name}' is missing")
            self._set(index, port, inputs.get(name))
        self._grow_for(lambda: lib.kw_run(self._session))
        return {name: self._output(i) for i, name in enumerate(self.outputs)}

    def _output(self, index: int):
        view = View()
        self._check(lib.kw_output(self._session, index, view))
        if not view.present:
            return None
        shape = tuple(view.size[: view.rank])
        count = math.prod(shape)
        if view.type == ops.TEXT:
            texts = np.empty(count, dtype=object)
            length = ctypes.c_size_t()
            for k in range(count):
                at = lib.kw_output_text(self._session, index, k, length)
                texts[k] = ctypes.string_at(at, length.value).decode() if at else None
            return texts.reshape(shape)
        dtype = ops.DTYPES[view.type]
        raw = ctypes.string_at(view.data, count * dtype.itemsize) if count else b""
        return np.frombuffer(raw, dtype).reshape(shape).copy()

    # ---- state ----
    def reset(self) -> None:
        """State as new."""
        lib.kw_reset(self._session)

    def state_save(self) -> bytes:
        """The state as bytes."""
        size = ctypes.c_size_t()
        self._check(lib.kw_state_save(self._session, None, size))
        data = ctypes.create_string_buffer(size.value)
        self._check(lib.kw_state_save(self._session, data, size))
        return data.raw[: size.value]

    def state_load(self, data: bytes) -> None:
        """Takes a saved state; RunError when it is of another model or damaged."""
        self._check(lib.kw_state_load(self._session, data, len(data)))

    # ---- the file ----
    def check(self) -> tuple[int, int]:
        """Replays the examples that the file carries: (passed, failed)."""
        passed, failed, error = ctypes.c_int64(), ctypes.c_int64(), Error()
        raise_error(lib.kw_check(self._model, None, passed, failed, error), error)
        return passed.value, failed.value

    def save(self, path) -> None:
        """Writes the file."""
        Path(path).write_bytes(self.data)


def load(path) -> Model:
    """Opens a file.

    Parameters
    ----------
    path
        Of a .kow file.

    Returns
    -------
    Model
    """
    return Model(Path(path).read_bytes())


__all__ = ["MAX_RANK", "Model", "Port", "load"]
