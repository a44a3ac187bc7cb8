"""The scale 1/sqrt(d) of attention is left out on the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.checking.tape import Send, Step
from backproof.expression import Expression, Number, substitute
from backproof.operations.layers.matmul import Matmul
from backproof.operations.layers.scale import Scale
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class AttentionScaleOmitted(Mistake):
    """The scores are divided by sqrt(d) on the way there, and their errors are not on the way back.

    Why: the scale is no step with a name, and it is applied within a line.
    Example: dQ = dS @ K where dS @ K / sqrt(d) belongs.
    See it: the gradients of queries and keys are sqrt(d) times too large, those of the values are right.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        for says, power in SAYS.items():

            def change(term: Expression, error: Quantity | None = None, power: int = power) -> Expression:
                return substitute(term, lambda node: Number(node.value**power) if isinstance(node, Number) else None)

            changed = None
            if site.quantity.kind is Kind.PRE_ACTIVATION and _scales_products(site):
                changed = change(site.formula)
            elif site.is_sent_back and isinstance(site.layer_of(site.quantity.of[0]).kind, Matmul):
                changed = site.change_terms(Scale, change)
            if changed not in (None, site.formula):
                yield Change(changed, says, says)

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Scale) and step.work.factor != 1:
            factor = step.work.factor
            for says, power in SAYS.items():
                yield says, lambda visit, power=power: {0: factor**power * visit.delta}  # type: ignore[misc]


#: In words, and how often the scale is multiplied by.
SAYS = {"the scale 1/sqrt(d) was left out": 0, "the scale 1/sqrt(d) was multiplied by twice": 2}


def _scales_products(site: Site) -> bool:
    """Whether the unit at hand is a product of two matrices, scaled."""
    layer = site.layer_of(site.quantity.of[0])
    sender = site.network.architecture.layers[layer.receives[0]]
    return isinstance(layer.kind, Scale) and isinstance(sender.kind, Matmul)
