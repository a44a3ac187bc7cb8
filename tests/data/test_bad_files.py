"""Data that cannot be read: one message each, with file, row and column."""

import gzip
import io
import zipfile

import numpy as np
import pandas as pd
import polars as pl
import pytest

from backproof.data.reading import read_table
from backproof.data.training_data import prepare_table
from backproof.errors import BackproofError, DataError
from data.files import rows, without_pyarrow, written

GOOD = "a,b,y\n1,x,0\n2,y,1\n3,x,0\n4,y,1\n"
TEXTS = {
    "empty": ("", "data.csv: the file is empty"),
    "blank lines": ("\n\n\n", "the file holds no row of column names"),
    "blanks": ("  \n  \n", "the file holds no row of column names"),
    "only names": ("a,b,y\n", "there are column names, but no rows of values"),
    "a row too short": (
        "a,b,y\n1,x,0\n2,y\n3,x,1\n",
        "data.csv, row 3: expected 3 values, one for each column; found 2",
    ),
    "a row too long": ("a,b,y\n1,x,0\n2,y,1,5\n", "data.csv, row 3: expected 3 values, one for each column; found 4"),
    "ragged after blank lines": ("a,b,y\n\n\n1,x,0\n2,y\n", "row 5: expected 3 values"),
    "no such target": ("a,b,z\n1,x,0\n", "data.csv: there is no column 'y'. Its columns are 'a', 'b', 'z'"),
    "a target nearly so": ("a,b,yy\n1,x,0\n", r"no column 'y'. Did you mean 'yy'\?"),
    "double names": ("a,b,a,y\n1,2,3,0\n", "row 1: columns 1 and 3 are both named 'a'"),
    "no names": ("1,2,1\n1,2,3\n", "row 1: the first row holds numbers: .* give --no-header, .* 1 to 3"),
    "no names, fractions": ("5.1,3.5\n4.9,3.0\n", "row 1: the first row holds numbers: are they names"),
    "UTF-16, no mark": (GOOD.encode("utf-16-le"), "row 1: NUL bytes: this is not a text file, or it is UTF-16"),
    "rubbish": (bytes(range(256)) * 10, "NUL bytes"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "not UTF-8|NUL"),
    "text among numbers": (
        "a,y\n1,0\n2,1\nx,0\n4,1\n",
        r"data.csv, row 4, column 'a': expected a number, received 'x'",
    ),
    "two faults": (
        "a,b,y\n1,2,0\n2,x,1\nx,3,0\n4,4,1\n",
        r"2 things are to be settled first:\n- .*row 4, column 'a'.*\n- .*row 3, column 'b': expected a number",
    ),
    "several texts": ("a,y\nx,0\n2,1\nx,0\n4,1\n", r"row 2, column 'a': .*'x' \(2 such rows\)"),
    "text in the target": ("a,y\n1,0\n2,1\n3,zero\n4,1\n", "row 4, column 'y': expected a number, received 'zero'"),
    "an open quotation": ('a,y\n"1,0\n2,1\n', "row 2: this is not valid CSV"),
    "text after a quotation": ('a,y\n"1"2,0\n2,1\n', "row 2: this is not valid CSV"),
    "control characters in a name": ("a\x1b[2J,y\n1,0\n", "the name of column 1 is not a printable line of text"),
    "a cell too large": ("a,y\n" + "z" * 200_000 + ',"0"\n', "row 2: this is not valid CSV: field larger"),
}


@pytest.mark.parametrize("plain", [False, True], ids=["pyarrow", "plain"])
@pytest.mark.parametrize(("text", "message"), TEXTS.values(), ids=TEXTS)
def test_text_files(tmp_path, monkeypatch, text, message, plain):
    path = written(tmp_path, text)
    if plain:
        without_pyarrow(monkeypatch)
    with pytest.raises(DataError, match=message) as error:
        read_table(path, target="y")
    assert len(str(error.value)) < 500
    assert "\x1b" not in str(error.value)


def test_what_is_no_file(tmp_path):
    with pytest.raises(DataError, match=r"this is a folder; expected a .csv"):
        read_table(tmp_path)
    with pytest.raises(DataError, match=r"there is no file '.*absent.csv'"):
        read_table(tmp_path / "absent.csv")
    with pytest.raises(DataError, match=r"cannot be opened|there is no file"):
        read_table("a\0b.csv")
    with pytest.raises(DataError, match=r"cannot be opened|there is no file") as error:
        read_table("x" * 5000)
    assert len(str(error.value)) < 300
    with pytest.raises(DataError, match=r"this is a spreadsheet; save it as CSV"):
        read_table(written(tmp_path, "PK", "data.xlsx"))
    with pytest.raises(DataError, match=r"unknown file ending '.json'"):
        read_table(written(tmp_path, "{}", "data.json"))
    with pytest.raises(DataError, match=r"its name has no ending"):
        read_table(written(tmp_path, "a,b", "data"))
    with pytest.raises(DataError, match=r"this gzip file is damaged or incomplete"):
        read_table(written(tmp_path, "a,b\n1,2\n", "data.csv.gz"))


def objects(folder):
    np.save(folder / "data.npy", np.array([{"a": 1}], dtype=object))
    return folder / "data.npy"


def huge(folder):
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000,), }".ljust(117) + "\n"
    return written(folder, b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode(), "data.npy")


def not_arrays(folder):
    with zipfile.ZipFile(folder / "data.npz", "w") as archive:
        archive.writestr("y", "hello")
    return folder / "data.npz"


def lengths(folder):
    np.savez(folder / "data.npz", x=np.zeros((3, 2)), y=np.zeros(4))
    return folder / "data.npz"


BINARY = {
    "objects": (objects, "it holds Python objects"),
    "a shape too large": (huge, "memory|cannot be read"),
    "rubbish": (lambda folder: written(folder, b"rubbish", "data.npy"), "cannot be read as a NumPy file"),
    "a text for a zip": (lambda folder: written(folder, b"rubbish", "data.npz"), "cannot be read as a NumPy file"),
    "no arrays": (not_arrays, "cannot be read|neither numbers|expected rows|no other array"),
    "no other array": (lengths, "no other array has as many rows as 'y', which has 4"),
    "no parquet": (
        lambda folder: written(folder, GOOD, "data.parquet"),
        "data.parquet: this cannot be read as Parquet",
    ),
}


@pytest.mark.parametrize(("make", "message"), BINARY.values(), ids=BINARY)
def test_binary_files(tmp_path, make, message):
    with pytest.raises(DataError, match=message):
        read_table(make(tmp_path), target="y")


def test_every_beginning_of_a_binary_file(tmp_path):
    frame = pd.DataFrame({"a": [1.0, 2.0], "y": ["u", "v"]})
    whole = {"data.parquet": frame.to_parquet(), "data.npz": io.BytesIO(), "data.npy": io.BytesIO()}
    np.savez_compressed(whole["data.npz"], a=np.arange(9.0), y=np.arange(9))
    np.save(whole["data.npy"], np.arange(10.0).reshape(5, 2))
    for name, data in whole.items():
        data = data if isinstance(data, bytes) else data.getvalue()
        for end in range(0, len(data), max(1, len(data) // 40)):
            with pytest.raises(DataError):
                read_table(written(tmp_path, data[:end], name), target="-1" if name.endswith("npy") else "y")


ARRAYS = {
    "a number": (3, "expected rows of values, received a single one"),
    "bytes": (b"12", "received bytes"),
    "a set": ({1, 2}, "received set"),
    "nothing": (None, "expected rows of values"),
    "no rows": ([], "no rows? of values"),
    "ragged": ([[1, 2], [1]], "expected rows of equal length"),
    "words in rows": ([["a", "b"]], "Give columns of words by name"),
    "lengths": ({"a": [1, 2], "b": [1]}, "expected the same number of rows in each array; they have: 'a' 2, 'b' 1"),
    "complex": ({"a": [1j]}, "an array of complex128 holds neither numbers nor words"),
    "dates": ({"a": np.array(["2026-01-01"], dtype="M8[D]")}, "datetime64"),
    "objects": ({"a": [1, object()]}, "row 2, column 'a': a value of type object is neither a number nor a word"),
    "a huge number": ({"a": [1, 10**400]}, "row 2, column 'a'"),
    "names that are the same": ({1: [1], "1": [2]}, "both named '1'"),
    "lazy": (pl.LazyFrame({"a": [1]}), "cannot be read as a data frame"),
    "lists": (pl.DataFrame({"a": [[1]]}), "column 'a': these are values of type List"),
    "durations in a frame": (pl.DataFrame({"a": [1]}).select(pl.duration(days=pl.col("a"))), "of day or durations"),
    "double names in a frame": (pd.DataFrame([[1, 2]], columns=["a", "a"]), "named 'a'|data frame"),
    "no rows in a frame": (pd.DataFrame({"a": []}), "no rows? of values"),
}


@pytest.mark.parametrize(("source", "message"), ARRAYS.values(), ids=ARRAYS)
def test_arrays_and_frames(source, message):
    with pytest.raises(DataError, match=message):
        read_table(source)


def table(**columns):
    return read_table(columns)


N = list(range(40))
Y = ["u", "v"] * 20


def test_each_column_of_a_frame_that_cannot_be_read_is_told_with_the_option_that_leaves_it_out(tmp_path):
    frame = pl.DataFrame({"a": [[1]], "b": [1], "c": [b"\xff"], "d": ["x"], "e": [b"text"]})
    frame.write_parquet(tmp_path / "data.parquet")
    for source in (frame, tmp_path / "data.parquet"):
        with pytest.raises(
            DataError, match=r"2 things(?s:.*)column 'a': .*type List(?s:.*)column 'c': .*bytes"
        ) as error:
            read_table(source)
        assert error.value.settling == (("--drop", "a"), ("--drop", "c"))
        assert rows(read_table(source, drop=["a", "c"])["e"]) == ["text"]


LEARN = {
    "one class": ({"a": N, "y": ["u"] * 40}, {}, "column 'y': every row has the same target, 'u'"),
    "one number": ({"a": N, "y": [3] * 40}, {}, "every row has the same target, '3'"),
    "a missing target": ({"a": N, "y": [*Y[:-1], None]}, {}, "row 40, column 'y': the row has no target; .*--drop-mi"),
    "missing targets": ({"a": N, "y": [*N[:-2], None, None]}, {}, "row 39, column 'y': 2 rows have no target, the fir"),
    "all missing": ({"a": [None] * 40, "y": Y}, {"impute": "mean"}, "no column besides the target says anything"),
    "all NaN": ({"a": [np.nan] * 40, "y": Y}, {"impute": "median"}, "no column besides the target says anything"),
    "infinite": ({"a": [1.0, -np.inf, *N[2:]], "y": Y}, {}, "row 2, column 'a': the number is infinite"),
    "infinite in a block": ({"a": np.full((40, 3), np.inf), "y": Y}, {}, r"row 1, column 'a'\[1\]: the number is inf"),
    "infinite target": ({"a": N, "y": [np.inf, *N[1:]]}, {}, "row 1, column 'y': the number is infinite"),
    "too large": ({"a": [1e308, -1e308] * 20, "y": Y}, {}, "column 'a': the numbers are too large to be scaled"),
    "identifiers": ({"a": [f"id{n}" for n in N], "y": Y}, {}, "each is empty or an identifier"),
    "labels of one row each": ({"a": N, "y": [f"n{n}" for n in N]}, {}, "column 'y': 40 different labels"),
    "fractions for classes": ({"a": N, "y": [0.5, 1] * 20}, {"problem": "classification"}, "words or whole numbers"),
    "words for an amount": ({"a": N, "y": Y}, {"problem": "regression"}, "row 1, column 'y': expected a number"),
    "no other column": ({"y": Y}, {}, "no column besides the target 'y'"),
    "a block for a target": ({"a": N, "y": np.zeros((40, 2))}, {}, "a target is one column, this one has 2"),
    "a way to impute": ({"a": N, "y": Y}, {"impute": "meen"}, r"impute must be one of .*Did you mean 'mean'\?"),
    "a problem": ({"a": N, "y": Y}, {"problem": "classify"}, "problem must be classification or regression"),
    "a share": ({"a": N, "y": Y}, {"validation": 1.5}, "must be between 0 and 1, received 1.5"),
    "too few rows": ({"a": [1.5], "y": [2.5]}, {"validation": 0.5}, "expected two rows or more"),
    "too large for single precision": (
        {"a": N, "y": [*[0.0] * 39, 1e-300]},
        {"problem": "regression", "dtype": np.float32},
        None,
    ),
}


@pytest.mark.parametrize(("columns", "options", "message"), LEARN.values(), ids=LEARN)
def test_what_cannot_be_learned(columns, options, message):
    if message is None:
        assert np.isfinite(prepare_table(read_table(columns), "y", **options).y).all()
        return
    with pytest.raises(BackproofError, match=message) as error:
        prepare_table(read_table(columns), "y", **options)
    assert len(str(error.value)) < 500


def write_npz(path, rows):
    np.savez_compressed(path, x=np.zeros((rows, 2)), y=np.zeros(rows))


def write_csv_gz(path, rows):
    path.write_bytes(gzip.compress(b"x,y\n" + b"0,1\n" * rows))


@pytest.mark.parametrize(("name", "write"), [("b.npz", write_npz), ("b.csv.gz", write_csv_gz)])
def test_a_few_bytes_that_would_become_gigabytes_are_refused_before_they_do(tmp_path, monkeypatch, name, write):
    write(tmp_path / name, 100_000)
    assert len(read_table(tmp_path / name, target="y")) == 100_000
    monkeypatch.setattr("backproof.data.data_file.FREE_BYTES", 2**15)
    with pytest.raises(DataError, match="decompress it first"):
        read_table(tmp_path / name, target="y")


def test_a_row_of_two_missing_values_is_no_row_of_units(tmp_path):
    path = written(tmp_path, "a,b,c\n1,1,x\n2,2,y\nunknown,unknown,y\n3,5,x\n4,4,y\n")
    with pytest.raises(DataError, match=r"2 things are to be settled first:\n- .*row 4, column 'a'.*'unknown'"):
        read_table(path, target="c")


def test_decimal_commas_that_count_the_rows_are_not_names_of_rows(tmp_path):
    path = written(tmp_path, "x,y\n1,5,a\n2,5,b\n3,7,a\n")
    with pytest.raises(DataError, match="commas stand before decimals"):
        read_table(path, target="y")


def test_the_last_of_three_rows_may_be_the_sum_of_the_others(tmp_path):
    path = written(tmp_path, "a,b,c,y\n10.25,20.5,3,x\n1.5,2.125,4,y\n11.75,22.625,7,x\n")
    assert len(read_table(path, target="y")) == 3
