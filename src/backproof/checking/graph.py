"""The working as a graph: what each number is made of directly, step by step, sample by sample.

A definition gives a number from the numbers one link before it, in the formulas of the derivations themselves. Values
can be pinned: a number that somebody wrote down stands where it was written, and everything after it follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from backproof import names
from backproof.arrays import Array
from backproof.derivation import definitions, update
from backproof.derivation.context import SampleContext
from backproof.evaluation import evaluate
from backproof.expression import Add, Expression, quantities, substitute
from backproof.network import Network
from backproof.quantity import COST, Kind, Quantity, Scope
from backproof.trace import Trace, trace_steps
from backproof.training import Training

Pins: TypeAlias = Mapping[Quantity, float]
Rules: TypeAlias = Mapping[Quantity, Expression]
Progress: TypeAlias = Callable[[int, int], None]
NONE: Mapping[Quantity, Any] = {}

#: Maximum number of terms of a sum that is not taken as given; maximum number of parameters of a network whose
#: parameters are likely to be mixed up.
MANY, LARGE = 100, 2000


class Graph:
    """Definitions and values of the numbers of some steps of a network.

    Every quantity carries its step, and its sample where it belongs to one; `normal` writes one so.
    """

    def __init__(
        self,
        network: Network,
        x: Array,
        y: Array,
        training: Training,
        wanted: frozenset[int],
        progress: Progress | None = None,
    ) -> None:
        self.network, self.x, self.y, self.training = network, x, y, training
        self.traces = traces(network, x, y, training, wanted, progress)
        self._definitions: dict[Quantity, tuple[Expression, ...]] = {}
        self._inputs: dict[Quantity, tuple[tuple[Quantity, ...], ...]] = {}
        self._truths: dict[Quantity, float] = {}
        self._bits: dict[Quantity, int] = {}
        self._ancestors: dict[Quantity, int] = {}
        self._views: dict[tuple[int, int], Trace] = {}

    def trace(self, quantity: Quantity) -> Trace:
        """The step that a quantity belongs to, seen by its sample."""
        step, sample = quantity.step or 1, quantity.sample
        if not isinstance(sample, int):
            return self.traces[step]
        if (step, sample) not in self._views:
            self._views[step, sample] = self.traces[step].of_sample(sample)
        return self._views[step, sample]

    def parse_name(self, name: str, step: int) -> Expression:
        """The formula of a name in a step."""
        return names.parse_name(name, self.network, self.training, samples=len(self.traces[step].numbers))

    def normal(self, quantity: Quantity, step: int, sample: int | None) -> Quantity:
        """One way to write each number: delta is dE/dh, the step is written, the sample where several are used."""
        quantity = quantity.canonical
        if quantity.is_slope and not self._is_coupled(quantity.of[0]):
            quantity = quantity.as_slope
        chosen = quantity.sample if quantity.sample is not None else sample
        if len(self.traces[step].numbers) == 1 or quantity.scope is Scope.STEP:
            chosen = None
        return replace(quantity, sample=chosen, step=step)

    def _is_coupled(self, unit: str) -> bool:
        architecture = self.network.architecture
        return architecture.layers[architecture.place(unit)[0]].activation.coupled

    def truth(self, quantity: Quantity) -> float:
        """The true value."""
        if quantity not in self._truths:
            self._truths[quantity] = self.trace(quantity).value(replace(quantity, sample=None, step=None))
        return self._truths[quantity]

    def definitions(self, quantity: Quantity) -> tuple[Expression, ...]:
        """What a number is made of directly: one formula, or two where a stated identity gives a short form too.

        Empty for what is given: inputs, targets, parameters of the first step, the learning rate; and for sums too
        long to be worked out by hand.
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

    def _define(self, quantity: Quantity) -> list[Expression]:
        of, step = quantity.of, quantity.step or 1
        context = SampleContext(self.trace(quantity))
        numbers = context.trace.numbers
        if quantity.scope is Scope.BATCH and quantity.sample is None and len(numbers) > 1:
            return [Add(tuple(quantity.of_sample(number) for number in numbers))]
        if quantity.is_of_update:
            return self._define_update(context, quantity)
        match quantity.kind:
            case Kind.COST:
                if of:
                    return [definitions.cost_part(context, of[0])]
                return [Add(tuple(Quantity("E", (unit,)) for unit in context.architecture.output_units))]
            case Kind.PRE_ACTIVATION:
                made = definitions.pre_activation(context, of[0])
                return [made] if isinstance(made, Expression) else [made.written] if made.count <= MANY else []
            case Kind.ACTIVATION:
                found = definitions.activation(context, of[0])
                return [] if found is None else [found]
            case Kind.STATISTIC:
                return [definitions.statistic(context, quantity)]
            case Kind.PARAMETER:
                return [Quantity("new", of, None, step - 1)] if step - 1 in self.traces else []
            case Kind.DERIVATIVE:
                return self._derivative(context, quantity)
        return []

    def _define_update(self, context: SampleContext, quantity: Quantity) -> list[Expression]:
        """A number of the update; what the optimiser keeps comes from the step before."""
        step = quantity.step or 1
        if quantity.is_before:
            return [Quantity(quantity.slot, quantity.of, None, step - 1)] if step - 1 in self.traces else []
        if quantity.spans_parameters and self.network.wiring.count > MANY:
            return []
        made = update.define_number(context.trace, quantity)
        return [] if made is None else [made if isinstance(made, Expression) else made.written]

    def _derivative(self, context: SampleContext, quantity: Quantity) -> list[Expression]:
        """One link of the chain rule; of an output's error the short form too."""
        top, by = (replace(each, sample=None, step=None) for each in (quantity.numerator, quantity.denominator))
        long = definitions.derivative(context, top, by)
        short = definitions.short_error(context, by.of[0]) if quantity.is_error else None
        if short is None:
            return [long]
        return [short] if context.saturated else [short, long]

    def inputs(self, quantity: Quantity) -> tuple[tuple[Quantity, ...], ...]:
        """The numbers in each of a quantity's definitions."""
        if quantity not in self._inputs:
            self._inputs[quantity] = tuple(quantities(each) for each in self.definitions(quantity))
        return self._inputs[quantity]

    def is_given(self, quantity: Quantity) -> bool:
        """Whether a number stands in the worksheet: an input, a target, a parameter before the first update, eta."""
        known = quantity.kind in (Kind.PARAMETER, Kind.TARGET, Kind.RATE, Kind.ACTIVATION)
        return known and not self.definitions(quantity)

    def evaluate(self, formula: Expression, pins: Pins = NONE, rules: Rules = NONE, *, short: bool = False) -> float:
        """What a formula is worth in a World of its own."""
        return float(World(self, pins, rules, short=short).evaluate(formula))

    def _bit(self, quantity: Quantity) -> int:
        """A bit of its own for every number met."""
        return 1 << self._bits.setdefault(quantity, len(self._bits))

    def mask(self, some: Iterable[Quantity]) -> int:
        """The bits of some numbers together."""
        mask = 0
        for quantity in some:
            mask |= self._bit(quantity)
        return mask

    def reach(self, quantity: Quantity) -> int:
        """A bit for every number that a number depends on, by any of its definitions."""
        if quantity in self._ancestors:
            return self._ancestors[quantity]
        waiting = [quantity]
        while waiting:
            current = waiting[-1]
            if current in self._ancestors:
                waiting.pop()
                continue
            direct = {each for inputs in self.inputs(current) for each in inputs}
            open_ = [each for each in direct if each not in self._ancestors]
            if open_:
                waiting.extend(open_)
                continue
            mask = self.mask(direct)
            for each in direct:
                mask |= self._ancestors[each]
            self._ancestors[current] = mask
        return self._ancestors[quantity]

    def ancestors(self, quantity: Quantity) -> frozenset[Quantity]:
        """Every number that a number depends on, by any of its definitions."""
        reach = self.reach(quantity)
        return frozenset(each for each, bit in self._bits.items() if reach >> bit & 1)

    def every(self, beside: Quantity) -> Iterator[Quantity]:
        """Every number of the step and sample of another one."""
        step, sample = beside.step or 1, beside.sample if isinstance(beside.sample, int) else None
        network = self.traces[step].network
        alone = sample is not None or len(self.traces[step].numbers) == 1
        for number, layer in enumerate(network.architecture.layers if alone else ()):
            for unit in layer.units:
                for role in ("a", "dE/da") if number == 0 else ("h", "a", "dE/da", "dE/dh", "da/dh"):
                    if role != "da/dh" or not layer.activation.coupled:
                        yield self.normal(Quantity(role, (unit,)), step, sample)
        forms = ("dE/dw", "dJ/dw") if self.training.penalised and sample is None else ("dE/dw",)
        for name in network.wiring.names() if network.wiring.count <= LARGE else ():
            yield from (self.normal(Quantity(form, (name,)), step, sample) for form in forms)
        yield self.normal(COST, step, sample)

    def places(self, step: int, most: int) -> list[Quantity]:
        """Every number of a step, of all its samples and of the batch; none where they are more than `most`."""
        trace = self.traces[step]
        found: dict[Quantity, None] = {}
        for sample in (*trace.numbers, None) if len(trace.network.architecture.layers) <= most else ():
            for quantity in self.every(Quantity("E", (), sample, step)):
                found[quantity] = None
                if len(found) > most:
                    return []
        return list(found)


class World:
    """The numbers of a working where some are pinned and some made by other rules; the rest is true.

    A number may be pinned to an array of candidates; what follows from it are arrays of as many. `short` follows the
    stated identity (delta = a - y) even where numbers of the long way are pinned. What a formula needs is worked out in
    the order in which it depends on each other, so depth is no limit, and kept for the formulas after it.
    """

    def __init__(
        self, graph: Graph, pins: Mapping[Quantity, Any] = NONE, rules: Rules = NONE, *, short: bool = False
    ) -> None:
        self.graph, self.pins, self.rules, self.short = graph, pins, rules, short
        self._changed = graph.mask(pins) | graph.mask(rules)
        self._values: dict[Quantity, Any] = {each: np.asarray(value, dtype=float)[()] for each, value in pins.items()}

    def evaluate(self, formula: Expression) -> Any:
        """What a formula is worth in it."""
        return self._find(formula) if isinstance(formula, Quantity) else evaluate(formula, self._find)

    def _find(self, quantity: Quantity) -> Any:
        """The value of a number, worked out when it is first asked for."""
        if quantity not in self._values and self._is_changed(quantity):
            for each, way in self._affected(quantity):
                self._values[each] = evaluate(way, self._value)
        return self._value(quantity)

    def _value(self, quantity: Quantity) -> Any:
        return self._values[quantity] if quantity in self._values else np.float64(self.graph.truth(quantity))

    def _affected(self, wanted: Quantity) -> list[tuple[Quantity, Expression]]:
        """The numbers that differ from the truth, each after those it is made of, with the definition to follow.

        Where changed rules go round in a circle, the number that closes it counts as true.
        """
        order: list[tuple[Quantity, Expression]] = []
        entered: set[Quantity] = set()
        waiting: list[tuple[Quantity, Expression | None]] = [(wanted, None)]
        while waiting:
            quantity, way = waiting.pop()
            if way is not None:
                order.append((quantity, way))
            elif quantity not in self._values and quantity not in entered and self._is_changed(quantity):
                entered.add(quantity)
                chosen, inputs = self._chosen(quantity)
                waiting.append((quantity, chosen))
                waiting.extend((each, None) for each in reversed(inputs))
        return order

    def _is_changed(self, quantity: Quantity) -> bool:
        return quantity in self.rules or bool(self.graph.reach(quantity) & self._changed)

    def _chosen(self, quantity: Quantity) -> tuple[Expression, tuple[Quantity, ...]]:
        """The definition to follow: the changed rule, else the one whose own inputs are pinned, else the first."""
        if quantity in self.rules:
            return self.rules[quantity], quantities(self.rules[quantity])
        ways = list(zip(self.graph.definitions(quantity), self.graph.inputs(quantity), strict=True))
        if self.short:
            return ways[0]
        return next((way for way in ways[1:] if not self.pins.keys().isdisjoint(way[1])), ways[0])


def traces(
    network: Network,
    x: Array,
    y: Array,
    training: Training,
    wanted: frozenset[int],
    progress: Progress | None = None,
) -> dict[int, Trace]:
    """The traces of the wanted steps, and of the step before each; `progress` is told each step, and the last."""
    last = max(wanted, default=1)
    kept: dict[int, Trace] = {}
    for trace in trace_steps(network, x, y, training):
        if trace.step in wanted or trace.step + 1 in wanted or trace.step == 1:
            kept[trace.step] = trace
        if trace.step >= last:
            return kept
        if progress is not None:
            progress(trace.step, last)
    raise AssertionError("steps never end")
