"""The mean or the variance of a normalisation is taken as constant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.checking.tape import Send, Sent, Step, Visit
from backproof.expression import Div, Expression, Neg, Number, substitute
from backproof.operations.normaliser import Normaliser


@final
@dataclass(frozen=True)
class StatisticTakenConstant(Mistake):
    """A number acts through a batch norm in three ways: by itself, through the mean, through the deviation; some are
    left out.

    Why: mean and variance look like constants of the batch, and each of them is made of every number in it.
    Example: dx = gamma * dy / std.
    See it: the errors of a batch do not add up to 0, or not when multiplied by the normalised numbers.
    """

    frequency = 8

    def rewrites(self, site: Site) -> Iterator[Change]:
        for says, mean, deviation in WAYS:
            yield from weigh_ways(site, says, mean, deviation)

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Normaliser) and not step.work.is_fixed:
            for says, mean, deviation in WAYS:
                yield says, lambda visit, mean=mean, deviation=deviation: send_ways(visit, mean, deviation)  # type: ignore[misc]


#: In words, whether what goes through the mean counts, and what goes through the deviation.
WAYS = (
    ("the mean was taken as constant", 0, 1),
    ("the variance was taken as constant", 1, 0),
    ("mean and variance were taken as constant", 0, 0),
)


def send_ways(visit: Visit, mean: float, deviation: float) -> Sent:
    """What a normalisation sends back by the three ways, the last two multiplied by a factor."""
    assert isinstance(visit.step.work, Normaliser)
    return visit.replace(0, visit.step.work.send_ways(visit.delta, visit.received, visit.parameters, mean, deviation))


def weigh_ways(site: Site, says: str, mean: float, deviation: float) -> Iterator[Change]:
    """What comes back through a normalisation, the ways through mean and deviation multiplied by a factor."""

    def weigh(node: Expression) -> Expression | None:
        if not (isinstance(node, Neg) and (count := find_count(node.body))):
            return None
        factor = mean if node.body == Div(Number(1), Number(count)) else deviation
        return node if factor == 1 else Number(factor) * node

    if site.is_sent_back:
        changed = site.change_terms(Normaliser, lambda term, error: substitute(term, weigh))
        if changed is not None:
            yield Change(changed, says, says)


def find_count(node: Expression) -> int:
    """N where a formula is something over the N numbers that are normalised together; else 0."""
    return int(node.bottom.value) if isinstance(node, Div) and isinstance(node.bottom, Number) else 0
