"""The error went back through weights that were updated already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.check.mistake import Change, Mistake, Site, exchanged
from backproof.expression import Quantity
from backproof.functions import where
from backproof.network import Network
from backproof.operations.layers import dense
from backproof.propagation import Arrays, Equations, Forward
from backproof.trace import Training


@final
@dataclass(frozen=True)
class UsedUpdatedWeight(Mistake):
    """The hidden layer's error is computed with the new output weights instead of those of the forward pass.

    Why: in a loop over layers the update of a layer stands right after its gradient.
    Example: the closing error values of the best-known worked example on the web.
    See it: the difference is of the size of the learning rate: it hides in the 4th to 7th digit.
    """

    frequency = 8

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.role != "dE/da" or not site.is_hidden or site.trace.training.rate is None:
            return

        def renewed(quantity: Quantity) -> Quantity | None:
            return site.number("new", quantity.of[0]) if quantity.role == "w" else None

        changed = exchanged(site.formula, renewed)
        if changed != site.formula:
            yield Change(changed, "the error was sent back through weights that were already updated", "weights")

    def equations(self, network: Network, training: Training) -> Iterator[tuple[str, Equations]]:
        if training.rate is not None and network.depth > 1:
            yield "all layers", UpdatedFirst(network, training.rate)


class UpdatedFirst(Equations):
    """Each layer is updated, by plain gradient descent, before the error goes back through it."""

    def __init__(self, network: Network, rate: float) -> None:
        self.network, self.rate = network, rate
        self.gradient: Any = None

    def gradients(self, passed: Forward, layer: int, delta: Any) -> tuple[Any, Any]:
        found = super().gradients(passed, layer, delta)
        self.gradient = found[0]
        return found

    def send_back(self, parameters: Arrays, layer: int, delta: Any) -> Any:
        weights = parameters[f"W{layer}"]
        renewed = where(weights != 0, weights - self.rate * self.gradient, 0.0)
        return dense.backward(delta, renewed)
