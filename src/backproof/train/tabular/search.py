"""A search for the settings of a network: many trials of few epochs, the best of them again with more, in rounds.

Successive halving with a factor of 3 (Jamieson and Talwalkar, 2016): a third of the trials of a round goes on to the
next, which trains anew for three times as many epochs. Trials whose networks have the same shape train at once. What a
group of trials has come to is written down before the next one begins, so a search that was killed can be resumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, inf
from typing import Any

import numpy as np

from backproof.data.source import ArraySource
from backproof.errors import ModelError, OptionError
from backproof.operations.activation import activations
from backproof.operations.optimiser import optimisers
from backproof.schema import Fault, Path, Table, as_is, filled, items, mapping, number, whole
from backproof.train.callbacks.callback import Callback
from backproof.train.history import INTERRUPTED
from backproof.train.many import fit_many
from backproof.train.store.container import Kind, read_document, to_model_error, write_document
from backproof.train.store.run_folder import TRIALS, RunFolder
from backproof.train.tabular.config import TabularConfig
from backproof.train.tabular.job import Job

DOCUMENT = Kind("search", 1, ("rounds", "trials"))
#: Factor by which the next round has more epochs and fewer trials.
FACTOR = 3
#: Number of trials that share the shape of their network and differ in numbers alone.
SHARED = 4
#: What a trial may have; learning rate and l2 are drawn around their defaults, by these powers of ten.
CHOICES: Mapping[str, Sequence[Any]] = {
    "hidden": [[32], [64], [128], [256], [64, 32], [128, 64]],
    "activation": ["relu", "tanh", "gelu"],
    "optimizer": ["adam", "rmsprop", {"name": "sgd", "momentum": 0.9}],
    "dropout": [0.0, 0.0, 0.2],
}
POWERS = {"learning_rate": (-0.7, 0.7), "l2": (-2.0, 1.0)}
#: How the weights of a network begin goes with its activation.
INITIALISER = "initialiser"
#: All that is searched where nobody says otherwise.
SEARCHED = (*CHOICES, *POWERS)


@dataclass(frozen=True)
class Trial:
    """Settings by name, as JSON has them, and the validation cost of each round it took part in; None: it diverged."""

    values: Mapping[str, Any]
    costs: tuple[float | None, ...] = ()

    @property
    def rank(self) -> tuple[int, float]:
        """The further it came the better, then the less it costs."""
        last = self.costs[-1] if self.costs else None
        return -len(self.costs), inf if last is None else last


@dataclass(frozen=True)
class Search:
    """All trials, and the number of trials and of epochs of each round."""

    rounds: tuple[tuple[int, int], ...]
    trials: tuple[Trial, ...]

    @property
    def best(self) -> Trial:
        """The trial that came furthest with the lowest cost."""
        return self.rank_trials()[0]

    def rank_trials(self) -> list[Trial]:
        """The trials, best first; of equal ones the earlier."""
        return sorted(self.trials, key=lambda trial: trial.rank)

    def list_due(self) -> tuple[int, list[int]]:
        """The next round, from 0, and the trials (from 0) that have yet to take part in it; none at the end."""
        for place, (count, _) in enumerate(self.rounds):
            order = sorted(range(len(self.trials)), key=lambda n: self._rank_before(n, place))
            due = [n for n in sorted(order[:count]) if len(self.trials[n].costs) == place]
            if due:
                return place, due
        return len(self.rounds), []

    def _rank_before(self, number: int, place: int) -> tuple[int, float]:
        trial = self.trials[number]
        return replace(trial, costs=trial.costs[:place]).rank

    def to_text(self) -> str:
        """The search as the text of its file."""
        trials = [{"values": dict(each.values), "costs": list(each.costs)} for each in self.trials]
        return write_document(DOCUMENT, {"rounds": self.rounds, "trials": trials}, indent=1) + "\n"

    @classmethod
    def read(cls, folder: RunFolder) -> Search | None:
        """The search in the folder of a run, if it has begun. Raise ModelError for a damaged file."""
        file = folder.place / TRIALS
        if not file.exists():
            return None
        try:
            table = read_document(file.read_text("utf-8"), DOCUMENT)
            rounds = table.need("rounds", _read_rounds)
            trials = table.need("trials", lambda value, path: tuple(_read_trial(*each) for each in filled(value, path)))
        except Fault as fault:
            raise to_model_error(file, fault) from None
        except (OSError, ValueError) as error:
            raise ModelError(f"'{file}' cannot be read: {error}.") from None
        return cls(rounds, trials)


def _read_rounds(value: Any, path: Path) -> tuple[tuple[int, int], ...]:
    read = partial(whole, low=1)
    rounds = [[read(*each) for each in items(*one)] for one in filled(value, path)]
    if any(len(each) != 2 for each in rounds):
        raise Fault("expected the number of trials and of epochs of each round.", path)
    return tuple((count, epochs) for count, epochs in rounds)


def _read_trial(value: Any, path: Path) -> Trial:
    table = Table(value, path, ("values", "costs"))
    costs = table.need("costs", items)
    values = Table(table.need("values", mapping), (*path, "values"), (*SEARCHED, INITIALISER))
    found = {name: values.need(name, number if name in POWERS else as_is) for name in table.need("values", mapping)}
    return Trial(found, tuple(None if cost is None else number(cost, place) for cost, place in costs))


def choose_searched(wishes: Mapping[str, Any]) -> tuple[str, ...]:
    """What is searched: all that is not wished for. Raise OptionError for wishes that a search does not go with."""
    if (wishes.get("networks") or 1) > 1:
        raise OptionError("--search trains many networks by itself; leave out --restarts.")
    fixed = {name for name, value in wishes.items() if value is not None}
    if wishes.get("network") is not None:
        fixed |= {"hidden"}
    if "optimizer" in wishes and optimisers.make(wishes["optimizer"]).searches:
        fixed |= {"learning_rate"}
    found = tuple(name for name in SEARCHED if name not in fixed)
    if not found:
        raise OptionError(f"--search has nothing to search for: {', '.join(SEARCHED)} are all given.")
    return found


def check_search(job: Job) -> None:
    """Raise OptionError if there is nothing to compare networks on, or not all samples are in memory."""
    if not isinstance(job.samples.source, ArraySource):
        raise OptionError("--search needs the samples in memory; leave out --stream.")
    if job.samples.validation is None:
        raise OptionError("--search compares networks on rows that are held back; give --validation, such as 0.2.")


def begin_search(config: TabularConfig) -> Search:
    """The trials of a run, drawn by its seed; the first has the settings that the run would have without a search."""
    assert config.search is not None
    random = np.random.default_rng([config.options.seed, 1])
    usual = {name: value for name, value in config.to_json().items() if name in (*config.searched, INITIALISER)}
    trials = [Trial(usual)]
    for place in range(1, config.search):
        if place % SHARED == 0:
            usual = _draw_shape(usual, random)
        trials.append(Trial(_draw_numbers(usual, random)))
    return Search(tuple(_plan_rounds(config.search, config.options.epochs)), tuple(trials))


def _plan_rounds(trials: int, epochs: int) -> Iterator[tuple[int, int]]:
    """The number of trials and of epochs of each round; the epochs of the run itself come after the last."""
    counts = [trials]
    while counts[-1] > FACTOR:
        counts.append(ceil(counts[-1] / FACTOR))
    if len(counts) > 1:
        counts.pop()
    for place, count in enumerate(counts):
        yield count, max(1, min(epochs, max(2, round(epochs / FACTOR ** (len(counts) - place)))))


def _draw_shape(usual: Mapping[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """Another shape of the network and its updates, of what is searched, with the usual learning rate for these."""
    drawn = {name: options[int(random.integers(len(options)))] for name, options in CHOICES.items()}
    found = {**usual, **{name: value for name, value in drawn.items() if name in usual}}
    if "activation" in usual:
        found[INITIALISER] = activations.make(found["activation"]).initialiser
    if "optimizer" in usual and "learning_rate" in usual:
        found["learning_rate"] = optimisers.make(found["optimizer"]).usual_rate
    return found


def _draw_numbers(usual: Mapping[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """The same with other numbers, around the usual ones."""
    drawn = {name: usual.get(name, 0.0) * 10 ** float(random.uniform(*bounds)) for name, bounds in POWERS.items()}
    return {**usual, **{name: float(f"{value:.3g}") for name, value in drawn.items() if name in usual}}


def continue_search(
    job: Job, folder: RunFolder, callbacks: Sequence[Callback], say: Callable[[str], object]
) -> Search | None:
    """Search to the end, from where the folder's file is; None where a callback ends it before."""
    search = Search.read(folder)
    if search is None:
        search = begin_search(job.config)
        folder.write_file(TRIALS, search.to_text())
    while True:
        place, due = search.list_due()
        if not due:
            return search
        group = _choose_group(search, due)
        count, epochs = search.rounds[place]
        say(
            f"search: round {place + 1} of {len(search.rounds)}, {count - len(due) + len(group)} of {count} networks, "
            f"{epochs:,} epochs each"
        )
        costs = _run_group(job, [search.trials[n] for n in group], epochs, callbacks)
        if costs is None:
            return None
        trials = list(search.trials)
        for n, cost in zip(group, costs, strict=True):
            trials[n] = replace(trials[n], costs=(*trials[n].costs, cost))
        search = replace(search, trials=tuple(trials))
        folder.write_file(TRIALS, search.to_text())


def _choose_group(search: Search, due: Sequence[int]) -> list[int]:
    """The first trial that is due, and all others with a network and options like its own but for some numbers."""
    first = _list_shape(search.trials[due[0]])
    return [n for n in due if _list_shape(search.trials[n]) == first]


def _list_shape(trial: Trial) -> dict[str, Any]:
    return {name: value for name, value in trial.values.items() if name not in POWERS}


def _run_group(
    job: Job, trials: Sequence[Trial], epochs: int, callbacks: Sequence[Callback]
) -> list[float | None] | None:
    """The validation cost of each trial after a number of epochs; None where a callback ended the search."""
    ours = apply_trial(job, trials[0])
    options = replace(ours.options, epochs=epochs, patience=None, networks=None)
    vary = {name: [each.values.get(name, getattr(options, name)) for each in trials] for name in POWERS}
    assert isinstance(ours.source, ArraySource)
    with np.errstate(all="ignore"):
        history = fit_many(
            ours.network, ours.source, options, vary, held_out=job.samples.validation, callbacks=callbacks
        )
    if history.stopped == INTERRUPTED:
        return None
    costs = [each.metrics["validation_cost"][-1] for each in history.members]
    return [
        cost if np.isfinite(cost) and not each.diverged else None
        for cost, each in zip(costs, history.members, strict=True)
    ]


def apply_trial(job: Job, trial: Trial) -> Job:
    """The job with the settings of a trial. Raise OptionError if it cannot have them."""
    return replace(job, config=job.config.with_values(trial.values))
