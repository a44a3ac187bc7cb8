"""scikit-learn's patience: when a training that gets no better ends, or goes on at a lower rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from backproof.train.run import Epochs, Run
from backproof.train.watchers.watcher import Watcher

#: A learning rate that has adapted to less than this adapts no more.
LEAST_RATE = 1e-6


class Plateau(NamedTuple):
    """The lowest value so far, and how many in a row were not lower than the lowest before them by `tolerance`."""

    best: float
    bad: int

    def after(self, value: float, tolerance: float) -> Plateau:
        """The same, one value later."""
        return Plateau(value if value < self.best else self.best, self.bad + 1 if value > self.best - tolerance else 0)


class Patience(Watcher):
    """Ends a run, or divides its learning rate by 5, once more than `patience` epochs in a row brought nothing.

    They are judged by their costs, or, where there is something held out, by its score.
    """

    attentive = False

    def __init__(
        self, state: Plateau, tolerance: float, patience: float, *, scored: bool, adapts: bool, say: Callable[..., Any]
    ) -> None:
        self.state, self.tolerance, self.patience = state, tolerance, patience
        self.scored, self.adapts, self.say = scored, adapts, say

    def ahead(self) -> float:
        return self.patience + 1 - self.state.bad

    def after(self, run: Run, epochs: Epochs) -> str | None:
        for value in [-epochs.metrics["score"]] if self.scored else epochs.costs.tolist():
            self.state = self.state.after(value, self.tolerance)
        if self.state.bad <= self.patience:
            return None
        return self._act(run)

    def _act(self, run: Run) -> str | None:
        rate = run.settings.learning_rate * run.factor
        what = "Validation score" if self.scored else "Training loss"
        message = f"{what} did not improve more than tol={self.tolerance:f} for {self.patience} consecutive epochs."
        if self.adapts and rate > LEAST_RATE:
            run.factor /= 5
            self.state = self.state._replace(bad=0)
            self.say(f"{message} Setting learning rate to {rate / 5:f}")
            return None
        self.say(f"{message}{' Learning rate too small.' if self.adapts else ''} Stopping.")
        return message
