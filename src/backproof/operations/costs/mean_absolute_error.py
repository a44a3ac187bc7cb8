"""The absolute error, averaged over the outputs: PyTorch's L1Loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.operations.cost import Cost
from backproof.operations.costs.absolute_error import AbsoluteError
from backproof.operations.registry import Reasoned

ONE_OUTPUT = AbsoluteError()


@final
@dataclass(frozen=True)
class MeanAbsoluteError(Cost):
    """E = 1/K sum_k |y_k - a_k| over K outputs, dE/da = 1/K sign(a - y), 0 where they are equal"""

    aliases = ("l1loss",)
    averaged = True
    is_guessed: ClassVar[bool] = False

    def formula(self, y: Any, a: Any) -> Any:
        return ONE_OUTPUT.formula(y, a)

    def derivative(self, y: Any, a: Any) -> Any:
        return ONE_OUTPUT.derivative(y, a)

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        yield from ONE_OUTPUT.derivation(y, a)
