"""Data as it was read: named columns of numbers or words, and where each row stands in its source."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.errors import DataError, did_you_mean
from backproof.schema import shown


@dataclass(frozen=True, eq=False)
class NumericColumn:
    """A column of numbers, shape (rows,), or a block of many alike, shape (rows, width); NaN where one is missing."""

    name: str
    values: AnyArray

    def __len__(self) -> int:
        return len(self.values)

    @property
    def block(self) -> AnyArray:
        """The numbers as (rows, width)."""
        return self.values.reshape(len(self.values), -1) if self.values.ndim == 1 else self.values

    @property
    def width(self) -> int:
        """How many numbers a row has."""
        return int(self.values.shape[1]) if self.values.ndim == 2 else 1

    def cell(self, position: int) -> str:
        """The name of one of a block's columns, counted from 0, as a message shows it."""
        return shown(self.name) if self.values.ndim == 1 else f"{shown(self.name)}[{position + 1}]"

    def rows(self, which: slice) -> NumericColumn:
        """Some of its rows."""
        return replace(self, values=self.values[which])


@dataclass(frozen=True, eq=False)
class CategoricalColumn:
    """A column of words: `texts[codes[row]]`, with code -1 where one is missing.

    `declared`: the caller said that these are categories, however many there are.
    """

    name: str
    codes: NDArray[np.int32]
    texts: tuple[str, ...]
    declared: bool = False

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many rows hold each text."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))

    def rows(self, which: slice) -> CategoricalColumn:
        """Some of its rows."""
        return replace(self, codes=self.codes[which])


Column: TypeAlias = NumericColumn | CategoricalColumn
#: Which of the columns of a source to take, given their names and the name of the source.
ColumnChooser: TypeAlias = Callable[[tuple[str, ...], str], Collection[str]]


def choose_all(names: tuple[str, ...], source: str) -> Collection[str]:
    """All columns."""
    return names


def _from_one(index: int) -> int:
    return index + 1


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length. `row_of` gives a row's number as people count it in the source.

    test: rows that the source itself holds back (x_test beside x_train). notes: what was decided while reading.
    """

    columns: tuple[Column, ...]
    source: str = ""
    row_of: Callable[[int], int] = _from_one
    test: Table | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    def __getitem__(self, name: str) -> Column:
        if name not in self.by_name:
            raise missing_column_error(name, self.names, self.source)
        return self.by_name[name]

    def only(self, names: Collection[str]) -> Table:
        """These columns, in its own order, of its test rows too."""
        test = self.test.only(names) if self.test else None
        kept = frozenset(names)
        return replace(self, columns=tuple(each for each in self.columns if each.name in kept), test=test)

    def rows(self, which: slice) -> Table:
        """Some of its rows, which keep their numbers."""
        first = which.indices(len(self))[0]
        cut = tuple(column.rows(which) for column in self.columns)
        return replace(self, columns=cut, row_of=lambda index: self.row_of(first + index), test=None)

    def chunks(self, cells: int = 2**18) -> Iterator[tuple[slice, Table]]:
        """The table piece by piece, no column's with more numbers than that, with where it stands."""
        widest = max((column.width for column in self.columns if isinstance(column, NumericColumn)), default=1)
        size = max(1, cells // widest)
        for start in range(0, len(self), size):
            which = slice(start, min(start + size, len(self)))
            yield which, self.rows(which)

    def fault(self, message: str, row: int | None = None, column: str = "") -> DataError:
        """An error at a row (counted from 0 within this table) and a column (as `shown`)."""
        return DataError(message, source=self.source, row=None if row is None else self.row_of(int(row)), column=column)


def missing_column_error(name: str, known: Collection[str], source: str) -> DataError:
    """The error for a column that is not there."""
    few = ", ".join(shown(each) for each in list(known)[:8]) + (", ..." if len(known) > 8 else "")
    near = did_you_mean(name[:100], [each[:100] for each in known]) or f" Its columns are {few}."
    return DataError(f"there is no column {shown(name)}.{near}", source=source)
