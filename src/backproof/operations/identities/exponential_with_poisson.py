"""The exponential with Poisson's cost: delta = a - y."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import exp
from backproof.operations.activations.exponential import bounded
from backproof.operations.identity import Identity


@final
@dataclass(frozen=True)
class ExponentialWithPoisson(Identity):
    """(1 - y / a) times a is a - y; the cost is e^h - y h"""

    activation, cost = "exponential", "poisson"
    says = "exponential with Poisson's cost: delta = a - y"

    def terms(self, h: Any, y: Any) -> Any:
        return bounded(h) - y * h

    def formula(self, h: Sequence[Any], y: Any, unit: int) -> Any:
        return exp(h[unit]) - y * h[unit]

    def delta(self, a: Any, y: Any, total: Any) -> Any:
        return a - y
