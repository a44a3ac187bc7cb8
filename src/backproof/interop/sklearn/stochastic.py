"""Training step by step: a run of this package, watched by scikit-learn's rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from backproof.arrays import AnyArray
from backproof.data.source import ArraySource
from backproof.errors import Diverged
from backproof.interop.sklearn import options
from backproof.interop.sklearn.parameters import Parameters
from backproof.interop.sklearn.watchers.held_out import HeldOut
from backproof.interop.sklearn.watchers.inverse_scaling import InverseScaling
from backproof.interop.sklearn.watchers.narrator import Narrator, silent
from backproof.interop.sklearn.watchers.patience import Patience, Plateau
from backproof.network import Network
from backproof.train.history import History
from backproof.train.loop import train, watcher_of
from backproof.train.run import Run
from backproof.train.state import State
from backproof.train.watchers.watcher import Watcher


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


def trained(
    given: Parameters, network: Network, source: ArraySource, held: Validation | None, before: Before, *, epochs: int,
    seed: int,
) -> After:  # fmt: skip
    """The network after so many epochs, or fewer."""
    patience = _patience(given, before.plateau, scored=held is not None)
    out = None if held is None else HeldOut(*held, -before.plateau.best)
    watchers = _watchers(given, before, out, patience)
    run = _run(given, network, source, before, epochs, seed, attentive=any(each.attentive for each in watchers))
    history, diverged = _to_its_end(run, watchers)
    parameters = dict(run.state.parameters) if out is None else out.parameters
    after = Before(run.state, run.factor, before.seen + source.count * len(history), patience.state)
    return After(history, parameters, after, diverged)


def _watchers(given: Parameters, before: Before, out: HeldOut | None, patience: Patience) -> list[Watcher]:
    watchers: list[Watcher] = [] if out is None else [out]
    if given.verbose:
        watchers.append(Narrator(print))
    if given.solver == "sgd" and given.learning_rate == "invscaling":
        watchers.append(InverseScaling(before.seen, given.power_t))
    return [*watchers, patience, *map(watcher_of, given.callbacks)]


def _patience(given: Parameters, plateau: Plateau, *, scored: bool) -> Patience:
    adapts = given.solver == "sgd" and given.learning_rate == "adaptive"
    say = print if given.verbose else silent
    return Patience(plateau, given.tol, given.n_iter_no_change, scored=scored, adapts=adapts, say=say)


def _run(
    given: Parameters, network: Network, source: ArraySource, before: Before, epochs: int, seed: int, *, attentive: bool
) -> Run:
    settings = options.chosen(given, network, source.count, seed, options.batch_size(given.batch_size, source.count))
    settings = replace(settings, epochs=epochs)
    engine = options.engine(given, network, settings, source.count)
    settings = options.precise(given, settings, engine, source)
    state = _state(State.first(network.parameters, settings.optimiser, settings.dtype), before.state)
    settings = replace(settings, epochs=state.epoch + epochs)
    run = Run(network, source, settings, engine=engine, state=state, attentive=attentive)
    run.factor = before.factor
    return run


def _state(first: State, kept: State | None) -> State:
    """The first state, with an earlier one's slots, steps and epochs if it is of the same kind."""
    if kept is None or set(kept.slots) != set(first.slots):
        return first
    slots = {
        name: {key: kept.slots[name][key].astype(array.dtype) for key, array in group.items()}
        for name, group in first.slots.items()
    }
    return State(first.parameters, slots, kept.step, kept.epoch)


def _to_its_end(run: Run, watchers: Sequence[Watcher]) -> tuple[History, str]:
    try:
        return train(run, watchers), ""
    except Diverged as error:
        return error.history, str(error)
