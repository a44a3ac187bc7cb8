"""The logarithm of a likelihood is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.module_step import Fix, ModuleStep, Repair


@final
@dataclass(frozen=True)
class LogOmitted(Mistake):
    """The cost adds up -y a where -y ln a is meant: the negative log-likelihood without its log.

    Why: NLLLoss expects logarithms of probabilities, and its name does not say so.
    Example: softmax as the last layer, then NLLLoss: E = -a of the right class.
    See it: the cost lies between -1 and 0.
    """

    frequency = 3

    def in_module(self, step: ModuleStep) -> Iterator[Repair]:
        if step.loss != "NLLLoss" or step.are_logs(0) or step.are_logs(1):
            return
        given = "probabilities" if step.are_probabilities(1) else "other numbers"
        change = Fix.LOG_SOFTMAX_IN
        yield Repair(
            f"NLLLoss expects logarithms of probabilities and gets {given}: use log_softmax", "the outputs", change
        )

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        if code.network.cost.name in ("cross_entropy", "binary_cross_entropy", "mean_binary_cross_entropy"):
            yield code.output(WithoutLog())


class WithoutLog(AlteredEquations):
    """dE/da of -y a, or of -(y a + (1 - y)(1 - a)) for yes-no answers."""

    says = "the logarithm of the outputs was left out of the cost"

    def cost_slope(self, network: Architecture, y: Any, a: Any) -> Any:
        share = network.cost.scale(a.shape[-1]) / (len(a) if network.reduction == "mean" else 1)
        return share * (-y if network.cost.name == "cross_entropy" else 1 - 2 * y) + 0 * a
