"""What all normalisations have in common: the numbers of a set with mean 0 and deviation 1, then scaled and shifted.

    h_p = gamma_p u_p + beta_p,  u_p = (a_p - mu) / s,  mu = 1/N sum_q a_q,  s = sqrt(1/N sum_q (a_q - mu)^2 + epsilon)
    dh_p/da_q = gamma_p / s ([p = q] - 1/N - u_p u_q / N)          by itself, through the mean, through the deviation

They differ in which numbers are normalised together, a block of a sample's array, in one sample or in all of them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np

from backproof.errors import ShapeError
from backproof.expression import Add, Expression, Mul, Number, walk, wrap
from backproof.functions import namespace, sqrt
from backproof.operations.layer import Kind, Numbers, Positions, Shape, Shapes
from backproof.validate import MOST_AXES, check_flag, check_positive, check_whole


class Normaliser(Kind):
    """Abstract. `weight` is gamma and `bias` beta where it is `affine`; statistics are named mean first."""

    epsilon: float
    affine: bool

    #: Whether the mean is subtracted.
    is_centred: ClassVar[bool] = True
    #: Whether gamma and beta have one number for each channel, instead of one for each place of a block.
    by_channel: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_positive("epsilon", self.epsilon)
        check_flag("affine", self.affine)

    @property
    def starts(self) -> Mapping[str, float]:  # type: ignore[override]
        return {"weight": 1.0, "bias": 0.0}

    @property
    def is_fixed(self) -> bool:
        """Whether its statistics are given, so that a number acts by itself alone."""
        return False

    @abstractmethod
    def block_size(self, shape: Shape) -> int:
        """How many numbers of one sample, which follow one another in its array, are normalised together."""

    @abstractmethod
    def parameter_shape(self, shape: Shape) -> Shape:
        """The shape of gamma and of beta."""

    def infer_shape(self, shapes: Shapes) -> Shape:
        self.block_size(shapes[0])
        return shapes[0]

    def parameter_shapes(self, shapes: Shapes) -> dict[str, Shape]:
        roles = () if not self.affine else ("weight", "bias") if self.is_centred else ("weight",)
        return dict.fromkeys(roles, self.parameter_shape(shapes[0]))

    # Arrays: blocks have the shape (samples, blocks, numbers of a block)

    def _arrange_blocks(self, a: Any) -> Any:
        return a.reshape(a.shape[0], -1, self.block_size(tuple(a.shape[1:])))

    @property
    def _axes(self) -> tuple[int, ...]:
        """The axes of blocks over which a statistic runs."""
        return (0, 2) if self.couples_samples else (2,)

    def find_statistics(self, blocks: Any, parameters: Mapping[str, Any]) -> tuple[Any, Any]:
        """mu and s of each block, to be broadcast over its numbers."""
        mean = blocks.mean(self._axes, keepdims=True) if self.is_centred else 0.0
        return mean, sqrt(((blocks - mean) ** 2).mean(self._axes, keepdims=True) + self.epsilon)

    def _normalise(self, a: Any, parameters: Mapping[str, Any]) -> tuple[Any, Any]:
        """s of each block, and u = (a - mu) / s."""
        blocks = self._arrange_blocks(a)
        mean, deviation = self.find_statistics(blocks, parameters)
        return deviation, (blocks - mean) / deviation

    def _spread(self, parameter: Any, a: Any) -> Any:
        """gamma or beta, to be broadcast over an array."""
        return namespace(parameter).reshape(parameter, (-1, *([1] * (a.ndim - 2)))) if self.by_channel else parameter

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        a = received[0]
        h = self._normalise(a, parameters)[1].reshape(a.shape)
        h = self._spread(parameters["weight"], a) * h if "weight" in parameters else h
        return h + self._spread(parameters["bias"], a) if "bias" in parameters else h

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        through = 0.0 if self.is_fixed else 1.0
        return (self.send_ways(delta, received, parameters, through, through),)

    def send_ways(
        self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any], mean: float, deviation: float
    ) -> Any:
        """What a number gets by the three ways in which it acts: by itself, and `mean` and `deviation` times through
        the mean and the deviation."""
        spread, unit = self._normalise(received[0], parameters)
        scaled = self._spread(parameters["weight"], delta) * delta if "weight" in parameters else delta
        sent = by_itself = self._arrange_blocks(scaled)
        if mean and self.is_centred:
            sent = sent - mean * by_itself.mean(self._axes, keepdims=True)
        if deviation:
            sent = sent - deviation * unit * (by_itself * unit).mean(self._axes, keepdims=True)
        return (sent / spread).reshape(delta.shape)

    def gradients(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        if not self.affine:
            return ()
        unit = self._normalise(received[0], parameters)[1].reshape(delta.shape)
        kept = 1 if self.by_channel else delta.ndim - parameters["weight"].ndim
        axes = (0, *range(2, delta.ndim)) if self.by_channel else tuple(range(kept))
        gradients = ((delta * unit).sum(axes), delta.sum(axes))
        return gradients if self.is_centred else gradients[:1]

    def measure(self, name: str, received: Sequence[Any]) -> Any:
        blocks = self._arrange_blocks(received[0])
        mean, deviation = self.find_statistics(blocks, {})
        found = np.broadcast_to(deviation if name == self.statistics[-1] else mean, blocks.shape)
        return found.reshape(received[0].shape)

    # One number

    def members(self, position: int, shapes: Shapes) -> Positions:
        size = self.block_size(shapes[0])
        return position // size * size + np.arange(size)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return np.array([position]) if self.is_fixed else self.members(position, shapes)

    def find_entry(self, position: int, shapes: Shapes) -> int:
        """The entry of gamma and of beta that one h has."""
        size = prod(shapes[0][1:]) if self.by_channel else prod(self.parameter_shape(shapes[0]))
        return position // size if self.by_channel else position % size

    def uses(self, role: str, entry: int, shapes: Shapes) -> Positions:
        if self.by_channel:
            return entry * prod(shapes[0][1:]) + np.arange(prod(shapes[0][1:]))
        return np.arange(entry, prod(shapes[0]), prod(self.parameter_shape(shapes[0])))

    def write_statistics(self, position: int, numbers: Numbers, shapes: Shapes) -> tuple[Expression | None, Expression]:
        """mu (None where it is not subtracted) and s of one h."""
        found = [numbers.statistic(name, position) for name in self.statistics]
        return (found[0], found[1]) if self.is_centred else (None, found[0])

    def formula(self, position: int, numbers: Numbers, shapes: Shapes) -> Expression:
        formula, entry = self._write_unit(position, position, numbers, shapes), self.find_entry(position, shapes)
        roles = self.parameter_shapes(shapes)
        gamma, beta = (numbers.parameter(role, entry) if role in roles else None for role in ("weight", "bias"))
        formula = formula if gamma is None else gamma * formula
        return formula if beta is None else formula + beta

    def _write_unit(self, position: int, place: int, numbers: Numbers, shapes: Shapes) -> Expression:
        """u of a place, by the statistics of a position."""
        mean, deviation = self.write_statistics(position, numbers, shapes)
        a = numbers.activation(0, place)
        assert a is not None
        return (a if mean is None else a - mean) / deviation

    def statistic_formula(self, name: str, others: Sequence[Expression], mean: Expression) -> Expression:
        """mu or s from all the numbers that are normalised together."""
        share = Number(1) / Number(len(others))
        if self.is_centred and name == self.statistics[0]:
            return _average(share, others)
        squares = [(each - mean if self.is_centred else each) ** 2 for each in others]
        return wrap(sqrt(_average(share, squares) + self.epsilon))

    def activation_slope(
        self, position: int, sender: int, sent: int, numbers: Numbers, shapes: Shapes, other: Numbers | None = None
    ) -> Expression:
        """gamma / s ([the same number] - 1/N - u_p u_q / N): by itself, through the mean, through the deviation."""
        _, deviation = self.write_statistics(position, numbers, shapes)
        gamma = numbers.parameter("weight", self.find_entry(position, shapes)) if self.affine else None
        outer = (Number(1) if gamma is None else gamma) / deviation
        if self.is_fixed:
            return outer
        count = Number(len(self.members(position, shapes)) * (numbers.samples if self.couples_samples else 1))
        units = (
            self._write_unit(position, position, numbers, shapes),
            self._write_unit(position, sent, other or numbers, shapes),
        )
        ways: list[Expression] = [Number(1)] if other is None and position == sent else []
        ways += [-(1 / count)] if self.is_centred else []
        ways += [-(units[0] * units[1] / count)]
        return outer * (ways[0] if len(ways) == 1 else Add(tuple(ways)))

    def describe_slope(self, sent: str, unit: str, slope: Expression) -> str:
        if self.is_fixed:
            return f"{sent} acts on {unit} by itself alone, for the statistics are given"
        same = any(isinstance(node, Add) and node.terms[0] == Number(1) for node in walk(slope))
        ways = ["by itself"] * same + ["through the mean"] * self.is_centred + ["through the deviation"]
        return f"{sent} acts on {unit} {', '.join(ways[:-1])}{' and ' if ways[1:] else ''}{ways[-1]}"

    def parameter_slope(self, position: int, role: str, entry: int, numbers: Numbers, shapes: Shapes) -> Expression:
        if entry != self.find_entry(position, shapes):
            return Number(0)
        return self._write_unit(position, position, numbers, shapes) if role == "weight" else Number(1)


def _average(share: Expression, terms: Sequence[Expression]) -> Expression:
    return terms[0] if len(terms) == 1 else Mul((share, Add(tuple(terms))))


@dataclass(frozen=True)
class LastAxesNormaliser(Normaliser):
    """Abstract: the numbers along the last axes of one sample are normalised together, each with its own gamma.

    Parameters
    ----------
    axes : int, default 1
        Number of the last axes that are normalised together.
    epsilon : float, default 1e-5
        Keeps the root away from 0.
    affine : bool, default True
        Whether it has gamma and, where it is centred, beta.
    """

    axes: int = 1
    epsilon: float = 1e-5
    affine: bool = True

    by_channel: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("axes", self.axes, 1, MOST_AXES)

    def parameter_shape(self, shape: Shape) -> Shape:
        if self.axes > len(shape):
            raise ShapeError(f"{self.name} expects {self.axes} axes or more, received shape {shape}.")
        return shape[-self.axes :]

    def block_size(self, shape: Shape) -> int:
        return prod(self.parameter_shape(shape))
