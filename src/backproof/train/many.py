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
from backproof.network import Network
from backproof.operations.initialiser import initial_arrays
from backproof.train import engines
from backproof.train.batches import Order
from backproof.train.callbacks.callback import Callback
from backproof.train.evaluate import evaluate_cost
from backproof.train.history import INTERRUPTED, History
from backproof.train.loop import final_cost, follow, run_class, train
from backproof.train.options import VARIED, TrainingOptions
from backproof.train.run import Epochs, Run
from backproof.train.step import Recipe, State
from backproof.validate import check_whole, describe

#: Networks with layers of more weights than this train one after the other: their products fill the processor alone.
LANES = 4096


def fit_many(
    network: Network,
    source: ArraySource,
    options: TrainingOptions,
    vary: Mapping[str, Sequence[Any]] | None = None,
    *,
    held_out: ArraySource | None = None,
    callbacks: Sequence[Callback] = (),
) -> History:
    """The history of the best of many networks, with all of them as its `members`, each what it would be alone.

    `vary` lists values of some options for each network. Where it lists nothing, the seeds are `seed`, `seed` + 1 ...;
    a network with a seed of its own starts from parameters drawn anew by the initialiser, the first one from those it
    has. One that diverges ends there, and the others go on.

    Callbacks see the run of all at once, with the lowest cost of each epoch; or one run after the other. One that ends
    a run so, or Ctrl-C, ends those that would follow as well.

    The best is the one whose samples (those held out, where there are any) cost least at the end.
    """
    members = _vary_options(options, vary)
    first = members[0]
    first.check_fits(network.depth, source.count)
    starts = [network if n == 0 else draw_start(network, each) if each.seed != first.seed else network
              for n, each in enumerate(members)]  # fmt: skip
    recipe = Recipe.of(network.architecture, first, scaled=source.scaling is not None)
    tiny = max(array.size for array in network.parameters.values()) <= LANES
    if not first.optimizer.searches:
        steps = len(members) * first.epochs * -(-source.count // (first.batch_size or source.count))
        engine = engines.choose_engine(first.engine, recipe, first.dtype, steps, first.batch_size or source.count).name
        if engine == "jax" and tiny and network.architecture.is_chain:  # lanes know what dense layers do
            together = Runs(starts, source, members)
            follow(together, callbacks)
            return _pick_best([_judge(history, recipe, held_out) for history in together.histories()])
        members = [replace(each, engine=engine) for each in members]
    runs = (run_class(first)(start, source, each) for start, each in zip(starts, members, strict=True))
    return _pick_best([_judge(history, recipe, held_out) for history in _in_turn(runs, callbacks)])


def draw_start(network: Network, options: TrainingOptions) -> Network:
    """The same network with parameters drawn anew, except those that are not trained."""
    architecture = network.architecture
    drawn = initial_arrays(architecture.wiring.shapes, options.initialiser, options.seed, architecture.starts)
    return network.with_parameters(network.wiring.fill(network.parameters, drawn))


class Runs(Run):
    """A run of many networks: every array has the network's number as its last axis."""

    def __init__(self, starts: Sequence[Network], source: ArraySource, members: Sequence[TrainingOptions]) -> None:
        from backproof.train.engines.jax import JaxEngine

        self.starts, self.members, self.networks = starts, members, len(members)
        states = [State.first(each.parameters, members[0].optimizer, members[0].dtype) for each in starts]
        parameters, slots = (_stack([state[part] for state in states]) for part in (0, 1))
        super().__init__(starts[0], source, replace(members[0], engine="jax"), state=State(parameters, slots))
        self.recipe = replace(
            self.recipe, l1=any(each.l1 > 0 for each in members), l2=any(each.l2 > 0 for each in members)
        )
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
        orders = [self.orders.of_epochs(each.seed, epoch, number, self.epochs_per_call) for each in self.members]
        if orders[0] is None:
            return None
        return Order(np.stack([order.rows for order in orders if order], axis=-1), orders[0].counts)

    def summarize(self, epochs: Epochs) -> Epochs:
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
        self.state = _choose_good(good, after, before)

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
            network,
            finite,
            final_cost(self.recipe, network, self.source, self.members[member]),
            engine=self.engine.name,
            dtype=self.options.dtype,
            stopped=self.ended[member] or self.stopped,
            diverged=bool(self.ended[member]),
            state=state,
            start=self.starts[member],
        )


def _in_turn(runs: Iterable[Run], callbacks: Sequence[Callback]) -> Iterator[History]:
    """The history of one run after the other, up to one that is interrupted."""
    for run in runs:
        history = _train_alone(run, callbacks)
        yield history
        if history.stopped == INTERRUPTED:
            break


def _train_alone(run: Run, callbacks: Sequence[Callback]) -> History:
    try:
        return train(run, callbacks)
    except Diverged as error:
        history: History = error.history
        return history


def _judge(history: History, recipe: Recipe, held_out: ArraySource | None) -> History:
    """The history with what the samples held out cost at its end."""
    if held_out is None:
        return history
    cost = evaluate_cost(recipe, history.network.parameters, held_out, history.dtype)
    return replace(history, metrics={"validation_cost": [cost]})


def _pick_best(histories: Sequence[History]) -> History:
    """The history that ends with the lowest cost, with all of them as its members."""

    def cost(history: History) -> float:
        found = history.metrics.get("validation_cost", [history.final_cost])[-1]
        return found if np.isfinite(found) else np.inf

    best = min(histories, key=cost)
    broken_off = any(each.stopped == INTERRUPTED for each in histories)
    return replace(best, members=tuple(histories), stopped=INTERRUPTED if broken_off else best.stopped)


def check_any(history: History) -> None:
    """Raise Diverged unless at least one of many networks came to its end."""
    if history.members and all(each.diverged for each in history.members):
        error = Diverged(f"all {len(history.members)} networks have diverged; the first: {history.members[0].stopped}")
        error.history = history
        raise error


def _vary_options(options: TrainingOptions, vary: Mapping[str, Sequence[Any]] | None) -> list[TrainingOptions]:
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
            raise OptionError(f"vary: every network needs a {name}; for no clipping, give a very large clip.")
    counts = {len(values) for values in vary.values()}
    count = counts.pop() if counts and options.networks is None else options.networks
    count = check_whole("networks", count, 1)
    if counts - {count}:
        raise OptionError(
            f"vary: expected {count} numbers of each, one for each network, received lists of different lengths."
        )
    vary = vary or {"seed": range(options.seed, options.seed + count)}
    return [replace(options, **{name: values[n] for name, values in vary.items()}) for n in range(count)]


def _stack(groups: Sequence[Any]) -> dict[str, Any]:
    """Mappings of arrays, or of such mappings, as one with the number of each as the last axis."""
    return {
        key: _stack([group[key] for group in groups])
        if isinstance(first, Mapping)
        else np.stack([group[key] for group in groups], axis=-1)
        for key, first in groups[0].items()
    }


def _choose_good(good: NDArray[np.bool_], after: State, before: State) -> State:
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
