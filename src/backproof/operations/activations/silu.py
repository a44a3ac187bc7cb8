"""The sigmoid linear unit, the swish of slope 1: h gated by its own sigmoid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import exp, sigmoid
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Silu(Elementwise):
    """a = h / (1 + e^-h) = h sigma(h), a' = sigma(h) + a (1 - sigma(h))"""

    letter = "silu"
    meaning = "the sigmoid linear unit, x / (1 + exp(−x))"
    initialiser = "he_uniform"

    def formula(self, h: Any) -> Any:
        return h / (1 + exp(-h))

    def derivative(self, h: Any, a: Any) -> Any:
        return sigmoid(h) + a * (1 - sigmoid(h))

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "product rule on h sigma(h)", sigmoid(h) + h * (sigmoid(h) * (1 - sigmoid(h)))
        yield "h sigma(h) is a", sigmoid(h) + a * (1 - sigmoid(h))

    def forward(self, h: Any) -> Any:
        return h * sigmoid(h)
