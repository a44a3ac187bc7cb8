"""Embedding: each whole number received, a token, becomes its row of the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from backproof.errors import NumberError
from backproof.expression import Expression, Number
from backproof.functions import add_at, namespace
from backproof.operations.layer import LARGEST, Kind, Numbers, Positions, Shape, Shapes, positions
from backproof.validate import check_whole, describe


@final
@dataclass(frozen=True)
class Embedding(Kind):
    """h_pk = w_tk, t the token a_p; weight (count, size)

    Nothing is sent back to the tokens: whole numbers have no derivative. A row that several tokens are gets the sum of
    what comes back from them.

    Parameters
    ----------
    count : int
        Number of rows: tokens are whole numbers from 0 to count - 1.
    size : int
        Numbers in a row.
    """

    count: int
    size: int

    def __post_init__(self) -> None:
        check_whole("count", self.count, 1, LARGEST)
        check_whole("size", self.size, 1, LARGEST)

    def infer_shape(self, shapes: Shapes) -> Shape:
        return (*shapes[0], self.size)

    def parameter_shapes(self, shapes: Shapes) -> dict[str, Shape]:
        return {"weight": (self.count, self.size)}

    def find_fault(self, received: Sequence[Any]) -> str:
        wrong = np.argwhere(~self._is_token(received[0]))
        if not len(wrong):
            return ""
        place = tuple(wrong[0].tolist())
        return (
            f"embedding expects whole numbers from 0 to {self.count - 1}, received "
            f"{describe(float(received[0][place]))} in sample {place[0] + 1}."
        )

    def _is_token(self, a: Any) -> Any:
        return (a >= 0) & (a < self.count) & (a == namespace(a).floor(a))

    def _find_rows(self, a: Any) -> Any:
        """The row of each token, 0 for what is none."""
        return namespace(a).where(self._is_token(a), a, 0).astype(np.int32)

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        """Where arrays cannot be looked into, as under `jax.jit`, what is no token becomes NaN."""
        a = received[0]
        if isinstance(a, np.ndarray):
            if fault := self.find_fault(received):
                raise NumberError(fault)
            return parameters["weight"][self._find_rows(a)]
        rows = parameters["weight"][self._find_rows(a)]
        return namespace(a).where(self._is_token(a)[..., None], rows, np.nan)

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (namespace(delta).zeros(received[0].shape, dtype=delta.dtype),)

    def gradients(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        zeros = namespace(delta).zeros((self.count, self.size), dtype=delta.dtype)
        return (add_at(zeros, self._find_rows(received[0]), delta),)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return positions()

    def uses(self, role: str, entry: int, shapes: Shapes) -> Positions:
        """Wherever a token may name the row; in which samples one does, `parameter_slope` knows."""
        return np.arange(int(np.prod(shapes[0]))) * self.size + entry % self.size

    def formula(self, position: int, numbers: Numbers, shapes: Shapes) -> Expression:
        weight = numbers.parameter("weight", self._find_token(position, numbers) * self.size + position % self.size)
        assert weight is not None
        return weight

    def describe_formula(self, position: int, numbers: Numbers, shapes: Shapes) -> str:
        return f"row {self._find_token(position, numbers)} of the weights: that of the token"

    def _find_token(self, position: int, numbers: Numbers) -> int:
        token = numbers.activation(0, position // self.size)
        assert token is not None
        return int(numbers.value(token))

    def activation_slope(
        self, position: int, sender: int, sent: int, numbers: Numbers, shapes: Shapes, other: Numbers | None = None
    ) -> Expression:
        return Number(0)

    def parameter_slope(self, position: int, role: str, entry: int, numbers: Numbers, shapes: Shapes) -> Expression:
        """1 where the token is that row, else 0."""
        return Number(int(self._find_token(position, numbers) == entry // self.size))

    def measure_slope(self, position: int, role: str, entry: int, received: Sequence[Any]) -> Any:
        tokens = received[0].reshape(len(received[0]), -1)[:, position // self.size]
        return (tokens == entry // self.size).astype(float)
