"""The convolution of sequences: one kernel is laid over every step, so that its weights are shared by all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.operations.convolution import Convolution


@final
@dataclass(frozen=True)
class Conv1d(Convolution):
    """h_ci = sum_du a_d(i s + u r - p) k_cdu + b_c; weight (out, in / groups, steps), bias (out,)

    s is the stride, p the padding, r the dilation; parameters as those of `Convolution`.
    """

    axes: ClassVar[int] = 1
