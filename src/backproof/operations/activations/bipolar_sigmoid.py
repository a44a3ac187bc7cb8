"""The bipolar sigmoid: the logistic sigmoid stretched to (-1, 1), as in Fausett's textbook (1994)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import exp, tanh
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class BipolarSigmoid(Elementwise):
    """a = 2 / (1 + e^-h) - 1 = tanh(h / 2), a' = 1/2 (1 + a) (1 - a)"""

    letter = "bsigmoid"
    meaning = "the bipolar sigmoid, 2 / (1 + exp(−x)) − 1"
    output_range = (-1.0, 1.0)

    def formula(self, h: Any) -> Any:
        return 2 / (1 + exp(-h)) - 1

    def derivative(self, h: Any, a: Any) -> Any:
        return 0.5 * (1 + a) * (1 - a)

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "power rule and chain rule on 2 (1 + e^-h)^-1", 2 * exp(-h) / (1 + exp(-h)) ** 2
        yield (
            "split the fraction",
            0.5 * (1 + (2 / (1 + exp(-h)) - 1)) * (1 - (2 / (1 + exp(-h)) - 1)),
        )
        yield "the inner fraction less 1 is a", 0.5 * (1 + a) * (1 - a)

    def forward(self, h: Any) -> Any:
        return tanh(h / 2)
