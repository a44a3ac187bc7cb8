"""What every optimiser is: how a gradient becomes the step that an update adds to a parameter."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeAlias

from backproof.arrays import Arrays
from backproof.operations.registry import Letter, Registry

#: The sum of products of two sets of arrays over all trained parameters, each counted once.
Dot: TypeAlias = Callable[[Arrays, Arrays], Any]


class Optimiser(ABC):
    """Abstract. Formulas in the gradient g, the running numbers (slots) and the step's number t, on any kind of value.

    Each parameter has its own slots, all 0 before the first step. A step goes `compute_shared`, `advance`, `derive`,
    `change`; each finds in its `slots` what those before it made.
    """

    #: The letters of all these numbers, of numbered ones without the number; one without a letter is written as a word.
    letters: ClassVar[Mapping[str, Letter]] = {}
    #: A learning rate with which most data is learned, for a batch of up to 64 samples.
    usual_rate: ClassVar[float] = 0.003

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

    @property
    def derived(self) -> tuple[str, ...]:
        """The names of the numbers that `derive` makes."""
        return ()

    @property
    def shared(self) -> Mapping[str, str]:
        """The names of the numbers that all parameters share, each with what it is, in words."""
        return {}

    @property
    def made(self) -> tuple[str, ...]:
        """The names of all these numbers."""
        return (*self.slots, *self.derived, *self.shared)

    @property
    def searches(self) -> bool:
        """Whether training looks for the length of each step; such a step has no formula."""
        return False

    def compute_shared(
        self, gradients: Arrays, slots: Mapping[str, Arrays], t: Any, rate: Any, dot: Dot
    ) -> dict[str, Any]:
        """The numbers that all parameters share in this step, from all gradients and the slots before it."""
        return {}

    def advance(self, gradient: Any, slots: Mapping[str, Any], t: Any) -> dict[str, Any]:
        """The slots after this step, from those before it; t counts from 1."""
        return {}

    def derive(self, gradient: Any, slots: Mapping[str, Any], t: Any) -> dict[str, Any]:
        """Numbers on the way from the slots after this step to the change; one that is itself a slot is kept."""
        return {}

    @abstractmethod
    def change(self, gradient: Any, slots: Mapping[str, Any], t: Any, rate: Any) -> Any:
        """What the update adds to the parameter, from the slots after this step and the learning rate."""

    def weight_decay(self, parameter: Any, rate: Any) -> Any | None:
        """What the update adds whatever the gradient, as a decay of the parameter does; None for nothing."""
        return None


def rest(share: float) -> float:
    """1 - share, as a person writes it: 0.1 beside 0.9, not 0.09999999999999998."""
    return round(1 - share, 15)


optimisers: Registry[Optimiser] = Registry("optimizer", "backproof.operations.optimisers", Optimiser)
