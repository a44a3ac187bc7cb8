"""Dates in the forms that people and programs write, held against `strptime`; and what is no date, or could be two."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import numpy as np
import pandas as pd
import pytest

from backproof.data.columns import CategoricalColumn, DateColumn
from backproof.data.dates import looks_like_dates, read_dates
from backproof.data.prediction_batches import match_columns
from backproof.data.preparation_json import preparation_from_json, preparation_to_json
from backproof.data.reading import read_table
from backproof.data.remarks import Remarks
from backproof.data.training_data import prepare_table
from backproof.errors import DataError

#: Moments on all days of a month, in all months, on whole minutes.
MOMENTS = [datetime(2017, 1, 1, tzinfo=UTC) + timedelta(hours=53 * row, minutes=17 * row) for row in range(200)]
DAYS = [
    *(f"%Y{sign}%m{sign}%d" for sign in "-/. "),
    *(f"%d{sign}%m{sign}%Y" for sign in "-/. "),
    *(f"%m{sign}%d{sign}%Y" for sign in "-/ "),
    *("%d.%m.%y", "%m/%d/%y", "%d-%b-%Y", "%d-%b-%y", "%d%b%Y", "%d/%b/%Y", "%d %B %Y", "%d. %B %Y"),
    *("%b %d, %Y", "%B %d, %Y", "%Y-%b-%d", "%a, %d %b %Y", "%A, %B %d, %Y", "%a %d %b %Y", "%Y年%m月%d日"),
]
TIMES = ["", " %H:%M", "T%H:%M:%S", " %H:%M:%S.%f", ", %H:%M:%S", " %I:%M %p", " %I:%M:%S%p", " %H:%M:%S %z", "T%H:%MZ"]
#: What is written in a form of its own.
OTHERS = [
    *(
        "%Y-%m",
        "%m/%Y",
        "%b-%y",
        "%b %Y",
        "%B %Y",
        "%YM%m",
        "%Y%m",
        "%m.%Y",
        "%B-%Y",
        "%Y",
        "%Y%m%d",
        "%Y%m%d %H:%M:%S",
    ),
    *("%a %b %d %H:%M:%S %Y", "%d/%b/%Y:%H:%M:%S %z", "%Y%m%dT%H%M%SZ", "%H:%M %d.%m.%Y", "%d.%m.%Y, %H:%M Uhr"),
]


@pytest.mark.parametrize("form", [day + time for day, time in product(DAYS, TIMES)] + OTHERS)
def test_a_date_is_read_as_strptime_reads_it_in_its_format(form):
    texts = [moment.strftime(form) for moment in MOMENTS]
    meant = [datetime.strptime(text, form).replace(tzinfo=UTC).timestamp() for text in texts]
    assert looks_like_dates(texts) != texts[0].isdecimal()
    np.testing.assert_array_equal(read_dates(texts).values, meant)


MONTHS = {
    "german": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "french": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "spanish": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "italian": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "portuguese": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "dutch": "januari februari maart april mei juni juli augustus september oktober november december",
    "french short": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "german short": "Jan. Feb. Mär. Apr. Mai Jun. Jul. Aug. Sep. Okt. Nov. Dez.",
}


@pytest.mark.parametrize("names", MONTHS.values(), ids=MONTHS)
@pytest.mark.parametrize("form", ["3 {} 2018", "3. {} 2018", "3 de {} de 2018", "03-{}-2018", "3rd {} 18"])
def test_months_are_read_by_their_names_in_several_languages(names, form):
    found = read_dates([form.format(name) for name in names.split()]).values
    assert found.tolist() == [datetime(2018, month, 3, tzinfo=UTC).timestamp() for month in range(1, 13)]


def test_days_are_read_by_their_ordinal_numbers():
    ordinals = [
        f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10 * (day not in (11, 12, 13)), 'th') }" for day in range(1, 32)
    ]
    found = read_dates([f"Jan {day}, 2018" for day in ordinals]).values
    assert found.tolist() == [datetime(2018, 1, day, tzinfo=UTC).timestamp() for day in range(1, 32)]


#: The third of July 2018 as Oracle, Stata, SAS, SQL Server, JavaScript, NumPy and others write it; and that month.
DAYS_OF_PROGRAMS = [
    *("03-JUL-2018", "03-JUL-18", "03jul2018", "03JUL2018:00:00:00", "Jul  3 2018 12:00AM", "July 3rd, 2018"),
    *("Tue Jul 03 2018 02:00:00 GMT+0200 (Central European Time)", "2018-07-03T00:00:00.000000000", "2018-W27-2"),
]
MONTHS_OF_PROGRAMS = ["2018Q3", "Q3 2018", "Q3/18", "3Q18", "2018m7", "2018M07", "2018/07", "Jul-18", "Jul '18"]


@pytest.mark.parametrize("text", DAYS_OF_PROGRAMS + MONTHS_OF_PROGRAMS)
def test_dates_are_read_as_programs_write_them(text):
    assert looks_like_dates([text])
    day = 3 if text in DAYS_OF_PROGRAMS else 1
    assert read_dates([text]).values.tolist() == [datetime(2018, 7, day, tzinfo=UTC).timestamp()]


def test_seasons_are_no_months():
    assert not looks_like_dates([f"20{year:02}/{year + 1:02}" for year in range(12)])
    assert looks_like_dates([f"20{year:02}/{year % 12 + 1:02}" for year in range(24)])


def test_dates_with_time_and_without_may_stand_in_one_column():
    texts = ["2018-01-03", "2018-01-03T10:00:00", "2018-01-03 10:00:00.5", "2018-01-03T12:00:00+02:00", "3.1.2018"]
    day = datetime(2018, 1, 3, tzinfo=UTC).timestamp()
    assert (read_dates(texts).values - day).tolist() == [0, 36000, 36000.5, 36000, 0]


#: Texts with the form of no date that anybody writes.
NO_DATES = [
    *(
        "1.2.3",
        "2018-19",
        "2018/13",
        "100-10-1000",
        "3-16-1484",
        "192.168.1.1",
        "12:30",
        "2-1",
        "Market-12",
        "2018/19",
        "2018-2019",
        "A-1",
    ),
    *(
        "2018-01-03x07",
        "20180103-07",
        "10-Dec",
        "May",
        "3",
        "1234",
        "12345",
        "1e5",
        "+49 30 1234",
        "3 Foo 2018",
        "Q5 2018",
    ),
]


@pytest.mark.parametrize("text", NO_DATES)
def test_codes_are_no_dates(text):
    assert not looks_like_dates([text])
    assert np.isnan(read_dates([text]).values).all()


def test_a_date_by_points_has_its_day_first_in_any_table():
    texts = [f"{day:02}.{month:02}.2018" for day, month in product(range(1, 13), repeat=2)]
    for expected in ("", "%m/%d/%Y", "%d/%m/%Y"):
        found = read_dates(texts, expected)
        assert not found.unsure.any()
        meant = [datetime.strptime(text, "%d.%m.%Y").replace(tzinfo=UTC).timestamp() for text in texts]
        assert found.values.tolist() == meant


def write(folder, cells, name="data.csv"):
    rows = [f'"{cell}",{row % 7},{"uv"[row % 2]}\n' for row, cell in enumerate(cells)]
    (folder / name).write_text("t,a,y\n" + "".join(rows), encoding="utf-8")
    return folder / name


def fit(source):
    """The preparation that a table gives, through JSON."""
    return preparation_from_json(preparation_to_json(prepare_table(read_table(source, target="y"), "y").preparation))


def encode(preparation, source):
    """The inputs of a table to predict on, and what is remarked."""
    remarks = Remarks()
    return preparation.encode_inputs(match_columns(preparation, source), remarks=remarks).to_array(), [
        *remarks.list_sentences()
    ]


TRAINING = [date(2018, 1, 1) + timedelta(days=5 * row) for row in range(70)]
NEW = [date(2018, month, day) for month in (1, 5, 11) for day in (2, 9, 12)]


@pytest.mark.parametrize("trained", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "frame", "%d %b %Y"])
@pytest.mark.parametrize("written", ["%Y-%m-%d", "%Y-%m-%d 00:00:00", "%Y-%m-%dT00:00:00Z", "%d.%m.%Y", "%b %d, %Y"])
def test_a_model_reads_any_form_that_can_mean_one_day_alone(tmp_path, trained, written):
    dates = pd.DataFrame({"t": pd.to_datetime(TRAINING), "a": np.arange(70) % 7, "y": ["u", "v"] * 35})
    preparation = fit(dates if trained == "frame" else write(tmp_path, [day.strftime(trained) for day in TRAINING]))
    found, said = encode(preparation, write(tmp_path, [day.strftime(written) for day in NEW], "new.csv"))
    frame = pd.DataFrame({"t": pd.to_datetime(NEW), "a": np.arange(9) % 7})
    np.testing.assert_array_equal(found, encode(preparation, frame)[0])
    assert said == []


@pytest.mark.parametrize("days", [(2, 9, 12), (2, 9, 25)])
@pytest.mark.parametrize("written", ["%d/%m/%Y", "%m/%d/%Y", "%d-%m-%y"])
@pytest.mark.parametrize("trained", ["%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y"])
def test_the_order_of_day_and_month_is_that_of_training_or_of_the_column_and_told_otherwise(
    tmp_path, trained, written, days
):
    preparation = fit(write(tmp_path, [day.strftime(trained) for day in TRAINING]))
    new = [date(2018, month, day) for month in (1, 5, 11) for day in days]
    found, said = encode(preparation, write(tmp_path, [day.strftime(written) for day in new], "new.csv"))
    meant, _ = encode(preparation, write(tmp_path, map(str, new), "iso.csv"))
    first = {"%d-%m-%y": "%d/%m/%Y"}.get(written, written)
    if 25 in days and (trained, written) != ("%Y-%m-%d", "%d-%m-%y"):
        np.testing.assert_array_equal(found, meant)
        assert bool(said) == (trained != first and trained != "%Y-%m-%d")
        assert all("values written otherwise than in training, such as '" in each for each in said)
    elif trained == first:
        np.testing.assert_array_equal(found, meant)
        assert said == []
    elif trained == "%Y-%m-%d":
        assert "values written otherwise than in training, such as '" in said[0]


@pytest.mark.parametrize("trained", ["%d.%m.%Y", "%m/%d/%Y"])
def test_points_in_training_tell_that_days_are_first(tmp_path, trained):
    preparation = fit(write(tmp_path, [day.strftime(trained) for day in TRAINING]))
    found, said = encode(preparation, write(tmp_path, [day.strftime(trained.replace(".", "/")) for day in NEW]))
    meant, _ = encode(preparation, write(tmp_path, NEW, "iso.csv"))
    np.testing.assert_array_equal(found, meant)
    assert said == []


@pytest.mark.parametrize("form", ["%Y%m%d", "%Y%m", "%Y%m%d%H%M%S"])
def test_digits_that_may_be_dates_are_told_and_dates_when_declared(tmp_path, form):
    path = write(tmp_path, [day.strftime(form) for day in TRAINING])
    assert read_table(path).notes == (
        f"Column 't': '{TRAINING[0].strftime(form)}' is read as a number; if it is a date, give --date.",
    )
    meant = [datetime.strptime(day.strftime(form), form).replace(tzinfo=UTC).timestamp() for day in TRAINING]
    assert read_table(path, date=["t"])["t"].values.tolist() == meant
    assert read_table(write(tmp_path, ["123456", "201801", "999999"])).notes == ()


@pytest.mark.parametrize("text", ["unknown", "31.02.2018", "0000-00-00", "43112", "-"])
def test_what_is_no_date_is_answered_as_missing_and_counted(tmp_path, text):
    for source in (write(tmp_path, TRAINING), pd.DataFrame({"t": pd.to_datetime(TRAINING), "y": ["u", "v"] * 35})):
        preparation = fit(source)
        found, said = encode(preparation, write(tmp_path, [text, "2018-05-04"], "new.csv"))
        assert (found[0, :5] == 0).all()
        assert (found[1, :5] != 0).any()
        assert len(said) == 1
        assert "taken as missing" in said[0] or "missing value" in said[0]
        nothing, said = encode(preparation, write(tmp_path, ["", ""], "none.csv"))
        assert (nothing[:, :5] == 0).all()
        assert said == ["Column 't': 2 missing values: filled as in training."]


def test_numbers_where_training_had_dates_are_answered_as_missing(tmp_path):
    preparation = fit(write(tmp_path, TRAINING))
    found, said = encode(preparation, pd.DataFrame({"t": [1.5e18, np.nan], "a": [1, 2]}))
    assert (found[:, :5] == 0).all()
    assert [each.split(",")[0].split(":")[1] for each in said] == [" 1 value that cannot be read", " 1 missing value"]


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%m/%d/%Y %H:%M", "%d %B %Y", "%Y-%m-%dT%H:%M:%S.%f"])
def test_runs_that_kept_a_format_of_strptime_are_read_as_before(tmp_path, form):
    days = [day.strftime(form) for day in NEW]
    document = preparation_to_json(fit(write(tmp_path, TRAINING)))
    document["features"][0]["format"] = form
    found, said = encode(preparation_from_json(document), write(tmp_path, days))
    meant, _ = encode(preparation_from_json(document), write(tmp_path, NEW, "iso.csv"))
    np.testing.assert_array_equal(found, meant)
    assert said == []


@pytest.mark.parametrize("word", ["unknown", "n.a.", "2018-02-30", "0000-00-00", "2018-12-01?", "00.01.1900"])
def test_a_word_among_dates_is_asked_about_with_its_row_and_missing_when_told(tmp_path, word):
    cells = [word if row in (4, 40) else str(day) for row, day in enumerate(TRAINING)]
    path = write(tmp_path, cells)
    with pytest.raises(DataError) as asked:
        read_table(path)
    assert f"row 6, column 't': expected a date, received '{word}' (2 such rows)" in str(asked.value)
    assert asked.value.settling == (("--date", "t"),)
    told = read_table(path, date=["t"])
    meant = read_table(write(tmp_path, ["" if cell == word else cell for cell in cells], "gaps.csv"))
    np.testing.assert_array_equal(told["t"].values, meant["t"].values)
    assert told.notes == (f"Column 't': 2 of 70 values, such as '{word}', are no dates: taken as missing.",)


def test_texts_with_the_form_of_dates_that_are_none_are_best_taken_as_categories(tmp_path):
    with pytest.raises(DataError, match="row 2, column 't': expected a date, received '2018-02-30'; none of") as asked:
        read_table(write(tmp_path, ["2018-02-30", "2018-02-31"] * 9))
    assert asked.value.settling == (("--categorical", "t"),)


@pytest.mark.parametrize(
    "cells", [["2018", "b", "c"], ["1.2.3", "1.2.4"], ["3-16-1484", "3-16-1485"], ["2018/19", "2019/20"], ["a", "b"]]
)
def test_codes_are_categories(tmp_path, cells):
    assert isinstance(read_table(write(tmp_path, cells * 9))["t"], CategoricalColumn)


def test_a_year_without_its_century_is_told(tmp_path):
    table = read_table(write(tmp_path, ["12.03.45", "13.03.01", "14.03.99"] * 9))
    assert isinstance(table["t"], DateColumn)
    assert table.notes == (
        "Column 't': '12.03.45' is read as 2045-03-12; if that is another day, write dates as 2020-12-31.",
    )


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "frame"])
@pytest.mark.parametrize("mark", ["9999-12-31", "1900-01-01", "0001-01-01"])
def test_a_day_that_stands_for_missing_dates_is_suspected_and_missing_when_told(tmp_path, mark, form):
    day = date.fromisoformat(mark)
    days = [day if row in (4, 40) else each for row, each in enumerate(TRAINING)]
    if form == "frame":
        stamps = np.array(days, dtype="M8[s]")
        source = pd.DataFrame({"t": stamps, "a": np.arange(70) % 7, "y": ["u", "v"] * 35})
    else:
        source = write(tmp_path, [each.strftime(form.replace("%Y", f"{each.year:04}")) for each in days])
    found = prepare_table(read_table(source, target="y"), "y")
    (warning,) = (each for each in found.warnings if "--missing" in each)
    assert warning == (
        f"Column 't': {mark} stands in 2 rows, apart from all other dates, which are between 2018-01-01 and "
        f"2018-12-12; if it stands for a missing value, give --missing {mark}."
    )
    told = prepare_table(read_table(source, target="y", missing=[mark]), "y", missing=[mark])
    meant = prepare_table(read_table(write(tmp_path, ["" if each == day else each for each in days]), target="y"), "y")
    np.testing.assert_array_equal(told.x.to_array(), meant.x.to_array())
