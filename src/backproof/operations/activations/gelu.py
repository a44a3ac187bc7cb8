"""The Gaussian error linear unit (Hendrycks & Gimpel 2016), exact: h times the normal distribution function at h."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any, final

from backproof.functions import erf, exp
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Gelu(Elementwise):
    """a = h Phi(h), a' = Phi(h) + h phi(h), where Phi(h) = (1 + erf(h / sqrt 2)) / 2"""

    letter = "gelu"
    meaning = "the Gaussian error linear unit"
    initialiser = "he_uniform"

    def formula(self, h: Any) -> Any:
        return h * (0.5 * (1 + erf(h / sqrt(2))))

    def derivative(self, h: Any, a: Any) -> Any:
        return 0.5 * (1 + erf(h / sqrt(2))) + h * (exp(-0.5 * h**2) / sqrt(2 * pi))

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        normal = 0.5 * (1 + erf(h / sqrt(2)))
        inner = 2 / sqrt(pi) * exp(-((h / sqrt(2)) ** 2)) * (1 / sqrt(2))
        yield "product rule, erf'(u) = 2/sqrt(pi) e^(-u^2), chain rule", normal + h * (0.5 * inner)
        yield "collect the constants: the normal density", normal + h * (exp(-0.5 * h**2) / sqrt(2 * pi))
