"""A run whose steps are summed in micro-batches, on all devices of all processes.

The samples of a step are the same, in the same micro-batches, on any number of processes: micro-batch j takes the
samples from j * (samples of each) on. Each process reads its own, a slab of many steps at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.source import ArraySource, Batch, Source
from backproof.errors import OptionError, ProcessLost
from backproof.network import Network
from backproof.train.batches import Order, Piece
from backproof.train.engines import has_jax
from backproof.train.engines.engine import Engine, Span
from backproof.train.engines.sharded import ShardedEngine
from backproof.train.history import History
from backproof.train.options import TrainingOptions
from backproof.train.processes import find_team, lost_processes
from backproof.train.resume import digest
from backproof.train.run import Run, place_data

#: Maximum number of bytes of the inputs of a process in a slab; of the inputs of one step where these are more.
SLAB = 32_000_000
#: JAX reads an array where it lies if its address is a multiple of this.
ALIGNED = 64


class ShardedRun(Run):
    """A Run on the sharded engine. Errors: OptionError for what cannot be summed in micro-batches."""

    engine: ShardedEngine

    def __init__(self, network: Network, source: Source, options: TrainingOptions, **more: Any) -> None:
        super().__init__(network, source, options, **more)
        self.team = find_team()
        if self.team:
            self.team.check_same(self._describe())

    def _describe(self) -> dict[str, Any]:
        """What has to be the same in every process."""
        source = self.source
        data = digest(source.x, source.y, source.weights) if isinstance(source, ArraySource) else None
        network, options = digest(*self.start.parameters.values()), self.options.to_json()
        # how the run is followed is the leader's alone
        for name in ("metrics", "patience", "monitor", "tolerance", "engine"):
            del options[name]
        return {**options, "network": network, "number of samples": source.count, "training data": data}

    def make_engine(self, steps: int, may_stop: bool) -> Engine:
        """The sharded engine. Errors: OptionError where its sums are not those of the run."""
        options = self.options
        if options.engine == "numpy":
            raise OptionError("NumPy trains in one process; leave out --engine, or --micro-batches and --processes.")
        if not has_jax():
            raise OptionError("micro_batches need JAX, which is not installed: pip install 'backproof[train]'.")
        if self.recipe.architecture.couples_samples:
            raise OptionError(
                "batch normalisation takes the statistics of all samples of a step, of which a micro-batch has a part; "
                "use layer_norm or group_norm, or leave out --micro-batches and --processes."
            )
        assert options.micro_batches is not None
        return ShardedEngine(self.recipe, options.dtype, options.micro_batches, exact=not options.fast_sums)

    @property
    def all_micro_batches(self) -> range:
        """Those of every process."""
        return range(self.engine.micro_batches)

    @cached_property
    def samples(self) -> int:
        """The samples of a micro-batch."""
        return -(-self.orders.width // self.engine.micro_batches)

    @cached_property
    def slab_steps(self) -> int:
        """The most steps of a slab: those of a call in slabs of about one length."""
        inputs = self.recipe.architecture.layers[0].size * self.engine.dtype.itemsize
        step = self.samples * len(self.engine.own) * inputs
        steps = self.epochs_per_call * self.orders.steps
        slabs = -(-steps // max(1, SLAB // step))
        return -(-steps // slabs)

    def sizes(self, micro_batches: range) -> AnyArray:
        """The samples of some micro-batches in each step of an epoch, shape (steps, micro-batches)."""
        first = self.samples * np.arange(micro_batches.start, micro_batches.stop)
        sizes: AnyArray = np.clip(self.orders.sizes[:, None] - first, 0, self.samples)
        return sizes

    def slabs(self, epoch: int, number: int, micro_batches: range) -> Iterator[tuple[Batch, int]]:
        """Some micro-batches of the steps of some epochs (counted from 0), in slabs of one shape, and their steps.

        Arrays are (micro-batches, steps, samples, ...). What only fills up has the weight 0.
        """
        if not isinstance(self.source, ArraySource):
            yield from self._read_slabs(epoch, micro_batches)
            return
        steps, data = self.orders.steps, self.source.data
        for first in range(epoch * steps, (epoch + number) * steps, self.slab_steps):
            last = min(first + self.slab_steps, (epoch + number) * steps)
            rows, counted = self._list_rows(first, last, micro_batches)
            weights = counted if data.weights is None else data.weights[rows] * counted
            yield (
                Batch(take_rows(data.x, rows), data.y[rows], weights[..., None].astype(self.engine.dtype)),
                last - first,
            )

    def _read_slabs(self, epoch: int, micro_batches: range) -> Iterator[tuple[Batch, int]]:
        """The slabs of one epoch of a source that is read range by range: one range for each micro-batch."""
        totals = self.sizes(self.all_micro_batches).sum(0)
        firsts, sizes = np.cumsum([0, *totals]), self.sizes(micro_batches)
        readers = [RowReader(self.source.range_blocks(epoch, firsts[each], firsts[each + 1])) for each in micro_batches]
        shape = (len(micro_batches), self.slab_steps, self.samples)
        for first in range(0, self.orders.steps, self.slab_steps):
            counted = np.zeros(shape, bool)
            taken = sizes[first : first + self.slab_steps]
            counted[:, : len(taken)] = np.arange(self.samples) < taken.T[:, :, None]
            parts = [reader.read(count) for reader, count in zip(readers, taken.sum(0), strict=True)]
            x, y = (_spread_rows([part[which] for part in parts], counted, self.engine.dtype) for which in (0, 1))
            yield Batch(x, y, counted[..., None].astype(self.engine.dtype)), len(taken)

    def _list_rows(self, first: int, last: int, micro_batches: range) -> tuple[AnyArray, AnyArray]:
        """The rows of some steps, counted over all epochs, and which of them count: (micro-batches, steps, m)."""
        shape = (self.slab_steps, self.engine.micro_batches, self.samples)
        rows = np.zeros((shape[0], shape[1] * shape[2]), np.int32)
        counted = np.zeros_like(rows, bool)
        for place, step in enumerate(range(first, last)):
            epoch, position = divmod(step, self.orders.steps)
            taken = self._rows_of(epoch)[position]
            rows[place, : len(taken)] = taken
            counted[place, : self.orders.sizes[position]] = True
        own = slice(micro_batches.start, micro_batches.stop)
        return tuple(each.reshape(shape)[:, own].swapaxes(0, 1) for each in (rows, counted))  # type: ignore[return-value]

    def _rows_of(self, epoch: int) -> AnyArray:
        """The rows of each step of an epoch, kept until another is asked for."""
        if getattr(self, "_known", (None,))[0] != epoch:
            order = self.orders.of_epochs(self.options.seed, epoch, 1)
            self._known = epoch, np.arange(self.orders.count)[None] if order is None else order.rows[0]
        return self._known[1]

    def pieces(self, epoch: int, number: int) -> Iterator[Piece]:
        """The samples of all micro-batches, for one that takes the steps in another way."""
        if isinstance(self.source, ArraySource):
            yield from super().pieces(epoch, number)
            return
        for slab, steps in self.slabs(epoch, number, self.all_micro_batches):
            flat = [each.swapaxes(0, 1).reshape(-1, *each.shape[3:]) for each in slab]
            rows = np.arange(len(flat[0]), dtype=np.int32).reshape(1, self.slab_steps, -1)
            yield Piece(Batch(flat[0], flat[1]), Order(rows, flat[2].reshape(rows.shape[1:]) > 0), steps, False)

    @property
    def follows(self) -> bool:  # type: ignore[override]
        """Whether another process leads it."""
        return self.team is not None and self.team.index > 0

    def follow(self) -> History:
        """Go where process 0 leads, to the end; the history is the leader's. Errors: ProcessLost."""
        assert self.team is not None
        begun: Any = None
        while True:
            match self.team.receive():
                case {"begin": step, "epoch": epoch}:
                    self.state = self.state._replace(step=step, epoch=epoch)
                    begun = self.engine.begin(self.state)
                case {"take": number, "epoch": epoch, "factor": factor}:
                    self.state, self.factor = self.state._replace(epoch=epoch), factor
                    begun, _ = self._take(begun, number)
                case {"costs": costs, **facts}:
                    network = self.start.with_parameters(self.team.broadcast(dict(self.start.parameters)))
                    return History(network, np.array(costs), engine=self.engine.name, dtype=self.options.dtype, **facts)
                case {"failed": reason}:
                    raise ProcessLost(f"process 0 has ended the run: {reason}")

    def dismiss(self, outcome: History | BaseException) -> None:
        """Tell the followers how the run has ended."""
        if self.team is None or isinstance(outcome, ProcessLost):
            return
        if isinstance(outcome, BaseException):
            self.team.send(failed=str(outcome))
            return
        names = ("final_cost", "metrics", "best_epoch", "stopped")
        self.team.send(costs=outcome.cost, **{name: getattr(outcome, name) for name in names})
        self.team.broadcast(dict(outcome.network.parameters))

    def _take(self, begun: Any, number: int) -> tuple[Any, AnyArray]:
        if self.team and not self.team.index:
            self.team.send(take=number, epoch=self.state.epoch, factor=self.factor)
        if self.team is None:
            return self._take_steps(begun, number)
        with lost_processes():
            taken = self._take_steps(begun, number)
        self.team.check_complete()
        return taken

    def _take_steps(self, begun: Any, number: int) -> tuple[Any, AnyArray]:
        numbers, costs = self.numbers(), list[Any]()
        for slab, steps in self.slabs(self.state.epoch, number, self.engine.own):
            begun, met = self.engine.run(begun, place_data(self.engine, slab), None, numbers, Span(1, steps, 1))
            costs.append((met, steps))
            if len(costs) > 1:  # wait for the one before, so that no more than two are on their way
                costs[-2] = np.asarray(costs[-2][0]), costs[-2][1]
        met = np.concatenate([np.asarray(each)[:steps] for each, steps in costs])
        return begun, met.reshape(number, self.orders.steps)


class RowReader:
    """Reads any number of rows from blocks of any size."""

    def __init__(self, blocks: Iterator[Batch]) -> None:
        self.blocks, self.held = blocks, list[Batch]()

    def read(self, count: int) -> tuple[AnyArray, AnyArray]:
        """The next rows, inputs and targets; fewer at the end."""
        while sum(len(each.x) for each in self.held) < count and (block := next(self.blocks, None)) is not None:
            self.held.append(block)
        if not self.held:
            return np.empty((0, 0)), np.empty((0, 0))
        x, y = (np.concatenate([each[which] for each in self.held]) for which in (0, 1))
        self.held = [Batch(x[count:].copy(), y[count:].copy())]
        return x[:count], y[:count]


def take_rows(array: AnyArray, rows: AnyArray) -> AnyArray:
    """Rows of an array, where JAX can read them without a copy."""
    taken = make_aligned((*rows.shape, *array.shape[1:]), array.dtype)
    if array.flags.c_contiguous:
        np.take(array, rows, axis=0, out=taken, mode="clip")
    else:
        taken[...] = array[rows]
    return taken


def make_aligned(shape: tuple[int, ...], dtype: Any) -> AnyArray:
    """An array that begins at a multiple of 64 bytes; what is in it is not yet known."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.empty(size + ALIGNED, np.uint8)
    start = -memory.ctypes.data % ALIGNED
    array: AnyArray = memory[start : start + size].view(dtype).reshape(shape)
    return array


def _spread_rows(parts: list[AnyArray], counted: AnyArray, dtype: Any) -> AnyArray:
    """The rows of each micro-batch at the places that count, 0 at the others."""
    width = max(part.shape[1] for part in parts)
    spread = make_aligned((*counted.shape, width), dtype)
    spread[...] = 0
    for own, places, part in zip(spread, counted, parts, strict=True):
        own[places] = part.reshape(-1, width)
    return spread
