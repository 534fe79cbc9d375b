"""An opened file and a session of it: NumPy values in, NumPy values out.

Through ctypes a call costs as much as a small network.  So there is one a run, and what stays the same is kept: arguments
that are ctypes values already, an array over each input's memory, and arrays over those of the outputs as long as the
library tells that they are where they were.  Nothing is described before somebody asks: opening a small network takes
less time than telling of its inputs.
"""

import ctypes
import math
import os
import sys
from functools import cache, cached_property, partial
from typing import NamedTuple

import numpy as np

from . import operators as ops
from ._library import MAX_RANK, STATUS, DevPort, Error, Info, Options, Sizes, View, lib
from .errors import RunError

INPUT, OUTPUT, SIZE, STATE = range(4)
_COPY, _AGAIN, _CAPACITY, _F64 = 1, 1, 4, np.dtype("f8")
NO_ROOM = None, None, None
_MAX_GROWTHS = 64

# Without a prototype, for arguments that need no conversion: half the time of a call.
_run = lib["kw_dev_run"]
_clear_inputs = lib["kw_dev_clear_inputs"]


@cache
def _views_type(count: int) -> type:
    """An array of views: ctypes forgets a type with its last instance, and making one takes longer than opening a file."""
    return View * count


class Port(NamedTuple):
    """An input, output or state.

    ``sizes`` holds numbers and names of sizes, ``shape`` the numbers of the file; ``low`` and ``high`` are the range in
    training; values are ``scales * (stored - zero_points)``, along ``axis`` if there are several.  ``number`` is the
    library's.  ``entry`` names the graph that it belongs to, which is ``first`` where sessions begin unless told otherwise,
    and ``is_signed`` where a .tflite file has a signature of that name; ``tensor`` and ``index`` are the tensor's in such a
    file, ``open`` the axes whose sizes the file leaves to the caller.
    """

    name: str
    dtype: np.dtype
    sizes: tuple
    shape: tuple
    optional: bool
    unit: str
    doc: str
    low: float
    high: float
    scales: tuple
    zero_points: tuple
    axis: int
    number: int
    entry: str
    first: bool
    is_signed: bool
    tensor: str
    index: int
    open: tuple


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
        self._sizes: list[str] | None = None  # their names, once asked for
        if isinstance(source, bytes | bytearray | memoryview):
            self.data = bytes(source)
            start = ctypes.cast(self.data, ctypes.c_void_p)
            options = Options(flags=flags | (_COPY if start.value % 8 else 0))
            status = lib.kw_load(self.handle, start, len(self.data), None, options, error)
        else:
            options = Options(flags=flags) if flags else None
            status = lib.kw_open(self.handle, os.fsencode(source), options, error)
        raise_error(status, error)

    def __del__(self):
        if lib is not None and getattr(self, "handle", None):
            lib.kw_model_free(self.handle)

    def describe(self, kind: int, index: int) -> Info:
        """What the library says of an input, output, size or state."""
        info = Info()
        status = lib.kw_describe(self.handle, kind, index, info)
        if status:
            raise_error(status, Error())
        return info

    def infos(self, kind: int) -> list[Info]:
        """All of a kind."""
        return [self.describe(kind, i) for i in range(lib.kw_count(self.handle, kind))]

    def ports(self, kind: int) -> list[Port]:
        """All of a kind, of all entries."""
        if self._sizes is None:
            self._sizes = [size.name.decode() for size in self.infos(SIZE)]
        ports, place = [], DevPort()
        for number, info in enumerate(self.infos(kind)):
            lib.kw_dev_port_at(self.handle, kind, number, place)
            ports.append(_make_port(number, info, place, self._sizes))
        return ports

    @property
    def meta(self) -> dict[str, str]:
        """The file's own notes."""
        keys = lib.kw_meta(self.handle, b"keys").decode().split("\n")[:-1]
        return {k: lib.kw_meta(self.handle, k.encode()).decode() for k in keys}


def _make_port(number: int, info: Info, place: DevPort, names: list[str]) -> Port:
    name, entry = info.name.decode(), place.entry.decode()
    shape, symbols, count = info.size[: info.rank], info.symbol[: info.rank], info.quantized
    return Port(
        name if place.first else name.removeprefix(f"{entry}/"),
        ops.DTYPES[info.type],
        tuple([n if s < 0 else names[s] for n, s in zip(shape, symbols, strict=True)]),
        tuple(shape),
        bool(info.optional),
        info.unit.decode(),
        info.doc.decode(),
        info.low,
        info.high,
        tuple(info.scale[:count]) if count else (),
        tuple(info.zero_point[:count]) if count else (),
        info.axis,
        number,
        entry,
        bool(place.first),
        bool(place.is_signed),
        place.tensor.decode(),
        place.index,
        tuple([d for d in range(info.rank) if place.open >> d & 1]) if place.open else (),
    )


class Session:
    """A session of an opened file, at the entry of that name, or at the first.  One thread at a time.

    Inputs and outputs count from 0 in each entry; ``options`` are further fields of ``kw_options``.
    """

    def __init__(self, file: File, entry: str | None = None, **options):
        self.file, self.handle, error = file, ctypes.c_void_p(), Error()
        if entry is not None:
            options["entry"] = entry.encode()
        options = Options(**options) if options else None
        status = lib.kw_session_new(self.handle, file.handle, options, error)
        raise_error(status, error)
        self.entry = entry
        # Short ways.  By input: its memory, type and shape; absent where it takes more than a copy of numbers.  By
        # output: an array over it; absent where it takes more.
        self.rooms: dict[int, tuple[np.ndarray, np.dtype, tuple]] = {}
        self.arrays: dict[int, np.ndarray] = {}
        self.has_run = False
        self._views = _views_type(lib.kw_count(file.handle, OUTPUT))()
        self.start = partial(_run, self.handle, ctypes.byref(self._views))

    def __del__(self):
        if lib is not None and getattr(self, "handle", None):
            lib.kw_session_free(self.handle)

    @cached_property
    def inputs(self) -> list[Port]:
        """The inputs of its entry."""
        return self.ports(INPUT)

    @cached_property
    def outputs(self) -> list[Port]:
        """The outputs of its entry."""
        return self.ports(OUTPUT)

    def ports(self, kind: int) -> list[Port]:
        """Those of its entry."""
        ports = self.file.ports(kind)
        return [p for p in ports if (p.first if self.entry is None else p.entry == self.entry)]

    # ---- statuses ----
    def check(self, status: int) -> None:
        """Raises RunError for a status other than OK."""
        if status:
            raise_error(status, lib.kw_session_error(self.handle).contents)

    def _grow_for(self, status: int, call) -> None:
        """Where a size outgrew its capacity, grows that size and calls again.

        From the second time on to twice the need: a size that grows by one each turn of a loop would take as many calls.
        """
        for growths in range(_MAX_GROWTHS):
            if status == 0:
                return
            error = lib.kw_session_error(self.handle).contents
            size = lib.kw_find(self.file.handle, SIZE, error.name) if status == _CAPACITY else -1
            if size < 0:
                break
            capacity = (ctypes.c_int64 * lib.kw_count(self.file.handle, SIZE))()
            maximum = self.file.describe(SIZE, size).size[1]
            wish = error.needed if growths == 0 else 2 * error.needed
            capacity[size] = wish if maximum < 0 else max(error.needed, min(wish, maximum))
            self.rooms.clear()
            self.forget_outputs()
            self.check(lib.kw_grow(self.handle, capacity, len(capacity)))
            status = call()
        self.check(status)

    # ---- inputs ----
    def clear_inputs(self) -> None:
        """Zeros in all inputs, in the shapes of the file; text stays as it is."""
        self.check(_clear_inputs(self.handle))

    def room(self, index: int, shape: tuple) -> np.ndarray:
        """The memory of an input that takes this shape from now on; until a size grows, or another shape is set."""
        if index in self.rooms and self.rooms[index][2] == shape:
            return self.rooms[index][0]
        number, sizes, start = self.inputs[index].number, Sizes(*shape), ctypes.c_void_p()

        def call():
            return lib.kw_input(self.handle, number, sizes, len(shape), start)

        status = call()
        if status:
            self._grow_for(status, call)
        room = _view_memory(start.value, self.inputs[index].dtype, shape)
        if room.dtype.kind in "fiu":  # what NumPy takes for true may be none of 0 and 1
            self.rooms[index] = room, room.dtype, shape
        return room

    def set(self, index: int, value) -> None:
        """Sets an input: an array, number, text, or None where it is optional."""
        if not self.refill(index, value):
            self._set_anew(index, value)

    def refill(self, index: int, value) -> bool:
        """Sets an input to an array of the type and shape that it has; False: it is another, and nothing happened."""
        room, dtype, shape = self.rooms.get(index, NO_ROOM)
        kind = type(value)
        if kind is np.ndarray and value.dtype is dtype and value.shape == shape:
            room[...] = value
            return True
        if kind is float and dtype is _F64 and shape == ():
            room[()] = value
            return True
        return False

    def _set_anew(self, index: int, value) -> None:
        port = self.inputs[index]
        if value is None:
            self.rooms.pop(index, None)
            code = ops.type_code(port.dtype)
            self.check(lib.kw_set(self.handle, port.number, code, None, None, 0))
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
        self.rooms.pop(index, None)

        def call():
            return lib.kw_set(self.handle, port.number, code, data, sizes, array.ndim)

        status = call()
        if status:
            self._grow_for(status, call)

    # ---- running ----
    def run(self) -> None:
        """Runs, with more room where sizes outgrow their capacities."""
        status = self.start()
        if status:
            self.settle(status)

    def settle(self, status: int) -> None:
        """After `start`: grows where a size outgrew its capacity, and learns where the outputs are."""

        def call():
            status = self.start()
            return 0 if status == _AGAIN else status

        if status != _AGAIN:
            self.forget_outputs()
            self._grow_for(status, call)
        self.arrays.clear()
        self.has_run = True

    def forget_outputs(self) -> None:
        """What the last run gave is no longer there; the next one tells anew."""
        ctypes.memset(self._views, 0, ctypes.sizeof(self._views))
        self.arrays.clear()
        self.has_run = False

    def peek(self, index: int) -> np.ndarray | None:
        """An output in the session's memory, until the next run; a copy of text; None where it is absent."""
        array = self.arrays.get(index)
        if array is not None:
            return array
        view, number = View(), self.outputs[index].number
        self.check(lib.kw_output(self.handle, number, view))
        if view.present and view.type == ops.TEXT:
            return self._read_texts(number, tuple(view.size[: view.rank]))
        if view.present:
            array = _view_memory(view.data, ops.DTYPES[view.type], tuple(view.size[: view.rank]))
            self.arrays[index] = array
        return array

    def output(self, index: int) -> np.ndarray | None:
        """A copy of it."""
        array = self.arrays.get(index)
        if array is None:
            array = self.peek(index)
        return None if array is None else array.copy()

    def lend(self, array: np.ndarray) -> np.ndarray:
        """Another array over the same memory, which keeps the session alive."""
        lent = _view_memory(array.ctypes.data, array.dtype, array.shape)
        lent.base.session = self
        return lent

    def _read_texts(self, number: int, shape: tuple) -> np.ndarray:
        length, texts = ctypes.c_size_t(), np.empty(math.prod(shape), dtype=object)
        for k in range(texts.size):
            at = lib.kw_output_text(self.handle, number, k, length)
            if not at:
                self.check(lib.kw_session_error(self.handle).contents.status)
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


_Memory = (
    ctypes.c_char * sys.maxsize
)  # one type for memory of any length: each would be dear to make


def _view_memory(start: int | None, dtype: np.dtype, shape: tuple) -> np.ndarray:
    """An array over memory of the library."""
    if not start:
        return np.empty(shape, dtype)
    return np.ndarray(shape, dtype, _Memory.from_address(start))
