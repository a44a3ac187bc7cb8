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
    assert [row["species"] for row in found] == preparation.target.decode(outputs)
    probabilities = [[float(row[f"probability_{label}"]) for label in preparation.target.labels] for row in found]
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


BAD = {
    "missing column": ("length,colour\n1,red\n", "there is no column 'width'"),
    "empty": ("", "the file is empty"),
}


@pytest.mark.parametrize(("content", "fragment"), BAD.values(), ids=BAD)
def test_rows_that_cannot_be_prepared(backproof, here, run, content, fragment):
    (here / "new.csv").write_text(content)
    for more in ((), ("-o", "a.csv")):
        ran = backproof("predict", "run", "new.csv", *more)
        assert (ran.code, ran.out) == (2, "")
        assert fragment in ran.err
        assert len(ran.err.splitlines()) == 1
        assert not (here / "a.csv").exists()


ODD = {
    "unknown category": (
        "1,2,pink\n",
        "Column 'colour': 1 category unknown in training, such as 'pink': taken as none",
    ),
    "missing value": ("1,,red\n", "Column 'width': 1 missing value: filled as in training."),
    "text": ("1,wide,red\n", "Column 'width': 1 value that cannot be read, such as 'wide': taken as missing."),
    "far": ("1,2e5,red\n", "Column 'width': 1 value far outside the range of training, such as '200000': taken as it"),
}


@pytest.mark.parametrize(("row", "warning"), ODD.values(), ids=ODD)
def test_a_row_that_training_did_not_see_is_answered_with_a_warning(backproof, here, run, row, warning):
    (here / "new.csv").write_text(f"length,width,colour\n1,2,red\n{row}1,2,red\n")
    ran = backproof("predict", "run", "new.csv")
    assert ran.code == 0
    assert len(rows(ran.out)) == 3
    assert warning in ran.err


def test_a_row_beyond_all_numbers_is_named(backproof, here):
    houses(here / "houses.csv")
    backproof("train", "houses.csv", "--target", "price", "-o", "run", "-q", "--epochs", "3")
    given = rows((here / "houses.csv").read_text())
    given[1] = {name: "1e308" if name != "price" and _is_number(each) else each for name, each in given[1].items()}
    lines = [",".join(given[0]), *(",".join(row.values()) for row in given)]
    (here / "new.csv").write_text("\n".join(lines) + "\n")
    ran = backproof("predict", "run", "new.csv", "-o", "a.csv")
    assert (ran.code, ran.out) == (2, "")
    assert "new.csv, row 3: the prediction for this row is not a finite number" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not (here / "a.csv").exists()


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
