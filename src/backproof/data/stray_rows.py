"""Rows of a text file that are no samples: a second row of names, one of units, one of sums or means at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import compress
from typing import NamedTuple

import numpy as np

from backproof.arrays import Array, Mask
from backproof.data.columns import CategoricalColumn, NumericColumn
from backproof.data.error_list import ErrorList
from backproof.data.table import Table
from backproof.schema import shown

#: A last row is one of sums or means if its numbers would be so by chance less often than this.
CHANCE = 1e-9
#: Maximum number of rows below the names that say more of these, such as units.
MOST_BELOW = 3


class StrayRows(NamedTuple):
    """Which rows are no samples, and what a person should know of it."""

    rows: Mask
    note: str


def leave_out_rows(table: Table, stray: StrayRows) -> Table:
    """The table, as it was read, without these rows and the texts that stand in them alone."""
    left = table.take_rows(np.flatnonzero(~stray.rows))
    columns = tuple(_drop_unused(each) if isinstance(each, CategoricalColumn) else each for each in left.columns)
    return replace(left, columns=columns, notes=(*table.notes, stray.note))


def _drop_unused(column: CategoricalColumn) -> CategoricalColumn:
    used = column.counts > 0
    places = np.append(np.where(used, np.cumsum(used) - 1, -1), -1).astype(np.int32)
    return replace(column, codes=places[column.codes], texts=tuple(compress(column.texts, used)))


def find_row_of_words(texts: Table, table: Table, errors: ErrorList) -> StrayRows | None:
    """The row, or repeated row of names, that alone holds words where there should be numbers, and a note about it.

    texts: the table as it was read; table: with its columns of numbers. errors: what was wrong with these.
    """
    faulty = {option[1] for error in errors.errors for option in error.settling if option[0] == "--numeric"}
    if len(faulty) < 2:
        return None
    rows, named = np.ones(len(table), dtype=bool), True
    numeric = [each for each in table.columns if isinstance(each, NumericColumn) and each.values.ndim == 1]
    missing = {each.name: np.isnan(each.values.astype(np.float64)) for each in numeric}
    for absent in missing.values():
        rows &= absent
    for name in faulty:
        before = texts[name]
        if not isinstance(before, CategoricalColumn) or (missing[name] & (before.codes >= 0) & ~rows).any():
            return None
        named = named and all(before.texts[code] == name for code in before.codes[rows & (before.codes >= 0)].tolist())
    count = int(rows.sum())
    if not count or (not named and not rows[:MOST_BELOW][:count].all()):
        return None
    first = int(np.argmax(rows))
    word = shown(_find_word(texts, faulty, first))
    which = (
        f"{count:,} rows, the first of them row {texts.row_of(first)}," if count > 1 else f"Row {texts.row_of(first)}"
    )
    does = ("are", "they hold") if count > 1 else ("is", "it holds")
    note = f"{which} {does[0]} left out: {does[1]} words, such as {word}, where numbers should be."
    return StrayRows(rows, note)


def _find_word(texts: Table, faulty: set[str], row: int) -> str:
    columns = [each for each in texts.columns if each.name in faulty and isinstance(each, CategoricalColumn)]
    return next((each.text_of(row) for each in columns if each.codes[row] >= 0), "")


def find_row_of_totals(table: Table) -> StrayRows | None:
    """The last row if it is the sum or the mean of all others in each column of numbers that it has one in."""
    numeric = [
        each.values for each in table.columns
        if isinstance(each, NumericColumn) and each.values.ndim == 1 and each.values.dtype.kind != "b"
    ]  # fmt: skip
    if len(table) < 4:  # of three rows one is easily the sum of the others
        return None
    for name, combine in (("sums", np.sum), ("means", np.mean)):
        chance = 1.0
        for values in numeric:
            chance *= _estimate_chance(values.astype(np.float64), combine)
            if chance > 1:
                break
        if chance < CHANCE:
            last = len(table) - 1
            note = f"The last row, row {table.row_of(last)}, is left out: its numbers are the {name} of those above."
            return StrayRows(np.arange(len(table)) == last, note)
    return None


def _estimate_chance(values: Array, combine: Callable[[Array], float]) -> float:
    """How probable a last value as near to that of the others combined is by chance; infinite where it is not near."""
    above, last = values[:-1], float(values[-1])
    present = above[np.isfinite(above)]
    if np.isnan(last) or not len(present):
        return 1.0
    digits = f"{last:.10g}".partition(".")[2]
    with np.errstate(over="ignore", invalid="ignore"):
        tolerance = max(0.5 * 10.0 ** -len(digits), 1e-9 * float(np.abs(present).sum()))
        if not abs(last - combine(present)) <= tolerance < np.inf:
            return np.inf
        return min(1.0, tolerance / (float(np.ptp(present)) or tolerance))
