"""The incoming weights of every unit whose layer hears many, as levels that the page paints as a heat map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from backproof.architecture import Architecture
from backproof.drawing.blocks import MANY, shape_grid
from backproof.drawing.readings import LEVELS
from backproof.operations.layers.dense import Dense
from backproof.render.text import TextPrinter
from backproof.trace import Trace

#: Layers of more weights have no heat maps: a record holds a letter for each.
MOST_WEIGHTS = 50_000
#: The letter of level 0; those of negative levels stand before it.
MIDDLE = "k"


def list_maps(architecture: Architecture) -> list[dict[str, Any]]:
    """For each heat map the units that it can be of, how many units they hear, and the columns of their grid."""
    found = []
    for number, sender, _ in _list_layers(architecture):
        sending = architecture.layers[sender]
        columns = shape_grid(sending.shape)[1]
        found.append({"units": list(architecture.layers[number].units), "from": sending.size, "columns": columns})
    return found


def paint_maps(trace: Trace, printer: TextPrinter) -> list[list[str]]:
    """For each heat map its largest weight, and the levels of all weights, unit after unit: a letter each."""
    found = []
    for _, _, array in _list_layers(trace.architecture):
        weights = np.asarray(trace.network.parameters[array])
        largest = float(np.abs(weights).max())
        levels = np.sign(weights) * np.ceil(LEVELS * np.abs(weights) / (largest or 1.0))
        letters = (levels.T.reshape(-1).astype(np.int64) + ord(MIDDLE)).astype(np.uint8)
        found.append([printer.number(largest), letters.tobytes().decode("ascii")])
    return found


def _list_layers(architecture: Architecture) -> Iterator[tuple[int, int, str]]:
    """Dense layers that hear many units: their number, their sender's, and the name of their weights."""
    for number, layer in enumerate(architecture.layers):
        if isinstance(layer.kind, Dense) and architecture.layers[layer.receives[0]].size > MANY:
            array = dict(layer.arrays)["weight"]
            rows, columns = architecture.shapes[array]
            if rows * columns <= MOST_WEIGHTS:
                yield number, layer.receives[0], array
