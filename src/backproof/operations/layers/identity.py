"""Identity: what is received, as it is, so that another activation can be applied to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.operations.arrangement import Arrangement
from backproof.operations.layer import Shape, Shapes


@final
@dataclass(frozen=True)
class Identity(Arrangement):
    """h_p = a_p"""

    def infer_shape(self, shapes: Shapes) -> Shape:
        return shapes[0]

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return received[0]

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (delta,)
