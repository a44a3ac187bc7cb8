"""A curve of costs: in block characters for a terminal, as SVG for a page."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, log10

#: How many rows and columns a curve takes at most, and the ratio of costs from which its scale is logarithmic.
ROWS, COLUMNS, WIDE = 8, 60, 50.0
_BLOCKS = " ▁▂▃▄▅▆▇█"
_SIZE = (480, 120)
#: The most points of a curve on a page.
_POINTS = 120

CURVE_STYLE = """
.backproof .curve { display: block; width: 100%; max-width: 30rem; height: auto; }
.backproof .curve polyline { fill: none; stroke: var(--link); stroke-width: 2; vector-effect: non-scaling-stroke; }
"""


def scale_curve(values: Sequence[float]) -> tuple[list[float], bool]:
    """Each value as a height from 0 to 1, and whether the scale is logarithmic; what is not finite is at the top."""
    finite = [value for value in values if isfinite(value)]
    if not finite:
        return [1.0] * len(values), False
    low, high = min(finite), max(finite)
    logarithmic = low > 0 and high / low > WIDE
    if logarithmic:
        low, high = log10(low), log10(high)
    span = (high - low) or 1.0
    heights = [((log10(value) if logarithmic else value) - low) / span if isfinite(value) else 1.0 for value in values]
    return heights, logarithmic


def draw_curve(values: Sequence[float], columns: int, *, ascii: bool = False) -> list[str]:
    """The rows of a curve at most that wide, the highest first."""
    columns = max(1, min(columns, COLUMNS, len(values)))
    bounds = [round(len(values) * column / columns) for column in range(columns + 1)]
    heights, _ = scale_curve([values[end - 1] for end in bounds[1:]])
    eighths = [1 + round(height * (8 * ROWS - 1)) for height in heights]
    rows = []
    for row in range(ROWS - 1, -1, -1):
        filled = [min(8, max(0, each - 8 * row)) for each in eighths]
        rows.append(
            "".join(("#" if each >= 4 or (each and not row) else " ") if ascii else _BLOCKS[each] for each in filled)
        )
    return rows


def write_curve(values: Sequence[float], words: str) -> str:
    """The curve as SVG; `words` say what it shows, escaped."""
    width, height = _SIZE
    count = min(len(values), _POINTS)
    chosen = [values[round((len(values) - 1) * number / max(1, count - 1))] for number in range(count)]
    heights, _ = scale_curve(chosen)
    points = " ".join(
        f"{4 + (width - 8) * number / max(1, count - 1):.1f},{height - 4 - (height - 8) * each:.1f}"
        for number, each in enumerate(heights)
    )
    frame = f'<svg class="curve" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
    return f'{frame} aria-label="{words}"><polyline points="{points}"/></svg>'
