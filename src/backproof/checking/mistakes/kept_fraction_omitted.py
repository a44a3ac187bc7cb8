"""The factor of an inverted dropout is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.checking.tape import Send, Step
from backproof.expression import Div, Expression, Number, substitute
from backproof.operations.layers.dropout import Dropout
from backproof.quantity import Quantity


@final
@dataclass(frozen=True)
class KeptFractionOmitted(Mistake):
    """What dropout keeps is divided by the kept fraction on the way there, and not on the way back, or the reverse.

    Why: the mask of ones and zeros is kept, the factor is applied on its own line.
    Example: dx = dout * mask where dout * mask / keep belongs.
    See it: claimed = true * keep.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        for says, instead in FACTORS.items():

            def change(node: Expression, instead: Callable[[float], float] = instead) -> Expression | None:
                if not (isinstance(node, Div) and isinstance(node.top, Quantity) and node.top.statistic == "mask"):
                    return None
                kept = site.graph.evaluate(node.bottom)
                return None if kept == 1 else Number(instead(1 / kept)) * node.top

            if (changed := substitute(site.formula, change)) != site.formula:
                yield Change(changed, says, says)

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if not isinstance(step.work, Dropout) or (kept := 1 - step.work.rate) == 1:
            return
        for says, instead in FACTORS.items():
            factor = kept * instead(1 / kept)
            yield says, lambda visit, factor=factor: visit.replace(0, factor * visit.true[0])  # type: ignore[misc]


#: In words, what takes the place of the factor by which kept numbers are multiplied.
FACTORS: dict[str, Callable[[float], float]] = {
    "the kept fraction was forgotten": lambda factor: 1.0,
    "the kept fraction was multiplied by, not divided by": lambda factor: 1 / factor,
    "the kept fraction was divided by twice": lambda factor: factor**2,
    "the dropped fraction was taken for the kept one": lambda factor: 1 / (1 - 1 / factor),
}
