"""Many networks at once: the same network from other starts, or with other numbers, in one compiled program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.source import ArraySource
from backproof.errors import Diverged, OptionError, did_you_mean
from backproof.network import Network, initial_arrays
from backproof.operations.initialiser import initialisers
from backproof.train import engines
from backproof.train.evaluate import evaluate
from backproof.train.history import INTERRUPTED, History
from backproof.train.loop import final_cost, follow, run_of, train
from backproof.train.orders import Order
from backproof.train.run import Epochs, Run
from backproof.train.settings import Settings, settings
from backproof.train.state import State
from backproof.train.step import Recipe
from backproof.train.watchers.watcher import Watcher
from backproof.validate import check_whole, describe

#: What may differ from network to network.
VARIED = ("seed", "learning_rate", "l1", "l2", "clip")
#: Networks with layers of more weights than this train one after the other: their products fill the processor alone.
LANES = 4096
#: More at once fit no memory, however small they are.
MOST = 1_000_000


def fit_many(
    network: Network,
    source: ArraySource,
    networks: Any,
    vary: Mapping[str, Sequence[Any]] | None,
    *,
    held_out: ArraySource | None = None,
    initialiser: Any = "glorot_uniform",
    engine: str = "auto",
    watchers: Sequence[Watcher] = (),
    **options: Any,
) -> History:
    """The history of the best of many networks, with all of them as its `members`, each what it would be alone.

    `vary` lists seed, learning_rate, l1, l2 or clip of each network. Where it lists nothing, the seeds are `seed`,
    `seed` + 1 ...; a network with a seed of its own starts from parameters drawn anew by the initialiser, the first one
    from those it has. One that diverges ends there, and the others go on.

    watchers see the run of all at once, with the lowest cost of each epoch; or one run after the other. One that ends
    a run so, or Ctrl-C, ends those that would follow as well.

    The best is the one whose samples (those held out, where there are any) cost least at the end.
    """
    members = _members(network, source.count, _options(networks, vary, options))
    initialiser = initialisers.make(initialiser)
    starts = [network if n == 0 else fresh(network, initialiser, each.seed) if each.seed != members[0].seed else network
              for n, each in enumerate(members)]  # fmt: skip
    first = members[0]
    recipe = first.recipe(network, scaled=source.scaling is not None)
    tiny = max(array.size for array in network.parameters.values()) <= LANES
    steps = len(members) * first.epochs * -(-source.count // (first.batch_size or source.count))
    if first.optimiser.searches:
        runs = (run_of(each)(start, source, each) for start, each in zip(starts, members, strict=True))
        return _best([_judged(history, recipe, held_out) for history in _in_turn(runs, watchers)])
    chosen = engines.choose(engine, recipe, first.dtype, steps, first.batch_size or source.count)
    if chosen.name == "jax" and tiny:
        together = Runs(starts, source, members)
        follow(together, watchers)
        histories = together.histories()
    else:
        runs = (Run(start, source, each, engine=chosen.name) for start, each in zip(starts, members, strict=True))
        histories = list(_in_turn(runs, watchers))
    return _best([_judged(history, recipe, held_out) for history in histories])


def _members(network: Network, count: int, options: Sequence[dict[str, Any]]) -> list[Settings]:
    """The settings of each network; operations, which they share, are looked up once."""
    first = settings(network, count, **options[0])
    shared = {"optimizer": first.optimiser, "schedule": first.schedule}
    return [first, *(settings(network, count, **{**each, **shared}) for each in options[1:])]


def fresh(network: Network, initialiser: Any, seed: int) -> Network:
    """The same network with parameters drawn anew, except those that are not trained."""
    drawn = initial_arrays(network.wiring.shapes, initialiser, seed)
    return network.with_parameters(network.wiring.fill(network.parameters, drawn))


class Runs(Run):
    """A run of many networks: every array has the network's number as its last axis."""

    def __init__(self, starts: Sequence[Network], source: ArraySource, members: Sequence[Settings]) -> None:
        from backproof.train.engines.jax import JaxEngine

        self.starts, self.members, self.networks = starts, members, len(members)
        states = [State.first(each.parameters, members[0].optimiser, members[0].dtype) for each in starts]
        parameters, slots = (_stacked([state[part] for state in states]) for part in (0, 1))
        super().__init__(starts[0], source, members[0], engine="jax", state=State(parameters, slots))
        self.recipe = replace(self.recipe, penalised=any(each.l1 > 0 or each.l2 > 0 for each in members))
        self.engine = JaxEngine(self.recipe, members[0].dtype, lanes=True)
        self.ended = [""] * len(members)

    def numbers(self) -> dict[str, Any]:
        """As of one run, with an array (networks,) where they differ."""
        numbers = super().numbers()
        for key in VARIED:
            if key in numbers:
                numbers[key] = np.array([getattr(each, key) for each in self.members])
        numbers["seed"] %= 2**32
        numbers["learning_rate"] = numbers["learning_rate"] * self.factor
        return numbers

    def order(self, epoch: int, number: int) -> Order | None:
        """As of one run, each network's by its own seed."""
        orders = [self.orders.of_epochs(each.seed, epoch, number, self.together) for each in self.members]
        if orders[0] is None:
            return None
        return Order(np.stack([order.rows for order in orders if order], axis=-1), orders[0].counts)

    def seen(self, epochs: Epochs) -> Epochs:
        """The lowest finite cost of all networks in each epoch."""
        lowest = np.min(epochs.costs, axis=1, where=np.isfinite(epochs.costs), initial=np.inf)
        return replace(epochs, costs=lowest)

    def good(self, after: State, costs: AnyArray) -> int:
        """All epochs stand: those networks that diverge are left behind one by one."""
        return len(costs)

    def accept(self, before: State, after: State, costs: AnyArray) -> None:
        """Take the state after some epochs for good, of the networks in which every number is finite."""
        good: AnyArray = np.asarray(np.isfinite(costs).all((0, 1)))
        for group in (after.parameters, *after.slots.values()):
            for array in group.values():
                good &= np.isfinite(array).all(tuple(range(array.ndim - 1)))
        for member in np.flatnonzero(~good):
            if not self.ended[member]:
                bad = np.flatnonzero(~np.isfinite(costs[:, :, member]).all(1))
                at = before.epoch + 1 + (int(bad[0]) if len(bad) else len(costs) - 1)
                self.ended[member] = f"diverged: a number is not finite in epoch {at}"
        if all(self.ended):
            self.stopped = "all networks have diverged"
        self.state = _where(good, after, before)

    def histories(self) -> list[History]:
        """The history of each network."""
        costs = np.concatenate([np.empty((self.networks, 0)), *(each.T for each in self.costs)], axis=1)
        return [self._history(member, costs[member]) for member in range(self.networks)]

    def _history(self, member: int, costs: AnyArray) -> History:
        own = [{key: array[..., member] for key, array in group.items()}
               for group in (self.state.parameters, *self.state.slots.values())]  # fmt: skip
        finite = costs[: len(costs) if np.isfinite(costs).all() else int(np.argmin(np.isfinite(costs)))]
        network = self.starts[member].with_parameters(own[0])
        state = State(own[0], dict(zip(self.state.slots, own[1:], strict=True)), self.state.step, self.state.epoch)
        assert isinstance(self.source, ArraySource)
        return History(
            network, finite, final_cost(self.recipe, network, self.source, self.members[member]),
            engine=self.engine.name, dtype=self.settings.dtype, stopped=self.ended[member] or self.stopped, state=state,
            start=self.starts[member],
        )  # fmt: skip


def _in_turn(runs: Iterable[Run], watchers: Sequence[Watcher]) -> Iterator[History]:
    """The history of one run after the other, up to one that is interrupted."""
    for run in runs:
        history = _alone(run, watchers)
        yield history
        if history.stopped == INTERRUPTED:
            break


def _alone(run: Run, watchers: Sequence[Watcher]) -> History:
    try:
        return train(run, watchers)
    except Diverged as error:
        history: History = error.history
        return history


def _judged(history: History, recipe: Recipe, held_out: ArraySource | None) -> History:
    """The history with what the samples held out cost at its end."""
    if held_out is None:
        return history
    cost = evaluate(recipe, history.network.parameters, held_out, history.dtype).cost
    return replace(history, metrics={"validation_cost": [cost]})


def _best(histories: Sequence[History]) -> History:
    """The history that ends with the lowest cost, with all of them as its members."""

    def cost(history: History) -> float:
        found = history.metrics.get("validation_cost", [history.final_cost])[-1]
        return found if np.isfinite(found) else np.inf

    best = min(histories, key=cost)
    broken_off = any(each.stopped == INTERRUPTED for each in histories)
    return replace(best, members=tuple(histories), stopped=INTERRUPTED if broken_off else best.stopped)


def check_any(history: History) -> None:
    """Nothing, where at least one of many networks came to its end. Errors: Diverged."""
    if history.members and not any(map(whole_way, history.members)):
        error = Diverged(f"all {len(history.members)} networks have diverged; the first: {history.members[0].stopped}")
        error.history = history
        raise error


def whole_way(history: History) -> bool:
    """Whether a network has not diverged."""
    return "diverged" not in history.stopped


def _options(networks: Any, vary: Mapping[str, Sequence[Any]] | None, options: dict[str, Any]) -> list[dict[str, Any]]:
    """The options of each network."""
    if not isinstance(vary, Mapping | None):
        raise OptionError(f"vary must be a mapping of {', '.join(VARIED)} to lists, received {describe(vary)}.")
    vary = dict(vary or {})
    for name, values in vary.items():
        if name not in VARIED:
            near = did_you_mean(str(name), VARIED)
            raise OptionError(f"vary: expected some of {', '.join(VARIED)}, received '{name}'.{near}")
        if isinstance(values, str) or not isinstance(values, Sequence | np.ndarray) or not len(values):
            raise OptionError(f"vary: expected a list of {name}s, one for each network, received {describe(values)}.")
        if any(value is None for value in values):
            raise OptionError(f"vary: every network needs a {name}; a very large clip is none.")
    counts = {len(values) for values in vary.values()}
    count = check_whole("networks", counts.pop() if counts and networks is None else networks, 1)
    if counts - {count}:
        raise OptionError(
            f"vary: expected {count} numbers of each, one for each network, received lists of other lengths."
        )
    if count > MOST:
        raise OptionError(f"networks must be at most {MOST:,}, received {describe(count)}.")
    if not vary:
        first = check_whole("seed", options.get("seed", 0), 0)
        vary = {"seed": range(first, first + count)}
    return [{**options, **{name: values[n] for name, values in vary.items()}} for n in range(count)]


def _stacked(groups: Sequence[Any]) -> dict[str, Any]:
    """Mappings of arrays, or of such mappings, as one with the number of each as the last axis."""
    return {
        key: _stacked([group[key] for group in groups])
        if isinstance(first, Mapping)
        else np.stack([group[key] for group in groups], axis=-1)
        for key, first in groups[0].items()
    }


def _where(good: NDArray[np.bool_], after: State, before: State) -> State:
    """The state after, and for networks that are not good the state before."""
    if good.all():
        return after

    def chosen(new: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: chosen(new[key], old[key]) if isinstance(new[key], Mapping) else np.where(good, new[key], old[key])
            for key in new
        }

    return after._replace(
        parameters=chosen(after.parameters, before.parameters), slots=chosen(after.slots, before.slots)
    )
