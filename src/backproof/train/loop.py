"""The training loop: a run, those who watch it, and the history that comes out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from backproof import propagation
from backproof.arrays import Array
from backproof.data.source import ArraySource
from backproof.errors import Diverged, OptionError
from backproof.network import Network
from backproof.train.asked import asked, open_run
from backproof.train.evaluate import evaluate
from backproof.train.given import check_state, function_or_none, listed, name_or_none, pair
from backproof.train.history import INTERRUPTED, History
from backproof.train.metrics import named
from backproof.train.run import Epochs, Run
from backproof.train.settings import Settings, known_options, settings
from backproof.train.source import arrays
from backproof.train.state import State
from backproof.train.step import Recipe
from backproof.train.store.run_folder import RunFolder
from backproof.train.targets import class_weights
from backproof.train.watchers.callback import Callback, Report
from backproof.train.watchers.checkpoint import Checkpoint
from backproof.train.watchers.early_stopping import EarlyStopping
from backproof.train.watchers.validation import Validation
from backproof.train.watchers.watcher import Watcher
from backproof.validate import check_amount, check_whole, describe

#: Called with an epoch's number, from 1, and its cost.
Progress = Callable[[int, float], object]


def fit(
    network: Network,
    x: ArrayLike,
    y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    class_weight: Any = None,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    metrics: Sequence[Any] = (),
    patience: int | None = None,
    monitor: str | None = None,
    tolerance: float = 0.0,
    callbacks: Sequence[Any] = (),
    report: Progress | None = None,
    engine: str = "auto",
    state: State | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    networks: int | None = None,
    vary: Mapping[str, Sequence[Any]] | None = None,
    initialiser: Any = "glorot_uniform",
    **options: Any,
) -> History:
    """Train a network on inputs x (samples, inputs) and targets y (samples, outputs).

    Options beside those above: epochs (1000), learning_rate (0.1), seed (0), and
    optimizer: a name or a table such as {"name": "sgd", "momentum": 0.9}; schedule: of the learning rate, likewise.
    batch_size: samples a step, shuffled anew each epoch by `seed` unless shuffle=False; left out, each step takes all
    samples in order. batches: instead, the samples (from 1) of each step of an epoch, as a worksheet's [training] has.
    l1, l2: penalties l1 sum |w| + l2/2 sum w^2 on the weights, added to each step's cost, with share_penalty=True
    divided by the number of its samples. dropout: the rate of all hidden layers, or a list of theirs. clip: the largest
    norm of all gradients together. dtype: "float64" or "float32".

    sample_weight: (samples,), factors of each sample's cost; class_weight: likewise by class, a mapping of classes
    (numbered from 0) or "balanced".
    validation: (x, y) to measure after each epoch; metrics: names (accuracy, squared_error, absolute_error, r2) or
    functions of (targets, outputs), measured there, or on the training samples if there are no others.
    patience: stop after so many epochs without `monitor` (validation_cost, else cost) getting better by more than
    `tolerance`; with either of them, the best epoch's network is kept.
    callbacks: functions of (run, epochs), or Watchers; one that answers True ends the run. report: called with each
    epoch's number, from 1, and cost. engine: "numpy", "jax", or "auto" for whichever is done first. state: that of an
    earlier history, to go on from until `epochs` are done. checkpoint: a folder to keep the run in; called again, the
    same run goes on from its last checkpoint there, to the very numbers that it would have come to without a break.

    networks: train so many at once, from different seeds, or with what `vary` lists for each of them: seed,
    learning_rate, l1, l2, clip; with a seed of their own they start from parameters drawn anew by the initialiser. The
    best one's history is returned; its `members` are all.

    Ctrl-C ends the run and keeps what it has learned. Errors: ShapeError and NumberError for data that does not fit or
    is not finite, OptionError for options out of range, Diverged at the first number that is not finite, with epoch,
    batch, layer, quantity and the likely cause.
    """
    known_options(options)
    source = arrays(network, x, y)
    source = replace(source, weights=class_weights(class_weight, sample_weight, source.y))
    held_out = None if validation is None else arrays(network, *pair("validation", validation))
    metrics, callbacks = listed("metrics", metrics), listed("callbacks", callbacks)
    report, monitor = function_or_none("report", report), name_or_none("monitor", monitor)
    tolerance = check_amount("tolerance", tolerance)
    if networks is not None or vary is not None:
        alone = (patience, monitor, state, checkpoint)
        watchers = [*map(watcher_of, callbacks), *([Report(report)] if report else [])]
        if metrics or any(each is not None for each in alone) or any(each.attentive for each in watchers):
            raise OptionError(
                "many networks at once cannot be watched one by one; leave out patience, monitor, "
                "metrics, callbacks, state and checkpoint, or train one network."
            )
        from backproof.train.many import fit_many

        return fit_many(
            network, source, networks, vary, held_out=held_out, initialiser=initialiser, engine=engine,
            watchers=watchers, **options,
        )  # fmt: skip
    chosen = settings(network, source.count, **options)
    watchers = watchers_of(source, held_out, metrics, patience, monitor, tolerance)
    watchers += map(watcher_of, callbacks)
    watchers += [Report(report)] if report else []
    attentive = any(each.attentive for each in watchers)
    kind = run_of(chosen)
    if state is not None and chosen.schedule.adapts:
        raise OptionError(
            f"a state does not hold how far the schedule '{chosen.schedule.name}' has brought the rate; "
            "give a checkpoint folder to go on from instead."
        )
    if checkpoint is None:
        if state is not None:
            check_state(state, State.first(network.parameters, chosen.optimiser, chosen.dtype))
        return train(kind(network, source, chosen, engine=engine, state=state, attentive=attentive), watchers)
    if state is not None:
        raise OptionError("state and checkpoint both say what to go on from; give one of them.")
    watched = {"metrics": list(map(_name, metrics)), "patience": patience, "monitor": monitor, "tolerance": tolerance}
    with open_run(checkpoint, asked(network, source, held_out, chosen, watched)) as folder:
        run = kind(network, source, chosen, engine=folder.engine(engine), attentive=attentive)
        return train_in(folder, run, watchers)


def run_of(settings: Settings) -> type[Run]:
    """The kind of run that the optimiser wants."""
    if settings.optimiser.searches:
        from backproof.train.line_searched import LineSearched

        return LineSearched
    return Run


def train(run: Run, watchers: Iterable[Watcher], history: History | None = None) -> History:
    """Let a run go to its end, or to where a watcher or Ctrl-C ends it; an earlier part's history comes first."""
    watchers = list(watchers)
    costs, metrics = ([history.costs], dict(history.metrics)) if history else ([], {})

    def keep(epochs: Epochs) -> None:
        costs.append(epochs.costs)
        for name, value in epochs.metrics.items():
            metrics.setdefault(name, []).append(value)

    try:
        follow(run, watchers, keep)
    except Diverged as error:
        error.history = outcome(run, watchers, costs, metrics, str(error))
        raise
    return outcome(run, watchers, costs, metrics, run.stopped)


def follow(run: Run, watchers: Sequence[Watcher], keep: Callable[[Epochs], object] = lambda epochs: None) -> None:
    """Iterate over a run, its watchers looking on, until it is over or Ctrl-C is pressed; `keep` what they saw."""
    try:
        for watcher in watchers:
            watcher.begin(run)
        run.ahead = _ahead(watchers)
        for epochs in run:
            seen = run.seen(epochs)
            for watcher in watchers:
                reason = watcher.after(run, seen)
                run.stopped = run.stopped or reason or ""
            keep(seen)
            run.ahead = _ahead(watchers)
    except KeyboardInterrupt:
        run.stopped = INTERRUPTED


def train_in(
    folder: RunFolder,
    run: Run,
    watchers: Sequence[Watcher],
    preparation: Mapping[str, Any] | None = None,
    others: Sequence[Watcher] = (),
) -> History:
    """Let a run go to its end with checkpoints in a folder, from the last one that is there.

    What others do is no part of a checkpoint: where one of them ends the run, it can be gone on with.
    """
    checkpoint = Checkpoint(folder, watchers, preparation)
    return train(run, [*watchers, checkpoint, *others], checkpoint.go_on(run))


def _ahead(watchers: Sequence[Watcher]) -> float:
    return max(1, min([watcher.ahead() for watcher in watchers], default=inf))


def outcome(
    run: Run,
    watchers: Sequence[Watcher],
    costs: list[Array],
    metrics: dict[str, list[float]],
    stopped: str,
) -> History:
    """The history of a run that is over."""
    history = History(
        run.network, np.concatenate([[], *costs]), metrics=metrics, engine=run.engine.name,
        dtype=run.settings.dtype, stopped=stopped, state=run.state, start=run.start,
    )  # fmt: skip
    for watcher in watchers:
        history = watcher.finish(run, history)
    if not isinstance(run.source, ArraySource):
        return history
    return replace(history, final_cost=final_cost(run.recipe, history.network, run.source, run.settings))


def final_cost(recipe: Recipe, network: Network, source: ArraySource, settings: Settings) -> float:
    """What all training samples cost, penalty included."""
    met = evaluate(recipe, network.parameters, source, settings.dtype).cost
    if recipe.penalised:
        l1, l2 = recipe.penalties(source.data, settings.numbers())
        with np.errstate(over="ignore"):
            met += float(propagation.penalty(network.architecture, network.parameters, l1, l2))
    return met


def watchers_of(
    source: ArraySource,
    held_out: ArraySource | None,
    metrics: Sequence[Any],
    patience: int | None,
    monitor: str | None,
    tolerance: float,
) -> list[Watcher]:
    """Those that measure after each epoch, and the one that ends the run, as the options of `fit` ask."""
    watchers: list[Watcher] = []
    prefix = "training" if held_out is None else "validation"
    if held_out is not None or metrics:
        watchers.append(Validation(source if held_out is None else held_out, metrics, prefix))
    if patience is not None or monitor is not None:
        monitor = monitor or ("cost" if held_out is None else "validation_cost")
        greater = {f"{prefix}_{name}": metric.greater for name, metric in map(named, metrics)}
        patience = None if patience is None else check_whole("patience", patience, 1)
        watchers.append(EarlyStopping(monitor, greater.get(monitor, False), patience, tolerance))
    return watchers


def _name(metric: Any) -> str:
    return named(metric)[0]


def watcher_of(given: Any) -> Watcher:
    """A watcher as it is, or one that calls a function of (run, epochs)."""
    if isinstance(given, Watcher):
        return given
    if not callable(given):
        raise OptionError(f"callbacks: expected functions of (run, epochs) or Watchers, received {describe(given)}.")
    return Callback(given)
