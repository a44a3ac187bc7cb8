"""The Huber cost, averaged over the outputs: PyTorch's HuberLoss and, with threshold 1, SmoothL1Loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.operations.cost import MeanCost
from backproof.operations.costs.huber import Huber


@final
@dataclass(frozen=True)
class MeanHuber(MeanCost):
    """E = 1/K sum_k of 1/2 e^2 for |e| <= threshold, else threshold (|e| - threshold/2), with e = y_k - a_k"""

    aliases = ("huberloss", "smoothl1loss")
    is_guessed: ClassVar[bool] = False

    threshold: float = 1.0

    def __post_init__(self) -> None:
        Huber(self.threshold)  # which checks the threshold

    @property
    def one_output(self) -> Huber:
        return Huber(self.threshold)
