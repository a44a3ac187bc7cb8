"""A penalty's gradient that the cost does not have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.mistake import Mistake
from backproof.checking.mistakes.regularised_bias import penalised, penalties
from backproof.checking.site import Change, Site


@final
@dataclass(frozen=True)
class RegularisedWeights(Mistake):
    """lambda W is added to dE/dW, although the cost holds no penalty on the weights.

    Why: weight decay is part of a template, and the cost that is checked is the bare one.
    Example: dW = a.T @ delta + 0.01 * W.
    See it: (claimed - true) / w is the same for every weight.
    """

    frequency = 3

    def rewrites(self, site: Site) -> Iterator[Change]:
        yield from penalties(site) if site.is_gradient and not site.is_bias else ()

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from penalised(code, "W")
