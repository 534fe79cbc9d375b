"""kowari run: tables and arrays in, tables and arrays out, against NumPy and pandas."""

import csv
import io

import models
import numpy as np
import pandas as pd
import pytest

SPECIAL = {
    "f64": [0.1, -0.0, 5e-324, 1.7976931348623157e308, float("inf"), float("nan"), 1e16, 123456.0],
    "f32": np.array([0.1, -0.0, 1e-45, 3.4028235e38, np.inf, np.nan, 1e16, 0.3], "f4"),
    "i64": [-(2**63), 2**63 - 1, 0, -1, 1, 7, 8, 9],
    "i32": [-(2**31), 2**31 - 1, 0, -1, 1, 7, 8, 9],
    "i16": [-(2**15), 2**15 - 1, 0, -1, 1, 7, 8, 9],
    "i8": [-128, 127, 0, -1, 1, 7, 8, 9],
    "u8": [0, 255, 1, 2, 3, 7, 8, 9],
    "u16": [0, 65535, 1, 2, 3, 7, 8, 9],
    "u32": [0, 2**32 - 1, 1, 2, 3, 7, 8, 9],
    "bool": [True, False, True, True, False, False, True, False],
    "text": ["", "a", "a,b", 'say "so"', "two\nlines", "\u00e9\u20ac", " spaces ", "1.0"],
}


def dtype(kind):
    return {"text": "U", "bool": "?"}.get(kind) or f"{kind[0]}{int(kind[1:]) // 8}"


@pytest.fixture
def window(tmp_path):
    return models.window(tmp_path / "window.kow", capacity=16)


@pytest.fixture
def recording(tmp_path):
    """Beats by minute: minutes out of order and in pieces, 2 to 200 beats, a gap in the values."""
    random = np.random.default_rng(1)
    minute = random.permutation(np.repeat([17, 3, 40, 5, 8], [200, 2, 31, 50, 7]))
    frame = pd.DataFrame({"minute": minute, "rr": random.normal(800, 50, minute.size)})
    frame["place"] = "x,y"
    frame.loc[frame.index[frame.minute == 8][0], "rr"] = np.nan
    path = tmp_path / "beats.csv"
    frame.to_csv(path, index=False)
    return path, frame


def expect(rows):
    """The mean, spread and count as the program prints them: shortest digits that read back."""
    mean, spread = float(np.mean(rows)) + 1.5, float(np.std(rows))
    return [repr(mean), repr(spread), str(len(rows))]


def read(text):
    return list(csv.reader(io.StringIO(text)))


def test_one_run(kowari, window, recording):
    path, frame = recording
    frame.rr.fillna(1.0).to_csv(path, index=False)  # the only column
    said, error = kowari("run", window, "--input", f"rr={path}", "--set", "offset=1.5")
    assert read(said) == [["mean", "spread", "count"], expect(frame.rr.fillna(1.0).to_numpy())]
    assert error == "note: Trained on simulation - not a medical device.\n"


@pytest.mark.parametrize("digits", [None, 1, 10, 17])
def test_each_against_pandas(kowari, window, recording, digits):
    path, frame = recording
    words = ["--input", f"rr={path}", "--set", "offset=1.5", "--each", "minute"]
    words += [] if digits is None else ["--precision", digits]
    rows = read(kowari("run", window, *words)[0])
    groups = frame.groupby("minute", sort=False).rr
    expected = [[str(minute), *expect(rr.to_numpy())] for minute, rr in groups]
    if digits is not None:
        expected = [
            [m, f"{float(mean):.{digits}g}", f"{float(std):.{digits}g}", n]
            for m, mean, std, n in expected
        ]
    assert rows == [["minute", "mean", "spread", "count"], *expected]


def test_each_over_several_files(kowari, window, recording, tmp_path):
    """Beats a minute from one file, the minute's offset from another, in another order."""
    path, frame = recording
    offsets = pd.DataFrame({"minute": [5, 17, 8, 3, 40], "offset": [0.25, 1.0, -3.5, 2.0, 10.0]})
    offsets.to_csv(tmp_path / "offsets.csv", index=False)
    words = ("--input", f"offset={tmp_path / 'offsets.csv'}", "--input", f"rr={path}")
    rows = read(kowari("run", window, *words, "--each", "minute")[0])
    beats = frame.groupby("minute").rr
    expected = []
    for minute, offset in offsets.itertuples(index=False):
        rr = beats.get_group(minute).to_numpy()
        mean = float(np.mean(rr)) + offset
        expected.append([str(minute), repr(mean), repr(float(np.std(rr))), str(len(rr))])
    assert rows == [["minute", "mean", "spread", "count"], *expected]


def test_each_where_a_file_lacks_a_group(kowari, window, tmp_path):
    """Without a row an array is empty; a scalar has no value, and the others go on."""
    (tmp_path / "beats.csv").write_text("m,rr\n1,600\n3,500\n1,700\n3,700\n4,1\n4,3\n")
    (tmp_path / "offsets.csv").write_text("m,offset\n4,1\n2,0\n1,0\n")
    words = [f"offset={tmp_path / 'offsets.csv'}", f"rr={tmp_path / 'beats.csv'}"]
    words = ("--input", words[0], "--input", words[1], "--each", "m")
    said, error = kowari("run", window, *words, status=3)
    assert said == "m,mean,spread,count\n4,3.0,1.0,2\n2,,,\n1,650.0,50.0,2\n3,,,\n"
    told = error.splitlines()
    assert told[1] == "m 2: ValueError: too few beats (score.py:12)"
    assert told[2].startswith("m 3: ")
    assert told[2].endswith("offsets.csv: no row, the value of column 'offset' is missing")
    assert told[3].endswith("2 of 4 runs failed")


def test_groups_that_raise_keep_their_row(kowari, window, tmp_path):
    path = tmp_path / "beats.csv"
    path.write_text('who,rr\nann,600\nann,700\n"b, jr",500\ncy,1\ncy,3\n')
    words = ("--input", f"rr={path}", "--set", "offset=0", "--each", "who")
    said, error = kowari("run", window, *words, status=3)
    assert read(said) == [
        ["who", "mean", "spread", "count"],
        ["ann", "650.0", "50.0", "2"],
        ["b, jr", "", "", ""],
        ["cy", "2.0", "1.0", "2"],
    ]
    note, wrong, sum_up = error.splitlines()
    assert wrong == "who b, jr: ValueError: too few beats (score.py:12)"
    assert sum_up == "kowari run: 1 of 3 runs failed"
    one = ("--set", "rr=500", "--set", "offset=0")
    said, error = kowari("run", window, *one, status=3)
    assert said == "" and error.endswith("kowari run: ValueError: too few beats (score.py:12)\n")


def test_scalars_from_a_table(kowari, window, tmp_path):
    path = tmp_path / "beats.csv"
    path.write_text("m,rr,offset\n1,10,0.5\n1,20,0.5\n2,30,4\n2,50,4\n2,70,4\n")
    both = ("--input", f"rr={path}", "--input", f"offset={path}")
    said, _ = kowari("run", window, *both, "--each", "m", "--output", "-")
    assert [row[:2] for row in read(said)[1:]] == [["1", "15.5"], ["2", "54.0"]]
    error = kowari("run", window, *both, status=1)[1]
    assert "column 'offset' must hold one value, but has '0.5' in line 2, '4' in 4" in error


def test_state_passes_from_group_to_group(kowari, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("k,x\nb,1\na,10\nb,2\na,20\n")
    model = models.total(tmp_path / "total.kow")
    said, _ = kowari("run", model, "--input", f"x={path}", "--each", "k")
    assert said == "k,total\nb,3.0\na,33.0\n"


@pytest.mark.parametrize("kind", SPECIAL)
def test_types_through_csv_and_npy(kowari, tmp_path, kind):
    model = models.copies(tmp_path / "copy.kow", [kind], "n")
    values = np.array(SPECIAL[kind], dtype(kind))
    np.save(tmp_path / "in.npy", values)
    said, _ = kowari("run", model, "--input", f"{kind}={tmp_path / 'in.npy'}")
    if values.dtype.kind == "f":
        assert np.array_equal(np.array(said.split()[1:], values.dtype), values, equal_nan=True)
    else:
        assert [row[0] for row in read(said)[1:]] == [str(v) for v in values.tolist()]

    (tmp_path / "again.csv").write_text(said)  # what it printed, it reads back, to the bit
    words = ("--input", f"{kind}={tmp_path / 'again.csv'}")
    kowari("run", model, *words, "--output", tmp_path / "out")
    back = np.load(tmp_path / f"out/{kind}_out.npy")
    assert back.dtype == values.dtype and back.tobytes() == values.tobytes()
    assert not (tmp_path / "out/scalars.csv").exists()


@pytest.mark.parametrize("kind", SPECIAL)
def test_empty_arrays(kowari, tmp_path, kind):
    model = models.copies(tmp_path / "copy.kow", [kind], "n")
    (tmp_path / "in.csv").write_text("a\n")
    for words in (("--input", f"{kind}={tmp_path / 'in.csv'}"), ("--set", f"{kind}=")):
        assert kowari("run", model, *words)[0] == f"{kind}_out\n"
    kowari("run", model, "--set", f"{kind}=", "--output", tmp_path)
    assert np.load(tmp_path / f"{kind}_out.npy").shape == (0,)


def test_set(kowari, tmp_path):
    kinds = ["f64", "f32", "i8", "u32", "bool", "text"]
    scalars = models.copies(tmp_path / "scalars.kow", kinds)
    values = ["1e-3", "0.1", "-128", "7", "True", "a,b=c"]
    words = [w for kind, v in zip(kinds, values, strict=True) for w in ("--set", f"{kind}={v}")]
    rows = read(kowari("run", scalars, *words)[0])
    assert rows[1] == ["0.001", "0.1", "-128", "7", "True", "a,b=c"]
    lists = models.copies(tmp_path / "lists.kow", kinds, "n")
    values = ["1,nan", "0.1,-0", "1,2", "3,4", "true,0", ",b"]
    words = [w for kind, v in zip(kinds, values, strict=True) for w in ("--set", f"{kind}={v}")]
    assert read(kowari("run", lists, *words)[0])[1:] == [
        ["1.0", "0.1", "1", "3", "True", ""],
        ["nan", "-0.0", "2", "4", "False", "b"],
    ]


def test_none(kowari, tmp_path):
    model = models.copies(tmp_path / "optional.kow", ["f64", "text"], optional=True)
    assert kowari("run", model)[0] == "f64_out,text_out\n,\n"
    assert kowari("run", model, "--set", "text=none", "--set", "f64=none")[0].endswith("\n,\n")
    assert kowari("run", model, "--set", "text=", "--set", "f64=2")[0].endswith('\n2.0,""\n')
    single = models.copies(tmp_path / "single.kow", ["f64"], optional=True)
    said, _ = kowari("run", single)
    assert read(said) == [["f64_out"], [""]]
    arrays = models.copies(tmp_path / "arrays.kow", ["f64"], "n", optional=True)
    assert "f64_out.npy is not written" in kowari("run", arrays, "--output", tmp_path)[1]


def test_tables(kowari, tmp_path):
    model = models.table(tmp_path / "table.kow")
    frame = pd.DataFrame(np.random.default_rng(2).normal(size=(50, 3)), columns=list("cab"))
    frame["id"] = np.arange(50) // 20
    frame[["c", "a", "b"]].to_csv(tmp_path / "x.csv", index=False)
    rows = read(kowari("run", model, "--input", f"X={tmp_path / 'x.csv'}")[0])
    assert rows[0] == ["sum", "double.0", "double.1", "double.2"]
    values = frame[["c", "a", "b"]].to_numpy()
    expected = np.column_stack([values.sum(axis=1), 2 * values])
    assert np.array_equal(np.array(rows[1:], float), expected)

    frame.to_csv(tmp_path / "x.csv", index=False)
    words = ("--input", f"X={tmp_path / 'x.csv'}", "--each", "id")
    rows = read(kowari("run", model, *words)[0])
    assert np.array_equal(np.array(rows[1:], float), np.column_stack([frame.id, expected]))
    kowari("run", model, *words, "--output", tmp_path / "out")
    assert (tmp_path / "out/scalars.csv").read_text() == "id\n0\n1\n2\n"
    for run, part in frame.groupby("id"):
        double = np.load(tmp_path / f"out/double.{run}.npy")
        assert np.array_equal(double, 2 * part[["c", "a", "b"]].to_numpy())


def test_named_columns_in_any_order(kowari, tmp_path):
    model = models.table(tmp_path / "table.kow", names=["age", "rr", "sex"])
    path = tmp_path / "x.csv"
    path.write_text("m,sex,age,rr\n1,1,2,3\n")
    words = ("--input", f"X={path}", "--each", "m")
    assert kowari("run", model, *words)[0].endswith("\n1,6.0,4.0,6.0,2.0\n")
    assert "column 'm' is extra: no input takes it" in kowari.fail("run", model, *words[:2])
    path.write_text("sex,age\n1,2\n")
    assert "column 'rr' is missing for input 'X'" in kowari.fail("run", model, *words[:2])


def test_frames(kowari, tmp_path):
    model = models.frame(tmp_path / "frame.kow")
    frame = pd.DataFrame({"word": ["a", "", "c,d"], "weight": [1.5, 2.5, 3.5], "hr": [60, 70, 80]})
    frame.to_csv(tmp_path / "df.csv", index=False)
    words = ("--input", f"df={tmp_path / 'df.csv'}", "--output", tmp_path / "out")
    kowari("run", model, *words)
    assert np.load(tmp_path / "out/words.npy").tolist() == ["a", "", "c,d"]
    total = float((frame.hr * frame.weight).sum())
    assert (tmp_path / "out/scalars.csv").read_text() == f"total\n{total!r}\n"
    error = kowari.fail("run", model, *words[:2])
    assert "output 'total' has 1 rows, 'words' 3: use --output DIR" in error
    frame.assign(more=1).to_csv(tmp_path / "df.csv", index=False)
    assert "column 'more' is extra" in kowari.fail("run", model, *words)
    frame.drop(columns="hr").to_csv(tmp_path / "df.csv", index=False)
    assert "column 'hr' is missing for input 'df.hr'" in kowari.fail("run", model, *words)


def test_sizes_grow(kowari, tmp_path):
    model = models.positives(tmp_path / "positives.kow")
    x = np.random.default_rng(3).normal(size=5000)
    np.save(tmp_path / "x.npy", x)
    rows = read(kowari("run", model, "--input", f"x={tmp_path / 'x.npy'}")[0])
    assert [int(row[0]) for row in rows[1:]] == np.flatnonzero(x > 0).tolist()
    assert [float(row[1]) for row in rows[1:]] == x[x > 0].tolist()


def test_a_group_without_elements_keeps_a_row(kowari, tmp_path):
    model = models.positives(tmp_path / "positives.kow")
    (tmp_path / "x.csv").write_text("k,x\n1,-5\n2,5\n2,6\n")
    said, _ = kowari("run", model, "--input", f"x={tmp_path / 'x.csv'}", "--each", "k")
    assert said == "k,index,value\n1,,\n2,0,5.0\n2,1,6.0\n"


def test_higher_ranks(kowari, tmp_path):
    model = models.copies(tmp_path / "cube.kow", ["f32"], "n", 2, 2)
    cube = np.arange(12, dtype="f4").reshape(3, 2, 2)
    np.save(tmp_path / "in.npy", np.asfortranarray(cube))
    words = ("--input", f"f32={tmp_path / 'in.npy'}")
    kowari("run", model, *words, "--output", tmp_path / "out")
    assert np.array_equal(np.load(tmp_path / "out/f32_out.npy"), cube)
    assert "'f32_out', f32[n, 2, 2], does not fit" in kowari.fail("run", model, *words)


def test_comma_locale(kowari, window, recording, comma_locale):
    path, _ = recording
    words = ("--input", f"rr={path}", "--set", "offset=1.5", "--each", "minute")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LC_ALL", "C")
        expected = kowari("run", window, *words)
    assert kowari("run", window, *words) == expected
    assert kowari("run", window, *words, "--precision", 5)[0].count(",") == 3 * 6
