"""The files that are damaged byte by byte: as make_corpus.py writes them, small, and right."""

import kowari
import make_corpus
import numpy as np
import pytest
from kowari import file


@pytest.mark.parametrize("name", make_corpus.FILES)
def test_file_is_as_written_today(name):
    stored = (make_corpus.CORPUS / f"{name}.kow").read_bytes()
    assert stored == make_corpus.FILES[name](), "run tests/hostile/make_corpus.py"
    assert len(stored) < 8192


@pytest.mark.parametrize("name", make_corpus.FILES)
def test_examples_pass(name):
    passed, failed = kowari.load(make_corpus.CORPUS / f"{name}.kow").check()
    assert passed > 0 and failed == 0


def test_no_file_is_left_over():
    assert {p.stem for p in make_corpus.CORPUS.glob("*.kow")} == set(make_corpus.FILES)


def test_every_section_is_there():
    header, section = file.layouts()["header"], file.layouts()["section"]
    found = set()
    for path in make_corpus.CORPUS.glob("*.kow"):
        data = path.read_bytes()
        count = int(np.frombuffer(data, header, 1)["sections"][0])
        found |= set(np.frombuffer(data, section, count, header.itemsize)["kind"].tolist())
    assert found == {kind for kind, _, _ in file.sections().values()}


def test_graphs_nest_only_so_deep():
    data = make_corpus.deep(make_corpus.DEPTH + 1)
    with pytest.raises(kowari.RunError, match="nested deeper than 32"):
        kowari.Model(data)
