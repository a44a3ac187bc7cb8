"""The weights are given as the gradient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import Slip
from backproof.checking.mistake import Change, Mistake, Site
from backproof.propagation import Forward


@final
@dataclass(frozen=True)
class WeightsGivenAsGradient(Mistake):
    """A weight of the layer is copied where a derivative was asked.

    Why: 'the net gradient' was read as a property of the connection.
    Example: delta_o = v1.
    See it: the number stands among the given ones.
    """

    frequency = 2

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.is_gradient:
            own = site.number("w", site.quantity.of[0])
            yield Change(own, f"{own.name} itself was given as its derivative", "weight")
        elif site.role == "dE/dh" and len(site.quantity.of) == 1:
            unit = site.quantity.of[0]
            around = [site.weight(sender, unit) for sender in site.units(site.layer - 1)]
            around += [site.weight(unit, receiver) for receiver in site.units(site.layer + 1)]
            for weight in around:
                if weight is not None:
                    yield Change(weight, f"the weight {weight.name} was given as the error of {unit}", "weight")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from code.everywhere(Copied(code))
        for layer in range(1, code.depth + 1):
            key = f"b{layer}"
            words = f"{key} itself was given as its derivative"
            yield code.changed(f"layer {layer}", words, {key: code.network.parameters[key]})


class Copied(Slip):
    """dE/dW = W"""

    says = "the weights themselves were given as dE/dW"

    def __init__(self, code: BackwardPass) -> None:
        self.code = code

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        return self.code.network.parameters[f"W{layer}"], delta.sum(0)
