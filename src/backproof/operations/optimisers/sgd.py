"""Stochastic gradient descent: a step against the gradient, with momentum where asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from backproof.operations.optimiser import Optimiser
from backproof.operations.registry import require


@final
@dataclass(frozen=True)
class Sgd(Optimiser):
    """v <- momentum v + g, w <- w - rate v (PyTorch's form); without momentum w <- w - rate g"""

    momentum: float = 0.0

    def __post_init__(self) -> None:
        require(0 <= self.momentum < 1, "sgd's momentum", "from 0 to below 1", self.momentum)

    @property
    def title(self) -> str:
        return "gradient descent with momentum" if self.momentum else "gradient descent"

    @property
    def slots(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()

    def advance(self, gradient: Any, slots: Mapping[str, Any], t: Any) -> dict[str, Any]:
        return {"velocity": self.momentum * slots["velocity"] + gradient} if self.momentum else {}

    def change(self, gradient: Any, slots: Mapping[str, Any], t: Any, rate: Any) -> Any:
        return -(rate * (slots["velocity"] if self.momentum else gradient))
