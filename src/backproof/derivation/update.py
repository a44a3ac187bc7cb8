"""Workings of an update: the step that the optimiser takes, and the parameter after it."""

from __future__ import annotations

from backproof.derivation.desk import Desk
from backproof.derivation.model import Line
from backproof.expression import Expression, Quantity, Value, put_in, wrap
from backproof.trace import Trace


def step(desk: Desk, name: str) -> None:
    """What the update adds to a parameter."""
    formula = change(desk, name)
    running(desk, name)
    desk.line("chain_rule", formula, rule(desk, name), Quantity("step", (name,)))
    desk.close(formula)


def new(desk: Desk, name: str) -> None:
    """A parameter after the update: its old value, the step, and what the next forward pass then gives."""
    old, taken = Quantity("w", (name,)), Quantity("step", (name,))
    desk.line("definition", old + taken, "the update adds the step to the old value", Quantity("new", (name,)))
    desk.line("update", put_in(old, desk.trace.value), "the old value", old)
    running(desk, name)
    formula = change(desk, name)
    desk.line("update", formula, rule(desk, name), taken)
    desk.line("update", put_in(formula, desk.trace.value), "the step with its numbers", taken)
    desk.line("chain_rule", old + formula, "put the step in")
    desk.close(old + taken, "old value and step")
    next_pass(desk)


def change(desk: Desk, name: str) -> Expression:
    """The optimiser's own formula for the step of one parameter."""
    if not desk.trace.network.parameter(name).trained:
        return wrap(0)
    optimiser = desk.trace.training.optimiser
    slots = {slot: Quantity(slot, (name,)) for slot in optimiser.slots}
    gradient, rate = Quantity("dE/dw", (name,)), Quantity("eta")
    change = wrap(optimiser.change(gradient, slots, desk.trace.step, rate))
    pull = optimiser.pull(Quantity("w", (name,)), rate)
    return change if pull is None else change + pull


def running(desk: Desk, name: str) -> None:
    """The optimiser's running numbers, each from its value before and the gradient."""
    optimiser = desk.trace.training.optimiser
    before = {slot: Quantity(f"previous {slot}", (name,)) for slot in optimiser.slots}
    for slot, formula in optimiser.advance(Quantity("dE/dw", (name,)), before, desk.trace.step).items():
        kept = Quantity(slot, (name,))
        desk.line("update", formula, f"the running {slot} of {optimiser.name}", kept)
        desk.line("update", put_in(formula, desk.trace.value), "with its numbers", kept)


def next_pass(desk: Desk) -> None:
    """The cost before and after, with every parameter updated at once."""
    trace = desk.trace
    if trace.training.batch(trace.step + 1, max(trace.numbers)) != trace.numbers:
        desk.note("The next step uses other samples, so its cost is no measure of this update.")
        return
    following = Trace(trace.after, trace.x, trace.y, trace.training, trace.numbers, None, trace.step)
    before, after = (Quantity("E", (), None, number) for number in (trace.step, trace.step + 1))
    cost = trace.value(Quantity("E"))
    then = following.value(Quantity("E"))
    desk.lines.append(Line("update", Value(before, cost), cost, "the cost before the update", before))
    desk.lines.append(Line("update", Value(after, then), then, "the cost that the next pass gives", after))


def rule(desk: Desk, name: str) -> str:
    """Why the step is what it is, in words."""
    if not desk.trace.network.parameter(name).trained:
        return f"{name} is not trained: the update leaves it alone"
    return f"the update of {desk.trace.training.optimiser.title}"
