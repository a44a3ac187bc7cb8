"""The identity: hands its input on, as in the output of a regression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class IdentityFunction(Elementwise):
    """a = h"""

    letter = "id"
    meaning = "the identity"
    aliases = ("linear",)
    is_written = False

    def formula(self, h: Any) -> Any:
        return h

    def derivative(self, h: Any, a: Any) -> Any:
        return 1

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "the derivative of a variable with respect to itself", 1
