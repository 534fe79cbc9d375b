"""`kowari.Interpreter`: LiteRT's class of that name by method, argument, result and exception type.

A script that runs .tflite files changes one import.  Tensors are known by their index in the file, of which those that
go in and come out can be reached; what lies between them lives as long as the kernels need it.
"""

import itertools
import weakref
from dataclasses import dataclass

import numpy as np

from .binding import INPUT, OUTPUT, File, Port, Session
from .errors import RunError


@dataclass(frozen=True)
class _Tensor:
    """An input or output: where the session has it, and what the file says."""

    place: int
    port: Port
    shape: tuple
    scales: np.ndarray
    zero_points: np.ndarray
    axis: int

    def describe(self, shape: tuple) -> dict:
        """LiteRT's details."""
        per_tensor = len(self.scales) == 1
        scale, zero_point = (self.scales[0], self.zero_points[0]) if per_tensor else (0.0, 0)
        signature = [-1 if d in self.port.open else size for d, size in enumerate(shape)]
        return {
            "name": self.port.tensor,
            "index": self.port.index,
            "shape": np.array(shape, np.int32),
            "shape_signature": np.array(signature, np.int32),
            "dtype": self.port.dtype.type,
            "quantization": (float(scale), int(zero_point)),
            "quantization_parameters": {
                "scales": self.scales,
                "zero_points": self.zero_points,
                "quantized_dimension": self.axis,
                "block_size": 0,
            },
            "sparsity_parameters": {},
        }


class _Entry(Session):
    """A session of one signature, whose inputs have memory between `allocate` and the next `resize`."""

    def __init__(self, file: File, name: str | None):
        super().__init__(file, name)
        self.sources = _list_tensors(file, INPUT, self.inputs)
        self.results = _list_tensors(file, OUTPUT, self.outputs)
        self.shapes = [tensor.shape for tensor in self.sources]
        self.allocated: list[tuple | None] = [None] * len(self.sources)
        self.ready = False

    def resize(self, tensor: _Tensor, shape: tuple, strict: bool) -> None:
        """Another shape from the next `allocate` on."""
        name, sizes = tensor.port.name, tensor.port.sizes
        if len(shape) != len(sizes):
            raise RuntimeError(f"input '{name}' has {len(sizes)} dimensions, was given {shape}")
        for d, (size, wish, now) in enumerate(zip(sizes, shape, tensor.shape, strict=True)):
            fixed = isinstance(size, int) or (strict and d not in tensor.port.open)
            if wish < 0 or (fixed and wish != now):
                must = f"must have {now}" if fixed else "must not be negative"
                raise RuntimeError(f"input '{name}' was given size {wish} along axis {d}, {must}")
        self.shapes[tensor.place] = shape
        self.ready = False

    def allocate(self) -> None:
        """Memory for the inputs in their shapes; zeros where the shape is new."""
        for tensor, shape in zip(self.sources, self.shapes, strict=True):
            if tensor.port.dtype != object and shape != self.allocated[tensor.place]:
                self.room(tensor.place, shape).fill(0)
                self.allocated[tensor.place] = shape
                self.has_run = False
        self.ready = True

    def put(self, tensor: _Tensor, value) -> None:
        """A value of the input's type and shape."""
        port, shape = tensor.port, self.shapes[tensor.place]
        array = np.asarray(value)
        if array.dtype != port.dtype and port.dtype != object:
            raise ValueError(f"input '{port.name}' was given {array.dtype}, must be {port.dtype}")
        if array.shape != shape:
            raise ValueError(
                f"input '{port.name}' was given shape {array.shape}, must have {shape}; "
                "resize_tensor_input and allocate_tensors change it"
            )
        self.set(tensor.place, array)

    def shape_of(self, tensor: _Tensor) -> tuple:
        """Of an output: of the last run, or before it, as far as the inputs tell."""
        if self.has_run:
            array = self.peek(tensor.place)
            return tensor.shape if array is None else array.shape
        known = {
            name: size
            for port, shape in zip(self.inputs, self.shapes, strict=True)
            for name, size in zip(port.sizes, shape, strict=True)
        }
        return tuple(
            known.get(name, size)
            for name, size in zip(tensor.port.sizes, tensor.shape, strict=True)
        )


def _list_tensors(file: File, kind: int, ports: list[Port]) -> list[_Tensor]:
    tensors = []
    for place, port in enumerate(ports):
        info = file.describe(kind, port.number)
        count = info.quantized
        tensors.append(
            _Tensor(
                place,
                port,
                tuple(info.size[: info.rank]),
                np.array(info.scale[:count] if count else [], np.float32),
                np.array(info.zero_point[:count] if count else [], np.int32),
                info.axis,
            )
        )
    return tensors


class SignatureRunner:
    """A signature of the file, called by the names of its inputs.  ``Interpreter.get_signature_runner`` makes it."""

    def __init__(self, entry: _Entry):
        self._entry = entry
        self._inputs = {tensor.port.name: tensor for tensor in entry.sources}
        self._outputs = {tensor.port.name: tensor for tensor in entry.results}

    def __call__(self, **inputs) -> dict:
        """Runs the signature.

        Parameters
        ----------
        **inputs
            Arrays of the inputs' types; sizes that are open may be others than the last time.

        Returns
        -------
        dict
            Output name to array.
        """
        if len(inputs) != len(self._inputs):
            raise ValueError(
                f"the signature takes {', '.join(sorted(self._inputs))}, was given {len(inputs)} inputs"
            )
        for name, value in inputs.items():
            if name not in self._inputs:
                raise ValueError(
                    f"the signature has no input '{name}', there are {', '.join(sorted(self._inputs))}"
                )
            self._entry.resize(self._inputs[name], np.shape(value), False)
        self._entry.allocate()
        for name, value in inputs.items():
            self._entry.put(self._inputs[name], value)
        try:
            self._entry.run()
        except RunError as error:
            raise RuntimeError(str(error)) from error
        return {name: self._entry.output(t.place) for name, t in sorted(self._outputs.items())}

    def get_input_details(self) -> dict:
        """Input name to details as ``Interpreter.get_input_details`` gives them."""
        shapes = self._entry.shapes
        return {n: t.describe(shapes[t.place]) for n, t in sorted(self._inputs.items())}

    def get_output_details(self) -> dict:
        """Output name to details."""
        shape = self._entry.shape_of
        return {n: t.describe(shape(t)) for n, t in sorted(self._outputs.items())}


class Interpreter:
    """Runs a .tflite file, or a .kow file, through the methods of LiteRT's interpreter.

    Parameters
    ----------
    model_path
        Of the file, which is mapped; or
    model_content
        its bytes.
    experimental_delegates
        Must be empty: there are none.
    num_threads
        Accepted as LiteRT does; a run keeps to the thread that calls it.
    **experimental
        LiteRT's further ``experimental_`` arguments choose among its kernels and delegates; there is nothing to choose.

    Raises
    ------
    ValueError
        The file cannot be read, or holds what this library has not: named with operator and subgraph.
    """

    def __init__(
        self,
        model_path=None,
        model_content=None,
        experimental_delegates=None,
        num_threads=None,
        **experimental,
    ):
        for name in experimental:
            if not name.startswith("experimental_"):
                raise TypeError(f"Interpreter has no argument '{name}'")
        if experimental_delegates:
            raise ValueError("there are no delegates: all operators run on the calling thread")
        if num_threads is not None and not isinstance(num_threads, int):
            raise ValueError(f"num_threads is {num_threads!r}, must be int")
        if num_threads is not None and num_threads < 1:
            raise ValueError(f"num_threads is {num_threads}, must be at least 1")
        if bool(model_path) == bool(model_content):
            given = "both were" if model_path else "neither was"
            raise ValueError(f"one of model_path and model_content must be given, {given}")
        try:
            self._file = File(model_path or bytes(model_content))
            self._entry = _Entry(self._file, None)
        except RunError as error:
            raise ValueError(str(error)) from error
        ports = (*self._entry.inputs, *self._entry.outputs)
        self._first_key = next((port.entry for port in ports if port.is_signed), None)
        self._entries: dict[str, _Entry] = {}
        self._inputs = {t.port.index: t for t in reversed(self._entry.sources)}
        self._outputs = {t.port.index: t for t in reversed(self._entry.results)}
        self._lent: list[weakref.ref] = []

    # ---- what it takes and gives ----
    def get_input_details(self) -> list[dict]:
        """Of each input: name, index, shape, shape_signature (-1: open), dtype, quantization and its parameters."""
        return [t.describe(self._entry.shapes[t.place]) for t in self._entry.sources]

    def get_output_details(self) -> list[dict]:
        """Of each output, the same."""
        return [t.describe(self._entry.shape_of(t)) for t in self._entry.results]

    def get_signature_list(self) -> dict:
        """Signature to the names of its inputs and outputs."""
        names: dict[str, dict] = {}
        for kind, field in ((INPUT, "inputs"), (OUTPUT, "outputs")):
            for port in self._file.ports(kind):
                if port.is_signed:
                    lists = names.setdefault(port.entry, {"inputs": [], "outputs": []})
                    lists[field].append(port.name)
        for lists in names.values():
            lists["inputs"].sort()
            lists["outputs"].sort()
        return dict(sorted(names.items()))

    def get_signature_runner(self, signature_key=None) -> SignatureRunner:
        """A signature as a function; without a key the file's only one."""
        keys = list(self.get_signature_list())
        if signature_key is None and len(keys) != 1:
            raise ValueError(f"the file has {len(keys)} signatures, signature_key must name one")
        key = keys[0] if signature_key is None else signature_key
        if key not in keys:
            raise ValueError(f"there is no signature {key!r}, there are {', '.join(keys)}")
        if key == self._first_key:
            return SignatureRunner(self._entry)
        if key not in self._entries:
            self._entries[key] = _Entry(self._file, key)
        return SignatureRunner(self._entries[key])

    # ---- sizes ----
    def resize_tensor_input(self, input_index, tensor_size, strict=False) -> None:
        """Another shape for an input, from the next ``allocate_tensors`` on.

        Parameters
        ----------
        input_index
            Of the tensor.
        tensor_size
            Its sizes.  The leading one may be any, and those that the file leaves open.
        strict
            Only those that the file leaves open.

        Raises
        ------
        RuntimeError
            For another tensor, another rank, or a size that is fixed.
        """
        self._ensure_safe()
        tensor = self._inputs.get(input_index)
        if tensor is None:
            raise RuntimeError(f"tensor {input_index} is no input, {self._list_known()}")
        self._entry.resize(tensor, tuple(int(n) for n in np.ravel(tensor_size)), strict)

    def allocate_tensors(self) -> None:
        """Takes memory for the inputs; to be called before they are set, and after a resize."""
        self._ensure_safe()
        try:
            self._entry.allocate()
        except RunError as error:
            raise RuntimeError(str(error)) from error

    # ---- values ----
    def _list_known(self) -> str:
        return f"inputs are {list(self._inputs)}, outputs {list(self._outputs)}"

    def _require_memory(self) -> None:
        if not self._entry.ready:
            raise ValueError("tensors have no memory: allocate_tensors must be called first")

    def set_tensor(self, tensor_index, value) -> None:
        """Copies a value into an input; ValueError for another type or shape than the tensor's."""
        tensor, entry = self._inputs.get(tensor_index), self._entry
        if tensor is None:
            raise ValueError(f"tensor {tensor_index} is no input, {self._list_known()}")
        if not entry.ready:
            self._require_memory()
        if not entry.refill(tensor.place, value):
            entry.put(tensor, value)

    def get_tensor(self, tensor_index, subgraph_index=0) -> np.ndarray:
        """A copy of an input, or of an output of the last run."""
        tensor, entry = self._outputs.get(tensor_index), self._entry
        if tensor is not None and entry.has_run and subgraph_index == 0:
            value = entry.output(tensor.place)
            if value is not None:
                return value
        return self._peek(tensor_index, subgraph_index).copy()

    def _peek(self, index, subgraph=0) -> np.ndarray:
        tensor = self._outputs.get(index) if subgraph == 0 else None
        if tensor is not None:
            self._require_memory()
            try:
                array = self._entry.peek(tensor.place)
            except RunError as error:
                raise ValueError(str(error)) from error
            if array is None:
                raise ValueError(f"output '{tensor.port.name}' is None in this run")
            return array
        tensor = self._inputs.get(index) if subgraph == 0 else None
        if tensor is None:
            raise ValueError(
                f"tensor {index} of subgraph {subgraph} is neither input nor output, {self._list_known()}"
            )
        self._require_memory()
        return self._entry.room(tensor.place, self._entry.shapes[tensor.place])

    def tensor(self, tensor_index):
        """A function that gives an array over the tensor's memory, to be let go before anything else is called."""

        def view() -> np.ndarray:
            array = self._peek(tensor_index)
            if array.dtype == object:
                raise ValueError("text is not shared: get_tensor copies it")
            array = self._entry.lend(array)
            self._lent = [lent for lent in self._lent if lent() is not None]
            self._lent.append(weakref.ref(array))
            return array

        return view

    def _ensure_safe(self) -> None:
        if self._lent and any(lent() is not None for lent in self._lent):
            raise RuntimeError(
                "an array that tensor() gave is still held: its memory may move; hold the function, not the array"
            )

    # ---- running ----
    def invoke(self) -> None:
        """Runs; RuntimeError where the library refuses, with its reason."""
        if self._lent:
            self._ensure_safe()
        entry = self._entry
        if not entry.ready:
            raise RuntimeError("tensors have no memory: allocate_tensors must be called first")
        try:
            entry.run()
        except RunError as error:
            raise RuntimeError(str(error)) from error

    def reset_all_variables(self) -> None:
        """What the file keeps from run to run, as new."""
        for entry in itertools.chain([self._entry], self._entries.values()):
            entry.reset()
