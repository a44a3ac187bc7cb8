"""How a column is to be encoded, learned from its pieces one after the other: its moments, or its categories.

Moments and fill values come from the training rows alone. The list of categories comes from all rows: it holds no
number that could leak, and a category that only the validation rows have is an input that stays untrained.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, cast, get_args

import numpy as np

from backproof.arrays import AnyArray, Mask
from backproof.data.columns import CategoricalColumn, Column, DateColumn, NumericColumn
from backproof.data.dates import DAY
from backproof.data.encoders import (
    MISSING_CATEGORY,
    CategoricalEncoder,
    DateEncoder,
    Encoder,
    NumericEncoder,
    TextEncoder,
    check_finite,
)
from backproof.data.statistics import Moments, median, mode, most_frequent
from backproof.data.table import Table
from backproof.errors import DataError, OptionError, did_you_mean
from backproof.schema import shown
from backproof.validate import describe, is_installed

Impute: TypeAlias = Literal["mean", "median", "most_frequent"]
#: The maximum number of categories of a column: where they are inferred, and where the caller declared them.
PLAUSIBLE, DECLARED = 100, 10_000
#: Up to this many different texts may occur in a single row each.
FEW = 20


def check_imputation(given: Any) -> Impute | None:
    """A way to fill missing values, or None. Raise OptionError, with the nearest way, for anything else.

    Missing categories become the most frequent one for "most_frequent", otherwise a category of their own. Without a
    way, missing numbers become the mean, and a unit of their own says so.
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


class ColumnFitter(ABC):
    """Abstract. Sees the pieces of a column, each with a mask of its training rows; then makes the encoder."""

    def __init__(self, name: str, source: str, impute: Impute | None) -> None:
        self.name, self.source, self.impute, self.missing = name, source, impute, 0

    @abstractmethod
    def add_piece(self, column: Any, training: Mask, table: Table) -> None:
        """Take a piece into account."""

    @abstractmethod
    def make_encoder(self) -> Encoder | None:
        """The encoder of the column, or None if it is of no use. Raise DataError if the column cannot be encoded."""

    @abstractmethod
    def make_summary(self) -> ColumnSummary:
        """What the column was found to hold."""

    def column_error(self, message: str) -> DataError:
        """An error about the whole column."""
        return DataError(message, source=self.source, column=shown(self.name))


class NumericFitter(ColumnFitter):
    """Mean and deviation; for pictures, and bytes, which are pictures, one of each for the whole block."""

    def __init__(self, column: NumericColumn, source: str, impute: Impute | None) -> None:
        super().__init__(column.name, source, impute)
        self.pooled = column.pooled or (column.values.ndim == 2 and column.values.dtype == np.uint8)
        self.moments = Moments(column.width)
        self.lacking = np.zeros(column.width, dtype=np.int64)
        self.rows: list[AnyArray] = []
        self.numerals = replace(column.numerals, guessed=False)

    def add_piece(self, column: NumericColumn, training: Mask, table: Table) -> None:
        """Take a piece into account. Raise DataError for an infinite number."""
        check_finite(column, table)
        matrix = column.matrix
        if matrix.dtype.kind == "f":
            self.lacking += np.isnan(matrix).sum(axis=0)
        rows = matrix if training.all() else matrix[training]
        self.moments.add_rows(rows)
        if self.impute in ("median", "most_frequent"):
            self.rows.append(rows)

    def make_encoder(self) -> NumericEncoder | None:
        """(x - mean) / deviation, the numbers that fill missing values, and marks where some are missing."""
        moments = self.moments
        if (moments.count == 0).all():
            return None
        if not np.isfinite(moments.deviation).all() or not np.isfinite(moments.mean).all():
            raise self.column_error("the numbers are too large to be scaled.").settled_by("--drop", self.name)
        if self.pooled:
            mean, scale = moments.pool_columns()
            shift, factor = (mean,), (scale,)
        else:
            mean_of, scale_of = np.where(moments.count == 0, 0.0, moments.mean), moments.scale
            shift, factor = tuple(mean_of.tolist()), tuple(scale_of.tolist())
        marked = () if self.impute or self.pooled else tuple(np.flatnonzero(self.lacking).tolist())
        low, high = (float(moments.low[0]), float(moments.high[0])) if moments.width == 1 else (None, None)
        return NumericEncoder(
            self.name, moments.width, shift, factor, self._compute_fill(), marked, low, high, self.numerals
        )

    def _compute_fill(self) -> tuple[float, ...] | None:
        if self.impute in ("median", "most_frequent"):
            columns = np.concatenate(self.rows).astype(np.float64).T
            return tuple((median if self.impute == "median" else mode)(column) for column in columns)
        return tuple(self.moments.mean.tolist()) if self.impute else None

    def make_summary(self) -> ColumnSummary:
        """The range, and how many values are missing."""
        low, high = float(self.moments.low.min()), float(self.moments.high.max())
        return ColumnSummary(self.name, low, high, missing=int(self.lacking.sum()))


class DateFitter(ColumnFitter):
    """Mean and deviation of the times, and whether they tell the time of the day."""

    def __init__(self, column: DateColumn, source: str, impute: Impute | None) -> None:
        super().__init__(column.name, source, impute)
        self.moments, self.format, self.hours = Moments(1), column.format, False

    def add_piece(self, column: DateColumn, training: Mask, table: Table) -> None:
        """Take a piece into account."""
        self.moments.add_rows(column.values[training][:, None])
        self.missing += int(np.isnan(column.values).sum())
        self.hours = self.hours or bool((np.nan_to_num(column.values) % DAY != 0).any())

    def make_encoder(self) -> DateEncoder | None:
        """The parts of a time."""
        if not self.moments.count[0]:
            return None
        mean, scale = float(self.moments.mean[0]), float(self.moments.scale[0])
        low, high = float(self.moments.low[0]), float(self.moments.high[0])
        return DateEncoder(self.name, mean, scale, self.format, self.hours, low, high)

    def make_summary(self) -> ColumnSummary:
        """The first and the last time."""
        return ColumnSummary(self.name, float(self.moments.low[0]), float(self.moments.high[0]), missing=self.missing)


class CategoricalFitter(ColumnFitter):
    """The categories, sorted; missing values become a category of their own, or the most frequent one.

    Where there are too many, the letters of the texts are the inputs; an identifier, another word in each row, has
    nothing to say.
    """

    def __init__(self, column: CategoricalColumn, source: str, impute: Impute | None) -> None:
        super().__init__(column.name, source, impute)
        self.counts: Counter[str] = Counter()
        self.training_counts: Counter[str] = Counter()
        self.declared = column.declared

    def add_piece(self, column: CategoricalColumn, training: Mask, table: Table) -> None:
        """Take a piece into account."""
        _count_texts(self.counts, column)
        _count_texts(self.training_counts, CategoricalColumn(column.name, column.codes[training], column.texts))
        self.missing += int((column.codes < 0).sum())

    def make_encoder(self) -> CategoricalEncoder | TextEncoder | None:
        """One unit per category, or numbers from the letters of a text."""
        if not self.counts:
            return None
        if self._is_text():
            return self._make_text_encoder()
        if len(self.counts) > DECLARED:
            raise self._too_many_error()
        if self.impute == "most_frequent" and self.training_counts:
            return CategoricalEncoder(self.name, tuple(sorted(self.counts)), most_frequent(self.training_counts))
        if self.missing == 0 and self.impute is None:
            return CategoricalEncoder(self.name, tuple(sorted(self.counts)))
        return CategoricalEncoder(self.name, tuple(sorted({*self.counts, MISSING_CATEGORY})), MISSING_CATEGORY)

    @property
    def identifies(self) -> bool:
        """Whether the column holds another word in nearly each row, and no sentences: a name, a number with letters."""
        unique, rows = len(self.counts), self.counts.total()
        words = sum(" " in text.strip() for text in self.counts)
        return not self.declared and unique > FEW and unique > 0.95 * rows and 2 * words < unique

    def _is_text(self) -> bool:
        if self.declared:
            return self.declared == "text"
        unique = len(self.counts)
        return unique > PLAUSIBLE or (unique > FEW and 2 * unique > self.counts.total())

    def _make_text_encoder(self) -> TextEncoder | None:
        if self.identifies:
            return None
        if not is_installed("sklearn"):
            raise self._too_many_error()
        return TextEncoder(self.name)

    def make_summary(self) -> ColumnSummary:
        """How often each category occurs, and how many values are missing."""
        return ColumnSummary(self.name, counts=self.counts, missing=self.missing)

    def _too_many_error(self) -> DataError:
        return self.column_error(
            f"{len(self.counts):,} different texts in {self.counts.total():,} rows: these look like names or free "
            "text. Leave the column out with --drop, or install what reads texts: pip install 'backproof[tables]'."
        ).settled_by("--drop", self.name)


def make_fitter(column: Column, source: str, impute: Impute | None) -> ColumnFitter:
    """The fitter for the kind of a column."""
    if isinstance(column, NumericColumn):
        return NumericFitter(column, source, impute)
    if isinstance(column, DateColumn):
        return DateFitter(column, source, impute)
    return CategoricalFitter(column, source, impute)


def _count_texts(counter: Counter[str], column: CategoricalColumn) -> None:
    for text, count in zip(column.texts, column.counts.tolist(), strict=True):
        if count:
            counter[text] += count
