"""The weight matrix stands the wrong way round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.check.mistake import Change, Mistake, Site, exchanged
from backproof.expression import Quantity


@final
@dataclass(frozen=True)
class TransposedWeights(Mistake):
    """W where W^T belongs, or the reverse: weights of other connections meet each error.

    Why: square matrices multiply either way without complaint.
    Example: dE/da_i = sum_j delta_j w_ji.
    See it: the diagonal is right and the rest is not.
    """

    frequency = 4

    def rewrites(self, site: Site) -> Iterator[Change]:
        if not (site.role == "h" or (site.role == "dE/da" and site.is_hidden)):
            return
        layer = site.layer if site.role == "h" else site.layer + 1
        senders, receivers = site.units(layer - 1), site.units(layer)

        def turned(node: Quantity) -> Quantity | None:
            if node.role != "w":
                return None
            use = site.network.parameter(node.of[0]).uses[0]
            if use.row is None or use.row >= len(receivers) or use.column >= len(senders):
                return None
            return site.weight(senders[use.column], receivers[use.row])

        changed = exchanged(site.formula, turned)
        if changed != site.formula:
            yield Change(changed, f"the weights into layer {layer} were transposed", "transposed")
