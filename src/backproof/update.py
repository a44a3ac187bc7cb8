"""An Update: every number of a step between the gradients of the cost and the new parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from backproof import propagation
from backproof.errors import NumberError, OptionError
from backproof.network import Network
from backproof.propagation import Forward
from backproof.quantity import Quantity
from backproof.training import Training


@dataclass(frozen=True, eq=False)
class Update:
    """What a step of training makes of the gradients of the cost, as `train.step` does: penalty, clipping, optimiser.

    `passed` and `cost` are those of the step's batch, `slots` what the optimiser kept before, None at the start.
    """

    network: Network
    training: Training
    step: int
    passed: Forward
    cost: float
    gradients: Mapping[str, Any]
    slots: dict[str, dict[str, Any]] | None

    @cached_property
    def before(self) -> dict[str, dict[str, Any]]:
        """The optimiser's slots before this step."""
        if self.slots is not None:
            return self.slots
        return propagation.first_slots(self.training.optimiser, self.network.parameters)

    @cached_property
    def penalised(self) -> Mapping[str, Any]:
        """The gradients of cost and penalty together."""
        return self._penalise(self.gradients) if self.training.penalised else self.gradients

    @cached_property
    def of_penalty(self) -> Mapping[str, Any]:
        """The gradients of the penalty alone."""
        return self._penalise({key: np.zeros_like(array) for key, array in self.network.parameters.items()})

    def _penalise(self, gradients: Mapping[str, Any]) -> Mapping[str, Any]:
        training = self.training
        with np.errstate(all="ignore"):
            return propagation.penalised(
                self.network.architecture, self.network.parameters, gradients, training.l1, training.l2
            )

    @cached_property
    def clipped(self) -> Mapping[str, Any]:
        """The gradients that the optimiser takes: with the penalty, and clipped."""
        if self.training.clip is None:
            return self.penalised
        with np.errstate(all="ignore"):
            return propagation.clipped(self.network.architecture, self.penalised, self.training.clip)

    @cached_property
    def changes(self) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """What the update adds to each parameter, and the optimiser's slots after it."""
        network, optimiser = self.network, self.training.optimiser
        if optimiser.searches:
            raise OptionError(
                f"{optimiser.title} with a line search: the length of its step is found by "
                "trying, not by a formula; leave out line_search to follow the steps."
            )
        rate, parameters = self.training.rate_at(self.step), network.parameters
        with np.errstate(all="ignore"):
            return propagation.changes(
                network.architecture, optimiser, self.clipped, self.before, self.step, rate, parameters, self.passed
            )

    @cached_property
    def workings(self) -> dict[str, dict[str, Any]]:
        """Every number that the optimiser goes by in this step, for each parameter."""
        rate, dot = self.training.rate_at(self.step), self.network.wiring.dot
        with np.errstate(all="ignore"):
            return propagation.workings(self.training.optimiser, self.clipped, self.before, self.step, rate, dot)

    @cached_property
    def after(self) -> Network:
        """The network after the update."""
        with np.errstate(all="ignore"):
            arrays = propagation.update(self.network.parameters, self.changes[0])
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise NumberError(f"step {self.step}: the updated parameters are not finite; is the rate too high?")
        return self.network.with_parameters(arrays)

    def value(self, quantity: Quantity) -> float:
        """A number of the update."""
        if not quantity.of:
            return self._value_of_all(quantity)
        return float(self.network.parameter(quantity.of[0]).pick(self._find_arrays(quantity)))

    def _find_arrays(self, quantity: Quantity) -> Mapping[str, Any]:
        """The arrays in which a number of one parameter stands."""
        match quantity.role:
            case "new":
                return self.after.parameters.arrays
            case "step":
                return self.changes[0]
            case "dR/dw":
                return self.of_penalty
            case "dJ/dw":
                return self.penalised
            case "clipped":
                return self.clipped
        if quantity.is_before:
            return self.before[quantity.slot]
        return {key: numbers[quantity.slot] for key, numbers in self.workings.items()}

    def _value_of_all(self, quantity: Quantity) -> float:
        """A number that all parameters have in common."""
        training, architecture = self.training, self.network.architecture
        match quantity.role:
            case "eta":
                return training.rate_at(self.step)
            case "eta0":
                return training.rate_at(0)
            case "norm":
                return float(propagation.measure_norm(architecture, self.penalised))
            case "R" | "J":
                penalty = float(propagation.penalty(architecture, self.network.parameters, training.l1, training.l2))
                return penalty if quantity.role == "R" else self.cost + penalty
        made = next(iter(self.workings.values()))
        return float(made.get(quantity.slot, 0.0))  # the factor of a pair that is not there yet is 0
