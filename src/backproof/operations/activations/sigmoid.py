"""The logistic sigmoid: squashes any real number into (0, 1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof import functions
from backproof.functions import exp
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Sigmoid(Elementwise):
    """a = 1 / (1 + e^-h), a' = a (1 - a)"""

    letter = "sigmoid"
    aliases = ("logistic",)
    output_range = (0.0, 1.0)

    def formula(self, h: Any) -> Any:
        return 1 / (1 + exp(-h))

    def derivative(self, h: Any, a: Any) -> Any:
        return a * (1 - a)

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "power rule and chain rule on (1 + e^-h)^-1", exp(-h) / (1 + exp(-h)) ** 2
        yield "split the fraction", 1 / (1 + exp(-h)) * (exp(-h) / (1 + exp(-h)))
        yield "the second factor is 1 minus the first", 1 / (1 + exp(-h)) * (1 - 1 / (1 + exp(-h)))
        yield "the first factor is a", a * (1 - a)

    def forward(self, h: Any) -> Any:
        return functions.sigmoid(h)
