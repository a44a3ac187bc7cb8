"""RMSprop (Hinton 2012, lecture 6e): each gradient divided by a running root mean square of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.functions import maximum, sqrt
from backproof.operations.optimiser import Optimiser, rest
from backproof.operations.registry import Letter
from backproof.validate import require


@final
@dataclass(frozen=True)
class RMSprop(Optimiser):
    """r <- alpha r + (1 - alpha) g^2, w <- w - rate g / (sqrt r + epsilon) (PyTorch's form)

    `centered` takes r - m^2 for r, the variance of the gradient, with m <- alpha m + (1 - alpha) g its running mean.
    With momentum v <- momentum v + g / (sqrt r + epsilon), w <- w - rate v.
    """

    letters: ClassVar[Mapping[str, Letter]] = {
        "square": Letter("r", "running mean of the square of a parameter's gradient"),
        "mean": Letter("m", "running mean of a parameter's gradient"),
        "velocity": Letter("v", "running step of a parameter"),
    }

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
        """g / (sqrt r + epsilon)"""
        return gradient / (sqrt(self._variance(slots)) + self.epsilon)

    def _variance(self, slots: Mapping[str, Any]) -> Any:
        """The mean square or the variance, which rounding must not make negative."""
        return maximum(slots["square"] - slots["mean"] ** 2, 0.0) if self.centered else slots["square"]
