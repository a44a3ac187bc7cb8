"""What is used several times gets the gradient of one use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.arrays import Array
from backproof.checking.mistake import Mistake
from backproof.checking.sliding import Sliding, is_sliding
from backproof.checking.tape import Send, Sent, Step, Visit
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

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if is_sliding(step.work):
            what = "a place that several windows share"
            yield _say_last(what), lambda visit: visit.replace(0, Sliding(visit).write_over(1))
            yield _say_first(what), lambda visit: visit.replace(0, Sliding(visit).write_over(-1))
            yield (
                f"{what} gets the mean of its gradients, not the sum",
                lambda visit: visit.replace(0, visit.true[0] / np.maximum(Sliding(visit).count_uses(), 1)),
            )
        if isinstance(step.work, Embedding):
            what = "a token that appears several times"
            yield _say_last(what), lambda visit: visit.replace("weight", _write_over(visit, 1))
            yield _say_first(what), lambda visit: visit.replace("weight", _write_over(visit, -1))
            yield f"{what} gets the mean of its gradients, not the sum", _average


def _say_last(what: str) -> str:
    return f"{what} gets the gradient of its last use alone"


def _say_first(what: str) -> str:
    return f"{what} gets the gradient of its first use alone"


def _write_over(visit: Visit, order: int) -> Array:
    """The rows of an embedding's gradient not added up: of each token the last one, or the first."""
    found = np.zeros_like(visit.parameters["weight"])
    tokens = visit.received[0].astype(int).reshape(-1)[::order]
    found[tokens] = visit.delta.reshape(len(tokens), -1)[::order]
    return found


def _average(visit: Visit) -> Sent:
    counts = visit.send(np.ones_like(visit.delta))["weight"]
    return visit.replace("weight", visit.true["weight"] / np.maximum(counts, 1))
