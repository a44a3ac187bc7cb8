"""The Huber cost, averaged over the outputs: PyTorch's HuberLoss and, with threshold 1, SmoothL1Loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, final

from backproof.operations.cost import Cost
from backproof.operations.costs.huber import Huber
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class MeanHuber(Cost):
    """E = 1/K sum_k of 1/2 e^2 for |e| <= threshold, else threshold (|e| - threshold/2), with e = y_k - a_k"""

    aliases = ("huberloss", "smoothl1loss")
    averaged = True
    is_guessed: ClassVar[bool] = False

    threshold: float = 1.0

    def __post_init__(self) -> None:
        assert self._one_output  # checks the threshold

    @cached_property
    def _one_output(self) -> Huber:
        return Huber(self.threshold)

    def formula(self, y: Any, a: Any) -> Any:
        return self._one_output.formula(y, a)

    def derivative(self, y: Any, a: Any) -> Any:
        return self._one_output.derivative(y, a)

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        yield from self._one_output.derivation(y, a)
