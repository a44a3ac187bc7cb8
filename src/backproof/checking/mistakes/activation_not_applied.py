"""The net input is used instead of the activation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, final

from backproof.architecture import Architecture
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredActivation, AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.rules import AlteredLink
from backproof.checking.site import Change, Site, each_place, exchanged
from backproof.expression import Expression
from backproof.operations.activation import Elementwise
from backproof.propagation import Forward
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class ActivationNotApplied(Mistake):
    """h is used for a: in the next layer's sum, in the output's error or slope, in a gradient.

    Why: after the weighted sum the unit feels finished.
    Example: h_o = w5 h_1 + w6 h_2; delta = (y - h)h(1 - h).
    See it: numbers outside the range of the activation.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        def net(node: Expression) -> Quantity | None:
            if isinstance(node, Quantity) and node.kind is Kind.ACTIVATION and site.network.place(node.of[0])[0] > 0:
                return Quantity("h", node.of, node.sample, node.step)
            return None

        whole = exchanged(site.formula, net)
        if whole != site.formula:
            yield Change(whole, "net inputs were used instead of activations", "all")

        def one(node: Expression) -> Iterator[tuple[Expression, str]]:
            found = net(node)
            if found is not None:
                yield found, f"{found.name} was used instead of {node.name}"  # type: ignore[attr-defined]

        for formula, says in each_place(site.formula, one):
            if formula != whole:
                yield Change(formula, says)
        if site.quantity.kind is Kind.ACTIVATION and site.quantity.of:
            yield Change(site.number("h", site.quantity.of[0]), "the activation function was not applied", "self")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        used = AlteredLink("dE/dw", ("dE/dh", "h"), "net inputs h were used instead of activations in dE/dW", "")
        yield from used.in_code(code)
        yield code.output(CostOfNetInput())
        slopes: tuple[Callable[[Elementwise, Any], Any], ...] = (
            lambda g, h: g.derivative(h, g.forward(h)), lambda g, h: g.derivative(h, h), lambda g, h: 0 * h + 1,
        )  # fmt: skip
        for slope in slopes:
            words = "the forward pass does not apply the activation"
            yield from code.with_activation(words, partial(_unapplied, slope))


def _unapplied(slope: Callable[[Elementwise, Any], Any], activation: Elementwise) -> AlteredActivation:
    """a = h, with whatever slope."""
    return AlteredActivation(activation, lambda h: h, lambda h, a: slope(activation, h))


class CostOfNetInput(AlteredEquations):
    """dE/da with h for a."""

    says = "the cost's derivative was taken at the net input h of the outputs"

    def output_error(self, network: Architecture, passed: Forward, y: Any, da: Any) -> Any:
        at = passed._replace(a=(*passed.a[:-1], passed.h[-1]))
        if network.identity:
            return super().output_error(network, at, y, da)
        return self.error(network, passed, network.depth, self.cost_slope(network, y, passed.h[-1]))
