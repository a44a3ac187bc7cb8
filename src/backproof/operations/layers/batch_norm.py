"""Batch normalisation (Ioffe & Szegedy 2015): each channel of a batch with mean 0 and deviation 1, then scaled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, final

import numpy as np

from backproof.expression import Add, Expression, Mul, Number, wrap
from backproof.functions import namespace, sqrt
from backproof.operations.layer import Kind, Numbers, Positions, Shape, Shapes
from backproof.validate import check_positive


@final
@dataclass(frozen=True)
class BatchNorm(Kind):
    """h_n = gamma (a_n - mu) / s + beta, mu = 1/N sum_n a_n, s = sqrt(1/N sum_n (a_n - mu)^2 + epsilon)

    mu and s are of one channel, over all samples of the batch and all places of a picture, N numbers together; `weight`
    is gamma, `bias` beta, one for each channel. Statistics are those of the batch, in prediction too.

    Parameters
    ----------
    epsilon : float, default 1e-5
        Keeps the root away from 0.
    """

    epsilon: float = 1e-5

    couples_samples: ClassVar[bool] = True
    statistics: ClassVar[tuple[str, ...]] = ("batch_mean", "batch_deviation")

    def __post_init__(self) -> None:
        check_positive("epsilon", self.epsilon)

    def infer_shape(self, shapes: Shapes) -> Shape:
        return shapes[0]

    def parameter_shapes(self, shapes: Shapes) -> dict[str, Shape]:
        return {"weight": (shapes[0][0],), "bias": (shapes[0][0],)}

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        _, deviation, centred = self.normalise(received[0])
        gamma, beta = (_by_channel(parameters[role], received[0]) for role in ("weight", "bias"))
        return gamma * (centred / deviation) + beta

    def normalise(self, a: Any) -> tuple[Any, Any, Any]:
        """mu and s of each channel, and a - mu."""
        axes = _all_but_channels(a)
        mean = a.mean(axes, keepdims=True)
        centred = a - mean
        return mean, sqrt((centred**2).mean(axes, keepdims=True) + self.epsilon), centred

    def measure(self, name: str, received: Sequence[Any]) -> Any:
        mean, deviation, _ = self.normalise(received[0])
        return (mean if name == "batch_mean" else deviation).reshape(-1)

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        """The three ways in which a number acts: by itself, through the mean, through the deviation."""
        axes = _all_but_channels(delta)
        _, deviation, centred = self.normalise(received[0])
        unit = centred / deviation
        by_itself, through_mean = delta, delta.mean(axes, keepdims=True)
        through_deviation = unit * (delta * unit).mean(axes, keepdims=True)
        gamma = _by_channel(parameters["weight"], delta)
        return (gamma / deviation * (by_itself - through_mean - through_deviation),)

    def gradients(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        axes = _all_but_channels(delta)
        _, deviation, centred = self.normalise(received[0])
        return (delta * (centred / deviation)).sum(axes), delta.sum(axes)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return channel_positions(position, shapes[0])

    def uses(self, role: str, entry: int, shapes: Shapes) -> Positions:
        return entry * prod(shapes[0][1:]) + np.arange(prod(shapes[0][1:]))

    def formula(self, position: int, numbers: Numbers, shapes: Shapes) -> Expression:
        unit = self._unit(position, numbers)
        channel = position // prod(shapes[0][1:])
        gamma, beta = numbers.parameter("weight", channel), numbers.parameter("bias", channel)
        assert gamma is not None
        assert beta is not None
        return gamma * unit + beta

    def _unit(self, position: int, numbers: Numbers) -> Expression:
        a = numbers.activation(0, position)
        assert a is not None
        mean, deviation = (numbers.statistic(name, position) for name in self.statistics)
        return (a - mean) / deviation

    def statistic_formula(self, name: str, others: Sequence[Expression], mean: Expression) -> Expression:
        """mu or s of one channel from all its activations in the batch."""
        share = Number(1) / Number(len(others)) if len(others) > 1 else Number(1)
        if name == "batch_mean":
            return Mul((share, Add(tuple(others)))) if len(others) > 1 else others[0]
        squares = Add(tuple((each - mean) ** 2 for each in others))
        return wrap(sqrt(share * squares + self.epsilon))

    def activation_slope(
        self, position: int, sender: int, sent: int, numbers: Numbers, shapes: Shapes, other: Numbers | None = None
    ) -> Expression:
        """gamma / s ([the same number] - 1/N - (a_n - mu)(a_m - mu) / (N s^2)): itself, mean, deviation."""
        count = Number(numbers.samples * prod(shapes[0][1:]))
        gamma = numbers.parameter("weight", position // prod(shapes[0][1:]))
        deviation = numbers.statistic("batch_deviation", position)
        assert gamma is not None
        product = self._unit(position, numbers) * self._unit(sent, other or numbers)
        itself = other is None and position == sent
        through_mean = 1 - 1 / count if itself else -(1 / count)
        return gamma / deviation * (through_mean - product / count)

    def parameter_slope(self, position: int, role: str, entry: int, numbers: Numbers, shapes: Shapes) -> Expression:
        if entry != position // prod(shapes[0][1:]):
            return Number(0)
        return self._unit(position, numbers) if role == "weight" else Number(1)


def channel_positions(position: int, shape: Shape) -> Positions:
    """Every position of the channel that a position belongs to."""
    size = prod(shape[1:])
    return position // size * size + np.arange(size)


def _all_but_channels(a: Any) -> tuple[int, ...]:
    return (0, *range(2, a.ndim))


def _by_channel(parameter: Any, a: Any) -> Any:
    """One number for each channel, to be broadcast over the places of a picture."""
    return namespace(parameter).reshape(parameter, (-1, *([1] * (a.ndim - 2))))
