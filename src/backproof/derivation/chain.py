"""The chain rule, one link at a time: how an error reaches a unit's activation, its pre-activation, a parameter.

Each function mirrors one line of the backward pass and gives a Chain: the steps of the chain rule in symbols, the
local derivatives they consist of, and the formula that numbers are put into.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from backproof.arrays import Array
from backproof.calculus import tidy
from backproof.derivation.desk import COST, Desk, Top, Total
from backproof.expression import Expression, Mul, Number, Quantity, substitute, wrap
from backproof.operations.activation import Coupled, Elementwise
from backproof.wiring import Use

Step = tuple[str, Expression]
Local = tuple[Quantity, Expression, str]

#: Of many links of one kind, so many are shown as local derivatives.
SHOWN = 4


@dataclass
class Chain:
    """A derivative: steps in symbols, local derivatives (quantity, its formula, reason), the formula to evaluate."""

    formula: Expression
    steps: list[Step] = field(default_factory=list)
    locals: list[Local] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def times(self, first: Step, local: Local) -> Chain:
        """This derivative times one more link, under the step that introduces it."""
        link, factor, _ = local
        steps = [first, *((reason, product(step, link)) for reason, step in self.steps)]
        return Chain(product(self.formula, factor), steps, [*self.locals, local], self.notes)


def constant(value: int, reason: str) -> Chain:
    """A derivative that is 0 or 1 whatever the numbers are."""
    return Chain(Number(value), [(reason, Number(value))])


def product(*factors: Expression) -> Expression:
    """The factors side by side, products among them opened."""
    flat = [part for factor in factors for part in (factor.factors if isinstance(factor, Mul) else (factor,))]
    return Mul(tuple(flat))


def by_activation(desk: Desk, top: Top, unit: str) -> Chain:
    """d top / da: the cost's own derivative at an output, else the sum over the units that it feeds."""
    layer, position = desk.trace.network.place(unit)
    if top.role == "E" and layer == desk.trace.network.depth:
        return _by_output(desk, top, unit)
    if top == Top("a", (unit,)):
        return constant(1, "the derivative of a variable by itself")
    outgoing = desk.trace.network.wiring.outgoing(layer, position)
    receivers = [(desk.unit(layer + 1, column), weight) for column, weight in outgoing]
    receivers = [(name, weight) for name, weight in receivers if _reaches(desk, top, layer + 1, name)]
    if not receivers:
        return constant(0, "no connection leads there")
    return _through_receivers(desk, top, unit, receivers)


def _by_output(desk: Desk, top: Top, unit: str) -> Chain:
    if top.of and top.of[0] != unit:
        return constant(0, "one output's part of the cost does not depend on another output")
    cost, samples = desk.trace.network.cost, len(desk.trace.numbers)
    y, a = desk.number("y", unit), desk.number("a", unit)
    steps = [(reason, desk.share(wrap(line), samples)) for reason, line in cost.derivation(y, a)]
    formula = desk.share(wrap(cost.derivative(y, a)), samples)
    return Chain(formula, steps, [(desk.slope(top, "a", unit), formula, f"derivative of {_words(cost.name)}")])


def _reaches(desk: Desk, top: Top, layer: int, unit: str) -> bool:
    """Whether the top can depend on the pre-activation of a unit of a layer."""
    if not top.of or top.of[0] == unit:
        return True
    place = desk.trace.network.place(top.of[0])[0]
    if place == layer:
        return top.role != "h" and desk.activation(layer).coupled
    return place > layer


def _through_receivers(desk: Desk, top: Top, unit: str, receivers: list[tuple[str, str]]) -> Chain:
    def links(number: int) -> Expression:
        name, _ = receivers[number]
        return _beyond(desk.slope(top, "h", name), desk.slope(Top("h", (name,)), "a", unit), top, name)

    def weights(number: int) -> Expression:
        name, weight = receivers[number]
        return _beyond(desk.error(top, name), Quantity("w", (weight,)), top, name)

    terms = np.array([desk.value(weights(number)) for number in range(len(receivers))])
    body = desk.slope(top, "h", "v") * desk.slope(Top("h", ("v",)), "a", unit)
    weighed = desk.error(top, "v") * Quantity("w", (f"{unit},v",))
    chained, total = desk.total("v", body, terms, links), desk.total("v", weighed, terms, weights)
    many = len(receivers) > 1
    steps = [
        ("sum over the units that it feeds" if many else "through the unit that it feeds", chained.symbolic),
        ("each inner derivative is a weight" if many else "the inner derivative is the weight", total.symbolic),
    ]
    shown = [receivers[number] for number in largest(terms)]
    local: list[Local] = [
        (desk.slope(Top("h", (name,)), "a", unit), Quantity("w", (weight,)), f"{weight} leads from {unit} to {name}")
        for name, weight in shown
    ]
    upstream: list[Local] = [
        (desk.slope(top, "h", name), desk.error(top, name), f"the error of {name}, worked out on its own")
        for name, _ in shown
        if top != Top("h", (name,))
    ]
    return Chain(total.written, steps, [*upstream, *local], total.notes)


def _beyond(upstream: Expression, link: Expression, top: Top, name: str) -> Expression:
    """The upstream derivative times a link, or the link alone where the top is reached."""
    return link if top == Top("h", (name,)) else upstream * link


def largest(terms: Array) -> list[int]:
    """The positions of the largest terms, in their own order."""
    return sorted(np.argsort(-np.abs(terms), kind="stable")[:SHOWN].tolist())


def by_input(desk: Desk, top: Top, unit: str) -> Chain:
    """d top / dh: what reaches the activation, times g'(h)."""
    layer, _ = desk.trace.network.place(unit)
    if top == Top("h", (unit,)):
        return constant(1, "the derivative of a variable by itself")
    if not _reaches(desk, top, layer, unit):
        return constant(0, "it does not depend on it")
    activation = desk.activation(layer)
    if isinstance(activation, Coupled):
        return _through_layer(desk, top, unit, layer, activation)
    assert isinstance(activation, Elementwise)
    h, a = desk.number("h", unit), desk.number("a", unit)
    link = desk.slope(Top("a", (unit,)), "h", unit)
    local: Local = (link, wrap(activation.derivative(h, a)), f"derivative of {_words(activation.name)}")
    if top == Top("a", (unit,)):
        return Chain(local[1], [(reason, wrap(line)) for reason, line in activation.derivation(h, a)], [local])
    before = by_activation(desk, top, unit)
    if layer == desk.trace.network.depth:
        before.steps = []  # the derivative of the cost is worked out in a derivation of its own
    return before.times((f"chain rule through the activation of {unit}", desk.slope(top, "a", unit) * link), local)


def _through_layer(desk: Desk, top: Top, unit: str, layer: int, activation: Coupled) -> Chain:
    """The sum over the layer's activations, each of which depends on this pre-activation."""
    units = desk.trace.network.units[layer]
    by = desk.number("a", unit)

    def jacobian(name: str) -> Expression:
        return wrap(activation.jacobian(desk.number("a", name), by, name == unit))

    def local(name: str) -> Local:
        return desk.number("da/dh", name, unit), jacobian(name), f"derivative of {activation.name}"

    if top.role == "a" and top.of[0] in units:
        lines = activation.derivation_of(desk.number("a", *top.of), by, top.of[0] == unit)
        return Chain(jacobian(top.of[0]), [(reason, wrap(line)) for reason, line in lines], [local(top.of[0])])

    def links(k: int) -> Expression:
        return desk.slope(top, "a", units[k]) * desk.number("da/dh", units[k], unit)

    terms = np.array([desk.value(links(k)) for k in range(len(units))])
    body = desk.slope(top, "a", "k") * desk.number("da/dh", "k", unit)
    chained = desk.total("k", body, terms, links)
    total: Total = desk.total("k", body, terms, lambda k: product(desk.slope(top, "a", units[k]), jacobian(units[k])))
    steps = [(f"every activation of the layer depends on the pre-activation of {unit}", chained.symbolic)]
    return Chain(total.written, steps, [local(units[k]) for k in largest(terms)], total.notes)


def by_parameter(desk: Desk, top: Top, name: str) -> Chain:
    """d top / dw: the error of the unit it feeds times the activation it weighs; of a shared one the sum over uses."""
    uses = [
        use
        for use in desk.trace.network.parameter(name).uses
        if _reaches(desk, top, use.layer, desk.unit(use.layer, use.column))
    ]
    if not uses:
        return constant(0, "it does not depend on it")
    if len(uses) > 1:
        return _over_uses(desk, top, name, uses)
    unit = desk.unit(uses[0].layer, uses[0].column)
    local = _sent(desk, name, uses[0])
    if top == Top("h", (unit,)):
        return Chain(local[1], [(local[2], local[1])], [local])
    before = stated(desk, top, unit) or by_input(desk, top, unit)
    return before.times(
        (f"chain rule through the pre-activation of {unit}", desk.slope(top, "h", unit) * local[0]), local
    )


def stated(desk: Desk, top: Top, unit: str) -> Chain | None:
    """The short form of an output's error, where activation and cost have one."""
    network = desk.trace.network
    if network.identity is None or top != COST or network.place(unit)[0] != network.depth:
        return None
    a, y = desk.number("a", unit), desk.number("y", unit)
    total = float(desk.trace.y[desk.row].sum())
    short = wrap(network.identity.delta(a, y, 1 if total == 1 else total))
    formula = desk.share(without_ones(short), len(desk.trace.numbers))
    return Chain(formula, [], [(desk.error(top, unit), formula, network.identity.says)])


def _over_uses(desk: Desk, top: Top, name: str, uses: list[Use]) -> Chain:
    """A shared parameter: one product a use, and their sum."""
    sent = [_sent(desk, name, use) for use in uses]
    fed = [desk.unit(use.layer, use.column) for use in uses]

    def links(number: int) -> Expression:
        return _beyond(desk.slope(top, "h", fed[number]), sent[number][0], top, fed[number])

    def factors(number: int) -> Expression:
        return _beyond(desk.error(top, fed[number]), sent[number][1], top, fed[number])

    terms = np.array([desk.value(factors(number)) for number in range(len(uses))])
    body = desk.slope(top, "h", "v") * desk.slope(Top("h", ("v",)), "w", name)
    total = desk.total("v", body, terms, factors)
    # dh/dw of a unit that is fed twice, or fed by earlier uses, holds more than its own use does.
    apart = len({use.layer for use in uses}) == 1 and len(set(fed)) == len(fed)
    chained = desk.total("v", body, terms, links) if apart else total
    steps = [(f"{name} is shared: the sum over its {len(uses)} uses", chained.symbolic)]
    if chained.symbolic != total.symbolic:
        steps.append(
            (
                "each use adds the error of its unit, times what the parameter is multiplied with there",
                total.written,
            )
        )
    local = [sent[number] for number in largest(terms)] if apart else []
    return Chain(total.written, steps, local, total.notes)


def _sent(desk: Desk, name: str, use: Use) -> Local:
    """What a parameter is multiplied with: the sending activation, or 1 for a bias."""
    link = desk.slope(Top("h", (desk.unit(use.layer, use.column),)), "w", name)
    if use.row is None:
        return link, Number(1), "a bias is added as it is"
    sender = desk.number("a", desk.unit(use.layer - 1, use.row))
    return link, sender, f"{name} is multiplied with the activation of {sender.of[0]}"


def without_ones(formula: Expression) -> Expression:
    """a * 1 - y, as the identity stands where the targets add up to 1, is a - y."""
    return substitute(formula, lambda node: tidy(node) if isinstance(node, Mul) and Number(1) in node.factors else None)


def _words(name: str) -> str:
    return name.replace("_", " ")
