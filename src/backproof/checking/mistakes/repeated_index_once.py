"""What is used several times gets the gradient of one use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.arrays import Array
from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, find_error, terms
from backproof.checking.sliding import Sliding, is_sliding
from backproof.checking.tape import Send, Sent, Step, Visit
from backproof.expression import Div, Number
from backproof.operations.convolution import Convolution
from backproof.operations.layers.embedding import Embedding


@final
@dataclass(frozen=True)
class RepeatedIndexOnce(Mistake):
    """A token that appears twice, or a place under two windows, gets one of its gradients where the sum belongs.

    Why: dW[tokens] += dout writes each row once, however often it is named; np.add.at adds all.
    Example: dx[window] = ... where dx[window] += ... belongs.
    See it: with no token twice, or windows side by side, it is right.
    """

    frequency = 7

    def rewrites(self, site: Site) -> Iterator[Change]:
        found = terms(site.formula)
        if len(found) < 2:
            return

        def all_through(kind: type) -> bool:
            errors = [find_error(term) for term in found]
            return all(each is not None and isinstance(site.layer_of(each.of[0]).kind, kind) for each in errors)

        if site.is_gradient and all_through(Embedding):
            what, mean = f"the row of {site.quantity.of[0]}", Div(site.formula, Number(len(found)))
            for says, formula in zip(SAYS, (found[-1], found[0], mean), strict=True):
                yield Change(formula, says.format(what), says)
        if site.is_sent_back and all_through(Convolution):
            yield Change(found[-1], SAYS[0].format("a place that several windows share"), "shared")

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if is_sliding(step.work):
            last, first, mean = (says.format("a place that several windows share") for says in SAYS)
            yield last, lambda visit: visit.replace(0, Sliding(visit).write_over(1))
            yield first, lambda visit: visit.replace(0, Sliding(visit).write_over(-1))
            yield (
                mean,
                lambda visit: visit.replace(0, visit.true[0] / np.maximum(Sliding(visit).count_uses(), 1)),
            )
        if isinstance(step.work, Embedding):
            last, first, mean = (says.format("a token that appears several times") for says in SAYS)
            yield last, lambda visit: visit.replace("weight", _write_over(visit, 1))
            yield first, lambda visit: visit.replace("weight", _write_over(visit, -1))
            yield mean, _average


def _write_over(visit: Visit, order: int) -> Array:
    """The rows of an embedding's gradient not added up: of each token the last one, or the first."""
    found = np.zeros_like(visit.parameters["weight"])
    tokens = visit.received[0].astype(int).reshape(-1)[::order]
    found[tokens] = visit.delta.reshape(len(tokens), -1)[::order]
    return found


def _average(visit: Visit) -> Sent:
    counts = visit.send(np.ones_like(visit.delta))["weight"]
    return visit.replace("weight", visit.true["weight"] / np.maximum(counts, 1))


#: What is done where the sum belongs.
SAYS = (
    "{} gets the gradient of its last use alone",
    "{} gets the gradient of its first use alone",
    "{} gets the mean of its gradients, not the sum",
)
