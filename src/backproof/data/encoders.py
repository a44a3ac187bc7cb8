"""How a column becomes inputs: numbers scaled, categories as units, times by their parts, texts by their letters.

What training did not see is answered, and counted: a value that is missing is filled, an unknown category is none of
the known ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, TypeAlias

import numpy as np

from backproof.arrays import AnyArray, Array, Mask
from backproof.data.columns import CategoricalColumn, Column, DateColumn, NumericColumn, find_missing, to_categorical
from backproof.data.dates import DAY, read_dates, write_day
from backproof.data.kinds import parse_numbers
from backproof.data.numerals import AS_PYTHON, UNTOLD, Numerals, describe_unit, read_numbers
from backproof.data.remarks import Remarks
from backproof.data.table import Table
from backproof.errors import DataError
from backproof.schema import shown
from backproof.validate import require_package

#: The category of rows whose value is missing.
MISSING_CATEGORY = "(missing)"
#: A number is far outside if it lies beyond the range of training by more than this many widths of it.
FAR = 1.0
#: Minimum number of rows, and the share of them outside of that range, from which a warning is given.
ENOUGH, MOST = 5, 0.9


@dataclass(frozen=True)
class NumericEncoder:
    """(x - shift) scale, for a column or a block of `width` columns; then 1 or 0, whether a column's value is missing.

    shift, scale: one number for each column of a block, or one for all of them. fill: what stands for missing values.
    marked: the columns, from 0, for which a unit says that the value is missing. low, high: the range of a single
    column in training. numerals: how its texts wrote numbers there.
    """

    kind: ClassVar[str] = "numeric"
    name: str
    width: int
    shift: tuple[float, ...]
    scale: tuple[float, ...]
    fill: tuple[float, ...] | None = None
    marked: tuple[int, ...] = ()
    low: float | None = None
    high: float | None = None
    numerals: Numerals = AS_PYTHON

    @property
    def units(self) -> int:
        """The number of inputs."""
        return self.width + len(self.marked)

    @property
    def filling(self) -> tuple[float, ...]:
        """What stands for missing values: the mean, where nothing else is said."""
        return self.shift if self.fill is None else self.fill

    def extract_numbers(self, column: Column, table: Table, remarks: Remarks) -> AnyArray:
        """The numbers before scaling, (rows, width), missing ones filled. Raise DataError for another width."""
        return self._fill_block(self._read_block(column, table, remarks), column, remarks)

    def _fill_block(self, block: AnyArray, column: Column, remarks: Remarks) -> AnyArray:
        missing = self._find_missing(block)
        if not missing.any():
            return block
        self._count_missing(column, block, remarks)
        return np.where(missing, np.array(self.filling, dtype=block.dtype), block)

    def encode(self, column: Column, table: Table, remarks: Remarks) -> AnyArray:
        """The scaled numbers in float64, and the marks of missing ones, (rows, units)."""
        block = self._read_block(column, table, remarks)
        values = self._fill_block(block, column, remarks).astype(np.float64)
        distance, write = measure_distance(values[:, 0], self.low, self.high), partial(self._write_number, values)
        remarks.add("far", self.name, distance > FAR, write)
        if len(values) >= ENOUGH and (distance > 0).mean() >= MOST:
            remarks.add("outside", self.name, (distance > 0) & (distance <= FAR), write)
        with np.errstate(all="ignore"):
            scaled: AnyArray = (values - np.array(self.shift)) * np.array(self.scale)
        if not self.marked:
            return scaled
        return np.concatenate([scaled, self._find_missing(block)[:, list(self.marked)]], axis=1)

    def _read_block(self, column: Column, table: Table, remarks: Remarks) -> AnyArray:
        """The numbers as they are, (rows, width); NaN for a text that is none."""
        if isinstance(column, DateColumn):
            raise table.error_at("expected numbers, received dates.", column=shown(self.name))
        if isinstance(column, NumericColumn):
            if column.width != self.width:
                raise table.error_at(f"expected {self.width} columns, found {column.width}.", column=shown(self.name))
            if self.numerals.unit in UNTOLD:
                present = np.isfinite(column.matrix[:, 0].astype(np.float64))
                remarks.add("written", self.name, present, partial(self._write_number, column.matrix))
            return column.matrix
        values, unsure = self._parse_texts(column.texts, table)
        block = np.append(values, np.nan)[column.codes][:, None]
        unsure = np.append(unsure, False)[column.codes]
        remarks.add("written", self.name, unsure, column.text_of, partial(self._write_number, block))
        return block

    def _parse_texts(self, texts: Sequence[str], table: Table) -> tuple[Array, Mask]:
        """The numbers of texts, and which of them may be meant otherwise; true is 1 where training had 0 and 1."""
        parse = parse_numbers if {self.low, self.high} <= {0.0, 1.0, None} else read_numbers
        return parse(
            texts, self.numerals, lambda values: measure_distance(values, self.low, self.high), lambda: table.decimal
        )

    def _write_number(self, block: AnyArray, row: int) -> str:
        """A number as it was read, with its unit."""
        return f"{block[row, 0]:.10g} {describe_unit(self.numerals.unit)}".rstrip()

    def _count_missing(self, column: Column, block: AnyArray, remarks: Remarks) -> None:
        if isinstance(column, CategoricalColumn):
            absent = column.codes < 0
            remarks.add("unreadable", self.name, self._find_missing(block)[:, 0] & ~absent, column.text_of)
        else:
            absent, infinite = np.isnan(block), np.isinf(block)
            remarks.add("unreadable", self.name, infinite, lambda row: f"{block[row][infinite[row]][0]}")
        remarks.add("missing", self.name, absent)

    @staticmethod
    def _find_missing(block: AnyArray) -> AnyArray:
        return ~np.isfinite(block) if block.dtype.kind == "f" else np.zeros(block.shape, dtype=bool)


def measure_distance(values: AnyArray, low: float | None, high: float | None) -> Array:
    """How far values lie outside of low and high, if these are known, in widths of that range; 0 within it.

    Between 0 and a range that does not hold it, ratios count: 4.5 is far from 2700 to 6000.
    """
    if low is None or high is None:
        return np.zeros(len(values))
    with np.errstate(all="ignore"):
        distance = np.maximum(low - values, values - high) / max(high - low, abs(high) * 1e-9)
        if low * high > 0:
            near, other = sorted([abs(low), abs(high)])
            ratio = np.log(near / (values * np.sign(low))) / max(np.log(other / near), 1e-9)
            distance = np.where(np.isfinite(ratio), np.maximum(distance, ratio), distance)
    return np.asarray(np.nan_to_num(np.maximum(distance, 0), nan=0.0, posinf=np.inf))


def find_far(values: AnyArray, low: float | None, high: float | None) -> Mask:
    """Which values lie far outside of low and high, if these are known."""
    return measure_distance(values, low, high) > FAR


@dataclass(frozen=True)
class CategoricalEncoder:
    """1 for the category of the row, 0 for the others; 0 for all where it did not occur in training.

    Missing values become `fill`, or are treated as unknown where that is None.
    """

    kind: ClassVar[str] = "categorical"
    name: str
    categories: tuple[str, ...]
    fill: str | None = None

    @property
    def units(self) -> int:
        """One unit per category."""
        return len(self.categories)

    def encode(self, column: Column, table: Table, remarks: Remarks) -> AnyArray:
        """The categories as units in float64, (rows, categories)."""
        words = _to_words(column, table, self.name)
        places = {text: place for place, text in enumerate(self.categories)}
        known = [places.get(text, -1) for text in words.texts]
        missing = -1 if self.fill is None else places[self.fill]
        unseen = np.array([*(place < 0 for place in known), False], dtype=bool)
        remarks.add("unseen", self.name, unseen[words.codes], words.text_of)
        remarks.add("missing", self.name, words.codes < 0)
        rows = np.concatenate([np.eye(self.units), np.zeros((1, self.units))])
        taken: AnyArray = rows[np.array([*known, missing], dtype=np.int64)[words.codes]]
        return taken


#: The periods of a time that are inputs, beside the day, each as a sine and a cosine.
WEEK, YEAR = 7 * DAY, 365.2425 * DAY


@dataclass(frozen=True)
class DateEncoder:
    """A time as (t - shift) scale, and as sine and cosine of its place in the year, the week and, if `hours`, the day.

    `format` is the order of numbers in texts. low, high: the range of the times in training. A missing time has 0
    everywhere.
    """

    kind: ClassVar[str] = "date"
    name: str
    shift: float
    scale: float
    format: str = ""
    hours: bool = False
    low: float | None = None
    high: float | None = None

    @property
    def units(self) -> int:
        """The number of inputs."""
        return 5 + 2 * self.hours

    def encode(self, column: Column, table: Table, remarks: Remarks) -> AnyArray:
        """The parts of the times in float64, (rows, units)."""
        times = column.values if isinstance(column, DateColumn) else self._read_texts(column, table, remarks)
        remarks.add("missing", self.name, find_missing(column))
        far = find_far(times, self.low, self.high)
        remarks.add("far", self.name, far, lambda row: write_day(times[row]))
        turns = 2 * np.pi * np.stack([times / period for period in (YEAR, WEEK, DAY)[: 2 + self.hours]], axis=1)
        parts = [((times - self.shift) * self.scale)[:, None], np.sin(turns), np.cos(turns)]
        return np.asarray(np.nan_to_num(np.concatenate(parts, axis=1), nan=0.0))

    def _read_texts(self, column: Column, table: Table, remarks: Remarks) -> Array:
        """The dates, with day and month in the order of training unless that of this column is surely another."""
        words = _to_words(column, table, self.name)
        reading = read_dates(words.texts, self.format)
        remarks.add("unreadable", self.name, np.append(np.isnan(reading.values), False)[words.codes], words.text_of)
        times: Array = np.append(reading.values, np.nan)[words.codes]
        unsure = np.append(reading.unsure, False)[words.codes]
        remarks.add("written", self.name, unsure, words.text_of, lambda row: write_day(times[row]))
        return times


@dataclass(frozen=True)
class TextEncoder:
    """A text as how often each group of three or four of its letters occurs, hashed into `units` numbers.

    No vocabulary is kept, so a text of any words can be read, and nothing of the texts stands in the model
    (scikit-learn's HashingVectorizer; Weinberger et al., Feature hashing, 2009).
    """

    kind: ClassVar[str] = "text"
    name: str
    units: int = 64

    def encode(self, column: Column, table: Table, remarks: Remarks) -> AnyArray:
        """The numbers of the texts in float64, (rows, units); 0 for a missing text."""
        require_package("sklearn", f"the text in column {shown(self.name)}", table.source, extra="tables")
        from sklearn.feature_extraction.text import HashingVectorizer

        words = _to_words(column, table, self.name)
        remarks.add("missing", self.name, words.codes < 0)
        hashing = HashingVectorizer(n_features=self.units, analyzer="char_wb", ngram_range=(3, 4))
        known: AnyArray = np.zeros((len(words.texts) + 1, self.units))
        if words.texts:
            known[:-1] = hashing.transform(words.texts).toarray()
        found: AnyArray = known[words.codes]
        return found


Encoder: TypeAlias = NumericEncoder | CategoricalEncoder | DateEncoder | TextEncoder


def _to_words(column: Column, table: Table, name: str) -> CategoricalColumn:
    """The texts of a column. Raise DataError for a block of columns."""
    if isinstance(column, NumericColumn) and column.width > 1:
        raise table.error_at(
            f"expected a column of texts, found a block of {column.width} columns.", column=shown(name)
        )
    return to_categorical(column)


def check_finite(numbers: Column, table: Table) -> None:
    """Raise DataError, with row and column, if a number is infinite."""
    if not isinstance(numbers, NumericColumn):
        return
    if numbers.values.dtype.kind != "f":
        return
    infinite = np.isinf(numbers.matrix)
    if infinite.any():
        row, place = np.argwhere(infinite)[0]
        signs = [sign for sign in ("inf", "-inf") if (numbers.matrix == float(sign)).any()]
        error = table.error_at(
            f"the number is infinite; take such numbers as missing values with --missing {signs[0]}, or leave the "
            "column out with --drop.",
            int(row), numbers.format_name(int(place)),
        )  # fmt: skip
        for sign in signs:
            error.settled_by("--missing", sign)
        raise error


def missing_value_error(table: Table, count: int, row: int, name: str) -> DataError:
    """The error for missing targets: how many there are, the row of the first one, and what can be done."""
    many = f"{count:,} rows have no target, the first one here" if count > 1 else "the row has no target"
    error = table.error_at(f"{many}; leave such rows out with --drop-missing-target.", row, name)
    return error.settled_by("--drop-missing-target")
