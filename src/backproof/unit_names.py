"""Names for the inputs and outputs of a network that people have texts for: columns, categories, labels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from backproof.architecture import Architecture
from backproof.wiring import Full

#: Names of other numbers of a step.
TAKEN = frozenset({"E", "eta"})


def name_units(architecture: Architecture, inputs: Iterable[str], outputs: Iterable[str]) -> Architecture:
    """The architecture with units called after texts, of which letters, digits and _ are kept.

    The first and the last layer each keep their names where the texts are not one for each unit, where two would
    become the same name, or the name of another unit.
    """
    layers, wiring = [*architecture.layers], architecture.wiring
    for place, texts, prefix in ((0, inputs, "column"), (-1, outputs, "class")):
        names, layer = _make_names(texts, prefix), layers[place]
        others = {unit for each in layers if each is not layer for unit in each.own_names}
        if len(layer.shape) == 1 and len(names) == layer.size and not {*names} & (others | TAKEN):
            layers[place] = replace(layer, own_names=names)
    if isinstance(wiring, Full):  # which calls parameters after the units that they lead from and to
        wiring = Full(tuple(layer.own_names for layer in layers))
    return replace(architecture, layers=tuple(layers), wiring=wiring)


def _make_names(texts: Iterable[str], prefix: str) -> tuple[str, ...]:
    words = [re.sub(r"\W+", "_", each).strip("_") for each in texts]
    names = tuple(word if word[:1].isalpha() else f"{prefix}_{word}" for word in words)
    return names if len({*names}) == len(names) else ()
