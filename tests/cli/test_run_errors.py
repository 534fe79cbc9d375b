"""Every mistake that `kowari run` names: what is wrong, what must be, and where."""

import subprocess

import models
import numpy as np
import pytest


@pytest.fixture
def window(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return models.window(tmp_path / "window.kow")


FILES = {
    "good.csv": "minute,rr\n1,600\n1,700\n",
    "two.csv": "minute,rr\n1,600\n2,700\n",
    "names.csv": "a,b\n1,2\n",
    "cell.csv": "t,rr\n1,600\n2,7oo\n",
    "short.csv": "t,rr\n1\n",
    "empty.csv": "",
    "header.csv": "minute,rr\n",
    "quote.csv": 'rr\n"6\n',
    "in.txt": "rr\n1\n",
}
OFFSET = ("--set", "offset=0")
MISTAKES = {
    "inputs not given: rr f64[beats], offset f64": (),
    "inputs not given: offset f64": ("--input", "rr=good.csv"),
    "--input: there is no input 'hr'; there are: rr f64[beats], offset f64": (
        "--input",
        "hr=good.csv",
    ),
    "--set: there is no input 'hr'; there are: rr f64[beats], offset f64": ("--set", "hr=1"),
    "--input 'good.csv': must be NAME=PATH": ("--input", "good.csv"),
    "--set 'offset': must be NAME=VALUE": ("--set", "offset"),
    "input 'rr' is given twice": ("--input", "rr=good.csv", "--set", "rr=1"),
    "names.csv: column 'rr' is missing for input 'rr'; there are: a, b": (
        "--input",
        "rr=names.csv",
    ),
    "cell.csv: line 3, column 'rr': '7oo' is not a number": ("--input", "rr=cell.csv"),
    "short.csv: line 2: 1 of 2 cells, the one of column 'rr' is missing": (
        "--input",
        "rr=short.csv",
    ),
    "empty.csv: the file is empty": ("--input", "rr=empty.csv"),
    "quote.csv: line 2, column 'rr': the quote that opens here is not closed": (
        "--input",
        "rr=quote.csv",
    ),
    "none.csv: cannot open: No such file or directory": ("--input", "rr=none.csv"),
    "in.txt: the name of an input file must end in .csv or .npy": ("--input", "rr=in.txt"),
    "--set offset: 'x' is not a number": ("--set", "offset=x"),
    "--set offset: the value is missing": ("--set", "offset="),
    "--set rr: value 2 is missing": ("--set", "rr=1,,3"),
    "--set offset: '1,5' is not a number": ("--set", "offset=1,5"),
    "--each: no .csv file of --input has a column 'hour'": (
        *("--input", "rr=good.csv", "--each", "hour"),
        *OFFSET,
    ),
    "header.csv: there are no rows for --each": (
        *("--input", "rr=header.csv", "--each", "minute"),
        *OFFSET,
    ),
    "header.csv: no row, the value of column 'rr' is missing": (
        *("--input", "offset=header.csv", "--set", "rr=1,2"),
    ),
}


@pytest.mark.parametrize("problem", MISTAKES)
def test_mistakes(kowari, window, tmp_path, problem):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    if "offset=header" in str(MISTAKES[problem]):
        (tmp_path / "header.csv").write_text("rr\n")
    assert kowari.fail("run", window, *MISTAKES[problem]) == f"kowari run: {problem}"


def test_wrong_options(kowari, window):
    for words, problem in {
        ("--each",): "--each needs a value",
        ("--each", "a", "--each", "b"): "--each is given twice",
        ("--precision", "0"): "--precision '0' is not a number from 1 to 24",
        ("--precision", "x"): "--precision 'x' is not a number from 1 to 24",
        ("--print",): "unknown option '--print'",
        ("more.kow",): "'more.kow' is one word too many",
    }.items():
        _, error = kowari("run", window, *words, status=2)
        assert error == f"kowari run: {problem}\nsee 'kowari run --help'\n"
    assert "a file must be given" in kowari("run", status=2)[1]


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        ("f64", "0x1", "'0x1' is not a number"),
        ("f32", "1_0", "'1_0' is not a number"),
        ("i64", "1.0", "'1.0' is not an integer"),
        ("i64", "", "'' is not an integer"),
        ("i64", "9223372036854775808", f"is not from {-(2**63)} to {2**63 - 1}"),
        ("i8", "128", "'128' is not from -128 to 127"),
        ("u8", "-1", "'-1' is not from 0 to 255"),
        ("u16", "65536", "is not from 0 to 65535"),
        ("bool", "yes", "'yes' is not a truth value: 0, 1, False, True, false or true"),
        ("bool", "", "'' is not a truth value"),
    ],
)
def test_cells_of_each_type(kowari, tmp_path, kind, text, problem):
    model = models.copies(tmp_path / "copy.kow", [kind], "n")
    path = tmp_path / "in.csv"
    path.write_text(f'a,{kind}\n,1\n,"{text}"\n')
    error = kowari.fail("run", model, "--input", f"{kind}={path}")
    assert error.startswith(f"kowari run: {path}: line 3, column '{kind}': ") and problem in error


def test_windows_of_a_fixed_size(kowari, tmp_path):
    model = models.copies(tmp_path / "fixed.kow", ["f64"], 3)
    path = tmp_path / "in.csv"
    path.write_text("k,f64\n1,1\n1,2\n2,1\n2,2\n2,3\n")
    words = ("run", model, "--input", f"f64={path}")
    short = "input 'f64' was given size 2 along axis 0, must have 3"
    said, error = kowari(*words, "--each", "k", status=3)
    assert said == "k,f64_out\n1,\n2,1.0\n2,2.0\n2,3.0\n"
    assert error.splitlines()[0] == f"k 1: {path}: sizes do not agree: {short}"
    assert "was given size 5 along axis 0, must have 3" in kowari.fail(*words)
    assert short in kowari.fail("run", model, "--set", "f64=1,2")


def test_arrays_that_do_not_fit(kowari, tmp_path):
    model = models.copies(tmp_path / "copy.kow", ["f32"], "n")
    path = tmp_path / "in.npy"
    for array, problem in {
        "0.1": (np.array([0.5, 0.1]), "element 1 of input 'f32' (float64) has no equal value"),
        "rank": (np.zeros((2, 2), "f4"), "was given 2 dimensions, must have 1"),
        "text": (np.array(["a"]), "was given text, must be float32"),
    }.values():
        np.save(path, array)
        error = kowari.fail("run", model, "--input", f"f32={path}")
        assert error.startswith(f"kowari run: {path}: ") and problem in error
    np.save(path, np.array([0.5, 0.25]))  # float64 without loss
    assert kowari("run", model, "--input", f"f32={path}")[0] == "f32_out\n0.5\n0.25\n"
    path.write_bytes(b"PK")
    assert "not a valid .npy file" in kowari.fail("run", model, "--input", f"f32={path}")


def test_tables_of_the_wrong_width(kowari, tmp_path):
    model = models.table(tmp_path / "table.kow")
    path = tmp_path / "x.csv"
    path.write_text("a,b,c,d\n1,2,3,4\n")
    words = ("run", model, "--input", f"X={path}")
    takes = "input 'X' takes 3 columns; there are: a, b"
    assert kowari.fail(*words).endswith(f"{path}: column 'd' is extra: {takes}, c, d")
    path.write_text("a,b\n1,2\n")
    assert kowari.fail(*words).endswith(f"{path}: a column is missing: {takes}")
    assert "it has 2 dimensions, give it with --input" in kowari.fail("run", model, "--set", "X=1")
    cube = models.copies(tmp_path / "cube.kow", ["f64"], 1, 1, 1)
    error = kowari.fail("run", cube, "--input", f"f64={path}")
    assert "input 'f64' has 3 dimensions, give a .npy file" in error


def test_outputs_that_cannot_be_written(kowari, window, tmp_path):
    (tmp_path / "file").write_text("")
    words = ("run", window, "--set", "rr=1,2", *OFFSET)
    assert "cannot" in kowari.fail(*words, "--output", tmp_path / "file")
    assert "cannot make the folder" in kowari.fail(*words, "--output", tmp_path / "no" / "folder")
    with open("/dev/full", "w") as full:
        done = subprocess.run([kowari.path, *words], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1 and b"cannot write to standard output" in done.stderr
