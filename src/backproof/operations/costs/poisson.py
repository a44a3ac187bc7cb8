"""Poisson's cost: how unlikely a count is where its mean is the output; half the deviance but for what only y is in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, final

from backproof.functions import log
from backproof.operations.cost import Cost
from backproof.operations.costs.binary_cross_entropy import ratio, times_log
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Poisson(Cost):
    """E = sum_k [a_k - y_k ln a_k], dE/da = 1 - y / a (McCullagh & Nelder 1989, section 2.3)"""

    domain = (0.0, inf)

    def formula(self, y: Any, a: Any) -> Any:
        return a - y * log(a)

    def derivative(self, y: Any, a: Any) -> Any:
        return 1 - y / a

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        yield "derivative of the logarithm", 1 - y * (1 / a)
        yield "one fraction", 1 - y / a

    def forward(self, y: Any, a: Any) -> Any:
        return a + times_log(y, a)

    def gradient(self, y: Any, a: Any) -> Any:
        return 1 - ratio(y, a)
