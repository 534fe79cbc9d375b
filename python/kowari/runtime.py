"""`kowari.load` and `Model`: a file that is opened once and run by name."""

import ctypes
from pathlib import Path

from ._library import Error, lib
from .binding import SIZE, STATE, File, Port, Session, raise_error

_DIGEST = 2


class Model:
    """An opened file and one session of it.  Run it from one thread at a time.

    Parameters
    ----------
    data
        The bytes of the file; the model keeps them.
    report
        Of the export that made it.
    entry
        Name of a signature of a .tflite file; None: the first.
    **options
        Further fields of ``kw_options``.
    """

    def __init__(self, data: bytes, report=None, entry: str | None = None, **options):
        self.report = report
        self._file = File(data, _DIGEST)
        self._session = Session(self._file, entry, **options)
        self.inputs = {p.name: p for p in self._session.inputs}
        self.outputs = {p.name: p for p in self._session.outputs}
        self.states = {p.name: p for p in self._session.ports(STATE)}
        self._optional = [(port.name, port.optional) for port in self._session.inputs]
        self._output_names = [port.name for port in self._session.outputs]

    def __repr__(self):
        return f"<kowari.Model {', '.join(self.inputs)} -> {', '.join(self.outputs)}>"

    # ---- what it takes and gives ----
    @property
    def data(self) -> bytes:
        """The file."""
        return self._file.data

    @property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """Named sizes: default capacity and maximum (-1: none)."""
        return {i.name.decode(): (i.size[0], i.size[1]) for i in self._file.infos(SIZE)}

    @property
    def meta(self) -> dict[str, str]:
        """The file's own notes."""
        return self._file.meta

    # ---- running ----
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
        if not inputs.keys() <= self.inputs.keys():
            unknown = sorted(inputs.keys() - self.inputs.keys())
            raise TypeError(
                f"no input named {', '.join(unknown)}; there are {', '.join(self.inputs)}"
            )
        session = self._session
        for index, (name, optional) in enumerate(self._optional):
            value = inputs.get(name)
            if value is None and not optional and name not in inputs:
                raise TypeError(f"input '{name}' is missing")
            session.set(index, value)
        session.run()
        return {name: session.output(i) for i, name in enumerate(self._output_names)}

    # ---- state ----
    def reset(self) -> None:
        """State as new."""
        self._session.reset()

    def state_save(self) -> bytes:
        """The state as bytes."""
        return self._session.state_save()

    def state_load(self, data: bytes) -> None:
        """Takes a saved state; RunError when it is of another model or damaged."""
        self._session.state_load(data)

    # ---- the file ----
    def check(self) -> tuple[int, int]:
        """Replays the examples that the file carries: (passed, failed)."""
        passed, failed, error = ctypes.c_int64(), ctypes.c_int64(), Error()
        raise_error(lib.kw_check(self._file.handle, None, passed, failed, error), error)
        return passed.value, failed.value

    def save(self, path) -> None:
        """Writes the file."""
        Path(path).write_bytes(self.data)


def load(source, *, entry: str | None = None) -> Model:
    """Opens a file.

    Parameters
    ----------
    source
        The path of a .kow or .tflite file, or its bytes.
    entry
        Name of a signature of a .tflite file; None: the first.

    Returns
    -------
    Model
    """
    given = isinstance(source, bytes | bytearray | memoryview)
    return Model(source if given else Path(source).read_bytes(), entry=entry)


__all__ = ["Model", "Port", "load"]
