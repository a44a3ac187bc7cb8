"""The Kullback-Leibler divergence: what it costs to take the outputs for the distribution of the targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar, final

from backproof.functions import log, where
from backproof.operations.cost import Cost
from backproof.operations.costs.binary_cross_entropy import ratio, times_log
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class KullbackLeibler(Cost):
    """E = sum_k y_k ln(y_k / a_k), 0 where y_k is 0; dE/da = -y / a, as that of the cross-entropy"""

    aliases = ("kl", "kl_div", "kullback_leibler_divergence", "relative_entropy")
    domain = (0.0, inf)
    is_guessed: ClassVar[bool] = False

    def formula(self, y: Any, a: Any) -> Any:
        return where(y > 0, y * log(y / a), 0)

    def derivative(self, y: Any, a: Any) -> Any:
        return -(y / a)

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        yield "ln(y / a) is ln y - ln a; derivative of the logarithm", -(y * (1 / a))
        yield "one fraction", -(y / a)

    def forward(self, y: Any, a: Any) -> Any:
        return times_log(y, a) - times_log(y, y)

    def gradient(self, y: Any, a: Any) -> Any:
        return -ratio(y, a)
