"""Learning what a column becomes, piece by piece: its moments, or its categories.

Moments and fill values come from the training rows alone. The list of categories comes from all rows: it holds no
number that could leak, and a category that only the held-out rows have is then an input that stays untrained.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.features import (
    MISSING_CATEGORY,
    CategoricalEncoder,
    Encoder,
    NumericEncoder,
    missing_value_error,
    refuse_infinite,
)
from backproof.data.impute import Impute, median, mode
from backproof.data.moments import Moments
from backproof.data.seen import ColumnSummary
from backproof.data.table import CategoricalColumn, Column, NumericColumn, Table
from backproof.errors import DataError
from backproof.schema import shown

Mask = NDArray[np.bool_]
#: Categories of a column: so many are plausible; so many where the caller declared them.
PLAUSIBLE, DECLARED = 1000, 10_000
#: Up to so many different texts may each stand in a single row.
FEW = 20
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b.*")


class ColumnFitter(ABC):
    """Looks at a column's pieces, each with which of its rows are for training; then says what it becomes."""

    def __init__(self, name: str, source: str, impute: Impute | None) -> None:
        self.name, self.source, self.impute, self.missing = name, source, impute, 0
        self.first: tuple[Table, int, str] | None = None

    @abstractmethod
    def add(self, column: Any, training: Mask, table: Table) -> None:
        """Take a piece into account."""

    @abstractmethod
    def feature(self) -> Encoder:
        """What the column becomes."""

    @abstractmethod
    def seen(self) -> ColumnSummary:
        """What was met."""

    def refuse_missing(self) -> None:
        """Nothing, where no value is missing or those that are will be filled. Errors: DataError with the first."""
        if self.first is not None and self.impute is None:
            table, row, cell = self.first
            raise missing_value_error(table, self.missing, row, cell)

    def note_missing(self, missing: NDArray[np.bool_], cell: Callable[[int], str], table: Table) -> None:
        """Count the missing values of a piece, (rows, width), and keep where the first one stands."""
        if not missing.any():
            return
        self.missing += int(missing.sum())
        if self.first is None:
            row, place = np.argwhere(missing)[0]
            self.first = (table, int(row), cell(int(place)))

    def fault(self, message: str) -> DataError:
        """An error about the whole column."""
        return DataError(message, source=self.source, column=shown(self.name))


class NumericFitter(ColumnFitter):
    """Mean and deviation; of bytes, which are pictures, one mean and one deviation for the whole block."""

    def __init__(self, column: NumericColumn, source: str, impute: Impute | None) -> None:
        super().__init__(column.name, source, impute)
        self.shared = column.values.ndim == 2 and column.values.dtype == np.uint8
        self.moments = Moments(column.width)
        self.kept: list[AnyArray] = []

    def add(self, column: NumericColumn, training: Mask, table: Table) -> None:
        """Take a piece into account. Errors: DataError for an infinite number."""
        refuse_infinite(column, table)
        block = column.block
        if block.dtype.kind == "f":
            self.note_missing(np.isnan(block), column.cell, table)
        rows = block if training.all() else block[training]
        self.moments.add(rows)
        if self.impute in ("median", "most_frequent"):
            self.kept.append(rows)

    def feature(self) -> NumericEncoder:
        """(x - mean) / deviation, with what fills missing values."""
        self.refuse_missing()
        empty = self.moments.count == 0
        if empty.any():
            raise self.fault("every value is missing; leave the column out.")
        if not np.isfinite(self.moments.deviation).all() or not np.isfinite(self.moments.mean).all():
            raise self.fault("the numbers are too large to be scaled.")
        fill = self._fill()
        if self.shared:
            mean, scale = self.moments.pooled()
            return NumericEncoder(self.name, self.moments.width, (mean,), (scale,), fill)
        return NumericEncoder(
            self.name, self.moments.width, tuple(self.moments.mean.tolist()), tuple(self.moments.scale.tolist()), fill
        )

    def _fill(self) -> tuple[float, ...] | None:
        if self.impute is None:
            return None
        if self.impute == "mean":
            return tuple(self.moments.mean.tolist())
        whole = np.concatenate(self.kept).astype(np.float64)
        return tuple((median if self.impute == "median" else mode)(column) for column in whole.T)

    def seen(self) -> ColumnSummary:
        """The range and what is missing."""
        low, high = float(self.moments.low.min()), float(self.moments.high.max())
        return ColumnSummary(self.name, low, high, missing=self.missing)


class CategoricalFitter(ColumnFitter):
    """The categories, sorted; missing ones become a category of their own, or the most frequent one."""

    def __init__(self, column: CategoricalColumn, source: str, impute: Impute | None) -> None:
        super().__init__(column.name, source, impute)
        self.counts: Counter[str] = Counter()
        self.trained: Counter[str] = Counter()
        self.declared = column.declared

    def add(self, column: CategoricalColumn, training: Mask, table: Table) -> None:
        """Take a piece into account. Errors: DataError for more categories than a column can have."""
        _count_texts(self.counts, column)
        _count_texts(self.trained, CategoricalColumn(column.name, column.codes[training], column.texts))
        self.note_missing((column.codes < 0)[:, None], lambda _: shown(column.name), table)
        if len(self.counts) > (DECLARED if self.declared else PLAUSIBLE):
            raise self._too_many()

    def feature(self) -> CategoricalEncoder:
        """One unit a category."""
        self.refuse_missing()
        if not self.counts:
            raise self.fault("every value is missing; leave the column out.")
        if not self.declared and len(self.counts) > FEW and 2 * len(self.counts) > self.counts.total():
            raise self._too_many()
        if self.impute is None:
            return CategoricalEncoder(self.name, tuple(sorted(self.counts)))
        if self.impute == "most_frequent" and self.trained:
            return CategoricalEncoder(self.name, tuple(sorted(self.counts)), most_frequent(self.trained))
        return CategoricalEncoder(self.name, tuple(sorted({*self.counts, MISSING_CATEGORY})), MISSING_CATEGORY)

    def seen(self) -> ColumnSummary:
        """How often each category occurs, and what is missing."""
        return ColumnSummary(self.name, counts=self.counts, missing=self.missing)

    def _too_many(self) -> DataError:
        what = "dates" if all(map(DATE.fullmatch, self.counts)) else "names, identifiers or free text"
        return self.fault(
            f"{len(self.counts):,} different texts in {self.counts.total():,} rows: these look like {what}. "
            "Drop the column" + ("." if self.declared else ", turn it into numbers, or declare it categorical.")
        )


def make_fitter(column: Column, source: str, impute: Impute | None) -> ColumnFitter:
    """The learner for a column's kind."""
    if isinstance(column, NumericColumn):
        return NumericFitter(column, source, impute)
    return CategoricalFitter(column, source, impute)


def most_frequent(counts: Counter[str]) -> str:
    """The most frequent text, of several the first in order."""
    return min(counts, key=lambda text: (-counts[text], text))


def _count_texts(counter: Counter[str], column: CategoricalColumn) -> None:
    for text, many in zip(column.texts, column.counts.tolist(), strict=True):
        if many:
            counter[text] += many
