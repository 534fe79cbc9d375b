"""`kowari.Interpreter`: LiteRT's class of that name by method, argument, result and exception type.

A script that runs .tflite files changes one import.  Tensors are known by their index in the file, of which those that
go in and come out can be reached; what lies between them lives as long as the kernels need it.
"""

import itertools
import weakref

import numpy as np
from numpy import ndarray

from .binding import INPUT, NO_ROOM, OUTPUT, File, Port, Session
from .errors import RunError


def _describe(port: Port, shape: tuple) -> dict:
    """LiteRT's details of an input or output that has this shape now."""
    scale, zero_point = (0.0, 0)
    if len(port.scales) == 1:
        scale, zero_point = port.scales[0], port.zero_points[0]
    return {
        "name": port.tensor,
        "index": port.index,
        "shape": np.array(shape, np.int32),
        "shape_signature": np.array(
            [-1 if d in port.open else size for d, size in enumerate(shape)], np.int32
        ),
        "dtype": port.dtype.type,
        "quantization": (scale, zero_point),
        "quantization_parameters": {
            "scales": np.array(port.scales, np.float32),
            "zero_points": np.array(port.zero_points, np.int32),
            "quantized_dimension": port.axis,
            "block_size": 0,
        },
        "sparsity_parameters": {},
    }


class _Entry(Session):
    """A session of one signature, whose inputs have memory between `allocate` and the next `resize`."""

    def __init__(self, file: File, name: str | None):
        super().__init__(file, name)
        # Of inputs that were resized: the shape of now, and the one that has memory; of others, the file's.
        self.resized: dict[int, tuple] = {}
        self.allocated: dict[int, tuple] = {}
        self.has_begun = self.ready = False

    @property
    def shapes(self) -> list[tuple]:
        """The shapes of all inputs."""
        return [self.resized.get(place, port.shape) for place, port in enumerate(self.inputs)]

    def resize(self, place: int, shape: tuple, strict: bool) -> None:
        """Another shape of an input from the next `allocate` on."""
        port = self.inputs[place]
        if len(shape) != len(port.sizes):
            raise RuntimeError(
                f"input '{port.name}' has {len(port.sizes)} dimensions, was given {shape}"
            )
        for d, (size, wish, now) in enumerate(zip(port.sizes, shape, port.shape, strict=True)):
            fixed = isinstance(size, int) or (strict and d not in port.open)
            if wish < 0 or (fixed and wish != now):
                must = f"must have {now}" if fixed else "must not be negative"
                raise RuntimeError(
                    f"input '{port.name}' was given size {wish} along axis {d}, {must}"
                )
        self.resized[place] = shape
        self.ready = False
        self.rooms.clear()

    def allocate(self) -> None:
        """Memory for the inputs in their shapes; zeros where the shape is new."""
        if not self.has_begun:
            self.clear_inputs()
            self.has_begun = True
        for place, shape in self.resized.items():
            port = self.inputs[place]
            if port.dtype != object and shape != self.allocated.get(place, port.shape):
                self.room(place, shape).fill(0)
                self.allocated[place] = shape
                self.forget_outputs()
        self.ready = True

    def put(self, place: int, value) -> None:
        """A value of an input's type and shape."""
        port = self.inputs[place]
        shape, array = self.resized.get(place, port.shape), np.asarray(value)
        if array.dtype != port.dtype and port.dtype != object:
            raise ValueError(f"input '{port.name}' was given {array.dtype}, must be {port.dtype}")
        if array.shape != shape:
            raise ValueError(
                f"input '{port.name}' was given shape {array.shape}, must have {shape}; "
                "resize_tensor_input and allocate_tensors change it"
            )
        self.set(place, array)

    def describe_inputs(self) -> list[dict]:
        """LiteRT's details."""
        return [_describe(*pair) for pair in zip(self.inputs, self.shapes, strict=True)]

    def describe_outputs(self) -> list[dict]:
        """LiteRT's details, with the shapes of the last run; before it, as far as the inputs tell."""
        known = {
            name: size
            for port, shape in zip(self.inputs, self.shapes, strict=True)
            for name, size in zip(port.sizes, shape, strict=True)
        }
        details = []
        for place, port in enumerate(self.outputs):
            array = self.peek(place) if self.has_run else None
            pairs = zip(port.sizes, port.shape, strict=True)
            shape = [known.get(*pair) for pair in pairs] if array is None else array.shape
            details.append(_describe(port, shape))
        return details


class SignatureRunner:
    """A signature of the file, called by the names of its inputs.  ``Interpreter.get_signature_runner`` makes it."""

    def __init__(self, entry: _Entry):
        self._entry = entry
        self._inputs = {port.name: place for place, port in enumerate(entry.inputs)}
        self._outputs = {port.name: place for place, port in enumerate(entry.outputs)}

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
        return {name: self._entry.output(place) for name, place in sorted(self._outputs.items())}

    def get_input_details(self) -> dict:
        """Input name to details as ``Interpreter.get_input_details`` gives them."""
        details = self._entry.describe_inputs()
        return {name: details[place] for name, place in sorted(self._inputs.items())}

    def get_output_details(self) -> dict:
        """Output name to details."""
        details = self._entry.describe_outputs()
        return {name: details[place] for name, place in sorted(self._outputs.items())}


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
        self._entries: dict[str, _Entry] = {}
        # Tensor to place, for the inputs and outputs that have been asked for.
        self._inputs: dict[int, int] = {}
        self._outputs: dict[int, int] = {}
        self._lent: list[weakref.ref] = []
        self._rooms, self._arrays = self._entry.rooms, self._entry.arrays

    # ---- what it takes and gives ----
    def get_input_details(self) -> list[dict]:
        """Of each input: name, index, shape, shape_signature (-1: open), dtype, quantization and its parameters."""
        return self._entry.describe_inputs()

    def get_output_details(self) -> list[dict]:
        """Of each output, the same."""
        return self._entry.describe_outputs()

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
        first = self._entry
        if any(p.is_signed and p.entry == key for p in (*first.inputs, *first.outputs)):
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
        place = self._find(INPUT, input_index)
        if place is None:
            raise RuntimeError(f"tensor {input_index} is no input, {self._list_known()}")
        self._entry.resize(place, tuple(int(n) for n in np.ravel(tensor_size)), strict)

    def allocate_tensors(self) -> None:
        """Takes memory for the inputs; to be called before they are set, and after a resize."""
        self._ensure_safe()
        try:
            self._entry.allocate()
        except RunError as error:
            raise RuntimeError(str(error)) from error

    # ---- values ----
    def _find(self, kind: int, index) -> int | None:
        """The place of a tensor among the inputs or outputs; None: it is none of them."""
        places, entry = (
            (self._inputs, self._entry.inputs)
            if kind == INPUT
            else (self._outputs, self._entry.outputs)
        )
        if not places:
            places.update((port.index, place) for place, port in enumerate(entry))
        return places.get(index)

    def _list_known(self) -> str:
        known = (
            [port.index for port in ports] for ports in (self._entry.inputs, self._entry.outputs)
        )
        return "inputs are {}, outputs {}".format(*known)

    def _require_memory(self) -> None:
        if not self._entry.ready:
            raise ValueError("tensors have no memory: allocate_tensors must be called first")

    def set_tensor(self, tensor_index, value) -> None:
        """Copies a value into an input; ValueError for another type or shape than the tensor's."""
        room, dtype, shape = self._rooms.get(self._inputs.get(tensor_index), NO_ROOM)
        if type(value) is ndarray and value.dtype is dtype and value.shape == shape:
            room[...] = value
        else:
            place = self._find(INPUT, tensor_index)
            if place is None:
                raise ValueError(f"tensor {tensor_index} is no input, {self._list_known()}")
            self._require_memory()
            self._entry.put(place, value)

    def get_tensor(self, tensor_index, subgraph_index=0) -> np.ndarray:
        """A copy of an input, or of an output of the last run."""
        array = self._arrays.get(self._outputs.get(tensor_index))
        if array is None or subgraph_index != 0:
            array = self._peek(tensor_index, subgraph_index)
        return array.copy()

    def _peek(self, index, subgraph=0) -> np.ndarray:
        source, result = self._find(INPUT, index), self._find(OUTPUT, index)
        if subgraph != 0 or (source is None and result is None):
            raise ValueError(
                f"tensor {index} of subgraph {subgraph} is neither input nor output, {self._list_known()}"
            )
        self._require_memory()
        entry = self._entry
        if result is None:
            try:
                return entry.room(source, entry.shapes[source])
            except RunError as error:
                raise ValueError(str(error)) from error
        array = entry.peek(result) if entry.has_run else None
        if array is None:
            reason = "is None in this run" if entry.has_run else "was given by no run"
            raise ValueError(f"output '{entry.outputs[result].name}' {reason}")
        return array

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
        entry = self._entry
        if self._lent:
            self._ensure_safe()
        if not entry.ready:
            raise RuntimeError("tensors have no memory: allocate_tensors must be called first")
        status = entry.start()
        if status:
            try:
                entry.settle(status)
            except RunError as error:
                raise RuntimeError(str(error)) from error

    def reset_all_variables(self) -> None:
        """What the file keeps from run to run, as new."""
        for entry in itertools.chain([self._entry], self._entries.values()):
            entry.reset()
