"""How a column becomes inputs: a number as (x - mean) / deviation, a category as one unit of 1 among zeros."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.columns import Column, NumericColumn, to_categorical
from backproof.data.kinds import to_numeric
from backproof.data.table import Table
from backproof.errors import DataError, did_you_mean
from backproof.schema import shown

#: The category of rows whose value is missing.
MISSING_CATEGORY = "(missing)"


@dataclass(frozen=True)
class NumericEncoder:
    """(x - shift) scale, for a column or a block of `width` columns. Missing values become `fill`; None refuses them.

    shift, scale: one number for each column of a block, or one for all of them.
    """

    kind: ClassVar[str] = "numeric"
    name: str
    width: int
    shift: tuple[float, ...]
    scale: tuple[float, ...]
    fill: tuple[float, ...] | None = None

    def extract_numbers(self, column: Column, table: Table) -> AnyArray:
        """The numbers before scaling, (rows, width), missing ones filled. Raise DataError with row and column."""
        numbers = to_numeric(column, table)
        block = numbers.matrix
        if block.shape[1] != self.width:
            raise table.error_at(f"expected {self.width} columns, found {block.shape[1]}.", column=shown(self.name))
        check_finite(numbers, table)
        return self._fill_missing(numbers, block, table)

    def encode(self, column: Column, table: Table) -> AnyArray:
        """The scaled numbers in float64, (rows, width)."""
        with np.errstate(all="ignore"):
            numbers = self.extract_numbers(column, table).astype(np.float64)
            scaled: AnyArray = (numbers - np.array(self.shift)) * np.array(self.scale)
        return scaled

    def _fill_missing(self, numbers: NumericColumn, block: AnyArray, table: Table) -> AnyArray:
        if block.dtype.kind != "f" or not (missing := np.isnan(block)).any():
            return block
        if self.fill is None:
            row, place = np.argwhere(missing)[0]
            raise missing_value_error(table, int(missing.sum()), int(row), numbers.format_name(int(place)))
        return np.where(missing, np.array(self.fill, dtype=block.dtype), block)


@dataclass(frozen=True)
class CategoricalEncoder:
    """1 for the category of the row, 0 for the others. Missing values become `fill`; None refuses them."""

    kind: ClassVar[str] = "categorical"
    name: str
    categories: tuple[str, ...]
    fill: str | None = None

    @property
    def width(self) -> int:
        """One unit per category."""
        return len(self.categories)

    def encode(self, column: Column, table: Table) -> AnyArray:
        """The categories as units in float64, (rows, categories). Raise DataError for an unknown one."""
        words = to_categorical(column)
        places = {text: place for place, text in enumerate(self.categories)}
        missing = -1 if self.fill is None else places[self.fill]
        codes = np.array([*(places.get(text, -2) for text in words.texts), missing], dtype=np.int64)[words.codes]
        if len(codes) and codes.min() < 0:
            raise self._unknown_category_error(words.codes, codes, words.texts, table)
        return np.eye(self.width)[codes]

    def _unknown_category_error(
        self, given: AnyArray, codes: AnyArray, texts: tuple[str, ...], table: Table
    ) -> DataError:
        row = int(np.argmax(codes < 0))
        if given[row] < 0:
            return missing_value_error(table, int((given < 0).sum()), row, shown(self.name))
        text = texts[given[row]]
        few = ", ".join(shown(each) for each in self.categories[:8]) + (", ..." if self.width > 8 else "")
        near = did_you_mean(text[:100], self.categories) or f" Known categories are {few}."
        return table.error_at(f"the category {shown(text)} did not occur in training.{near}", row, shown(self.name))


Encoder: TypeAlias = NumericEncoder | CategoricalEncoder


def check_finite(numbers: NumericColumn, table: Table) -> None:
    """Raise DataError, with row and column, if a number is infinite."""
    if numbers.values.dtype.kind != "f":
        return
    infinite = np.isinf(numbers.matrix)
    if infinite.any():
        row, place = np.argwhere(infinite)[0]
        raise table.error_at(
            "the number is infinite; correct it or remove the row.", int(row), numbers.format_name(int(place))
        )


def missing_value_error(table: Table, count: int, row: int, name: str) -> DataError:
    """The error for missing values: how many there are, the row of the first one, and what can be done."""
    if count > 1:
        message = f"{count:,} values are missing, the first one here; fill them in, remove the rows"
    else:
        message = "a value is missing; fill it in, remove the row"
    return table.error_at(f"{message}, drop the column, or impute.", row, name)
