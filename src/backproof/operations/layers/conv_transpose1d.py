"""The transposed convolution of sequences: each step lays down a kernel, and where several lie they add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.operations.convolution import TransposedConvolution


@final
@dataclass(frozen=True)
class ConvTranspose1d(TransposedConvolution):
    """h_cx = sum_diu [x = i s + u r - p] a_di k_dcu + b_c; weight (in, out / groups, steps), bias (out,)

    s is the stride, p the padding, r the dilation; parameters as those of `TransposedConvolution`.
    """

    axes: ClassVar[int] = 1
