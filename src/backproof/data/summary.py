"""What was understood of the data, a line a column, to be shown before training."""

from __future__ import annotations

from dataclasses import dataclass

from backproof.data.features import Categorical, Feature
from backproof.data.learning import Learned
from backproof.data.seen import Seen
from backproof.data.targets import Classes, Target
from backproof.schema import shown

#: So many categories are named; the others are counted.
NAMED = 4


@dataclass(frozen=True)
class Line:
    """One column: its name, its kind, what it becomes, and its range or categories."""

    column: str
    kind: str
    becomes: str
    holds: str


def summary(learned: Learned) -> tuple[Line, ...]:
    """A line for each column, and one for the target, last."""
    preparation = learned.preparation
    lines = (_line(feature, seen) for feature, seen in zip(preparation.features, learned.columns, strict=True))
    return (*lines, _target(preparation.target, learned.target))


def _line(feature: Feature, seen: Seen) -> Line:
    if isinstance(feature, Categorical):
        becomes = _inputs(feature.width) + (f", missing: {shown(feature.fill)}" if seen.missing else "")
        return Line(feature.name, feature.kind, becomes, _categories(seen))
    kind = feature.kind if feature.width == 1 else f"{feature.width:,} x {feature.kind}"
    scaled = "scaled together" if len(feature.scale) < feature.width else "scaled"
    filled = f", {seen.missing:,} missing filled" if seen.missing else ""
    return Line(feature.name, kind, f"{_inputs(feature.width)}, {scaled}{filled}", f"{seen.low:g} to {seen.high:g}")


def _target(target: Target, seen: Seen) -> Line:
    if isinstance(target, Classes):
        outputs = f"{len(target.labels)} classes, {_many(target.units, 'output')}"
        return Line(target.name, f"target, {target.problem}", outputs, _categories(seen))
    return Line(target.name, f"target, {target.problem}", "1 output, scaled", f"{seen.low:g} to {seen.high:g}")


def _categories(seen: Seen) -> str:
    few = ", ".join(f"{shown(text)} {many:,}" for text, many in seen.counts.most_common(NAMED))
    others = len(seen.counts) - NAMED
    return f"{few}, {others:,} more" if others > 0 else few


def _inputs(count: int) -> str:
    return _many(count, "input")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
