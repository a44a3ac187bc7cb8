"""Stochastic gradient descent: a step against the gradient, with momentum where asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.operations.optimiser import Optimiser
from backproof.operations.registry import Letter
from backproof.validate import require


@final
@dataclass(frozen=True)
class Sgd(Optimiser):
    """v <- momentum v + g, w <- w - rate v (PyTorch's form); without momentum w <- w - rate g

    With `nesterov` w <- w - rate (g + momentum v): the step that the velocity will take next is taken already.
    """

    letters: ClassVar[Mapping[str, Letter]] = {"velocity": Letter("v", "running step of a parameter")}
    usual_rate = 0.05

    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        require(0 <= self.momentum < 1, "sgd's momentum", "from 0 to below 1", self.momentum)
        above = self.momentum > 0 or not self.nesterov
        require(above, "sgd's momentum", "above 0 where nesterov is true", self.momentum)

    @property
    def title(self) -> str:
        return f"gradient descent{self._with}"

    @property
    def _with(self) -> str:
        return " with Nesterov's momentum" if self.nesterov else " with momentum" if self.momentum else ""

    @property
    def slots(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()

    def advance(self, gradient: Any, slots: Mapping[str, Any], t: Any) -> dict[str, Any]:
        return {"velocity": self.momentum * slots["velocity"] + gradient} if self.momentum else {}

    def change(self, gradient: Any, slots: Mapping[str, Any], t: Any, rate: Any) -> Any:
        if self.nesterov:
            return -(rate * (gradient + self.momentum * slots["velocity"]))
        return -(rate * (slots["velocity"] if self.momentum else gradient))
