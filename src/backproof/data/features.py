"""What a column becomes: (x - mean) / deviation of a number; of categories a unit each, 1 for the row's own, else 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.kinds import to_categorical, to_numeric
from backproof.data.table import Column, NumericColumn, Table
from backproof.errors import DataError, did_you_mean
from backproof.schema import shown

#: The category of rows that have none, where those may occur.
MISSING_CATEGORY = "(missing)"


@dataclass(frozen=True)
class NumericEncoder:
    """(x - shift) scale, for a column or a block of `width`; `fill` stands for missing values, None refuses them.

    shift, scale: a number for each column of a block, or one for all of them.
    """

    kind: ClassVar[str] = "numeric"
    name: str
    width: int
    shift: tuple[float, ...]
    scale: tuple[float, ...]
    fill: tuple[float, ...] | None = None

    def raw(self, column: Column, table: Table) -> AnyArray:
        """The numbers as they are, (rows, width), missing ones filled. Errors: DataError with row and column."""
        numbers = to_numeric(column, table)
        block = numbers.block
        if block.shape[1] != self.width:
            raise table.fault(f"expected {self.width} columns, found {block.shape[1]}.", column=shown(self.name))
        refuse_infinite(numbers, table)
        return self._filled(numbers, block, table)

    def encode(self, column: Column, table: Table) -> AnyArray:
        """The scaled numbers in float64, (rows, width)."""
        with np.errstate(all="ignore"):
            raw = self.raw(column, table).astype(np.float64)
            scaled: AnyArray = (raw - np.array(self.shift)) * np.array(self.scale)
        return scaled

    def _filled(self, numbers: NumericColumn, block: AnyArray, table: Table) -> AnyArray:
        if block.dtype.kind != "f" or not (missing := np.isnan(block)).any():
            return block
        if self.fill is None:
            row, place = np.argwhere(missing)[0]
            raise missing_value_error(table, int(missing.sum()), int(row), numbers.cell(int(place)))
        return np.where(missing, np.array(self.fill, dtype=block.dtype), block)


@dataclass(frozen=True)
class CategoricalEncoder:
    """1 for the category that the row has, 0 for the others; rows that have none take `fill`, None refuses them."""

    kind: ClassVar[str] = "categorical"
    name: str
    categories: tuple[str, ...]
    fill: str | None = None

    @property
    def width(self) -> int:
        """One unit a category."""
        return len(self.categories)

    def encode(self, column: Column, table: Table) -> AnyArray:
        """The categories as units in float64, (rows, categories). Errors: DataError for one that is not known."""
        words = to_categorical(column)
        places = {text: place for place, text in enumerate(self.categories)}
        missing = -1 if self.fill is None else places[self.fill]
        codes = np.array([*(places.get(text, -2) for text in words.texts), missing], dtype=np.int64)[words.codes]
        if len(codes) and codes.min() < 0:
            raise self._refusal(words.codes, codes, words.texts, table)
        return np.eye(self.width)[codes]

    def _refusal(self, given: AnyArray, codes: AnyArray, texts: tuple[str, ...], table: Table) -> DataError:
        row = int(np.argmax(codes < 0))
        if given[row] < 0:
            return missing_value_error(table, int((given < 0).sum()), row, shown(self.name))
        text = texts[given[row]]
        few = ", ".join(shown(each) for each in self.categories[:8]) + (", ..." if self.width > 8 else "")
        near = did_you_mean(text[:100], self.categories) or f" Known are {few}."
        return table.fault(f"the category {shown(text)} did not occur in training.{near}", row, shown(self.name))


Encoder: TypeAlias = NumericEncoder | CategoricalEncoder


def refuse_infinite(numbers: NumericColumn, table: Table) -> None:
    """Nothing, where no number is infinite. Errors: DataError with the row and column of the first."""
    if numbers.values.dtype.kind != "f":
        return
    infinite = np.isinf(numbers.block)
    if infinite.any():
        row, place = np.argwhere(infinite)[0]
        raise table.fault("the number is infinite; mend it or leave the row out.", int(row), numbers.cell(int(place)))


def missing_value_error(table: Table, count: int, row: int, cell: str) -> DataError:
    """The error for missing values where none may be: how many, the first one's row, and the ways out."""
    many = f"{count:,} values are missing, the first here" if count > 1 else "a value is missing"
    return table.fault(f"{many}; fill them in, leave the rows out, drop the column, or impute.", row, cell)
