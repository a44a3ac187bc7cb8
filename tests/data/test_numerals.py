"""Numbers that are written otherwise than in training are read as what they are, or told: never another in silence."""

from collections import defaultdict

import numpy as np
import pytest

from backproof.data.columns import NumericColumn, factorize_texts
from backproof.data.kinds import apply_kinds
from backproof.data.numerals import find_numerals, join_numerals, read_numbers
from backproof.data.preparation_json import preparation_from_json, preparation_to_json
from backproof.data.remarks import Remarks
from backproof.data.table import Table
from backproof.data.training_data import prepare_table
from backproof.network import Network
from backproof.train.store.model_file import Model

ROWS = 24
SIZES = {"small": (0.05, 4.0), "medium": (2.0, 900.0), "large": (950.0, 99_000.0)}


def group(mark, decimal, digits=3):
    return lambda value: f"{value:_.{digits}f}".replace(".", decimal).replace("_", mark)


def hours(value):
    minutes = round(value * 60)
    return minutes // 60, minutes % 60


#: How numbers may be written: the dimension, how many are one in it, and the text.
STYLES = {
    "plain": ("", 1, lambda value: f"{value:.3f}"),
    "whole": ("", 1, lambda value: f"{value:.0f}"),
    "exponent": ("", 1, lambda value: f"{value:.6e}"),
    "decimal comma": ("", 1, lambda value: f"{value:.3f}".replace(".", ",")),
    "decimal comma, two places": ("", 1, lambda value: f"{value:.2f}".replace(".", ",")),
    "thousands by comma": ("", 1, group(",", ".")),
    "whole thousands by comma": ("", 1, group(",", ".", 0)),
    "thousands by point": ("", 1, group(".", ",")),
    "whole thousands by point": ("", 1, group(".", ",", 0)),
    "thousands by blank": ("", 1, group(" ", ",")),
    "thousands by apostrophe": ("", 1, group("'", ".")),
    "a true minus sign": ("", -1, lambda value: f"−{value:.3f}"),
    "in parentheses": ("", -1, lambda value: f"({value:.3f})"),
    "dollars": ("$", 1, lambda value: f"${value:,.3f}"),
    "a code of dollars": ("$", 1, lambda value: f"USD {value:.3f}"),
    "euros": ("€", 1, lambda value: f"{value:.3f} €".replace(".", ",")),
    "a code of euros": ("€", 1, lambda value: f"{value:.3f} EUR"),
    "percent": ("%", 1, lambda value: f"{value:.3f}%"),
    "kilograms": ("kg", 1, lambda value: f"{value:.3f} kg"),
    "kilograms by comma": ("kg", 1, lambda value: f"{value:.3f}kg".replace(".", ",")),
    "kilograms with an exponent": ("kg", 1, lambda value: f"{value:.6e} kg"),
    "pounds": ("lb", 1, lambda value: f"{value:.3f} lb"),
    "square metres": ("m2", 1, lambda value: f"{value:.3f} m²"),
    "square metres, plain": ("m2", 1, lambda value: f"{value:.3f} m2"),
    "cubic metres": ("m3", 1, lambda value: f"{value:.3f} m³"),
    "hours": ("h", 1, lambda value: f"{value:.3f} h"),
    "minutes": ("h", 60, lambda value: f"{60 * value:.3f} min"),
    "a clock": ("h", 1, lambda value: "{}:{:02}".format(*hours(value))),
    "hours and minutes": ("h", 1, lambda value: "{}h {}min".format(*hours(value))),
    "hours and minutes, short": ("h", 1, lambda value: "{}h{:02}".format(*hours(value))),
}


#: How exact a text is, where it is less so than the numbers that are drawn.
PRECISION = {"whole": 0.51, "whole thousands by comma": 0.51, "whole thousands by point": 0.51,
             "decimal comma, two places": 0.0051, "a clock": 0.01, "hours and minutes": 0.01,
             "hours and minutes, short": 0.01, "exponent": 0.1, "kilograms with an exponent": 0.1}  # fmt: skip


def draw(size, rows=ROWS, seed=0):
    low, high = np.log(SIZES[size])
    values = np.exp(np.random.default_rng(seed).uniform(low, high, rows))
    return np.where(values > 1000, np.round(values), np.round(values, 3))


def write(style, values):
    return [STYLES[style][2](value) for value in values]


def fit(texts):
    """The encoder of a column; None where nothing tells its decimal sign, which is said."""
    table = apply_kinds(Table((factorize_texts("x", texts),)), {}, infer=True)
    if any("; if the " in note for note in table.notes):
        return None
    target = NumericColumn("y", np.arange(len(texts)) / 7)
    made = prepare_table(Table((*table.columns, target)), "y").preparation
    assert preparation_from_json(preparation_to_json(made)) == made
    return made.encoders[0]


def read(encoder, texts):
    """The numbers that an encoder reads, and what it remarks on each row."""
    remarks = Remarks(by_row=defaultdict(list))
    column = factorize_texts("x", texts)
    numbers = encoder.encode(column, Table((column,)), remarks)[:, 0] / encoder.scale[0] + encoder.shift[0]
    return numbers, remarks.list_by_row(len(texts))


def is_readable(style, size):
    return not (size == "large" and style.startswith(("a clock", "hours and")))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("style", STYLES)
def test_a_number_written_otherwise_than_in_training_is_that_number_or_told(style, size):
    if not is_readable(style, size):
        pytest.skip("no clock has thousands of hours")
    dimension, factor, _ = STYLES[style]
    encoder = fit(write(style, draw(size)))
    if encoder is None:
        return
    for other, (of_other, of_one, _) in STYLES.items():
        for rows in (1, 8) if is_readable(other, size) and factor * of_one > 0 else ():
            new = draw(size, rows, seed=1)
            texts = write(other, new)
            numbers, remarks = read(encoder, texts)
            meant = new * (factor if of_other == dimension == "h" else of_one)
            for number, true, remark, text in zip(numbers, meant, remarks, texts, strict=True):
                right = of_other in ("", dimension) and abs(number - true) <= PRECISION.get(other, 0.001) * abs(factor)
                assert right or remark, (other, text, number, true)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("style", STYLES)
def test_nothing_is_told_of_numbers_written_as_in_training(style, size):
    if not is_readable(style, size):
        pytest.skip("no clock has thousands of hours")
    encoder = fit(write(style, draw(size)))
    if encoder is None:
        return
    for rows in (1, 2, 8):
        new = draw(size, ROWS)[:rows]
        numbers, remarks = read(encoder, write(style, new))
        assert not any(remarks)
        meant = new * STYLES[style][1]
        np.testing.assert_allclose(numbers, meant, rtol=1e-6, atol=PRECISION.get(style, 0.001) * abs(STYLES[style][1]))


def note_of(texts, **options):
    """What is said of a column, and the column."""
    table = apply_kinds(Table((factorize_texts("x", texts),)), {}, infer=True)
    return " ".join(table.notes), table["x"]


TOLD = {
    "points between thousands": (["987", "13.607", "601.602"], "'13.607' is read as the number 13.607; if the point"),
    "two kinds of sign": (["1,5", "2,25", "9.730", "0,5"], "'9.730' is read as the number 9730"),
    "codes of several lengths": (["007", "0815", "12"], "'007' is read as the number 7; if these are codes"),
    "chapters": (["1.1", "1.9", "1.10"], "'1.10' is read as the number 1.1; if these are codes"),
    "codes with E": (["1E5", "3E2", "7E1"], "'1E5' is read as the number 100000; if these are codes"),
    "telephones": (["+49171234567", "+4930123456"], "if these are codes"),
    "two currencies": (["$5", "€5", "$6"], "'$5' and '€5' have different units"),
    "two codes of currency": (["5 USD", "5 EUR"], "'5 USD' and '5 EUR' have different units"),
    "a unit in some rows": (["5", "5 kg", "6 kg"], "'5' and '5 kg' have different units"),
    "fractions": (["1/2", "3/4", "1 1/8"], "texts such as '1/2' hold numbers"),
    "a currency of another kind": (["Lei 5", "Lei 6"], "texts such as 'Lei 5' hold numbers"),
    "numbers among words": ([*map(str, range(30)), *(f"n.d. {row}" for row in "abc" * 30)], "hold numbers"),
}


@pytest.mark.parametrize(("texts", "said"), TOLD.values(), ids=TOLD)
def test_texts_that_may_be_meant_otherwise_are_told(texts, said):
    assert said in note_of(texts)[0]


READ = {
    "a minus sign behind": (["0.56-", "1.5", "2-"], [-0.56, 1.5, -2]),
    "parentheses around percent": (["(5%)", "3%", "0"], [-5, 3, 0]),
    "a dash": (["–0.56", "1.5"], [-0.56, 1.5]),
    "lakhs": (["1,94,222", "12,34,567.5", "5"], [194222, 1234567.5, 5]),
    "whole amounts": (["5,-", "5.-", "6,50"], [5, 5, 6.5]),
    "a comma and an exponent": (["1,528E+03", "2,5E-01"], [1528, 0.25]),
    "points in millions": (["987", "13.607", "1.516.493"], [987, 13607, 1516493]),
    "signs of one currency": (["US$5", "USD 6", "$7"], [5, 6, 7]),
    "reais": (["R$ 5,50", "R$ 1.234,00"], [5.5, 1234]),
    "hours, minutes and both": (["3h", "45 min", "1h 30m", "2:15"], [3, 0.75, 1.5, 2.25]),
}


@pytest.mark.parametrize(("texts", "numbers"), READ.values(), ids=READ)
def test_numbers_are_read_in_more_ways(texts, numbers):
    note, column = note_of(texts)
    assert "is read as the number" in note
    np.testing.assert_allclose(column.values, numbers)


def test_inf_among_words_is_a_word():
    assert not isinstance(note_of(["Inf", "Inf", "juv"])[1], NumericColumn)


def test_a_true_in_a_column_of_numbers_is_no_number():
    encoder = fit([f"{value:.2f}" for value in draw("medium")])
    assert read(encoder, ["true", "False"])[1] == ["x unreadable", "x unreadable"]


def test_a_column_nearly_all_outside_of_the_range_of_training_is_told():
    encoder = fit(["1", "2.5", "3", "4"] * 5)
    assert not any(read(encoder, ["0.5", "0.6"])[1])
    assert all("outside" in each for each in read(encoder, ["0.5", "0.6", "0.7", "0.8", "0.9", "0.4"])[1])


@pytest.mark.parametrize(
    ("texts", "found"), [(["2,345", "0,512"], [2.345, 0.512]), (["2,345", "1,234.5"], [2345, 1234.5])]
)
def test_other_texts_of_a_column_tell_its_decimal_sign(texts, found):
    encoder = fit([f"{value}" for value in np.linspace(0, 4000, 40)])
    numbers, remarks = read(encoder, texts)
    np.testing.assert_allclose(numbers, found, atol=1e-9)
    assert not any(remarks)


def test_other_columns_tell_the_decimal_sign_of_a_table_which_is_told():
    encoder = fit([f"{value}" for value in np.linspace(0, 4000, 40)])
    table, remarks = Table((factorize_texts("x", ["2,345"]), factorize_texts("z", ["0,5"]))), Remarks()
    numbers = encoder.encode(table["x"], table, remarks) / encoder.scale[0] + encoder.shift[0]
    np.testing.assert_allclose(numbers, 2.345)
    assert [*remarks.list_sentences()] == [
        "Column 'x': 1 value written otherwise than in training, such as '2,345', read as 2.345: make sure that it is "
        "meant so."
    ]


def test_columns_of_numbers_with_decimal_commas_tell_of_points_in_others():
    commas, points = [f"{row},{row % 10}" for row in range(20, 40)], [f"{row}.{row * 3 + 100}" for row in range(20, 40)]
    columns = [factorize_texts("x", commas), factorize_texts("z", points), factorize_texts("t", [*points[1:], "987"])]
    table = apply_kinds(Table(tuple(columns)), {}, infer=True)
    np.testing.assert_allclose(table["z"].values, [row * 1000 + row * 3 + 100 for row in range(20, 40)])
    assert table["t"].values[-1] == 987
    assert "'21.163' is read as the number 21163; if the point stands before decimals, write a comma" in table.notes[2]


def test_a_comma_among_words_tells_nothing_of_numbers():
    notes = factorize_texts("note", ["a", "b", "c", "3,5"] * 6)
    table = apply_kinds(Table((notes, factorize_texts("x", ["28,999", "987"] * 12))), {}, infer=True)
    assert table["x"].values[0] == 28999


def test_a_saved_model_warns_of_what_training_did_not_see():
    table = Table((NumericColumn("x", np.linspace(1.5, 9, 30)), NumericColumn("y", np.linspace(0, 1, 30))))
    preparation = preparation_to_json(prepare_table(table, "y").preparation)
    model = Model(Network.dense([1, 1], activation="identity", cost="half_squared_error"), preparation, {})
    assert model.predict({"x": [2.5, 3.5]}).shape == (2,)
    with pytest.warns(UserWarning, match="Column 'x': 1 value far outside the range of training, such as '4500'"):
        model.predict({"x": [4500]})


AMOUNTS = {"dollars": "${}", "percent": "{}%", "kilograms": "{} kg", "minutes": "{} min"}


@pytest.mark.parametrize("form", AMOUNTS.values(), ids=AMOUNTS)
def test_a_target_with_a_unit_is_an_amount(form):
    prices = [form.format(each) for each in [99, 149, 199, 249, 299, 349] * 5]
    columns = (factorize_texts("y", prices), NumericColumn("x", np.arange(30) / 7))
    table = apply_kinds(Table(columns), {}, infer=True)
    assert prepare_table(table, "y").preparation.targets[0].problem == "regression"
    assert prepare_table(table, "y", problem="classification").preparation.targets[0].problem == "classification"


def test_whole_numbers_that_are_classes_and_may_be_amounts_are_told():
    prices = NumericColumn("y", np.array([99, 149, 199, 249, 299, 349] * 5))
    found = prepare_table(Table((prices, NumericColumn("x", np.arange(30) / 7))), "y").warnings
    assert any("taken as 6 classes; if they are counts or amounts, give --regression" in each for each in found)


@pytest.mark.parametrize("mark", [-999, -9, -99.9])
def test_the_only_negative_number_may_be_a_mark_of_missing_values(mark):
    values = NumericColumn("x", np.where(np.arange(60) % 12 == 5, mark, np.arange(60) * 500.0))
    found = prepare_table(Table((values, NumericColumn("y", np.arange(60) / 7))), "y").warnings
    assert any(f"if it stands for a missing value, give --missing {mark}" in each for each in found)


@pytest.mark.parametrize("shape", [["5%", "0.05", "0.1", "20%"], ["(5%)", "0.05", "3% "]])
def test_a_word_changes_nothing_in_the_scale_of_other_values(shape):
    whole, with_word = find_numerals(shape), find_numerals([*shape, "unknown"])
    assert whole.unit == with_word.unit
    np.testing.assert_array_equal(with_word.parse(shape), whole.parse(shape))


def test_shares_in_one_part_of_a_file_say_what_percent_means_in_the_others():
    joined = join_numerals([find_numerals(["5%", "10%"]), find_numerals(["5%", "0.05", "0.5"]), find_numerals(["1%"])])
    np.testing.assert_allclose(joined.parse(["5%", "0.05"]), [0.05, 0.05])


def test_a_number_in_brackets_is_a_word_and_a_minus_behind_is_told_where_training_had_none():
    assert np.isnan(find_numerals(["1", "2"]).parse(["[5]"])).all()
    for trained, told in ((["1", "2"], True), (["12-", "5"], False)):
        values, unsure = read_numbers(["12-", "3"], find_numerals(trained))
        assert (values.tolist(), unsure.tolist()) == ([-12, 3], [told, False])
