"""N - 1 stands where N belongs in a variance, or the reverse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.mistakes.statistic_taken_constant import find_count, send_ways, weigh_ways
from backproof.checking.site import Change, Site
from backproof.checking.tape import Send, Sent, Step, Visit
from backproof.expression import Div, Expression, Number, substitute, walk
from backproof.operations.normaliser import Normaliser


@final
@dataclass(frozen=True)
class VarianceUnbiased(Mistake):
    """The backward pass of a normalisation divides by N - 1, as an unbiased variance does, and the forward pass by N.

    Why: np.var divides by N, np.std(ddof=1) and torch.var by N - 1.
    Example: dvar * 2 (x - mean) / (N - 1).
    See it: the error is about 1/N of the gradient.
    """

    frequency = 4

    def rewrites(self, site: Site) -> Iterator[Change]:
        count = max(map(find_count, walk(site.formula)), default=0)
        if count < 2:
            return
        for says, mean in BACK.items():
            yield from weigh_ways(site, says, count / (count - 1) if mean else 1, count / (count - 1))
        if site.quantity.statistic.endswith("deviation"):

            def divide(node: Expression) -> Expression | None:
                return Div(Number(1), Number(count - 1)) if node == Div(Number(1), Number(count)) else None

            yield Change(substitute(site.formula, divide), "the deviation is the unbiased one, with N - 1", "unbiased")

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if not isinstance(step.work, Normaliser) or step.work.is_fixed:
            return
        work, x = step.work, step.received[0].value
        count = len(work.members(0, [x.shape[1:]])) * (len(x) if work.couples_samples else 1)
        if count < 2:
            return
        more = count / (count - 1)
        for says, mean in BACK.items():
            yield says, lambda visit, mean=mean: send_ways(visit, more if mean else 1, more)  # type: ignore[misc]

        def with_unbiased_deviation(visit: Visit) -> Sent:
            deviation = work.measure(work.statistics[-1], visit.received)
            unbiased = ((deviation**2 - work.epsilon) * more + work.epsilon) ** 0.5
            return visit.replace(0, visit.true[0] * deviation / unbiased)

        yield "the deviation of the backward pass is the unbiased one, with N - 1", with_unbiased_deviation


#: In words, and whether the way through the mean is divided by N - 1 too.
BACK = {
    "the variance's gradient divides by N - 1, the variance by N": False,
    "the gradients of mean and variance divide by N - 1": True,
}
