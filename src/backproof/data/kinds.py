"""What a column is: numbers or categories, inferred from its texts or declared by the caller.

All numbers -> numbers; true and false -> booleans; words -> categories. Words among mostly numbers are an error that
shows the word, since guessing there would hide a slip in the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray, Array
from backproof.data.table import CategoricalColumn, Column, NumericColumn, Table
from backproof.errors import DataError
from backproof.schema import shown

NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?[iI]nf(?:inity)?")
PLAIN = re.compile(r"[-+.0-9eE]*")
DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
#: What stands for a missing value in a text file.
MISSING = frozenset({"", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "?"})
BOOLEANS = ("False", "True")
#: Whole numbers up to here are exact in float64.
EXACT = 2**53


def infer_column(column: CategoricalColumn, table: Table, declared: str = "") -> Column:
    """The column as what its texts say, or as `declared`: numeric or categorical."""
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
        raise not_a_number_error(column, is_number, table)
    if present and _is_boolean(column):
        return NumericColumn(column.name, _look_up(np.array([text == "True" for text in column.texts]), column.codes))
    return column


def not_a_number_error(column: CategoricalColumn, is_number: NDArray[np.bool_], table: Table) -> DataError:
    """The error for a word in a numeric column: the first one, where it stands, and how many there are."""
    wrong = (column.codes >= 0) & ~np.append(is_number, True)[column.codes]
    row = int(np.argmax(wrong))
    text = column.texts[column.codes[row]]
    many = int(wrong.sum())
    hint = (
        "Write decimals with a point."
        if DECIMAL_COMMA.fullmatch(text)
        else "Mend it, leave the cell empty, or declare the column categorical."
    )
    others = f" ({many:,} such rows)" if many > 1 else ""
    return table.fault(
        f"expected a number, received {shown(text)}{others}; the column's other values are numbers. {hint}",
        row, shown(column.name),
    )  # fmt: skip


def to_categorical(column: Column) -> CategoricalColumn:
    """The column as categories: numbers become their shortest text, so that 3 and 3.0 are one category."""
    if isinstance(column, CategoricalColumn):
        return column
    found, codes = np.unique(column.values, return_inverse=True, equal_nan=True)
    missing = np.isnan(found) if found.dtype.kind == "f" else np.zeros(len(found), dtype=bool)
    places = np.where(missing, -1, np.cumsum(~missing) - 1)
    texts = tuple(format_label(value) for value in found[~missing].tolist())
    return CategoricalColumn(column.name, places[codes.reshape(-1)].astype(np.int32), texts)


def to_numeric(column: Column, table: Table) -> NumericColumn:
    """The column as numbers. Errors: DataError at the first word."""
    if isinstance(column, NumericColumn):
        return column
    return to_numeric(infer_column(column, table, "numeric"), table)


def format_label(value: Any) -> str:
    """A label or category as text: 3.0 is 3."""
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    return str(value)


def factorize_texts(name: str, values: Iterable[str | None]) -> CategoricalColumn:
    """A column of words from a text, or None, a row; texts in order of first appearance."""
    places: dict[str, int] = {}
    codes = [-1 if text is None else places.setdefault(text, len(places)) for text in values]
    return CategoricalColumn(name, np.array(codes, dtype=np.int32), tuple(places))


def mark_missing(column: CategoricalColumn) -> CategoricalColumn:
    """The column of a text file: blanks around texts taken off, markers of a missing value as missing."""
    places: dict[str, int] = {}
    new = [-1 if text in MISSING else places.setdefault(text, len(places)) for text in map(str.strip, column.texts)]
    return CategoricalColumn(column.name, np.array([*new, -1], dtype=np.int32)[column.codes], tuple(places))


def shrink_integers(values: AnyArray) -> AnyArray:
    """Whole numbers in the smallest integers that hold them; other numbers, and booleans, as they are."""
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


def _look_up(values: Array, codes: NDArray[np.int32]) -> AnyArray:
    return np.append(values, np.nan)[codes] if (codes < 0).any() else shrink_integers(values)[codes]


def _parse_numbers(texts: tuple[str, ...]) -> Array:
    """The number that each text is, NaN for those that are none."""
    if PLAIN.fullmatch("".join(texts)):  # then float takes what NUMBER does, several times as quickly
        try:
            return np.array([float(text) for text in texts])
        except ValueError:
            pass
    return np.array([_parse_number(text) for text in texts], dtype=np.float64)


def _parse_number(text: str) -> float:
    return float(text) if NUMBER.fullmatch(text) else np.nan


def _unify_booleans(column: CategoricalColumn) -> CategoricalColumn:
    """True, TRUE and true are one word."""
    if not column.texts or len(column.texts) > 6 or {text.lower() for text in column.texts} - {"true", "false"}:
        return column
    codes = np.array([*(BOOLEANS.index(text.capitalize()) for text in column.texts), -1], dtype=np.int32)
    return CategoricalColumn(column.name, codes[column.codes], BOOLEANS, column.declared)


def _is_boolean(column: CategoricalColumn) -> bool:
    return column.texts == BOOLEANS
