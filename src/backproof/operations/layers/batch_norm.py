"""Batch normalisation (Ioffe & Szegedy 2015): each channel of a batch with mean 0 and deviation 1, then scaled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, ClassVar, final

import numpy as np

from backproof.errors import OptionError
from backproof.expression import Expression, Number, wrap
from backproof.functions import sqrt
from backproof.operations.layer import Numbers, Positions, Shape, Shapes
from backproof.operations.normaliser import Normaliser
from backproof.validate import check_amount, check_flag


@final
@dataclass(frozen=True)
class BatchNorm(Normaliser):
    """h_n = gamma (a_n - mu) / s + beta, mu = 1/N sum_n a_n, s = sqrt(1/N sum_n (a_n - mu)^2 + epsilon)

    mu and s are of one channel, over all samples of the batch and all places of a picture, N numbers together; `weight`
    is gamma, `bias` beta, one for each channel. In training a step moves `running_mean` and `running_var` towards mu
    and the variance (that of a sample, with N - 1); in prediction these stand for mu and s^2 - epsilon.

    Parameters
    ----------
    epsilon : float, default 1e-5
        Keeps the root away from 0.
    momentum : float, default 0.1
        How far a step moves the running statistics: r <- (1 - momentum) r + momentum mu.
    affine : bool, default True
        Whether it has gamma and beta.
    running : bool, default False
        Whether the running statistics are used, as in prediction; they then stay as they are.
    """

    epsilon: float = 1e-5
    momentum: float = 0.1
    affine: bool = True
    running: bool = False

    buffers: ClassVar[tuple[str, ...]] = ("running_mean", "running_var")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_flag("running", self.running)
        if check_amount("momentum", self.momentum) > 1:
            raise OptionError(f"momentum must be a number from 0 to 1, received {self.momentum:g}.")

    @property
    def couples_samples(self) -> bool:  # type: ignore[override]
        return not self.running

    @property
    def is_fixed(self) -> bool:
        return self.running

    @property
    def statistics(self) -> tuple[str, ...]:  # type: ignore[override]
        return () if self.running else ("batch_mean", "batch_deviation")

    @property
    def starts(self) -> Mapping[str, float]:  # type: ignore[override]
        return {**super().starts, "running_mean": 0.0, "running_var": 1.0}

    def for_prediction(self) -> BatchNorm:
        return replace(self, running=True)

    def parameter_shape(self, shape: Shape) -> Shape:
        return (shape[0],)

    def block_size(self, shape: Shape) -> int:
        return prod(shape[1:])

    def parameter_shapes(self, shapes: Shapes) -> dict[str, Shape]:
        return super().parameter_shapes(shapes) | dict.fromkeys(self.buffers, (shapes[0][0],))

    def find_statistics(self, blocks: Any, parameters: Mapping[str, Any]) -> tuple[Any, Any]:
        if not self.running:
            return super().find_statistics(blocks, parameters)
        mean, variance = (parameters[role][:, None] for role in self.buffers)
        return mean, sqrt(variance + self.epsilon)

    def gradients(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        """Of a running statistic too, where it is used: dh/dmu = -gamma / s, dh/ds^2 = -gamma u / (2 s^2)."""
        known = super().gradients(delta, received, parameters)
        if not self.running:
            return *known, *(0 * parameters[role] for role in self.buffers)
        deviation, unit = self._normalise(received[0], parameters)
        sent = self._arrange_blocks(delta) / deviation
        gamma = parameters["weight"] if self.affine else 1.0
        return *known, -gamma * sent.sum((0, 2)), -gamma * (sent * unit / (2 * deviation)).sum((0, 2))

    def renew(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
        if self.running:
            return {}
        blocks = self._arrange_blocks(received[0])
        mean, count = blocks.mean((0, 2)), blocks.shape[0] * blocks.shape[2]
        variance = ((blocks - mean[:, None]) ** 2).sum((0, 2)) / max(count - 1, 1)
        found = dict(zip(self.buffers, (mean, variance), strict=True))
        return {role: self.momentum * (value - parameters[role]) for role, value in found.items()}

    def renewal_formula(self, role: str, entry: int, numbers: Numbers, shapes: Shapes) -> Expression:
        size = prod(shapes[0][1:])
        mean, deviation = self.write_statistics(entry * size, numbers, shapes)
        old, count = numbers.parameter(role, entry), Number(numbers.samples * size)
        assert old is not None
        assert mean is not None
        if role == "running_mean":
            return Number(self.momentum) * (mean - old)
        unbiased = count / Number(max(int(count.value) - 1, 1))
        return Number(self.momentum) * (unbiased * (deviation**2 - self.epsilon) - old)

    def uses(self, role: str, entry: int, shapes: Shapes) -> Positions:
        if role in self.buffers and not self.running:
            return np.zeros(0, dtype=np.int64)
        return super().uses(role, entry, shapes)

    def write_statistics(self, position: int, numbers: Numbers, shapes: Shapes) -> tuple[Expression | None, Expression]:
        if not self.running:
            return super().write_statistics(position, numbers, shapes)
        mean, variance = (numbers.parameter(role, self.find_entry(position, shapes)) for role in self.buffers)
        assert variance is not None
        return mean, wrap(sqrt(variance + self.epsilon))

    def parameter_slope(self, position: int, role: str, entry: int, numbers: Numbers, shapes: Shapes) -> Expression:
        if role not in self.buffers or entry != self.find_entry(position, shapes):
            return super().parameter_slope(position, role, entry, numbers, shapes)
        _, deviation = self.write_statistics(position, numbers, shapes)
        gamma = numbers.parameter("weight", entry) if self.affine else None
        outer = -((Number(1) if gamma is None else gamma) / deviation)
        if role == "running_mean":
            return outer
        return outer * self._write_unit(position, position, numbers, shapes) / (2 * deviation)
