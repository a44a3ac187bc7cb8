"""The swish with a slope (Ramachandran et al. 2017): h gated by the sigmoid of slope h; `silu` is that of slope 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.functions import exp, sigmoid
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Swish(Elementwise):
    """a = h / (1 + e^(-slope h)) = h s, a' = s + slope a (1 - s) with s = sigma(slope h)"""

    slope: float = 1.0
    letter = "swish"
    meaning = "the swish, x / (1 + exp(−slope x))"
    initialiser = "he_uniform"
    is_guessed: ClassVar[bool] = False

    def formula(self, h: Any) -> Any:
        return h / (1 + exp(-(self.slope * h)))

    def derivative(self, h: Any, a: Any) -> Any:
        return sigmoid(self.slope * h) + self.slope * a * (1 - sigmoid(self.slope * h))

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        gate = sigmoid(self.slope * h)
        yield "product rule on h sigma(slope h), chain rule", gate + h * (self.slope * (gate * (1 - gate)))
        yield "h sigma(slope h) is a", gate + self.slope * a * (1 - gate)

    def forward(self, h: Any) -> Any:
        return h * sigmoid(self.slope * h)
