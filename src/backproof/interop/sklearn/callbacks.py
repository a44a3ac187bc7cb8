"""scikit-learn's rules as callbacks: patience, a falling rate, what is held out, and what is printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backproof.arrays import AnyArray
from backproof.data.source import ArraySource
from backproof.operations.schedules.adaptive import Plateau
from backproof.train.callbacks.callback import Callback
from backproof.train.evaluate import evaluate_cost
from backproof.train.run import Epochs, Run

#: A learning rate that has adapted to less than this adapts no more.
LEAST_RATE = 1e-6


class Patience(Callback):
    """Ends a run, or divides its learning rate by 5, once more than `patience` epochs in a row brought nothing.

    They are judged by their costs, or, where there is something held out, by its score.
    """

    needs_every_epoch = False

    def __init__(
        self, state: Plateau, tolerance: float, patience: float, *, scored: bool, adapts: bool, say: Callable[..., Any]
    ) -> None:
        self.state, self.tolerance, self.patience = state, tolerance, patience
        self.scored, self.adapts, self.say = scored, adapts, say

    def max_epochs_ahead(self) -> float:
        return self.patience + 1 - self.state.failed

    def after(self, run: Run, epochs: Epochs) -> str | None:
        values = [-epochs.metrics["score"]] if self.scored else epochs.costs.tolist()
        self.state = self.state.extend(values, self.tolerance)
        if self.state.failed <= self.patience:
            return None
        return self._act(run)

    def _act(self, run: Run) -> str | None:
        rate = run.options.learning_rate * run.factor
        what = "Validation score" if self.scored else "Training loss"
        message = f"{what} did not improve more than tol={self.tolerance:f} for {self.patience} consecutive epochs."
        if self.adapts and rate > LEAST_RATE:
            run.factor /= 5
            self.state = self.state._replace(failed=0)
            self.say(f"{message} Setting learning rate to {rate / 5:f}")
            return None
        self.say(f"{message}{' Learning rate too small.' if self.adapts else ''} Stopping.")
        return message


class InverseScaling(Callback):
    """The learning rate after each epoch: the first one's by (samples seen so far + 1)^power."""

    def __init__(self, seen: int, power: float) -> None:
        self.seen, self.power = seen, power

    def after(self, run: Run, epochs: Epochs) -> None:
        self.seen += run.source.count * len(epochs.costs)
        run.factor = (self.seen + 1) ** -self.power


class HeldOut(Callback):
    """Adds `loss` and `score` of the samples held out to each epoch's metrics, and keeps the best parameters.

    `score` is a function of the parameters.
    """

    def __init__(self, data: ArraySource, score: Callable[[dict[str, AnyArray]], float], best: float) -> None:
        self.data, self.score, self.best = data, score, best
        self.parameters: dict[str, AnyArray] = {}

    def begin(self, run: Run) -> None:
        self.parameters = dict(run.state.parameters)

    def after(self, run: Run, epochs: Epochs) -> None:
        parameters = {key: array.copy() for key, array in run.state.parameters.items()}
        epochs.metrics["loss"] = evaluate_cost(run.recipe, parameters, self.data, run.options.dtype)
        epochs.metrics["score"] = self.score(parameters)
        if epochs.metrics["score"] > self.best:
            self.best, self.parameters = epochs.metrics["score"], parameters


class Narrator(Callback):
    """Says each epoch's cost and score, in scikit-learn's words."""

    needs_every_epoch = False

    def __init__(self, say: Callable[..., Any]) -> None:
        self.say, self.number = say, 0

    def after(self, run: Run, epochs: Epochs) -> None:
        for cost in epochs.costs:
            self.number += 1
            self.say(f"Iteration {self.number}, loss = {cost:.8f}")
        if "score" in epochs.metrics:
            self.say(f"Validation score: {epochs.metrics['score']:f}")


def say_nothing(message: str) -> None:
    """Say nothing."""
