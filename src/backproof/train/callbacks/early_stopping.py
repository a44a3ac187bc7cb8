"""Early stopping: ends a run that has not improved for a while, and keeps the best network it had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from math import inf, isnan
from typing import Any

from backproof.arrays import AnyArray
from backproof.errors import OptionError, did_you_mean
from backproof.schema import Table, number, whole
from backproof.train.callbacks.callback import Callback, Memory
from backproof.train.history import History
from backproof.train.run import Epochs, Run


class EarlyStopping(Callback):
    """Ends the run after `patience` epochs in a row without an improvement by more than `tolerance`.

    `monitor` is `cost` or the name of a metric of the epochs; `greater` tells whether more of it is better. With
    `patience` None the run is not ended, and the best network still kept.
    """

    def __init__(self, monitor: str, greater: bool, patience: int | None = None, tolerance: float = 0.0) -> None:
        self.monitor, self.greater, self.patience, self.tolerance = monitor, greater, patience, tolerance
        self.best, self.waited, self.epoch = inf, 0, 0
        self.parameters: dict[str, AnyArray] = {}

    def begin(self, run: Run) -> None:
        """A run that it ended may go on, where more patience is asked for now."""
        if run.stopped.startswith(self._reason) and (self.patience is None or self.waited < self.patience):
            run.stopped = ""

    @property
    def _reason(self) -> str:
        return f"{self.monitor} has not improved for"

    def after(self, run: Run, epochs: Epochs) -> str | None:
        known = {"cost": epochs.cost, **epochs.metrics}
        if self.monitor not in known:
            raise OptionError(
                f"monitor: unknown metric '{self.monitor}'; expected one of {', '.join(known)}."
                + did_you_mean(self.monitor, known)
            )
        value = -known[self.monitor] if self.greater else known[self.monitor]
        value = inf if isnan(value) else value  # of which nobody knows whether it is good, and anything is better
        if not self.parameters or value < self.best:
            self.waited = 0 if not self.parameters or value < self.best - self.tolerance else self.waited + 1
            self.best, self.epoch = value, epochs.number
            self.parameters = {key: array.copy() for key, array in run.state.parameters.items()}
        else:
            self.waited += 1
        if self.patience is None or self.waited < self.patience:
            return None
        return f"{self._reason} {self.waited} epochs"

    def finish(self, run: Run, history: History) -> History:
        if not self.parameters:
            return history
        return replace(history, network=run.start.with_parameters(self.parameters), best_epoch=self.epoch)

    def memory(self) -> Memory:
        return dict(self.parameters), {"best": self.best, "waited": self.waited, "epoch": self.epoch}

    def restore(self, arrays: Mapping[str, AnyArray], facts: Mapping[str, Any]) -> None:
        self.parameters = dict(arrays)
        table = Table(facts, ("callbacks",), ("best", "waited", "epoch"))
        self.best = table.need("best", lambda value, path: inf if value == inf else number(value, path))
        self.waited, self.epoch = (table.need(key, partial(whole, low=0)) for key in ("waited", "epoch"))
