"""Bad data, options and folders: one message, exit code 2, nothing written."""

import json
import re
import shlex

import numpy as np
import pytest

from tables import flowers, houses

ROWS = "a,b,c\n" + "".join(f"{n},{n % 7},{'xy'[n % 2]}\n" for n in range(40))
BAD = {
    "empty": (b"", "the file is empty"),
    "names": (b"a,b,c\n", "no rows of values"),
    "one-class": (ROWS.replace(",x\n", ",y\n").encode(), "every row has the same target"),
    "no-target": (ROWS.replace("a,b,c", "a,b,d").encode(), "there is no column 'c'"),
    "ragged": ((ROWS + "1,2\n").encode(), "row 42: expected 3 values, one for each column; found 2"),
    "text": (ROWS.replace("\n5,5,", "\n5,five,").encode(), "row 7, column 'b': expected a number, received 'five'"),
    "missing": (
        ROWS.replace("\n5,5,y", "\n5,5,").encode(),
        "row 7, column 'c': the row has no target; leave such rows",
    ),
    "double": (ROWS.replace("a,b,c", "a,a,c").encode(), "columns 1 and 2 are both named 'a'"),
    "utf-16": (ROWS.encode("utf-16-le"), "NUL bytes: this is not a text file, or it is UTF-16"),
    "only-target": (b"c\nx\ny\nx\ny\n", "no column besides the target"),
}
LINES = [
    ("flowers.csv", "the column to predict is missing; give it as --target, one of 'length', 'width'"),
    ("flowers.csv --target specise", "there is no column 'specise'. Did you mean 'species'?"),
    ("flowers.csv --target species --target width", "--target species --drop width"),
    ("flowers.csv --target width --stream", "only Parquet files can"),
    ("folder --target c", "this is a folder"),
    ("nowhere.csv --target c", "there is no file 'nowhere.csv'"),
    ("notes.xlsx --target c", "this is a spreadsheet; save it as CSV"),
    ("or.toml --target c", "is a worksheet, which has targets of its own"),
    ("or --hidden 8", "--hidden is for data with --target COLUMN"),
    ("or --hidden 0", "--hidden is for data with --target COLUMN"),
    ("or --no-header", "--header/--no-header is for data with --target COLUMN"),
    ("flowers.csv --target species -o ''", "'' is not a folder"),
    ("or --classification", "--classification or --regression is for data"),
    ("flowers.csv --target species --hidden 8,x", "expected sizes such as 128 or 64,32"),
    ("flowers.csv --target species --hidden 8,0", "at least one unit"),
    ("flowers.csv --target species --activation rleu", "unknown activation 'rleu'"),
    ("flowers.csv --target species --optimizer admm", "unknown optimizer 'admm'"),
    ("flowers.csv --target species --optimizer 'sgd momentum'", "expected key=value"),
    ("flowers.csv --target species --optimizer 'sgd speed=1'", "has no parameter 'speed'"),
    ("flowers.csv --target species --optimizer 'sgd momentum=x'", "must be a finite number"),
    ("flowers.csv --target species --schedule cosign", "Did you mean 'cosine'?"),
    ("flowers.csv --target species --validation 2", "must be between 0 and 1"),
    ("flowers.csv --target species --validation -1", "must be between 0 and 1"),
    ("flowers.csv --target species --dropout 1", "dropout must be a finite number"),
    ("flowers.csv --target species --learning-rate nan", "learning_rate must be a finite number"),
    ("flowers.csv --target species --impute mode", "impute must be one of"),
    ("flowers.csv --target species --categorical hue", "there is no column 'hue'"),
    ("flowers.csv --target species --drop species", "the target 'species' cannot be dropped"),
    ("flowers.csv --target species --regression", "expected a number, received 'rose'"),
    ("flowers.csv --target species --stream", "only Parquet files can"),
    ("flowers.csv --target length --weights species", "received 'rose'; none of its values is one"),
    (
        "flowers.csv --target species --weights width --drop width",
        "--weights: the column 'width' is left out by --drop",
    ),
    ("flowers.csv --target species --find-rate --learning-rate 1", "give only one of them"),
    ("flowers.csv --target species -o nowhere/run", "there is no folder"),
    ("flowers.csv --target species -o flowers.csv", "looks like a file"),
    ("flowers.csv --target species -o folder", "already exists and is not empty"),
    ("flowers.csv --target species -o folder --force", "which was not written here"),
    ("flowers.csv --target species -o run.csv", "looks like a file"),
    ("flowers.csv --target species --resume --force", "give only one of them"),
    ("folder --resume", "is not the folder of a run"),
    ("houses.csv --target price --classification", "rows are too many to learn"),
    ("houses.csv --target price --class-weight balanced", "a numeric target has no classes"),
    ("damaged --resume", "not valid JSON"),
    ("other --resume", "is not a run of 'backproof train DATA'"),
]


#: Tables with faults of several kinds, and options beside `--target c`: what is suggested settles all of them.
SETTLED = {
    "dates": (re.sub(r"\n(\d+),", lambda at: f"\n2020-02-{int(at[1]) % 31 + 1:02},", ROWS), ""),
    "no-dates": (ROWS, "--date b"),
    "name-of-words": (re.sub(r"\n(\d+),", "\n2020-02-30,", ROWS.replace("a,b,c", "it's a day,b,c")), ""),
    "words": (ROWS.replace("\n5,5,", "\n5,five,").replace("\n7,0,", "\nseven,0,"), ""),
    "missing": (ROWS.replace("\n5,5,y", "\n5,5,"), ""),
    "rows-of-other-lengths": (ROWS.replace("\n5,5,y", "\n5,5").replace("\n7,0,y", "\n7,0,y,1"), ""),
    "infinite": (ROWS.replace("\n5,5,", "\n5,inf,").replace("\n7,0,", "\n-inf,0,"), ""),
    "infinite-target": (ROWS.replace("\n5,5,", "\n5,inf,"), "--target b --regression"),
    "a-word-in-the-target": (ROWS.replace("a,b,c\n", "a,b,c\n0,kg,\n"), "--target b --regression"),
    "a-name-twice": (ROWS.replace("a,b,c", "a,a,c"), ""),
    "two-names-twice": ("a,b,c,b,a\n" + re.sub(r"(.*),(.*),(.*)\n", r"\1,\2,\3,\2,\1\n", ROWS[6:]), ""),
    "no-names-of-words": (ROWS[6:], "--target 3"),
    "a-row-of-totals": (ROWS + "Total,117,\n", "--target a"),
    "numbers-for-names": (ROWS.replace("a,b,c", "1,2,3").replace("x", "0").replace("y", "1"), "--target 3"),
    "years-for-names": (ROWS.replace("a,b,c", "2001,2002,2003").replace("x", "0").replace("y", "1"), "--target 2003"),
    "no-names": ("0,0,1\n" + ROWS[6:].replace("x", "0").replace("y", "1").replace("\n5,5,", "\n5,five,"), "--target 3"),
    "all-at-once": (
        ROWS.replace("\n5,5,y", "\n5,five,").replace("\n7,0,y", "\nseven,inf,y").replace("\n9,2,y", "\n9,2"),
        "",
    ),
    "target-of-dates-and-a-word": (
        ROWS.replace(",x\n", ",2020-01-31\n").replace("\n5,5,y\n", "\n5,5,unknown\n").replace(",y\n", ",2020-02-29\n"),
        "",
    ),
    "target-of-dates": (ROWS.replace(",x\n", ",2020-01-31\n").replace(",y\n", ",2020-02-29\n"), ""),
}


@pytest.fixture
def files(here):
    """Files and folders, some of which are no good."""
    flowers(here / "flowers.csv")
    houses(here / "houses.csv")
    (here / "notes.xlsx").write_bytes(b"PK")
    (here / "or.toml").write_text("title = 'or'")
    for name in ("folder", "damaged", "other"):
        (here / name).mkdir()
    (here / "folder" / "mine.txt").write_text("mine")
    (here / "damaged" / "config.json").write_text("{")
    config = '{"format": 1, "kind": "run", "backproof": "0.1.0", "config": {"epochs": 3}}'
    (here / "other" / "config.json").write_text(config)
    return here


def fails(ran, fragment, folder, before):
    """One message with that in it, exit code 2, and no file that was not there before."""
    assert ran.code == 2
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert len([line for line in ran.err.splitlines() if line.startswith(("backproof: ", "Error: "))]) == 1
    assert fragment in " ".join(ran.err.split())
    assert contents(folder) == before


def contents(folder):
    return {path: path.read_bytes() if path.is_file() else None
            for path in folder.rglob("*") if not path.name.startswith(".")}  # fmt: skip


@pytest.mark.parametrize(("content", "fragment"), BAD.values(), ids=BAD)
def test_bad_files(backproof, here, content, fragment):
    (here / "data.csv").write_bytes(content)
    before = contents(here)
    fails(backproof("train", "data.csv", "--target", "c"), fragment, here, before)


@pytest.mark.parametrize(("content", "options"), SETTLED.values(), ids=SETTLED)
def test_the_command_that_is_suggested_settles_it(backproof, here, content, options):
    (here / "data.csv").write_text(content)
    target = () if "--target" in options else ("--target", "c")
    ran = backproof("train", "data.csv", *target, "--epochs", 1, *shlex.split(options))
    assert ran.code == 2
    (command,) = (line for line in ran.err.splitlines() if line.startswith("To settle it so: "))
    ran = backproof(*shlex.split(command.partition(": backproof ")[2]), "-q", "--no-baselines")
    assert ran.code == 0, ran.err


def test_rows_for_the_test_without_target_are_left_out_as_well(backproof, here):
    (here / "data.csv").write_text(ROWS)
    (here / "test.csv").write_text(ROWS.replace("\n5,5,y", "\n5,5,"))
    line = ("train", "data.csv", "--target", "c", "--test", "test.csv", "--epochs", 1, "-q", "--no-baselines")
    ran = backproof(*line)
    assert ran.code == 2
    assert "test.csv, row 7, column 'c': the row has no target" in ran.err
    ran = backproof(*line, "--drop-missing-target")
    assert ran.code == 0, ran.err
    assert "Rows for the test: 1 row without target is left out." in ran.err
    assert "On 39 test rows" in ran.out


def test_rows_for_the_test_need_no_columns_that_are_no_inputs(backproof, here):
    (here / "data.csv").write_text(ROWS)
    (here / "test.csv").write_text("".join(line.partition(",")[2] + "\n" for line in ROWS.splitlines()))
    line = shlex.split("train data.csv --target c --test test.csv --epochs 1 -q --no-baselines --force")
    for option in ("--id", "--drop"):
        ran = backproof(*line, option, "a")
        assert ran.code == 0, ran.err
        assert "On 40 test rows" in ran.out
    ran = backproof(*line)
    assert ran.code == 2
    assert "test.csv: there is no column 'a'" in ran.err


def test_a_target_of_dates_comes_back_as_it_was_written(backproof, here):
    (here / "data.csv").write_text(ROWS.replace(",x\n", ",2020-01-31\n").replace(",y\n", ",2020-02-29\n"))
    line = shlex.split("train data.csv --target c --categorical c -o run --epochs 1 -q --no-baselines")
    assert backproof(*line).code == 0
    ran = backproof("predict", "run", "data.csv")
    assert {*ran.out.splitlines()} <= {"c", "2020-01-31", "2020-02-29"}
    assert ran.err.startswith("On 40 rows: accuracy ")


@pytest.mark.parametrize("kind", ["date", "text", "numeric", "categorical"])
def test_an_empty_column_is_left_out_whatever_it_is_said_to_be(backproof, here, kind):
    (here / "data.csv").write_text("e," + ROWS.replace("\n", "\n,").removesuffix(","))
    ran = backproof("train", "data.csv", "--target", "c", f"--{kind}", "e", "--epochs", 1, "-q", "--no-baselines")
    assert ran.code == 0, ran.err
    assert "Column 'e' is left out: it is empty." in ran.err


@pytest.mark.parametrize("columns", [3, 40])
def test_a_command_for_many_columns_is_whole_and_their_list_is_short(backproof, here, columns):
    names = [f"the size of leaf number {number}" for number in range(columns)]
    rows = [["12.5"] * columns, ["n.a."] * columns, *([str(number)] * columns for number in range(20))]
    lines = [",".join([*names, "y"]), *(",".join([*row, str(place)]) for place, row in enumerate(rows))]
    (here / "data.csv").write_text("\n".join(lines))
    ran = backproof("train", "data.csv", "--target", "y", "--epochs", 1)
    assert ran.code == 2
    assert ran.err.count("expected a number, received 'n.a.'") == min(columns, 8)
    (command,) = (line for line in ran.err.splitlines() if line.startswith("To settle it so: "))
    ran = backproof(*shlex.split(command.partition(": backproof ")[2]), "-q", "--no-baselines")
    assert ran.code == 0, ran.err


@pytest.mark.parametrize(
    ("options", "fragment"),
    [
        ("--target c --date c", "none of its values is one"),
        ("--target c --regression", "none of its values is one"),
        ("--target a --weights c", "none of its values is one"),
    ],
)
def test_nothing_is_suggested_that_does_not_help(backproof, here, options, fragment):
    (here / "data.csv").write_text(ROWS)
    ran = backproof("train", "data.csv", *shlex.split(options))
    assert ran.code == 2
    assert fragment in ran.err
    assert "To settle it so" not in ran.err


@pytest.mark.parametrize(("line", "fragment"), LINES)
def test_bad_command_lines(backproof, files, line, fragment):
    before = contents(files)
    fails(backproof("train", *shlex.split(line)), fragment, files, before)


def test_too_little_memory_is_one_message(backproof, files, monkeypatch):
    def initial(*_):
        raise MemoryError("Unable to allocate 728 TiB")

    monkeypatch.setattr("backproof.operations.initialiser.initial_arrays", initial)
    before = contents(files)
    ran = backproof("train", "flowers.csv", "--target", "species")
    fails(ran, "there is not enough memory for that: Unable to allocate 728 TiB", files, before)


def test_a_kind_of_number_that_is_none_in_the_folder_of_a_run(backproof, files):
    backproof("train", "flowers.csv", "--target", "species", "--epochs", "2", "-q")
    config = files / "flowers-run" / "config.json"
    without = {key: each for key, each in json.loads(config.read_text()).items() if key != "checksum"}
    config.write_text(json.dumps(without).replace('"float32"', '"float23"'))
    before = contents(files)
    fails(backproof("train", "flowers-run", "--resume"), "received 'float23'", files, before)


def test_a_number_far_from_the_others_is_pointed_out(backproof, here):
    (here / "data.csv").write_text(ROWS.replace("\n5,5,", "\n5,1000000000,"))
    ran = backproof("train", "data.csv", "--target", "c", "--epochs", 3)
    assert ran.code == 0
    assert "warning: Column 'b', row 7: 1e+09 lies far from the other numbers" in ran.err


def test_a_run_asked_for_otherwise_is_not_gone_on_with(backproof, here):
    flowers(here / "flowers.csv")
    base = ("train", "flowers.csv", "--target", "species", "-o", "run", "--epochs", 3, "-q")
    assert backproof(*base, "--seed", 1).code == 0
    before = contents(here)
    fails(backproof(*base, "--seed", 2, "--resume"), "was started with seed 1, but 2 was given", here, before)
    fails(backproof("train", "run", "--resume", "-o", "x"), "which knows its data and target", here, before)


def test_arrays_of_numpy_that_do_not_fit(backproof, here):
    np.savez("data.npz", x=np.ones((5, 2)), y=np.arange(4))
    before = contents(here)
    fails(backproof("train", "data.npz", "--target", "y"), "no other array has as many rows", here, before)
