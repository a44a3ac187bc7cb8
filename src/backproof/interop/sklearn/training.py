"""Training step by step: a run of this package, watched by scikit-learn's rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from backproof.arrays import AnyArray
from backproof.data.source import ArraySource, Source
from backproof.errors import Diverged
from backproof.interop.sklearn.callbacks import HeldOut, InverseScaling, Narrator, Patience, say_nothing
from backproof.interop.sklearn.options import choose_batch_size, choose_precision, training_options
from backproof.interop.sklearn.parameters import Parameters
from backproof.interop.sklearn.sparse import DenseBlocks, is_sparse
from backproof.network import Network
from backproof.operations.schedules.adaptive import Plateau
from backproof.train.callbacks.callback import Callback, as_callback
from backproof.train.history import History
from backproof.train.loop import train
from backproof.train.run import Run
from backproof.train.step import State


@dataclass(frozen=True)
class Before:
    """What training goes on from: the optimiser's state (None: a new one), the learning rate's factor, the samples
    seen so far, and how the losses or scores have been going."""

    state: State | None
    factor: float
    seen: int
    plateau: Plateau


class Validation(NamedTuple):
    """What is held out, and what its answers are worth with given parameters."""

    data: ArraySource
    score: Callable[[dict[str, AnyArray]], float]


class After(NamedTuple):
    """What came out: `parameters` are the best ones where something was held out, else the last ones."""

    history: History
    parameters: dict[str, AnyArray]
    before: Before
    diverged: str


def train_network(
    given: Parameters,
    network: Network,
    source: ArraySource,
    held: Validation | None,
    before: Before,
    *,
    epochs: int,
    seed: int,
) -> After:
    """The network after at most the given number of epochs."""
    patience = _make_patience(given, before.plateau, scored=held is not None)
    out = None if held is None else HeldOut(*held, -before.plateau.best)
    callbacks = _make_callbacks(given, before, out, patience)
    run = _make_run(
        given,
        network,
        source,
        before,
        epochs,
        seed,
        needs_every_epoch=any(each.needs_every_epoch for each in callbacks),
    )
    history, diverged = _train_to_end(run, callbacks)
    parameters = dict(run.state.parameters) if out is None else out.parameters
    after = Before(run.state, run.factor, before.seen + source.count * len(history), patience.state)
    return After(history, parameters, after, diverged)


def _make_callbacks(given: Parameters, before: Before, out: HeldOut | None, patience: Patience) -> list[Callback]:
    callbacks: list[Callback] = [] if out is None else [out]
    if given.verbose:
        callbacks.append(Narrator(print))
    if given.solver == "sgd" and given.learning_rate == "invscaling":
        callbacks.append(InverseScaling(before.seen, given.power_t))
    return [*callbacks, patience, *map(as_callback, given.callbacks)]


def _make_patience(given: Parameters, plateau: Plateau, *, scored: bool) -> Patience:
    adapts = given.solver == "sgd" and given.learning_rate == "adaptive"
    say = print if given.verbose else say_nothing
    return Patience(plateau, given.tol, given.n_iter_no_change, scored=scored, adapts=adapts, say=say)


def _make_run(
    given: Parameters,
    network: Network,
    source: ArraySource,
    before: Before,
    epochs: int,
    seed: int,
    *,
    needs_every_epoch: bool,
) -> Run:
    size = choose_batch_size(given.batch_size, source.count)
    options = training_options(given, seed, size, epochs=epochs)
    options = choose_precision(given, options, network, source)
    samples: Source = source
    if is_sparse(source.x):
        options = replace(options, engine="jax" if options.engine == "jax" else "numpy")
        samples = DenseBlocks.of(source, options) if options.engine == "jax" else source
    state = _restore_state(State.first(network.parameters, options.optimizer, options.dtype), before.state)
    options = replace(options, epochs=state.epoch + epochs)
    run = Run(network, samples, options, state=state, needs_every_epoch=needs_every_epoch, may_stop=True)
    run.factor = before.factor
    return run


def _restore_state(first: State, kept: State | None) -> State:
    """The first state, with an earlier one's slots, steps and epochs if it is of the same kind."""
    if kept is None or set(kept.slots) != set(first.slots):
        return first
    slots = {
        name: {key: kept.slots[name][key].astype(array.dtype) for key, array in group.items()}
        for name, group in first.slots.items()
    }
    return State(first.parameters, slots, kept.step, kept.epoch)


def _train_to_end(run: Run, callbacks: Sequence[Callback]) -> tuple[History, str]:
    try:
        return train(run, callbacks), ""
    except Diverged as error:
        return error.history, str(error)
