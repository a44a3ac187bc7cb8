"""One block of a transformer (Vaswani et al. 2017): attention and two dense layers, each added to what it received."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.operations.layer import LARGEST, Shapes
from backproof.operations.layers.add import Add
from backproof.operations.layers.dense import Dense
from backproof.operations.layers.layer_norm import LayerNorm
from backproof.operations.shorthand import Part, Shorthand
from backproof.operations.shorthands.attention import Attention
from backproof.validate import check_flag, check_whole


@final
@dataclass(frozen=True)
class TransformerBlock(Shorthand):
    """norm(x + attention(x)), then norm(x + dense(g(dense(x)))), g being the relu where no activation is given

    Of two layers received from, the second is a memory that a second attention looks at, as in a decoder.

    Parameters
    ----------
    heads : int, default 1
    hidden : int, optional
        Units of the inner dense layer; default: four times the features.
    causal : bool, default False
        Whether a token sees only those up to itself.
    norm_first : bool, default False
        Whether each part is given a normalised sequence and its result stays as it is.
    bias : bool, default True
        Of attention and dense layers.
    """

    heads: int = 1
    hidden: int | None = None
    causal: bool = False
    norm_first: bool = False
    bias: bool = True

    senders: ClassVar[tuple[int, int | None]] = (1, 2)

    def __post_init__(self) -> None:
        check_whole("heads", self.heads, 1, LARGEST)
        if self.hidden is not None:
            check_whole("hidden", self.hidden, 1, LARGEST)
        for name in ("causal", "norm_first", "bias"):
            check_flag(name, getattr(self, name))

    def expand(self, shapes: Shapes, activation: Any) -> Sequence[Part]:
        features = shapes[0][-1]
        attention = Attention(self.heads, causal=self.causal, bias=self.bias)
        steps: list[tuple[str, list[Part]]] = [("attention", [Part("attention", attention, (0,))])]
        if len(shapes) > 1:
            steps.append(("lookup", [Part("lookup", Attention(self.heads, bias=self.bias), (0, 1))]))
        g = "relu" if activation is None else activation
        inner = Part("hidden", Dense(self.hidden or 4 * features, bias=self.bias), (0,), g)
        steps.append(("dense", [inner, Part("dense", Dense(features, bias=self.bias), ("hidden",))]))
        parts: list[Part] = []
        x: str | int = 0
        for name, layers in steps:
            received, norm = x, Part(f"{name}_norm", LayerNorm(), (x,))
            if self.norm_first:
                parts.append(norm)
                received = norm.name
            first, *others = layers
            parts += [first._replace(receives=(received, *first.receives[1:])), *others]
            parts.append(Part(f"{name}_sum", Add(), (x, name)))
            x = parts[-1].name
            if not self.norm_first:
                parts.append(norm._replace(receives=(x,)))
                x = norm.name
        last = parts[-1]
        return [*parts[:-1], last._replace(name="", weights=last.weights or last.name)]
