"""Dropout (Srivastava et al. 2014): in training each number is left out at random, those kept count for more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, final

import numpy as np

from backproof.expression import Expression, Number
from backproof.functions import where
from backproof.operations.layer import Kind, Numbers, Positions, Shape, Shapes, positions
from backproof.validate import check_amount, check_whole

GOLDEN, FIRST, SECOND = np.uint32(0x9E3779B9), np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)


@final
@dataclass(frozen=True)
class Dropout(Kind):
    """h_p = a_p m_p / (1 - rate), the mask m_p 0 with probability `rate`, else 1; in prediction h_p = a_p

    The mask is given, not computed from what is received: it depends on the seeds of the run and of the layer, the
    number of the step, the layer, and the row of the sample in its batch alone.

    Parameters
    ----------
    rate : float, default 0.5
        From 0 to below 1.
    seed : int, default 0
    """

    rate: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        check_amount("rate", self.rate, 1.0)
        check_whole("seed", self.seed, 0, 2**32 - 1)

    @property
    def statistics(self) -> tuple[str, ...]:  # type: ignore[override]
        return ("mask",) if self.rate else ()

    def for_prediction(self) -> Dropout:
        return replace(self, rate=0.0)

    def draw_mask(self, layer: int, shape: Shape, seed: Any, step: Any, like: Any, first_row: Any = 0) -> Any:
        if not self.rate:
            return None
        with np.errstate(over="ignore"):  # a hash means to
            key = scramble(scramble(seed + np.uint32(self.seed) + _to_unsigned(step) * GOLDEN) + np.uint32(layer))
            count = np.arange(prod(shape), dtype=np.uint32).reshape(shape)
            count = count + _to_unsigned(first_row) * np.uint32(prod(shape[1:]))
            chance = (scramble(key + count) >> np.uint32(8)).astype(like.dtype) / 2**24
            return where(chance >= self.rate, 1.0, 0.0).astype(like.dtype)

    def _keep(self, value: Any, parameters: Mapping[str, Any]) -> Any:
        """A value of each number, as far as the mask keeps it; all of it where there is no mask."""
        return value * (parameters["mask"] * (1 / (1 - self.rate))) if "mask" in parameters else value

    def infer_shape(self, shapes: Shapes) -> Shape:
        return shapes[0]

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return self._keep(received[0], parameters)

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (self._keep(delta, parameters),)

    def members(self, position: int, shapes: Shapes) -> Positions:
        return positions(position)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return positions(position)

    def _write_factor(self, position: int, numbers: Numbers) -> Expression:
        return numbers.statistic("mask", position) / (1 - Number(self.rate)) if self.rate else Number(1)

    def formula(self, position: int, numbers: Numbers, shapes: Shapes) -> Expression:
        a = numbers.activation(0, position)
        assert a is not None
        return a * self._write_factor(position, numbers) if self.rate else a

    def activation_slope(
        self, position: int, sender: int, sent: int, numbers: Numbers, shapes: Shapes, other: Numbers | None = None
    ) -> Expression:
        return self._write_factor(position, numbers)

    def describe_slope(self, sent: str, unit: str, slope: Expression) -> str:
        return f"the mask of {unit}: {sent} is kept or left out" if self.rate else ""


def scramble(number: Any) -> Any:
    """A 32-bit hash of a 32-bit number: MurmurHash3's finaliser (Appleby 2011); every bit moves every other."""
    number = number * GOLDEN
    number = (number ^ (number >> np.uint32(16))) * FIRST
    number = (number ^ (number >> np.uint32(13))) * SECOND
    return number ^ (number >> np.uint32(16))


def _to_unsigned(step: Any) -> Any:
    return step.astype(np.uint32) if hasattr(step, "astype") else np.uint32(step % 2**32)
