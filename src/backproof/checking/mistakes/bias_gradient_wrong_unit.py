"""The bias of one unit gets the error of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.propagation import Forward


@final
@dataclass(frozen=True)
class BiasGradientWrongUnit(Mistake):
    """dE/db is the error of a unit that the bias does not feed.

    Why: biases have a numbering of their own, and the figure and the formulas number them differently.
    Example: dE/db1 = delta_2.
    See it: two biases of a layer are swapped.
    """

    frequency = 4

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.is_gradient and site.is_bias:
            uses = site.network.architecture.uses(site.quantity.of[0])
            fed = {site.units(use.layer)[use.position] for use in uses}
            for layer in range(1, site.network.depth + 1):
                for unit in site.units(layer):
                    if unit not in fed:
                        yield Change(
                            site.number("dE/dh", unit), f"the error of {unit} was given to it", f"from {layer}"
                        )

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        for words, mixed in MIXED.items():
            yield from code.everywhere(Mixed(f"the biases' gradients are mixed up: {words}", mixed))
        for layer in range(1, code.depth + 1):
            where, right = f"layer {layer}", code.gradients[f"b{layer}"]
            for other in range(1, code.depth + 1):
                if other != layer and code.width[other] == code.width[layer]:
                    pair = {f"b{layer}": code.gradients[f"b{other}"], f"b{other}": right}
                    words = f"dE/db{other} was given instead of dE/db{layer}"
                    yield code.changed(where, words, {f"b{layer}": pair[f"b{layer}"]})
                    if other > layer:
                        yield code.changed("all layers", f"dE/db{layer} and dE/db{other} were swapped", pair)


MIXED: dict[str, Callable[[Any], Any]] = {
    "each is the next unit's": lambda right: np.roll(right, -1),
    "each is the unit's before": lambda right: np.roll(right, 1),
    "they stand in reverse order": lambda right: right[::-1],
}


class Mixed(AlteredEquations):
    """dE/db with its entries in other places."""

    def __init__(self, says: str, mixed: Callable[[Any], Any]) -> None:
        self.says, self.mixed = says, mixed

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        weights, bias = super().gradients(network, parameters, passed, layer, delta)
        return weights, self.mixed(bias)
