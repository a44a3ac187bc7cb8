"""From a name to its Derivation: each kind of quantity is worked in its own way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from backproof import names
from backproof.derivation import chain, forward, update
from backproof.derivation.chain import Chain
from backproof.derivation.desk import COST, Desk, Top
from backproof.derivation.model import Derivation, Line
from backproof.difference import estimate
from backproof.expression import Expression, Number, Quantity, Sum, Value, put_in, quantities
from backproof.trace import Trace


def explain(trace: Trace, name: str) -> Derivation:
    """The derivation of a name in a trace. Errors: NameUnknown, as for `trace[name]`."""
    formula = names.parse(name, trace.network)
    with np.errstate(all="ignore"):
        return derive(trace, formula, name)


def derive(trace: Trace, formula: Expression, name: str) -> Derivation:
    """The derivation of a quantity, or of a product of quantities."""
    desk = Desk(trace, 0.0)
    desk.truth = desk.value(formula)
    difference = None
    if isinstance(formula, Quantity):
        _work(desk, formula)
        difference = estimate(trace, formula)
        formula = _shown(desk, formula)
    else:
        desk.line("chain_rule", formula, "the product asked for")
        desk.close(formula)
    uses = [quantity for line in desk.lines if not _follows(line) for quantity in quantities(line.right)]
    made = trace.training.optimiser.made  # running numbers and their like, which no name leads to
    unique = tuple(
        quantity
        for quantity in dict.fromkeys(uses)
        if quantity != formula and _has_value(quantity) and quantity.role.removeprefix("previous ") not in made
    )
    return Derivation(
        formula, name.strip(), trace.sample, trace.step, desk.truth, difference, tuple(desk.lines), unique,
        trace.network.labels, tuple(desk.notes),
    )  # fmt: skip


def _follows(line: Line) -> bool:
    """Whether a line says what comes of a gradient, not where it comes from."""
    return line.kind == "update" and isinstance(line.left, Quantity) and line.left.role == "new"


def _shown(desk: Desk, quantity: Quantity) -> Quantity:
    """The quantity as formulas write it: with its sample where a batch has several."""
    whole = quantity.role in ("w", "eta", "new", "step")
    return quantity if whole else replace(quantity, sample=desk.sample)


def _has_value(quantity: Quantity) -> bool:
    """Whether a quantity stands for one number, not for the body of a sum."""
    return not isinstance(quantity.sample, str) and bool(quantity.of or quantity.role in ("E", "eta"))


def _work(desk: Desk, quantity: Quantity) -> None:
    role, of = quantity.role, quantity.of
    if _of_batch(desk, quantity):
        _batch(desk, quantity)
    elif role == "E":
        forward.cost_of_output(desk, of[0]) if of else forward.cost(desk)
    elif role == "h":
        forward.pre_activation(desk, of[0])
    elif role == "a":
        forward.activation(desk, of[0])
    elif role == "w":
        forward.given(desk, quantity, _origin(desk))
    elif role in ("y", "eta"):
        forward.given(desk, quantity, "given")
    elif role == "new":
        update.new(desk, of[0])
    elif role == "step":
        update.step(desk, of[0])
    else:
        _derivative(desk, quantity)


def _of_batch(desk: Desk, quantity: Quantity) -> bool:
    """Whether a cost or gradient is asked for all samples of a batch together."""
    summed = quantity == Quantity("E") or (quantity.role == "dE/dw" and len(quantity.of) == 1)
    return summed and desk.trace.whole(quantity) and len(desk.trace.numbers) > 1


def _origin(desk: Desk) -> str:
    step = desk.trace.step
    return "given" if step == 1 else f"what the update of step {step - 1} made of it"


def _derivative(desk: Desk, quantity: Quantity) -> None:
    """d top / d by, for one sample."""
    role = "dE/dh" if quantity.role == "delta" else quantity.role
    letter, by = role[1:].split("/d")
    top = Top(letter, quantity.of[:1] if role == "da/dh" else quantity.of[:-1])
    unit = quantity.of[-1]
    asked = _shown(desk, quantity)
    _definition(desk, by, unit)
    if by == "w":
        _chain_lines(desk, chain.by_parameter(desk, top, unit), asked)
        alone = len(desk.trace.numbers) == 1 and desk.trace.sample is None
        if top == COST and alone and desk.trace.training.rate is not None:
            _update_line(desk, unit)
        return
    if by == "a":
        _chain_lines(desk, chain.by_activation(desk, top, unit), asked)
        return
    short = chain.stated(desk, top, unit)
    if short is None or not desk.saturated:
        _chain_lines(desk, chain.by_input(desk, top, unit), asked, close=short is None)
    if short is not None:
        desk.line("chain_rule", short.formula, f"the short form, a stated identity: {short.locals[0][2]}", asked)
        desk.close(short.formula)


def _chain_lines(desk: Desk, worked: Chain, asked: Quantity, *, close: bool = True) -> None:
    left: Quantity | None = asked
    for reason, step in worked.steps:
        desk.line("chain_rule", step, reason, left)
        left = None
    for link, formula, reason in worked.locals:
        if link != asked:
            _partial(desk, "local_derivatives", link, formula, reason)
    desk.note(*worked.notes)
    if close:
        desk.close(worked.formula)
    else:
        desk.line("numbers", put_in(worked.formula, desk.trace.value), "put the numbers in", asked)


def _definition(desk: Desk, by: str, name: str) -> None:
    """Where the number that is varied enters: the pre-activations it feeds, or its own activation."""
    network = desk.trace.network
    if by == "h":
        layer, _ = network.place(name)
        activation = desk.activation(layer)
        if not activation.coupled:
            formula = activation.formula(desk.number("h", name))  # type: ignore[attr-defined]
            desk.line(
                "definition",
                formula,
                f"the pre-activation of {name} acts through its activation",
                desk.number("a", name),
            )
        return
    if by == "w":
        units = [desk.unit(use.layer, use.column) for use in network.parameter(name).uses]
    else:
        layer, position = network.place(name)
        if layer == network.depth:
            formula = forward.cost_term(desk, name)
            desk.line("definition", formula, f"the activation of {name} acts through its cost", desk.number("E", name))
            return
        units = [desk.unit(layer + 1, column) for column, _ in network.wiring.outgoing(layer, position)]
    for unit in units[:3]:
        reason = f"{name if by == 'w' else f'the activation of {name}'} acts through the pre-activation of {unit}"
        formula, _, notes = forward.weighted_sum(desk, unit)
        desk.line("definition", formula, reason, desk.number("h", unit))
        desk.note(*notes)


def _batch(desk: Desk, quantity: Quantity) -> None:
    """A cost or gradient of a batch: the sum over its samples, each sample's own term, and the value."""
    trace = desk.trace
    shares = trace.shares(quantity.of[0]) if quantity.of else trace.terms.sum(-1)
    total = desk.total(
        "n", replace(quantity, sample="n"), shares, lambda row: replace(quantity, sample=trace.numbers[row])
    )
    terms = total.written.children or (total.written,)
    sigma = Sum(f"n=1..{len(shares)}", replace(quantity, sample="n"), terms)
    desk.line("sum_over_samples", sigma, "the batch's is the sum of its samples'", quantity)
    desk.line("sum_over_samples", total.written, "written out")
    for term in terms:
        if isinstance(term, Quantity):
            _term(desk, term)
    desk.note(*total.notes)
    desk.close(total.written)
    if quantity.of and trace.training.rate is not None:
        _update_line(desk, quantity.of[0])


def _term(desk: Desk, share: Quantity) -> None:
    """One sample's share, in symbols and with its numbers."""
    assert isinstance(share.sample, int)
    own = Desk(desk.trace.of_sample(share.sample), desk.value(share), among_others=True)
    if share.of:
        formula = chain.by_parameter(own, COST, share.of[0]).formula
    else:
        forward.cost(own)
        formula = own.lines[0].right
    _partial(desk, "term", share, formula, f"sample {share.sample}")


def _partial(desk: Desk, kind: str, left: Quantity, formula: Expression, reason: str) -> None:
    """A partial result: its formula, the numbers put in, and what it comes to - as far as these differ."""
    desk.line(kind, formula, reason, left)
    if isinstance(formula, Number):
        return
    if not isinstance(formula, Quantity):
        desk.line(kind, put_in(formula, desk.trace.value), "with its numbers", left)
    desk.line(kind, Value(left, desk.value(left)), "which is", left)


def _update_line(desk: Desk, name: str) -> None:
    """What the update then makes of the parameter."""
    if desk.trace.training.optimiser.slots:
        formula: Expression = Quantity("w", (name,)) + Quantity("step", (name,))
    else:
        formula = Quantity("w", (name,)) + update.change(desk, name)
    new = Quantity("new", (name,))
    desk.line("update", formula, update.rule(desk, name), new)
    desk.line("update", put_in(formula, desk.trace.value), "with its numbers", new)
    desk.line("update", Value(new, desk.value(formula)), "which is", new)
