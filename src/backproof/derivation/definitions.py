"""What a number is made of directly: each link of the chain rule, defined once.

    h = what the layer's kind makes of what it receives     a = g(h)     E = sum over the outputs
    dE/dh = dE/da * da/dh
    dE/da = sum over the receivers of dE/dh * dh/da     dE/dw = sum over the uses of dE/dh * dh/dw

and so for any other number in the place of E. Derivations compose these links, a check reads them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from backproof.architecture import Receiver, Use
from backproof.arrays import Array
from backproof.calculus import tidy
from backproof.derivation.context import SampleContext, Terms, UnitNumbers, add_terms
from backproof.expression import Expression, Mul, Number, quantities, substitute, wrap
from backproof.operations.activation import Coupled, Elementwise
from backproof.operations.classes import CoupledCost
from backproof.operations.layer import Linear, Products, multiply_factor, write_product
from backproof.quantity import Kind, Quantity

#: Beyond this, exp leaves float64, and a formula is shown in its shifted form.
LARGE = 700.0


class Link(NamedTuple):
    """A local derivative: its symbol, its formula, and why it is that."""

    symbol: Quantity
    formula: Expression
    reason: str


def pre_activation(context: SampleContext, unit: str) -> Terms | Expression:
    """h of a unit: the products that its layer adds up, or the formula of another kind of layer."""
    architecture = context.architecture
    number, position = architecture.place(unit)
    kind, shapes = architecture.layers[number].works, architecture.received_shapes(number)
    numbers = UnitNumbers(context, number)
    if not isinstance(kind, Linear):
        return kind.formula(position, numbers, shapes)
    entry = kind.bias_entry(position, shapes)
    bias = None if entry is None else numbers.parameter("bias", entry)
    products = _existing(context, number, kind.products(position, shapes))
    return Terms(
        "u",
        _product_body(context, unit, products),
        sum(len(block.positions) for block in products),
        lambda term: _write_product(products, term, numbers),
        lambda: _product_values(context, number, products),
        () if bias is None else (bias,),
    )


def describe_formula(context: SampleContext, unit: str) -> str:
    """What the kind of layer says in words of how h of a unit is made; empty where it says nothing."""
    number, position = context.architecture.place(unit)
    kind, shapes = context.architecture.layers[number].works, context.architecture.received_shapes(number)
    return kind.describe_formula(position, UnitNumbers(context, number), shapes)


def _existing(context: SampleContext, number: int, products: tuple[Products, ...]) -> tuple[Products, ...]:
    """The products whose parameter exists."""
    architecture = context.architecture
    if not architecture.wiring.sparse:
        return products
    arrays, found = dict(architecture.layers[number].arrays), []
    for block in products:
        if block.entries is None:
            found.append(block)
            continue
        there = [architecture.name_at(arrays[block.role], int(entry)) is not None for entry in block.entries]
        found.append(block._replace(positions=block.positions[there], entries=block.entries[there]))
    return tuple(found)


def _product_body(context: SampleContext, unit: str, products: tuple[Products, ...]) -> Expression:
    sent = context.symbol("a", "u")
    plain = all(block.entries is None for block in products)
    factors = {block.factor for block in products}
    body = sent if plain else sent * Quantity("w", (f"u,{unit}",))
    return multiply_factor(factors.pop(), body) if len(factors) == 1 else body


def _write_product(products: tuple[Products, ...], term: int, numbers: UnitNumbers) -> Expression:
    for block in products:
        if term < len(block.positions):
            written = write_product(block, term, numbers)
            assert written is not None
            return written
        term -= len(block.positions)
    raise IndexError(term)


def _product_values(context: SampleContext, number: int, products: tuple[Products, ...]) -> Array:
    layer, parameters = context.architecture.layers[number], context.trace.network.parameters.arrays
    values = []
    for block in products:
        sent = context.units_row(context.trace.forward.a, layer.receives[block.sender])[block.positions]
        weights = parameters[dict(layer.arrays)[block.role]].reshape(-1)[block.entries] if block.role else 1.0
        values.append(float(block.factor) * sent * weights)
    return np.concatenate(values) if values else np.zeros(0)


def activation(context: SampleContext, unit: str) -> Expression | None:
    """g(h) of a unit, in the pre-activations that it depends on; None for an input."""
    number, position = context.architecture.place(unit)
    if number == 0:
        return None
    layer = context.architecture.layers[number]
    if isinstance(layer.activation, Elementwise):
        return wrap(layer.activation.formula(context.symbol("h", unit)))
    assert isinstance(layer.activation, Coupled)
    row = layer.activation.row(position, layer.shape)
    return layer.activation.formula_of(shift(context, number, row)[0], row.index(position)) if row else Number(0)


def shift(context: SampleContext, number: int, row: list[int]) -> tuple[list[Expression], float, str]:
    """The pre-activations of a row as symbols, less the largest where exp would overflow; that, and its unit."""
    layer = context.architecture.layers[number]
    h, names = context.units_row(context.trace.forward.h, number)[row], [layer.unit(each) for each in row]
    symbols: list[Expression] = [context.symbol("h", name) for name in names]
    if np.abs(h).max() <= LARGE:
        return symbols, 0.0, ""
    peak = int(h.argmax())
    return [symbol - context.symbol("h", names[peak]) for symbol in symbols], float(h[peak]), names[peak]


def cost(context: SampleContext) -> Terms:
    """E of one sample: the sum over the outputs of their parts."""
    names, values = context.architecture.output_units, context.trace.terms[context.row]
    y, a = context.symbol("y", "k"), context.symbol("a", "k")
    chosen = context.architecture.cost
    body = context.share(wrap(chosen.formula(y, a))) if chosen.is_uniform else context.symbol("E", "k")
    return Terms("k", body, len(names), lambda term: cost_part(context, names[term]), lambda: values)


def cost_part(context: SampleContext, unit: str) -> Expression:
    """One output's part of the cost; by the stated identity where an output is saturated."""
    architecture = context.architecture
    identity, column = architecture.identity, architecture.output_units.index(unit)
    y, a = output_row(context, "y"), output_row(context, "a")
    if identity and context.saturated:
        return context.share(wrap(identity.formula(output_row(context, "h"), y[column], column)))
    return context.share(wrap(architecture.cost.formula_of(y, a, column)))


def output_row(context: SampleContext, letter: str) -> list[Expression]:
    """A number of every output: targets, activations or pre-activations.

    For a cost of all outputs together, activations are taken less the largest where exp would overflow.
    """
    architecture = context.architecture
    row: list[Expression] = [context.symbol(letter, name) for name in architecture.output_units]
    if letter == "a" and architecture.cost.coupled:
        values = architecture.collect_outputs(context.trace.forward.a)[context.row]
        if np.abs(values).max() > LARGE:
            return [each - row[int(values.argmax())] for each in row]
    return row


def cost_slope(context: SampleContext, unit: str, part: str = "") -> Link:
    """The derivative of the cost's own formula, or of one output's part of it, with respect to an output."""
    chosen, names = context.architecture.cost, context.architecture.output_units
    y, a, column = output_row(context, "y"), output_row(context, "a"), names.index(unit)
    if part and isinstance(chosen, CoupledCost):
        slope = chosen.slope_of_part(y, a, names.index(part), column)
    else:
        slope = chosen.derivative_of(y, a, column)
    top = Quantity("E", (part or unit,), context.sample)
    symbol = context.differentiate(top, context.symbol("a", unit))
    return Link(symbol, context.share(wrap(slope)), f"derivative of the {spell(chosen.name)}")


def short_error(context: SampleContext, unit: str) -> Expression | None:
    """The short form of an output's error, where activation and cost have one."""
    architecture = context.architecture
    if architecture.identity is None or architecture.place(unit)[0] != architecture.outputs[0]:
        return None
    a, y = context.symbol("a", unit), context.symbol("y", unit)
    total = float(context.trace.y[context.row].sum())
    short = wrap(architecture.identity.delta(a, y, 1 if total == 1 else total))
    return context.share(drop_ones(short))


def drop_ones(formula: Expression) -> Expression:
    """a * 1 - y, as the identity stands where the targets add up to 1, is a - y."""
    return substitute(formula, lambda node: tidy(node) if isinstance(node, Mul) and Number(1) in node.factors else None)


def depends_on(context: SampleContext, top: Quantity, by: Quantity) -> bool:
    """Whether a number can depend on the pre-activation of a unit."""
    if top.is_total or top == by:
        return True
    if top.of == by.of:
        return top.kind is not Kind.PRE_ACTIVATION and top.sample == by.sample
    (layer, at), (below, position) = (context.architecture.place(each.of[0]) for each in (top, by))
    if top.kind is Kind.COST and context.architecture.cost.coupled:
        return top.sample == by.sample or context.architecture.couples_samples
    if layer == below:
        return top.kind is not Kind.PRE_ACTIVATION and position in find_row(context, layer, at)
    return context.architecture.depends_on(layer, below)


def find_row(context: SampleContext, number: int, position: int) -> list[int]:
    """The positions in a layer whose pre-activations an activation depends on."""
    layer = context.architecture.layers[number]
    activation = layer.activation
    return activation.row(position, layer.shape) if isinstance(activation, Coupled) else [position]


def list_row(context: SampleContext, by: Quantity) -> list[str]:
    """The units of a layer whose activations depend on a pre-activation."""
    number, position = context.architecture.place(by.of[0])
    layer = context.architecture.layers[number]
    if not isinstance(layer.activation, Coupled):
        return [by.of[0]]
    return [layer.unit(each) for each in layer.activation.column(position, layer.shape)]


class Heard(NamedTuple):
    """A unit that hears an activation: the receiver, its h, and the local derivative dh/da."""

    receiver: Receiver
    h: Quantity
    link: Link


def receivers(context: SampleContext, top: Quantity, sent: Quantity) -> list[Heard]:
    """Every pre-activation through which an activation reaches the top, of other samples too where they are coupled."""
    architecture, found = context.architecture, []
    for receiver in architecture.receivers(*architecture.place(sent.of[0])):
        layer = architecture.layers[receiver.layer]
        samples = context.trace.numbers if layer.works.couples_samples else (None,)
        for sample in samples:
            h = context.symbol("h", layer.unit(receiver.position), sample=sent.sample if sample is None else sample)
            if depends_on(context, top, h):
                found.append(Heard(receiver, h, activation_link(context, receiver, h, sent)))
    return found


def activation_link(context: SampleContext, receiver: Receiver, h: Quantity, sent: Quantity) -> Link:
    """dh/da of one unit with respect to one activation that it receives."""
    architecture = context.architecture
    kind, shapes = architecture.layers[receiver.layer].works, architecture.received_shapes(receiver.layer)
    position = architecture.place(sent.of[0])[1]
    own = UnitNumbers(context, receiver.layer, h.sample)
    other = None if h.sample == sent.sample else UnitNumbers(context, receiver.layer, sent.sample or context.number)
    formula = add_terms(
        [kind.activation_slope(receiver.position, sender, position, own, shapes, other) for sender in receiver.senders]
    )
    unit = sent.of[0]
    if special := kind.describe_slope(unit, h.of[0], formula):
        reason = special
    elif isinstance(formula, Quantity) and formula.kind is Kind.PARAMETER:
        reason = f"{formula.of[0]} leads from {unit} to {h.of[0]}"
    elif isinstance(formula, Quantity):
        reason = f"{unit} is multiplied by the activation of {formula.of[0]}"
    elif formula == Number(1):
        reason = f"the activation of {unit} is added as it is"
    elif not quantities(formula):
        reason = f"the activation of {unit} is multiplied by it"
    else:
        reason = f"derivative of the {spell(kind.name)} of {h.of[0]}"
    return Link(context.differentiate(h, sent), formula, reason)


def upstream(context: SampleContext, top: Quantity, heard: Heard) -> Expression:
    """What comes back from a receiver: d top / dh * dh/da, or dh/da alone where its h is the top."""
    return multiply_upstream(context, top, heard.h, heard.link.formula)


def multiply_upstream(context: SampleContext, top: Quantity, h: Quantity, link: Expression) -> Expression:
    """d top / dh times a link, or the link alone where h is the top."""
    if top == h:
        return link
    error = context.differentiate(top, h)
    return error if link == Number(1) else error * link


def activation_terms(context: SampleContext, top: Quantity, sent: Quantity, heard: list[Heard]) -> Terms:
    """d top / da as a sum over the receivers, and of what the cost itself says of an output."""
    h = context.symbol("h", "v")
    links = [each.link.formula for each in heard]
    weights = all(isinstance(link, Quantity) and link.kind is Kind.PARAMETER for link in links)
    link = Quantity("w", (f"{sent.of[0]},v",)) if weights else context.differentiate(h, sent)
    own = own_slope(context, top, sent)
    return Terms(
        "v",
        context.differentiate(top, h) * link,
        len(heard),
        lambda term: upstream(context, top, heard[term]),
        lambda: np.array([context.value(upstream(context, top, each)) for each in heard]),
        () if own is None else (own.formula,),
    )


def own_slope(context: SampleContext, top: Quantity, sent: Quantity) -> Link | None:
    """What the cost's own formula gives for an output; None where the cost does not judge it."""
    unit = sent.of[0]
    if top.kind is not Kind.COST or context.architecture.output_column(*context.architecture.place(unit)) is None:
        return None
    coupled = context.architecture.cost.coupled
    if top.of and ((top.of[0] != unit and not coupled) or top.sample != sent.sample):
        return None
    link = cost_slope(context, unit, top.of[0] if top.of else "")
    return link._replace(symbol=context.differentiate(top, sent))


def slope_link(context: SampleContext, top: str, by: Quantity) -> Link:
    """da/dh of an activation with respect to a pre-activation of its layer."""
    layer = context.layer_of(by)
    symbol = context.differentiate(context.symbol("a", top, sample=by.sample), by)
    if isinstance(layer.activation, Coupled):
        a_top, a_by = (context.symbol("a", name, sample=by.sample) for name in (top, by.of[0]))
        formula = wrap(layer.activation.jacobian(a_top, a_by, top == by.of[0]))
        return Link(symbol, formula, f"derivative of the {spell(layer.activation.name)}")
    assert isinstance(layer.activation, Elementwise)
    a = context.symbol("a", top, sample=by.sample)
    formula = wrap(layer.activation.derivative(by, a))
    return Link(symbol, formula, f"derivative of the {spell(layer.activation.name)}")


def error_terms(context: SampleContext, top: Quantity, by: Quantity) -> Terms:
    """d top / dh through an activation of the whole layer: the sum over its activations of d top / da * da/dh."""
    units = list_row(context, by)

    def write(k: int) -> Expression:
        a = context.symbol("a", units[k], sample=by.sample)
        return context.differentiate(top, a) * context.differentiate(a, by)

    a = context.symbol("a", "k")
    body = context.differentiate(top, a) * Quantity("da/dh", ("k", by.of[0]), by.sample)
    return Terms("k", body, len(units), write, lambda: np.array([context.value(write(k)) for k in range(len(units))]))


def error(context: SampleContext, top: Quantity, by: Quantity) -> Expression:
    """d top / dh: what reaches the activation, times g'(h)."""
    if context.layer_of(by).activation.coupled:
        return error_terms(context, top, by).written
    a = context.symbol("a", by.of[0], sample=by.sample)
    return context.differentiate(top, a) * context.differentiate(a, by)


@dataclass(frozen=True, eq=False)
class Used:
    """A unit in whose h a parameter stands: the use, its h, and the local derivative dh/dw there.

    The last two are written when they are asked for: of thousands of uses few are shown.
    """

    context: SampleContext
    name: str
    use: Use
    sample: int | str | None

    @cached_property
    def h(self) -> Quantity:
        """The pre-activation."""
        unit = self.context.architecture.layers[self.use.layer].unit(self.use.position)
        return self.context.symbol("h", unit, sample=self.sample)

    @cached_property
    def link(self) -> Link:
        """dh/dw."""
        return parameter_link(self.context, self.name, self.use, self.h)


def list_uses(context: SampleContext, name: str) -> list[Use]:
    """The uses of a parameter that act on h in the sample at hand: of a row of an embedding those where it is read."""
    architecture, found = context.architecture, []
    for use in architecture.uses(name):
        kind = architecture.layers[use.layer].works
        numbers, shapes = UnitNumbers(context, use.layer), architecture.received_shapes(use.layer)
        if isinstance(kind, Linear) or kind.parameter_slope(
            use.position, use.role, use.entry, numbers, shapes
        ) != Number(0):
            found.append(use)
    return found


def uses(context: SampleContext, top: Quantity, name: str) -> list[Used]:
    """Every use of a parameter through which it reaches the top: where it acts on h in the sample at hand."""
    architecture, found = context.architecture, []
    for use in architecture.uses(name):
        coupled = not top.is_total and architecture.is_coupled_between(use.layer, architecture.place(top.of[0])[0])
        linear = isinstance(architecture.layers[use.layer].works, Linear)
        for sample in context.trace.numbers if coupled else (top.sample,):
            used = Used(context, name, use, sample)
            if (top.is_total or depends_on(context, top, used.h)) and (linear or used.link.formula != Number(0)):
                found.append(used)
    return found


def parameter_link(context: SampleContext, name: str, use: Use, h: Quantity) -> Link:
    """dh/dw of one use: what the parameter is multiplied by there, or 1 for a bias."""
    architecture = context.architecture
    layer = architecture.layers[use.layer]
    symbol = context.differentiate(h, Quantity("w", (name,)))
    if use.sender is not None and use.sent is not None:
        sender = context.symbol("a", architecture.layers[use.sender].unit(use.sent), sample=h.sample)
        return Link(symbol, sender, f"{name} is multiplied by the activation of {sender.of[0]}")
    numbers = UnitNumbers(context, use.layer, h.sample)
    shapes = architecture.received_shapes(use.layer)
    formula = layer.works.parameter_slope(use.position, use.role, use.entry, numbers, shapes)
    if formula == Number(1):
        is_bias = use.role == "bias"
        return Link(symbol, formula, "a bias is added as it is" if is_bias else f"{h.of[0]} is {name} itself")
    return Link(symbol, formula, f"what {name} is multiplied by in {h.of[0]}")


def parameter_terms(context: SampleContext, top: Quantity, name: str, found: list[Used]) -> Terms:
    """d top / dw as the sum over the uses: the error of the unit, times what the parameter is multiplied by there."""

    def write(term: int) -> Expression:
        return multiply_upstream(context, top, found[term].h, found[term].link.formula)

    h = context.symbol("h", "v")
    body = context.differentiate(top, h) * context.differentiate(h, Quantity("w", (name,)))
    return Terms("v", body, len(found), write, lambda: _measure_uses(context, top, found, write))


def _measure_uses(
    context: SampleContext, top: Quantity, found: list[Used], write: Callable[[int], Expression]
) -> Array:
    """What each term is worth; errors times activations, as over all the places of a picture, in one product."""
    uses = [each.use for each in found]
    (layer, sender), *others = {(use.layer, use.sender) for use in uses}
    linear = isinstance(context.architecture.layers[layer].works, Linear)
    added = sender is None and linear and all(use.role == "bias" for use in uses)
    if not top.is_total or others or (sender is None and not added):
        return np.array([context.value(write(term)) for term in range(len(found))])
    errors = context.units_row(context.trace.backward.dh, layer)[[use.position for use in uses]]
    if sender is None:
        return np.asarray(errors)
    sent = context.units_row(context.trace.forward.a, sender)[[use.sent for use in uses if use.sent is not None]]
    return np.asarray(errors * sent)


def statistic(context: SampleContext, quantity: Quantity) -> Expression:
    """A mean or deviation, from all the activations that are normalised together."""
    architecture = context.architecture
    if quantity.statistic == "mask":  # given, not made of anything
        return Number(context.value(quantity))
    number, position = architecture.place(quantity.of[0])
    layer, shapes = architecture.layers[number], architecture.received_shapes(number)
    samples = context.trace.numbers if layer.works.couples_samples else (quantity.sample,)
    numbers = [UnitNumbers(context, number, each) for each in samples]
    others = [each.activation(0, int(place)) for each in numbers for place in layer.works.members(position, shapes)]
    mean = numbers[0].statistic(layer.works.statistics[0], position)
    return layer.works.statistic_formula(quantity.statistic, others, mean)


def renewal(context: SampleContext, name: str) -> Expression | None:
    """What a step adds to a number that is renewed without a gradient, as running statistics; None for any other."""
    use = context.architecture.find_buffer(name)
    if use is None:
        return None
    kind, shapes = context.architecture.layers[use.layer].works, context.architecture.received_shapes(use.layer)
    return kind.renewal_formula(use.role, use.entry, UnitNumbers(context, use.layer), shapes)


def derivative(context: SampleContext, top: Quantity, by: Quantity) -> Expression:
    """d top / d by as one link of the chain rule, nothing left out."""
    match by.kind:
        case Kind.PARAMETER:
            return parameter_terms(context, top, by.of[0], uses(context, top, by.of[0])).written
        case Kind.ACTIVATION:
            return Number(1) if top == by else activation_terms(context, top, by, receivers(context, top, by)).written
    if top == by or not depends_on(context, top, by):
        return Number(int(top == by))
    if top.kind is Kind.ACTIVATION and context.layer_of(top) == context.layer_of(by):
        return slope_link(context, top.of[0], by).formula
    return error(context, top, by)


def spell(name: str) -> str:
    """The name of an operation as words."""
    return name.replace("_", " ")
