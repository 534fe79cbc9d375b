"""Recorded steps, run in a session of the library; files in memory that are not aligned, as assets of apps are not."""

import ctypes

from compare import assert_equal
from kowari._library import Error, Options, lib
from kowari.binding import File, Session, raise_error


class ShiftedFile(File):
    """A file whose bytes lie at an odd multiple of 4 in a larger buffer, and are not copied."""

    def __init__(self, data: bytes):
        super().__init__(data)
        aligned, error = self.handle, Error()
        self.buffer = ctypes.create_string_buffer(len(data) + 16)
        start = ctypes.addressof(self.buffer)
        start += (4 - start) % 8
        ctypes.memmove(start, data, len(data))
        self.handle = ctypes.c_void_p()
        raise_error(lib.kw_load(self.handle, start, len(data), None, Options(), error), error)
        lib.kw_model_free(aligned)


def run(session: Session, inputs: list) -> list:
    """Return the outputs, in the file's order."""
    assert len(session.inputs) == len(inputs)
    for place, value in enumerate(inputs):
        session.set(place, value)
    session.run()
    return [session.output(place) for place in range(len(session.outputs))]


def check_steps(session: Session, steps: list, what: str = "") -> None:
    """Run steps one after the other; AssertionError where an output is not what was recorded."""
    for step, (inputs, outputs) in enumerate(steps):
        found = run(session, inputs)
        assert len(found) == len(outputs)
        for place, (value, expected) in enumerate(zip(found, outputs, strict=True)):
            assert_equal(value, expected, f"{what} step {step}, output {place}")
