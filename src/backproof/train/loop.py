"""The training loop: a run, its callbacks, and the history that comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np

from backproof import propagation
from backproof.arrays import Array
from backproof.data.source import ArraySource
from backproof.errors import Diverged, OptionError
from backproof.network import Network
from backproof.train.callbacks.callback import Callback
from backproof.train.callbacks.checkpoint import Checkpoint
from backproof.train.evaluate import evaluate_cost
from backproof.train.history import INTERRUPTED, History
from backproof.train.lbfgs.run import LbfgsRun
from backproof.train.options import TrainingOptions
from backproof.train.run import Epochs, Run
from backproof.train.step import Recipe
from backproof.train.store.run_folder import RunFolder


def run_class(options: TrainingOptions) -> type[Run]:
    """The kind of run that the options want. Errors: OptionError for options that exclude each other."""
    if options.micro_batches is None:
        return LbfgsRun if options.optimizer.searches else Run
    if options.optimizer.searches:
        raise OptionError(
            "a line search takes all samples at once; choose another optimizer such as adam, or leave out "
            "micro_batches (--micro-batches and --processes)."
        )
    from backproof.train.sharded_run import ShardedRun

    return ShardedRun


def train(run: Run, callbacks: Iterable[Callback], history: History | None = None) -> History:
    """Let a run go to its end, or to where a callback or Ctrl-C ends it; an earlier part's history comes first."""
    if run.follows:
        return run.follow()
    try:
        history = _lead(run, list(callbacks), history)
    except BaseException as error:
        run.dismiss(error)
        raise
    run.dismiss(history)
    return history


def _lead(run: Run, callbacks: Sequence[Callback], history: History | None) -> History:
    costs, metrics = ([history.costs], dict(history.metrics)) if history else ([], {})

    def keep(epochs: Epochs) -> None:
        costs.append(epochs.costs)
        for name, value in epochs.metrics.items():
            metrics.setdefault(name, []).append(value)

    try:
        follow(run, callbacks, keep)
    except Diverged as error:
        error.history = make_history(run, callbacks, costs, metrics, str(error), diverged=True)
        raise
    return make_history(run, callbacks, costs, metrics, run.stopped)


def follow(run: Run, callbacks: Sequence[Callback], keep: Callable[[Epochs], object] = lambda epochs: None) -> None:
    """Iterate over a run, call its callbacks, until it is over or Ctrl-C is pressed; `keep` what they saw."""
    try:
        for callback in callbacks:
            callback.begin(run)
        run.epochs_ahead = _epochs_ahead(callbacks)
        for epochs in run:
            seen = run.summarize(epochs)
            for callback in callbacks:
                reason = callback.after(run, seen)
                run.stopped = run.stopped or reason or ""
            keep(seen)
            run.epochs_ahead = _epochs_ahead(callbacks)
    except KeyboardInterrupt:
        run.stopped = INTERRUPTED


def train_in_folder(
    folder: RunFolder,
    run: Run,
    callbacks: Sequence[Callback],
    preparation: Mapping[str, Any] | None = None,
    others: Sequence[Callback] = (),
) -> History:
    """Let a run go to its end with checkpoints in a folder, from the last one that is there.

    What others do is no part of a checkpoint: where one of them ends the run, it can be gone on with.
    """
    checkpoint = Checkpoint(folder, callbacks, preparation)
    return train(run, [*callbacks, checkpoint, *others], checkpoint.resume(run))


def _epochs_ahead(callbacks: Sequence[Callback]) -> float:
    return max(1, min([callback.max_epochs_ahead() for callback in callbacks], default=inf))


def make_history(
    run: Run,
    callbacks: Sequence[Callback],
    costs: list[Array],
    metrics: dict[str, list[float]],
    stopped: str,
    *,
    diverged: bool = False,
) -> History:
    """The history of a run that is over."""
    history = History(
        run.network, np.concatenate([[], *costs]), metrics=metrics, engine=run.engine.name,
        dtype=run.options.dtype, stopped=stopped, diverged=diverged, state=run.state, start=run.start,
    )  # fmt: skip
    for callback in callbacks:
        history = callback.finish(run, history)
    if not isinstance(run.source, ArraySource):
        return history
    return replace(history, final_cost=final_cost(run.recipe, history.network, run.source, run.options))


def final_cost(recipe: Recipe, network: Network, source: ArraySource, options: TrainingOptions) -> float:
    """What all training samples cost, penalty included."""
    met = evaluate_cost(recipe, network.parameters, source, options.dtype)
    if recipe.penalised:
        l1, l2 = recipe.penalties(source.data, options.numbers)
        with np.errstate(over="ignore"):
            met += float(propagation.penalty(network.architecture, network.parameters, l1, l2))
    return met
