"""Sum: over one or several axes of a sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from backproof.operations.reduction import Reduction


@final
@dataclass(frozen=True)
class Sum(Reduction):
    """h_p = sum over the axes of a_(p with the axes put in)"""
