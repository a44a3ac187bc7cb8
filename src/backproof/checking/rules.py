"""Slips that are stated once and read twice: in the formulas of a working, and in the arrays of somebody's code.

A link of the chain rule with other factors, a slope that is another function, and a constant factor.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.site import Change, Site, negated, terms
from backproof.expression import Add, Div, Expression, Mul, Number, wrap
from backproof.operations.activation import Activation
from backproof.propagation import Forward
from backproof.quantity import Quantity

#: The links of a pass: what each makes, and what it multiplies before it adds up.
FACTORS = {"h": ("a", "w"), "dE/dh": ("dE/da", "da/dh"), "dE/da": ("dE/dh", "w"), "dE/dw": ("dE/dh", "a")}


class Rule(ABC):
    """Abstract. One slip, read in formulas and in arrays."""

    @property
    def of_any_kind(self) -> bool:
        """Whether code can make it in any kind of layer, not in dense ones alone."""
        return True

    @abstractmethod
    def rewrites(self, site: Site) -> Iterator[Change]:
        """The definition at a site with this slip in it."""

    @abstractmethod
    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        """The slip wherever code can make it."""


@dataclass(frozen=True)
class AlteredLink(Rule):
    """A link of the chain rule with other factors than `FACTORS` has: some left out, twice, or exchanged.

    `says` is the slip in words; `here` the same of one number, in which {of} stands for the unit or parameter at hand
    and {factor} for what is missing.
    """

    link: str
    factors: tuple[str, ...]
    says: str
    here: str
    kind: str = ""

    @property
    def of_any_kind(self) -> bool:
        return self.link == "dE/dh"

    @property
    def missing(self) -> tuple[str, ...]:
        """The factors that are left out; none where others stand in their place."""
        true = FACTORS[self.link]
        return tuple(each for each in true if each not in self.factors) if {*self.factors} <= {*true} else ()

    @property
    def repeated(self) -> tuple[str, ...]:
        """The factors that are there twice."""
        return tuple(each for each in FACTORS[self.link] if self.factors.count(each) > 1)

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.form != self.link or not (site.is_gradient and not site.is_bias if self.link == "dE/dw" else True):
            return
        before = terms(site.formula)
        changed = {at: term for at, each in enumerate(before) if (term := self._altered(site, each)) is not None}
        if changed and not {*self.factors} & {*FACTORS[self.link]}:  # the number itself: there is nothing to add up
            before, changed = before[:1], {0: next(iter(changed.values()))}
        if len(changed) > 1:
            for position, term in changed.items():
                one = (*before[:position], term, *before[position + 1 :])
                yield Change(Add(one), self._words(site, before[position]))
        if changed:
            words = self.says if len(changed) > 1 else self._words(site, before[next(iter(changed))])
            whole = tuple(changed.get(at, each) for at, each in enumerate(before))
            if len(changed) > 1 and self.missing == ("da/dh",):  # of a softmax: its own dE/da alone is left
                whole = (site.number("dE/da", site.quantity.of[0]),)
            yield Change(whole[0] if len(whole) == 1 else Add(whole), words, self.kind)

    def _altered(self, site: Site, term: Expression) -> Expression | None:
        """A term of the link with the altered factors; None where it is no such product."""
        parts = _parts(term)
        if {*parts} != {*FACTORS[self.link]}:
            return None
        others = {
            "a": lambda: site.number("a", parts["dE/dh"].of[0]),
            "h": lambda: site.number("h", parts["a"].of[0]),
            "w": lambda: site.number("w", site.quantity.of[0]),
        }
        factors = tuple(parts[each] if each in parts else others[each]() for each in self.factors)
        return factors[0] if len(factors) == 1 else Mul(factors)

    def _words(self, site: Site, term: Expression) -> str:
        missing = [part.name for form, part in _parts(term).items() if form in self.missing]
        return self.here.format(of=site.quantity.of[-1], factor=" ".join(missing))

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        kinds = {"dE/dh": AlteredError, "dE/da": AlteredSendBack, "dE/dw": AlteredGradients}
        if self.link in kinds:
            upstream = FACTORS[self.link][0]
            for share in code.shares if upstream not in self.factors and self.factors != ("w",) else (1.0,):
                altered = kinds[self.link](self.factors, self.says, share)
                yield from code.everywhere(altered, first=2 if self.link == "dE/da" or "h" in self.factors else 1)


def _parts(term: Expression) -> dict[str, Quantity]:
    """The factors of a product by their forms."""
    factors = term.factors if isinstance(term, Mul) else (term,)
    return {each.form: each for each in factors if isinstance(each, Quantity)} if len(factors) == 2 else {}


class AlteredFactors(AlteredEquations):
    """Abstract. The equations with other factors in one link of the chain rule.

    `share` stands in for the 1/n of a mean over the samples, which comes from upstream and may be put in at the end.
    """

    def __init__(self, factors: tuple[str, ...], says: str, share: float = 1.0) -> None:
        self.factors, self.says, self.share = factors, says, share


class AlteredError(AlteredFactors):
    """delta = dE/da * g'(h) with a factor left out, or g' more than once."""

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        found = da if "dE/da" in self.factors else 0 * da + self.share
        for _ in range(self.factors.count("da/dh")):
            found = super().error(network, passed, layer, found)
        return found

    def output_error(self, network: Architecture, passed: Forward, y: Any, da: Any) -> Any:
        if self.factors[:2] != FACTORS["dE/dh"]:
            return self.error(network, passed, network.depth, da)
        whole = super().output_error(network, passed, y, da)  # which may be a short form
        return super().error(network, passed, network.depth, whole)


class AlteredSendBack(AlteredFactors):
    """dE/da_{l-1} = delta_l W_l^T with a factor left out, or a_l for delta_l."""

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        weights = parameters[f"W{layer}"]
        sent = delta if "dE/dh" in self.factors else self.share * passed.a[layer]
        return (sent @ (weights if "w" in self.factors else 0 * weights + 1).T,)


class AlteredGradients(AlteredFactors):
    """dE/dW_l = a_{l-1}^T delta_l with a factor left out, or h or W for a; the biases are as they should be."""

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        a = passed.h[layer - 1] if "h" in self.factors else passed.a[layer - 1]
        received = a if {"a", "h"} & {*self.factors} else 0 * a + 1
        errors = delta if "dE/dh" in self.factors else 0 * delta + self.share
        if self.factors == ("w",):  # of no sample, so nothing is summed
            received, errors = received[:1], errors[:1]
        weights = parameters[f"W{layer}"] if "w" in self.factors else 1
        return weights * (received.T @ errors), delta.sum(0)


class Arguments(NamedTuple):
    """What a slope may be taken of: h, a and dE/da of the units, and y (None but at the outputs)."""

    h: Any
    a: Any
    da: Any
    y: Any = None


@dataclass(frozen=True)
class AlteredSlope(Rule):
    """Another function where g'(h) belongs, written once for numbers and formulas; {of} is in `here` as above."""

    slope: Callable[[Any, Arguments], Any]
    says: str
    here: str
    kind: str = ""
    applies: Callable[[Activation], bool] = lambda activation: not activation.coupled
    at_output: bool = False

    def rewrites(self, site: Site) -> Iterator[Change]:
        of = site.quantity.of
        if not site.quantity.is_slope or len(of) != 1 or (self.at_output and site.is_hidden):
            return
        activation = site.network.activations[site.layer - 1]
        if self.applies(activation):
            y = None if site.is_hidden else site.number("y", of[0])
            numbers = Arguments(site.number("h", of[0]), site.number("a", of[0]), site.number("dE/da", of[0]), y)
            words = self.here.format(of=of[0], activation=activation.name)
            yield Change(wrap(self.slope(activation, numbers)), words, self.kind)

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        altered = _WithSlope(self, code.y)
        yield from [code.output(altered)] if self.at_output else code.everywhere(altered)


class _WithSlope(AlteredEquations):
    """delta = dE/da * another slope than g'(h)."""

    def __init__(self, rule: AlteredSlope, y: Any) -> None:
        self.rule, self.y, self.says = rule, y, rule.says

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        activation = network.activations[layer - 1]
        if not self.rule.applies(activation):
            return super().error(network, passed, layer, da)
        return da * self.rule.slope(activation, Arguments(passed.h[layer], passed.a[layer], da, self.y))


@dataclass(frozen=True)
class ConstantFactor(Rule):
    """A number of some forms (empty: of any) multiplied by a constant; {of} in `here` is that number's name."""

    value: float
    says: str
    made: tuple[str, ...]
    kind: str = ""
    here: str = ""

    def rewrites(self, site: Site) -> Iterator[Change]:
        if not self.made or site.form in self.made:
            name = "the product" if site.quantity.is_product else site.quantity.name
            yield Change(self._times(site.formula), (self.here or self.says).format(of=name), self.kind)

    def _times(self, formula: Expression) -> Expression:
        if self.value == -1:
            return negated(formula)
        return Number(self.value) * formula if self.value > 1 else Div(formula, Number(round(1 / self.value)))

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from code.times(self.value, self.says)
