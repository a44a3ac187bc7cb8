"""The convolution of pictures: one kernel is laid over every place, so that its weights are shared by all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.operations.convolution import Convolution


@final
@dataclass(frozen=True)
class Conv2d(Convolution):
    """h_cij = sum_duv a_d(i s + u r - p)(j s + v r - p) k_cduv + b_c

    weight (out, in / groups, rows, columns), bias (out,)

    s is the stride, p the padding, r the dilation; parameters as those of `Convolution`.
    """

    axes: ClassVar[int] = 2
