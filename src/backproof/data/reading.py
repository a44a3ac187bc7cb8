"""Data to train on: the columns of a source, each as numbers or categories, inferred or as declared."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from backproof.data.kinds import as_numbers, as_words, understood
from backproof.data.names import known, listed
from backproof.data.sources import is_text, table_from
from backproof.data.table import Choose, Column, Numbers, Table, Words
from backproof.errors import DataError, OptionError
from backproof.schema import shown


def read(
    source: Any,
    *,
    target: str | None = None,
    categorical: Collection[str] = (),
    numeric: Collection[str] = (),
    drop: Collection[str] = (),
) -> Table:
    """The columns of a file, a data frame, arrays by name, or one array of rows.

    target: a column that must be there; of a .npz file it also chooses the arrays, of an array of rows it is a
    number, from 1. categorical, numeric: columns whose kind is declared, not inferred. drop: columns to leave out.

    Errors: DataError with file, row and column where the source cannot be read.
    """
    kinds = declared_kinds(categorical, numeric)
    choose = chooser(target, listed(drop, "drop"), kinds)
    table = as_declared(table_from(source, target, choose), kinds, texts=is_text(source))
    if not table.columns:
        raise DataError("every column is dropped.", source=table.source)
    return table


def as_declared(table: Table, kinds: dict[str, str], *, texts: bool) -> Table:
    """The table with every column as the kind declared for it; the words of a text file as what they say."""
    columns = tuple(_declared(column, table, kinds.get(column.name, ""), texts) for column in table.columns)
    test = as_declared(table.test, kinds, texts=texts) if table.test else None
    return replace(table, columns=columns, test=test)


def _declared(column: Column, table: Table, kind: str, texts: bool) -> Column:
    if isinstance(column, Words) and (texts or kind == "numeric"):
        return understood(column, table, kind)
    if kind == "categorical":
        if isinstance(column, Numbers) and column.width > 1:
            message = f"expected a column of categories, found a block of {column.width} columns."
            raise table.fault(message, column=shown(column.name))
        return replace(as_words(column), declared=True)
    return as_numbers(column, table) if kind == "numeric" else column


def chooser(target: str | None, dropped: frozenset[str], kinds: Collection[str]) -> Choose:
    """Takes all columns but the dropped ones. Errors: DataError for a name that is not there, with the nearest one."""
    if target in dropped:
        raise OptionError(f"the target {shown(target)} cannot be dropped.")

    def choose(names: tuple[str, ...], source: str) -> list[str]:
        known([*dropped, *kinds, *([] if target is None else [target])], names, source)
        return [name for name in names if name not in dropped]

    return choose


def declared_kinds(categorical: Collection[str], numeric: Collection[str]) -> dict[str, str]:
    """The kind of each column that the caller declared."""
    words, numbers = listed(categorical, "categorical"), listed(numeric, "numeric")
    for name in sorted(words & numbers):
        raise OptionError(f"column {shown(name)} is declared both categorical and numeric.")
    return dict.fromkeys(words, "categorical") | dict.fromkeys(numbers, "numeric")
