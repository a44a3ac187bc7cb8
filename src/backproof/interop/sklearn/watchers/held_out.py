"""What is held out: measured after each epoch, and the best parameters kept."""

from __future__ import annotations

from collections.abc import Callable

from backproof.arrays import AnyArray
from backproof.data.source import ArraySource
from backproof.train.evaluate import evaluate
from backproof.train.run import Epochs, Run
from backproof.train.watchers.watcher import Watcher


class HeldOut(Watcher):
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
        epochs.metrics["loss"] = evaluate(run.recipe, parameters, self.data, run.settings.dtype).cost
        epochs.metrics["score"] = self.score(parameters)
        if epochs.metrics["score"] > self.best:
            self.best, self.parameters = epochs.metrics["score"], parameters
