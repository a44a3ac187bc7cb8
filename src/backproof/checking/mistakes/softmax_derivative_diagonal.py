"""The softmax's Jacobian without its off-diagonal entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.checking.submitted import Derivative
from backproof.checking.tape import Send, Step
from backproof.expression import Number
from backproof.operations.activation import Coupled
from backproof.propagation import Forward


@final
@dataclass(frozen=True)
class SoftmaxDerivativeDiagonal(Mistake):
    """Only da_i/dh_i = a_i (1 - a_i) is used, as if each output of a softmax depended on its own h alone.

    Why: the formula looks like the sigmoid's, and for the sigmoid it is the whole truth.
    Example: delta_i = dE/da_i a_i (1 - a_i) with a softmax output and squared error.
    See it: the errors of a layer no longer add up to 0.
    """

    frequency = 3

    def rewrites(self, site: Site) -> Iterator[Change]:
        of = site.quantity.of
        if site.quantity.is_error and site.network.activations[site.layer - 1].coupled:
            own = site.number("dE/da", of[0]) * site.number("da/dh", of[0], of[0])
            yield Change(own, f"only da[{of[0]}]/dh[{of[0]}] was used of the softmax's Jacobian", "diagonal")
        if site.quantity.is_slope and len(of) == 2 and of[0] != of[1]:
            yield Change(Number(0), f"da[{of[0]}]/dh[{of[1]}] was taken as 0", "off")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        if any(each.coupled for each in code.network.activations):
            yield from code.everywhere(Diagonal())

    def in_derivative(self, derivative: Derivative) -> Iterator[str]:
        if derivative.is_diagonal:
            yield "df gives the diagonal alone, and f's values depend on other entries of x too"

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Coupled):
            jacobian = step.work.jacobian
            yield (
                Diagonal.says,
                lambda visit: {0: visit.delta * jacobian(visit.step.value, visit.step.value, True)},
            )


class Diagonal(AlteredEquations):
    """delta = dE/da * a(1 - a) for a softmax."""

    says = "only the diagonal a(1 - a) of the softmax's Jacobian was used"

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        activation, a = network.activations[layer - 1], passed.a[layer]
        if not isinstance(activation, Coupled):
            return super().error(network, passed, layer, da)
        return da * activation.jacobian(a, a, True)
