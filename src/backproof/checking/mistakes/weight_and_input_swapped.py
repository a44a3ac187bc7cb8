"""The weight stands where its input belongs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import Slip
from backproof.checking.mistake import Change, Mistake, Site, exchanged
from backproof.propagation import Forward
from backproof.quantity import Quantity


@final
@dataclass(frozen=True)
class WeightAndInputSwapped(Mistake):
    """dE/dw is given as delta w, which is the derivative by the input.

    Why: h = w a is symmetric in w and a, its two derivatives are not.
    Example: dL/dw = delta w.
    See it: the number is right for dE/da of the sender.
    """

    frequency = 2

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.is_gradient and not site.is_bias:
            own = site.number("w", site.quantity.of[0])

            def swapped(node: Quantity) -> Quantity | None:
                return own if node.role == "a" else None

            yield Change(exchanged(site.formula, swapped), f"{own.name} itself was used for its input", "swap")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from code.everywhere(Swapped(code))


class Swapped(Slip):
    """dE/dW_ij = delta_j w_ij"""

    says = "the weights were used for the activations in dE/dW"

    def __init__(self, code: BackwardPass) -> None:
        self.code = code

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        return self.code.network.parameters[f"W{layer}"] * delta.sum(0), delta.sum(0)
