"""Tells how a training goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backproof.train.run import Epochs, Run
from backproof.train.watchers.watcher import Watcher


class Narrator(Watcher):
    """Says each epoch's cost and score, in scikit-learn's words."""

    attentive = False

    def __init__(self, say: Callable[..., Any]) -> None:
        self.say, self.number = say, 0

    def after(self, run: Run, epochs: Epochs) -> None:
        for cost in epochs.costs:
            self.number += 1
            self.say(f"Iteration {self.number}, loss = {cost:.8f}")
        if "score" in epochs.metrics:
            self.say(f"Validation score: {epochs.metrics['score']:f}")


def silent(message: str) -> None:
    """Say nothing."""
