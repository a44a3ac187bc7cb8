"""A callback: a function of one's own that is called after each epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from backproof.train.watchers.watcher import Watcher

if TYPE_CHECKING:
    from backproof.train.run import Epochs, Run


class Callback(Watcher):
    """Calls `function(run, epochs)`; what it answers, a text or True, ends the run."""

    def __init__(self, function: Callable[[Run, Epochs], Any]) -> None:
        self.function = function

    def after(self, run: Run, epochs: Epochs) -> str | None:
        answer = self.function(run, epochs)
        return (answer if isinstance(answer, str) else "a callback asked for it") if answer else None


class Report(Watcher):
    """Calls `function(number, cost)` for each epoch, without a look at the state."""

    attentive = False

    def __init__(self, function: Callable[[int, float], object]) -> None:
        self.function = function

    def after(self, run: Run, epochs: Epochs) -> str | None:
        for number, cost in enumerate(epochs.costs, start=epochs.number - len(epochs.costs) + 1):
            self.function(number, cost)
        return None
