"""A Run: training as something to iterate over, epoch by epoch, with everything that it goes on from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from backproof.arrays import AnyArray, Array
from backproof.data.source import ArraySource, Batch, Source
from backproof.network import Network
from backproof.train import engines
from backproof.train.batches import Order, Orders, Piece, read_slabs
from backproof.train.divergence import find_divergence
from backproof.train.engines.engine import Engine, Span
from backproof.train.options import TrainingOptions
from backproof.train.step import Recipe, State

if TYPE_CHECKING:
    from backproof.train.history import History

#: About the maximum number of seconds, costs of steps and rows of the epochs in one call of the engine.
TOGETHER, MOST_COSTS, MOST_ROWS = 0.1, 262_144, 4_000_000
#: Number of bytes in a slab of samples that are read as they are needed.
SLAB = 16_000_000


@dataclass
class Epochs:
    """Epochs that are over: what each cost, their learning rate, the last one's number, from 1, and what was measured.

    There is one, where somebody looks at the state after each; else as many as went together.
    """

    number: int
    costs: Array
    rate: float
    metrics: dict[str, float] = field(default_factory=dict)

    @property
    def cost(self) -> float:
        """What the last one cost."""
        return float(self.costs[-1])


class Run:
    """Trains while it is iterated over; each item is some Epochs. `state` and `network` are those after the last one.

    It ends when all epochs are done, or where `stopped` has been set to the reason why it should.

    `needs_every_epoch`: somebody looks at the state after every epoch, so each is a call of its own.
    `epochs_ahead`: how many epochs may go before somebody has to look at their costs.
    `may_stop`: somebody may end it early, so that an engine that is at once at work begins; see `engines.hand_over`.

    Errors: Diverged at the first number that is not finite; `state` is then the last good one.
    """

    #: How many networks it trains.
    networks = 1
    #: Whether another process leads it.
    follows = False

    def __init__(
        self,
        network: Network,
        source: Source,
        options: TrainingOptions,
        *,
        state: State | None = None,
        needs_every_epoch: bool = False,
        may_stop: bool = False,
    ) -> None:
        self.start, self.source, self.options = network, source, options
        self.orders = Orders.of(options, source.count)
        self.recipe: Recipe = Recipe.of(network.architecture, options, scaled=source.scaling is not None)
        self.state = state or State.first(network.parameters, options.optimizer, options.dtype)
        self.costs: list[Array] = []
        self.factor = 1.0
        self._resident: Batch | None = None
        self.stopped, self.epochs_ahead = "", inf
        self.needs_every_epoch = needs_every_epoch or options.schedule.adapts
        steps = self.orders.steps * max(0, options.epochs - self.state.epoch)
        self.engine: Engine = self.make_engine(steps, may_stop)

    @property
    def network(self) -> Network:
        """The network with its parameters after the last epoch."""
        return self.start.with_parameters(self.state.parameters)

    @property
    def rate(self) -> float:
        """The learning rate of the last step."""
        total = self.options.epochs * self.orders.steps
        scheduled = self.options.schedule.factor(np.float64(self.state.step), total)
        return self.options.learning_rate * self.factor * float(scheduled)

    def make_engine(self, steps: int, may_stop: bool) -> Engine:
        """The engine for a number of steps, or fewer if a callback may end the run."""
        options = self.options
        return engines.choose_engine(
            options.engine, self.recipe, options.dtype, steps, self.orders.width, may_stop=may_stop
        )

    def __iter__(self) -> Iterator[Epochs]:
        self._begun = self.engine.begin(self.state)
        while self.state.epoch < self.options.epochs and not self.stopped:
            yield self._go(int(min(self.epochs_per_call, self.options.epochs - self.state.epoch, self.epochs_ahead)))
            if self.options.schedule.adapts:
                self.factor = self.options.schedule.adapt(self.factor, np.concatenate(self.costs).tolist())

    def _go(self, number: int) -> Epochs:
        """Some epochs; where a number is not finite those before it, run again to the same bits."""
        before = self.state
        self._begun, costs = self._take(self._begun, number)
        after = self.engine.to_numpy(self._begun)._replace(epoch=before.epoch + number)
        good = self.good(after, costs)
        if 0 < good < number:
            self._begun = self.engine.begin(before)
            return self._go(good)
        self.accept(before, after, costs)
        done = Epochs(after.epoch, self.cost_of(costs), self.rate)
        self.costs.append(done.costs)
        return done

    def follow(self) -> History:
        """Go where another process leads, to the end. Errors: ProcessLost."""
        raise NotImplementedError

    def dismiss(self, outcome: History | BaseException) -> None:
        """Tell those that follow how the run has ended."""

    def good(self, after: State, costs: AnyArray) -> int:
        """How many epochs came and went with finite numbers."""
        finite = np.isfinite(costs).all(tuple(range(1, costs.ndim)))
        if finite.all():
            return len(costs) - (not after.finite)
        return int(np.argmin(finite))

    def summarize(self, epochs: Epochs) -> Epochs:
        """What callbacks are shown of some epochs."""
        return epochs

    def accept(self, before: State, after: State, costs: AnyArray) -> None:
        """Take the state after some epochs for good, or raise Diverged and keep the last good one."""
        if not (np.isfinite(costs).all() and after.finite):
            epochs = after.epoch - before.epoch
            self.state, error = find_divergence(
                self.recipe, self.numbers(), self.options.dtype, self.pieces, before, epochs
            )
            raise error
        self.state = after

    @cached_property
    def epochs_per_call(self) -> int:
        """How many epochs a call of the engine takes."""
        if self.needs_every_epoch or not self.resident:
            return 1
        seconds = self.engine.seconds(self.recipe, self.orders.steps, self.orders.width)
        rows = 0 if self.orders.whole else self.orders.steps * self.orders.width * self.networks
        costs = self.orders.steps * self.networks
        most = min(MOST_COSTS // costs, MOST_ROWS // max(1, rows))
        wanted = max(1, min(most, int(TOGETHER / seconds), self.options.epochs))
        return 1 << (wanted.bit_length() - 1)

    @property
    def resident(self) -> bool:
        """Whether all samples stay with the engine from one epoch to the next."""
        return isinstance(self.source, ArraySource)

    def numbers(self) -> dict[str, Any]:
        """The numbers of the steps of the next epoch."""
        options = self.options
        numbers: dict[str, Any] = options.numbers
        numbers["learning_rate"] *= self.factor
        numbers |= {"total": options.epochs * self.orders.steps, "seed": options.seed % 2**32}
        return numbers | self.source.scaling_numbers

    def cost_of(self, costs: AnyArray) -> Array:
        """The cost of each epoch, shape (epochs, ...), from those of its steps, (epochs, steps, ...): see History."""
        if costs.shape[1] == 1:
            return costs[:, 0].astype(np.float64)
        sizes = self.orders.sizes if self.recipe.architecture.reduction == "mean" else np.ones(costs.shape[1])
        return np.asarray(np.einsum("es...,s->e...", costs, sizes / sizes.sum()), np.float64)

    def pieces(self, epoch: int, number: int) -> Iterator[Piece]:
        """The samples of some epochs from one on (counted from 0), as the source has them, with their order."""
        if isinstance(self.source, ArraySource):
            yield Piece(self.source.data, self.order(epoch, number), self.orders.steps, True)
        else:
            yield from read_slabs(self.source, self.orders, epoch, SLAB)

    def order(self, epoch: int, number: int) -> Order | None:
        """The order of the samples in some epochs from one on (counted from 0), with room for what goes together."""
        return self.orders.of_epochs(self.options.seed, epoch, number, self.epochs_per_call)

    def _placed(self, data: Batch) -> Batch:
        """The samples of a piece, where the engine works; those that stay there are brought once."""
        if not self.resident:
            return place_data(self.engine, data)
        if self._resident is None:
            self._resident = place_data(self.engine, data)
        return self._resident

    def _take(self, begun: Any, number: int) -> tuple[Any, AnyArray]:
        numbers, costs = self.numbers(), []
        for data, order, steps, _ in self.pieces(self.state.epoch, number):
            begun, met = self.engine.run(
                begun, self._placed(data), order, numbers, Span(number, steps, self.epochs_per_call)
            )
            costs.append(met)
            if len(costs) > 1:  # wait for the one before, so that no more than two are on their way
                costs[-2] = np.asarray(costs[-2])
        return begun, np.concatenate(costs, axis=1)[:number, : self.orders.steps]


def place_data(engine: Engine, data: Batch) -> Batch:
    """Samples, where an engine works; what its precision cannot hold is infinite there, and found as such."""
    with np.errstate(over="ignore"):
        return engine.place(data)
