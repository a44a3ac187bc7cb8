"""What every kind of layer is: how its pre-activations h come about, for whole arrays and for one number of them.

Arrays run, formulas explain, and a sweep over all kinds holds the two together. An activation or pre-activation of a
layer has a *position*, its place in the flattened array of one sample; so has a number of a parameter array.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt, sqrt
from typing import Any, ClassVar, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from backproof.calculus import differentiate
from backproof.expression import Add, Call, Div, Expression, Neg, Number, Where, substitute
from backproof.operations.registry import Registry
from backproof.quantity import Quantity

Shape: TypeAlias = tuple[int, ...]
Shapes: TypeAlias = Sequence[Shape]
Positions: TypeAlias = NDArray[np.int64]

#: No axis of a layer is longer, nor any size that its options give.
LARGEST = 10_000_000
#: Numbers of a sample that a layer puts in between, such as a picture with its padding.
MOST_NUMBERS = 1_000_000_000
#: More parameters than any one machine holds.
MOST_PARAMETERS = 2**40


class Products(NamedTuple):
    """Terms of one h: activations of a layer received from, each multiplied by a factor and, with a role, a parameter.

    A fraction such as 1/9 stays one in formulas.
    """

    sender: int
    positions: Positions
    role: str = ""
    entries: Positions | None = None
    factor: Fraction | float = 1


class Numbers(Protocol):
    """The numbers that a formula of one h is written with; one that does not exist is None."""

    @property
    def samples(self) -> int:
        """Number of samples in the batch."""

    def activation(self, sender: int, position: int) -> Expression | None:
        """An activation of the `sender`-th layer received from, of the sample at hand."""

    def parameter(self, role: str, entry: int) -> Expression | None:
        """A number of the parameter array of that role."""

    def statistic(self, name: str, position: int) -> Expression:
        """A statistic that stands in the h at a position."""

    def value(self, formula: Expression) -> float:
        """What a formula is worth with the numbers at hand."""


class Kind(ABC):
    """Abstract. Turns the activations that a layer receives into its pre-activations h.

    Arrays have the shape (samples, *shape), on any array namespace. `received` lists the activations of the layers
    received from, `shapes` their shapes without the samples; parameters go by their role, such as `weight`.
    """

    #: Whether an h depends on the activations of other samples of its batch.
    couples_samples: ClassVar[bool] = False
    #: Names of the numbers that stand between the activations and h, such as a mean; each of a sample or of the batch.
    statistics: ClassVar[tuple[str, ...]] = ()
    #: Roles of the parameter arrays that no gradient trains, such as running statistics.
    buffers: ClassVar[tuple[str, ...]] = ()
    #: What the numbers of its parameter arrays start as, by role, where an initialiser does not draw them.
    starts: ClassVar[Mapping[str, float]] = {}
    #: Number of layers that it receives from: at least, and at most (None: any number).
    senders: ClassVar[tuple[int, int | None]] = (1, 1)

    @property
    def name(self) -> str:
        """The name in worksheets: that of its file."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def infer_shape(self, shapes: Shapes) -> Shape:
        """The shape of one sample's h. Raise ShapeError if the shapes received do not fit."""

    def parameter_shapes(self, shapes: Shapes) -> dict[str, Shape]:
        """The shape of each parameter array by its role, weights before biases."""
        return {}

    def count_copies(self, shapes: Shapes) -> int:
        """How many numbers `forward` lays out for one sample beside its h, such as what stands in windows."""
        return 0

    def find_fault(self, received: Sequence[Any]) -> str:
        """What is wrong with activations that the kind cannot take, such as tokens that are no whole numbers."""
        return ""

    @abstractmethod
    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """h, shape (samples, *shape)."""

    @abstractmethod
    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        """What delta = dE/dh sends back: its part of dE/da for each layer received from."""

    def gradients(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        """dE/d of each parameter array, in the order of `parameter_shapes`."""
        return ()

    def draw_mask(self, layer: int, shape: Shape, seed: Any, step: Any, like: Any, first_row: Any = 0) -> Any:
        """What is given anew in each step and not computed, shape (samples, *shape); None where nothing is.

        It depends on the number of the layer, the seed and the step; `like` is an array of the kind and precision
        wanted. Its samples are those of a batch from `first_row` on. Its parameters hold it under `mask`.
        """
        return None

    def renew(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
        """What a step of training adds to its buffers, by role, whatever the cost."""
        return {}

    def for_prediction(self) -> Kind:
        """The kind that takes its place once training is over."""
        return self

    def measure(self, name: str, received: Sequence[Any]) -> Any:
        """A statistic for each h, shape (samples, *shape)."""
        raise LookupError(f"{self.name} has no {name}")

    @abstractmethod
    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        """The positions of the h that depend on an activation of the `sender`-th layer received from."""

    def uses(self, role: str, entry: int, shapes: Shapes) -> Positions:
        """The positions of the h in whose formula a parameter stands."""
        return np.zeros(0, dtype=np.int64)

    def multiplies(self, position: int, role: str, entry: int, shapes: Shapes) -> tuple[int, int] | None:
        """The sender and position of the one activation that a parameter multiplies in an h, where it does."""
        return None

    @abstractmethod
    def formula(self, position: int, numbers: Numbers, shapes: Shapes) -> Expression:
        """One h, as a person writes it."""

    def describe_formula(self, position: int, numbers: Numbers, shapes: Shapes) -> str:
        """What the formula of one h is, in words; empty where nothing special is."""
        return ""

    def members(self, position: int, shapes: Shapes) -> Positions:
        """The positions of the activations from which the statistics of one h are made."""
        raise LookupError(f"{self.name} has no statistics")

    def renewal_formula(self, role: str, entry: int, numbers: Numbers, shapes: Shapes) -> Expression:
        """What a step of training adds to one number of a buffer."""
        raise LookupError(f"{self.name} has no {role}")

    def statistic_formula(self, name: str, others: Sequence[Expression], mean: Expression) -> Expression:
        """A statistic from all the activations that it is made from, and their mean."""
        raise LookupError(f"{self.name} has no {name}")

    @abstractmethod
    def activation_slope(
        self, position: int, sender: int, sent: int, numbers: Numbers, shapes: Shapes, other: Numbers | None = None
    ) -> Expression:
        """dh/da of one h with respect to one activation; `other` writes that of another sample, which a kind that
        couples samples depends on too."""

    def describe_slope(self, sent: str, unit: str, slope: Expression) -> str:
        """Why dh/da of a unit with respect to what another one sent is what it is; empty where nothing special is."""
        return ""

    def parameter_slope(self, position: int, role: str, entry: int, numbers: Numbers, shapes: Shapes) -> Expression:
        """dh/dw of one h with respect to one parameter."""
        return Number(0)

    def measure_slope(self, position: int, role: str, entry: int, received: Sequence[Any]) -> Any:
        """dh/dw of one h for each sample, where that is known without the gradients of the whole layer; else None."""
        return None


class Linear(Kind):
    """Abstract: a kind whose h is a sum of products of an activation and a parameter, and perhaps a bias.

    Its derivatives need no calculus: dh/da is the sum of the parameters beside that activation, dh/dw the sum of the
    activations beside that parameter.
    """

    @abstractmethod
    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        """The terms of one h, all products of one sender and one role together."""

    def bias_entry(self, position: int, shapes: Shapes) -> int | None:
        """The entry of the bias that one h adds, if any."""
        return None

    def formula(self, position: int, numbers: Numbers, shapes: Shapes) -> Expression:
        terms = list(self.terms(position, numbers, shapes))
        entry = self.bias_entry(position, shapes)
        bias = None if entry is None else numbers.parameter("bias", entry)
        terms += [] if bias is None else [bias]
        return Number(0) if not terms else terms[0] if len(terms) == 1 else Add(tuple(terms))

    def multiplies(self, position: int, role: str, entry: int, shapes: Shapes) -> tuple[int, int] | None:
        for block in self.products(position, shapes):
            if block.role == role and block.entries is not None and block.factor == 1:
                for number in np.flatnonzero(block.entries == entry):
                    return block.sender, int(block.positions[number])
        return None

    def terms(self, position: int, numbers: Numbers, shapes: Shapes) -> Iterator[Expression]:
        """Each product of one h that exists."""
        for block in self.products(position, shapes):
            for number in range(len(block.positions)):
                term = write_product(block, number, numbers)
                if term is not None:
                    yield term

    def activation_slope(
        self, position: int, sender: int, sent: int, numbers: Numbers, shapes: Shapes, other: Numbers | None = None
    ) -> Expression:
        found: list[Expression] = []
        for block in self.products(position, shapes):
            if block.sender == sender:
                for number in np.flatnonzero(block.positions == sent):
                    parameter = Number(1) if block.entries is None else _parameter(block, int(number), numbers)
                    found += [] if parameter is None else [multiply_factor(block.factor, parameter)]
        return _sum(found)

    def parameter_slope(self, position: int, role: str, entry: int, numbers: Numbers, shapes: Shapes) -> Expression:
        if self.bias_entry(position, shapes) == entry and role == "bias":
            return Number(1)
        found = [
            multiply_factor(block.factor, activation)
            for block in self.products(position, shapes)
            if block.role == role and block.entries is not None
            for number in np.flatnonzero(block.entries == entry)
            if (activation := numbers.activation(block.sender, int(block.positions[number]))) is not None
        ]
        return _sum(found)


class Nonlinear(Kind):
    """Abstract: a kind whose derivatives follow from its formula by the rules of `calculus`."""

    def activation_slope(
        self, position: int, sender: int, sent: int, numbers: Numbers, shapes: Shapes, other: Numbers | None = None
    ) -> Expression:
        return self._differentiate(position, shapes, _Varied(numbers, sender, sent), numbers.activation(sender, sent))

    def parameter_slope(self, position: int, role: str, entry: int, numbers: Numbers, shapes: Shapes) -> Expression:
        return self._differentiate(position, shapes, _Varied(numbers, role, entry), numbers.parameter(role, entry))

    def _differentiate(self, position: int, shapes: Shapes, varied: _Varied, itself: Expression | None) -> Expression:
        """The derivative of one h with respect to the one number that is varied."""
        if itself is None:
            return Number(0)
        slope = differentiate(self.formula(position, varied, shapes), VARIED)
        slope = substitute(slope, lambda node: itself if node == VARIED else None)
        return substitute(slope, lambda node: _choose_case(node, varied) if isinstance(node, Where) else None)


def _choose_case(node: Where, numbers: Numbers) -> Expression:
    """Of a formula in two cases the one that holds for the numbers at hand."""
    return node.then if numbers.value(node.condition) else node.otherwise


#: Stands in a formula for the number that it is differentiated with respect to, which other senders may send too.
VARIED = Quantity("a", ("varied",))


@dataclass(frozen=True)
class _Varied:
    """The numbers of a formula, one of them varied: an activation by its sender, or a parameter by its role."""

    numbers: Numbers
    source: int | str
    place: int

    @property
    def samples(self) -> int:
        return self.numbers.samples

    def activation(self, sender: int, position: int) -> Expression | None:
        return VARIED if (sender, position) == (self.source, self.place) else self.numbers.activation(sender, position)

    def parameter(self, role: str, entry: int) -> Expression | None:
        return VARIED if (role, entry) == (self.source, self.place) else self.numbers.parameter(role, entry)

    def statistic(self, name: str, position: int) -> Expression:
        return self.numbers.statistic(name, position)

    def value(self, formula: Expression) -> float:
        return self.numbers.value(formula)


def write_product(block: Products, number: int, numbers: Numbers) -> Expression | None:
    """One product as a formula, None where its connection does not exist."""
    activation = numbers.activation(block.sender, int(block.positions[number]))
    parameter = None if block.entries is None else _parameter(block, number, numbers)
    if activation is None or (block.entries is not None and parameter is None):
        return None
    return multiply_factor(block.factor, activation if parameter is None else activation * parameter)


def multiply_factor(factor: Fraction | float, of: Expression) -> Expression:
    """A number times a formula, as a person writes it: 1/9 a, -a, and the formula itself for 1."""
    if factor in (1, -1):
        return of if factor == 1 else Number(-1) if of == Number(1) else Neg(of)
    number = _write_float(factor) if isinstance(factor, float) else _write_fraction(Fraction(factor))
    return number if of == Number(1) else number * of


def _write_float(factor: float) -> Expression:
    """One over a root as such, as in scores divided by the root of their length; else the number."""
    below = round(factor**-2) if 1e-3 < factor < 1 else 0
    if not below or 1 / sqrt(below) != factor:
        return Number(factor)
    root = isqrt(below)
    return Div(Number(1), Number(root) if root**2 == below else Call("sqrt", (Number(below),)))


def _write_fraction(factor: Fraction) -> Expression:
    top, bottom = Number(factor.numerator), Number(factor.denominator)
    return top if factor.denominator == 1 else Div(top, bottom)


def _parameter(block: Products, number: int, numbers: Numbers) -> Expression | None:
    assert block.entries is not None
    return numbers.parameter(block.role, int(block.entries[number]))


def _sum(terms: Sequence[Expression]) -> Expression:
    return Number(0) if not terms else terms[0] if len(terms) == 1 else Add(tuple(terms))


def positions(*numbers: int) -> Positions:
    """Positions as an array."""
    return np.array(numbers, dtype=np.int64)


#: Options of a kind are checked by the kind itself: they may be pairs of whole numbers.
kinds: Registry[Kind] = Registry("kind of layer", "backproof.operations.layers", Kind, checks_options=True)
