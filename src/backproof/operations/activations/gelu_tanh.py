"""The Gaussian error linear unit in its tanh approximation, as GPT-2 has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any, final

from backproof.functions import maximum, minimum, tanh
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned

SCALE, CUBIC = sqrt(2 / pi), 0.044715


@final
@dataclass(frozen=True)
class GeluTanh(Elementwise):
    """a = h/2 (1 + tanh u), u = sqrt(2/pi) (h + 0.044715 h^3); a' = (1 + tanh u)/2 + h/2 (1 - tanh^2 u) u'"""

    letter = "gelu_tanh"
    meaning = "the Gaussian error linear unit, approximated by tanh"
    initialiser = "he_uniform"

    def formula(self, h: Any) -> Any:
        return 0.5 * h * (1 + tanh(SCALE * (h + CUBIC * h**3)))

    def derivative(self, h: Any, a: Any) -> Any:
        bend = tanh(SCALE * (h + CUBIC * h**3))
        return 0.5 * (1 + bend) + 0.5 * h * (1 - bend**2) * (SCALE * (1 + 3 * CUBIC * h**2))

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "product rule; tanh' = 1 - tanh^2, chain rule", self.derivative(h, a)

    def forward(self, h: Any) -> Any:
        return 0.5 * h * (1 + tanh(SCALE * (_near(h) + CUBIC * _near(h) ** 3)))

    def backward(self, h: Any, a: Any, upstream: Any) -> Any:
        return upstream * self.derivative(_near(h), a)


def _near(h: Any) -> Any:
    """h within -10 and 10, beyond which tanh is -1 or 1 to the last bit and h^3 would overflow."""
    return maximum(minimum(h, 10.0), -10.0)
