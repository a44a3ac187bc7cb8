"""What was understood of the data, a line a column, to be shown before training."""

from __future__ import annotations

from dataclasses import dataclass

from backproof.data.features import CategoricalEncoder, Encoder
from backproof.data.learning import FittedPreparation
from backproof.data.seen import ColumnSummary
from backproof.data.targets import ClassTarget, Target
from backproof.schema import shown

#: So many categories are named; the others are counted.
NAMED = 4


@dataclass(frozen=True)
class SummaryRow:
    """One column: its name, its kind, what it becomes, and its range or categories."""

    column: str
    kind: str
    becomes: str
    holds: str


def summarize_columns(learned: FittedPreparation) -> tuple[SummaryRow, ...]:
    """A line for each column, and one for the target, last."""
    preparation = learned.preparation
    lines = (
        _summarize_column(feature, seen) for feature, seen in zip(preparation.features, learned.columns, strict=True)
    )
    return (*lines, _summarize_target(preparation.target, learned.target))


def _summarize_column(feature: Encoder, seen: ColumnSummary) -> SummaryRow:
    if isinstance(feature, CategoricalEncoder):
        becomes = _count_inputs(feature.width) + (f", missing: {shown(feature.fill)}" if seen.missing else "")
        return SummaryRow(feature.name, feature.kind, becomes, _list_categories(seen))
    kind = feature.kind if feature.width == 1 else f"{feature.width:,} x {feature.kind}"
    scaled = "scaled together" if len(feature.scale) < feature.width else "scaled"
    filled = f", {seen.missing:,} missing filled" if seen.missing else ""
    return SummaryRow(
        feature.name, kind, f"{_count_inputs(feature.width)}, {scaled}{filled}", f"{seen.low:g} to {seen.high:g}"
    )


def _summarize_target(target: Target, seen: ColumnSummary) -> SummaryRow:
    if isinstance(target, ClassTarget):
        outputs = f"{len(target.labels)} classes, {_count_things(target.units, 'output')}"
        return SummaryRow(target.name, f"target, {target.problem}", outputs, _list_categories(seen))
    return SummaryRow(target.name, f"target, {target.problem}", "1 output, scaled", f"{seen.low:g} to {seen.high:g}")


def _list_categories(seen: ColumnSummary) -> str:
    few = ", ".join(f"{shown(text)} {many:,}" for text, many in seen.counts.most_common(NAMED))
    others = len(seen.counts) - NAMED
    return f"{few}, {others:,} more" if others > 0 else few


def _count_inputs(count: int) -> str:
    return _count_things(count, "input")


def _count_things(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
