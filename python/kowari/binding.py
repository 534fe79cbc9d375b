"""An opened file and a session of it: NumPy values in, NumPy values out.

Through ctypes a call costs as much as a small network.  So what stays the same from run to run is kept: arguments that
are ctypes values already, an array over each input's memory, and one over each output's as long as the library's answer
has not changed by a byte.
"""

import ctypes
import math
import os
from dataclasses import dataclass

import numpy as np

from . import operators as ops
from ._library import MAX_RANK, STATUS, Error, Info, Options, Sizes, View, lib
from .errors import RunError

INPUT, OUTPUT, SIZE, STATE = range(4)
_COPY, _CAPACITY, _F64 = 1, 4, np.dtype("f8")
_MAX_GROWTHS = 64

# Without prototypes, for arguments that need no conversion: half the time of a call.
_run, _output = lib["kw_run"], lib["kw_output"]


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


class File:
    """An opened file.

    Parameters
    ----------
    source
        The bytes of a file, which are kept; or a path, which is mapped.
    flags
        Of ``kw_options``.
    """

    def __init__(self, source, flags: int = 0):
        self.handle, error = ctypes.c_void_p(), Error()
        if isinstance(source, bytes | bytearray | memoryview):
            self.data = bytes(source)
            start = ctypes.cast(self.data, ctypes.c_void_p)
            options = Options(flags=flags | (_COPY if start.value % 8 else 0))
            status = lib.kw_load(self.handle, start, len(self.data), None, options, error)
        else:
            status = lib.kw_open(self.handle, os.fsencode(source), Options(flags=flags), error)
        raise_error(status, error)

    def __del__(self):
        if lib is not None and getattr(self, "handle", None):
            lib.kw_model_free(self.handle)

    def describe(self, kind: int, index: int) -> Info:
        """What the library says of an input, output, size or state."""
        info = Info()
        raise_error(lib.kw_describe(self.handle, kind, index, info), Error())
        return info

    def infos(self, kind: int) -> list[Info]:
        """All of a kind."""
        return [self.describe(kind, i) for i in range(lib.kw_count(self.handle, kind))]

    def ports(self, kind: int) -> list[Port]:
        """All of a kind, with the names of their sizes."""
        names = [size.name.decode() for size in self.infos(SIZE)]
        return [_make_port(info, names) for info in self.infos(kind)]

    @property
    def meta(self) -> dict[str, str]:
        """The file's own notes."""
        keys = lib.kw_meta(self.handle, b"keys").decode().split("\n")[:-1]
        return {k: lib.kw_meta(self.handle, k.encode()).decode() for k in keys}


def _make_port(info: Info, names: list[str]) -> Port:
    sizes = (
        info.size[d] if info.symbol[d] < 0 else names[info.symbol[d]] for d in range(info.rank)
    )
    return Port(
        info.name.decode(),
        ops.DTYPES[info.type],
        tuple(sizes),
        bool(info.optional),
        info.unit.decode(),
        info.doc.decode(),
        info.low,
        info.high,
    )


class _Answer:
    """Where the library says what an output is, and an array over its elements."""

    def __init__(self, session: ctypes.c_void_p, index: int):
        self.bytes = bytearray(ctypes.sizeof(View))
        self.view = View.from_buffer(self.bytes)
        self.arguments = (session, ctypes.c_int32(index), ctypes.byref(self.view))
        self.seen, self.array = b"", None


class Session:
    """A session of an opened file.  One thread at a time."""

    def __init__(self, file: File):
        self.file, self.handle, error = file, ctypes.c_void_p(), Error()
        raise_error(lib.kw_session_new(self.handle, file.handle, None, error), error)
        self.inputs, outputs = file.ports(INPUT), lib.kw_count(file.handle, OUTPUT)
        self._rooms = [None] * len(self.inputs)
        self._answers = [_Answer(self.handle, i) for i in range(outputs)]

    def __del__(self):
        if lib is not None and getattr(self, "handle", None):
            lib.kw_session_free(self.handle)

    # ---- statuses ----
    def check(self, status: int) -> None:
        """Raises RunError for a status other than OK."""
        if status:
            raise_error(status, lib.kw_session_error(self.handle).contents)

    def _grow_for(self, status: int, call) -> None:
        """Where a size outgrew its capacity, grows that size and calls again."""
        for _ in range(_MAX_GROWTHS):
            if status == 0:
                return
            error = lib.kw_session_error(self.handle).contents
            size = lib.kw_find(self.file.handle, SIZE, error.name) if status == _CAPACITY else -1
            if size < 0:
                break
            capacity = (ctypes.c_int64 * lib.kw_count(self.file.handle, SIZE))()
            capacity[size] = error.needed
            self._rooms = [None] * len(self._rooms)
            self.check(lib.kw_grow(self.handle, capacity, len(capacity)))
            status = call()
        self.check(status)

    # ---- inputs ----
    def room(self, index: int, shape: tuple) -> np.ndarray:
        """The memory of an input that takes this shape from now on; until a size grows, or another shape is set."""
        room = self._rooms[index]
        if room is not None and room.shape == shape:
            return room
        sizes, start = Sizes(*shape), ctypes.c_void_p()

        def call():
            return lib.kw_input(self.handle, index, sizes, len(shape), start)

        self._grow_for(call(), call)
        room = _view_memory(start.value, self.inputs[index].dtype, shape)
        self._rooms[index] = room
        return room

    def set(self, index: int, value) -> None:
        """Sets an input: an array, number, text, or None where it is optional."""
        room = self._rooms[index]
        if room is not None:
            kind = type(value)
            if kind is np.ndarray:
                if value.dtype is room.dtype and value.shape == room.shape:
                    room[...] = value
                    return
            elif kind is float and room.shape == () and room.dtype is _F64:
                room[()] = value
                return
        self._set_anew(index, value)

    def _set_anew(self, index: int, value) -> None:
        port = self.inputs[index]
        if value is None:
            self._rooms[index] = None
            code = ops.type_code(port.dtype)
            self.check(lib.kw_set(self.handle, index, code, None, None, 0))
            return
        array = np.asarray(value)
        if array.dtype == object and port.dtype != object:
            raise TypeError(f"input '{port.name}' was given objects, must be {port.dtype}")
        if array.size == 0 and port.dtype != object and array.dtype == np.float64:
            array = array.astype(port.dtype)  # an empty list has no type of its own
        if array.ndim > MAX_RANK:
            raise TypeError(
                f"input '{port.name}' was given {array.ndim} dimensions, most are {MAX_RANK}"
            )
        if array.dtype == port.dtype and port.dtype.kind in "fiu":
            self.room(index, array.shape)[...] = array
        else:
            self._convert(index, port, array)

    def _convert(self, index: int, port: Port, array: np.ndarray) -> None:
        """Text, truth values, and numbers of another type, which the library converts without loss or refuses."""
        code = ops.type_code(array.dtype)
        if code == ops.TEXT:
            texts = [t if t is None else t.encode() for t in ops.as_texts(array).ravel().tolist()]
            if any(t and b"\0" in t for t in texts):
                raise ValueError(f"input '{port.name}' holds text with NUL characters")
            data = (ctypes.c_char_p * max(len(texts), 1))(*texts)
        else:
            array = np.ascontiguousarray(array).reshape(array.shape)
            data = array.ctypes.data
        sizes = Sizes(*array.shape)
        self._rooms[index] = None

        def call():
            return lib.kw_set(self.handle, index, code, data, sizes, array.ndim)

        self._grow_for(call(), call)

    # ---- running ----
    def run(self) -> None:
        """Runs, with more room where sizes outgrow their capacities."""
        status = _run(self.handle)
        if status:
            self._grow_for(status, lambda: _run(self.handle))

    def output(self, index: int):
        """A copy of an output; None where it is absent."""
        array = self.peek(index)
        return None if array is None else array.copy()

    def peek(self, index: int):
        """An output in the session's memory, until the next run; None where it is absent."""
        answer = self._answers[index]
        status = _output(*answer.arguments)
        if status:
            self.check(status)
        if answer.bytes == answer.seen:
            return answer.array
        view = answer.view
        if not view.present:
            return None
        shape = tuple(view.size[: view.rank])
        if view.type == ops.TEXT:
            return self._read_texts(index, shape)
        answer.array = _view_memory(view.data, ops.DTYPES[view.type], shape)
        answer.seen = bytes(answer.bytes)
        return answer.array

    def _read_texts(self, index: int, shape: tuple) -> np.ndarray:
        texts = np.empty(math.prod(shape), dtype=object)
        length = ctypes.c_size_t()
        for k in range(texts.size):
            at = lib.kw_output_text(self.handle, index, k, length)
            texts[k] = ctypes.string_at(at, length.value).decode() if at else None
        return texts.reshape(shape)

    # ---- state ----
    def reset(self) -> None:
        """State as new."""
        lib.kw_reset(self.handle)

    def state_save(self) -> bytes:
        """The state as bytes."""
        size = ctypes.c_size_t()
        self.check(lib.kw_state_save(self.handle, None, size))
        data = ctypes.create_string_buffer(size.value)
        self.check(lib.kw_state_save(self.handle, data, size))
        return data.raw[: size.value]

    def state_load(self, data: bytes) -> None:
        """Takes a saved state; RunError when it is of another model or damaged."""
        self.check(lib.kw_state_load(self.handle, data, len(data)))


def _view_memory(start: int | None, dtype: np.dtype, shape: tuple) -> np.ndarray:
    """An array over memory of the library."""
    memory = ctypes.c_char * (math.prod(shape) * dtype.itemsize)
    return np.ndarray(shape, dtype, memory.from_address(start) if start else memory())
