"""Which numbers of a network can be selected, and in which order the table shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backproof.architecture import Architecture
from backproof.drawing import Drawing
from backproof.drawing.blocks import MANY
from backproof.expression import Expression
from backproof.quantity import Kind, Quantity
from backproof.trace import Trace

#: The phases of a step.
PHASES = ("forward", "cost", "backward", "update")

#: Parameters that the table lists; of more, those with the largest derivatives in the first step.
MOST_PARAMETERS = 60
#: Units that the table lists, those nearest to the cost first.
MOST_UNITS = 40


@dataclass(frozen=True)
class Group:
    """Numbers that come about in one phase of a step: `forward`, `cost`, `backward`, `update` or `given`; `common` are
    those that all samples share."""

    phase: str
    title: str
    names: tuple[str, ...]
    common: bool = False


def list_groups(trace: Trace, drawing: Drawing) -> tuple[Group, ...]:
    """The numbers of the table, phase by phase."""
    architecture, training = trace.architecture, trace.training
    updated = training.rate is not None
    rates = (*(("eta0",) if training.scheduled else ()), "eta") if updated else ()
    layers = [each for each in architecture.layers if each.size <= MANY or each.size <= MOST_UNITS]
    inputs = [f"a[{unit}]" for each in layers[:1] if each.kind is None for unit in each.units]
    units = [(layer, unit) for layer in layers if layer.kind is not None for unit in layer.units][-MOST_UNITS:]
    outputs = architecture.output_units[:MOST_UNITS]
    parameters = _choose_parameters(trace, drawing)
    forward = [f"{letter}[{unit}]" for _, unit in units for letter in "ha"]
    targets = [f"y[{unit}]" for unit in outputs] if architecture.cost.needs_target else []
    costs = [*([f"E[{unit}]" for unit in outputs] if len(outputs) > 1 else []), "E"]
    backward = [
        form.format(unit)
        for layer, unit in reversed(units)
        for form in ("dE/da[{}]", *(() if layer.activation.coupled else ("da/dh[{}]",)), "dE/dh[{}]")
    ]
    update = [f"{form}{name}" for name in parameters for form in (("step ", "new ") if updated else ())]
    groups = (
        Group("given", "Inputs and targets", (*inputs, *targets)),
        Group("given", "Weights and biases", (*parameters, *rates), True),
        Group("forward", "Forward", tuple(forward)),
        Group("cost", "Cost", tuple(costs)),
        Group("backward", "Backward", tuple(backward)),
        Group("backward", "Gradients", tuple(f"dE/d{name}" for name in parameters)),
        Group("update", "Update", tuple(update), True),
    )
    return tuple(group for group in groups if group.names)


def _choose_parameters(trace: Trace, drawing: Drawing) -> list[str]:
    """All parameters of a small network; of a large one, those that are drawn."""
    wiring = trace.network.wiring
    if wiring.count <= MOST_PARAMETERS:
        return list(wiring.names())
    drawn = {mark.name for mark in drawing.marks if mark.channel == "weight"}
    found = [name for name in drawing.names if name in drawn and trace.architecture.find_parameter(name) is not None]
    return found[:MOST_PARAMETERS]


def list_stages(groups: Sequence[Group], trace: Trace) -> list[tuple[str, list[str]]]:
    """The numbers of the table in the order in which a step computes them: its phase, and a layer's numbers."""
    found: dict[tuple[int, int], list[str]] = {}
    for group in groups:
        if group.phase in PHASES:
            for name in group.names:
                layer = _find_layer(trace.read_name(name), trace.architecture)
                order = (PHASES.index(group.phase), -layer if group.phase == "backward" else layer)
                found.setdefault(order, []).append(name)
    return [(PHASES[phase], names) for (phase, _), names in sorted(found.items())]


def _find_layer(formula: Expression, architecture: Architecture) -> int:
    """The layer in which a number comes about; 0 for the cost."""
    assert isinstance(formula, Quantity)
    last = formula.denominator if formula.is_derivative else formula
    if not last.of or last.kind is Kind.COST:
        return 0
    if last.kind is Kind.PARAMETER or last.is_of_update:
        return max((use.layer for use in architecture.uses(last.of[0])), default=0)
    return architecture.place(last.of[0])[0]
