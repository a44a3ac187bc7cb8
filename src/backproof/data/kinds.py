"""Whether a column holds numbers or categories: inferred from its texts, or declared by the caller.

All numbers -> numbers; true and false -> booleans; words -> categories. Words among mostly numbers are an error that
shows the word, since a guess would hide a mistake in the data.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray, Array
from backproof.data.columns import EXACT, CategoricalColumn, Column, NumericColumn, to_categorical
from backproof.data.table import Table, check_name_list
from backproof.errors import DataError, OptionError
from backproof.schema import shown

NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?[iI]nf(?:inity)?")
PLAIN = re.compile(r"[-+.0-9eE]*")
DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
BOOLEANS = ("False", "True")


def check_kinds(categorical: Collection[str], numeric: Collection[str]) -> dict[str, str]:
    """The kind of each column that the caller declared. Raise OptionError for a column declared as both."""
    categories, numbers = check_name_list(categorical, "categorical"), check_name_list(numeric, "numeric")
    for name in sorted(categories & numbers):
        raise OptionError(f"column {shown(name)} is declared both categorical and numeric.")
    return dict.fromkeys(categories, "categorical") | dict.fromkeys(numbers, "numeric")


def apply_kinds(table: Table, kinds: dict[str, str], *, infer: bool) -> Table:
    """The table with every column as the kind declared for it.

    infer: the table comes from a text file, so the texts decide the kind of all other columns.
    """
    columns = tuple(_apply_kind(column, table, kinds.get(column.name, ""), infer) for column in table.columns)
    test = apply_kinds(table.test, kinds, infer=infer) if table.test else None
    return replace(table, columns=columns, test=test)


def _apply_kind(column: Column, table: Table, kind: str, infer: bool) -> Column:
    if isinstance(column, CategoricalColumn) and (infer or kind == "numeric"):
        return infer_column(column, table, kind)
    if kind == "categorical":
        if isinstance(column, NumericColumn) and column.width > 1:
            message = f"expected a column of categories, found a block of {column.width} columns."
            raise table.error_at(message, column=shown(column.name))
        return replace(to_categorical(column), declared=True)
    return to_numeric(column, table) if kind == "numeric" else column


def infer_column(column: CategoricalColumn, table: Table, declared: str = "") -> Column:
    """The column as the kind that its texts suggest, or as the one that is declared."""
    column = _unify_booleans(column)
    if declared == "categorical":
        return CategoricalColumn(column.name, column.codes, column.texts, declared=True)
    values = _parse_numbers(column.texts)
    is_number = ~np.isnan(values)
    counts = column.counts
    numeric, present = int(counts[is_number].sum()), int(counts.sum())
    if numeric == present and (present or declared == "numeric"):
        return NumericColumn(column.name, _look_up(values, column.codes))
    if (declared == "numeric" and not _is_boolean(column)) or (numeric and 2 * numeric >= present):
        raise _not_a_number_error(column, is_number, table)
    if present and _is_boolean(column):
        truths = np.array([text == "True" for text in column.texts])
        return NumericColumn(column.name, _look_up(truths, column.codes))
    return column


def to_numeric(column: Column, table: Table) -> NumericColumn:
    """The column as numbers. Raise DataError at the first word."""
    if isinstance(column, NumericColumn):
        return column
    return to_numeric(infer_column(column, table, "numeric"), table)


def _not_a_number_error(column: CategoricalColumn, is_number: NDArray[np.bool_], table: Table) -> DataError:
    """The error for words in a numeric column: the first one, its row, and how many there are."""
    wrong = (column.codes >= 0) & ~np.append(is_number, True)[column.codes]
    row = int(np.argmax(wrong))
    text = column.texts[column.codes[row]]
    count = int(wrong.sum())
    if DECIMAL_COMMA.fullmatch(text):
        hint = "Write decimals with a point."
    else:
        hint = "Correct it, leave the cell empty, or declare the column categorical."
    others = f" ({count:,} such rows)" if count > 1 else ""
    return table.error_at(
        f"expected a number, received {shown(text)}{others}; the column's other values are numbers. {hint}",
        row, shown(column.name),
    )  # fmt: skip


def _look_up(values: AnyArray, codes: NDArray[np.int32]) -> AnyArray:
    """The value of each code, NaN for -1."""
    return np.append(values, np.nan)[codes] if (codes < 0).any() else _shrink_integers(values)[codes]


def _shrink_integers(values: AnyArray) -> AnyArray:
    """Whole numbers in the smallest integers that hold them; other numbers, and booleans, unchanged."""
    if (
        not len(values)
        or values.dtype.kind == "b"
        or not np.isfinite(values).all()
        or (values != np.floor(values)).any()
    ):
        return values
    low, high = int(values.min()), int(values.max())
    if max(-low, high) >= EXACT:
        return values
    return values.astype(np.min_scalar_type(high if low >= 0 else min(low, -high - 1)))


def _parse_numbers(texts: tuple[str, ...]) -> Array:
    """The number that each text stands for, NaN if it is not a number."""
    if PLAIN.fullmatch("".join(texts)):  # then float accepts what NUMBER does, several times as fast
        try:
            return np.array([float(text) for text in texts])
        except ValueError:
            pass
    return np.array([float(text) if NUMBER.fullmatch(text) else np.nan for text in texts], dtype=np.float64)


def _unify_booleans(column: CategoricalColumn) -> CategoricalColumn:
    """The column with True, TRUE and true as one word."""
    if not column.texts or len(column.texts) > 6 or {text.lower() for text in column.texts} - {"true", "false"}:
        return column
    codes = np.array([*(BOOLEANS.index(text.capitalize()) for text in column.texts), -1], dtype=np.int32)
    return CategoricalColumn(column.name, codes[column.codes], BOOLEANS, column.declared)


def _is_boolean(column: CategoricalColumn) -> bool:
    return column.texts == BOOLEANS
