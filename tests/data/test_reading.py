"""What is read: the same table from every kind of source."""

import gzip
import io
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from backproof.data.columns import CategoricalColumn, DateColumn, NumericColumn
from backproof.data.prediction_batches import match_columns
from backproof.data.reading import read_table
from backproof.data.remarks import Remarks
from backproof.data.training_data import prepare_table
from backproof.errors import BackproofError, DataError, OptionError
from data.files import rows, same, without_pyarrow, written

TEXT = "size,colour,on,n\n1.5,red,true,3\n-2e3,blue,false,4\n.25,red,True,5\n"
COLUMNS = {
    "size": [1.5, -2000.0, 0.25],
    "colour": ["red", "blue", "red"],
    "on": [True, False, True],
    "n": [3, 4, 5],
}


def as_parquet(folder):
    pd.DataFrame(COLUMNS).to_parquet(folder / "data.parquet")
    return folder / "data.parquet"


def as_npz(folder):
    np.savez(folder / "data.npz", **{name: np.array(values) for name, values in COLUMNS.items()})
    return folder / "data.npz"


SOURCES = {
    "csv": lambda folder: written(folder, TEXT),
    "csv, a name as text": lambda folder: str(written(folder, TEXT)),
    "byte order mark": lambda folder: written(folder, "\ufeff" + TEXT),
    "carriage returns": lambda folder: written(folder, TEXT.replace("\n", "\r\n")),
    "no last line break": lambda folder: written(folder, TEXT.rstrip()),
    "blank lines": lambda folder: written(folder, "\n" + TEXT.replace("\n", "\n\n")),
    "semicolons": lambda folder: written(folder, TEXT.replace(",", ";")),
    "tabs": lambda folder: written(folder, TEXT.replace(",", "\t"), "data.tsv"),
    "blanks": lambda folder: written(folder, TEXT.replace(",", " , ")),
    "quotes": lambda folder: written(folder, TEXT.replace("red", '"red"')),
    "gzip": lambda folder: written(folder, gzip.compress(TEXT.encode()), "data.csv.gz"),
    "parquet": as_parquet,
    "npz": as_npz,
    "pandas": lambda folder: pd.DataFrame(COLUMNS),
    "pandas objects": lambda folder: pd.DataFrame(COLUMNS, dtype=object),
    "pandas categories": lambda folder: pd.DataFrame(COLUMNS).astype({"colour": "category"}),
    "pandas nullable": lambda folder: pd.DataFrame(COLUMNS).convert_dtypes(),
    "polars": lambda folder: pl.DataFrame(COLUMNS),
    "polars categories": lambda folder: pl.DataFrame(COLUMNS).with_columns(pl.col("colour").cast(pl.Categorical)),
    "pyarrow": lambda folder: pa.table(COLUMNS),
    "a mapping": lambda folder: COLUMNS,
    "a structured array": lambda folder: np.array(
        list(zip(*COLUMNS.values(), strict=True)), dtype=[("size", "f8"), ("colour", "U4"), ("on", "?"), ("n", "i8")]
    ),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_the_same_table_from_every_source(tmp_path, source):
    table = read_table(source(tmp_path), target="n")
    assert table.names == tuple(COLUMNS)
    assert [type(column) for column in table.columns] == [
        NumericColumn,
        CategoricalColumn,
        NumericColumn,
        NumericColumn,
    ]
    for name, values in COLUMNS.items():
        assert rows(table[name]) == values
    assert table["on"].values.dtype == bool or source is SOURCES["pandas objects"]


MISSING = {
    "csv": lambda folder: written(folder, "a,b,c\n1,x,true\n,NA,\n3,y,false\n"),
    "pandas": lambda folder: pd.DataFrame({"a": [1, None, 3], "b": ["x", None, "y"], "c": [True, None, False]}),
    "pandas nullable": lambda folder: pd.DataFrame(
        {"a": [1, None, 3], "b": ["x", None, "y"], "c": [True, None, False]}
    ).convert_dtypes(),
    "polars": lambda folder: pl.DataFrame({"a": [1, None, 3], "b": ["x", None, "y"], "c": [True, None, False]}),
    "pyarrow": lambda folder: pa.table({"a": [1, None, 3], "b": ["x", None, "y"], "c": [True, None, False]}),
    "objects": lambda folder: {"a": [1, None, 3], "b": ["x", None, "y"], "c": [True, None, False]},
}


@pytest.mark.parametrize("source", MISSING.values(), ids=MISSING)
def test_missing_values(tmp_path, source):
    table = read_table(source(tmp_path))
    assert rows(table["a"]) == [1, None, 3]
    assert rows(table["b"]) == ["x", None, "y"]
    assert rows(table["c"]) == [1, None, 0]


def test_kinds_can_be_declared(tmp_path):
    path = written(tmp_path, "zip,score\n01234,1\n1234,2\n0042,9\n")
    assert rows(read_table(path)["zip"]) == [1234, 1234, 42]
    assert rows(read_table(path, categorical=["zip"])["zip"]) == ["01234", "1234", "0042"]
    assert rows(read_table({"k": [1.0, 2.5, np.nan]}, categorical=["k"])["k"]) == ["1", "2.5", None]
    assert rows(read_table(pd.DataFrame({"k": ["1", "2", None]}))["k"]) == ["1", "2", None]
    assert rows(read_table(pd.DataFrame({"k": ["1", "2", None]}), numeric=["k"])["k"]) == [1, 2, None]


def test_columns_can_be_dropped(tmp_path):
    path = written(tmp_path, "a,b,c\n1,2,3\n")
    assert read_table(path, drop=["b"]).names == ("a", "c")
    frame = pd.DataFrame({"long": pd.to_timedelta([1, 2], unit="h"), "a": [1, 2]})
    assert read_table(frame, drop=["long"]).names == ("a",)
    with pytest.raises(DataError, match=r"column 'long': these are times of day or durations.*drop the column"):
        read_table(frame)


def test_whole_numbers_stay_small(tmp_path):
    table = read_table(written(tmp_path, "a,b,c,d\n0,-1,1e3,0.5\n255,127,4e9,1\n"))
    assert [column.values.dtype for column in table.columns] == ["uint8", "int8", "uint32", "float64"]


def test_an_index_that_a_frame_wrote_is_left_out(tmp_path):
    table = read_table(written(tmp_path, ",a\n0,5\n1,6\n2,7\n"))
    assert table.names == ("a",)
    assert "counts the rows" in table.notes[0]
    assert read_table(written(tmp_path, ",a\n0,5\n2,6\n2,7\n")).names == ("", "a")


def test_rows_of_an_array():
    x = np.arange(12.0).reshape(4, 3)
    table = read_table(x, target="-1")
    assert table.names == ("x", "-1")
    assert rows(table["-1"]) == [2, 5, 8, 11]
    assert read_table(x, target="1")["x"].values.tolist() == x[:, 1:].tolist()
    assert read_table(x)["x"].values is not None
    assert np.shares_memory(read_table(x)["x"].values, x)
    assert read_table(np.zeros((5, 2, 2)))["x"].width == 4
    with pytest.raises(DataError, match=r"no column '4'; its columns have numbers, 1 to 3, and -1 is the last"):
        read_table(x, target="4")


def test_arrays_of_every_make():
    masked = np.ma.masked_array([1, 2, 3], [False, True, False])
    assert rows(read_table({"a": masked})["a"]) == [1, None, 3]
    swapped = read_table({"a": np.array([[1, 2], [3, 4]], dtype=">f4")})["a"].values
    assert swapped.dtype.isnative
    assert swapped.tolist() == [[1, 2], [3, 4]]
    assert rows(read_table({"a": np.array(["u", "v"])})["a"]) == ["u", "v"]
    assert read_table({"a": np.array([[1], [2]])})["a"].values.shape == (2,)


@pytest.mark.parametrize(("x", "y"), [("x_train", "y_train"), ("x", "y"), ("trainX", "trainy")])
def test_mnist_as_it_is_stored(tmp_path, x, y):
    images, labels = np.zeros((6, 4), np.uint8), np.array([0, 1, 2] * 2, np.uint8)
    tests = [name.replace("train", "test") if "train" in name else f"{name}_test" for name in (x, y)]
    arrays = {x: images, y: labels, tests[0]: images[:6] + 1, tests[1]: labels, "note": np.array(3)}
    np.savez(tmp_path / "m.npz", **arrays)
    table = read_table(tmp_path / "m.npz", target=y)
    assert table.names == table.test.names == (x, y)
    assert table[x].values.dtype == np.uint8
    assert table.test[x].values.min() == 1
    (note,) = table.notes
    assert "6 rows are set apart for the test" in note


def test_arrays_that_stand_beside_the_samples_are_told(tmp_path):
    arrays = {"x": np.zeros((6, 4)), "y": np.arange(6), "x_val": np.zeros((2, 4)), "y_val": np.zeros(2)}
    np.savez(tmp_path / "m.npz", **arrays, x_test=np.zeros((6, 4)))
    table = read_table(tmp_path / "m.npz", target="y")
    assert (table.names, table.test) == (("x", "y"), None)
    assert table.notes == ("'x_val', 'y_val', 'x_test': not used beside 'y', which has 6 rows.",)


def test_a_row_is_counted_as_in_the_file(tmp_path):
    text = 'a,b\n\n1,"two\nlines"\n2,x\ninf,y\n'
    table = read_table(written(tmp_path, text))
    assert [table.row_of(index) for index in range(3)] == [3, 5, 6]


@pytest.mark.parametrize("option", ["drop", "categorical", "numeric"])
def test_options_name_columns(tmp_path, option):
    path = written(tmp_path, TEXT)
    with pytest.raises(DataError, match=r"data.csv: there is no column 'colur'. Did you mean 'colour'\?"):
        read_table(path, **{option: ["colur"]})
    with pytest.raises(OptionError, match=f"{option}: expected a list of columns, received 'size'"):
        read_table(path, **{option: "size"})
    with pytest.raises(OptionError, match="expected names of columns"):
        read_table(path, **{option: [1]})


def test_options_that_contradict_each_other(tmp_path):
    path = written(tmp_path, TEXT)
    with pytest.raises(OptionError, match="both categorical and numeric"):
        read_table(path, categorical=["n"], numeric=["n"])
    with pytest.raises(OptionError, match="the target 'n' cannot be dropped"):
        read_table(path, target="n", drop=["n"])
    with pytest.raises(BackproofError, match="every column is dropped"):
        read_table(path, drop=list(COLUMNS))


PLAIN = [TEXT, "a\n1\n2\n", "a;b\n1;x\n2;\n", 'a,b\n"1,5",x\n"2,5",y\n', "é,ü\n1,ß\n2,日本\n", "a,b\r1,2\r3,4\r"]


@pytest.mark.parametrize("text", PLAIN)
def test_the_plain_install_reads_the_same(tmp_path, monkeypatch, text):
    path = written(tmp_path, text)
    quick = read_table(path, categorical=["a"] if '"' in text else [])
    without_pyarrow(monkeypatch)
    assert same(read_table(path, categorical=["a"] if '"' in text else []), quick)


def test_the_plain_install_says_what_the_extra_would_give(tmp_path, monkeypatch):
    path, frame = as_parquet(tmp_path), pd.DataFrame(COLUMNS)
    without_pyarrow(monkeypatch)
    with pytest.raises(DataError, match=r"a Parquet file needs pyarrow: pip install 'backproof\[train\]'"):
        read_table(path)
    with pytest.raises(DataError, match=r"a data frame needs narwhals: pip install 'backproof\[train\]'"):
        read_table(frame)


def test_a_large_file_is_read_in_parts(tmp_path, monkeypatch):
    random = np.random.default_rng(0)
    file = io.StringIO()
    pd.DataFrame({"a": random.normal(size=9000), "b": random.choice(["x", "y", "z"], 9000)}).to_csv(file, index=False)
    path = written(tmp_path, file.getvalue())
    quick = read_table(path)
    without_pyarrow(monkeypatch)
    assert len(quick) == 9000
    assert same(read_table(path), quick)


def test_declared_numbers_of_a_frame_may_have_decimal_commas():
    table = read_table(pd.DataFrame({"a": ["0,5", "1", "2"]}), numeric=["a"])
    np.testing.assert_array_equal(table["a"].values, [0.5, 1, 2])


@pytest.mark.parametrize(("format", "other"), [("%d/%m/%Y", "%m/%d/%Y"), ("%m/%d/%Y", "%d/%m/%Y")])
def test_dates_that_could_be_read_in_two_ways_are_read_as_in_training(tmp_path, format, other):
    days = [date(2020, month, day) for month in (1, 4, 7) for day in (2, 9, 25)]
    first, second, third = (tmp_path / f"{name}.csv" for name in "abc")
    first.write_text("t,y\n" + "".join(f"{day.strftime(format)},{place}\n" for place, day in enumerate(days)))
    few = [day for day in days if day.day <= 12]
    second.write_text("t,y\n" + "".join(f"{day.strftime(format)},1\n" for day in few))
    third.write_text("t,y\n" + "".join(f"{day.strftime(other)},1\n" for day in days))
    (encoder,) = prepare_table(read_table(first), "y").preparation.encoders
    for path, meant in ((second, few), (third, days)):
        test = read_table(path, like=read_table(first))
        remarks = Remarks()
        times = encoder.encode(test["t"], test, remarks)[:, 0] / encoder.scale + encoder.shift
        seconds = [datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() for day in meant]
        np.testing.assert_allclose(times, seconds)
        assert bool(remarks.counts) == (meant is days)  # day and month surely in another order: that is told


def test_a_comma_that_could_be_two_things_is_what_it_is_in_training(tmp_path):
    (tmp_path / "a.csv").write_text("x;y\n" + "".join(f"{place},25;{place}\n" for place in range(9)))
    (tmp_path / "b.csv").write_text("x;y\n1,125;0\n2,250;1\n")
    table = read_table(tmp_path / "a.csv")
    table = replace(table, test=read_table(tmp_path / "b.csv", like=table))
    made = prepare_table(table, "y")
    (encoder,) = made.preparation.encoders
    assert not made.notes
    np.testing.assert_allclose(made.test.x[:, 0] / encoder.scale + encoder.shift, [1.125, 2.25])


@pytest.mark.parametrize(
    ("format", "days", "said"),
    [
        ("%m/%d/%Y", (2, 9), "Column 't': '01/02/2020' is read as 2020-01-02"),
        ("%m-%d-%Y", (2, 9), "Column 't': '01-02-2020' is read as 2020-01-02"),
        ("%d.%m.%Y", (2, 9), ""),
        ("%d/%m/%Y %H:%M", (2, 9), "is read as 2020-02-01"),
        ("%d/%m/%Y", (2, 25), ""),
        ("%m/%d/%Y", (2, 25), ""),
        ("%Y-%m-%d", (2, 9), ""),
        ("%d %B %Y", (2, 9), ""),
    ],
)
def test_dates_that_could_be_read_in_two_ways_are_told(tmp_path, format, days, said):
    moments = [date(2020, month, day) for month in (1, 4, 7) for day in days]
    table = read_table(written(tmp_path, "t,y\n" + "".join(f"{each.strftime(format)},1\n" for each in moments)))
    assert isinstance(table["t"], DateColumn)
    assert [note for note in table.notes if said and said in note] == list(table.notes)
    assert bool(table.notes) == bool(said)


def test_dates_that_are_the_same_in_both_ways_are_not_told(tmp_path):
    table = read_table(written(tmp_path, "t,y\n" + "".join(f"{n:02}/{n:02}/2020,1\n" for n in range(1, 13))))
    assert isinstance(table["t"], DateColumn)
    assert not table.notes


WORDS = ["x", "x y", "a|b;c,d\te", 'the "x"', "it's", "a\\b", " x ", "caf\u00e9", "1,5", "#1"]


def write_cell(text, separator, style):
    """A field in one of the ways in which programs quote it."""
    match style:
        case "double":
            return '"{}"'.format(text.replace('"', '""'))
        case "backslash":
            return '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))
        case "single":
            return "'{}'".format(text.replace("'", "''"))
    quoted = separator in text or '"' in text
    return write_cell(text, separator, "double") if quoted else text


@pytest.mark.parametrize("plain", [False, True], ids=["pyarrow", "plain"])
@pytest.mark.parametrize("style", ["minimal", "double", "backslash", "single", "lines"])
@pytest.mark.parametrize("separator", ["\t", ";", "|", ",", "^", "~"])
def test_every_separator_with_every_way_of_quoting(tmp_path, monkeypatch, separator, style, plain):
    if plain:
        without_pyarrow(monkeypatch)
    wanted = {"n": list(range(20)), "a word": [WORDS[place % 10] for place in range(20)], "y": [0.5, 1.25] * 10}
    lines = [[*wanted], *zip(*wanted.values(), strict=True)]
    inner = "double" if style == "lines" else style
    cells = [
        [write_cell(each, separator, inner) if isinstance(each, str) else str(each) for each in line] for line in lines
    ]
    texts = [separator.join(line) for line in cells]
    texts = [write_cell(text, separator, "double") for text in texts] if style == "lines" else texts
    table = read_table(written(tmp_path, "\n".join(texts)), target="y")
    assert table.names == tuple(wanted)
    assert [rows(column) for column in table.columns] == [
        wanted["n"], [each.strip() for each in wanted["a word"]], wanted["y"],
    ]  # fmt: skip
    assert not table.notes


@pytest.mark.parametrize("separator", [",", ";", " "])
@pytest.mark.parametrize("extra", range(4))
def test_a_value_without_a_name_never_moves_the_others_in_silence(tmp_path, separator, extra):
    for count in (3, 40):
        rows_of = [["k" + str(place % 2), str(place % 7), "0.5"] for place in range(count)]
        for place, row in enumerate(rows_of):
            row.insert(extra, str(place % 2))
        text = "\n".join(separator.join(row) for row in [["kind", "n", "y"], *rows_of])
        with pytest.raises(DataError, match=r"rows have 4 values, for 3 names.*if the last has no name, give --header"):
            read_table(written(tmp_path, text), target="y")
        table = read_table(written(tmp_path, text), target="y", header=True)
        assert table.names == ("kind", "n", "y", "")
        known = read_table({"kind": ["k0", "k1"] * 4, "n": range(8), "y": np.arange(8) / 2})
        with pytest.raises(DataError, match=r"rows have 4 values, for 3 names.*if the last has no name, write one"):
            match_columns(prepare_table(known, "y").preparation, tmp_path / "data.csv")


def test_blanks_and_a_tab_before_quotes(tmp_path):
    lines = [f'{place}.0   {place % 5}   {place * 7}.5\t"car {place % 3}"' for place in range(30)]
    table = read_table(written(tmp_path, "\n".join(lines)), target="1", header=False)
    assert table.names == ("1", "2", "3", "4")
    assert rows(table["4"])[:4] == ["car 0", "car 1", "car 2", "car 0"]


def test_rows_are_not_left_out_where_that_would_be_most_of_them(tmp_path):
    text = "a;b;c;d;y\n" + "1;2;3;4;5\n" * 3 + "1;2;3\n" * 9
    with pytest.raises(DataError, match=r"\(9 such rows, more than others\)") as error:
        read_table(written(tmp_path, text), target="y")
    assert not error.value.settling
    with pytest.raises(DataError, match="Leave such rows out with --skip-bad-rows") as error:
        read_table(written(tmp_path, "a;b;c;d;y\n" + "1;2;3;4;5\n" * 9 + "1;2;3\n" * 3), target="y")
    assert error.value.settling == (("--skip-bad-rows",),)


@pytest.mark.parametrize("name", ["city", "city name", "c"])
def test_a_single_column_of_two_words_each_stays_one(tmp_path, name):
    cities = ["New York", "San Jose", "Old Town"]
    table = read_table(written(tmp_path, "\n".join([name, *cities])))
    assert table.names == (name,)
    assert rows(table[name]) == cities
