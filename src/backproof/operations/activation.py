"""What every activation is: a function g from pre-activations h to activations a = g(h)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf, prod
from typing import Any, ClassVar

from backproof.errors import ShapeError
from backproof.expression import Add, Expression
from backproof.functions import exp
from backproof.operations.registry import Reasoned, Registry
from backproof.validate import MOST_AXES, check_whole


class Activation(ABC):
    """Abstract."""

    #: How formulas write the function: a word, or the name of a Greek letter such as "sigma".
    letter: ClassVar[str] = "g"
    #: What a legend says of the letter; empty where it is g, or a function that `backproof.functions` explains.
    meaning: ClassVar[str] = ""
    #: Further names under which documents and code call it.
    aliases: ClassVar[tuple[str, ...]] = ()
    #: Whether documents write it as a function by its name, as in tanh(h).
    is_written: ClassVar[bool] = True
    #: Whether it is looked for where nobody says which activation a network has.
    is_guessed: ClassVar[bool] = True
    #: The initialiser that suits weights towards units of this activation.
    initialiser: ClassVar[str] = "glorot_uniform"
    #: The open interval of its values.
    output_range: ClassVar[tuple[float, float]] = (-inf, inf)
    #: True where one activation depends on every pre-activation of its row (softmax).
    coupled: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """The name in worksheets: that of its file."""
        return type(self).__module__.rpartition(".")[2]

    def check_shape(self, shape: tuple[int, ...]) -> None:  # noqa: B027 - most activations fit any layer
        """Raise ShapeError if a layer of that shape cannot have this activation."""

    @abstractmethod
    def forward(self, h: Any) -> Any:
        """a = g(h) on arrays of shape (samples, units), never overflowing on finite h."""

    @abstractmethod
    def backward(self, h: Any, a: Any, upstream: Any) -> Any:
        """dE/dh from upstream = dE/da, all of shape (samples, units)."""


class Elementwise(Activation):
    """Abstract: an activation whose units do not see each other."""

    @abstractmethod
    def formula(self, h: Any) -> Any:
        """g(h), as a person writes it: on formulas, and wherever it cannot overflow on numbers."""

    @abstractmethod
    def derivative(self, h: Any, a: Any) -> Any:
        """g'(h), with the activation a = g(h) at hand; at a kink the value PyTorch takes."""

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        """Why the derivative is what it is: (reason, formula) line by line, each equal to g'(h)."""
        yield "derivative of the formula", self.derivative(h, a)

    def forward(self, h: Any) -> Any:
        return self.formula(h)

    def backward(self, h: Any, a: Any, upstream: Any) -> Any:
        slope = self.derivative(h, a)
        if getattr(slope, "dtype", a.dtype) != a.dtype:  # a choice between plain numbers is of 64 bits
            slope = slope.astype(a.dtype)
        return upstream * slope


@dataclass(frozen=True)
class Coupled(Activation):
    """Abstract: an activation of all the units of a row together, whose derivative is a Jacobian matrix.

    Parameters
    ----------
    axis : int, default -1
        The axis of a sample's array along which rows run; a layer with one axis is one row.
    """

    axis: int = -1

    coupled = True

    def __post_init__(self) -> None:
        check_whole("axis", self.axis, -MOST_AXES, MOST_AXES - 1)

    @property
    def batch_axis(self) -> int:
        """The axis in arrays that have the samples first."""
        return self.axis if self.axis < 0 else self.axis + 1

    def check_shape(self, shape: tuple[int, ...]) -> None:
        if not -len(shape) <= self.axis < len(shape):
            raise ShapeError(f"{self.name} along axis {self.axis} of a layer of shape {shape}: there is no such axis.")

    def row(self, position: int, shape: tuple[int, ...]) -> list[int]:
        """The positions in a layer of that shape whose h the activation at a position depends on."""
        step = prod(shape[self.axis % len(shape) + 1 :])
        first = position - position // step % shape[self.axis] * step
        return list(range(first, first + shape[self.axis] * step, step))

    def column(self, position: int, shape: tuple[int, ...]) -> list[int]:
        """The positions whose activation depends on the h at a position."""
        return self.row(position, shape)

    @abstractmethod
    def formula_by_sum(self, h: Expression, total: Expression) -> Expression:
        """The activation of one unit from its h and the sum of e^h over the layer."""

    def formula_of(self, h: Sequence[Expression], unit: int) -> Expression:
        """The activation of one unit, written out over the pre-activations of its row; `unit` is its place there."""
        return self.formula_by_sum(h[unit], Add(tuple(exp(each) for each in h)))

    @abstractmethod
    def jacobian(self, a_top: Any, a_by: Any, same: bool) -> Any:
        """da_top / dh_by from the two activations; `same` where they are one unit's."""

    @abstractmethod
    def error_of_layer(self, upstream: Expression, a: Expression) -> Expression:
        """dE/dh of a whole layer, as `backward` works it out, in formulas of arrays."""

    @abstractmethod
    def derivation_of(self, a_top: Any, a_by: Any, same: bool) -> Iterator[Reasoned]:
        """Why the Jacobian is what it is, each line equal to da_top / dh_by."""


activations: Registry[Activation] = Registry("activation", "backproof.operations.activations", Activation)


@cache
def collect_aliases() -> dict[str, str]:
    """The name of each built-in activation that documents write as a function, by its name and its aliases."""
    kinds = ((name, activations.type_of(name)) for name in activations.names() if name not in activations.added)
    return {alias: name for name, kind in kinds if kind.is_written for alias in (name, *kind.aliases)}
