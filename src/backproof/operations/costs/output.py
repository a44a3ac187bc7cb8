"""No cost at all: the output itself, for workings that differentiate the output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.operations.cost import Cost
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Output(Cost):
    """E = a, for a network of one output; dE/da = 1"""

    needs_target = False

    def formula(self, y: Any, a: Any) -> Any:
        return a

    def derivative(self, y: Any, a: Any) -> Any:
        return 1

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        yield "the derivative of a variable with respect to itself", 1
