"""The absolute error, averaged over the outputs: PyTorch's L1Loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.operations.cost import MeanCost
from backproof.operations.costs.absolute_error import AbsoluteError


@final
@dataclass(frozen=True)
class MeanAbsoluteError(MeanCost):
    """E = 1/K sum_k |y_k - a_k| over K outputs, dE/da = 1/K sign(a - y), 0 where they are equal"""

    aliases = ("l1loss",)
    is_guessed: ClassVar[bool] = False

    @property
    def one_output(self) -> AbsoluteError:
        return AbsoluteError()
