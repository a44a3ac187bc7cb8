"""The transposed convolution of pictures: each place lays down a kernel, and where several lie they add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.operations.convolution import TransposedConvolution


@final
@dataclass(frozen=True)
class ConvTranspose2d(TransposedConvolution):
    """h_cxy = sum_dijuv [x = i s + u r - p, y = j s + v r - p] a_dij k_dcuv + b_c

    weight (in, out / groups, rows, columns), bias (out,)

    s is the stride, p the padding, r the dilation; parameters as those of `TransposedConvolution`.
    """

    axes: ClassVar[int] = 2
