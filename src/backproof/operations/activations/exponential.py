"""The exponential: from any number to a positive one, for outputs that are rates or counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, final

import numpy as np

from backproof.functions import exp, minimum
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Exponential(Elementwise):
    """a = e^h; a' = a"""

    letter = "exp"
    aliases = ("exp",)
    is_written = False
    output_range = (0.0, inf)

    def formula(self, h: Any) -> Any:
        return exp(h)

    def derivative(self, h: Any, a: Any) -> Any:
        return a

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "derivative of the exponential", exp(h)
        yield "which is a", a

    def forward(self, h: Any) -> Any:
        return bounded(h)


def bounded(h: Any) -> Any:
    """e^h, but no more than leaves room for a sum of many such numbers."""
    most = 0.99 * float(np.log(np.finfo(getattr(h, "dtype", float)).max))
    return exp(minimum(h, most))
