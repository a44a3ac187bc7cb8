"""Predictions as files: whatever a name or a label holds, a reader gets it back, row by row."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from backproof.data.prediction_writer import find_formulas, guard_formulas, serialize_columns

TEXT = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
CELL = TEXT | some.sampled_from(["\r", "a\rb", "\r\n", "\n", '"', ",", "=1+1", "@x", "+1", "-1", "", " "])
COLUMNS = some.integers(1, 5).flatmap(
    lambda rows: some.dictionaries(CELL, some.lists(CELL, min_size=rows, max_size=rows), min_size=1, max_size=3)
)


def rows_of(columns):
    return [list(columns), *map(list, zip(*columns.values(), strict=True))]


@settings(deadline=None)
@given(columns=COLUMNS)
def test_csv_gives_back_every_text_and_as_many_rows(columns):
    content = serialize_columns(columns, "csv").decode()
    assert list(csv.reader(io.StringIO(content, newline=""), strict=True)) == rows_of(columns)


@settings(deadline=None)
@given(columns=COLUMNS)
def test_json_gives_back_every_text(columns):
    found = json.loads(serialize_columns(columns, "json"))
    assert found == [dict(zip(columns, row, strict=True)) for row in rows_of(columns)[1:]]


@settings(deadline=None)
@given(columns=COLUMNS)
def test_parquet_gives_back_every_text(columns):
    parquet = pytest.importorskip("pyarrow.parquet")
    assert parquet.read_table(io.BytesIO(serialize_columns(columns, "parquet"))).to_pydict() == columns


def test_csv_ends_its_lines_as_everybody_does():
    assert serialize_columns({"y": ["a", "b"], "p": [0.5, 1.0]}, "csv") == b"y,p\na,0.5\nb,1.0\n"


@settings(deadline=None)
@given(columns=COLUMNS)
def test_no_guarded_text_is_a_formula(columns):
    guarded = guard_formulas(columns)
    assert find_formulas(guarded) is None
    assert len(guarded) == len(columns)
    texts = [text for row in rows_of(columns) for text in row]
    if find_formulas(columns) is None:
        assert rows_of(guarded) == rows_of(columns)
    else:
        assert find_formulas(columns) in texts


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "+", "-"])
def test_a_formula_is_seen_and_guarded(text):
    assert find_formulas({"y": ["a", text]}) == find_formulas({text: ["a"]}) == text
    assert guard_formulas({"y": [text]}) == {"y": [f"'{text}"]}


@pytest.mark.parametrize("value", ["-1", "+2.5", "-3%", "rose", "a=b", -1.5, 3, None, True])
def test_numbers_and_words_are_no_formulas(value):
    assert find_formulas({"y": [value]}) is None
    assert guard_formulas({"y": [value]}) == {"y": [value]}
