"""RMS normalisation (Zhang & Sennrich 2019): each sample's numbers divided by their root mean square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.operations.normaliser import LastAxesNormaliser


@final
@dataclass(frozen=True)
class RmsNorm(LastAxesNormaliser):
    """h_p = gamma_p a_p / r, r = sqrt(1/N sum_q a_q^2 + epsilon), over the last axes of a sample; weight of their shape

    Parameters
    ----------
    axes : int, default 1
        Number of the last axes that are normalised together.
    epsilon : float, default 1e-5
        Keeps the root away from 0.
    affine : bool, default True
        Whether it has gamma.
    """

    statistics: ClassVar[tuple[str, ...]] = ("sample_rms",)
    is_centred: ClassVar[bool] = False
