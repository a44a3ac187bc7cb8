"""Layer normalisation (Ba et al. 2016): each sample's numbers along the last axes with mean 0 and deviation 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.operations.normaliser import LastAxesNormaliser


@final
@dataclass(frozen=True)
class LayerNorm(LastAxesNormaliser):
    """h_p = gamma_p (a_p - mu) / s + beta_p, mu and s over the last axes of one sample; weight and bias of their shape

    Parameters
    ----------
    axes : int, default 1
        Number of the last axes that are normalised together.
    epsilon : float, default 1e-5
        Keeps the root away from 0.
    affine : bool, default True
        Whether it has gamma and beta.
    """

    statistics: ClassVar[tuple[str, ...]] = ("sample_mean", "sample_deviation")
