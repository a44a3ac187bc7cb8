"""The mish (Misra 2019): h gated by the tanh of its own softplus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import exp, log, sigmoid, softplus, tanh
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Mish(Elementwise):
    """a = h tanh(softplus(h)), a' = t + h (1 - t^2) sigma(h) with t = tanh(softplus(h))"""

    letter = "mish"
    meaning = "x tanh(ln(1 + exp(x)))"
    initialiser = "he_uniform"

    def formula(self, h: Any) -> Any:
        return h * tanh(log(1 + exp(h)))

    def derivative(self, h: Any, a: Any) -> Any:
        gate = tanh(softplus(h))
        return gate + h * (1 - gate**2) * sigmoid(h)

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "product rule; tanh' = 1 - tanh^2, softplus' = sigma, chain rule", self.derivative(h, a)

    def forward(self, h: Any) -> Any:
        return h * tanh(softplus(h))
