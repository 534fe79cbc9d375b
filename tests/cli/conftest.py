"""Builds the text layer of the command line for its tests: a library and a process.

Both are compiled from the sources of this checkout, with the sanitizers that the machine has.
The whole program is that of the release build, or the one that KOWARI_CLI names.
"""

import ctypes
import locale
import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPILER = os.environ.get("CC", "cc")
FLAGS = ["-std=c11", "-O1", "-g", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror"]
FLAGS += [f"-I{ROOT / 'cli'}", f"-I{ROOT / 'include'}"]


def build(target: Path, sources: list[str], wanted: list[str], needed: list[str]) -> bool:
    """Compile `sources` with the `wanted` flags, or without them where they do not work."""
    files = [str(ROOT / source) for source in sources]
    for extra in (wanted, []):
        command = [COMPILER, *FLAGS, *needed, *extra, *files, "-o", str(target), "-lm"]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode == 0:
            return extra is wanted
    raise AssertionError(result.stderr)


@pytest.fixture(scope="session")
def numbers(tmp_path_factory) -> ctypes.CDLL:
    """cli/number.c as a library; undefined behaviour traps where the compiler knows how."""
    target = tmp_path_factory.mktemp("numbers") / "numbers.so"
    wanted = ["-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"]
    build(target, ["cli/number.c", "cli/bignum.c"], wanted, ["-shared", "-fPIC"])
    library = ctypes.CDLL(str(target))
    for name, kind in (("f64", ctypes.c_double), ("f32", ctypes.c_float), ("i64", ctypes.c_int64)):
        parse = getattr(library, f"parse_{name}")
        parse.restype = ctypes.c_ssize_t
        parse.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(kind)]
    library.print_f64.argtypes = [ctypes.c_char_p, ctypes.c_double]
    library.print_f32.argtypes = [ctypes.c_char_p, ctypes.c_float]
    library.print_g.argtypes = [ctypes.c_char_p, ctypes.c_double, ctypes.c_int]
    return library


class Answer:
    """What the probe sent back, read from the front."""

    def __init__(self, stream):
        self.stream = stream
        self.error = self.text() if self.number() == 1 else None

    def take(self, size: int) -> bytes:
        data = self.stream.read(size)
        assert len(data) == size, "the probe died: see its standard error"
        return data

    def number(self) -> int:
        return struct.unpack("<q", self.take(8))[0]

    def real(self) -> float:
        return struct.unpack("<d", self.take(8))[0]

    def text(self) -> str:
        return self.take(self.number()).decode()


class Probe:
    """The process of probe.c; `copy` is where it writes arrays."""

    def __init__(self, directory: Path):
        program = directory / "probe"
        self.copy = directory / "copy.npy"
        sources = ["tests/cli/probe.c"]
        sources += [f"cli/{name}.c" for name in ("csv", "npy", "value", "number", "bignum")]
        wanted = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
        if not build(program, sources, wanted, []):
            print("the probe runs without sanitizers: the compiler has none")
        self.process = subprocess.Popen(
            [program, self.copy], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, what: str, data: bytes, fail_at: int = 0) -> Answer:
        self.process.stdin.write(struct.pack("<3Q", ord(what), fail_at, len(data)) + data)
        self.process.stdin.flush()
        return Answer(self.process.stdout)


@pytest.fixture(scope="session")
def probe(tmp_path_factory):
    probe = Probe(tmp_path_factory.mktemp("probe"))
    yield probe
    probe.process.stdin.close()
    assert probe.process.wait() == 0, "the probe ended with an error, or leaks memory"


class Program:
    """The command line; calling it runs it and compares its exit status."""

    def __init__(self, path: Path):
        self.path = path

    def __call__(self, *words, status: int = 0) -> tuple[str, str]:
        """Return what the program says on standard output and on standard error."""
        command = [self.path, *map(str, words)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done.stdout, done.stderr

    def fail(self, *words, status: int = 1) -> str:
        """Return the one line that says why the program fails."""
        said, error = self(*words, status=status)
        assert said == "", said
        assert error.count("\n") == 1, error
        return error.removesuffix("\n")


@pytest.fixture(scope="session")
def kowari() -> Program:
    path = Path(os.environ.get("KOWARI_CLI", ROOT / "build" / "release" / "kowari"))
    assert path.exists(), f"{path} is not built; KOWARI_CLI can name another one"
    return Program(path)


@pytest.fixture
def comma_locale(tmp_path, monkeypatch):
    """A locale with a decimal comma, installed or compiled here; processes inherit it."""
    old, name = locale.setlocale(locale.LC_ALL), "de_DE.UTF-8"
    if shutil.which("localedef"):
        command = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(tmp_path / name)]
        if subprocess.run(command, capture_output=True).returncode == 0:
            monkeypatch.setenv("LOCPATH", str(tmp_path))
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        pytest.skip(f"no locale {name}, and localedef cannot make it ({os.name})")
    assert locale.localeconv()["decimal_point"] == ","
    monkeypatch.setenv("LC_ALL", name)
    yield
    locale.setlocale(locale.LC_ALL, old)
