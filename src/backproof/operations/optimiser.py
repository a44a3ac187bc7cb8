"""What every optimiser is: how a gradient becomes the step that an update adds to a parameter."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from backproof.operations.registry import Registry


class Optimiser(ABC):
    """Abstract. Formulas in the gradient g, the running numbers (slots) and the step's number t, on any kind of value.

    Each parameter has its own slots, all 0 before the first step.
    """

    @property
    def name(self) -> str:
        """The name in worksheets: that of its file."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def title(self) -> str:
        """The name in sentences."""
        return self.name

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of the running numbers kept for each parameter."""
        return ()

    def advance(self, gradient: Any, slots: Mapping[str, Any], t: Any) -> dict[str, Any]:
        """The slots after this step, from those before it; t counts from 1."""
        return {}

    @abstractmethod
    def change(self, gradient: Any, slots: Mapping[str, Any], t: Any, rate: Any) -> Any:
        """What the update adds to the parameter, from the slots after this step and the learning rate."""

    def pull(self, parameter: Any, rate: Any) -> Any | None:
        """What the update adds whatever the gradient, as a decay of the parameter does; None for nothing."""
        return None


optimisers: Registry[Optimiser] = Registry("optimizer", "backproof.operations.optimisers", Optimiser)
