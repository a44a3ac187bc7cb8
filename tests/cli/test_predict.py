"""`backproof predict RUN DATA`: the answers to new rows, prepared as the training rows were."""

import csv
import io
import json
import shutil

import numpy as np
import pytest

from backproof.data.prediction_batches import match_columns
from backproof.data.preparation_json import preparation_from_json
from backproof.errors import ModelError
from backproof.train.store import load_model
from tables import flowers, houses


@pytest.fixture
def run(backproof, here):
    """The folder of a short run on flowers.csv."""
    flowers(here / "flowers.csv")
    assert backproof("train", "flowers.csv", "--target", "species", "-o", "run", "--epochs", 40, "-q").code == 0
    return here / "run"


def test_a_row_of_too_many_values_is_left_without_an_answer(backproof, here, run):
    (here / "new.csv").write_text("length,width,colour\n3,4,blue\n2,3,4,pink\n4,3,white\n")
    ran = backproof("predict", "run", "new.csv", "--remarks")
    assert ran.code == 0
    done = "1 row with more values than there are columns, such as 'row 3': left without an answer."
    assert ran.err == f"backproof: warning: {done}\n"
    first, second, third = rows(ran.out)
    assert (second["species"], second["remarks"]) == ("", "more values than columns")
    assert all(each["species"] and not each["remarks"] for each in (first, third))


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_answers_are_the_networks_for_rows_prepared_as_in_training(backproof, here, run):
    flowers(here / "new.csv", rows=50, seed=5, species=False)
    ran = backproof("predict", "run", "new.csv", "--probabilities")
    assert (ran.code, ran.err) == (0, "")
    model = load_model(run)
    preparation = preparation_from_json(model.preparation)
    outputs = model.network.predict(preparation.encode_inputs(match_columns(preparation, "new.csv")).to_array())
    found = rows(ran.out)
    assert [row["species"] for row in found] == preparation.targets[0].decode(outputs)
    probabilities = [[float(row[f"probability_{label}"]) for label in preparation.targets[0].labels] for row in found]
    np.testing.assert_array_equal(probabilities, outputs)


def test_the_score_is_told_where_the_target_is_known(backproof, here, run):
    flowers(here / "new.csv", rows=60, seed=5)
    ran = backproof("predict", "run", "new.csv")
    right = sum(row["species"] == truth["species"]
                for row, truth in zip(rows(ran.out), rows((here / "new.csv").read_text()), strict=True))  # fmt: skip
    assert f"On 60 rows: accuracy {right / 60:.2%} ({right} right)." in ran.err


def test_a_target_that_cannot_be_scored_keeps_nobody_from_predicting(backproof, here, run):
    text = flowers(here / "new.csv", rows=9).read_text().replace("rose", "tulip")
    (here / "new.csv").write_text(text)
    ran = backproof("predict", "run", "new.csv")
    assert (ran.code, len(rows(ran.out))) == (0, 9)
    assert "the predictions cannot be scored" in ran.err
    assert "tulip" in ran.err


def test_rows_without_target_are_answered_and_not_scored(backproof, here, run):
    flowers(here / "new.csv", rows=60, seed=5)
    names, *lines = (here / "new.csv").read_text().splitlines()
    blank = [line.rpartition(",")[0] + "," for line in lines[20:]]
    (here / "some.csv").write_text("\n".join([names, *lines[:20], *blank]))
    (here / "none.csv").write_text("\n".join([names, *blank]))
    (here / "known.csv").write_text("\n".join([names, *lines[:20]]))
    known, some, none = (backproof("predict", "run", f"{name}.csv") for name in ("known", "some", "none"))
    assert known.code == some.code == none.code == 0
    assert known.err.startswith("On 20 rows: accuracy ")
    assert (some.err, none.err) == (known.err, "")
    assert len(rows(some.out)) == 60


def test_columns_in_another_order_and_columns_beside_make_no_difference(backproof, here, run):
    lines = [line.split(",") for line in flowers(here / "new.csv", rows=9, species=False).read_text().splitlines()]
    (here / "turned.csv").write_text("\n".join(",".join([f"n{i}", *line[::-1]]) for i, line in enumerate(lines)))
    assert backproof("predict", "run", "new.csv").out == backproof("predict", "run", "turned.csv").out


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_every_kind_of_file(backproof, here, run, suffix):
    if suffix == "parquet":
        pytest.importorskip("pyarrow")
    shown = rows(backproof("predict", "run", "flowers.csv").out)
    ran = backproof("predict", "run", "flowers.csv", "-o", f"a.{suffix}")
    assert (ran.code, ran.out) == (0, "")
    if suffix == "json":
        assert json.loads((here / "a.json").read_text()) == shown
    elif suffix == "csv":
        assert rows((here / "a.csv").read_text()) == shown
    else:
        from pyarrow import parquet

        assert parquet.read_table("a.parquet").to_pylist() == shown


def test_amounts_come_in_their_own_unit(backproof, here):
    houses(here / "houses.csv")
    backproof("train", "houses.csv", "--target", "price", "-o", "run", "-q")
    ran = backproof("predict", "run", "houses.csv")
    truth = [float(row["price"]) for row in rows((here / "houses.csv").read_text())]
    found = [float(row["price"]) for row in rows(ran.out)]
    assert np.corrcoef(truth, found)[0, 1] > 0.97
    assert "r2 0.9" in ran.err


ODD = {
    "unknown category": ("2,3,pink", "'colour': 1 category unknown in training, such as 'pink'", "colour unknown"),
    "missing number": ("2,,red", "Column 'width': 1 missing value: filled as in training", "width missing"),
    "missing category": ("2,3,", "Column 'colour': 1 missing value", "colour missing"),
    "word": ("2,wide,red", "Column 'width': 1 value that cannot be read, such as 'wide'", "width unreadable"),
    "infinity": ("2,inf,red", "Column 'width': 1 value that cannot be read, such as 'inf'", "width unreadable"),
    "far away": ("2,900,red", "Column 'width': 1 value far outside the range of training, such as '900'",
                 "width far outside"),
    "a value too few": ("2,3", "Column 'colour': 1 missing value", "colour missing"),
}  # fmt: skip


@pytest.mark.parametrize(("row", "warning", "remark"), ODD.values(), ids=ODD)
def test_no_row_keeps_the_others_from_an_answer(backproof, here, run, row, warning, remark):
    (here / "new.csv").write_text(f"length,width,colour\n3,4,blue\n{row}\n4,3,white\n")
    ran = backproof("predict", "run", "new.csv", "--remarks")
    found = rows(ran.out)
    assert ran.code == 0
    assert warning in ran.err
    assert len(ran.err.splitlines()) == 1
    assert [each["remarks"] for each in found] == ["", remark, ""]
    assert all(each["species"] in ("rose", "iris", "lily") for each in found)
    (here / "plain.csv").write_text("length,width,colour\n3,4,blue\n4,3,white\n")
    plain = rows(backproof("predict", "run", "plain.csv").out)
    assert [found[0]["species"], found[2]["species"]] == [each["species"] for each in plain]


def test_odd_values_are_counted_in_one_warning_for_each_column(backproof, here, run):
    colours = ["pink", "red", "", "green", "blue", ""] * 20
    (here / "new.csv").write_text("length,width,colour\n" + "".join(f"3,4,{each}\n" for each in colours))
    ran = backproof("predict", "run", "new.csv")
    assert (ran.code, len(rows(ran.out))) == (0, 120)
    assert "40 categories unknown in training, such as 'pink': taken as none of the known ones." in ran.err
    assert "40 missing values: filled as in training." in ran.err
    assert len(ran.err.splitlines()) == 2


BAD = {
    "missing column": ("length,colour\n1,red\n", "there is no column 'width'"),
    "empty": ("", "the file is empty"),
}


@pytest.mark.parametrize(("content", "fragment"), BAD.values(), ids=BAD)
def test_files_that_cannot_be_read(backproof, here, run, content, fragment):
    (here / "new.csv").write_text(content)
    for more in ((), ("-o", "a.csv")):
        ran = backproof("predict", "run", "new.csv", *more)
        assert (ran.code, ran.out) == (2, "")
        assert fragment in ran.err
        assert len(ran.err.splitlines()) == 1
        assert not (here / "a.csv").exists()


def test_a_row_beyond_all_numbers_is_left_empty_and_named(backproof, here):
    houses(here / "houses.csv")
    backproof("train", "houses.csv", "--target", "price", "-o", "run", "-q", "--epochs", "3")
    given = rows((here / "houses.csv").read_text())
    given[1] = {name: "1e308" if name != "price" and _is_number(each) else each for name, each in given[1].items()}
    lines = [",".join(given[0]), *(",".join(row.values()) for row in given)]
    (here / "new.csv").write_text("\n".join(lines) + "\n")
    ran = backproof("predict", "run", "new.csv", "-o", "a.json")
    found = [each["price"] for each in json.loads((here / "a.json").read_text())]
    assert ran.code == 0
    assert "1 prediction that is not a finite number, such as 'row 3'" in ran.err
    assert [place for place, each in enumerate(found) if each is None] == [1]
    assert f"On {len(given) - 1} rows" in ran.err


def test_decimals_of_new_rows_may_be_written_otherwise(backproof, here, run):
    text = flowers(here / "new.csv", rows=30, seed=5, species=False).read_text()
    (here / "commas.csv").write_text(text.replace(",", ";").replace(".", ","))
    assert backproof("predict", "run", "commas.csv") == backproof("predict", "run", "new.csv")


def test_identifiers_stand_beside_the_answers_and_are_no_inputs(backproof, here):
    lines = flowers(here / "flowers.csv").read_text().splitlines()
    named = [f"{'key' if place == 0 else f'K{place * 7919}'},{line}" for place, line in enumerate(lines)]
    (here / "named.csv").write_text("\n".join(named))
    for file, more in (("flowers.csv", ()), ("named.csv", ("--id", "key"))):
        backproof("train", file, "--target", "species", "-o", file[:5], "--epochs", 5, "-q", *more)
    plain, found = (
        rows(backproof("predict", "flowe", "flowers.csv").out),
        rows(backproof("predict", "named", "named.csv").out),
    )
    assert [each["species"] for each in found] == [each["species"] for each in plain]
    assert [each["key"] for each in found] == [line.split(",")[0] for line in named[1:]]
    assert list(found[0]) == ["key", "species"]
    without = backproof("predict", "named", "flowers.csv")
    assert (without.code, list(rows(without.out)[0])) == (0, ["species"])


HOSTILE = ["=1+1", "two\rlines", 'a "quote"', "\x1b[31mred", "naïve \u202e", "+x, y"]


def test_labels_of_any_text_come_back_into_a_pipe_as_into_a_file(backproof, here):
    random = np.random.default_rng(0)
    texts = [HOSTILE[row % len(HOSTILE)] for row in range(120)]
    table = io.StringIO()
    writer = csv.writer(table, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b", "y"], *([random.normal(), random.normal(), each] for each in texts)])
    (here / "data.csv").write_text(table.getvalue(), encoding="utf-8", newline="")
    ran = backproof("train", "data.csv", "--target", "y", "-o", "run", "--epochs", 2, "-q")
    assert ran.code == 0
    assert not any(each in ran.out + ran.err for each in ("\x1b", "\u202e", "\r"))
    for more in ((), ("--guard-formulas",)):
        piped = backproof("predict", "run", "data.csv", "--proba", *more)
        assert backproof("predict", "run", "data.csv", "--proba", *more, "-o", "a.csv").code == 0
        content = (here / "a.csv").read_bytes()
        assert piped.out.encode() == content
        found = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
        assert len(found) == 120
        assert ("a spreadsheet would compute" in piped.err) == (not more)
        assert not any(each in piped.err for each in ("\x1b", "\u202e", "\r"))
    backproof("predict", "run", "data.csv", "-o", "a.json")
    assert {each["y"] for each in json.loads((here / "a.json").read_text())} <= {*HOSTILE}


def test_a_target_named_like_a_probability_keeps_its_column(backproof, here):
    text = flowers(here / "flowers.csv").read_text().replace("species", "probability_rose")
    (here / "flowers.csv").write_text(text)
    backproof("train", "flowers.csv", "--target", "probability_rose", "-o", "run", "--epochs", 5, "-q")
    found = rows(backproof("predict", "run", "flowers.csv", "--proba").out)
    assert list(found[0]) == ["probability_rose", "probability_iris", "probability_lily", "probability_rose_"]
    assert {each["probability_rose"] for each in found} <= {"rose", "iris", "lily"}
    assert all(abs(sum(float(each[name]) for name in list(each)[1:]) - 1) < 1e-9 for each in found)


def _is_number(text):
    return text.lstrip("-").replace(".", "").isdigit()


@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "nothing", "folder", "plain"])
def test_models_that_are_none(backproof, here, run, damage):
    file = run / "model.safetensors"
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-9])
    elif damage == "changed":
        content = bytearray(file.read_bytes())
        content[-3] ^= 1
        file.write_bytes(content)
    elif damage == "gone":
        file.unlink()
    elif damage == "nothing":
        shutil.rmtree(run)
    elif damage == "folder":
        file.unlink()
        file.mkdir()
    else:
        load_model(run).network.save(file)
    ran = backproof("predict", "run", "flowers.csv")
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1


def test_a_file_that_cannot_be_written_is_known_before_anything_is_read(backproof, here):
    for name, fragment in (("a.txt", "does not say which format"), ("nowhere/a.csv", "there is no folder")):
        ran = backproof("predict", "nowhere", "nothing.csv", "-o", name)
        assert (ran.code, fragment in ran.err) == (2, True)


def test_a_loaded_model_predicts_what_the_command_does_whatever_holds_the_rows(backproof, here):
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    flowers(here / "flowers.csv")
    backproof("train", "flowers.csv", "--target", "species", "--epochs", 3, "--no-baselines", "-q")
    written = polars.read_csv(backproof("predict", "flowers-run", "flowers.csv", "--probabilities").out.encode())
    frame = pandas.read_csv("flowers.csv")
    model = load_model("flowers-run")
    assert model.labels == ("iris", "lily", "rose")
    mapping = {name: frame[name].to_numpy() for name in ("width", "colour", "length")}
    for rows in ("flowers.csv", here / "flowers.csv", frame, polars.read_csv("flowers.csv"), mapping):
        assert model.predict(rows).tolist() == written["species"].to_list()
        assert model.predict_proba(rows) == pytest.approx(written.to_numpy()[:, 1:].astype(float))


def test_a_loaded_model_warns_of_what_training_did_not_see(backproof, here):
    flowers(here / "flowers.csv")
    backproof("train", "flowers.csv", "--target", "species", "--epochs", 3, "--no-baselines", "-q")
    model, strange = load_model("flowers-run"), {"width": [1e6, 2.0], "length": [2.0, 3.0], "colour": ["mauve", "red"]}
    for predict in (model.predict, model.predict_proba):
        with pytest.warns(UserWarning, match="mauve|width") as told:
            assert len(predict(strange)) == 2
        assert [each.filename for each in told] == [__file__] * 2
        assert all(word in str(each.message) for word, each in zip(("'width'", "'mauve'"), told, strict=True))


def test_a_loaded_model_of_a_quantity_has_no_probabilities_and_a_bare_network_no_columns(backproof, here):
    houses(here / "houses.csv")
    backproof("train", "houses.csv", "--target", "price", "--epochs", 3, "--no-baselines", "-q")
    model = load_model("houses-run")
    assert model.predict({"area": [100.0], "age": [3]}).shape == (1,)
    assert model.labels == ()
    with pytest.raises(ModelError, match="quantity"):
        model.predict_proba({"area": [100.0], "age": [3]})
    model.network.save("bare.safetensors")
    with pytest.raises(ModelError, match="not trained on a table"):
        load_model("bare.safetensors").predict({"area": [100.0], "age": [3]})
