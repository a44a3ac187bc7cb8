"""Epsilon is added under the root."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import Add, Call, Expression, Number, substitute
from backproof.functions import sqrt
from backproof.quantity import Kind


@final
@dataclass(frozen=True)
class EpsilonInRoot(Mistake):
    """sqrt(v + epsilon) stands for sqrt(v) + epsilon.

    Why: normalisations have it under the root, optimisers beside it.
    Example: m_hat / sqrt(v_hat + 1e-8).
    See it: it shows where v is not large against epsilon, as for tiny gradients.
    """

    frequency = 4

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.quantity.kind not in (Kind.STEP, Kind.OPTIMISER):
            return

        def change(node: Expression) -> Expression | None:
            match node:
                case Add(terms=(Call(function="sqrt", arguments=(inner,)), Number() as epsilon)):
                    return sqrt(inner + epsilon)  # type: ignore[no-any-return]
            return None

        changed = substitute(site.formula, change)
        if changed != site.formula:
            yield Change(changed, "epsilon was added under the root", "epsilon")
