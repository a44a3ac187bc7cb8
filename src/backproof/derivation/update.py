"""Workings of an update: the step that the optimiser takes, and the parameter after it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from backproof.derivation import definitions
from backproof.derivation.context import SampleContext
from backproof.derivation.model import Line
from backproof.derivation.working import Working
from backproof.expression import Expression, Number, Value, put_in, quantities, wrap
from backproof.operations.optimiser import Optimiser
from backproof.quantity import COST, Kind, Quantity, keep_before
from backproof.trace import Trace


def work_step(working: Working, name: str) -> None:
    """What the update adds to a parameter."""
    formula = write_change(working.trace, name)
    _work_numbers(working, name)
    working.line("chain_rule", formula, name_rule(working.trace, name), Quantity("step", (name,)))
    working.close(formula)


def work_new(working: Working, name: str) -> None:
    """A parameter after the update: its old value, the step, and what the next forward pass then gives."""
    old, taken = Quantity("w", (name,)), Quantity("step", (name,))
    working.line("definition", old + taken, "the update adds the step to the old value", Quantity("new", (name,)))
    working.line("update", put_in(old, working.trace.value), "the old value", old)
    _work_numbers(working, name)
    formula = write_change(working.trace, name)
    working.line("update", formula, name_rule(working.trace, name), taken)
    working.line("update", put_in(formula, working.trace.value), "the step with its numbers", taken)
    working.line("chain_rule", old + formula, "put the step in")
    working.close(old + taken, "put the old value and the step in")
    _work_next_pass(working)


def write_change(trace: Trace, name: str) -> Expression:
    """The optimiser's own formula for the step of one parameter."""
    renewal = definitions.renewal(SampleContext(trace), name)
    if renewal is not None:
        return renewal
    if not trace.network.parameter(name).trained:
        return wrap(0)
    optimiser = trace.training.optimiser
    gradient, rate = Quantity("dE/dw", (name,)), Quantity("eta")
    change = wrap(optimiser.change(gradient, _symbols(optimiser, name), Number(trace.step), rate))
    decay = optimiser.weight_decay(Quantity("w", (name,)), rate)
    return change if decay is None else change + decay


def write_numbers(optimiser: Optimiser, name: str, step: int) -> dict[str, Expression]:
    """How each running and each derived number of one parameter comes about in a step, in that order."""
    gradient, after, t = Quantity("dE/dw", (name,)), _symbols(optimiser, name), Number(step)
    before = {slot: keep_before(slot, name) for slot in optimiser.slots}
    advanced = optimiser.advance(gradient, after | before, t)
    waiting = {slot: before[slot] for slot in optimiser.slots if slot not in advanced}
    made = advanced | optimiser.derive(gradient, after | waiting, t)
    return {number: wrap(formula) for number, formula in made.items()}


def _symbols(optimiser: Optimiser, name: str) -> dict[str, Quantity]:
    """The numbers that the optimiser makes for one parameter, and those that all share."""
    own = {number: Quantity(number, (name,)) for number in (*optimiser.slots, *optimiser.derived)}
    return own | {number: Quantity(number) for number in optimiser.shared}


def _work_numbers(working: Working, name: str) -> None:
    """The numbers that the step is made of: shared, running and derived, each from those before it."""
    optimiser, value = working.trace.training.optimiser, working.trace.value
    made = write_numbers(optimiser, name, working.trace.step)
    used = _used(write_change(working.trace, name), made)
    for number, says in optimiser.shared.items():
        if number in used:
            working.line("update", put_in(Quantity(number), value), says, Quantity(number))
    for number, formula in made.items():
        if number in used:
            kept = Quantity(number, (name,))
            working.line("update", formula, _words(optimiser, number), kept)
            working.line("update", put_in(formula, value), "with its numbers", kept)
            working.line("update", put_in(kept, value), "its value", kept)


def _words(optimiser: Optimiser, number: str) -> str:
    kind = "running" if number in optimiser.slots else "corrected"
    called = re.sub(r"(\d+)$", r" \1", number.removesuffix("_hat")).replace("_", " ")
    return f"the {kind} {called} of {optimiser.title}"


def _used(formula: Expression, made: Mapping[str, Expression]) -> set[str]:
    """The names of all numbers that a formula goes back to."""
    used: set[str] = set()
    waiting = [formula]
    while waiting:
        found = {each.slot for each in quantities(waiting.pop()) if each.kind is Kind.OPTIMISER and not each.is_before}
        waiting += [made[number] for number in found - used if number in made]
        used |= found
    return used


def _work_next_pass(working: Working) -> None:
    """The cost before and after, with every parameter updated at once."""
    trace = working.trace
    if trace.training.batch(trace.step + 1, max(trace.numbers)) != trace.numbers:
        working.note("The next step uses other samples, so its cost is no measure of this update.")
        return
    following = Trace(trace.after, trace.x, trace.y, trace.training, trace.numbers, None, trace.step)
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
