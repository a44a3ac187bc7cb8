"""How a column is to be encoded, learned from its pieces one after the other: its moments, or its categories.

Moments and fill values come from the training rows alone. The list of categories comes from all rows: it holds no
number that could leak, and a category that only the validation rows have is an input that stays untrained.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast, get_args

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.columns import CategoricalColumn, Column, NumericColumn
from backproof.data.encoders import (
    MISSING_CATEGORY,
    CategoricalEncoder,
    Encoder,
    NumericEncoder,
    check_finite,
    missing_value_error,
)
from backproof.data.statistics import Moments, median, mode, most_frequent
from backproof.data.table import Table
from backproof.errors import DataError, OptionError, did_you_mean
from backproof.schema import shown
from backproof.validate import describe

Mask: TypeAlias = NDArray[np.bool_]
Impute: TypeAlias = Literal["mean", "median", "most_frequent"]
#: The maximum number of categories of a column: where they are inferred, and where the caller declared them.
PLAUSIBLE, DECLARED = 1000, 10_000
#: Up to this many different texts may occur in a single row each.
FEW = 20
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b.*")


def check_imputation(given: Any) -> Impute | None:
    """A way to fill missing values, or None. Raise OptionError, with the nearest way, for anything else.

    Missing categories become the most frequent one for "most_frequent", otherwise a category of their own.
    """
    ways = get_args(Impute)
    if given is None or given in ways:
        return cast("Impute | None", given)
    near = did_you_mean(str(given)[:100], ways)
    raise OptionError(f"impute must be one of {', '.join(ways)}, received {describe(given)}.{near}")


@dataclass(frozen=True)
class ColumnSummary:
    """The least and largest number of a column, or how often each category occurs, and how many values are missing."""

    name: str
    low: float = 0.0
    high: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    missing: int = 0

    @property
    def constant(self) -> bool:
        """Whether every row holds the same value."""
        return len(self.counts) == 1 if self.counts else self.low == self.high


class MissingValues:
    """How many values of a column are missing, and where the first one is."""

    def __init__(self) -> None:
        self.count = 0
        self.first: tuple[Table, int, str] | None = None

    def add_piece(self, missing: Mask, format_name: Callable[[int], str], table: Table) -> None:
        """Count the missing values of a piece, (rows, width)."""
        if self.first is None and missing.any():
            row, place = np.argwhere(missing)[0]
            self.first = (table, int(row), format_name(int(place)))
        self.count += int(missing.sum())

    def raise_if_any(self) -> None:
        """Raise DataError, with the place of the first one, if a value is missing."""
        if self.first is not None:
            table, row, name = self.first
            raise missing_value_error(table, self.count, row, name)


class ColumnFitter(ABC):
    """Abstract. Sees the pieces of a column, each with a mask of its training rows; then makes the encoder."""

    def __init__(self, name: str, source: str, impute: Impute | None) -> None:
        self.name, self.source, self.impute, self.missing = name, source, impute, MissingValues()

    @abstractmethod
    def add_piece(self, column: Any, training: Mask, table: Table) -> None:
        """Take a piece into account."""

    @abstractmethod
    def make_encoder(self) -> Encoder:
        """The encoder of the column. Raise DataError if the column cannot be encoded."""

    @abstractmethod
    def make_summary(self) -> ColumnSummary:
        """What the column was found to hold."""

    def refuse_missing(self) -> None:
        """Raise DataError if a value is missing that will not be filled."""
        if self.impute is None:
            self.missing.raise_if_any()

    def column_error(self, message: str) -> DataError:
        """An error about the whole column."""
        return DataError(message, source=self.source, column=shown(self.name))


class NumericFitter(ColumnFitter):
    """Mean and deviation; for pictures, and bytes, which are pictures, one of each for the whole block."""

    def __init__(self, column: NumericColumn, source: str, impute: Impute | None) -> None:
        super().__init__(column.name, source, impute)
        self.pooled = column.pooled or (column.values.ndim == 2 and column.values.dtype == np.uint8)
        self.moments = Moments(column.width)
        self.rows: list[AnyArray] = []

    def add_piece(self, column: NumericColumn, training: Mask, table: Table) -> None:
        """Take a piece into account. Raise DataError for an infinite number."""
        check_finite(column, table)
        matrix = column.matrix
        if matrix.dtype.kind == "f":
            self.missing.add_piece(np.isnan(matrix), column.format_name, table)
        rows = matrix if training.all() else matrix[training]
        self.moments.add_rows(rows)
        if self.impute in ("median", "most_frequent"):
            self.rows.append(rows)

    def make_encoder(self) -> NumericEncoder:
        """(x - mean) / deviation, and the numbers that fill missing values."""
        self.refuse_missing()
        moments = self.moments
        if (moments.count == 0).any():
            raise self.column_error("every value is missing; leave the column out.")
        if not np.isfinite(moments.deviation).all() or not np.isfinite(moments.mean).all():
            raise self.column_error("the numbers are too large to be scaled.")
        fill = self._compute_fill()
        if self.pooled:
            mean, scale = moments.pool_columns()
            return NumericEncoder(self.name, moments.width, (mean,), (scale,), fill)
        shift, factor = tuple(moments.mean.tolist()), tuple(moments.scale.tolist())
        return NumericEncoder(self.name, moments.width, shift, factor, fill)

    def _compute_fill(self) -> tuple[float, ...] | None:
        if self.impute is None:
            return None
        if self.impute == "mean":
            return tuple(self.moments.mean.tolist())
        columns = np.concatenate(self.rows).astype(np.float64).T
        return tuple((median if self.impute == "median" else mode)(column) for column in columns)

    def make_summary(self) -> ColumnSummary:
        """The range, and how many values are missing."""
        low, high = float(self.moments.low.min()), float(self.moments.high.max())
        return ColumnSummary(self.name, low, high, missing=self.missing.count)


class CategoricalFitter(ColumnFitter):
    """The categories, sorted; missing values become a category of their own, or the most frequent one."""

    def __init__(self, column: CategoricalColumn, source: str, impute: Impute | None) -> None:
        super().__init__(column.name, source, impute)
        self.counts: Counter[str] = Counter()
        self.training_counts: Counter[str] = Counter()
        self.declared = column.declared

    def add_piece(self, column: CategoricalColumn, training: Mask, table: Table) -> None:
        """Take a piece into account. Raise DataError if there are more categories than a column can have."""
        _count_texts(self.counts, column)
        _count_texts(self.training_counts, CategoricalColumn(column.name, column.codes[training], column.texts))
        self.missing.add_piece((column.codes < 0)[:, None], lambda _: shown(column.name), table)
        if len(self.counts) > (DECLARED if self.declared else PLAUSIBLE):
            raise self._too_many_error()

    def make_encoder(self) -> CategoricalEncoder:
        """One unit per category."""
        self.refuse_missing()
        if not self.counts:
            raise self.column_error("every value is missing; leave the column out.")
        if not self.declared and len(self.counts) > FEW and 2 * len(self.counts) > self.counts.total():
            raise self._too_many_error()
        if self.impute is None:
            return CategoricalEncoder(self.name, tuple(sorted(self.counts)))
        if self.impute == "most_frequent" and self.training_counts:
            return CategoricalEncoder(self.name, tuple(sorted(self.counts)), most_frequent(self.training_counts))
        return CategoricalEncoder(self.name, tuple(sorted({*self.counts, MISSING_CATEGORY})), MISSING_CATEGORY)

    def make_summary(self) -> ColumnSummary:
        """How often each category occurs, and how many values are missing."""
        return ColumnSummary(self.name, counts=self.counts, missing=self.missing.count)

    def _too_many_error(self) -> DataError:
        what = "dates" if all(map(DATE.fullmatch, self.counts)) else "names, identifiers or free text"
        return self.column_error(
            f"{len(self.counts):,} different texts in {self.counts.total():,} rows: these look like {what}. "
            "Drop the column" + ("." if self.declared else ", turn it into numbers, or declare it categorical.")
        )


def make_fitter(column: Column, source: str, impute: Impute | None) -> ColumnFitter:
    """The fitter for the kind of a column."""
    if isinstance(column, NumericColumn):
        return NumericFitter(column, source, impute)
    return CategoricalFitter(column, source, impute)


def _count_texts(counter: Counter[str], column: CategoricalColumn) -> None:
    for text, count in zip(column.texts, column.counts.tolist(), strict=True):
        if count:
            counter[text] += count
