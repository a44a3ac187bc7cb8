"""The cost over the steps as a curve, the track of the page's scrubber."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import isfinite
from typing import Any

from backproof.render.text import TextPrinter

#: The curve's own units: so wide and so high.
WIDTH, HEIGHT = 1000, 100


def draw_curve(costs: Sequence[float], printer: TextPrinter, others: Sequence[Sequence[float]] = ()) -> dict[str, Any]:
    """The points of the curve, the largest cost at the top as is one beyond float64, and the digits of each.

    `others` are the costs of other futures; their points are on the same scale.
    """
    finite = [each for each in chain(costs, *others) if isfinite(each)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 0.0)

    def place(values: Sequence[float]) -> list[list[float]]:
        return [
            [
                round(WIDTH * at / max(1, len(costs) - 1), 1),
                round(HEIGHT * (1 - (cost - low) / (high - low or 1.0)), 1) if isfinite(cost) else 0,
            ]
            for at, cost in enumerate(values[: len(costs)])
        ]

    return {
        "points": place(costs),
        "texts": [printer.number(cost) for cost in costs],
        "others": [place(each) for each in others],
    }
