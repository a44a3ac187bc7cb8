"""Checkpoints: writes a run into its folder as it goes, so that it can be killed at any moment and taken up again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from time import monotonic
from typing import Any, ClassVar

import numpy as np

from backproof.arrays import AnyArray
from backproof.errors import ModelError
from backproof.schema import Fault, Table, mapping, number, text, whole
from backproof.train.callbacks.callback import Callback
from backproof.train.callbacks.early_stopping import EarlyStopping
from backproof.train.history import History
from backproof.train.run import Epochs, Run
from backproof.train.step import State
from backproof.train.store.history_file import Record
from backproof.train.store.run_folder import RunFolder


class Checkpoint(Callback):
    """Writes every epoch's line at once, and a checkpoint after the epoch in which `every` seconds are over.

    It stands after all callbacks that it is given, so that it sees what they have done; their memories are part of the
    checkpoint. The model is written at the end and, beside a checkpoint, where early stopping has a new best one.
    """

    needs_every_epoch = False
    every: ClassVar[float] = 1.0

    def __init__(
        self, folder: RunFolder, callbacks: Sequence[Callback], preparation: Mapping[str, Any] | None = None
    ) -> None:
        self.folder, self.callbacks, self.preparation = folder, list(callbacks), preparation
        self.pending: tuple[dict[str, AnyArray], dict[str, Any]] | None = None
        self.last, self.best = monotonic(), 0

    def resume(self, run: Run) -> History | None:
        """Put a run where its last checkpoint was: the history until then, or None before the first.

        Errors: ModelError for a damaged checkpoint, or one of another run.
        """
        saved = self.folder.read_checkpoint()
        if saved is None:
            self.folder.history.cut(0)
            return None
        try:
            restore_run(run, self.callbacks, *saved)
        except Fault as fault:
            raise ModelError(f"the checkpoint in '{self.folder.place}' does not fit: {fault.message}") from None
        records = self.folder.history.cut(run.state.epoch)
        costs = [record["cost"] for record in records]
        run.costs = [np.array(costs)]
        run.factor = run.options.schedule.adapt(run.factor, costs)
        return History(run.network, run.costs[0], metrics=_collect_metrics(records))

    def begin(self, run: Run) -> None:
        self.last = monotonic()

    def after(self, run: Run, epochs: Epochs) -> str | None:
        self.folder.history.append(*_make_records(epochs))
        self.pending = take_snapshot(run, self.callbacks)
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
        for callback in self.callbacks:
            if isinstance(callback, EarlyStopping) and callback.epoch != self.best:
                self.best = callback.epoch
                network = run.start.with_parameters(callback.parameters)
                self.folder.save_model(network, preparation=self.preparation, facts={"epoch": self.best})


def _make_records(epochs: Epochs) -> list[Record]:
    """A line for each epoch; what was measured belongs to the last."""
    first = epochs.number - len(epochs.costs) + 1
    lines: list[Record] = [
        {"epoch": number, "cost": cost, "rate": epochs.rate}
        for number, cost in enumerate(epochs.costs.tolist(), start=first)
    ]
    lines[-1] |= {name: float(value) for name, value in epochs.metrics.items()}
    return lines


def _collect_metrics(records: Sequence[Record]) -> dict[str, list[float]]:
    metrics: dict[str, list[float]] = {}
    for record in records:
        for name, value in record.items():
            if name not in ("epoch", "cost", "rate"):
                metrics.setdefault(name, []).append(value)
    return metrics


KEYS = ("epoch", "step", "engine", "factor", "stopped", "watchers")


def take_snapshot(run: Run, callbacks: Sequence[Callback]) -> tuple[dict[str, AnyArray], dict[str, Any]]:
    """Every array and fact of a run between two epochs, and of its callbacks, for `restore_run`.

    Nothing is copied, since nothing of a state is ever written over.
    """
    arrays, memories = run.state.named, {}
    for name, callback in _name_callbacks(callbacks):
        own, memories[name] = callback.memory()
        arrays |= {f"{name}/{key}": array for key, array in own.items()}
    facts = {"epoch": run.state.epoch, "step": int(run.state.step), "engine": run.engine.name, "factor": run.factor}
    return arrays, {**facts, "stopped": run.stopped, "watchers": memories}


def restore_run(run: Run, callbacks: Sequence[Callback], arrays: dict[str, AnyArray], facts: Mapping[str, Any]) -> None:
    """Put a run and its callbacks where they were. Errors: ModelError where the arrays are not those of such a run."""
    table = Table(facts, (), KEYS)
    run.state = _read_state(run.state, arrays, table)
    run.factor, run.stopped = table.need("factor", number), table.need("stopped", text)
    memories = table.need("watchers", mapping)
    for name, callback in _name_callbacks(callbacks):
        if name in memories:
            own = {key.removeprefix(f"{name}/"): array for key, array in arrays.items() if key.startswith(f"{name}/")}
            callback.restore(own, mapping(memories[name], ("watchers", name)))


def _read_state(like: State, arrays: dict[str, AnyArray], facts: Table) -> State:
    """The state of those arrays, which have names, shapes and precision of another state of the run."""
    if mismatch := like.mismatch(arrays):
        raise ModelError(f"the checkpoint is of another run: {mismatch}")
    parameters = {key: arrays[f"parameters/{key}"] for key in like.parameters}
    slots = {slot: {key: arrays[f"slots/{slot}/{key}"] for key in keyed} for slot, keyed in like.slots.items()}
    step, epoch = (facts.need(key, lambda value, path: whole(value, path, 0)) for key in ("step", "epoch"))
    return State(parameters, slots, step, epoch)


def _name_callbacks(callbacks: Sequence[Callback]) -> Iterator[tuple[str, Callback]]:
    """Each callback by what it is; several of a kind are counted."""
    seen: dict[str, int] = {}
    for callback in callbacks:
        kind = type(callback).__name__
        seen[kind] = seen.get(kind, 0) + 1
        yield f"watchers/{kind}/{seen[kind]}", callback
