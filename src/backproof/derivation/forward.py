"""Workings of what the forward pass makes: h, a and E, and the statistics of a batch."""

from __future__ import annotations

import numpy as np

from backproof.derivation import definitions
from backproof.derivation.context import SampleContext, Terms
from backproof.derivation.working import Working
from backproof.expression import Expression, Mul, Neg, quantities
from backproof.functions import exp
from backproof.operations.activation import Activation, Coupled
from backproof.operations.layer import Kind as LayerKind
from backproof.operations.layer import Linear
from backproof.quantity import Kind, Quantity, Scope


def work_pre_activation(working: Working, unit: str) -> None:
    """h_v = sum over u of a_u w_uv, + b_v, or what another kind of layer makes of what it receives."""
    context = working.context
    kind = context.layer_of(context.symbol("h", unit)).works
    formula = definitions.pre_activation(context, unit)
    total = working.shorten(formula)
    says = definitions.describe_formula(context, unit) or _name_sum(kind, formula)
    working.line("definition", total.symbolic, says, context.symbol("h", unit))
    working.close(total.written)


def _name_sum(kind: LayerKind, formula: Terms | Expression) -> str:
    """What a layer makes of what it receives, in words."""
    if not isinstance(kind, Linear) or not isinstance(formula, Terms):
        return f"the {definitions.spell(kind.name)} of what the unit receives"
    if not formula.count and not formula.extra:
        return f"the {definitions.spell(kind.name)} puts in a zero"
    if any(each.kind is Kind.PARAMETER for each in quantities(formula.body)):
        return "the weighted sum of what the unit receives"
    if isinstance(formula.body, Mul):
        return f"{'the sum of ' * (formula.count > 1)}what the unit receives, multiplied by the factor of the layer"
    if formula.count == 2 and isinstance(formula.write(1), Neg):
        return "the difference of what the unit receives"
    return "the sum of what the unit receives" if formula.count > 1 else "what the unit receives"


def work_activation(working: Working, unit: str) -> None:
    """a = g(h)"""
    context = working.context
    a = context.symbol("a", unit)
    layer, position = context.architecture.place(unit)
    if layer == 0:
        working.give(a, "an input is its own activation")
        return
    activation = context.architecture.layers[layer].activation
    formula = _shorten_activation(working, layer, position) if isinstance(activation, Coupled) else None
    formula = definitions.activation(context, unit) if formula is None else formula
    assert formula is not None
    working.line("definition", formula, _name_activation(activation), a)
    working.close(formula)


def _name_activation(activation: Activation) -> str:
    name = definitions.spell(activation.name)
    return "the pre-activation itself" if name == "identity" else f"the {name} of its pre-activation"


def _shorten_activation(working: Working, layer: int, position: int) -> Expression | None:
    """The formula over a long row with the largest terms of its denominator; None where it is short as it is."""
    context = working.context
    activation = context.architecture.layers[layer].activation
    assert isinstance(activation, Coupled)
    row = definitions.find_row(context, layer, position)
    if not row:
        return None
    symbols, shift, peak = definitions.shift(context, layer, row)
    if peak:
        working.note(f"the largest pre-activation, h[{peak}], is subtracted above and below, so that exp stays finite")
    terms = Terms(
        "k",
        exp(context.symbol("h", "k")),
        len(symbols),
        lambda k: exp(symbols[k]),
        lambda: np.exp(context.units_row(context.trace.forward.h, layer)[row] - shift),
    )
    total = working.shorten(terms)
    if not total.notes:
        return None
    return activation.formula_by_sum(symbols[row.index(position)], total.written)


def work_cost(working: Working) -> None:
    """E of one sample: the sum over the outputs."""
    context = working.context
    _note_saturation(working)
    total = working.shorten(definitions.cost(context))
    working.line("definition", total.symbolic, _name_cost(context), Quantity("E", (), context.sample))
    working.close(total.written)


def work_cost_part(working: Working, unit: str) -> None:
    """E[u]: one output's part of the cost."""
    _note_saturation(working)
    formula = definitions.cost_part(working.context, unit)
    working.line("definition", formula, _name_cost(working.context), working.context.symbol("E", unit))
    working.close(formula)


def _note_saturation(working: Working) -> None:
    identity = working.context.architecture.identity
    if identity and working.context.saturated:
        working.note(f"An output is too near its limit for the cost's own formula in float64; {identity.says}.")


def work_statistic(working: Working, quantity: Quantity) -> None:
    """A mean or deviation of a batch, or of numbers of one sample."""
    if quantity.statistic == "mask":
        working.give(quantity.of_sample(working.context.sample), "drawn for this step, layer and sample")
        return
    total = working.shorten(definitions.statistic(working.context, quantity))
    whole = quantity.scope is Scope.STEP
    reason = "over all samples of the batch" if whole else "over the numbers that are normalised together"
    left = quantity if whole else quantity.of_sample(working.context.sample)
    working.line("definition", total.symbolic, reason, left)
    working.close(total.written)


def _name_cost(context: SampleContext) -> str:
    architecture, samples = context.architecture, len(context.trace.numbers)
    mean = f", divided by {samples} for the mean over the samples" if architecture.reduction == "mean" else ""
    return definitions.spell(architecture.cost.name) + (mean if samples > 1 else "")
