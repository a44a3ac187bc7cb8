"""RMSprop (Hinton 2012, lecture 6e): each gradient divided by a running root mean square of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import maximum, sqrt
from backproof.operations.optimiser import Optimiser, rest
from backproof.validate import require


@final
@dataclass(frozen=True)
class RMSprop(Optimiser):
    """s <- alpha s + (1 - alpha) g^2, w <- w - rate g / (sqrt s + epsilon) (PyTorch's form)

    `centered` takes s - m^2 for s, the variance of the gradient, with m <- alpha m + (1 - alpha) g its running mean.
    With momentum v <- momentum v + g / (sqrt s + epsilon), w <- w - rate v.
    """

    alpha: float = 0.99
    epsilon: float = 1e-8
    momentum: float = 0.0
    centered: bool = False

    def __post_init__(self) -> None:
        require(0 <= self.alpha < 1, "rmsprop's alpha", "from 0 to below 1", self.alpha)
        require(self.epsilon >= 0, "rmsprop's epsilon", "0 or more", self.epsilon)
        require(0 <= self.momentum < 1, "rmsprop's momentum", "from 0 to below 1", self.momentum)

    @property
    def title(self) -> str:
        return "RMSprop"

    @property
    def slots(self) -> tuple[str, ...]:
        return ("square", *(["mean"] if self.centered else []), *self.derived)

    @property
    def derived(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()

    def advance(self, gradient: Any, slots: Mapping[str, Any], t: Any) -> dict[str, Any]:
        square = {"square": self.alpha * slots["square"] + rest(self.alpha) * gradient**2}
        if not self.centered:
            return square
        return square | {"mean": self.alpha * slots["mean"] + rest(self.alpha) * gradient}

    def derive(self, gradient: Any, slots: Mapping[str, Any], t: Any) -> dict[str, Any]:
        if not self.momentum:
            return {}
        return {"velocity": self.momentum * slots["velocity"] + self._scaled(gradient, slots)}

    def change(self, gradient: Any, slots: Mapping[str, Any], t: Any, rate: Any) -> Any:
        return -rate * (slots["velocity"] if self.momentum else self._scaled(gradient, slots))

    def _scaled(self, gradient: Any, slots: Mapping[str, Any]) -> Any:
        """g / (sqrt s + epsilon)"""
        return gradient / (sqrt(self._spread(slots)) + self.epsilon)

    def _spread(self, slots: Mapping[str, Any]) -> Any:
        """The mean square or the variance, which rounding must not make negative."""
        return maximum(slots["square"] - slots["mean"] ** 2, 0.0) if self.centered else slots["square"]
