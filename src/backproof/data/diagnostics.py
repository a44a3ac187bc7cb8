"""What a person should see of the data before training: how each column was understood, and what looks like a mistake.

A warning is one sentence about something that is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backproof.data.column_fitters import ColumnSummary
from backproof.data.columns import NumericColumn
from backproof.data.encoders import CategoricalEncoder, DateEncoder, Encoder, TextEncoder
from backproof.data.preparation_fitter import FittedPreparation
from backproof.data.suspicions import find_suspicions
from backproof.data.table import Table
from backproof.data.targets import ClassTarget, Target
from backproof.schema import shown

#: The number of categories that are listed; the others are only counted.
LISTED = 4
#: A number is an outlier if its distance from the median is more than this many times the interquartile range.
FAR = 50
#: A class is rare if it has less than this share of the rows of the largest class.
RARE = 0.05


@dataclass(frozen=True)
class SummaryRow:
    """A column: its name, its kind, how it is encoded, and its range or categories."""

    column: str
    kind: str
    encoding: str
    content: str


def summarize_columns(fitted: FittedPreparation) -> tuple[SummaryRow, ...]:
    """One row for each column, and one for each target, last."""
    preparation = fitted.preparation
    columns = map(_summarize_column, preparation.encoders, fitted.columns)
    return (*columns, *map(_summarize_target, preparation.targets, fitted.targets))


def _summarize_column(encoder: Encoder, found: ColumnSummary) -> SummaryRow:
    inputs = _format_count(encoder.units, "input")
    if isinstance(encoder, DateEncoder):
        return SummaryRow(encoder.name, encoder.kind, inputs, f"{_write_day(found.low)} to {_write_day(found.high)}")
    if isinstance(encoder, TextEncoder):
        return SummaryRow(encoder.name, encoder.kind, f"{inputs} from groups of letters", _list_categories(found))
    if isinstance(encoder, CategoricalEncoder):
        filled = f", missing: {shown(encoder.fill)}" if found.missing else ""
        return SummaryRow(encoder.name, encoder.kind, f"{inputs}{filled}", _list_categories(found))
    marked = f", {found.missing:,} missing filled and marked" if encoder.marked else ""
    kind = encoder.kind if encoder.width == 1 else f"{encoder.width:,} x {encoder.kind}"
    scaled = "scaled together" if len(encoder.scale) < encoder.width else "scaled"
    filled = marked or (f", {found.missing:,} missing filled" if found.missing else "")
    return SummaryRow(encoder.name, kind, f"{inputs}, {scaled}{filled}", f"{found.low:g} to {found.high:g}")


def _summarize_target(target: Target, found: ColumnSummary) -> SummaryRow:
    if isinstance(target, ClassTarget):
        outputs = f"{len(target.labels)} classes, {_format_count(target.units, 'output')}"
        return SummaryRow(target.name, f"target, {target.problem}", outputs, _list_categories(found))
    return SummaryRow(target.name, f"target, {target.problem}", "1 output, scaled", f"{found.low:g} to {found.high:g}")


def _write_day(seconds: float) -> str:
    return str(np.datetime64(int(seconds), "s").astype("datetime64[D]"))


def _list_categories(found: ColumnSummary) -> str:
    few = ", ".join(f"{shown(text)} {count:,}" for text, count in found.counts.most_common(LISTED))
    others = len(found.counts) - LISTED
    return f"{few}, {others:,} more" if others > 0 else few


def _format_count(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def find_table_warnings(table: Table, fitted: FittedPreparation) -> tuple[str, ...]:
    """Everything that looks like a mistake in a table."""
    numeric = [column for column in table.columns if isinstance(column, NumericColumn) and column.values.ndim == 1]
    columns = (warning for column in numeric for warning in _check_column(column, table))
    return (*find_warnings(fitted), *find_suspicions(table, fitted), *columns)


def find_warnings(fitted: FittedPreparation) -> tuple[str, ...]:
    """What the fit alone shows: constant columns, and rare classes."""
    constant = (
        f"Column {shown(found.name)} holds the same value in every row, so it cannot help."
        for found in fitted.columns
        if found.constant and not found.missing
    )
    left_out = tuple(map(_say_left_out, fitted.left_out))
    return (*left_out, *constant, *(warning for each in fitted.targets for warning in _find_rare_classes(each)))


def _say_left_out(found: ColumnSummary) -> str:
    column = f"Column {shown(found.name)} is left out: "
    if not found.counts:
        return f"{column}it is empty."
    text = shown(next(iter(found.counts)))
    return f"{column}it has another text in nearly every row, such as {text}; to read them all the same, give --text."


def _find_rare_classes(target: ColumnSummary) -> Iterator[str]:
    if not target.counts:
        return
    (largest, most), *_ = target.counts.most_common(1)
    rare = [label for label, count in target.counts.items() if count < RARE * most]
    if rare:
        others = f" and {len(rare) - 1:,} more" if len(rare) > 1 else ""
        rows = _format_count(target.counts[rare[0]], "row")
        yield (
            f"Class {shown(rare[0])}{others} of {shown(target.name)} is rare ({rows}; {shown(largest)} has {most:,}); "
            "without class weights the network may ignore it."
        )


def _check_column(column: NumericColumn, table: Table) -> Iterator[str]:
    yield from _find_row_numbers(column)
    yield from _find_outliers(column, table)


def _find_row_numbers(column: NumericColumn) -> Iterator[str]:
    """Whole numbers that count the rows."""
    values = column.values
    if len(values) > 2 and values.dtype.kind in "iu" and (np.diff(values.astype(np.int64)) == 1).all():
        yield f"Column {shown(column.name)} counts the rows; if it is only a row number, drop it."


def _find_outliers(column: NumericColumn, table: Table) -> Iterator[str]:
    """The number farthest from the median, if it lies far outside."""
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
            f"half of which are between {low:g} and {high:g}{others}; is it a mistake?"
        )
