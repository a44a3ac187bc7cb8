"""The working as a graph: what each number is made of directly, step by step, sample by sample.

A definition gives a number from the numbers one link before it, in the formulas of the derivations themselves. Values
can be pinned: a number that somebody wrote down stands where it was written, and everything after it follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from backproof.arrays import Array
from backproof.derivation import chain, forward, update
from backproof.derivation.desk import COST, Desk, Top
from backproof.evaluation import evaluate
from backproof.expression import Add, Expression, Mul, Number, Quantity, quantities, substitute
from backproof.network import Network
from backproof.operations.activation import Elementwise
from backproof.trace import Trace, Training, steps

Pins: TypeAlias = Mapping[Quantity, float]
Rules: TypeAlias = Mapping[Quantity, Expression]
NONE: Mapping[Quantity, Any] = {}

#: Sums of more terms count as given, and the parameters of networks of more than so many as unlikely mix-ups.
MANY, LARGE = 100, 2000


class Graph:
    """Definitions and values of the numbers of some steps of a network.

    Every quantity carries its step, and its sample where it belongs to one; `normal` writes one so.
    """

    def __init__(self, network: Network, x: Array, y: Array, training: Training, wanted: frozenset[int]) -> None:
        self.network, self.x, self.y, self.training = network, x, y, training
        self.traces = traces(network, x, y, training, wanted)
        self._made = frozenset(training.optimiser.made)
        self._definitions: dict[Quantity, tuple[Expression, ...]] = {}
        self._truths: dict[Quantity, float] = {}
        self._bits: dict[Quantity, int] = {}
        self._ancestors: dict[Quantity, int] = {}

    def trace(self, quantity: Quantity) -> Trace:
        """The step that a quantity belongs to, seen by its sample."""
        trace = self.traces[quantity.step or 1]
        return trace.of_sample(quantity.sample) if isinstance(quantity.sample, int) else trace

    def normal(self, quantity: Quantity, step: int, sample: int | None) -> Quantity:
        """One way to write each number: delta is dE/dh, the step is written, the sample where several are used."""
        role = "dE/dh" if quantity.role == "delta" else quantity.role
        of = quantity.of
        if role == "da/dh" and len(of) == 2 and of[0] == of[1] and not self._coupled(of[0]):
            of = of[:1]
        chosen = quantity.sample if quantity.sample is not None else sample
        if len(self.traces[step].numbers) == 1 or role in ("w", "eta", "new", "step") or self._slot(role):
            chosen = None
        return Quantity(role, of, chosen, step)

    def _coupled(self, unit: str) -> bool:
        layer, _ = self.network.place(unit)
        return self.network.activations[layer - 1].coupled

    def _slot(self, role: str) -> bool:
        return role.removeprefix("previous ") in self._made

    def truth(self, quantity: Quantity) -> float:
        """The true value."""
        if quantity not in self._truths:
            self._truths[quantity] = self.trace(quantity).value(replace(quantity, sample=None, step=None))
        return self._truths[quantity]

    def definitions(self, quantity: Quantity) -> tuple[Expression, ...]:
        """What a number is made of directly: one formula, or two where a stated identity gives a short form too.

        Empty for what is given: inputs, targets, parameters of the first step, the learning rate; and for sums so long
        that nobody works them out by hand.
        """
        if quantity not in self._definitions:
            made = [each for each in self._define(quantity) if len(each.children) <= MANY]
            sample = quantity.sample if isinstance(quantity.sample, int) else None
            self._definitions[quantity] = tuple(self._normal_formula(each, quantity.step or 1, sample) for each in made)
        return self._definitions[quantity]

    def _normal_formula(self, formula: Expression, step: int, sample: int | None) -> Expression:
        def normal(node: Expression) -> Expression | None:
            if not isinstance(node, Quantity):
                return None
            return self.normal(node, node.step or step, sample)

        return substitute(formula, normal)

    def desk(self, quantity: Quantity) -> Desk:
        """A place to write the formulas of a quantity's sample, nothing left out."""
        return Desk(self.trace(quantity), 0.0, limit=1_000_000)

    def _define(self, quantity: Quantity) -> list[Expression]:
        role, of, step = quantity.role, quantity.of, quantity.step or 1
        desk = self.desk(quantity)
        network = desk.trace.network
        batch = quantity.sample is None and len(desk.trace.numbers) > 1
        if role in ("E", "dE/dw") and batch and len(of) == (role != "E"):
            return [Add(tuple(replace(quantity, sample=number) for number in desk.trace.numbers))]
        if role == "E":
            if of:
                return [forward.cost_term(desk, of[0])]
            return [Add(tuple(Quantity("E", (unit,)) for unit in network.units[-1]))]
        if role == "h":
            return [forward.weighted_sum(desk, of[0])[1]]
        if role == "a":
            return self._activation(desk, of[0])
        if role == "new":
            return [Quantity("w", of) + Quantity("step", of)]
        if role == "step":
            return [update.change(desk, of[0])]
        if role == "w":
            return [Quantity("new", of, None, step - 1)] if step - 1 in self.traces else []
        if self._slot(role):
            return self._running(role, of, step)
        if "/" in role:
            return self._derivative(desk, quantity)
        return []

    def _activation(self, desk: Desk, unit: str) -> list[Expression]:
        layer, position = desk.trace.network.place(unit)
        if layer == 0:
            return []
        return [forward.activation_formula(desk, layer, position)]

    def _running(self, role: str, of: tuple[str, ...], step: int) -> list[Expression]:
        """What the optimiser keeps; the numbers that all parameters share nobody works out by hand."""
        if role.startswith("previous "):
            slot = role.removeprefix("previous ")
            return [Quantity(slot, of, None, step - 1)] if step - 1 in self.traces else []
        return [update.formulas(self.training.optimiser, of[0], step)[role]] if of else []

    def _derivative(self, desk: Desk, quantity: Quantity) -> list[Expression]:
        letter, by = quantity.role[1:].split("/d")
        top = Top(letter, quantity.of[:1] if quantity.role == "da/dh" else quantity.of[:-1])
        name = quantity.of[-1]
        if top == COST and by == "h":
            return self._error(desk, name)
        if top == COST and by == "w":
            return [_by_uses(desk, name)]
        worked = {"a": chain.by_activation, "h": chain.by_input, "w": chain.by_parameter}[by](desk, top, name)
        return [worked.formula]

    def _error(self, desk: Desk, unit: str) -> list[Expression]:
        """dE/dh: what reaches the activation times its slope; at the output the short form too."""
        layer, _ = desk.trace.network.place(unit)
        if isinstance(desk.activation(layer), Elementwise):
            long: Expression = Quantity("dE/da", (unit,)) * Quantity("da/dh", (unit,))
        else:
            units = desk.trace.network.units[layer]
            long = Add(tuple(Quantity("dE/da", (k,)) * Quantity("da/dh", (k, unit)) for k in units))
        short = chain.stated(desk, COST, unit)
        if short is None:
            return [long]
        return [short.formula] if desk.saturated else [short.formula, long]

    def evaluate(self, formula: Expression, pins: Pins = NONE, rules: Rules = NONE, *, short: bool = False) -> float:
        """What a formula is worth where some numbers are pinned and some made by other rules; the rest is true.

        `short` follows the stated identity (delta = a - y) even where numbers of the long way are pinned.
        """
        return float(self.evaluate_many(formula, pins, rules, short=short))

    def evaluate_many(
        self, formula: Expression, pins: Mapping[Quantity, Any], rules: Rules = NONE, *, short: bool = False
    ) -> Any:
        """The same where a number is pinned to an array of candidates: an array of as many results.

        What is affected is worked out in the order in which it depends on each other, so depth is no limit.
        """
        memo: dict[Quantity, Any] = {quantity: np.asarray(value, dtype=float) for quantity, value in pins.items()}

        def lookup(quantity: Quantity) -> Any:
            return memo[quantity] if quantity in memo else np.float64(self.truth(quantity))

        for quantity, way in self._affected(formula, pins, rules, short):
            memo[quantity] = evaluate(way, lookup)
        return evaluate(formula, lookup)

    def _affected(
        self, formula: Expression, pins: Mapping[Quantity, Any], rules: Rules, short: bool
    ) -> list[tuple[Quantity, Expression]]:
        """The numbers that differ from the truth, each after those it is made of, with the definition to follow.

        Where changed rules go round in a circle, the number that closes it counts as true.
        """
        changed = self._mask(pins) | self._mask(rules)
        order: list[tuple[Quantity, Expression]] = []
        entered: set[Quantity] = set(pins)
        waiting: list[tuple[Quantity, Expression | None]] = [(each, None) for each in reversed(quantities(formula))]
        while waiting:
            quantity, way = waiting.pop()
            if way is not None:
                order.append((quantity, way))
            elif quantity not in entered and (quantity in rules or self._reach(quantity) & changed):
                entered.add(quantity)
                chosen = self._chosen(quantity, pins, rules, short)
                waiting.append((quantity, chosen))
                waiting.extend((each, None) for each in reversed(quantities(chosen)))
        return order

    def _chosen(self, quantity: Quantity, pins: Mapping[Quantity, Any], rules: Rules, short: bool) -> Expression:
        """The definition to follow: the changed rule, else the one whose own inputs are pinned, else the first."""
        if quantity in rules:
            return rules[quantity]
        ways = self.definitions(quantity)
        if short:
            return ways[0]
        return next((each for each in ways[1:] if not pins.keys().isdisjoint(quantities(each))), ways[0])

    def _bit(self, quantity: Quantity) -> int:
        """A bit of its own for every number met."""
        return 1 << self._bits.setdefault(quantity, len(self._bits))

    def _mask(self, some: Iterable[Quantity]) -> int:
        mask = 0
        for quantity in some:
            mask |= self._bit(quantity)
        return mask

    def _reach(self, quantity: Quantity) -> int:
        """A bit for every number that a number depends on, by any of its definitions."""
        waiting = [quantity]
        while waiting:
            current = waiting[-1]
            if current in self._ancestors:
                waiting.pop()
                continue
            direct = {each for formula in self.definitions(current) for each in quantities(formula)}
            open_ = [each for each in direct if each not in self._ancestors]
            if open_:
                waiting.extend(open_)
                continue
            mask = self._mask(direct)
            for each in direct:
                mask |= self._ancestors[each]
            self._ancestors[current] = mask
        return self._ancestors[quantity]

    def depends(self, quantity: Quantity, other: Quantity) -> bool:
        """Whether a number depends on another one."""
        return bool(self._reach(quantity) & self._bit(other))

    def ancestors(self, quantity: Quantity) -> frozenset[Quantity]:
        """Every number that a number depends on, by any of its definitions."""
        reach = self._reach(quantity)
        return frozenset(each for each, bit in self._bits.items() if reach >> bit & 1)

    def every(self, beside: Quantity) -> Iterator[Quantity]:
        """Every number of the step and sample of another one."""
        step, sample = beside.step or 1, beside.sample if isinstance(beside.sample, int) else None
        network = self.traces[step].network
        alone = sample is not None or len(self.traces[step].numbers) == 1
        if alone:
            for layer, names in enumerate(network.units):
                for unit in names:
                    for role in ("a", "dE/da") if layer == 0 else ("h", "a", "dE/da", "dE/dh", "da/dh"):
                        if role != "da/dh" or not network.activations[layer - 1].coupled:
                            yield self.normal(Quantity(role, (unit,)), step, sample)
        for name in network.wiring.names() if network.wiring.count <= LARGE else ():
            yield self.normal(Quantity("dE/dw", (name,)), step, sample)
        yield self.normal(Quantity("E"), step, sample)


def _by_uses(desk: Desk, name: str) -> Expression:
    """dE/dw: the error of each unit it feeds times what it weighs."""
    terms: list[Expression] = []
    for use in desk.trace.network.parameter(name).uses:
        error = Quantity("dE/dh", (desk.unit(use.layer, use.column),))
        sent = Number(1) if use.row is None else Quantity("a", (desk.unit(use.layer - 1, use.row),))
        terms.append(error if use.row is None else Mul((error, sent)))
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def traces(network: Network, x: Array, y: Array, training: Training, wanted: frozenset[int]) -> dict[int, Trace]:
    """The traces of the wanted steps, and of the step before each."""
    last = max(wanted, default=1)
    kept: dict[int, Trace] = {}
    for trace in steps(network, x, y, training):
        if trace.step in wanted or trace.step + 1 in wanted or trace.step == 1:
            kept[trace.step] = trace
        if trace.step >= last:
            return kept
    raise AssertionError("steps never end")
