"""Columns: numbers, or texts that stand for categories.

A column of texts keeps each text once and has a code for every row, so that a column of a million rows with three
categories is a million small integers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray, Array
from backproof.data.dates import DateReading, floor_to_days, parse_dates, read_dates
from backproof.data.numerals import AS_PYTHON, Numerals, find_numerals
from backproof.schema import shown

#: Whole numbers below this one are exact in float64.
EXACT = 2**53


@dataclass(frozen=True, eq=False)
class NumericColumn:
    """A column of numbers, (rows,), or a block of similar columns, (rows, width); NaN is a missing value.

    `shape` is that of one row in its source, where it has several axes, such as a picture. `pooled`: all numbers of
    the block are scaled alike. `numerals`: how its texts write numbers.
    """

    name: str
    values: AnyArray
    shape: tuple[int, ...] = ()
    pooled: bool = False
    numerals: Numerals = AS_PYTHON

    def __len__(self) -> int:
        return len(self.values)

    @property
    def matrix(self) -> AnyArray:
        """The numbers as (rows, width)."""
        return self.values.reshape(len(self.values), -1) if self.values.ndim == 1 else self.values

    @property
    def width(self) -> int:
        """The number of values in a row."""
        return int(self.values.shape[1]) if self.values.ndim == 2 else 1

    def format_name(self, position: int) -> str:
        """The name of one column of a block, counted from 0, as messages show it."""
        return shown(self.name) if self.values.ndim == 1 else f"{shown(self.name)}[{position + 1}]"

    def slice_rows(self, which: Any) -> NumericColumn:
        """Some of the rows."""
        return replace(self, values=self.values[which])


@dataclass(frozen=True, eq=False)
class CategoricalColumn:
    """A column of texts: `texts[codes[row]]`, with code -1 for a missing value.

    `declared`: what the caller said that the texts are, "categorical" or "text", however many there are.
    """

    name: str
    codes: NDArray[np.int32]
    texts: tuple[str, ...]
    declared: str = ""

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def counts(self) -> NDArray[np.int64]:
        """The number of rows that hold each text."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))

    @cached_property
    def dates(self) -> DateReading:
        """What its texts are as dates."""
        return read_dates(self.texts)

    def text_of(self, row: int) -> str:
        """The text of a row that has one."""
        return self.texts[int(self.codes[row])]

    def slice_rows(self, which: Any) -> CategoricalColumn:
        """Some of the rows."""
        return replace(self, codes=self.codes[which])


@dataclass(frozen=True, eq=False)
class DateColumn:
    """A column of points in time, in seconds since 1970, (rows,); NaN is a missing value.

    `format` is the order of numbers in texts, as `strptime` writes it; empty where no text needs one.
    """

    name: str
    values: Array
    format: str = ""

    def __len__(self) -> int:
        return len(self.values)

    def slice_rows(self, which: Any) -> DateColumn:
        """Some of the rows."""
        return replace(self, values=self.values[which])


Column: TypeAlias = NumericColumn | CategoricalColumn | DateColumn


def factorize_texts(name: str, values: Iterable[str | None]) -> CategoricalColumn:
    """A column from one text (or None) per row; its texts are in order of first appearance."""
    places: dict[str, int] = {}
    codes = [-1 if text is None else places.setdefault(text, len(places)) for text in values]
    return CategoricalColumn(name, np.array(codes, dtype=np.int32), tuple(places))


def to_categorical(column: Column) -> CategoricalColumn:
    """The column as categories: numbers become their shortest text, so that 3 and 3.0 are one category."""
    if isinstance(column, CategoricalColumn):
        return column
    if isinstance(column, DateColumn):
        column = NumericColumn(column.name, column.values)
    found, codes = np.unique(column.values, return_inverse=True, equal_nan=True)
    missing = np.isnan(found) if found.dtype.kind == "f" else np.zeros(len(found), dtype=bool)
    places = np.where(missing, -1, np.cumsum(~missing) - 1)
    texts = tuple(format_label(value) for value in found[~missing].tolist())
    return CategoricalColumn(column.name, places[codes.reshape(-1)].astype(np.int32), texts)


def format_label(value: Any) -> str:
    """A label or category as text: 3.0 is written 3."""
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    return str(value)


def list_values(column: Column) -> list[Any]:
    """The value of each row as Python has it, None where it is missing."""
    if isinstance(column, CategoricalColumn):
        return [None if code < 0 else column.texts[code] for code in column.codes.tolist()]
    return [None if value != value else value for value in column.values.tolist()]


def write_cell(column: Column, row: int) -> str:
    """What a column holds in a row, for people; of a block of columns how many there are."""
    if isinstance(column, NumericColumn) and column.values.ndim == 2:
        return f"{column.width:,} numbers"
    (value,) = list_values(column.slice_rows(slice(row, row + 1)))
    if value is None:
        return "(missing)"
    if isinstance(column, DateColumn):
        return str(np.datetime64(int(value), "s")).replace("T00:00:00", "").replace("T", " ")
    return f"{value:g}" if isinstance(value, float) else str(value)


def mask_values(column: Column, marks: Collection[str]) -> Column:
    """The column with missing values where one of these texts stands, or the number or day that one of them writes."""
    numbers = {number for mark in marks if (number := to_number(mark)) is not None}
    dates = parse_dates([mark for mark in marks if to_number(mark) is None], "")
    days = floor_to_days(dates[~np.isnan(dates)])
    if isinstance(column, CategoricalColumn):
        texts = [text for text in column.texts if text not in marks]
        marked = np.isin(find_numerals(texts).parse(texts), list(numbers)) if numbers else np.zeros(len(texts), bool)
        if len(days):
            marked |= np.isin(floor_to_days(read_dates(texts).values), days)
        places = {text: place for place, text in enumerate(compress(texts, ~marked))}
        codes = np.array([*(places.get(text, -1) for text in column.texts), -1], dtype=np.int32)
        return replace(column, codes=codes[column.codes], texts=tuple(places))
    is_date = isinstance(column, DateColumn)
    marked_values = np.isin(floor_to_days(column.values), days) if is_date else np.isin(column.values, list(numbers))
    if column.values.dtype.kind == "b" or not marked_values.any():
        return column
    return replace(column, values=np.where(marked_values, np.nan, column.values))


def to_number(text: str) -> float | None:
    """The number that a text writes as Python does, if it does."""
    try:
        return float(text)
    except ValueError:
        return None


def find_missing(column: Column) -> NDArray[np.bool_]:
    """Which rows of a column have no value, or lack one of a block."""
    if isinstance(column, CategoricalColumn):
        return column.codes < 0
    if column.values.dtype.kind != "f":
        return np.zeros(len(column), dtype=bool)
    return np.asarray(np.isnan(column.values.reshape(len(column), -1)).any(axis=1))
