"""A table: named columns of equal length, and where each row stands in its source."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from backproof.data.columns import CategoricalColumn, Column, NumericColumn
from backproof.data.numerals import find_decimal
from backproof.errors import DataError, OptionError, did_you_mean
from backproof.schema import CONTROL, shown

#: Chooses columns of a source, given the names of all of them and the name of the source.
ColumnChooser: TypeAlias = Callable[[tuple[str, ...], str], Collection[str]]


def choose_all(names: tuple[str, ...], source: str) -> Collection[str]:
    """All columns."""
    return names


def _count_from_one(index: int) -> int:
    return index + 1


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length. `row_of` gives the number of a row as people count it in the source.

    test: rows that the source itself sets apart (x_test beside x_train). notes: what was decided while reading.
    unread: the rows, if any, that have more values than there are columns, which are all missing here.
    """

    columns: tuple[Column, ...]
    source: str = ""
    row_of: Callable[[int], int] = _count_from_one
    test: Table | None = None
    notes: tuple[str, ...] = ()
    unread: NDArray[np.bool_] | None = None

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

    @cached_property
    def decimal(self) -> str:
        """The sign before decimals, where the texts tell it."""
        return find_decimal(each.texts for each in self.columns if isinstance(each, CategoricalColumn))

    def __getitem__(self, name: str) -> Column:
        if name not in self.by_name:
            raise missing_column_error(name, self.names, self.source)
        return self.by_name[name]

    def select_columns(self, names: Collection[str]) -> Table:
        """The columns with these names, in the order of the table, of its test rows too."""
        test = self.test.select_columns(names) if self.test else None
        wanted = frozenset(names)
        return replace(self, columns=tuple(each for each in self.columns if each.name in wanted), test=test)

    def slice_rows(self, which: slice) -> Table:
        """Some of the rows, with the numbers they had."""
        first = which.indices(len(self))[0]
        columns = tuple(column.slice_rows(which) for column in self.columns)
        unread = None if self.unread is None else self.unread[which]
        return replace(self, columns=columns, row_of=lambda index: self.row_of(first + index), test=None, unread=unread)

    def take_rows(self, rows: NDArray[np.int64]) -> Table:
        """Some of the rows by their places, with the numbers they had."""
        columns = tuple(column.slice_rows(rows) for column in self.columns)
        unread = None if self.unread is None else self.unread[rows]
        return replace(
            self, columns=columns, row_of=lambda index: self.row_of(int(rows[index])), test=None, unread=unread
        )

    def iterate_pieces(self, cells: int = 2**18) -> Iterator[tuple[slice, Table]]:
        """The table piece by piece, each with its rows; no column of a piece has more than `cells` numbers."""
        widest = max((column.width for column in self.columns if isinstance(column, NumericColumn)), default=1)
        size = max(1, cells // widest)
        for start in range(0, len(self), size):
            which = slice(start, min(start + size, len(self)))
            yield which, self.slice_rows(which)

    def error_at(self, message: str, row: int | None = None, column: str = "") -> DataError:
        """An error at a row (counted from 0 within this table) and a column (as `shown` writes it)."""
        return DataError(message, source=self.source, row=None if row is None else self.row_of(int(row)), column=column)


def match_table(table: Table, model: Table) -> Table:
    """A table with the columns of another, in their order. Raise DataError if one is missing."""
    require_columns(model.names, table.names, table.source)
    return replace(table, columns=tuple(table[name] for name in model.names), test=None)


def check_column_names(names: Sequence[str], source: str, row: int | None = None) -> tuple[str, ...]:
    """The names of all columns. Raise DataError if one occurs twice or is not a printable line of text."""
    first: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if CONTROL.search(name) or len(name) > 1000:
            message = f"the name of column {place} is not a printable line of text: {shown(name)}."
            raise DataError(message, source=source, row=row)
        if name in first:
            raise DataError(
                f"columns {first[name]} and {place} are both named {shown(name)}; each needs a name of its own."
                + (" Does the file lack a row of names?" if _looks_like_number(name) else ""),
                source=source, row=row,
            )  # fmt: skip
        first[name] = place
    return tuple(names)


def check_name_list(given: Any, option: str) -> frozenset[str]:
    """The columns that an option names. Raise OptionError if it is not a list of names."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise OptionError(f"{option}: expected a list of columns, received {shown(given)}.")
    names = list(given)
    if not all(isinstance(name, str) for name in names):
        raise OptionError(f"{option}: expected names of columns, received {shown(names)}.")
    return frozenset(names)


def require_columns(wanted: Collection[str], names: Sequence[str], source: str) -> None:
    """Raise DataError, with the nearest name, if a column is missing."""
    missing = sorted(set(wanted).difference(names))
    if not missing:
        return
    error = missing_column_error(missing[0], names, source)
    if others := missing[1:]:
        few = ", ".join(map(shown, others[:8])) + (", ..." if len(others) > 8 else "")
        error = DataError(f"{error} These are missing, too: {few}.")
    raise error


def missing_column_error(name: str, known: Collection[str], source: str) -> DataError:
    """The error for a column that does not exist."""
    few = ", ".join(shown(each) for each in list(known)[:8]) + (", ..." if len(known) > 8 else "")
    near = did_you_mean(name[:100], [each[:100] for each in known]) or f" Its columns are {few}."
    return DataError(f"there is no column {shown(name)}.{near}", source=source)


def _looks_like_number(name: str) -> bool:
    return name.strip("+-").replace(".", "", 1).isdecimal()
