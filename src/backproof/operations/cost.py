"""What every cost is: a sum over the outputs of one term in the target y and the output a."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from math import inf
from typing import Any, ClassVar

from backproof.operations.registry import Reasoned, Registry


class Cost(ABC):
    """Abstract. E = sum_k formula(y_k, a_k) for one sample, divided by the number of outputs where `averaged`."""

    averaged: ClassVar[bool] = False
    #: Further names under which documents and code call it.
    aliases: ClassVar[tuple[str, ...]] = ()
    #: The open interval in which an output must lie for the cost to be finite.
    domain: ClassVar[tuple[float, float]] = (-inf, inf)
    #: The interval that targets come from; None where it is the domain.
    target_range: ClassVar[tuple[float, float] | None] = None
    #: False where the cost does not look at a target.
    needs_target: ClassVar[bool] = True
    #: Whether it is looked for where nobody says which cost a network has.
    is_guessed: ClassVar[bool] = True
    #: True where one output's term depends on other outputs too.
    coupled: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """The name in worksheets: that of its file."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def formula(self, y: Any, a: Any) -> Any:
        """One output's term of the cost, as a person writes it."""

    @abstractmethod
    def derivative(self, y: Any, a: Any) -> Any:
        """The derivative of that term by the output a."""

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        """Why the derivative is what it is: (reason, formula) line by line, each equal to it."""
        yield "derivative of the formula", self.derivative(y, a)

    def forward(self, y: Any, a: Any) -> Any:
        """The formula on arrays, right at the ends of the domain too."""
        return self.formula(y, a)

    def gradient(self, y: Any, a: Any) -> Any:
        """The derivative on arrays, right at the ends of the domain too."""
        return self.derivative(y, a) + 0 * a  # a constant derivative still has the shape of the outputs

    @property
    def is_uniform(self) -> bool:
        """Whether every output's term is the same `formula` of its own y and a."""
        return not self.coupled

    def formula_of(self, y: Sequence[Any], a: Sequence[Any], unit: int) -> Any:
        """The term of one output, of all targets and outputs of a sample."""
        return self.formula(y[unit], a[unit])

    def derivative_of(self, y: Sequence[Any], a: Sequence[Any], unit: int) -> Any:
        """The derivative of the sum of all terms by one output."""
        return self.derivative(y[unit], a[unit])

    def derivation_of(self, y: Sequence[Any], a: Sequence[Any], unit: int) -> Iterator[Reasoned]:
        """Why `derivative_of` is what it is: (reason, formula) line by line, each equal to it."""
        yield from self.derivation(y[unit], a[unit])

    def check_outputs(self, outputs: int) -> None:  # noqa: B027 - most costs take any number of outputs
        """Raise ShapeError if the options do not fit that many outputs."""

    def scale(self, outputs: int) -> float:
        """The factor of each output's term: 1, or 1/K for a mean over K outputs."""
        return 1 / outputs if self.averaged else 1.0

    def diagnose(self, outputs: int) -> str:
        """A sentence where this cost with that many outputs looks like a mistake, else the empty string."""
        return ""

    def fits(self, output_range: tuple[float, float]) -> bool:
        """Whether outputs in that open interval always lie in the domain."""
        return self.domain[0] <= output_range[0] and output_range[1] <= self.domain[1]


class MeanCost(Cost):
    """Abstract: a cost of one term an output, averaged over the outputs."""

    averaged = True

    @property
    @abstractmethod
    def one_output(self) -> Cost:
        """The cost of one output."""

    def formula(self, y: Any, a: Any) -> Any:
        return self.one_output.formula(y, a)

    def derivative(self, y: Any, a: Any) -> Any:
        return self.one_output.derivative(y, a)

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        yield from self.one_output.derivation(y, a)

    def forward(self, y: Any, a: Any) -> Any:
        return self.one_output.forward(y, a)

    def gradient(self, y: Any, a: Any) -> Any:
        return self.one_output.gradient(y, a)


costs: Registry[Cost] = Registry("cost", "backproof.operations.costs", Cost)
