"""docs/format.md against the library: tables are compared, digest and trees followed by hand."""

import ctypes
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kowari import file, operators
from kowari._library import lib

PAGE = (Path(__file__).parents[2] / "docs" / "format.md").read_text()


def read_table(heading: str) -> list[list[str]]:
    """Return the cells of the first table under a heading."""
    section = PAGE.split(heading + "\n", 1)[1]
    table = re.search(r"^\|.*?\n\n", section, re.MULTILINE | re.DOTALL)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n")]
    return [row for row in rows[2:] if row != [""]]


def read_code(heading: str) -> dict:
    """Run the Python block under a heading and return what it defines."""
    names: dict = {}
    exec(re.search(r"```python\n(.*?)```", PAGE.split(heading, 1)[1], re.DOTALL)[1], names)
    return names


digest = read_code("## Digest")["digest"]


@pytest.mark.parametrize("record", file.layouts())
def test_a_record_is_described_byte_by_byte(record):
    layout = file.layouts()[record]
    heading = re.search(rf"^### Record `{record}`: (\d+) bytes$", PAGE, re.MULTILINE)
    assert heading, f"{record} has no heading"
    assert int(heading[1]) == layout.itemsize
    told = [(int(o), kind, name) for o, kind, name, _ in read_table(heading[0])]
    found = [(layout.fields[n][1], layout.fields[n][0].str.lstrip("<|"), n) for n in layout.names]
    assert told == found


def test_only_records_that_exist_are_described():
    assert set(re.findall(r"^### Record `(\w+)`", PAGE, re.MULTILINE)) == set(file.layouts())


def test_the_sections_are_listed():
    told = [
        (name, (int(kind), record, part == "INDEX"))
        for kind, name, record, part, _ in read_table("## Sections")
    ]
    assert told == list(file.sections().items())


def test_the_types_are_listed():
    dtypes = {code: np.dtype(name) for code, name in ((14, "c8"), (15, "c16"))} | operators.DTYPES
    for code, name, width in read_table("## Types"):
        dtype = dtypes.pop(int(code))
        expected = ("text", 4) if dtype.kind == "O" else (dtype.name, dtype.itemsize)
        assert (name, int(width)) == expected
    assert not dtypes


@given(st.binary(max_size=100))
def test_the_digest_is_the_librarys(data):
    assert digest(data) == lib.kw_dev_digest(data, len(data))


# ---- a file, read with nothing but the page ----
def records(data: bytes, section: str) -> np.ndarray:
    """Return the records (or the bytes, where it has none) of a section."""
    header = np.frombuffer(data, file.layouts()["header"], 1)[0]
    table = np.frombuffer(data, file.layouts()["section"], header["sections"], 64)
    kind, record, _ = file.sections()[section]
    row = table[table["kind"] == kind][0]
    body = data[row["offset"] : row["offset"] + row["bytes"]]
    assert digest(body) == row["digest"]
    return np.frombuffer(body, np.uint8 if record == "none" else file.layouts()[record])


@pytest.fixture(scope="module")
def forest():
    """A fitted forest; rows, of which some lie on thresholds or hold NaN; the exported file."""
    ensemble = pytest.importorskip("sklearn.ensemble", reason="needs scikit-learn")
    import kowari

    random = np.random.default_rng(3)
    x = random.normal(size=(300, 4))
    x[random.random(x.shape) < 0.1] = np.nan
    y = np.nansum(x, axis=1) + random.normal(size=300)
    fitted = ensemble.RandomForestRegressor(12, random_state=0).fit(x, y)
    rows = random.normal(size=(100, 4))
    rows[random.random(rows.shape) < 0.1] = np.nan
    for i, tree in enumerate(fitted.estimators_):
        rows[i, tree.tree_.feature[0]] = tree.tree_.threshold[0]
    return fitted, rows, kowari.export(fitted).data


def test_the_header_is_sealed_as_described(forest):
    data = bytearray(forest[2])
    header = np.frombuffer(data, file.layouts()["header"], 1)[0].copy()
    assert data[:8] == b"KOWARI\r\n"
    assert header["file_bytes"] == len(data)
    data[32:40] = bytes(8)
    table = data[64 : 64 + 32 * header["sections"]]
    assert digest(bytes(data[:64])) ^ digest(bytes(table)) == header["digest"]


def constant(data: bytes, operand: int) -> np.ndarray:
    """Return a constant tensor's elements."""
    tensor = records(data, "TENSORS")[records(data, "OPERANDS")[operand]["tensor"]]
    where = records(data, "DATA")[tensor["data"]]
    section = {13: "INDICES", 14: "VALUES"}[where["section"]]
    body = records(data, section)[where["offset"] : where["offset"] + where["bytes"]]
    dims = records(data, "INTS")["value"][tensor["dims"] : tensor["dims"] + tensor["rank"]]
    dtype = {1: "<f8", 12: "<u4"}[tensor["type"]]
    return np.frombuffer(body.tobytes(), dtype).reshape(dims)


def walk(nodes: np.ndarray, leaves: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Return the leaf of one tree of two words a node."""
    threshold, link = nodes[:, 0].copy().view("<f4"), nodes[:, 1]
    row = row.astype(np.float32)
    slots = np.array([-np.inf, *np.column_stack([np.where(np.isnan(row), -np.inf, row), row]).flat])
    at = 0
    while link[at]:
        step, slot = divmod(int(link[at]), 4096)
        at += step + (0 if slots[slot] <= threshold[at] else 1)
    return leaves[int(threshold[at])]


def test_trees_are_walked_as_described(forest):
    fitted, rows, data = forest
    forest_id = operators.operators()["forest"].id
    (node,) = (n for n in records(data, "NODES") if n["op"] == forest_id)
    nodes, starts, leaves, initial = (constant(data, node["operands"] + k) for k in range(1, 5))
    assert nodes.shape[1] == 2
    for row, expected in zip(rows, fitted.predict(rows), strict=True):
        total = initial.copy()
        for first, last in zip(starts[:-1], starts[1:], strict=True):
            total += walk(nodes[first:last], leaves, row)
        assert total / len(fitted.estimators_) == expected


def test_a_changed_byte_of_the_index_is_noticed(forest):
    words = (ctypes.c_uint64 * (-(-len(forest[2]) // 8))).from_buffer_copy(
        forest[2] + bytes(-len(forest[2]) % 8)
    )
    ctypes.cast(words, ctypes.POINTER(ctypes.c_uint8))[70] ^= 1
    model = ctypes.c_void_p()
    assert lib.kw_load(model, words, len(forest[2]), None, None, None) == 11  # KW_FORMAT
