"""What is learned, from the training rows alone, and what becomes of each column."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from backproof.data.prediction_batches import match_columns
from backproof.data.preparation_json import preparation_from_json, preparation_to_json
from backproof.data.reading import read_table
from backproof.data.remarks import Remarks
from backproof.data.source import Inputs
from backproof.data.statistics import Moments
from backproof.data.training_data import prepare_table
from backproof.errors import DataError
from data.files import written

N = 60
RANDOM = np.random.default_rng(5)
COLUMNS = {
    "size": RANDOM.normal(3, 10, N),
    "colour": RANDOM.choice(["red", "green", "blue"], N).tolist(),
    "flat": [7] * N,
    "y": ["no", "yes", "yes"] * (N // 3),
}
TABLE = read_table(COLUMNS)


@settings(max_examples=50, deadline=None)
@given(
    some.lists(some.lists(some.floats(-1e6, 1e6) | some.just(np.nan), min_size=1, max_size=9), min_size=1, max_size=6)
)
def test_moments_of_parts_are_those_of_the_whole(parts):
    moments = Moments(1)
    for part in parts:
        moments.add_rows(np.array(part)[:, None])
    whole = np.concatenate(parts)
    present = whole[~np.isnan(whole)]
    if not len(present):
        assert moments.count[0] == 0
        return
    size = max(1, np.abs(present).max())
    assert moments.count[0] == len(present)
    assert moments.mean[0] == pytest.approx(present.mean(), abs=1e-12 * size)
    assert moments.deviation[0] == pytest.approx(present.std(), abs=1e-7 * size)
    assert (moments.low[0], moments.high[0]) == (present.min(), present.max())


@pytest.mark.parametrize("value", [0.1, -1e-300, 1e37, -1e37, 1e200, 1e300])
@pytest.mark.parametrize("size", [300, 7, 1])
def test_a_constant_is_its_own_mean_whatever_its_size_and_its_parts(value, size):
    moments = Moments(2)
    for start in range(0, 300, size):
        rows = np.full((min(size, 300 - start), 2), value)
        rows[:, 1] = np.nan
        moments.add_rows(rows)
    assert (moments.mean[0], moments.deviation[0], moments.scale[0]) == (value, 0.0, 1.0)
    assert moments.count.tolist() == [300, 0]


def test_a_large_mean_costs_no_digits():
    moments = Moments(1)
    for start in range(0, 1000, 10):
        moments.add_rows(1e9 + np.arange(start, start + 10)[:, None] % 2)
    assert moments.deviation[0] == pytest.approx(0.5, rel=1e-9)


def test_statistics_come_from_the_training_rows_alone():
    prepared = prepare_table(TABLE, "y", validation=0.25, seed=3)
    x = prepared.x.to_array()
    size = COLUMNS["size"][prepared.training_rows]
    assert x[prepared.training_rows, 0].mean() == pytest.approx(0, abs=1e-12)
    assert x[prepared.training_rows, 0].std() == pytest.approx(1)
    assert x[:, 0] == pytest.approx((COLUMNS["size"] - size.mean()) / size.std())
    spoilt = COLUMNS["size"].copy()
    spoilt[prepared.validation_rows] = 1e6
    other = prepare_table(read_table(COLUMNS | {"size": spoilt}), "y", validation=0.25, seed=3)
    assert other.preparation == prepared.preparation
    assert len(prepared.validation_rows) == 15
    assert sorted([*prepared.validation_rows, *prepared.training_rows]) == list(range(N))


def test_columns_become_inputs():
    prepared = prepare_table(TABLE, "y")
    x = prepared.x.to_array()
    assert x.shape == (N, 5)
    categories = ["blue", "green", "red"]
    assert prepared.preparation.encoders[1].categories == tuple(categories)
    assert [categories[place] for place in x[:, 1:4].argmax(axis=1)] == COLUMNS["colour"]
    assert (x[:, 1:4].sum(axis=1) == 1).all()
    assert (x[:, 4] == 0).all()


PROBLEMS = {
    "words": (["b", "a", "c"] * 4, "classification", ("a", "b", "c")),
    "two words": (["b", "a"] * 6, "classification", ("a", "b")),
    "booleans": ([True, False] * 6, "classification", (False, True)),
    "few whole numbers": ([10, 9, 2] * 4, "classification", (2, 9, 10)),
    "whole floats": ([1.0, 0.0] * 6, "classification", (0, 1)),
    "whole numbers of a row each": (list(range(12)), "regression", None),
    "fractions": ([0.5, 1.0] * 6, "regression", None),
}


@pytest.mark.parametrize(("values", "problem", "labels"), PROBLEMS.values(), ids=PROBLEMS)
def test_the_problem_is_what_the_target_suggests(values, problem, labels):
    target = prepare_table(read_table({"a": list(range(12)), "y": values}), "y").preparation.targets[0]
    assert target.problem == problem
    if labels is None:
        assert target.activation == "identity"
        return
    assert target.labels == labels
    assert [type(label) for label in target.labels] == [type(label) for label in labels]
    assert (target.units, target.activation) == ((1, "sigmoid") if len(labels) == 2 else (len(labels), "softmax"))


def test_the_problem_can_be_declared():
    table = read_table({"a": list(range(12)), "y": [1, 2] * 6})
    assert prepare_table(table, "y", problem="regression").preparation.targets[0].problem == "regression"
    many = read_table({"a": list(range(60)), "y": list(range(30)) * 2})
    assert prepare_table(many, "y").preparation.targets[0].problem == "regression"
    assert len(prepare_table(many, "y", problem="classification").preparation.targets[0].labels) == 30


@pytest.mark.parametrize("values", [case[0] for case in PROBLEMS.values()], ids=PROBLEMS)
def test_targets_are_decoded_to_what_they_were(values):
    prepared = prepare_table(read_table({"a": list(range(12)), "y": values}), "y")
    decoded = prepared.preparation.targets[0].decode(prepared.y)
    assert decoded == (pytest.approx(values) if prepared.preparation.targets[0].problem == "regression" else values)
    if prepared.preparation.targets[0].problem == "classification":
        assert prepared.preparation.targets[0].label_probabilities(prepared.y).sum(axis=1) == pytest.approx(1)


def test_amounts_are_scaled():
    y = prepare_table(read_table({"a": list(range(12)), "y": np.linspace(100, 200, 12) + 0.5}), "y").y
    assert (y.mean(), y.std()) == (pytest.approx(0, abs=1e-12), pytest.approx(1))


HOLES = {"a": [1.0, 2.0, 2.0, 9.0, None, 50.0], "b": ["u", "v", "v", None, "w", "w"], "y": [1, 2, 1, 2, 1, 2]}


@pytest.mark.parametrize(
    ("impute", "number", "category"),
    [("mean", 12.8, "(missing)"), ("median", 2.0, "(missing)"), ("most_frequent", 2.0, "v")],
)
def test_imputation(impute, number, category):
    preparation = prepare_table(read_table(HOLES), "y", impute=impute).preparation
    a, b = preparation.encoders
    assert a.fill == (pytest.approx(number),)
    assert b.fill == category
    x = preparation.encode_inputs(read_table(HOLES)).to_array()
    assert x[4, 0] == pytest.approx((number - a.shift[0]) * a.scale[0])
    assert x[3, 1 + b.categories.index(category)] == 1


@pytest.mark.parametrize("impute", ["mean", "median", "most_frequent"])
def test_fill_values_come_from_the_training_rows_alone(impute):
    random = np.random.default_rng(0)
    a = np.where(random.random(40) < 0.2, np.nan, random.integers(0, 5, 40).astype(float))
    columns = {"a": a, "y": [0, 1] * 20}
    prepared = prepare_table(read_table(columns), "y", impute=impute, validation=0.3)
    spoilt = a.copy()
    spoilt[prepared.validation_rows] = 99
    other = prepare_table(read_table(columns | {"a": spoilt}), "y", impute=impute, validation=0.3)
    assert other.preparation == prepared.preparation


@pytest.mark.parametrize("impute", ["mean", "median", "most_frequent"])
def test_an_empty_column_of_a_block_is_filled_with_0(impute):
    x = np.array([[1, np.nan], [2, np.nan], [3, np.nan]])
    made = prepare_table(read_table({"x": x, "y": [0, 1, 0]}), "y", impute=impute)
    np.testing.assert_array_equal(made.x.to_array()[:, 1], 0)


def test_pictures_stay_bytes():
    x = np.random.default_rng(0).integers(0, 256, (50, 30)).astype(np.uint8)
    prepared = prepare_table(read_table({"x": x, "y": [0, 1] * 25}), "y", dtype=np.float32)
    assert np.shares_memory(prepared.x.raw, x)
    whole = prepared.x.to_array()
    assert (whole.mean(), whole.std()) == (pytest.approx(0, abs=1e-12), pytest.approx(1))
    assert prepared.x.to_array(np.float32).dtype == np.float32
    assert Inputs(prepared.x.raw[[3, 1]], prepared.x.scaling).to_array() == pytest.approx(whole[[3, 1]])


def test_a_block_of_floats_is_scaled_column_by_column():
    x = np.random.default_rng(0).normal([0, 100], [1, 50], (50, 2))
    for given_ in (x, x.astype(np.float32)):
        whole = prepare_table(read_table({"x": given_, "y": [0, 1] * 25}), "y").x.to_array()
        assert whole.std(axis=0) == pytest.approx(1, rel=1e-5)
        assert whole.mean(axis=0) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("columns", [COLUMNS, {"x": np.eye(6), "y": [1.5, 2, 3, 4, 5, 6]}], ids=["mixed", "a block"])
@pytest.mark.parametrize("impute", [None, "mean"])
def test_a_preparation_survives_json(columns, impute):
    preparation = prepare_table(read_table(columns), "y", impute=impute).preparation
    assert preparation_from_json(json.loads(json.dumps(preparation_to_json(preparation)))) == preparation


def feature(document, **changes):
    return document | {"features": [document["features"][0] | changes]}


def aim(document, **changes):
    return document | {"target": document["target"] | changes}


AMOUNT = {"problem": "regression", "name": "y", "shift": 0, "scale": 0}
BAD = {
    "no object": (lambda d: [], "expected a table"),
    "another format": (lambda d: d | {"format": 3}, "format 3 is newer than this Backproof"),
    "an unknown key": (lambda d: d | {"fetures": 1}, r"fetures: unknown key 'fetures'. Did you mean 'features'\?"),
    "no features": (lambda d: d | {"features": []}, "features: the list is empty"),
    "an unknown kind": (lambda d: feature(d, kind="words"), r"features\[1\].kind: expected one of 'numeric'"),
    "a scale of zero": (lambda d: d | {"target": AMOUNT}, "expected a number above 0"),
    "one label": (lambda d: aim(d, labels=["a"]), "two labels or more"),
    "labels of two types": (lambda d: aim(d, labels=["a", 1]), "all of one type"),
    "double labels": (lambda d: aim(d, labels=["a", "a"]), "the label 'a' occurs twice"),
    "double columns": (lambda d: d | {"features": d["features"] * 2}, "the column 'size' occurs twice"),
    "widths": (lambda d: feature(d, width=3, scale=[1.0, 2.0]), "expected 1 or 3 numbers"),
    "infinity": (lambda d: feature(d, shift=[float("inf")]), "expected a finite number"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_json_is_read_strictly(change, message):
    document = preparation_to_json(prepare_table(TABLE, "y").preparation)
    with pytest.raises(DataError, match=message):
        preparation_from_json(change(document))


def test_at_prediction_columns_are_found_by_name(tmp_path):
    preparation = prepare_table(TABLE, "y").preparation
    frame = pd.DataFrame(COLUMNS)
    x = preparation.encode_inputs(TABLE).to_array()
    for source in (frame, frame[["flat", "colour", "size"]], frame.assign(more="x", when=pd.Timestamp(0))):
        assert np.array_equal(preparation.encode_inputs(match_columns(preparation, source)).to_array(), x)
    frame.to_csv(tmp_path / "d.csv", index=False)
    assert np.array_equal(preparation.encode_inputs(match_columns(preparation, tmp_path / "d.csv")).to_array(), x)
    with pytest.raises(DataError, match=r"there is no column 'colour'. Did you mean 'color'"):
        match_columns(preparation, frame.rename(columns={"colour": "color"}))


def test_at_prediction_rows_without_names_stand_in_order(tmp_path):
    rows = np.random.default_rng(0).normal(size=(20, 3))
    columns = {"a": rows[:, 0], "b": rows[:, 1], "y": rows[:, 2]}
    by_name = prepare_table(read_table(columns), "y").preparation
    assert by_name.encode_inputs(match_columns(by_name, rows[:, :2])).to_array() == pytest.approx(
        by_name.encode_inputs(read_table(columns)).to_array()
    )
    np.save(tmp_path / "d.npy", rows)
    by_number = prepare_table(read_table(tmp_path / "d.npy", target="2"), "2").preparation
    expected = by_number.encode_inputs(read_table(rows, target="2")).to_array()
    for source in (rows, rows[:, [0, 2]], tmp_path / "d.npy"):
        assert np.array_equal(by_number.encode_inputs(match_columns(by_number, source)).to_array(), expected)
    with pytest.raises(DataError, match="expected 2 columns, found 5"):
        by_number.encode_inputs(match_columns(by_number, np.zeros((3, 5))))


def test_at_prediction_test_arrays_stand_for_training_arrays(tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (40, 5)).astype(np.uint8)
    np.savez(tmp_path / "m.npz", x_train=x, y_train=[0, 1] * 20, x_test=x[:7], y_test=[1] * 7)
    prepared = prepare_table(read_table(tmp_path / "m.npz", target="y_train"), "y_train")
    assert prepared.test.count == 7
    assert read_table(tmp_path / "m.npz").names == ("x_train", "y_train")  # which of them is the target is asked next
    np.savez(tmp_path / "t.npz", x_test=x[:7])
    for source, count in ((tmp_path / "m.npz", 40), (tmp_path / "t.npz", 7), (x[:3], 3)):
        assert len(prepared.preparation.encode_inputs(match_columns(prepared.preparation, source))) == count


UNKNOWN = {
    "a block": ({"size": np.zeros((N, 2))}, "expected 1 columns, found 2"),
    "a block for categories": ({"colour": np.zeros((N, 2))}, "column 'colour': expected a column of texts"),
    "a label": ({"y": ["maybe"] * N}, "row 1, column 'y': the label 'maybe' did not occur in training"),
}


@pytest.mark.parametrize(("changed", "message"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_was_not_learned_is_refused(changed, message):
    preparation = prepare_table(TABLE, "y").preparation
    with pytest.raises(DataError, match=message):
        predicted(preparation, COLUMNS | changed)


def test_an_infinite_number_is_filled_and_counted():
    preparation, remarks = prepare_table(TABLE, "y").preparation, Remarks()
    found = preparation.encode_inputs(match_columns(preparation, COLUMNS | {"size": [np.inf] * N}), remarks=remarks)
    filled = preparation.encode_inputs(match_columns(preparation, COLUMNS | {"size": [np.nan] * N}))
    assert np.array_equal(found.to_array(), filled.to_array())
    sentence = next(remarks.list_sentences())
    assert sentence == f"Column 'size': {N} values that cannot be read, such as 'inf': taken as missing."


@pytest.mark.parametrize(
    ("labels", "texts"),
    [([0, 1, 2], ["2.0", "0", "1.00", "2"]), ([True, False], ["TRUE", "false", "1", "True"]), (["u", "x"], ["x", "u"])],
    ids=["whole numbers", "truths", "words"],
)
def test_a_label_is_known_in_every_way_to_write_it(tmp_path, labels, texts):
    (tmp_path / "old.csv").write_text(
        "a,y\n" + "".join(f"{row / 8},{labels[row % len(labels)]}\n" for row in range(24))
    )
    (tmp_path / "new.csv").write_text("a,y\n" + "".join(f"1,{text}\n" for text in texts))
    preparation = prepare_table(read_table(tmp_path / "old.csv", target="y"), "y").preparation
    found = preparation.targets[0].decode(preparation.encode_targets(match_columns(preparation, tmp_path / "new.csv")))
    meant = {"2.0": 2, "2": 2, "0": 0, "1.00": 1, "TRUE": True, "True": True, "false": False, "1": True}
    assert found == [meant.get(text, text) for text in texts]


def predicted(preparation, source):
    table = match_columns(preparation, source)
    return preparation.encode_inputs(table), preparation.encode_targets(table)


def test_too_large_for_single_precision():
    preparation = prepare_table(read_table({"a": [0.0, 1e-30] * 6, "y": [0, 1] * 6}), "y").preparation
    with pytest.raises(DataError, match="row 2, column 'a': the number is too large for float32"):
        preparation.encode_inputs(read_table({"a": [0.0, 1e30]}), np.float32)


def test_the_summary_says_what_was_understood():
    lines = prepare_table(TABLE, "y").summary
    assert [line.column for line in lines] == ["size", "colour", "flat", "y"]
    assert [line.kind for line in lines] == ["numeric", "categorical", "numeric", "target, classification"]
    assert [line.encoding for line in lines] == [
        "1 input, scaled",
        "3 inputs",
        "1 input, scaled",
        "2 classes, 1 output",
    ]
    assert lines[-1].content == "'yes' 40, 'no' 20"
    assert lines[2].content == "7 to 7"


DOUBTS = {
    "constant": ({"a": [7] * 40}, "Column 'a' holds the same value in every row, so it cannot help."),
    "counting": ({"a": list(range(40))}, "Column 'a' counts the rows; if it is only a row number, drop it."),
    "a slip": ({"a": [*np.linspace(0, 1, 39), 1e9]}, "Column 'a', row 40: 1e+09 lies far from the other numbers"),
    "a rare class": (
        {"a": RANDOM.normal(size=40), "y": ["u"] * 39 + ["v"]},
        "Class 'v' of 'y' is rare (1 row; 'u' has 39)",
    ),
    "nothing": ({"a": RANDOM.normal(size=40)}, None),
}


@pytest.mark.parametrize(("columns", "sentence"), DOUBTS.values(), ids=DOUBTS)
def test_doubts(columns, sentence):
    found = prepare_table(read_table({"y": ["u", "v"] * 20} | columns), "y").warnings
    assert len(found) == (sentence is not None)
    assert sentence is None or found[0].startswith(sentence)


def test_a_slip_is_found_in_its_row_of_the_file(tmp_path):
    text = "a,y\n" + "".join(f"{row % 7},{row % 2}\n" for row in range(20)) + "1000000000,1\n"
    (doubt,) = prepare_table(read_table(written(tmp_path, text)), "y").warnings
    assert "row 22: 1e+09" in doubt


def test_a_model_of_texts_says_what_it_needs_where_it_is_not_installed(monkeypatch):
    pytest.importorskip("sklearn")
    texts = [f"a note of {number} words" for number in range(N)]
    made = prepare_table(read_table({"note": texts, "y": RANDOM.normal(size=N)}), "y").preparation
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    with pytest.raises(DataError, match=r"column 'note' needs sklearn: pip install 'backproof\[tables\]'"):
        made.encode_inputs(read_table({"note": texts}))


@pytest.mark.parametrize(
    ("texts", "alike"),
    [
        (["semi detached", "semi-detached"], True), (["driver's", "driver’s"], True), (["yes", "yes."], True),
        (["ABC", "ＡＢＣ"], True), (["No ", "NO"], True), (["a_b", "a b"], True),
        (["A+", "A-"], False), (["-", "+"], False), (["<5", ">5"], False), (["1.5 a", "15 a"], False),
    ],
)  # fmt: skip
def test_spellings_of_one_word_are_told_and_signs_with_a_meaning_are_not(texts, alike):
    words = [texts[row % 2] if row % 3 else "other" for row in range(N)]
    found = prepare_table(read_table({"kind": words, "y": RANDOM.normal(size=N)}), "y").warnings
    assert any("if they are one, write them alike" in each for each in found) == alike
