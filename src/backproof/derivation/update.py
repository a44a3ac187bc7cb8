"""Workings of an update: from the gradient by penalty and clipping to the step that the optimiser takes, and the
parameter after it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice

import numpy as np

from backproof.derivation import definitions
from backproof.derivation.context import SampleContext, Terms
from backproof.derivation.model import Line
from backproof.derivation.working import Working
from backproof.expression import Div, Expression, Number, Value, put_in, quantities, wrap
from backproof.functions import absolute, maximum, sign, sqrt
from backproof.operations.optimiser import Optimiser
from backproof.quantity import COST, Quantity, keep_before
from backproof.trace import Trace

#: Maximum number of parameters for which sums over all of them are worked out.
MOST_PARAMETERS = 10_000
#: What the numbers are between the gradient and the step, in the order in which they are worked out.
_SAYS = {
    "eta": "the learning rate of this step, by the schedule",
    "R": "the penalty on the weights",
    "J": "what is to become small: the cost and the penalty",
    "dR/dw": "the derivative of the penalty",
    "dJ/dw": "the gradient with that of the penalty",
    "norm": "the norm of the gradient, of all trained parameters as one",
    "clipped": "the gradient, made shorter where its norm is above the limit",
}
_BIAS = "no penalty is on biases"


def work_number(working: Working, quantity: Quantity) -> None:
    """A number on the way from the gradient to the step."""
    trace = working.trace
    made = define_number(trace, quantity)
    if made is None:
        shared = trace.training.optimiser.shared.get(quantity.slot)
        working.give(quantity, shared or _name_start(trace, quantity))
        return
    total = working.shorten(made)
    if quantity.role != "norm":  # which is made of the gradients of all parameters
        _work_numbers(working, total.written)
    working.line("chain_rule", total.symbolic, _name_number(trace, quantity), quantity)
    working.close(total.written)


def _name_start(trace: Trace, quantity: Quantity) -> str:
    """Where a number comes from that this step does not make."""
    if not quantity.is_before:
        return "given"
    return "0 before the first step" if trace.step == 1 else f"kept from step {trace.step - 1}"


def work_step(working: Working, name: str) -> None:
    """What the update adds to a parameter."""
    formula = write_change(working.trace, name)
    _work_numbers(working, formula)
    working.line("chain_rule", formula, name_rule(working.trace, name), Quantity("step", (name,)))
    working.close(formula)


def work_new(working: Working, name: str) -> None:
    """A parameter after the update: its old value, the step, and what the next forward pass then gives."""
    old, taken = Quantity("w", (name,)), Quantity("step", (name,))
    working.line("definition", old + taken, "the update adds the step to the old value", Quantity("new", (name,)))
    working.line("update", put_in(old, working.trace.value), "the old value", old)
    formula = write_change(working.trace, name)
    _work_numbers(working, formula)
    working.line("update", formula, name_rule(working.trace, name), taken)
    working.line("update", put_in(formula, working.trace.value), "the step with its numbers", taken)
    working.line("chain_rule", old + formula, "put the step in")
    working.close(old + taken, "put the old value and the step in")
    _work_next_pass(working)


def define_number(trace: Trace, quantity: Quantity) -> Terms | Expression | None:
    """What a number of an update is made of directly; None for what is given, or shared by all parameters."""
    training, of = trace.training, quantity.of
    match quantity.role:
        case "new":
            return Quantity("w", of) + Quantity("step", of)
        case "step":
            return write_change(trace, of[0])
        case "eta":
            t, total = training.schedule_at(trace.step)
            return (
                Quantity("eta0") * wrap(training.schedule.factor(Number(t), Number(total)))
                if training.scheduled
                else None
            )
        case "eta0":
            return None
        case "R":
            return _write_penalty(trace)
        case "J":
            return COST + Quantity("R")
        case "dR/dw":
            return _write_penalty_slope(trace, of[0])
        case "dJ/dw":
            return Quantity("dE/dw", of) + Quantity("dR/dw", of)
        case "norm":
            return _write_norm(trace)
        case "clipped":
            limit = Number(training.clip or 0)
            return _unclipped(trace, of[0]) * (limit / wrap(maximum(Quantity("norm"), limit)))
    if quantity.is_before or not of:
        return None
    gradient = _gradient(trace, of[0])
    return write_numbers(training.optimiser, of[0], trace.step, gradient).get(quantity.slot)


def _unclipped(trace: Trace, name: str) -> Quantity:
    """The gradient of a parameter with the penalty, where there is one."""
    return Quantity("dJ/dw" if trace.training.penalised else "dE/dw", (name,))


def _gradient(trace: Trace, name: str) -> Quantity:
    """The gradient that the optimiser takes."""
    return _unclipped(trace, name) if trace.training.clip is None else Quantity("clipped", (name,))


def _list_parameters(trace: Trace, *, weights: bool) -> list[str]:
    """The parameters that a sum over all of them goes over: the weights of a penalty, or all that are trained."""
    architecture = trace.architecture
    named = ((name, architecture.parameter(name)) for name in architecture.wiring.names())
    if weights:
        chosen = (name for name, each in named if architecture.roles[each.places[0].array] == "weight")
    else:
        chosen = (name for name, each in named if each.trained and architecture.find_buffer(name) is None)
    return list(islice(chosen, MOST_PARAMETERS + 1))


def _write_penalty(trace: Trace) -> Terms | Expression | None:
    """R = sum over the weights of l1 |w| + l2/2 w^2"""
    training, found = trace.training, _list_parameters(trace, weights=True)

    def write(name: str) -> Expression:
        w = Quantity("w", (name,) if name else ())
        parts = [Number(training.l1) * wrap(absolute(w))] if training.l1 else []
        parts += [Div(Number(training.l2), Number(2)) * w**2] if training.l2 else []
        return parts[0] + parts[1] if len(parts) > 1 else parts[0]

    return _sum_up(trace, found, write)


def _write_norm(trace: Trace) -> Expression | None:
    """The root of the sum over the trained parameters of their squared gradients."""
    found = _list_parameters(trace, weights=False)
    total = _sum_up(trace, found, lambda name: _unclipped(trace, name) ** 2 if name else Quantity("dE/dw") ** 2)
    return None if total is None else wrap(sqrt(total.written))


def _sum_up(trace: Trace, found: list[str], write: Callable[[str], Expression]) -> Terms | None:
    """The sum over some parameters of a term for each; None where there are too many to follow."""
    if len(found) > MOST_PARAMETERS:
        return None
    context = SampleContext(trace)
    return Terms(
        "i",
        write(""),
        len(found),
        lambda term: write(found[term]),
        lambda: np.array([context.value(write(name)) for name in found]),
    )


def _write_penalty_slope(trace: Trace, name: str) -> Expression:
    """dR/dw = l1 sign(w) + l2 w of a weight, 0 of a bias."""
    training, architecture = trace.training, trace.architecture
    if architecture.roles[architecture.parameter(name).places[0].array] != "weight":
        return Number(0)
    w = Quantity("w", (name,))
    parts = [Number(training.l1) * wrap(sign(w))] if training.l1 else []
    parts += [Number(training.l2) * w] if training.l2 else []
    return parts[0] + parts[1] if len(parts) > 1 else parts[0]


def write_change(trace: Trace, name: str) -> Expression:
    """The optimiser's own formula for the step of one parameter."""
    renewal = definitions.renewal(SampleContext(trace), name)
    if renewal is not None:
        return renewal
    if not trace.network.parameter(name).trained:
        return wrap(0)
    optimiser = trace.training.optimiser
    rate = Quantity("eta")
    change = wrap(optimiser.change(_gradient(trace, name), _symbols(optimiser, name), Number(trace.step), rate))
    decay = optimiser.weight_decay(Quantity("w", (name,)), rate)
    return change if decay is None else change + decay


def write_numbers(
    optimiser: Optimiser, name: str, step: int, gradient: Quantity | None = None
) -> dict[str, Expression]:
    """How each running and each derived number of one parameter comes about in a step, in that order.

    The gradient that the optimiser takes is that of the cost, if it is not given.
    """
    gradient = Quantity("dE/dw", (name,)) if gradient is None else gradient
    after, t = _symbols(optimiser, name), Number(step)
    before = {slot: keep_before(slot, name) for slot in optimiser.slots}
    advanced = optimiser.advance(gradient, after | before, t)
    waiting = {slot: before[slot] for slot in optimiser.slots if slot not in advanced}
    made = advanced | optimiser.derive(gradient, after | waiting, t)
    return {number: wrap(formula) for number, formula in made.items()}


def _symbols(optimiser: Optimiser, name: str) -> dict[str, Quantity]:
    """The numbers that the optimiser makes for one parameter, and those that all share."""
    own = {number: Quantity(number, (name,)) for number in (*optimiser.slots, *optimiser.derived)}
    return own | {number: Quantity(number) for number in optimiser.shared}


def _work_numbers(working: Working, formula: Expression) -> None:
    """The numbers that a formula of the update goes back to: each from those before it."""
    trace = working.trace
    for quantity, made in _collect_numbers(trace, formula).items():
        if made is None:
            says = trace.training.optimiser.shared.get(quantity.slot)
            if says:
                working.line("update", put_in(quantity, trace.value), says, quantity)
            continue
        total = working.shorten(made)
        working.line("update", total.symbolic, _name_number(trace, quantity), quantity)
        if quantities(total.written):
            working.line("update", put_in(total.written, trace.value), "with its numbers", quantity)
        working.line("update", put_in(quantity, trace.value), "its value", quantity)


def _collect_numbers(trace: Trace, formula: Expression) -> dict[Quantity, Terms | Expression | None]:
    """The numbers that a formula goes back to, each with what it is made of; the first ones first."""
    found: dict[Quantity, Terms | Expression | None] = {}
    waiting = [formula]
    while waiting:
        for quantity in quantities(waiting.pop()):
            if quantity.is_of_update and not quantity.is_before and quantity not in found:
                found[quantity] = made = define_number(trace, quantity)
                if made is not None and quantity.role not in ("norm", "R"):  # which are of all parameters
                    waiting.append(made.written if isinstance(made, Terms) else made)
    order = [*_SAYS, *trace.training.optimiser.shared, *trace.training.optimiser.made]
    ranked = sorted(found, key=lambda each: order.index(each.role) if each.role in order else -1)
    return {quantity: found[quantity] for quantity in ranked}


def _name_number(trace: Trace, quantity: Quantity) -> str:
    """What a number of the update is, in words."""
    if quantity.role == "dR/dw" and trace.network.is_bias(quantity.of[0]):
        return _BIAS
    return _SAYS.get(quantity.role) or _words(trace.training.optimiser, quantity.slot)


def _words(optimiser: Optimiser, number: str) -> str:
    kind = "running" if number in optimiser.slots else "corrected"
    called = re.sub(r"(\d+)$", r" \1", number.removesuffix("_hat")).replace("_", " ")
    return f"the {kind} {called} of {optimiser.title}"


def _work_next_pass(working: Working) -> None:
    """The cost before and after, with every parameter updated at once."""
    trace = working.trace
    if trace.training.batch(trace.step + 1, max(trace.numbers)) != trace.numbers:
        working.note("The next step uses other samples, so its cost is no measure of this update.")
        return
    following = Trace(trace.after, trace.x, trace.y, trace.training, trace.numbers, None, trace.step + 1)
    before, after = (Quantity("E", (), None, number) for number in (trace.step, trace.step + 1))
    cost = trace.value(COST)
    then = following.value(COST)
    working.lines.append(Line("update", Value(before, cost), cost, "the cost before the update", before))
    working.lines.append(Line("update", Value(after, then), then, "the cost that the next pass gives", after))


def name_rule(trace: Trace, name: str) -> str:
    """Why the step is what it is, in words."""
    if trace.architecture.find_buffer(name) is not None:
        return "moved towards the statistic of this batch, without a gradient"
    if not trace.network.parameter(name).trained:
        return f"{name} is not trained: the update leaves it alone"
    return f"the update of {trace.training.optimiser.title}"
