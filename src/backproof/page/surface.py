"""The decision surface of a network of two inputs and one output, or the curve of one input, in a step."""

from __future__ import annotations

from typing import Any

import numpy as np

from backproof.trace import Trace

#: Points along each side of the surface, and the part of the data's width that is added around it.
SIDE, AROUND = 25, 0.25
#: Points of a curve.
POINTS = 81


def measure_surface(trace: Trace) -> dict[str, Any] | None:
    """The output over a grid of inputs, as digits of a hundred levels between its lowest and highest, row by row.

    None for a network of other than two inputs and one output, and where the numbers are too large to be placed.
    """
    architecture = trace.architecture
    if architecture.layers[0].size != 2 or architecture.output_count != 1 or architecture.couples_samples:
        return None
    x = trace.x.reshape(len(trace.x), -1)
    if (ends := _widen_range(x)) is None:
        return None
    low, high = ends
    across, up = (np.linspace(low[at], high[at], SIDE) for at in (0, 1))
    grid = np.stack([each.reshape(-1) for each in np.meshgrid(across, up[::-1])], axis=1)
    with np.errstate(all="ignore"):
        output = trace.network.predict(grid.reshape(len(grid), *architecture.layers[0].shape)).reshape(-1)
    finite = output[np.isfinite(output)]
    if not finite.size:
        return None
    bottom, top = float(finite.min()), float(finite.max())
    if not np.isfinite(100 * (top - bottom)):
        return None
    levels = np.clip(np.nan_to_num(99 * (output - bottom) / (top - bottom or 1.0)), 0, 99).round().astype(int)
    return {
        "side": SIDE,
        "levels": "".join(f"{level:02d}" for level in levels),
        "range": [f"{bottom:.3g}", f"{top:.3g}"],
        "axes": list(architecture.layers[0].units),
        "ends": [[f"{low[at]:.3g}", f"{high[at]:.3g}"] for at in (0, 1)],
        "samples": [
            [number, *_place_sample(row, low, high), f"{float(target):.3g}"]
            for number, row, target in zip(trace.numbers, x, trace.y.reshape(len(x), -1)[:, 0], strict=True)
        ][:200],
    }


def measure_fit(trace: Trace) -> dict[str, Any] | None:
    """The output over one input as a curve, in hundredths from the left and the top, with the samples beside it.

    None for a network of other than one input and one output, and where the numbers are too large to be placed.
    """
    architecture = trace.architecture
    if architecture.layers[0].size != 1 or architecture.output_count != 1 or architecture.couples_samples:
        return None
    x, y = trace.x.reshape(-1), trace.y.reshape(-1)
    if (ends := _widen_range(x)) is None:
        return None
    across = np.linspace(*ends, POINTS)
    with np.errstate(all="ignore"):
        output = trace.network.predict(across.reshape(POINTS, *architecture.layers[0].shape)).reshape(-1)
    finite = output[np.isfinite(output)]
    if not finite.size:
        return None
    low, high = float(min(finite.min(), y.min())), float(max(finite.max(), y.max()))
    if not np.isfinite(high - low):
        return None

    def place(along: Any, height: Any) -> list[float]:
        part = (along - across[0]) / (across[-1] - across[0]), 1 - (height - low) / (high - low or 1.0)
        return [round(100 * float(each), 1) for each in part]

    return {
        "points": [place(*each) for each in zip(across, output, strict=True) if np.isfinite(each[1])],
        "range": [f"{low:.3g}", f"{high:.3g}"],
        "axis": architecture.layers[0].units[0],
        "ends": [f"{across[0]:.3g}", f"{across[-1]:.3g}"],
        "samples": [[number, *place(*each)] for number, *each in zip(trace.numbers, x, y, strict=True)][:200],
    }


def _widen_range(x: Any) -> tuple[Any, Any] | None:
    """The ends of each axis: the data with a margin around them; None where that is more than a number can hold."""
    low, high = x.min(0), x.max(0)
    with np.errstate(over="ignore"):
        margin = AROUND * np.where(high > low, high - low, np.maximum(1.0, np.abs(high)))
        low, high = low - margin, high + margin
        return (low, high) if np.isfinite(high - low).all() else None


def _place_sample(row: Any, low: Any, high: Any) -> list[float]:
    """Where a sample stands on the surface, from its left and its top, in hundredths."""
    across, up = (row - low) / (high - low)
    return [round(100 * float(across), 1), round(100 * (1 - float(up)), 1)]
