"""The cost over the steps as a curve, the track of the page's scrubber."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from backproof.render.text import TextPrinter

#: The curve's own units: so wide and so high.
WIDTH, HEIGHT = 1000, 100


def draw_curve(costs: Sequence[float], printer: TextPrinter) -> dict[str, Any]:
    """The points of the curve, the largest cost at the top as is one beyond float64, and the digits of each."""
    finite = [each for each in costs if isfinite(each)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 0.0)
    span = high - low or 1.0
    points = [
        [
            round(WIDTH * at / max(1, len(costs) - 1), 1),
            round(HEIGHT * (1 - (cost - low) / span), 1) if isfinite(cost) else 0,
        ]
        for at, cost in enumerate(costs)
    ]
    return {"points": points, "texts": [printer.number(cost) for cost in costs]}
