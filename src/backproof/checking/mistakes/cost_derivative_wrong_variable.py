"""The cost's derivative with respect to the wrong variable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.calculus import differentiate
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.evaluation import evaluate
from backproof.expression import Expression, wrap
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class CostDerivativeWrongVariable(Mistake):
    """The cost is differentiated by the target y where the output a is meant, or y and a are handed over swapped.

    Why: loss(prediction, target) here is loss(target, prediction) there.
    Example: dE/da = -(y - a) comes out as y - a; -a / y for -y / a.
    See it: for squared errors the sign is wrong; for cross-entropies the size as well.
    """

    frequency = 4

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        if not code.network.cost.is_uniform:
            return
        y, a = Quantity("y"), Quantity("a")
        formula = wrap(code.network.cost.formula(y, a))
        yield code.output(ByTarget(differentiate(formula, y)))
        yield code.output(HandedOverSwapped())


class ByTarget(AlteredEquations):
    """dE/dy in the place of dE/da."""

    says = "the cost was differentiated with respect to the target y instead of the output a"

    def __init__(self, slope: Expression) -> None:
        self.slope = slope

    def cost_slope(self, network: Architecture, y: Any, a: Any) -> Any:
        share = network.cost.scale(a.shape[-1]) / (len(a) if network.reduction == "mean" else 1)
        return share * evaluate(self.slope, lambda each: y if each.kind is Kind.TARGET else a) + 0 * a


class HandedOverSwapped(AlteredEquations):
    """dE/da with y for a and a for y."""

    says = "output and target were swapped in the cost's derivative"

    def cost_slope(self, network: Architecture, y: Any, a: Any) -> Any:
        return super().cost_slope(network, a, y)
