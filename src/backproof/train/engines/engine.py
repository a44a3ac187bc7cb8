"""What every engine does: it takes steps, many in one call, where and how it is quick."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

from backproof.train.orders import Order
from backproof.train.state import State
from backproof.train.step import Batch, Recipe


class Span(NamedTuple):
    """How far a call goes: so many epochs of so many steps, and the most epochs of any call of the run."""

    epochs: int
    steps: int
    most: int


class Engine(ABC):
    """Abstract. The equations are those of `train.step` in every engine; histories agree to rounding."""

    name: ClassVar[str]

    def __init__(self, recipe: Recipe, dtype: str) -> None:
        self.recipe, self.dtype = recipe, np.dtype(dtype)

    @abstractmethod
    def place(self, batch: Batch) -> Batch:
        """Samples, where the engine works on them."""

    @abstractmethod
    def begin(self, state: State) -> Any:
        """A state, where the engine works on it."""

    @abstractmethod
    def run(
        self, begun: Any, data: Batch, order: Order | None, numbers: Mapping[str, Any], span: Span
    ) -> tuple[Any, Any]:
        """Some epochs: what `begin` gave, after them, and each step's cost, (epochs, steps) or with room for more.

        The order has the rows of at least so many; without one each step takes all of the data.
        """

    @abstractmethod
    def settle(self, begun: Any) -> State:
        """The state in arrays of NumPy's, which nothing overwrites any more."""
