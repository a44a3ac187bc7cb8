"""The factor gamma of a normalisation is left out on the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from backproof.checking.mistake import Mistake
from backproof.checking.mistakes.statistic_wrong_axis import measure_unit
from backproof.checking.site import Change, Site, exchanged
from backproof.checking.tape import Send, Sent, Step, Visit
from backproof.expression import Add, Div, Expression, Number, substitute
from backproof.operations.normaliser import Normaliser
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class GainOmitted(Mistake):
    """gamma is left out of what a normalisation sends back, or its own gradient is made with what is not normalised.

    Why: gamma is 1 at the start, so that nothing shows.
    Example: dx_hat = dy where dy * gamma belongs; dgamma = (dy * x).sum(0).
    See it: with gamma = 1 everything is right.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        def leave_out(node: Quantity) -> Expression | None:
            return Number(1) if node.kind is Kind.PARAMETER else None

        if site.is_sent_back:
            changed = site.change_terms(Normaliser, lambda term, error: exchanged(term, leave_out))
            if changed is not None:
                yield Change(changed, "gamma was left out of dx", "dx")
        if not site.is_gradient or site.is_bias:
            return
        for what, take in INSTEAD.items():

            def change(node: Expression, take: Callable[[Expression], Expression] = take) -> Expression | None:
                return take(node.top) if isinstance(node, Div) else None

            changed = site.change_terms(Normaliser, lambda term, error, change=change: substitute(term, change))  # type: ignore[misc]
            if changed is not None:
                yield Change(changed, f"dE/dgamma was {what}", what)

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if not isinstance(step.work, Normaliser) or "bias" not in step.parameters:
            return
        ones = {"weight": np.ones_like(step.parameters["weight"].value)}
        yield "gamma was left out of dx", lambda visit: visit.replace(0, visit.send(parameters=ones)[0])

        def sum_with(visit: Visit, numbers: Any) -> Sent:
            return visit.replace("weight", visit.send(visit.delta * numbers)["bias"])

        with_x, with_centred, without = (f"dE/dgamma was {what}" for what in INSTEAD)
        yield with_x, lambda visit: sum_with(visit, visit.received[0])
        yield with_centred, lambda visit: sum_with(visit, np.multiply(*measure_unit(visit)))
        yield without, lambda visit: sum_with(visit, 1.0)


#: How dE/dgamma is made, and of what stands over the deviation in a formula, what takes the place of the whole.
INSTEAD: dict[str, Callable[[Expression], Expression]] = {
    "made with x where the normalised numbers belong": lambda top: top.terms[0] if isinstance(top, Add) else top,
    "made with x - mean where the normalised numbers belong": lambda top: top,
    "summed without the normalised numbers": lambda top: Number(1),
}
