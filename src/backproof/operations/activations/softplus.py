"""The softplus: a rectifier without a kink."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, final

from backproof import functions
from backproof.functions import exp, log
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Softplus(Elementwise):
    """a = ln(1 + e^h), a' = sigma(h)"""

    letter = "softplus"
    initialiser = "he_uniform"
    output_range = (0.0, inf)

    def formula(self, h: Any) -> Any:
        return log(1 + exp(h))

    def derivative(self, h: Any, a: Any) -> Any:
        return functions.sigmoid(h)

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "derivative of the logarithm, chain rule", 1 / (1 + exp(h)) * exp(h)
        yield "divide numerator and denominator by e^h", 1 / (1 + exp(-h))
        yield "which is the logistic sigmoid", functions.sigmoid(h)

    def forward(self, h: Any) -> Any:
        return functions.softplus(h)
