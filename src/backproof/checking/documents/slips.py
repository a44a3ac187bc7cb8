"""What is wrong with a formula: which known mistake makes it out of the true one.

First the formula itself is set right in one or two strokes (another index, a factor more or less, a sign); where that
fails, every mistake is made in every definition behind the quantity, as for a wrong number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from backproof.checking.documents.model import Slip
from backproof.checking.documents.nodes import FREE
from backproof.checking.documents.random_networks import RandomNetworks, Values, same
from backproof.checking.mistake import Site, every_mistake
from backproof.errors import BackproofError
from backproof.expression import Expression, quantities, substitute
from backproof.network import Network
from backproof.quantity import Quantity

#: Networks with more units or parameters than this are not searched.
MOST_UNITS, MOST_PARAMETERS, MOST_SITES = 40, 120, 60


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
        strokes = [*self._exchanges(right, truth), *self._factors(truth, said)]
        if isinstance(left, Quantity) and left.role in ("delta", "dE/dh"):
            strokes = [_signed(each, left) for each in strokes]
        yield from strokes
        if not strokes:
            yield from self._two_strokes(right, truth)
        subject = left if isinstance(left, Quantity) else None
        yield from self._label(subject, said)
        if subject is not None and not strokes:
            yield from self._rewrites(subject, said)

    def values(self, quantity: Quantity) -> Values:
        """The values of a quantity in the networks."""
        if quantity not in self.known:
            self.known[quantity] = self.networks.values(quantity)
        return self.known[quantity]

    def _exchanges(self, right: Expression, truth: Values) -> Iterator[Remedy]:
        """One letter exchanged for its like."""
        for wrong, meant in self._pairs(right):
            repaired = _exchanged(right, wrong, meant)
            if same(self.networks.values(repaired), truth):
                yield Remedy(Slip(self._exchange_id(wrong, meant), f"{wrong.name} was used for {meant.name}"), repaired)

    def _pairs(self, right: Expression) -> Iterator[tuple[Quantity, Quantity]]:
        for wrong in quantities(right):
            for meant in self._like(wrong):
                yield wrong, meant

    def _like(self, quantity: Quantity) -> Iterator[Quantity]:
        """Other quantities of its kind: units for units, weights for weights, biases for biases."""
        if quantity.role in (FREE, "E", "eta") or not quantity.of:
            return
        name = quantity.of[-1]
        if quantity.role in ("w", "new", "step") or quantity.role.endswith("dw"):
            bias = self.network.is_bias(name)
            others = [each for each in self.network.wiring.names() if self.network.is_bias(each) == bias]
        else:
            layers = range(0 if quantity.role in ("a", "dE/da") else 1, self.network.depth + 1)
            layers = range(self.network.depth, self.network.depth + 1) if quantity.role == "y" else layers
            others = [unit for layer in layers for unit in self.network.units[layer]]
        for other in others:
            if other != name:
                yield Quantity(quantity.role, (*quantity.of[:-1], other))

    def _exchange_id(self, wrong: Quantity, meant: Quantity) -> str:
        if wrong.role == "a" and self.network.place(wrong.of[0])[0] != self.network.place(meant.of[0])[0]:
            return "wrong_layer_activation"
        return "wrong_index"

    def _factors(self, truth: Values, said: Values) -> Iterator[Remedy]:
        """A factor left out, a slope too many, a sign, a 2."""
        with np.errstate(all="ignore"):
            missing, extra = truth / said, said / truth
        if same(missing, np.full_like(missing, -1.0)):
            yield Remedy(Slip("sign_flipped", "the sign is the opposite one"))
        for factor, words in ((2.0, "a factor 2 was left out"), (0.5, "there is a factor 2 too many")):
            if same(missing, np.full_like(missing, factor)):
                yield Remedy(Slip("factor_2_or_half", words))
        for quantity, id in self._candidates():
            shown = f"g'(h[{quantity.of[0]}])" if quantity.role == "da/dh" else quantity.name
            if same(missing, self.values(quantity)):
                yield Remedy(Slip(id, f"{shown} was left out"))
            if quantity.role == "da/dh" and same(extra, self.values(quantity)):
                yield Remedy(Slip("sigma_prime_applied_twice", f"{shown} is one factor too many"))

    def _candidates(self) -> Iterator[tuple[Quantity, str]]:
        """What may be left out of a product, and the mistake that this is."""
        network = self.network
        for layer in range(1, network.depth + 1):
            for unit in network.units[layer]:
                if not network.activations[layer - 1].coupled:
                    yield Quantity("da/dh", (unit,)), "sigma_prime_omitted"
                yield Quantity("dE/dh", (unit,)), "upstream_gradient_dropped"
        for names in network.units:
            yield from ((Quantity("a", (unit,)), "input_activation_omitted") for unit in names)
        for name in network.wiring.names():
            yield Quantity("w", (name,)), "path_weight_omitted"
        for unit in network.units[-1]:
            yield Quantity("dE/da", (unit,)), "upstream_gradient_dropped"
        yield Quantity("eta"), "learning_rate_omitted"

    def _two_strokes(self, right: Expression, truth: Values) -> Iterator[Remedy]:
        """An exchange, and a factor besides."""
        for wrong, meant in self._pairs(right):
            repaired = self.networks.values(_exchanged(right, wrong, meant))
            for each in self._factors(truth, repaired):
                both = f"{each.slip.id}+{self._exchange_id(wrong, meant)}"
                yield Remedy(Slip(both, f"{each.slip.says}; and {wrong.name} was used for {meant.name}"))
                return

    def _label(self, left: Quantity | None, said: Values) -> Iterator[Remedy]:
        """The right formula of another quantity."""
        graph = self.networks.all[0].graph
        beside = graph.normal(Quantity("E") if left is None else left, 1, None)
        for each in graph.every(beside):
            other = Quantity(each.role, each.of)
            if other != left and same(self.values(other), said):
                yield Remedy(Slip("label_mixup", f"it is the formula of {other.name}"))
                return

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


def _signed(remedy: Remedy, left: Quantity) -> Remedy:
    """Of an error with the other sign: that many texts define it so."""
    if remedy.slip.id != "sign_flipped":
        return remedy
    says = f"{remedy.slip.says}; a text that defines the error as -dE/dh needs an alias to -delta[{left.of[-1]}]"
    return Remedy(Slip(remedy.slip.id, says))


def _exchanged(formula: Expression, wrong: Quantity, meant: Quantity) -> Expression:
    return substitute(formula, lambda node: meant if node == wrong else None)


def without_letters(formula: Expression, letters: dict[str, Expression]) -> Expression:
    """The formula with letters that name nothing exchanged for what they are bound to."""

    def bound(node: Expression) -> Expression | None:
        return letters.get(node.of[0]) if isinstance(node, Quantity) and node.role == FREE else None

    return substitute(formula, bound)
