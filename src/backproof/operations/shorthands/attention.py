"""Scaled dot-product attention with several heads (Vaswani et al. 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, ClassVar, final

from backproof.errors import ShapeError
from backproof.operations.layer import LARGEST, Shapes
from backproof.operations.layers.dense import Dense
from backproof.operations.layers.matmul import Matmul
from backproof.operations.layers.reshape import Reshape
from backproof.operations.layers.scale import Scale
from backproof.operations.layers.transpose import Transpose
from backproof.operations.shorthand import Part, Shorthand
from backproof.validate import check_flag, check_whole


@final
@dataclass(frozen=True)
class Attention(Shorthand):
    """softmax(Q K^T / sqrt(d)) V, then one more dense layer

    Q, K and V are dense layers of a sequence (tokens, features); K and V those of the second layer received from, where
    there are two. d is the size of a head.

    Parameters
    ----------
    heads : int, default 1
        Among which the features are divided.
    units : int, optional
        Features of Q, K and V together; default: those of the sequence.
    causal : bool, default False
        Whether a token sees only those up to itself.
    bias : bool, default True
    """

    heads: int = 1
    units: int | None = None
    causal: bool = False
    bias: bool = True

    senders: ClassVar[tuple[int, int | None]] = (1, 2)

    def __post_init__(self) -> None:
        check_whole("heads", self.heads, 1, LARGEST)
        if self.units is not None:
            check_whole("units", self.units, 1, LARGEST)
        check_flag("causal", self.causal)
        check_flag("bias", self.bias)

    def expand(self, shapes: Shapes, activation: Any) -> Sequence[Part]:
        for shape in shapes:
            if len(shape) != 2:
                raise ShapeError(f"attention expects sequences of shape (tokens, features), received {shape}.")
        (tokens, features), (others, _) = shapes[0], shapes[-1]
        units = features if self.units is None else self.units
        if units % self.heads:
            raise ShapeError(f"attention divides {units} features among {self.heads} heads, which does not come out.")
        if self.causal and tokens != others:
            raise ShapeError(f"causal attention expects as many keys as queries, received {others} and {tokens}.")
        size, memory = units // self.heads, len(shapes) - 1
        softmax = {"name": "softmax", "causal": True} if self.causal else "softmax"
        parts = [
            Part("query", Dense(units, bias=self.bias), (0,)),
            Part("key", Dense(units, bias=self.bias), (memory,)),
            Part("value", Dense(units, bias=self.bias), (memory,)),
        ]
        query, key, value = "query", "key", "value"
        if self.heads > 1:
            for name, count in ((query, tokens), (key, others), (value, others)):
                parts.append(Part(f"{name}_split", Reshape(shape=(count, self.heads, size)), (name,)))
            query, value = "query_heads", "value_heads"
            parts.append(Part(query, Transpose(axes=(1, 0, 2)), ("query_split",)))
            parts.append(Part(value, Transpose(axes=(1, 0, 2)), ("value_split",)))
        turned = (1, 2, 0) if self.heads > 1 else (1, 0)
        parts += [
            Part("columns", Transpose(axes=turned), (key if self.heads == 1 else "key_split",)),
            Part("products", Matmul(), (query, "columns")),
            Part("scores", Scale(factor=1 / sqrt(size)), ("products",), softmax),
            Part("context", Matmul(), ("scores", value)),
        ]
        if self.heads > 1:
            parts.append(Part("tokens", Transpose(axes=(1, 0, 2)), ("context",)))
            parts.append(Part("joined", Reshape(shape=(tokens, units)), ("tokens",)))
        return [*parts, Part("", Dense(features, bias=self.bias), (parts[-1].name,), activation, weights="output")]
