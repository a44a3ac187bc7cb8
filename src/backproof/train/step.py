"""One training step: forward, backward and update, once, for every engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from backproof import propagation
from backproof.architecture import Architecture
from backproof.arrays import AnyArray, Arrays
from backproof.data.source import Batch, Scaling
from backproof.dropout import insert_dropout
from backproof.errors import NumberError
from backproof.functions import where
from backproof.operations.optimiser import Optimiser
from backproof.operations.schedule import Schedule
from backproof.train.options import TrainingOptions
from backproof.train.parts import AddParts, PassInputs, count_parts


@dataclass(frozen=True)
class Recipe:
    """What every step of a run does, apart from its numbers; equal recipes can share one compiled program.

    Dropout that the options ask for is a layer of the architecture. `scaled`: inputs come as they were measured and
    are shifted and scaled in each batch. `share_penalty`: the penalty is one of all samples of a step together, so that
    a mean over them has its n-th part.
    """

    architecture: Architecture
    optimiser: Optimiser
    schedule: Schedule
    l1: bool = False
    l2: bool = False
    clipped: bool = False
    scaled: bool = False
    share_penalty: bool = False

    @classmethod
    def of(cls, architecture: Architecture, options: TrainingOptions, *, scaled: bool = False) -> Recipe:
        """What every step of a run of the network does. Errors: OptionError."""
        return cls(
            insert_dropout(architecture, options.dropout_rates(architecture.depth)),
            options.optimizer,
            options.schedule,
            l1=options.l1 > 0,
            l2=options.l2 > 0,
            clipped=options.clip is not None,
            scaled=scaled,
            share_penalty=options.share_penalty,
        )

    @property
    def penalised(self) -> bool:
        """Whether the weights cost something."""
        return self.l1 or self.l2

    def rate(self, numbers: Mapping[str, Any], count: Any) -> Any:
        """The learning rate of a step, by its number from 1."""
        return propagation.scheduled_rate(self.schedule, numbers["learning_rate"], count, numbers["total"])

    def inputs(self, x: Any, numbers: Mapping[str, Any]) -> Any:
        """The inputs as the network takes them, of rows (samples, inputs), in the precision of the run."""
        rate, shape = numbers["learning_rate"], self.architecture.layers[0].shape
        x = x.astype(rate.dtype) if x.dtype != rate.dtype else x
        x = Scaling(numbers["shift"], numbers["scale"]).apply(x) if self.scaled else x
        return x if len(shape) == 1 else x.reshape(x.shape[0], *shape)

    def masks(self, x: Any, numbers: Mapping[str, Any], step: Any, first_row: Any = 0) -> dict[int, Any]:
        """What dropout keeps of each of its layers in this step, for samples from a row of the batch on."""
        seed = numbers.get("seed", propagation.FIRST_SEED)
        return propagation.draw_masks(self.architecture, x, seed, step, first_row)

    def give(self, state: State, batch: Batch, numbers: Mapping[str, Any], first_row: Any = 0) -> PassInputs:
        """What a pass takes of samples, which are those of a batch from a row on."""
        x = self.inputs(batch.x, numbers)
        return PassInputs(x, batch.y, self.weights(batch), self.masks(x, numbers, state.step, first_row))

    def weights(self, batch: Batch) -> Any:
        """The weight of each sample in the cost; in a mean they count against each other, 1 on average."""
        if batch.weights is None or self.architecture.reduction == "sum":
            return batch.weights
        total = batch.weights.sum(0)
        there = total > 0
        return batch.weights * where(there, batch.x.shape[0] / where(there, total, 1.0), 0.0)

    def penalties(self, batch: Batch, numbers: Mapping[str, Any]) -> tuple[Any, Any]:
        """l1 and l2 of a step, None for one that there is not.

        Where the penalty is shared it is divided by the samples of the step, each counted with its weight.
        """
        asked = numbers["l1"] if self.l1 else None, numbers["l2"] if self.l2 else None
        if not self.share_penalty:
            return asked
        count: Any = batch.x.shape[0]
        if batch.weights is not None:
            count = batch.weights.sum()
            count = where(count > 0, count, inf)  # samples that weigh nothing ask for nothing
        l1, l2 = (None if each is None else each / count for each in asked)
        return l1, l2


class Slope(NamedTuple):
    """The cost of samples, its gradient by every parameter, and the pass that they come from."""

    cost: Any
    gradients: dict[str, Any]
    passed: propagation.Forward


def differentiate_cost(
    recipe: Recipe, state: State, batch: Batch, numbers: Mapping[str, Any], add_parts: AddParts | None = None
) -> Slope:
    """The cost of a batch, penalty included, and its gradient; `numbers` as in `step`.

    With `add_parts` a large batch may be worked out in parts, of which no pass is kept.
    """
    network, parameters = recipe.architecture, state.parameters
    given = recipe.give(state, batch, numbers)
    count = 1 if add_parts is None else count_parts(network, given.x.shape[0])
    if add_parts is None or count == 1:
        slope = differentiate_samples(network, parameters, given)
    else:
        parts = (given.take_mean(count) if network.reduction == "mean" else given).split(count)
        sums = add_parts(count, lambda number: differentiate_samples(network, parameters, parts.part(number))[:2])
        slope = Slope(*sums, propagation.Forward((), ()))
    return add_penalty(recipe, state, batch, numbers, slope)


def differentiate_samples(network: Architecture, parameters: Arrays, given: PassInputs) -> Slope:
    """The cost of samples without penalty, and its gradient."""
    passed = propagation.forward(network, parameters, given.x, given.masks)
    met = propagation.cost(network, passed, given.y, given.weights)
    back = propagation.backward(network, parameters, passed, given.y, weights=given.weights, lowest=1)
    return Slope(met, back.gradients, passed)


def add_penalty(recipe: Recipe, state: State, batch: Batch, numbers: Mapping[str, Any], slope: Slope) -> Slope:
    """The cost of a batch and its gradient, with those of the penalty."""
    if not recipe.penalised:
        return slope
    network, parameters = recipe.architecture, state.parameters
    l1, l2 = recipe.penalties(batch, numbers)
    return slope._replace(
        cost=slope.cost + propagation.penalty(network, parameters, l1, l2),
        gradients=propagation.penalised(network, parameters, slope.gradients, l1, l2),
    )


#: What finds the cost of a batch and its gradient, as `differentiate_cost` does.
Differentiate: TypeAlias = "Callable[[Recipe, State, Batch, Mapping[str, Any]], Slope]"


def step(
    recipe: Recipe,
    state: State,
    batch: Batch,
    numbers: Mapping[str, Any],
    differentiate: Differentiate = differentiate_cost,
) -> tuple[State, Any]:
    """The state after one more step, and the cost (penalty included) that it met before its update.

    `numbers` are learning_rate, total (steps of the run), seed, and l1, l2, clip, shift, scale where the recipe asks.
    """
    t = state.step + 1
    count = _cast_count(t, numbers["learning_rate"].dtype)
    parameters, slots, met = move_parameters(
        recipe, state, batch, numbers, recipe.rate(numbers, count), count, differentiate
    )
    return State(parameters, slots, t, state.epoch), met


def move_parameters(
    recipe: Recipe,
    state: State,
    batch: Batch,
    numbers: Mapping[str, Any],
    rate: Any,
    count: Any,
    differentiate: Differentiate = differentiate_cost,
) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """Parameters and slots after step number `count`, taken with that learning rate, and the cost before it."""
    slope = find_slope(recipe, state, batch, numbers, differentiate)
    return *follow_slope(recipe, state, slope, rate, count), slope.cost


def find_slope(
    recipe: Recipe,
    state: State,
    batch: Batch,
    numbers: Mapping[str, Any],
    differentiate: Differentiate = differentiate_cost,
) -> Slope:
    """The cost of a batch and the gradient that its step takes, clipped where the recipe asks."""
    slope = differentiate(recipe, state, batch, numbers)
    if not recipe.clipped:
        return slope
    return slope._replace(gradients=propagation.clipped(recipe.architecture, slope.gradients, numbers["clip"]))


def follow_slope(
    recipe: Recipe, state: State, slope: Slope, rate: Any, count: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters and slots after step number `count`, taken with that learning rate and gradient."""
    steps, slots = propagation.changes(
        recipe.architecture,
        recipe.optimiser,
        slope.gradients,
        state.slots,
        count,
        rate,
        state.parameters,
        slope.passed,
    )
    return propagation.update(state.parameters, steps), slots


def _cast_count(t: Any, dtype: Any) -> Any:
    """The number of a step as formulas take it: compiled, in the precision of the run."""
    return t if isinstance(t, int) else t.astype(dtype)


class State(NamedTuple):
    """Parameters W1, b1, ..., the optimiser's slots keyed alike, and how many steps and epochs are done."""

    parameters: Mapping[str, Any]
    slots: Mapping[str, Mapping[str, Any]]
    step: Any = 0
    epoch: int = 0

    @classmethod
    def first(cls, parameters: Mapping[str, Any], optimiser: Optimiser, dtype: str) -> State:
        """The state before the first step, in the given precision. Errors: NumberError."""
        with np.errstate(over="ignore"):
            arrays = {key: np.array(array, dtype=dtype) for key, array in parameters.items()}
        for key, array in arrays.items():
            if not np.isfinite(array).all():
                raise NumberError(f"{key}: not a finite number in {dtype}; use float64, or smaller numbers.")
        return cls(arrays, propagation.first_slots(optimiser, arrays))

    @property
    def named(self) -> dict[str, AnyArray]:
        """Its arrays, each by a name of its own."""
        named = {f"parameters/{key}": np.asarray(array) for key, array in self.parameters.items()}
        for slot, arrays in self.slots.items():
            named |= {f"slots/{slot}/{key}": np.asarray(array) for key, array in arrays.items()}
        return named

    def mismatch(self, arrays: Mapping[str, AnyArray]) -> str:
        """Where named arrays have not its names, shapes and precision, as a sentence, or the empty string."""
        for name, array in self.named.items():
            found = arrays.get(name)
            if found is None or (found.shape, found.dtype) != (array.shape, array.dtype):
                received = "none" if found is None else f"{found.dtype} of shape {found.shape}"
                return f"for {name} it has {received}, expected {array.dtype} of shape {array.shape}."
        return ""

    @property
    def finite(self) -> bool:
        """Whether every number of it is finite."""
        arrays = [self.parameters, *self.slots.values()]
        return all(bool(np.isfinite(array).all()) for group in arrays for array in group.values())
