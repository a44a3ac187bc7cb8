"""Data to train on: the columns of a source, each as numbers or categories, inferred or as declared."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from backproof.data.kinds import infer_column, to_categorical, to_numeric
from backproof.data.names import check_name_list, require_columns
from backproof.data.sources import is_text_file, load_columns
from backproof.data.table import CategoricalColumn, Column, ColumnChooser, NumericColumn, Table
from backproof.errors import DataError, OptionError
from backproof.schema import shown


def read_table(
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
    kinds = check_kinds(categorical, numeric)
    choose = make_chooser(target, check_name_list(drop, "drop"), kinds)
    table = apply_kinds(load_columns(source, target, choose), kinds, texts=is_text_file(source))
    if not table.columns:
        raise DataError("every column is dropped.", source=table.source)
    return table


def apply_kinds(table: Table, kinds: dict[str, str], *, texts: bool) -> Table:
    """The table with every column as the kind declared for it; the words of a text file as what they say."""
    columns = tuple(_apply_kind(column, table, kinds.get(column.name, ""), texts) for column in table.columns)
    test = apply_kinds(table.test, kinds, texts=texts) if table.test else None
    return replace(table, columns=columns, test=test)


def _apply_kind(column: Column, table: Table, kind: str, texts: bool) -> Column:
    if isinstance(column, CategoricalColumn) and (texts or kind == "numeric"):
        return infer_column(column, table, kind)
    if kind == "categorical":
        if isinstance(column, NumericColumn) and column.width > 1:
            message = f"expected a column of categories, found a block of {column.width} columns."
            raise table.fault(message, column=shown(column.name))
        return replace(to_categorical(column), declared=True)
    return to_numeric(column, table) if kind == "numeric" else column


def make_chooser(target: str | None, dropped: frozenset[str], kinds: Collection[str]) -> ColumnChooser:
    """Takes all columns but the dropped ones. Errors: DataError for a name that is not there, with the nearest one."""
    if target in dropped:
        raise OptionError(f"the target {shown(target)} cannot be dropped.")

    def choose(names: tuple[str, ...], source: str) -> list[str]:
        require_columns([*dropped, *kinds, *([] if target is None else [target])], names, source)
        return [name for name in names if name not in dropped]

    return choose


def check_kinds(categorical: Collection[str], numeric: Collection[str]) -> dict[str, str]:
    """The kind of each column that the caller declared."""
    words, numbers = check_name_list(categorical, "categorical"), check_name_list(numeric, "numeric")
    for name in sorted(words & numbers):
        raise OptionError(f"column {shown(name)} is declared both categorical and numeric.")
    return dict.fromkeys(words, "categorical") | dict.fromkeys(numbers, "numeric")
