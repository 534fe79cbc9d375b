"""Tables and arrays from files: cli/csv.c against Python's csv and pandas, cli/npy.c against NumPy.

Hostile files: every truncation and three flips of every byte, in a sanitized process.
"""

import csv
import io
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

KW_TEXT = 9
KW_TYPES = {"f8": 1, "f4": 2, "i8": 3, "i4": 4, "i2": 5, "i1": 6, "u1": 7, "b1": 8, "f2": 10}
KW_TYPES |= {"u2": 11, "u4": 12, "u8": 13, "c8": 14, "c16": 15, "M8[us]": 3}
MANY = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Table:
    """A table as the probe reads it: names, lines, cells, numbers, integers; or the error."""

    def __init__(self, probe, data, fail_at=0):
        answer = probe.ask("c", data if isinstance(data, bytes) else data.encode(), fail_at)
        self.error, self.cells = answer.error, None
        if self.error is not None:
            return
        columns, rows = answer.number(), answer.number()
        self.names = [answer.text() for _ in range(columns)]
        self.lines, self.cells, self.numbers, self.integers = [], [], [], []
        for _ in range(rows):
            self.lines.append(answer.number())
            row = [
                (answer.text(), self.pair(answer, answer.real), self.pair(answer, answer.number))
                for _ in range(columns)
            ]
            for column, kept in enumerate((self.cells, self.numbers, self.integers)):
                kept.append([cell[column] for cell in row])

    @staticmethod
    def pair(answer, read):
        """What is wrong with a number, or the number."""
        error, value = answer.text(), read()
        return error or value


@settings(MANY, max_examples=1000)
@given(
    st.binary(max_size=6).map(lambda data: data.replace(b"\0", b""))
    | st.lists(st.sampled_from(b"\xc3\xa9\xe2\x82\xac\xf0\xc0\xed\x9f\xa0\xf4\x8f\x90\xbf")).map(
        bytes
    )
)
def test_utf8_as_python_decodes_it(probe, data):
    quoted = b'"' + data.replace(b'"', b'""') + b'"'
    table = Table(probe, b"a,b\n1," + quoted)
    try:
        assert table.cells == [["1", data.decode()]]
    except UnicodeDecodeError:
        assert table.error == "t.csv: line 2, column 'b': this is not UTF-8 text"


cell_text = st.text(alphabet=st.sampled_from('ab1.,;"\n\r \té€𝄞'), max_size=6)


def quote(cell, always):
    needed = always or not set(',"\r\n').isdisjoint(cell)
    return '"' + cell.replace('"', '""') + '"' if needed else cell


@st.composite
def tables(draw):
    """A table as text; cells that need quotes have them, others by chance."""
    columns, end = draw(st.integers(1, 4)), draw(st.sampled_from(["\n", "\r\n"]))
    names = draw(st.lists(cell_text.filter(len), min_size=columns, max_size=columns, unique=True))
    rows = draw(st.lists(st.lists(cell_text, min_size=columns, max_size=columns), max_size=5))
    text = ""
    for row in [names, *rows]:
        always = draw(st.booleans())
        text += ",".join(quote(cell, always or row == [""]) for cell in row) + end
    return text if draw(st.booleans()) else text.removesuffix(end)


@MANY
@given(tables(), st.booleans())
def test_tables_as_python_reads_them(probe, text, mark):
    expected = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    table = Table(probe, ("\ufeff" if mark else "") + text)
    assert table.error is None
    assert [table.names, *table.cells] == expected


def read_groups(probe, data, fail_at=0):
    """The rows of every group of the first column; or the error."""
    answer = probe.ask("g", data, fail_at)
    if answer.error is not None:
        return answer.error
    return [[answer.number() for _ in range(answer.number())] for _ in range(answer.number())]


@MANY
@given(st.lists(st.sampled_from(["a", "b", "", "B", "a ", "é"]), max_size=12))
def test_groups_as_pandas_makes_them(probe, keys):
    groups = read_groups(probe, "".join(f'"{key}",x\n' for key in ["key", *keys]).encode())
    frame = pd.DataFrame({"key": pd.Series(keys, dtype=str)})
    expected = frame.groupby("key", sort=False)
    assert groups == [rows.index.tolist() for _, rows in expected]


def test_numbers_of_cells(probe):
    table = Table(probe, "t,hr\n1,60.5\n-0,\n 7 ,nan\n\n9223372036854775807,1e400\n1_0,0x1\n")
    assert table.error is None
    frame = pd.read_csv(io.StringIO("t,hr\n1,60.5\n-0,\n 7 ,nan\n"))
    for row, expected in zip(table.numbers[:3], frame.to_numpy(), strict=True):
        assert repr(row) == repr([float(value) for value in expected]).replace("[0.0", "[-0.0")
    assert table.lines == [2, 3, 4, 6, 7]
    assert [row[0] for row in table.integers[:4]] == [1, 0, 7, 2**63 - 1]
    assert math.isinf(table.numbers[3][1])
    assert table.numbers[4] == [
        "t.csv: line 7, column 't': '1_0' is not a number",
        "t.csv: line 7, column 'hr': '0x1' is not a number",
    ]
    assert table.integers[1][1] == "t.csv: line 3, column 'hr': '' is not an integer"
    assert table.integers[0][1] == "t.csv: line 2, column 'hr': '60.5' is not an integer"
    long = Table(probe, f"a\n{'9' * 39}é\n{'9' * 30}\n")
    assert long.numbers[0] == [f"t.csv: line 2, column 'a': '{'9' * 39}'... is not a number"]
    wide = f"'{'9' * 30}' is not from {-(2**63)} to {2**63 - 1}"
    assert long.integers[1] == [f"t.csv: line 3, column 'a': {wide}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no header line"),
        ("\ufeff\n\r\n\n", "there is no header line"),
        ("a,,b\n1,2,3\n", "line 1, column 2: it has no name"),
        ("\n\na,b,a\n", "line 3, column 'a': two columns have this name"),
        ("a,b\n1,2\n3\n", "line 3: 1 of 2 cells, the one of column 'b' is missing"),
        ("a,b\n1,2\n3,4,5\n", "line 3: more cells than the 2 columns of the header"),
        ("a,b\n1,2,\n", "line 2: more cells than the 2 columns of the header"),
        ('a,b\n1,2\n"x\n\ny",3\n4\n', "line 6: 1 of 2 cells, the one of column 'b' is missing"),
        ('a,b\n1,2\n3,"4\n5,6\n', "line 3, column 'b': the quote that opens here is not closed"),
        ('"a', "line 1, column 1: the quote that opens here is not closed"),
        ('a\n"1"2\n', "line 2, column 'a': text after the closing quote"),
        ('a\n"1\n"2\n', "line 3, column 'a': text after the closing quote"),
        ("a,b\n1,2\x003\n", "line 2, column 'b': a NUL byte: this is not UTF-8 text"),
        ('a,b\n1,"2\n\0"', "line 3, column 'b': a NUL byte: this is not UTF-8 text"),
        ('a,b\n1,"2"\0', "line 2, column 'b': a NUL byte: this is not UTF-8 text"),
        (b"a,b\n1,\xe9\n", "line 2, column 'b': this is not UTF-8 text"),
        (b"a,\xff\n1,2\n", "line 1, column 2: this is not UTF-8 text"),
        ("a,b\r1,2\r", "line 1, column 2: a carriage return without a line feed"),
        ("a,b\n1,2\r", "line 2, column 'b': a carriage return without a line feed"),
    ],
)
def test_what_is_wrong_with_a_table(probe, text, message):
    assert Table(probe, text).error == f"t.csv: {message}"


def test_a_long_name_is_cut_at_a_character(probe):
    error = Table(probe, f"{'x' * 39}é,b\n1\n".replace("b", "é" * 300)).error
    assert error == f"t.csv: line 2: 1 of 2 cells, the one of column '{'é' * 20}' is missing"


@settings(MANY, max_examples=1000)
@given(st.text(alphabet=st.sampled_from('ab,"\r\n\0é'), max_size=20))
def test_any_text_is_read_or_refused(probe, text):
    """What is read is what Python reads; a stray quote inside a cell is text to both."""
    table = Table(probe, text)
    if table.error is None:
        expected = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
        assert [table.names, *table.cells] == expected
    else:
        assert table.error.startswith("t.csv: ")


def save(array, version=(1, 0)):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def read_npy(probe, data, what="n", fail_at=0):
    """The error; or kw_type, shape and, for text, the elements."""
    answer = probe.ask(what, data, fail_at)
    if answer.error is not None:
        return answer.error
    kind = answer.number()
    shape = tuple(answer.number() for _ in range(answer.number()))
    texts = [answer.text() for _ in range(math.prod(shape))] if kind == KW_TEXT else None
    return kind, shape, texts


SHAPES = [(), (0,), (1,), (5,), (3, 4), (2, 0, 3), (2, 3, 4), (1, 2, 1, 3), (2,) * 8]


@pytest.mark.parametrize("dtype", KW_TYPES)
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_numbers_through_a_file(probe, dtype, version):
    """Read, written again, and loaded by NumPy: the same bits, in either order of the axes."""
    draw = np.random.default_rng(1)
    for shape in SHAPES:
        raw = draw.integers(0, 256, math.prod(shape) * np.dtype(dtype).itemsize, dtype=np.uint8)
        array = (raw & 1 if dtype == "b1" else raw).view(dtype).reshape(shape)
        for ordered in (array, array.copy(order="F")):
            assert read_npy(probe, save(ordered, version), "w") == (KW_TYPES[dtype], shape, None)
            back = np.load(probe.copy)
            assert back.dtype == (np.int64 if dtype == "M8[us]" else array.dtype)
            assert back.shape == shape
            assert back.flags.c_contiguous
            assert back.tobytes() == array.tobytes()
            assert (probe.copy.stat().st_size - array.nbytes) % 64 == 0


@MANY
@given(st.lists(st.text(max_size=5).map(lambda s: s.replace("\0", "")), min_size=6, max_size=6))
def test_text_through_a_file(probe, texts):
    for array in (np.array(texts), np.array(texts).reshape(2, 3), np.array(texts).reshape(2, 3).T):
        kind, shape, read = read_npy(probe, save(array), "w")
        assert (kind, shape, read) == (KW_TEXT, array.shape, array.ravel().tolist())
        assert (np.load(probe.copy) == array).all()


def header(text, data=b""):
    return b"\x93NUMPY\x01\0" + len(text).to_bytes(2, "little") + text.encode() + data


@pytest.mark.parametrize(
    ("text", "size", "good"),
    [
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n", 16, True),
        ('{"shape":(2,1),"descr":"<f8","fortran_order":True}', 16, True),
        ("{ 'descr' : '<f8' , 'fortran_order' : False , 'shape' : ( 2 , 1 , ) , }  \n", 16, True),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (), }\n", 8, True),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (2), }\n", 16, False),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (2 1), }\n", 16, False),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (-2,), }\n", 0, False),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (+2,), }\n", 16, False),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (,), }\n", 8, False),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,,), }\n", 16, False),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n", 15, False),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n", 17, False),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\nx", 16, False),
        ("{'descr': '<f8' 'fortran_order': False, 'shape': (2,), }\n", 16, False),
        ("{'descr': '<f8', 'fortran_order': 0, 'shape': (2,), }\n", 16, False),
        ("{'descr': '<f8', 'fortran_order': False, }\n", 16, False),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'shape': (2,), }\n", 16, False),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'more': 1, }\n", 16, False),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), ", 16, False),
        ("{'descr': '<f\\x38', 'fortran_order': False, 'shape': (2,), }\n", 16, False),
        ("{'descr': '<U', 'fortran_order': False, 'shape': (2,), }\n", 0, False),
        ("{'descr': '<U0', 'fortran_order': False, 'shape': (2,), }\n", 0, False),
        ("{'descr': '<U+1', 'fortran_order': False, 'shape': (2,), }\n", 8, False),
        ("{'descr': '<U4611686018427387905', 'fortran_order': False, 'shape': (2,), }\n", 8, False),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }\n", 8, False),
        (f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({2**61},8), }}\n", 0, False),
        (f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({2**61},0,{2**9}), }}\n", 0, False),
        (f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({2**64 + 1},), }}\n", 8, False),
        ("", 0, False),
        ("{}", 0, False),
    ],
)
def test_headers(probe, text, size, good):
    result = read_npy(probe, header(text, bytes(size)))
    assert isinstance(result, str) != good, result


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (save(np.zeros(2, ">f8")), "big-endian '>f8' is not supported, convert with astype('<f8')"),
        (header("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"), "Python objects"),
        (save(np.zeros(2, "M8[ns]")), "dtype '<M8[ns]' is not supported"),
        (save(np.array([b"a"])), "dtype '|S1' is not supported"),
        (save(np.zeros(2, [("a", "f8")])), "structured arrays are not supported"),
        (save(np.array([2], np.uint8).view(bool)), "a bool is neither 0 nor 1"),
        (save(np.array([0x110000], "<u4").view("<U1")), "text 0 is not Unicode"),
        (save(np.array([0xD800], "<u4").view("<U1")), "text 0 is not Unicode"),
        (save(np.array(["a\0b"])), "text 0 is not Unicode"),
        (b"\x93NUMPY\x04\0", ".npy version 4.0 is not supported"),
        (b"PK\x03\x04 an archive", "not a valid .npy file: it does not begin as one"),
    ],
)
def test_refused_arrays(probe, data, message):
    result = read_npy(probe, data)
    assert result.startswith("t.npy: ")
    assert message in result


HOSTILE = {
    "csv": ('\ufeffa,"b ""q""",c\r\n1.5,"x\ny",é\n,2,"3"\n').encode(),
    "f8": save(np.arange(6.0).reshape(2, 3)),
    "text": save(np.array([["a", "éß"], ["", "𝄞𝄞"]]), (2, 0)),
    "bool": save(np.asfortranarray(np.eye(2, dtype=bool)), (3, 0)),
}


def test_arrays_that_cannot_be_written(probe, tmp_path):
    targets = [(tmp_path, "cannot open: ")]
    if Path("/dev/full").exists():
        targets.append((Path("/dev/full"), "cannot write: "))
    for target, message in targets:
        probe.copy.unlink(missing_ok=True)
        probe.copy.symlink_to(target)
        assert read_npy(probe, HOSTILE["f8"], "w").startswith(f"{probe.copy}: {message}")
    probe.copy.unlink()


@pytest.mark.parametrize("name", HOSTILE)
def test_damaged_files(probe, name):
    """Read or refused, never worse; a truncated array is always refused."""
    data = HOSTILE[name]

    def survives(damaged):
        if name == "csv":
            return Table(probe, damaged).error is None
        return not isinstance(read_npy(probe, damaged), str)

    assert survives(data)
    for size in range(len(data)):
        assert not survives(data[:size]) or name == "csv"
        for flip in (0x01, 0x80, 0xFF):
            survives(data[:size] + bytes([data[size] ^ flip]) + data[size + 1 :])


def read_length(probe, path, fail_at=0):
    answer = probe.ask("f", path, fail_at)
    return answer.number() if answer.error is None else answer.error


@pytest.mark.parametrize(
    ("what", "data", "calls"),
    [("g", b"a,b\n1,2\n", 5), ("n", HOSTILE["f8"], 1), ("n", HOSTILE["text"], 1), ("f", None, 4)],
)
def test_memory_that_fails(probe, tmp_path, what, data, calls):
    """At every call of the allocator in turn: an error, no leak, and success at the end."""
    if data is None:
        path = tmp_path / "big.bin"
        path.write_bytes(bytes(300_000))
        data = str(path).encode()
    for call in range(1, calls + 1):
        assert probe.ask(what, data, call).error == "out of memory"
    read = {"g": read_groups, "n": read_npy, "f": read_length}[what]
    assert not isinstance(read(probe, data, fail_at=calls + 1), str)


def test_whole_files(probe, tmp_path):
    path = tmp_path / "file.csv"
    for size in (1, 65534, 65535, 65536, 65537, 200_000):
        path.write_bytes(bytes(size))
        assert read_length(probe, str(path).encode()) == size
    path.write_bytes(b"")
    errors = [(path, "the file is empty"), (tmp_path, "cannot read: ")]
    errors += [(tmp_path / "none.csv", "cannot open: ")]
    for wrong, message in errors:
        assert read_length(probe, str(wrong).encode()).startswith(f"{wrong}: {message}")
