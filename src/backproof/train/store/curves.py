"""A picture of a run: its costs, and below them its other measures, over the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from math import isfinite, nan
from typing import Any

from backproof.train.store.history_file import Record

NAME = "curves.png"
MISSING = "No picture of the curves was drawn, since this needs matplotlib; pip install 'backproof[train]'."
#: More points than this cannot be told apart.
MOST_POINTS = 2000
#: More curves than this in one panel cannot be told apart either.
MOST_CURVES = 20
#: What is larger leaves a gap: beyond it the scale of an axis is no longer a number.
LARGEST = 1e300
#: Maximum number of points that are each shown as one.
FEW = 30
#: Factor between the least and the largest number from which the scale is logarithmic.
FAR = 30
HELD_OUT = "validation_cost"


def draw_picture(records: Sequence[Record]) -> bytes | None:
    """The curves as a PNG, or None where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    panels = _plan_panels(records)
    figure = Figure(figsize=(7, 3 * len(panels)), layout="constrained")
    for axes, (label, names) in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True):
        _draw(axes, records[:: len(records) // MOST_POINTS + 1], label, names)
        _mark_best(axes, _find_best_epoch(records))
    written = BytesIO()
    figure.savefig(written, format="png", dpi=150)
    return written.getvalue()


def _plan_panels(records: Sequence[Record]) -> list[tuple[str, list[str]]]:
    """What is drawn together: costs, which share a unit, then the other measures; the rate is none."""
    names = {name: None for record in records for name in record if name not in ("epoch", "rate")}
    costs = [name for name in names if name.endswith("cost")]
    others = [name for name in names if name not in costs]
    label = _to_words(others[0]) if len(others) == 1 else "measure"
    return [("cost", costs), *([(label, others)] if others else [])]


def _draw(axes: Any, records: Sequence[Record], label: str, names: list[str]) -> None:
    for name in names[:MOST_CURVES]:
        points = [(record["epoch"], _limit(record[name])) for record in records if name in record]
        axes.plot(*zip(*points, strict=True), label=_to_words(name), marker="." if len(points) < FEW else "")
    if _far_apart([record[name] for record in records for name in names if name in record]):
        axes.set_yscale("log")
    axes.set(xlabel="epoch", ylabel=label)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3, which="both")


def _limit(value: float) -> float:
    return value if abs(value) <= LARGEST else nan


def _mark_best(axes: Any, lowest: int | None) -> None:
    if lowest is not None:
        axes.axvline(lowest, color="0.4", linestyle="--", linewidth=1, label=f"best: epoch {lowest:,}")
    if axes.lines:
        axes.legend()


def _to_words(name: str) -> str:
    return name.replace("_", " ")


def _far_apart(values: Sequence[float]) -> bool:
    """Whether numbers are better shown by their logarithms."""
    finite = [value for value in values if abs(value) <= LARGEST]
    return bool(finite) and min(finite) > 0 and max(finite) > FAR * min(finite)


def _find_best_epoch(records: Sequence[Record]) -> int | None:
    """The epoch in which the samples held out cost least, where there are any."""
    costs = [(cost, int(record["epoch"])) for record in records if isfinite(cost := record.get(HELD_OUT, nan))]
    return min(costs)[1] if costs else None
