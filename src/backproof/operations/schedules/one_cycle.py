"""One cycle (Smith & Topin 2018): from a small learning rate up to the full one and down to almost nothing."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import Any, final

from backproof.functions import cos, maximum, where
from backproof.operations.schedule import Schedule
from backproof.validate import require


@final
@dataclass(frozen=True)
class OneCycle(Schedule):
    """1 / first at step 1, 1 when the share `rise` of the run is over, 1 / (first last) at the last step

    with half a cosine wave between each two (PyTorch's OneCycleLR without momentum: `first` is its div_factor and
    `last` its final_div_factor). The learning rate given is the highest.
    """

    rise: float = 0.3
    first: float = 25.0
    last: float = 1e4

    def __post_init__(self) -> None:
        require(0 < self.rise < 1, "one_cycle's rise", "above 0 and below 1", self.rise)
        require(self.first >= 1, "one_cycle's first", "1 or more", self.first)
        require(self.last >= 1, "one_cycle's last", "1 or more", self.last)

    def factor(self, t: Any, total: Any) -> Any:
        peak, past = self.rise * total - 1, t - 1
        up = _between(1 / self.first, 1.0, past / maximum(peak, 1e-6))
        down = _between(1.0, 1 / (self.first * self.last), (past - peak) / (total - 1 - peak))
        return where(past <= peak, up, down)


def _between(start: float, end: float, share: Any) -> Any:
    """From start to end along half a cosine wave."""
    return end + (start - end) * (1 + cos(pi * share)) / 2
