"""The cross-entropy between a target distribution and the outputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, final

from backproof.functions import log
from backproof.operations.classes import ClassCost
from backproof.operations.costs.binary_cross_entropy import ratio, times_log
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class CrossEntropy(ClassCost):
    """E = -sum_k y_k ln a_k, dE/da = -y / a; t_k for y_k with smoothed labels or class weights"""

    aliases = ("categorical_cross_entropy", "log_loss", "nll")
    domain = (0.0, inf)

    def formula(self, y: Any, a: Any) -> Any:
        return -(y * log(a))

    def derivative(self, y: Any, a: Any) -> Any:
        return -(y / a)

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        yield "derivative of the logarithm", -(y * (1 / a))
        yield "one fraction", -(y / a)

    def diagnose(self, outputs: int) -> str:
        if outputs != 1:
            return ""
        return (
            "with a single output, cost 'cross_entropy' is 0 whenever the target is 0; "
            "did you mean 'binary_cross_entropy'?"
        )

    def forward(self, y: Any, a: Any) -> Any:
        return times_log(self.weigh(y), a)

    def gradient(self, y: Any, a: Any) -> Any:
        return -ratio(self.weigh(y), a)
