"""Mean: over one or several axes of a sample."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import final

from backproof.operations.layer import Shape
from backproof.operations.reduction import Reduction


@final
@dataclass(frozen=True)
class Mean(Reduction):
    """h_p = 1/N sum over the axes of a_(p with the axes put in), for N terms"""

    def factor(self, shape: Shape) -> Fraction:
        return Fraction(1, prod(shape[axis] for axis in self.axes))
