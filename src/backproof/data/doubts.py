"""What is allowed but looks like a mistake: a sentence each, to be read before training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backproof.data.learning import FittedPreparation
from backproof.data.seen import ColumnSummary
from backproof.data.table import Column, NumericColumn, Table
from backproof.schema import shown

#: Farther from the median than so many times the middle half is wide.
FAR = 50
#: A class with less than this share of the largest one's rows is easily ignored.
SMALL = 0.05


def find_warnings(table: Table, learned: FittedPreparation) -> tuple[str, ...]:
    """Everything doubtful about a table."""
    columns = (sentence for column in table.columns for sentence in _check_column(table, column))
    return (*find_fit_warnings(learned), *columns)


def find_fit_warnings(learned: FittedPreparation) -> tuple[str, ...]:
    """What one pass shows: constant columns, and classes that are rare."""
    constant = (
        f"Column {shown(seen.name)} holds the same in every row; it cannot help."
        for seen in learned.columns
        if seen.constant and not seen.missing
    )
    return (*constant, *_find_rare_classes(learned.target))


def _find_rare_classes(target: ColumnSummary) -> Iterator[str]:
    if not target.counts:
        return
    (largest, many), *_ = target.counts.most_common(1)
    rare = [label for label, count in target.counts.items() if count < SMALL * many]
    if rare:
        others = f" and {len(rare) - 1:,} more" if len(rare) > 1 else ""
        yield (
            f"Class {shown(rare[0])}{others} is rare ({target.counts[rare[0]]:,} rows; {shown(largest)} has {many:,}); "
            "class weights would make it count."
        )


def _check_column(table: Table, column: Column) -> Iterator[str]:
    if isinstance(column, NumericColumn) and column.values.ndim == 1:
        yield from _find_row_numbers(column)
        yield from _find_outlier(table, column)


def _find_row_numbers(column: NumericColumn) -> Iterator[str]:
    """Whole numbers that count the rows."""
    values = column.values
    if len(values) > 2 and values.dtype.kind in "iu" and (np.diff(values.astype(np.int64)) == 1).all():
        yield f"Column {shown(column.name)} counts the rows; if it is only their number, drop it."


def _find_outlier(table: Table, column: NumericColumn) -> Iterator[str]:
    """The number farthest from the median, where it lies far outside."""
    values = column.values.astype(np.float64)
    present = values[~np.isnan(values)]
    if len(present) < 4:
        return
    with np.errstate(all="ignore"):
        low, middle, high = np.quantile(present, [0.25, 0.5, 0.75])
        width = (high - low) or np.subtract(*np.quantile(present, [0.95, 0.05]))
        distance = np.abs(values - middle)
        far = np.nan_to_num(distance, nan=0) > FAR * width
    if width > 0 and far.any():
        row = int(np.nanargmax(distance))
        others = f" ({int(far.sum()):,} such rows)" if far.sum() > 1 else ""
        yield (
            f"Column {shown(column.name)}, row {table.row_of(row)}: {values[row]:g} lies far from the other numbers, "
            f"half of which are between {low:g} and {high:g}{others}; is it a slip?"
        )
