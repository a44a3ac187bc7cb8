"""Costs of classes: a sum over the classes of a target and what the outputs cost if that class is the right one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from backproof.errors import ShapeError
from backproof.functions import namespace
from backproof.operations.cost import Cost
from backproof.operations.registry import Reasoned
from backproof.validate import require


@dataclass(frozen=True)
class ClassCost(Cost):
    """Abstract: E = sum_k t_k f_k(a), t_k = w_k ((1 - s) y_k + s / K) for K classes

    s is `label_smoothing`, w are the `class_weights`. This is PyTorch's cross-entropy with targets given as
    probabilities: a mean over n samples divides by n, not by the sum of the weights of the classes met.
    """

    label_smoothing: float = 0.0
    class_weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        require(0 <= self.label_smoothing <= 1, f"{self.name}'s label_smoothing", "0 to 1", self.label_smoothing)
        least = min(self.class_weights, default=0.0)
        require(least >= 0, f"each of {self.name}'s class_weights", "0 or greater", least)

    def check_outputs(self, outputs: int) -> None:
        if self.class_weights and len(self.class_weights) != outputs:
            raise ShapeError(
                f"cost '{self.name}' has {len(self.class_weights)} class_weights, expected one for each output: "
                f"{outputs}."
            )

    @property
    def is_uniform(self) -> bool:
        return not (self.coupled or self.label_smoothing or self.class_weights)

    def weigh(self, y: Any) -> Any:
        """t of arrays of targets, shape (samples, classes)."""
        smooth = self.label_smoothing
        t = (1 - smooth) * y + smooth / y.shape[-1] if smooth else y
        return t * namespace(y).asarray(self.class_weights, dtype=y.dtype) if self.class_weights else t

    def weigh_one(self, y: Sequence[Any], unit: int) -> Any:
        """t of one class as a formula."""
        smooth = self.label_smoothing
        t = (1 - smooth) * y[unit] + smooth / len(y) if smooth else y[unit]
        return self.class_weights[unit] * t if self.class_weights else t

    def formula_of(self, y: Sequence[Any], a: Sequence[Any], unit: int) -> Any:
        return self.formula(self.weigh_one(y, unit), a[unit])

    def derivative_of(self, y: Sequence[Any], a: Sequence[Any], unit: int) -> Any:
        return self.derivative(self.weigh_one(y, unit), a[unit])

    def derivation_of(self, y: Sequence[Any], a: Sequence[Any], unit: int) -> Iterator[Reasoned]:
        yield from self.derivation(self.weigh_one(y, unit), a[unit])


@dataclass(frozen=True)
class CoupledCost(ClassCost):
    """Abstract: a cost of classes in which f_k depends on every output of the sample."""

    coupled: ClassVar[bool] = True

    @abstractmethod
    def loss_of(self, a: Sequence[Any], right: int) -> Any:
        """f_k as a formula, k the class that is right."""

    @abstractmethod
    def loss_slope_of(self, a: Sequence[Any], right: int, by: int) -> Any:
        """df_k/da of one output as a formula."""

    @abstractmethod
    def gradient_of(self, t: Any, a: Any) -> Any:
        """dE/da on arrays, for weighed targets t."""

    def formula_of(self, y: Sequence[Any], a: Sequence[Any], unit: int) -> Any:
        return self.weigh_one(y, unit) * self.loss_of(a, unit)

    def slope_of_part(self, y: Sequence[Any], a: Sequence[Any], unit: int, by: int) -> Any:
        """The derivative of one output's term by any output, as a formula."""
        return self.weigh_one(y, unit) * self.loss_slope_of(a, unit, by)

    def derivation_of(self, y: Sequence[Any], a: Sequence[Any], unit: int) -> Iterator[Reasoned]:
        parts = [self.slope_of_part(y, a, each, unit) for each in range(len(a))]
        yield "the sum over the terms, each of which depends on every output", sum(parts[1:], parts[0])
        yield "collect what belongs together", self.derivative_of(y, a, unit)

    def formula(self, y: Any, a: Any) -> Any:
        raise TypeError(f"a term of {self.name} is no formula of one output; `formula_of` takes all of them")

    def derivative(self, y: Any, a: Any) -> Any:
        raise TypeError(f"a term of {self.name} is no formula of one output; `derivative_of` takes all of them")

    def gradient(self, y: Any, a: Any) -> Any:
        return self.gradient_of(self.weigh(y), a)
