"""The error was sent back through weights that were already updated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, exchanged
from backproof.expression import Expression
from backproof.network import Network
from backproof.propagation import Equations, Forward
from backproof.quantity import Kind, Quantity
from backproof.training import Training


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
        if not site.is_sent_back or not site.is_hidden or site.trace.training.rate is None:
            return

        def renewed(quantity: Quantity) -> Quantity | None:
            return site.number("new", quantity.of[0]) if quantity.kind is Kind.PARAMETER else None

        changed = exchanged(site.formula, renewed)
        if changed != site.formula:
            yield Change(changed, "the error was sent back through weights that were already updated", "weights")

        renewed_errors = exchanged(changed, lambda node: _forward_again(site, node) if node.is_error else None)
        if renewed_errors != changed:
            words = "both layers' weights were updated and the outputs worked out again before the error was sent back"
            yield Change(renewed_errors, words, "outputs")

    def equations(self, network: Network, training: Training) -> Iterator[tuple[str, Equations]]:
        if training.rate is not None and network.depth > 1 and network.architecture.is_chain:
            yield "all layers", UpdatedFirst(network, training.rate)

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        if code.depth == 1:
            return
        if code.training.rate is not None:
            yield self._updated(code, code.training.rate, 0)
        whole = code.run(UpdatedFirst(code.network, 1.0))
        last = (f"W{code.depth - 1}", f"b{code.depth - 1}")  # here the difference is the rate times a constant
        along = {key: whole[key] - code.gradients[key] if key in last else 0 * whole[key] for key in code.keys}
        rate = code.fit(along)
        if 0 < rate < MOST_RATE:
            yield self._updated(code, rate, 1)

    def _updated(self, code: BackwardPass, rate: float, constants: int) -> Candidate:
        words = f"the error was sent back through weights that were already updated, with learning rate {rate:.6g}"
        equations = UpdatedFirst(code.network, rate)
        return Candidate("all layers", words, lambda: code.run(equations), equations, constants)


def _forward_again(site: Site, error: Quantity) -> Expression:
    """An output's error, with its h worked out from weights that were updated already."""

    def worked_out(node: Quantity) -> Expression | None:
        if node.kind is Kind.PARAMETER:
            return site.number("new", node.of[0])
        own = node.kind is Kind.PRE_ACTIVATION or (node.kind is Kind.ACTIVATION and node.of[0] in outputs)
        ways = site.graph.definitions(node) if own or node.is_derivative else ()
        return exchanged(ways[0], worked_out) if ways else None

    outputs = site.network.architecture.output_units
    return exchanged(site.graph.definitions(error)[-1], worked_out) if error.of[0] in outputs else error


MOST_RATE = 100


class UpdatedFirst(Equations):
    """Each layer is updated, by plain gradient descent, before the error goes back through it."""

    def __init__(self, network: Network, rate: float) -> None:
        self.network, self.rate = network, rate
        self.gradient: Any = None

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        found = super().gradients(network, parameters, passed, layer, delta)
        self.gradient = found[0]
        return found

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        weights = parameters[f"W{layer}"]
        key = f"W{layer}"
        wiring = self.network.wiring
        steps = {each: 0 * array for each, array in parameters.items()} | {key: -self.rate * self.gradient}
        return (delta @ (weights + wiring.mask_frozen(wiring.tie(steps))[key]).T,)
