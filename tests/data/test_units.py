"""Numbers with units, times, months, codes and marks of missing values: read right, with a word, or as words."""

import numpy as np
import pytest

from backproof.data.columns import CategoricalColumn, DateColumn, NumericColumn, factorize_texts, mask_values
from backproof.data.encoders import DateEncoder
from backproof.data.kinds import apply_kinds
from backproof.data.prediction_batches import match_columns
from backproof.data.preparation_json import preparation_from_json, preparation_to_json
from backproof.data.reading import read_table
from backproof.data.remarks import Remarks
from backproof.data.table import Table
from backproof.data.training_data import prepare_table
from backproof.errors import DataError

N = 40
NUMBERS = np.round(np.random.default_rng(0).uniform(1, 99, N), 1)
HOURS = np.arange(N) % 24 + np.arange(N) * 7 % 60 / 60


def write(folder, cells, name="data.csv", targets=None):
    """A file with a column x of these texts, and a target y of numbers."""
    targets = [f"{number * 2}" for number in NUMBERS] if targets is None else targets
    lines = [f"{cell};{target}" for cell, target in zip(cells, targets, strict=True)]
    (folder / name).write_text("\n".join(["x;y", *lines]) + "\n", encoding="utf-8")
    return folder / name


def clock(hours):
    minutes = round(hours * 60)
    return f"{minutes // 60}:{minutes % 60:02}"


def ordinal(number):
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 < number < 20 else ending}"


UNITS = {
    "a blank before the unit": ([f"{each} kg" for each in NUMBERS], NUMBERS, " (kg)."),
    "no blank before it": ([f"{each:.0f}cm" for each in NUMBERS], np.round(NUMBERS), " (cm)."),
    "a square": ([f"{each} m2" for each in NUMBERS], NUMBERS, " (m2)."),
    "a square over seconds": ([f"{each} cm/s2" for each in NUMBERS], NUMBERS, " (cm/s2)."),
    "decimal commas": ([f"{each} kg".replace(".", ",") for each in NUMBERS], NUMBERS, " (kg)."),
    "degrees": ([f"-{each} °C" for each in NUMBERS], -NUMBERS, " (°C)."),
    "a sign before": ([f"~{each}" for each in NUMBERS], NUMBERS, " (~)."),
    "places": ([ordinal(each) for each in range(1, N + 1)], np.arange(1, N + 1), "'1st' is read as the number 1."),
    "times of the day": ([clock(each) for each in HOURS], HOURS, " (hours)."),
    "durations": ([f"{clock(each)}:30" for each in HOURS], HOURS + 30 / 3600, " (hours)."),
    "percent beside shares": (
        [f"{each:.1f}%" if row % 2 else f"{each / 100:.3f}" for row, each in enumerate(NUMBERS)],
        NUMBERS / 100,
        "% is read as the number 0.",
    ),
    "codes": ([f"{row * 37:05}" for row in range(N)], np.arange(N) * 37, "if these are codes, give --categorical"),
}


@pytest.mark.parametrize(("cells", "numbers", "told"), UNITS.values(), ids=UNITS)
def test_a_unit_is_left_out_and_told_in_training_and_in_prediction(tmp_path, cells, numbers, told):
    table = read_table(write(tmp_path, cells), target="y")
    assert isinstance(table["x"], NumericColumn)
    np.testing.assert_allclose(table["x"].values, numbers, atol=1e-9)
    (note,) = table.notes
    assert note.startswith("Column 'x': ")
    assert told in note.replace("%' is", "% is")
    made = prepare_table(table, "y")
    preparation = preparation_from_json(preparation_to_json(made.preparation))
    remarks = Remarks()
    part = match_columns(preparation, write(tmp_path, cells[:2], "new.csv", ["", ""]))
    np.testing.assert_allclose(preparation.encode_inputs(part, remarks=remarks).to_array(), made.x.raw[:2], atol=1e-9)
    assert not remarks.counts


def test_several_units_are_words_and_told(tmp_path):
    cells = [f"{each:.0f} kg" if row % 2 else f"{each * 1000:.0f} g" for row, each in enumerate(NUMBERS)]
    table = read_table(write(tmp_path, cells), target="y")
    assert isinstance(table["x"], CategoricalColumn)
    assert "have different units" in table.notes[0]


MONTHS = {
    "months": [f"{['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'][row % 6]} {2000 + row}" for row in range(N)],
    "quarters": [f"{2000 + row // 4}Q{row % 4 + 1}" for row in range(N)],
}


@pytest.mark.parametrize("cells", MONTHS.values(), ids=MONTHS)
def test_months_and_quarters_are_dates(tmp_path, cells):
    column = read_table(write(tmp_path, cells), target="y")["x"]
    assert isinstance(column, DateColumn)
    assert column.values[0] == np.datetime64("2000-01-01").astype("datetime64[s]").astype(float)
    assert np.isfinite(column.values).all()


@pytest.mark.parametrize("mark", ["-999", "9999", "-1"])
def test_a_mark_of_missing_values_is_suspected_and_taken_as_one_when_told(tmp_path, mark):
    cells = [mark if row % 9 == 4 else str(each) for row, each in enumerate(NUMBERS)]
    gaps = ["" if cell == mark else cell for cell in cells]
    found = prepare_table(read_table(write(tmp_path, cells), target="y"), "y")
    (warning,) = (each for each in found.warnings if "--missing" in each)
    assert warning.endswith(f"give --missing {mark}.")
    told = prepare_table(read_table(write(tmp_path, cells), target="y", missing=[mark]), "y", missing=[mark])
    meant = prepare_table(read_table(write(tmp_path, gaps, "gaps.csv"), target="y"), "y")
    np.testing.assert_array_equal(told.x.to_array(), meant.x.to_array())
    preparation = preparation_from_json(preparation_to_json(told.preparation))
    again = preparation.encode_inputs(match_columns(preparation, tmp_path / "data.csv")).to_array()
    np.testing.assert_array_equal(again, meant.x.to_array())


def test_dates_far_from_those_of_training_are_remarked(tmp_path):
    days = [f"Jan {2000 + row}" for row in range(N)]
    document = preparation_to_json(prepare_table(read_table(write(tmp_path, days), target="y"), "y").preparation)
    preparation, remarks = preparation_from_json(document), Remarks()
    part = match_columns(preparation, write(tmp_path, ["Jan 2020", "Jan 2097"], "new.csv", "12"))
    preparation.encode_inputs(part, remarks=remarks)
    assert [*remarks.list_sentences()] == [
        "Column 'x': 1 value far outside the range of training, such as '2097-01-01': taken as it is."
    ]
    for key in ("low", "high"):  # as models were written before
        del document["features"][0][key]
    assert isinstance(preparation_from_json(document).encoders[0], DateEncoder)


def test_a_target_is_read_with_the_decimals_that_it_had_in_training(tmp_path):
    amounts = [f"{each:.2f}".replace(".", ",") + " kg" for each in NUMBERS]
    made = prepare_table(read_table(write(tmp_path, NUMBERS, targets=amounts), target="y"), "y")
    preparation = preparation_from_json(preparation_to_json(made.preparation))
    new = match_columns(preparation, write(tmp_path, ["1", "2"], "new.csv", ["1,234", "2,345"]))
    (target,) = preparation.targets
    np.testing.assert_allclose(preparation.encode_targets(new)[:, 0] / target.scale + target.shift, [1.234, 2.345])


def test_a_stream_finds_the_decimal_sign_of_a_column_once(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow as pa

    from backproof.data.parquet_stream import ParquetStream

    table = pa.table({"x": ["1,234"] * 20 + ["1,5"] * 20, "y": [row % 7 / 2 for row in range(40)]})
    parquet.write_table(table, tmp_path / "d.parquet", row_group_size=20)
    (encoder,) = ParquetStream(tmp_path / "d.parquet", ("y",), numeric=["x"]).preparation.encoders
    assert (encoder.low, encoder.high, encoder.numerals.decimal) == (1.234, 1.5, ",")


def test_one_word_among_measured_numbers_is_asked_about():
    cells = [f"{each} kg" for each in range(40)]
    table = Table((factorize_texts("w", [*cells, "unknown"]),))
    with pytest.raises(DataError, match="expected a number, received 'unknown'"):
        apply_kinds(table, {}, infer=True)
    few = Table((factorize_texts("w", ["1st", "2nd", "3rd", "crew"] * 10),))
    assert isinstance(apply_kinds(few, {}, infer=True)["w"], CategoricalColumn)


@pytest.mark.parametrize("mark", ["-999", "-999,0", "unknown"])
@pytest.mark.parametrize("form", ["{},5", "{},5 kg"])
def test_what_stands_for_a_missing_value_says_nothing_of_how_numbers_are_written(mark, form):
    marked = form.replace(",5", ",0").format(-999) if mark.startswith("-") else mark
    cells = [form.format(each) for each in range(30)]
    column = mask_values(factorize_texts("w", [*cells, marked]), frozenset([mark if mark != "-999,0" else "-999"]))
    (found,) = apply_kinds(Table((column,)), {}, infer=True).columns
    np.testing.assert_array_equal(found.values, [*(each + 0.5 for each in range(30)), np.nan])


def test_a_mark_of_missing_values_that_no_column_has_is_told(tmp_path):
    cells = ["-999", *map(str, NUMBERS[1:])]
    table = read_table(write(tmp_path, cells), target="y", missing=["-999", "-9999", "n.d."])
    assert [note for note in table.notes if "--missing" in note] == [
        "No value is '-9999', which --missing takes as a missing value.",
        "No value is 'n.d.', which --missing takes as a missing value.",
    ]


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1.0, 1e150])
def test_what_gives_a_target_away_does_so_at_any_size(scale):
    random = np.random.default_rng(0)
    values, other = random.integers(1, 1000, N) * scale, random.integers(1, 1000, N) * scale
    table = Table((NumericColumn("x", values), NumericColumn("z", other), NumericColumn("y", values * 2)))
    found = [each for each in prepare_table(table, "y").warnings if "away" in each]
    assert [each.startswith("Column 'x' alone") for each in found] == [True]
