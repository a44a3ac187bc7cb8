"""One training step: forward, backward and update, once, for every engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from backproof import propagation
from backproof.architecture import Architecture
from backproof.data.source import Batch
from backproof.functions import where
from backproof.operations.optimiser import Optimiser
from backproof.operations.schedule import Schedule
from backproof.train.dropout import kept
from backproof.train.state import State


@dataclass(frozen=True)
class Recipe:
    """What every step of a run does, apart from its numbers; equal recipes can share one compiled program.

    `dropout` has the rate of each layer before the last, inputs first. `scaled`: inputs come as they were measured and
    are shifted and scaled in each batch. `share_penalty`: the penalty is one of all samples of a step together, so that
    a mean over them has its n-th part.
    """

    architecture: Architecture
    optimiser: Optimiser
    schedule: Schedule
    dropout: tuple[float, ...] = ()
    penalised: bool = False
    clipped: bool = False
    scaled: bool = False
    share_penalty: bool = False

    def inputs(self, x: Any, numbers: Mapping[str, Any]) -> Any:
        """The inputs as the network takes them, in the precision of the run."""
        rate = numbers["learning_rate"]
        x = x.astype(rate.dtype) if x.dtype != rate.dtype else x
        return (x - numbers["shift"]) * numbers["scale"] if self.scaled else x

    def kept(self, x: Any, numbers: Mapping[str, Any], step: Any) -> tuple[Any, ...]:
        """What dropout keeps of each layer in this step."""
        if not any(self.dropout):
            return ()
        shapes = [(x.shape[0], *layer.shape) for layer in self.architecture.layers[: len(self.dropout)]]
        return kept(self.dropout, shapes, numbers["seed"], step, x)

    def weights(self, batch: Batch) -> Any:
        """The weight of each sample in the cost; in a mean they count against each other, 1 on average."""
        if batch.weights is None or self.architecture.reduction == "sum":
            return batch.weights
        total = batch.weights.sum(0)
        there = total > 0
        return batch.weights * where(there, batch.x.shape[0] / where(there, total, 1.0), 0.0)

    def penalties(self, batch: Batch, numbers: Mapping[str, Any]) -> tuple[Any, Any]:
        """l1 and l2 of a step; where the penalty is shared, divided by its samples, each counted with its weight."""
        l1, l2 = numbers["l1"], numbers["l2"]
        if not self.share_penalty:
            return l1, l2
        if batch.weights is None:
            return l1 / batch.x.shape[0], l2 / batch.x.shape[0]
        count = batch.weights.sum()
        count = where(count > 0, count, inf)  # samples that weigh nothing ask for nothing
        return l1 / count, l2 / count


def slopes(recipe: Recipe, state: State, batch: Batch, numbers: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any]]:
    """The cost of a batch, penalty included, and its gradient by every parameter; `numbers` as in `step`."""
    network, parameters = recipe.architecture, state.parameters
    x, weights = recipe.inputs(batch.x, numbers), recipe.weights(batch)
    passed = propagation.forward(network, parameters, x, recipe.kept(x, numbers, state.step))
    met = propagation.cost(network, passed, batch.y, weights)
    gradients = propagation.backward(network, parameters, passed, batch.y, weights=weights, lowest=1).gradients
    if recipe.penalised:
        l1, l2 = recipe.penalties(batch, numbers)
        met = met + propagation.penalty(network, parameters, l1, l2)
        gradients = propagation.penalised(network, parameters, gradients, l1, l2)
    return met, gradients


def step(recipe: Recipe, state: State, batch: Batch, numbers: Mapping[str, Any]) -> tuple[State, Any]:
    """The state after one more step, and the cost (penalty included) that it met before its update.

    `numbers` are learning_rate, total (steps of the run), seed, and l1, l2, clip, shift, scale where the recipe asks.
    """
    network, parameters, t = recipe.architecture, state.parameters, state.step + 1
    met, gradients = slopes(recipe, state, batch, numbers)
    if recipe.clipped:
        gradients = propagation.clipped(network, gradients, numbers["clip"])
    rate, count = numbers["learning_rate"], _counted(t, numbers["learning_rate"].dtype)
    rate = (rate * recipe.schedule.factor(count, numbers["total"])).astype(rate.dtype)
    steps, slots = propagation.changes(network, recipe.optimiser, gradients, state.slots, count, rate, parameters)
    return State(propagation.update(parameters, steps), slots, t, state.epoch), met


def _counted(t: Any, dtype: Any) -> Any:
    """The number of a step as formulas take it: compiled, in the precision of the run."""
    return t if isinstance(t, int) else t.astype(dtype)
