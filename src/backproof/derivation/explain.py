"""From a name to its Derivation: each kind of quantity is worked in its own way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from backproof.derivation import chain, definitions, forward, update
from backproof.derivation.chain import Chain
from backproof.derivation.context import SampleContext, Terms
from backproof.derivation.model import Derivation
from backproof.derivation.working import Working
from backproof.difference import estimate_derivative, explain_gap
from backproof.expression import Expression, Sum, Value, put_in, quantities
from backproof.operations.activation import Elementwise
from backproof.quantity import COST, Kind, Quantity, Scope
from backproof.trace import Trace

#: Maximum number of units fed by an activation that are defined one by one.
FED = 3


def explain(trace: Trace, name: str) -> Derivation:
    """The derivation of a name in a trace. Errors: NameUnknown, as for `trace[name]`."""
    formula = trace.parse_name(name)
    with np.errstate(all="ignore"):
        return derive(trace, formula, name)


def derive(trace: Trace, formula: Expression, name: str) -> Derivation:
    """The derivation of a quantity, or of a product of quantities."""
    if isinstance(formula, Quantity) and isinstance(formula.sample, int) and formula.sample != trace.sample:
        trace = trace.of_sample(formula.sample)  # E_2 and dE_2/dw1 say themselves of which sample they are
    context = SampleContext(trace)
    working = Working(context, context.value(formula))
    difference = None
    if isinstance(formula, Quantity):
        _work(working, formula)
        working.note(*filter(None, (_name_share(trace, formula),)))
        difference = estimate_derivative(trace, formula)
        gap = "" if difference is None else explain_gap(trace, formula, working.truth, difference)
        working.note(*filter(None, (gap,)))
        formula = _write_symbol(context, formula)
    else:
        share = _find_share(trace, formula)
        if share is None:
            working.close(formula)
        else:
            _add_term(working, share)
            working.close(formula, _name_alone(trace, share))
    return Derivation(
        formula,
        name.strip(),
        trace.sample,
        trace.step,
        working.truth,
        difference,
        tuple(working.lines),
        trace.labels,
        tuple(working.notes),
    )


def _find_share(trace: Trace, formula: Expression) -> Quantity | None:
    """The share of one sample in a number of the batch that stands in a formula such as that of dE_2/dw."""
    found = [each for each in quantities(formula) if each.scope is Scope.BATCH and isinstance(each.sample, int)]
    return found[0] if len(found) == 1 and len(trace.numbers) > 1 else None


def _name_alone(trace: Trace, share: Quantity) -> str:
    """Why the share of a sample is multiplied by the number of samples."""
    return f"by itself sample {share.sample} has {len(trace.numbers)} times its share in the mean"


def _name_share(trace: Trace, quantity: Quantity) -> str:
    """What a sample's share of a gradient is where samples are coupled; empty elsewhere."""
    if not trace.architecture.couples_samples or not quantity.is_gradient or trace.covers_batch(quantity):
        return ""
    return (
        f"The samples are coupled: this is the share of sample {trace.sample}, and all shares add up to the gradient."
    )


def _write_symbol(context: SampleContext, quantity: Quantity) -> Quantity:
    """The quantity as formulas write it: with its sample where a batch has several."""
    return quantity if quantity.scope is Scope.STEP else replace(quantity, sample=context.sample)


def _work(working: Working, quantity: Quantity) -> None:
    of = quantity.of
    if quantity.is_of_update and quantity.kind not in (Kind.NEW, Kind.STEP):
        update.work_number(working, quantity)
        return
    if _is_of_batch(working.trace, quantity):
        _work_batch(working, quantity)
        return
    match quantity.kind:
        case Kind.COST:
            forward.work_cost_part(working, of[0]) if of else forward.work_cost(working)
        case Kind.PRE_ACTIVATION:
            forward.work_pre_activation(working, of[0])
        case Kind.ACTIVATION:
            forward.work_activation(working, of[0])
        case Kind.STATISTIC:
            forward.work_statistic(working, quantity)
        case Kind.PARAMETER:
            working.give(quantity, _name_origin(working.trace))
        case Kind.TARGET:
            working.give(quantity, "given")
        case Kind.NEW:
            update.work_new(working, of[0])
        case Kind.STEP:
            update.work_step(working, of[0])
        case _:
            _work_derivative(working, quantity)


def _is_of_batch(trace: Trace, quantity: Quantity) -> bool:
    """Whether a cost or gradient is asked for all samples of a batch together."""
    return quantity.scope is Scope.BATCH and trace.covers_batch(quantity) and len(trace.numbers) > 1


def _name_origin(trace: Trace) -> str:
    return "given" if trace.step == 1 else f"its value after the update of step {trace.step - 1}"


def _work_derivative(working: Working, quantity: Quantity) -> None:
    """d top / d by, for one sample."""
    context = working.context
    top, by = (replace(each, sample=context.sample) for each in (quantity.numerator, quantity.denominator))
    top = COST if top.is_total else top
    by = replace(by, sample=None) if by.kind is Kind.PARAMETER else by
    written = _write_symbol(context, quantity)
    if by.kind is Kind.PARAMETER:
        worked = chain.derive_by_parameter(context, top, by.of[0])
        _define(working, by, worked.lead)
        _add_chain(working, worked, written)
        alone = len(working.trace.numbers) == 1 and working.trace.sample is None
        if top.is_total and alone and working.trace.training.rate is not None:
            _add_update(working, by.of[0])
    elif by.kind is Kind.ACTIVATION:
        worked = chain.derive_by_activation(context, top, by)
        _define(working, by, worked.lead)
        _add_chain(working, worked, written)
    else:
        _define(working, by)
        short = chain.derive_short_error(context, top, by)
        if short is None or not context.saturated:
            _add_chain(working, chain.derive_by_input(context, top, by), written, close=short is None)
        if short is not None:
            reason = f"the short form, a known identity: {short.links[0].reason}"
            working.line("chain_rule", short.formula, reason, written)
            working.close(short.formula)


def _add_chain(working: Working, worked: Chain, written: Quantity, *, close: bool = True) -> None:
    left: Quantity | None = written
    for reason, step in worked.steps:
        working.line("chain_rule", step, reason, left)
        left = None
    for link in worked.links:
        if link.symbol != written:
            working.add_partial("local_derivatives", link.symbol, link.formula, link.reason)
    working.note(*worked.notes)
    if close:
        working.close(worked.formula)
    else:
        working.line("numbers", put_in(worked.formula, working.trace.value), "put the numbers in", written)


def _define(working: Working, by: Quantity, lead: Quantity | None = None) -> None:
    """Where the number that is varied enters: the pre-activations it feeds, or its own activation.

    Of many pre-activations, or of the uses of a shared parameter, one stands for all: the `lead`.
    """
    context, name = working.context, by.of[0]
    architecture = context.architecture
    if by.kind is Kind.PRE_ACTIVATION:
        activation = context.layer_of(by).activation
        if isinstance(activation, Elementwise):
            reason = f"the pre-activation of {name} acts through its activation"
            formula = definitions.activation(context, name)
            assert formula is not None
            working.line("definition", formula, reason, context.symbol("a", name))
        return
    if by.kind is Kind.PARAMETER:
        varied, fed = name, [(use.layer, use.position) for use in definitions.list_uses(context, name)]
    else:
        varied, (layer, position) = f"the activation of {name}", architecture.place(name)
        fed = [(each.layer, each.position) for each in architecture.receivers(layer, position)]
        if architecture.output_column(layer, position) is not None:
            part = definitions.cost_part(context, name)
            working.line("definition", part, f"{varied} acts through its cost", context.symbol("E", name))
    fed, more = list(dict.fromkeys(fed)), ""
    if len(fed) > (1 if by.kind is Kind.PARAMETER else FED):
        more = f", and through {len(fed) - 1} more in the same way"
        fed = fed[:1] if lead is None else [architecture.place(lead.of[0])]
    units = [architecture.layers[number].unit(at) for number, at in fed]
    for unit in units:
        total = working.shorten(definitions.pre_activation(context, unit))
        reason = f"{varied} acts through the pre-activation of {unit}{more}"
        working.line("definition", total.symbolic, reason, context.symbol("h", unit))


def _work_batch(working: Working, quantity: Quantity) -> None:
    """A cost or gradient of a batch: the sum over its samples, each sample's own term, and the value."""
    trace = working.trace
    shares = trace.shares(quantity.of[0]) if quantity.of else trace.terms.sum(-1)
    terms = Terms(
        "n",
        quantity.of_sample("n"),
        len(shares),
        lambda row: quantity.of_sample(trace.numbers[row]),
        lambda: np.asarray(shares),
    )
    total = working.context.shorten(terms)
    written = total.written.children or (total.written,)
    sigma = Sum(f"n=1..{len(shares)}", terms.body, written)
    what = "gradient" if quantity.of else "cost"
    working.line("sum_over_samples", sigma, f"the batch {what} is the sum of the sample {what}s", quantity)
    working.line("sum_over_samples", total.written, "written out")
    for term in written:
        if isinstance(term, Quantity):
            _add_term(working, term)
    working.note(*total.notes)
    working.close(total.written)
    if quantity.of and trace.training.rate is not None:
        _add_update(working, quantity.of[0])


def _add_term(working: Working, share: Quantity) -> None:
    """One sample's share, in symbols and with its numbers."""
    assert isinstance(share.sample, int)
    own = SampleContext(working.trace.of_sample(share.sample), among_others=True)
    if share.of:
        formula = chain.derive_by_parameter(own, COST, share.of[0]).formula
    else:
        formula = own.shorten(definitions.cost(own)).symbolic
    working.add_partial("term", share, formula, f"the term of sample {share.sample}")


def _add_update(working: Working, name: str) -> None:
    """What the update then makes of the parameter."""
    if working.trace.training.optimiser.slots:
        formula: Expression = Quantity("w", (name,)) + Quantity("step", (name,))
    else:
        formula = Quantity("w", (name,)) + update.write_change(working.trace, name)
    new = Quantity("new", (name,))
    working.line("update", formula, update.name_rule(working.trace, name), new)
    working.line("update", put_in(formula, working.trace.value), "with its numbers", new)
    working.line("update", Value(new, working.context.value(formula)), "its value", new)
