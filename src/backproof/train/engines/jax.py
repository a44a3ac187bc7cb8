"""The JAX engine: whole epochs in one compiled program, on whatever device JAX finds.

JAX is imported when the first of these engines is made. Programs are kept for the process by recipe, and on disk as
JAX does it.
"""

from __future__ import annotations

import operator
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from functools import cache, lru_cache, partial
from types import ModuleType
from typing import Any, ClassVar, final

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.source import Batch
from backproof.train.batches import Order
from backproof.train.engines.engine import Engine, Span
from backproof.train.engines.programs import keep_programs
from backproof.train.parts import Slopes
from backproof.train.step import Recipe, State, differentiate_cost, step

#: A loop over data of up to this size in bytes is compiled into one function, instead of one call an operation.
SMALL_LOOP = 16_000_000
#: Inputs of up to this size in bytes are copied to where JAX likes them best.
COPY_BYTES = 4_000_000
FLAGS = f"--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold={SMALL_LOOP}"


@cache
def load_jax(devices: int = 1) -> ModuleType:
    """JAX, with small loops compiled whole, unless it was set up already.

    On a CPU that counts as that number of devices, where it has not been started yet.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if "jax" not in sys.modules and "xla_backend_extra_options" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {FLAGS}".strip()
    try:
        import jax

        if devices > 1 and not jax.distributed.is_initialized() and "platform_device_count" not in flags:
            with suppress(RuntimeError):  # it has been started
                jax.config.update("jax_num_cpu_devices", devices)  # type: ignore[no-untyped-call]
        jax.local_devices()  # XLA reads its flags here, once
    finally:
        if flags:
            os.environ["XLA_FLAGS"] = flags
        else:
            os.environ.pop("XLA_FLAGS", None)
    return jax


@final
class JaxEngine(Engine):
    """The steps of `train.step` under `jax.jit`, in loops that are compiled too; with `lanes` on many networks at once.

    In lanes, every array of the state has the number of the network as its last axis; so have an order's rows, and
    those numbers of a step that differ.
    """

    name: ClassVar[str] = "jax"
    operation, number = 5e-9, 1.3e-11

    def __init__(self, recipe: Recipe, dtype: str, *, lanes: bool = False) -> None:
        super().__init__(recipe, dtype)
        self.program = compile_program(recipe, lanes)
        self._shapes: Any = None

    def place(self, batch: Batch) -> Batch:
        weights = None if batch.weights is None else self.cast(batch.weights)[:, None]
        with load_jax().enable_x64(True):
            y, weights = load_jax().device_put((self.cast(batch.y), weights))
            return Batch(self._inputs(batch.x), y, weights)

    def _inputs(self, x: AnyArray) -> Any:
        """The inputs on the device; on a CPU, many of them where they are."""
        load_jax()
        from backproof.train.engines import zero_copy

        if x.nbytes > COPY_BYTES and zero_copy.can_share_memory(x):
            return zero_copy.ZeroCopy.of(x)
        return load_jax().device_put(self.shrink(x))

    def begin(self, state: State) -> Any:
        with load_jax().enable_x64(True):  # a copy, for the program writes over what it is given
            arrays = (state.parameters, state.slots, np.int32(state.step))
            return load_jax().device_put(arrays, may_alias=False), state.epoch

    def run(
        self, begun: Any, data: Batch, order: Order | None, numbers: Mapping[str, Any], span: Span
    ) -> tuple[Any, Any]:
        state, epoch = begun
        rows, counts = (None, None) if order is None else order
        limits, sizes = np.array(span[:2], np.int32), self._list_sizes(counts)
        shapes = (None if rows is None else rows.shape, counts is None, data.y.shape, span.most, sizes)
        compiles = shapes != self._shapes
        with load_jax().enable_x64(True), keep_programs(load_jax()) if compiles else nullcontext():
            state, costs = self.program(state, data, rows, counts, self.typed(numbers), limits, span.most, sizes)
        self._shapes = shapes
        return (state, epoch), costs

    def _list_sizes(self, counts: AnyArray | None) -> tuple[int, ...]:
        """The sizes of the steps, where samples are coupled, so that one which only fills up a step would count."""
        if counts is None or not self.recipe.architecture.couples_samples:
            return ()
        return tuple(sorted({int(size) for size in counts.sum(1) if size}))

    def to_numpy(self, begun: Any) -> State:
        return copy_state(begun)


def copy_state(begun: Any) -> State:
    """A state that JAX has, in NumPy's arrays."""
    (parameters, slots, steps), epoch = begun
    parameters, slots = load_jax().tree.map(np.array, (parameters, slots))
    return State(parameters, slots, int(steps), epoch)


@lru_cache(maxsize=64)
def compile_program(recipe: Recipe, lanes: bool) -> Callable[..., Any]:
    """Epochs of a recipe, to be compiled for the shapes that it meets: (state, costs of each step)."""
    lax, jnp = load_jax().lax, load_jax().numpy
    from backproof.train.engines.zero_copy import ZeroCopy

    if lanes:
        from backproof.train.engines.lanes import Lanes
    whole = lanes or load_jax().default_backend() != "cpu"
    differentiate = differentiate_cost if whole else partial(differentiate_cost, add_parts=add_in_loop)

    def lift(value: Any) -> Any:
        return load_jax().tree.map(Lanes, value) if lanes else value

    def lower(value: Any) -> Any:
        if not lanes:
            return value
        return load_jax().tree.map(lambda each: each.data, value, is_leaf=lambda each: isinstance(each, Lanes))

    def share(data: Batch) -> Batch:
        """Samples that all networks see."""
        return lift(load_jax().tree.map(lambda each: each[..., None], data)) if lanes else data

    def pick_samples(data: Batch, rows: Any, counts: Any) -> Batch:
        """The samples of one step; of those that only fill it up the weight is 0."""
        weights = None if data.weights is None else data.weights[rows]
        if counts is not None:
            counted = counts.astype(data.y.dtype)[(..., *[None] * (rows.ndim))]
            weights = counted if weights is None else weights * counted
        found = Batch(data.x[rows], data.y[rows], weights)
        if not lanes:
            return found
        if rows.ndim == 1:
            return share(found)
        return Batch(*(None if each is None else Lanes(jnp.moveaxis(each, 1, -1)) for each in found))

    def run(state: Any, data: Batch, rows: Any, counts: Any, numbers: Any, limits: Any, most: int, sizes: Any) -> Any:
        parameters, slots, done = state
        if rows is None and isinstance(data.x, ZeroCopy):
            data = data._replace(x=data.x.whole)
        numbers = {k: Lanes(v) if lanes and v.ndim and k not in ("shift", "scale") else v for k, v in numbers.items()}

        def batch(epoch: Any, position: Any) -> Batch:
            if rows is None:
                return share(data)
            return pick_samples(data, rows[epoch, position], None if counts is None else counts[position])

        def take_exactly(size: int, taken: Any, state: State) -> tuple[State, Any]:
            return step(recipe, state, pick_samples(data, taken[:size], None), numbers, differentiate)

        def take(epoch: Any, position: Any, state: State) -> tuple[State, Any]:
            if not sizes:
                return step(recipe, state, batch(epoch, position), numbers, differentiate)
            which = jnp.searchsorted(np.array(sizes), counts[position].sum())
            branches = [partial(take_exactly, size) for size in sizes]
            taken: tuple[State, Any] = lax.switch(which, branches, rows[epoch, position], state)
            return taken

        def take_one(epoch: Any, position: Any, carry: tuple[State, Any]) -> tuple[State, Any]:
            state, costs = carry
            state, met = take(epoch, position, state)
            return state, costs.at[epoch, position].set(lower(met))

        def take_epoch(epoch: Any, carry: tuple[State, Any]) -> tuple[State, Any]:
            if rows is None:
                return take_one(epoch, 0, carry)
            after: tuple[State, Any] = lax.fori_loop(0, limits[1], partial(take_one, epoch), carry)
            return after

        first = State(lift(parameters), lift(slots), done)
        shape = (most, 1) if rows is None else rows.shape[:2]
        shape += load_jax().tree.leaves(parameters)[0].shape[-1:] if lanes else ()
        costs = jnp.zeros(shape, numbers["learning_rate"].dtype)
        after, costs = lax.fori_loop(0, limits[0], take_epoch, (first, costs))
        return (lower(after.parameters), lower(after.slots), after.step), costs

    compiled: Callable[..., Any] = load_jax().jit(run, static_argnums=(6, 7), donate_argnums=0)
    return compiled


def add_in_loop(count: int, take: Callable[[Any], Slopes]) -> Slopes:
    """What each part gives, added up in a compiled loop, whose memory all parts share."""
    jax = load_jax()

    def add(number: Any, total: Slopes) -> Slopes:
        added: Slopes = jax.tree.map(operator.add, total, take(number))
        return added

    nothing = jax.tree.map(lambda each: jax.numpy.zeros(each.shape, each.dtype), jax.eval_shape(take, 0))
    total: Slopes = jax.lax.fori_loop(0, count, add, nothing)
    return total
