"""What each column of a table was understood to hold, one row each, as people see it before training."""

from __future__ import annotations

from dataclasses import dataclass

from backproof.data.column_fitters import ColumnSummary
from backproof.data.dates import write_day
from backproof.data.encoders import CategoricalEncoder, DateEncoder, Encoder, TextEncoder
from backproof.data.preparation_fitter import FittedPreparation
from backproof.data.targets import ClassTarget, Target
from backproof.schema import shown

#: The number of categories that are listed; the others are only counted.
LISTED = 4


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
    inputs = format_count(encoder.units, "input")
    if isinstance(encoder, DateEncoder):
        return SummaryRow(encoder.name, encoder.kind, inputs, f"{write_day(found.low)} to {write_day(found.high)}")
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
        outputs = f"{len(target.labels)} classes, {format_count(target.units, 'output')}"
        return SummaryRow(target.name, f"target, {target.problem}", outputs, _list_categories(found))
    return SummaryRow(target.name, f"target, {target.problem}", "1 output, scaled", f"{found.low:g} to {found.high:g}")


def _list_categories(found: ColumnSummary) -> str:
    few = ", ".join(f"{shown(text)} {count:,}" for text, count in found.counts.most_common(LISTED))
    others = len(found.counts) - LISTED
    return f"{few}, {others:,} more" if others > 0 else few


def format_count(count: int, what: str) -> str:
    """A number of things: 1 row, 2,000 rows."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
