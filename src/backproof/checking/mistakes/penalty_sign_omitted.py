"""The derivative of |w| is taken for 1 or for w."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import Call, Expression, Number, substitute


@final
@dataclass(frozen=True)
class PenaltySignOmitted(Mistake):
    """The derivative of the penalty l1 |w| is taken for l1, or for l1 |w|, whatever the sign of the weight.

    Why: the derivative of w is 1, and the bars are overlooked.
    Example: dR/dw = l1 for a negative weight.
    See it: right for positive weights, off by 2 l1 for negative ones.
    """

    frequency = 15

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.form != "dR/dw":
            return
        for says, instead in INSTEAD.items():

            def change(node: Expression, instead: str = instead) -> Expression | None:
                if not (isinstance(node, Call) and node.function == "sign"):
                    return None
                return Call(instead, node.arguments) if instead else Number(1)

            changed = substitute(site.formula, change)
            if changed != site.formula:
                yield Change(changed, says, says)


#: In words, the function that takes the place of the sign; of 1 none.
INSTEAD = {"the sign of the weight was left out": "", "|w| was not differentiated": "abs"}
