"""The sharded engine: JAX on all devices of all processes, each with its own micro-batches of every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar, final

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.source import Batch
from backproof.errors import OptionError
from backproof.train.batches import Order
from backproof.train.engines.engine import Engine, Span
from backproof.train.engines.jax import copy_state, load_jax
from backproof.train.processes import find_team
from backproof.train.shared_memory import SharedMemory
from backproof.train.step import Recipe, State, step

#: What keeps sums the same on any number of threads: on a GPU, and on a CPU.
EXACT = ({"xla_gpu_deterministic_ops": True}, {"xla_cpu_multi_thread_eigen": False})


@final
class ShardedEngine(Engine):
    """The steps of `train.step`, whose samples are micro-batches (micro-batches, steps, samples of each, ...).

    `micro_batches` are those of a step on all devices; in any order (not `exact`) there is one for each device. Raise
    OptionError if they cannot be spread evenly.
    """

    name: ClassVar[str] = "jax"
    operation, number = 5e-8, 2.6e-11

    def __init__(self, recipe: Recipe, dtype: str, micro_batches: int, *, exact: bool = True) -> None:
        super().__init__(recipe, dtype)
        jax = load_jax(2 if exact else 1)
        devices = len(jax.devices())
        if exact and devices == 1 and jax.default_backend() == "cpu":
            raise OptionError(
                "JAX has been started with one device, whose programs round otherwise than those of several; train "
                "with micro_batches before anything else runs on JAX, or give fast_sums=True."
            )
        if exact and micro_batches % devices:
            raise OptionError(
                f"{micro_batches} micro-batches cannot be spread evenly over {devices} processes or devices; "
                f"start 1, 2, 4 ... up to {micro_batches}, or give more micro-batches (--micro-batches), or give "
                "up equal bits (--fast-sums)."
            )
        self.micro_batches, self.exact = micro_batches if exact else devices, exact
        self.mesh = jax.sharding.Mesh(np.array(jax.devices()), ("devices",))
        self.program = compile_program(recipe, self.mesh, exact, self.shared)

    @property
    def shared(self) -> SharedMemory | None:
        """What the processes exchange sums through, where each has one device and all are on one machine."""
        team = find_team()
        return team.shared if team and self.exact and team.count == self.mesh.devices.size else None

    @property
    def own(self) -> range:
        """The micro-batches of this process."""
        each = self.micro_batches // self.mesh.devices.size * len(self.mesh.local_devices)
        first = load_jax().process_index() * each
        return range(first, first + each)

    def place(self, batch: Batch) -> Batch:
        """The micro-batches of this process, where the engine works on them."""
        narrow = batch.x.dtype.itemsize <= self.dtype.itemsize
        cast = (batch.x if narrow else self.cast(batch.x), self.cast(batch.y), self.cast(batch.weights))
        return Batch(*map(self._split, cast))

    def _split(self, array: AnyArray) -> Any:
        """An array of this process on its devices, as a part of that of all; on a CPU it may stay where it is."""
        jax, devices = load_jax(), self.mesh.local_devices
        where = jax.sharding.NamedSharding(self.mesh, jax.sharding.PartitionSpec("devices"))
        shape = (len(array) * self.mesh.devices.size // len(devices), *array.shape[1:])
        with jax.enable_x64(True):
            parts = [
                jax.device_put(part, device, may_alias=True)
                for part, device in zip(np.split(array, len(devices)), devices, strict=True)
            ]
            return jax.make_array_from_single_device_arrays(shape, where, parts)

    def begin(self, state: State) -> Any:
        arrays = state.parameters, state.slots, np.int32(state.step)
        if team := find_team():
            if not team.index:
                team.send(begin=int(state.step), epoch=state.epoch)
            arrays = team.broadcast(arrays)
        return self._put(arrays), state.epoch

    def _put(self, arrays: Any) -> Any:
        """Copies of arrays that are the same in all processes, on each of their devices."""
        jax = load_jax()
        where = jax.sharding.NamedSharding(self.mesh, jax.sharding.PartitionSpec())
        with jax.enable_x64(True):
            return jax.tree.map(lambda each: jax.make_array_from_process_local_data(where, np.array(each)), arrays)

    def run(
        self, begun: Any, data: Batch, order: Order | None, numbers: Mapping[str, Any], span: Span
    ) -> tuple[Any, Any]:
        """Some steps, in the order of the data: those of a Span of one epoch."""
        state, epoch = begun
        counts = np.array([span.steps, data.x.shape[0] // self.mesh.devices.size, 0], np.int32)
        with load_jax().enable_x64(True):
            state, costs = self.program(state, data, self.typed(numbers), counts)
        return (state, epoch), costs

    def to_numpy(self, begun: Any) -> State:
        return copy_state(begun)


@lru_cache(maxsize=64)
def compile_program(recipe: Recipe, mesh: Any, exact: bool, shared: SharedMemory | None) -> Callable[..., Any]:
    """Steps of a recipe, to be compiled for the shapes that it meets: (state, cost of each step)."""
    jax = load_jax()
    from backproof.train.micro_batches import AXIS, SumOverMicroBatches

    lax, everywhere, split = jax.lax, jax.sharding.PartitionSpec(), jax.sharding.PartitionSpec(AXIS)

    def run(state: Any, data: Batch, numbers: Any, counts: Any) -> Any:
        def take(position: Any, carry: tuple[State, Any, Any]) -> tuple[State, Any, Any]:
            state, costs, partial_sums = carry
            sums = SumOverMicroBatches(mesh.devices.size, exact, shared, counts[1], counts[2], position, partial_sums)
            state, met = step(recipe, state, data, numbers, sums)
            return state, costs.at[position].set(met), sums.partial_sums

        parameters, slots, done = state
        first = State(parameters, slots, done)
        costs = jax.numpy.zeros(data.y.shape[1], numbers["learning_rate"].dtype)
        partial_sums = SumOverMicroBatches.allocate_sums(first, data)
        after, costs, _ = lax.fori_loop(0, counts[0], take, (first, costs, partial_sums))
        return (after.parameters, after.slots, after.step), costs

    sharded = jax.shard_map(
        run, mesh=mesh, in_specs=(everywhere, split, everywhere, everywhere), out_specs=everywhere, check_vma=False
    )
    options = EXACT[jax.default_backend() == "cpu"] if exact else None
    compiled: Callable[..., Any] = jax.jit(sharded, donate_argnums=0, compiler_options=options)
    return compiled
