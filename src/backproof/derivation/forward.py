"""Workings of what the forward pass makes: h, a and E; and of what it is given."""

from __future__ import annotations

import numpy as np

from backproof.derivation.desk import Desk
from backproof.expression import Add, Expression, Quantity, put_in, wrap
from backproof.functions import exp
from backproof.operations.activation import Coupled, Elementwise
from backproof.wiring import Use

#: Beyond this, exp leaves float64, and a formula is shown in its shifted form.
LARGE = 700.0


def given(desk: Desk, quantity: Quantity, reason: str) -> None:
    """A number that nothing here computes."""
    desk.line("definition", put_in(quantity, desk.trace.value), reason, quantity)
    desk.close(quantity, "as given")


def pre_activation(desk: Desk, unit: str) -> None:
    """h_v = sum over u of a_u w_uv, + b_v"""
    formula = weighted_sum(desk, unit)
    desk.line("definition", formula[0], "the weighted sum of what the unit receives", desk.number("h", unit))
    desk.note(*formula[2])
    desk.close(formula[1])


def weighted_sum(desk: Desk, unit: str) -> tuple[Expression, Expression, tuple[str, ...]]:
    """The formula of a unit's h: in symbols, written out for numbers, and what was left out."""
    network = desk.trace.network
    layer, column = network.place(unit)
    incoming = network.wiring.incoming(layer, column)
    bias = network.wiring.name_at(Use(layer, None, column))
    sent = desk.trace.forward.a[layer - 1][desk.row]
    weights = network.parameters[f"W{layer}"][:, column]
    rows = [row for row, _ in incoming]

    def term(number: int) -> Expression:
        row, weight = incoming[number]
        return desk.number("a", desk.unit(layer - 1, row)) * Quantity("w", (weight,))

    extra: tuple[Expression, ...] = (Quantity("w", (bias,)),) if bias else ()
    if not incoming:
        alone = extra[0] if extra else wrap(0)
        return alone, alone, ()
    body = desk.number("a", "u") * Quantity("w", (f"u,{unit}",))
    total = desk.total("u", body, sent[rows] * weights[rows], term)
    if not extra:
        return total.symbolic, total.written, total.notes
    return _plus(total.symbolic, extra), _plus(total.written, extra), total.notes


def _plus(total: Expression, extra: tuple[Expression, ...]) -> Expression:
    return Add((*(total.terms if isinstance(total, Add) else (total,)), *extra))


def activation(desk: Desk, unit: str) -> None:
    """a = g(h)"""
    layer, position = desk.trace.network.place(unit)
    a = desk.number("a", unit)
    if layer == 0:
        given(desk, a, "an input is its own activation")
        return
    formula = activation_formula(desk, layer, position)
    name = desk.activation(layer).name.replace("_", " ")
    desk.line("definition", formula, f"the {name} of its pre-activation", a)
    desk.close(formula)


def activation_formula(desk: Desk, layer: int, position: int) -> Expression:
    """g(h) of one unit, in the pre-activations that it depends on."""
    function = desk.activation(layer)
    if isinstance(function, Elementwise):
        return wrap(function.formula(desk.number("h", desk.unit(layer, position))))
    assert isinstance(function, Coupled)
    return _coupled(desk, function, layer, position)


def _coupled(desk: Desk, function: Coupled, layer: int, position: int) -> Expression:
    """The formula over the layer; of long layers the largest terms, of large pre-activations the shifted form."""
    h = desk.trace.forward.h[layer][desk.row]
    names = desk.trace.network.units[layer]
    peak = int(h.argmax())
    symbols: list[Expression] = [desk.number("h", name) for name in names]
    shift = 0.0
    if np.abs(h).max() > LARGE:
        symbols = [symbol - desk.number("h", names[peak]) for symbol in symbols]
        shift = float(h[peak])
        desk.note(f"the largest pre-activation, h[{names[peak]}], is taken off above and below: exp stays finite")
    whole = function.formula_of(symbols, position)
    if len(names) <= desk.limit:
        return whole
    sizes = np.exp(h - shift)
    total = desk.total("k", exp(desk.number("h", "k")), sizes, lambda k: exp(symbols[k]))
    desk.note(*total.notes)
    shortened: Expression = exp(symbols[position]) / total.written
    return shortened


def cost(desk: Desk) -> None:
    """E of one sample: the sum over the outputs."""
    names = desk.trace.network.units[-1]
    total = desk.total("k", cost_term(desk, "k"), desk.trace.terms[desk.row], lambda k: cost_term(desk, names[k]))
    desk.line("definition", total.symbolic, _cost_words(desk), Quantity("E", (), desk.sample))
    desk.note(*total.notes)
    desk.close(total.written)


def cost_of_output(desk: Desk, unit: str) -> None:
    """E[u]: one output's part of the cost."""
    formula = cost_term(desk, unit)
    desk.line("definition", formula, _cost_words(desk), desk.number("E", unit))
    desk.close(formula)


def cost_term(desk: Desk, unit: str) -> Expression:
    """One output's term of the cost; by the stated identity where an output is saturated."""
    network = desk.trace.network
    names = network.units[-1]
    if network.identity and desk.saturated and unit in names:
        desk.note(f"An output is too near its limit for the cost's own formula in float64; {network.identity.says}.")
        h = [desk.number("h", name) for name in names]
        term = network.identity.formula(h, desk.number("y", unit), names.index(unit))
    else:
        term = network.cost.formula(desk.number("y", unit), desk.number("a", unit))
    return desk.share(wrap(term), len(desk.trace.numbers))


def _cost_words(desk: Desk) -> str:
    network = desk.trace.network
    mean = f", 1/{len(desk.trace.numbers)} of it for the mean" if network.reduction == "mean" else ""
    return network.cost.name.replace("_", " ") + (mean if len(desk.trace.numbers) > 1 else "")
