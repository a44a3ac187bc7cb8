"""What every engine does: it takes steps, many in one call, where and how it is quick."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.source import Batch
from backproof.train.batches import Order
from backproof.train.step import Recipe, State


class Span(NamedTuple):
    """Number of epochs and steps of a call, and the most epochs of any call of the run."""

    epochs: int
    steps: int
    most: int


class Engine(ABC):
    """Abstract. The equations are those of `train.step` in every engine; histories agree to rounding."""

    name: ClassVar[str]
    #: About what an operation on arrays takes, and one on numbers in a product of matrices, in seconds.
    operation: ClassVar[float]
    number: ClassVar[float]

    def __init__(self, recipe: Recipe, dtype: str) -> None:
        self.recipe, self.dtype = recipe, np.dtype(dtype)

    @classmethod
    def seconds(cls, recipe: Recipe, steps: int, samples: int) -> float:
        """About how long steps of that number of samples take, once it is under way."""
        arrays = recipe.architecture.shapes
        operations = len(arrays) * (8 + 6 * len(recipe.optimiser.slots))
        numbers = 6 * samples * recipe.architecture.product_count
        return steps * (operations * cls.operation + numbers * cls.number)

    def cast(self, array: Any) -> AnyArray:
        """An array in the precision of the run; what lies beyond it is infinite, and noticed as such."""
        with np.errstate(over="ignore"):
            return np.asarray(array, self.dtype)

    def shrink(self, x: Any) -> Any:
        """Dense inputs that are wider than the run's numbers in its precision, once; others as they are."""
        return self.cast(x) if isinstance(x, np.ndarray) and x.itemsize > self.dtype.itemsize else x

    def typed(self, numbers: Mapping[str, Any]) -> dict[str, Any]:
        """The numbers of a step in the precision of the run, infinite beyond it; the seed stays a whole number."""
        return {key: (np.uint32(value) if key == "seed" else self.cast(value)[()]) for key, value in numbers.items()}

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

        The order has the rows of at least as many; without one each step takes all of the data.
        """

    @abstractmethod
    def to_numpy(self, begun: Any) -> State:
        """The state in arrays of NumPy's, which nothing overwrites any more."""
