"""A learning rate that falls with the samples seen."""

from __future__ import annotations

from backproof.train.run import Epochs, Run
from backproof.train.watchers.watcher import Watcher


class InverseScaling(Watcher):
    """The learning rate after each epoch: the first one's by (samples seen so far + 1)^power."""

    def __init__(self, seen: int, power: float) -> None:
        self.seen, self.power = seen, power

    def after(self, run: Run, epochs: Epochs) -> None:
        self.seen += run.source.count * len(epochs.costs)
        run.factor = (self.seen + 1) ** -self.power
