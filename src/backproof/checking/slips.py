"""What is wrong with a formula: which known mistake makes it out of the true one.

First the formula itself is set right in one or two strokes (another index, a factor more or less, a sign); where that
fails, every mistake is made in every definition behind the quantity, as for a wrong number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from backproof.checking.graph import Graph
from backproof.checking.mistake import every_mistake
from backproof.checking.random_networks import FREE, RandomNetworks, Values, same
from backproof.checking.site import Site
from backproof.errors import BackproofError
from backproof.expression import Expression, quantities, substitute
from backproof.network import Network
from backproof.quantity import Kind, Quantity

#: Networks with more units or parameters than this are not searched.
MOST_UNITS, MOST_PARAMETERS, MOST_SITES = 40, 120, 60


@dataclass(frozen=True)
class Slip:
    """A known mistake that makes a formula out of the true one: its id, and in words what was done."""

    id: str
    says: str


class Remedy(NamedTuple):
    """A slip, and the formula with it taken back (where that is one exchange of letters)."""

    slip: Slip
    repaired: Expression | None = None


class Slips:
    """Looks for the slip in formulas of one network."""

    def __init__(self, network: Network, networks: RandomNetworks) -> None:
        self.network, self.networks = network, networks
        units = sum(map(len, network.units))
        self.searched = units <= MOST_UNITS and network.wiring.count <= MOST_PARAMETERS
        self.known: dict[Quantity, Values] = {}
        rare_first = every_mistake()[::-1]
        self.omitted = {role: each.id for each in rare_first for role in each.omits}
        self.repeated = {role: each.id for each in rare_first for role in each.repeats}

    def find(self, left: Expression, right: Expression) -> list[Remedy]:
        """The slips that make `right` where `left` is true, likeliest first, each id once."""
        if not self.searched:
            return []
        truth, said = self.networks.values(left), self.networks.values(right)
        found: dict[str, Remedy] = {}
        for each in self._all(left, right, truth, said):
            found.setdefault(each.slip.id, each)
        return list(found.values())

    def _all(self, left: Expression, right: Expression, truth: Values, said: Values) -> Iterator[Remedy]:
        strokes = [*self._exchanges(right, truth), *self._factors(truth, said, left)]
        yield from strokes
        subject = left if isinstance(left, Quantity) else None
        yield from self._stand_ins(subject, said, alike=True)
        if not strokes:
            yield from self._two_strokes(right, truth)
        yield from self._stand_ins(subject, said)
        if subject is not None and not strokes:
            yield from self._rewrites(subject, said)

    def name_rewrite(self, left: Quantity, right: Expression) -> str | None:
        """The mistake whose version of the definition of `left` is `right`, word for word; those of a kind first."""
        graph = self.networks.all[0].graph
        subject = graph.normal(left, 1, None)
        found = [
            (not change.kind, mistake.id)
            for formula in graph.definitions(subject)
            for mistake in every_mistake()
            for change in mistake.rewrites(Site(graph, subject, formula))
            if change.formula == substitute(right, lambda node: _normal(graph, node))
        ]
        return min(found, key=lambda each: each[0], default=(True, None))[1]

    def values(self, quantity: Quantity) -> Values:
        """The values of a quantity in the networks."""
        if quantity not in self.known:
            self.known[quantity] = self.networks.values(quantity)
        return self.known[quantity]

    def _exchanges(self, right: Expression, truth: Values) -> Iterator[Remedy]:
        """One letter exchanged for its like."""
        for wrong, meant in self._pairs(right):
            repaired = _exchange(right, wrong, meant)
            if same(self.networks.values(repaired), truth):
                says = f"{wrong.name} was used for {meant.name}"
                yield from (Remedy(Slip(id, says), repaired) for id in self._confusions(wrong, meant))

    def _pairs(self, right: Expression) -> Iterator[tuple[Quantity, Quantity]]:
        for wrong in quantities(right):
            for meant in self._like(wrong):
                yield wrong, meant

    def _like(self, quantity: Quantity) -> Iterator[Quantity]:
        """Other quantities of its kind: units for units, weights for weights, biases for biases."""
        if quantity.form == FREE or not quantity.of:
            return
        name = quantity.of[-1]
        by = quantity.denominator if quantity.is_derivative else quantity
        if by.kind in (Kind.PARAMETER, Kind.NEW, Kind.STEP):
            bias = self.network.is_bias(name)
            others = [each for each in self.network.wiring.names() if self.network.is_bias(each) == bias]
        else:
            layers = range(0 if by.kind is Kind.ACTIVATION else 1, self.network.depth + 1)
            layers = range(self.network.depth, self.network.depth + 1) if quantity.kind is Kind.TARGET else layers
            others = [unit for layer in layers for unit in self.network.units[layer]]
        for other in others:
            if other != name:
                yield replace(quantity, of=(*quantity.of[:-1], other))

    def _confusions(self, wrong: Quantity, meant: Quantity) -> list[str]:
        return [each.id for each in every_mistake() if each.confuses(self.network, wrong, meant)]

    def _factors(self, truth: Values, said: Values, left: Expression | None = None) -> Iterator[Remedy]:
        """A constant factor, a factor left out, or one too many."""
        with np.errstate(all="ignore"):
            missing, extra = truth / said, said / truth
        for mistake in every_mistake():
            for factor in mistake.factors({"outputs": self.network.architecture.output_count}):
                if same(extra, np.full_like(extra, factor.value)):
                    yield Remedy(Slip(mistake.id, factor.says + _alias(left, factor.value)))
        for quantity in self._factors_known():
            shown = f"g'(h[{quantity.of[0]}])" if quantity.is_slope else quantity.name
            if quantity.form in self.omitted and same(missing, self.values(quantity)):
                yield Remedy(Slip(self.omitted[quantity.form], f"{shown} was left out"))
            if quantity.form in self.repeated and same(extra, self.values(quantity)):
                yield Remedy(Slip(self.repeated[quantity.form], f"{shown} is one factor too many"))

    def _factors_known(self) -> Iterator[Quantity]:
        """What may be a factor of a product."""
        network = self.network
        for layer in range(1, network.depth + 1):
            for unit in network.units[layer]:
                if not network.activations[layer - 1].coupled:
                    yield Quantity("da/dh", (unit,))
                yield Quantity("dE/dh", (unit,))
        for names in network.units:
            yield from (Quantity("a", (unit,)) for unit in names)
        yield from (Quantity("w", (name,)) for name in network.wiring.names())
        yield from (Quantity("dE/da", (unit,)) for unit in network.architecture.output_units)
        yield Quantity("eta")

    def _two_strokes(self, right: Expression, truth: Values) -> Iterator[Remedy]:
        """An exchange, and a factor besides."""
        for wrong, meant in self._pairs(right):
            repaired = self.networks.values(_exchange(right, wrong, meant))
            for each in self._factors(truth, repaired):
                for id in self._confusions(wrong, meant):
                    says = f"{each.slip.says}; and {wrong.name} was used for {meant.name}"
                    yield Remedy(Slip(f"{each.slip.id}+{id}", says))
                    return

    def _stand_ins(self, left: Quantity | None, said: Values, alike: bool = False) -> Iterator[Remedy]:
        """The right formula of another quantity; with `alike`, of one of the same kind."""
        graph = self.networks.all[0].graph
        beside = graph.normal(Quantity("E") if left is None else left, 1, None)
        for mistake in every_mistake():
            for each in mistake.stand_ins(graph, beside):
                if alike and (each.quantity.form != beside.form or not each.quantity.is_gradient):
                    continue
                if same(self.values(replace(each.quantity, sample=None, step=None, by_sample=None)), said):
                    yield Remedy(Slip(mistake.id, f"it is the formula of {each.owner}"))
                    break

    def _rewrites(self, left: Quantity, said: Values) -> Iterator[Remedy]:
        """Every mistake in every definition behind the quantity."""
        first = self.networks.all[0].graph
        subject = first.normal(left, 1, None)
        sites = [subject, *sorted(first.ancestors(subject), key=lambda each: each.name)][:MOST_SITES]
        for where in sites:
            for formula in first.definitions(where):
                site = Site(first, where, formula)
                for mistake in every_mistake():
                    for change in mistake.rewrites(site):
                        if self._gives(subject, where, change.formula, said):
                            yield Remedy(Slip(mistake.id, change.says))

    def _gives(self, subject: Quantity, where: Quantity, formula: Expression, said: Values) -> bool:
        """Whether a changed definition leads to what is said, in one each after the other."""
        for each, value in zip(self.networks, said, strict=True):
            try:
                made = each.graph.evaluate(subject, {}, {where: formula})
            except (BackproofError, ArithmeticError):
                return False
            if not np.isfinite(value) or not abs(made - value) <= 1e-9 * max(abs(made), abs(value)) + 1e-14:
                return False
        return True


def _alias(left: Expression | None, factor: float) -> str:
    """Of an error with the other sign: that many texts define it so."""
    if factor != -1 or not isinstance(left, Quantity) or not left.is_error:
        return ""
    return f"; a text that defines the error as -dE/dh needs an alias to -delta[{left.of[-1]}]"


def _normal(graph: Graph, node: Expression) -> Expression | None:
    return graph.normal(node, 1, None) if isinstance(node, Quantity) else None


def _exchange(formula: Expression, wrong: Quantity, meant: Quantity) -> Expression:
    return substitute(formula, lambda node: meant if node == wrong else None)


def without_letters(formula: Expression, letters: dict[str, Expression]) -> Expression:
    """The formula with letters that name nothing exchanged for what they are bound to."""

    def bound(node: Expression) -> Expression | None:
        return letters.get(node.of[0]) if isinstance(node, Quantity) and node.form == FREE else None

    return substitute(formula, bound)
