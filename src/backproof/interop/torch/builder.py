"""Layers in the making: named after their place in the module, then joined with their activations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from backproof.architecture import Architecture
from backproof.arrays import Array
from backproof.errors import ModuleError
from backproof.graph import plan_graph
from backproof.interop.torch.value import Given
from backproof.layers import INPUTS, LayerPlan
from backproof.operations.activation import activations
from backproof.operations.activations.identity import IdentityFunction
from backproof.operations.cost import Cost
from backproof.operations.layer import Kind, Shape, kinds
from backproof.operations.layers.identity import Identity
from backproof.validate import check_numbers

WHOLE = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
#: More layers than this are not made: a recurrence over many steps is long before it is of use.
MOST_LAYERS = 20_000


class Builder:
    """The layers made so far, by name in topological order, with the numbers of their parameter arrays."""

    def __init__(self, inputs: Shape) -> None:
        self.inputs = inputs
        self.plans: dict[str, LayerPlan] = {}
        self.arrays: dict[str, Array] = {}
        self.shapes: dict[str, Shape] = {INPUTS: inputs}
        self.repeats: dict[str, int] = {}

    def add(
        self,
        place: str,
        kind: str | Kind,
        senders: Sequence[str],
        *,
        arrays: Mapping[str, Given] | None = None,
        activation: Any = "identity",
        **options: Any,
    ) -> str:
        """Make a layer, named after its place; its name."""
        if len(self.plans) >= MOST_LAYERS:
            raise ModuleError(
                f"this makes more than {MOST_LAYERS:,} layers, as a recurrence over many steps does; give a shorter "
                "example_input."
            )
        made = kinds.make({"name": kind, **options}) if isinstance(kind, str) else kind
        name, given = self._choose_name(place), dict(arrays or {})
        received = [self.shapes[sender] for sender in senders]
        self.shapes[name] = made.infer_shape(received)
        for role, shape in made.parameter_shapes(received).items():
            self._keep(given[role], role, shape)
        untrained = tuple(role for role, each in given.items() if not each.trained)
        named = tuple((role, each.name) for role, each in given.items())
        chosen = activations.make(activation)
        self.plans[name] = LayerPlan(name, made, tuple(senders), chosen, arrays=named, untrained=untrained)
        return name

    def _choose_name(self, place: str) -> str:
        """A name of letters, digits and _ that no other layer has: `layer1_0_conv1`, `l0` of the module `0`."""
        name = re.sub(r"[^A-Za-z0-9_]", "_", place).strip("_") or "layer"
        name = name if name[0].isalpha() else f"l{name}"
        found = name
        while found in self.plans or found in (INPUTS, "E", "eta"):
            self.repeats[name] = self.repeats.get(name, 1) + 1
            found = f"{name}_{self.repeats[name]}"
        return found

    def name_constant(self, place: str) -> str:
        """A name for a number that stands in the module's code."""
        name, number = f"{place}.constant", 1
        while name in self.arrays:
            number, name = number + 1, f"{place}.constant_{number + 1}"
        return name

    def _keep(self, given: Given, role: str, shape: Shape) -> None:
        if given.tensor.is_meta:
            raise ModuleError(f"parameter {given.name} has no numbers (its device is meta); load its weights first.")
        if not (given.tensor.is_floating_point() or given.tensor.dtype in (torch.bool, *WHOLE)):
            raise ModuleError(f"{given.name} holds numbers of type {given.tensor.dtype}, expected real ones.")
        if given.turned or given.part:
            raise ModuleError(f"{given.name} is turned round or used in part, which is known of dense layers only.")
        if tuple(given.tensor.shape) != shape:
            raise ModuleError(
                f"{given.name} has shape {tuple(given.tensor.shape)}, expected {shape} for the {role} here."
            )
        array = check_numbers(given.tensor.detach().cpu().double().numpy(), given.name)
        if not np.array_equal(self.arrays.setdefault(given.name, array), array):
            raise ModuleError(f"two different arrays are called {given.name}; give one of them another name.")

    def finish(self, output: str, cost: Cost, reduction: str) -> tuple[Architecture, dict[str, Array]]:
        """The architecture whose cost judges a layer, and the arrays that it needs."""
        made = self.add("output", "identity", [output]) if output == INPUTS else output
        plans = _join_activations(_keep_needed(self.plans, made), made)
        last = [*plans][-1]
        architecture = plan_graph(self.inputs, [*plans.values()], cost, outputs=last, reduction=reduction)
        return architecture, {array: self.arrays[array] for array in architecture.shapes}


def _keep_needed(plans: Mapping[str, LayerPlan], output: str) -> dict[str, LayerPlan]:
    """The layers that the output depends on."""
    needed, waiting = set[str](), [output]
    while waiting:
        name = waiting.pop()
        if name not in needed and name != INPUTS:
            needed.add(name)
            waiting += plans[name].receives
    return {name: plan for name, plan in plans.items() if name in needed}


def _join_activations(plans: Mapping[str, LayerPlan], output: str) -> dict[str, LayerPlan]:
    """An activation alone joins the layer before it, where nobody else listens to that one."""
    found, moved = dict[str, LayerPlan](), dict[str, str]()
    listeners: dict[str, int] = {output: 1}
    for plan in plans.values():
        for sender in plan.receives:
            listeners[sender] = listeners.get(sender, 0) + 1
    for name, plan in plans.items():
        receives = tuple(moved.get(sender, sender) for sender in plan.receives)
        before = found.get(receives[0])
        if (
            isinstance(plan.kind, Identity)
            and before is not None
            and before.activation == IdentityFunction()
            and listeners[plan.receives[0]] == 1
        ):
            found[before.name] = replace(before, activation=plan.activation)
            moved[name] = before.name
        else:
            found[name] = replace(plan, receives=receives)
    return found
