"""A picture of a run: its costs, and below them its other measures, over the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from backproof.train.store.history_file import Record

NAME = "curves.png"
MISSING = "There is no picture of the curves: that takes matplotlib; pip install 'backproof[train]'."
#: More points than this cannot be told apart.
MOST_POINTS = 2000


def picture(records: Sequence[Record]) -> bytes | None:
    """The curves as a PNG, or None where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    panels = _panels(records)
    figure = Figure(figsize=(7, 3 * len(panels)), layout="constrained")
    for axes, (label, names) in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True):
        _draw(axes, records[:: len(records) // MOST_POINTS + 1], label, names)
    written = BytesIO()
    figure.savefig(written, format="png", dpi=150)
    return written.getvalue()


def _panels(records: Sequence[Record]) -> list[tuple[str, list[str]]]:
    """What is drawn together: costs, which share a unit, then the other measures; the rate is none."""
    names = {name: None for record in records for name in record if name not in ("epoch", "rate")}
    costs = [name for name in names if name.endswith("cost")]
    others = [name for name in names if name not in costs]
    return [("cost", costs), *([("measure", others)] if others else [])]


def _draw(axes: Any, records: Sequence[Record], label: str, names: list[str]) -> None:
    for name in names:
        points = [(record["epoch"], record[name]) for record in records if name in record]
        axes.plot(*zip(*points, strict=True), label=name.replace("_", " "))
    axes.set(xlabel="epoch", ylabel=label)
    axes.grid(alpha=0.3)
    if names:
        axes.legend()
