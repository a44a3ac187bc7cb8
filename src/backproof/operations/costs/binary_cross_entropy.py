"""The binary cross-entropy: the surprise at a yes-no answer, for each output on its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import absolute, log, where
from backproof.operations.cost import Cost
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class BinaryCrossEntropy(Cost):
    """E = -sum_k [y_k ln a_k + (1 - y_k) ln(1 - a_k)], dE/da = (a - y) / (a (1 - a))"""

    aliases = ("bce", "logistic_loss")
    domain = (0.0, 1.0)

    def formula(self, y: Any, a: Any) -> Any:
        return -(y * log(a) + (1 - y) * log(1 - a))

    def derivative(self, y: Any, a: Any) -> Any:
        return (a - y) / (a * (1 - a))

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        yield "derivative of the logarithm, chain rule", -(y * (1 / a) + (1 - y) * (1 / (1 - a) * -1))
        yield "common denominator", -(y * (1 - a) - (1 - y) * a) / (a * (1 - a))
        yield "y a cancels", (a - y) / (a * (1 - a))

    def forward(self, y: Any, a: Any) -> Any:
        return times_log(y, a) + times_log(1 - y, 1 - a)

    def gradient(self, y: Any, a: Any) -> Any:
        return ratio(1 - y, 1 - a) - ratio(y, a)


def times_log(y: Any, a: Any) -> Any:
    """-y ln a, which is 0 where y is 0, whatever a is."""
    there = absolute(y) > 0
    return where(there, -y * log(where(there, a, 1.0)), 0.0)


def ratio(y: Any, a: Any) -> Any:
    """y / a, which is 0 where y is 0, whatever a is."""
    there = absolute(y) > 0
    return where(there, y / where(there, a, 1.0), 0.0)
