"""The chain rule, link after link: how an error reaches an activation, a pre-activation, a parameter.

Each function mirrors one line of the backward pass and gives a Chain: the steps of the chain rule in symbols, the
local derivatives they consist of, and the formula that numbers are put into. The links are those of `definitions`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from backproof.arrays import Array
from backproof.derivation import definitions
from backproof.derivation.context import SampleContext, Terms
from backproof.derivation.definitions import Heard, Link, Used
from backproof.derivation.steps import describe_steps
from backproof.expression import Expression, Mul, Number, quantities, wrap
from backproof.operations.activation import Coupled, Elementwise
from backproof.quantity import Kind, Quantity

Step = tuple[str, Expression]

#: Maximum number of links of one kind that are shown as local derivatives.
SHOWN = 4
#: Maximum number of terms of a sum over the uses of a shared parameter that is written out; of longer ones the SHOWN
#: largest.
USES = 6


@dataclass
class Chain:
    """A derivative: steps in symbols, local derivatives, the formula to evaluate, and what it leaves out.

    `lead` is the pre-activation of the largest term, which stands for all of them where only one is shown.
    """

    formula: Expression
    steps: list[Step] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    lead: Quantity | None = None

    def times(self, first: Step, link: Link) -> Chain:
        """This derivative times one more link, under the step that introduces it."""
        steps = [first, *((reason, join_factors(step, link.symbol)) for reason, step in self.steps)]
        return Chain(join_factors(self.formula, link.formula), steps, [*self.links, link], self.notes, self.lead)


def constant(value: int, reason: str) -> Chain:
    """A derivative that is 0 or 1 whatever the numbers are."""
    return Chain(Number(value), [(reason, Number(value))])


def join_factors(*factors: Expression) -> Expression:
    """The factors side by side, products among them opened."""
    return Mul(tuple(part for factor in factors for part in (factor.factors if isinstance(factor, Mul) else (factor,))))


def derive_by_activation(context: SampleContext, top: Quantity, sent: Quantity) -> Chain:
    """d top / da: the cost's own derivative at an output, and the sum over the units that hear it."""
    if top == sent:
        return constant(1, "the derivative of a variable with respect to itself")
    own, heard = definitions.own_slope(context, top, sent), definitions.receivers(context, top, sent)
    if own is not None and not heard:
        return _by_output(context, top, own, sent)
    if not heard:
        if top.kind is Kind.COST and _is_output(context, sent):
            return constant(0, "one output's part of the cost does not depend on another output")
        return constant(0, "no connection leads there")
    if len(heard) == 1 and heard[0].h == top:
        link = heard[0].link
        return Chain(link.formula, [(link.reason, link.formula)], [link])
    return _through_receivers(context, top, sent, heard, own)


def _is_output(context: SampleContext, sent: Quantity) -> bool:
    return context.architecture.output_column(*context.architecture.place(sent.of[0])) is not None


def _by_output(context: SampleContext, top: Quantity, own: Link, sent: Quantity) -> Chain:
    y, a = definitions.output_row(context, "y"), definitions.output_row(context, "a")
    cost, column = context.architecture.cost, context.architecture.output_units.index(sent.of[0])
    if top.of and cost.coupled:
        steps = [("derivative of this output's part", own.formula)]
    else:
        lines = cost.derivation_of(y, a, column)
        steps = [(reason, context.share(wrap(line))) for reason, line in lines]
    return Chain(own.formula, steps, [own])


def _through_receivers(
    context: SampleContext, top: Quantity, sent: Quantity, heard: list[Heard], own: Link | None
) -> Chain:
    direct = _are_direct(context, heard)

    def chain_term(number: int) -> Expression:
        return _write_link(context, top, heard[number].h, heard[number].link)

    def worked_term(number: int) -> Expression:
        link = heard[number].link
        factor = link.symbol if direct and _is_long(link.formula) else link.formula
        return definitions.multiply_upstream(context, top, heard[number].h, factor)

    terms = definitions.activation_terms(context, top, sent, heard)
    values = terms.values()
    h = context.symbol("h", "v")
    body = context.differentiate(top, h).canonical * context.differentiate(h, sent)
    extra = () if own is None else (own.symbol,)
    chained = context.shorten(Terms(terms.index, body, terms.count, chain_term, lambda: values, extra)).symbolic
    total = context.shorten(Terms(terms.index, terms.body, terms.count, worked_term, lambda: values, terms.extra))
    steps = [(_name_receivers(heard, own), chained)] if direct else []
    if total.symbolic != chained or not direct:
        steps.append((_name_links(heard, direct=direct), total.symbolic))
    shown = [heard[number] for number in (largest(values) if len(heard) <= SHOWN else [_find_largest(values)])]
    more = len(heard) - len(shown)
    errors = [_name_error(context, top, each.h, more) for each in shown if top != each.h]
    inner = [_repeat(each, more) for each in drop_equal([each.link for each in shown])] if direct else []
    unique = {each.symbol: each for each in errors}
    return Chain(total.written, steps, [*unique.values(), *inner], total.notes, heard[_find_largest(values)].h)


def _is_long(formula: Expression) -> bool:
    """Whether a local derivative is too long to be written out in every term of a sum."""
    return len(quantities(formula)) > 2


def _name_error(context: SampleContext, top: Quantity, h: Quantity, more: int) -> Link:
    """The error that a receiver sends back, which has a derivation of its own."""
    symbol = context.differentiate(top, h)
    said = f"the error of {h.of[0]}" if top.is_total else f"with respect to the pre-activation of {h.of[0]}"
    return _repeat(Link(symbol.canonical, symbol, f"{said}, derived separately"), more)


def drop_equal(links: list[Link]) -> list[Link]:
    """The links; of several that are the same constant the first, which stands for all."""
    constants = [each for each in links if isinstance(each.formula, Number)]
    return [each for each in links if each not in constants[1:] or each.formula != constants[0].formula]


def _repeat(link: Link, more: int) -> Link:
    """The link as one that stands for several others too."""
    return (
        link._replace(reason=f"{link.reason}; likewise for {more} more term{'s' if more > 1 else ''}") if more else link
    )


def _are_direct(context: SampleContext, heard: list[Heard]) -> bool:
    """Whether dh/da of each receiver holds the direct connection alone, with no way through another receiver."""
    layers = {each.receiver.layer for each in heard}
    return not any(context.architecture.depends_on(upper, lower) for upper in layers for lower in layers)


def _write_link(context: SampleContext, top: Quantity, h: Quantity, link: Link) -> Expression:
    """d top / dh times a link in symbols, delta spelled out; the link alone where h is the top."""
    return link.symbol if top == h else context.differentiate(top, h).canonical * link.symbol


def _name_receivers(heard: list[Heard], own: Link | None) -> str:
    said = "sum over the units that it feeds" if len(heard) > 1 else "through the unit that it feeds"
    if len({each.h.sample for each in heard}) > 1:
        said += ", in every sample"
    return said if own is None else f"{said}, and the cost's own derivative"


def _name_links(heard: list[Heard], *, direct: bool) -> str:
    if not direct:
        return "each receiver's error, multiplied by the derivative of what it receives directly"
    if all(isinstance(each.link.formula, Quantity) and each.link.formula.kind is Kind.PARAMETER for each in heard):
        return "each inner derivative is a weight" if len(heard) > 1 else "the inner derivative is the weight"
    if any(each.link.formula == Number(0) for each in heard):
        return "each inner derivative is 1 where this activation counts, and else 0"
    if all(each.link.formula == Number(1) for each in heard):
        return "each inner derivative is 1" if len(heard) > 1 else "the inner derivative is 1"
    if any(_is_long(each.link.formula) for each in heard):
        return "each outer derivative is an error"
    return "the inner derivatives worked out"


def _find_largest(terms: Array) -> int:
    """The position of the largest term."""
    return int(np.argmax(np.abs(np.nan_to_num(terms))))


def largest(terms: Array) -> list[int]:
    """The positions of the largest terms, in their own order."""
    return sorted(np.argsort(-np.abs(terms), kind="stable")[:SHOWN].tolist())


def derive_by_input(context: SampleContext, top: Quantity, by: Quantity) -> Chain:
    """d top / dh: what reaches the activation, times g'(h)."""
    if top == by:
        return constant(1, "the derivative of a variable with respect to itself")
    if not definitions.depends_on(context, top, by):
        return constant(0, "no path leads from one to the other")
    unit = by.of[0]
    layer = context.layer_of(by)
    if isinstance(layer.activation, Coupled):
        return _through_layer(context, top, by, layer.activation)
    assert isinstance(layer.activation, Elementwise)
    a = context.symbol("a", unit, sample=by.sample)
    link = definitions.slope_link(context, unit, by)
    if top == a:
        return Chain(
            link.formula, [(reason, wrap(line)) for reason, line in layer.activation.derivation(by, a)], [link]
        )
    before = derive_by_activation(context, top, a)
    if _is_output(context, a):
        before.steps = []  # the derivative of the cost is worked out in a derivation of its own
    first = f"chain rule through the activation of {unit}", context.differentiate(top, a) * link.symbol
    return before.times(first, link)


def _through_layer(context: SampleContext, top: Quantity, by: Quantity, activation: Coupled) -> Chain:
    """The sum over the activations of its row, each of which depends on this pre-activation."""
    units = definitions.list_row(context, by)
    if not units:
        return constant(0, f"the {definitions.spell(activation.name)} leaves it out")
    if top.kind is Kind.ACTIVATION and top.of[0] in units:
        a_top, a_by = (context.symbol("a", name, sample=by.sample) for name in (top.of[0], by.of[0]))
        lines = activation.derivation_of(a_top, a_by, top.of[0] == by.of[0])
        link = definitions.slope_link(context, top.of[0], by)
        return Chain(link.formula, [(reason, wrap(line)) for reason, line in lines], [link])
    terms = definitions.error_terms(context, top, by)
    values = terms.values()

    def worked(k: int) -> Expression:
        a = context.symbol("a", units[k], sample=by.sample)
        return join_factors(context.differentiate(top, a), definitions.slope_link(context, units[k], by).formula)

    chained = context.shorten(Terms("k", terms.body, terms.count, terms.write, lambda: values))
    total = context.shorten(Terms("k", terms.body, terms.count, worked, lambda: values))
    whole = "layer" if len(units) == context.layer_of(by).size else "row"
    steps = [(f"every activation of the {whole} depends on the pre-activation of {by.of[0]}", chained.symbolic)]
    links = [definitions.slope_link(context, units[k], by) for k in largest(values)]
    return Chain(total.written, steps, links, total.notes)


def derive_by_parameter(context: SampleContext, top: Quantity, name: str) -> Chain:
    """d top / dw: the error of the unit it feeds times what it is multiplied by; of a shared one the sum over uses."""
    found = definitions.uses(context, top, name)
    if not found:
        return constant(0, "no path leads from one to the other")
    if len(found) > 1:
        return _over_uses(context, top, name, found)
    h, link = found[0].h, found[0].link
    if top == h:
        return Chain(link.formula, [(link.reason, link.formula)], [link])
    unit = h.of[0]
    before = derive_short_error(context, top, h) or derive_by_input(context, top, h)
    first = f"chain rule through the pre-activation of {unit}", context.differentiate(top, h).canonical * link.symbol
    return before.times(first, link)


def derive_short_error(context: SampleContext, top: Quantity, h: Quantity) -> Chain | None:
    """The short form of an output's error, where activation and cost have one."""
    formula = definitions.short_error(context, h.of[0]) if top.is_total else None
    if formula is None:
        return None
    assert context.architecture.identity is not None
    says = context.architecture.identity.says
    return Chain(formula, [], [Link(context.differentiate(top, h), formula, says)])


def _over_uses(context: SampleContext, top: Quantity, name: str, found: list[Used]) -> Chain:
    """A shared parameter: one product a use, and their sum, of many uses the largest products first."""
    terms = definitions.parameter_terms(context, top, name, found)
    values = terms.values()

    def chain_term(number: int) -> Expression:
        return _write_link(context, top, found[number].h, found[number].link)

    total = context.shorten(replace(terms, values=lambda: values), USES, SHOWN)
    # dh/dw of a unit that is fed twice, or fed by earlier uses, holds more than its own use does.
    apart = len({each.use.layer for each in found}) == 1 and len(
        {(each.use.position, each.sample) for each in found}
    ) == len(found)
    h = context.symbol("h", "v")
    body = context.differentiate(top, h).canonical * context.differentiate(h, Quantity("w", (name,)))
    chained = Terms("v", body, len(found), chain_term, lambda: values)
    symbols = context.shorten(chained, USES, SHOWN).symbolic if apart else total.symbolic
    steps = [(f"{name} is shared: the sum over its {len(found)} uses", symbols)]
    if symbols != total.written:
        steps.append((_name_uses(top, name, found), total.written))
    first = _find_largest(values)
    links = drop_equal([found[number].link for number in range(2)]) if len(found) == 2 else [found[first].link]
    more = len(found) - len(links)
    links = [_repeat(each, more) for each in links] if apart else []
    notes = (*total.notes, *(describe_steps(context, found) if top.is_total else ()))
    return Chain(total.written, steps, links, notes, found[first].h)


def _name_uses(top: Quantity, name: str, found: list[Used]) -> str:
    """What the terms of a shared parameter's derivative are."""
    each = "the error of each unit" if top.is_total else "the derivative with respect to each unit's pre-activation"
    if all(used.link.formula == Number(1) for used in found):
        return each
    return f"{each}, multiplied by what {name} is multiplied by there"
