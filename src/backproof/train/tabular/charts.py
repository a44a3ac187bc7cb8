"""Charts of a run as PNG, by matplotlib: labels confused, and predictions against what is true; None without it."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.schema import shown
from backproof.train.tabular.score import Accuracy

#: Maximum number of labels that are named, with the counts of their pairs.
MOST_NAMED = 20
#: More points than this cannot be told apart.
MOST_POINTS = 2000
#: Maximum number of characters of a label; a longer one is cut.
MOST_CHARACTERS = 24


def draw_confusion(score: Accuracy) -> bytes | None:
    """How many rows of each label were answered with which, as shades."""
    if (figure := _make_figure()) is None:
        return None
    count = len(score.labels)
    size = min(7.0, 3.5 + 0.25 * count)
    figure.set_size_inches(size + 1, size)
    axes = figure.subplots()
    shares = score.confusion / np.maximum(score.confusion.sum(axis=1, keepdims=True), 1)
    figure.colorbar(axes.imshow(shares, cmap="Blues", vmin=0, vmax=1), ax=axes, label="share of the true label's rows")
    axes.set(xlabel="predicted", ylabel="true")
    if count <= MOST_NAMED:
        _name_labels(axes, [shown(str(label))[1:-1][:MOST_CHARACTERS] for label in score.labels])
        for (row, column), number in np.ndenumerate(score.confusion):
            if number:
                colour = "white" if shares[row, column] > 0.5 else "black"
                axes.text(column, row, f"{number:,}", ha="center", va="center", color=colour, fontsize=8)
    return _write_png(figure)


def _name_labels(axes: Any, names: list[str]) -> None:
    """Names from the data stay text: a dollar in them begins no formula."""
    places = range(len(names))
    axes.set_xticks(places, names, rotation=45, ha="right", parse_math=False)
    axes.set_yticks(places, names, parse_math=False)


def draw_predictions(true: AnyArray, predicted: AnyArray) -> bytes | None:
    """Each row as a point, what is predicted over what is true; on the line both are the same."""
    if (figure := _make_figure()) is None:
        return None
    axes = figure.subplots()
    every = len(true) // MOST_POINTS + 1
    axes.axline((float(true.mean()), float(true.mean())), slope=1, color="0.5", linewidth=1, linestyle="--")
    axes.scatter(true[::every], predicted[::every], s=12, alpha=0.6, edgecolors="none")
    axes.set(xlabel="true", ylabel="predicted")
    axes.grid(alpha=0.3)
    return _write_png(figure)


def draw_pictures(pictures: AnyArray, titles: list[str]) -> bytes | None:
    """Pictures (number, rows, columns), or with three colours as a last axis, each under its title."""
    if (figure := _make_figure()) is None:
        return None
    columns = min(5, len(pictures))
    rows = -(-len(pictures) // columns)
    figure.set_size_inches(1.5 * columns, 1.8 * rows)
    low, high = float(pictures.min()), float(pictures.max())
    for place, axes in enumerate(figure.subplots(rows, columns, squeeze=False).ravel()):
        axes.set_axis_off()
        if place < len(pictures):
            axes.imshow((pictures[place] - low) / ((high - low) or 1.0), cmap="gray", vmin=0, vmax=1)
            axes.set_title(titles[place], fontsize=8, parse_math=False)
    return _write_png(figure)


def _make_figure() -> Any:
    """An empty figure, or None where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    return Figure(figsize=(6, 5), layout="constrained")


def _write_png(figure: Any) -> bytes:
    written = BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a letter that the font lacks is shown as a box
        figure.savefig(written, format="png", dpi=130)
    return written.getvalue()
