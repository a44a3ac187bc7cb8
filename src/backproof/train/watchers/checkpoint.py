"""Checkpoints: writes a run into its folder as it goes, so that it can be killed at any moment and taken up again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from backproof.arrays import AnyArray
from backproof.errors import ModelError
from backproof.schema import Fault
from backproof.train.history import History
from backproof.train.store import snapshot
from backproof.train.store.history_file import Record
from backproof.train.store.run_folder import RunFolder
from backproof.train.watchers.early_stopping import EarlyStopping
from backproof.train.watchers.watcher import Watcher

if TYPE_CHECKING:
    from backproof.train.run import Epochs, Run


class Checkpoint(Watcher):
    """Writes every epoch's line at once, and a checkpoint after the epoch in which `every` seconds are over.

    It stands after all watchers that it is given, so that it sees what they have done; their memories are part of the
    checkpoint. The model is written at the end and, beside a checkpoint, where early stopping has a new best one.
    """

    attentive = False
    every: ClassVar[float] = 1.0

    def __init__(
        self, folder: RunFolder, watchers: Sequence[Watcher], preparation: Mapping[str, Any] | None = None
    ) -> None:
        self.folder, self.watchers, self.preparation = folder, list(watchers), preparation
        self.pending: tuple[dict[str, AnyArray], dict[str, Any]] | None = None
        self.last, self.best = monotonic(), 0

    def go_on(self, run: Run) -> History | None:
        """Put a run where its last checkpoint was: the history until then, or None before the first.

        Errors: ModelError for a damaged checkpoint, or one of another run.
        """
        saved = self.folder.read_checkpoint()
        if saved is None:
            self.folder.history.cut(0)
            return None
        try:
            snapshot.give_back(run, self.watchers, *saved)
        except Fault as fault:
            raise ModelError(f"the checkpoint in '{self.folder.place}' does not fit: {fault.message}") from None
        records = self.folder.history.cut(run.state.epoch)
        costs = [record["cost"] for record in records]
        run.costs = [np.array(costs)]
        run.factor = run.settings.schedule.adapt(run.factor, costs)
        return History(run.network, run.costs[0], metrics=_metrics(records))

    def begin(self, run: Run) -> None:
        self.last = monotonic()

    def after(self, run: Run, epochs: Epochs) -> str | None:
        self.folder.history.append(*_records(epochs))
        self.pending = snapshot.take(run, self.watchers)
        if monotonic() - self.last >= self.every:
            self._write()
            self._save_best(run)
        return None

    def finish(self, run: Run, history: History) -> History:
        self._write()
        epoch = history.best_epoch or run.state.epoch
        self.folder.save_model(history.network, preparation=self.preparation, facts={"epoch": epoch})
        return history

    def _write(self) -> None:
        """Write what the last epoch left, unless that is written already."""
        if self.pending is not None:
            self.folder.write_checkpoint(*self.pending)
            self.pending, self.last = None, monotonic()

    def _save_best(self, run: Run) -> None:
        for watcher in self.watchers:
            if isinstance(watcher, EarlyStopping) and watcher.epoch != self.best:
                self.best = watcher.epoch
                network = run.start.with_parameters(watcher.parameters)
                self.folder.save_model(network, preparation=self.preparation, facts={"epoch": self.best})


def _records(epochs: Epochs) -> list[Record]:
    """A line for each epoch; what was measured belongs to the last."""
    first = epochs.number - len(epochs.costs) + 1
    lines: list[Record] = [
        {"epoch": number, "cost": cost, "rate": epochs.rate}
        for number, cost in enumerate(epochs.costs.tolist(), start=first)
    ]
    lines[-1] |= {name: float(value) for name, value in epochs.metrics.items()}
    return lines


def _metrics(records: Sequence[Record]) -> dict[str, list[float]]:
    metrics: dict[str, list[float]] = {}
    for record in records:
        for name, value in record.items():
            if name not in ("epoch", "cost", "rate"):
                metrics.setdefault(name, []).append(value)
    return metrics
