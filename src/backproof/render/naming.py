"""From a quantity to its symbol: which letter, subscript and superscripts, before any target typesets them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from backproof.expression import Call, Expression, Sum, Value
from backproof.functions import FUNCTIONS
from backproof.labels import Labels
from backproof.quantity import Kind, Quantity, Scope
from backproof.render.notation import COUPLED, MEANINGS, Notation, Symbol


@dataclass(frozen=True)
class Ratio:
    """∂top / ∂bottom"""

    top: Symbol
    bottom: Symbol


@dataclass(frozen=True)
class Slope:
    """g′(at): the derivatives of the activations of a whole layer."""

    function: Symbol
    at: Symbol


Named: TypeAlias = Symbol | Ratio | Slope
Legend: TypeAlias = list[tuple[Symbol, str]]

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Delta": "Δ",
}  # fmt: skip

#: A parameter's name that nobody wrote: w[1][x1,l1.1], of layer 1 from x1 to l1.1.
_MADE_UP = re.compile(r"(\w)\[(\d+)\]\[(.+)\]")
#: A parameter of a named layer: c.weight[0,0,1,2].
_INDEXED = re.compile(r"\w[\w'.]*\[[\d,]+\]")
#: What every sample has in common, so that no sample stands beside it.
_COMMON = (Kind.PARAMETER, Kind.NEW, Kind.STEP, Kind.RATE)


@dataclass(frozen=True)
class Naming:
    """How quantities are named: the notation, the units' labels, and the letter of a running sample, if any."""

    notation: Notation
    labels: Labels
    running: str = ""

    def name(self, quantity: Quantity) -> Named:
        """The symbol of a quantity, or the derivative that it is."""
        if not quantity.is_ratio:
            return self._name_plain(quantity)
        top, bottom = split_ratio(quantity, self.labels)
        if quantity.is_slope and bottom.whole_layer:
            return Slope(Symbol(self.notation.letter("g")), self._name_plain(bottom))
        below = self._name_plain(bottom)
        if top.is_total and self.labels.couples_samples:
            share = self._write_sample(quantity) if bottom.kind is Kind.PARAMETER else ()
            top_alone = replace(self, running="")._name_plain(top)
            return Ratio(top_alone, replace(below, superscripts=(*below.superscripts, *share)))
        return Ratio(self._name_plain(top), below)

    def _name_plain(self, quantity: Quantity) -> Symbol:
        """The symbol of a quantity that is no ratio of differentials."""
        of = quantity.of
        if quantity.whole_layer:
            return self._name_layer(quantity)
        match quantity.kind:
            case Kind.PARAMETER:
                return self._name_parameter(quantity)
            case Kind.NEW:
                symbol = self._name_parameter(quantity)
                return replace(symbol, superscripts=(*symbol.superscripts, "+"))
            case Kind.STEP:
                return replace(self._name_parameter(quantity), before="Δ")
            case Kind.ACTIVATION if of and of[0] in self.labels.inputs:
                symbol = self._own_name(of[0]) or Symbol("in", of[0])
                return replace(symbol, superscripts=self._superscripts(quantity))
        made_up = _MADE_UP.fullmatch(of[0]) if of else None
        place, layer = (made_up[3], (f"[{made_up[2]}]",)) if made_up else (self._subscript(quantity), ())
        subscript = ",".join(part for part in (quantity.number, place) if part)
        before = ("−",) if quantity.is_before else ()
        return Symbol(self._letter(quantity), subscript, (*layer, *self._superscripts(quantity), *before))

    def _letter(self, quantity: Quantity) -> str:
        """The letter of a quantity: its notation's, or the one that the optimiser gives it."""
        own = self.labels.slots.get(quantity.letter)
        return own.letter if own and quantity.kind is Kind.OPTIMISER else self.notation.letter(quantity.letter)

    def _name_layer(self, quantity: Quantity) -> Symbol:
        letter = self.notation.letter(quantity.letter)
        if quantity.kind is Kind.PARAMETER and not quantity.is_bias:
            return Symbol(letter.upper(), quantity.whole_layer, whole=True)
        return Symbol(letter, quantity.whole_layer, self._superscripts(quantity), whole=True)

    def _superscripts(self, quantity: Quantity) -> tuple[str, ...]:
        """The sample and the step, where the quantity has them."""
        step = () if quantity.step is None else (f"(t={quantity.step})",)
        common = quantity.kind in _COMMON or quantity.is_of_batch
        return (*(() if common else self._write_sample(quantity)), *step)

    def _write_sample(self, quantity: Quantity) -> tuple[str, ...]:
        sample = str(quantity.sample) if quantity.sample is not None else self.running
        return (f"({sample})",) if sample else ()

    def _subscript(self, quantity: Quantity) -> str:
        if quantity.kind is Kind.STATISTIC and quantity.of:
            return write_block(quantity)
        return ",".join(self.labels.subscript(part) for name in quantity.of for part in name.split(","))

    def _name_parameter(self, quantity: Quantity) -> Symbol:
        """A parameter: w5 is w with 5, w_H11 is w with H11, w[1][x1,l1.1] is w of layer 1; else its name as a word."""
        if not quantity.of:
            return Symbol(self.notation.letter("w"))
        name = quantity.of[0]
        if made_up := _MADE_UP.fullmatch(name):
            return Symbol(made_up[1], made_up[3], (f"[{made_up[2]}]",))
        if _INDEXED.fullmatch(name):
            return Symbol(name)
        if "," in name:
            return Symbol(self.notation.letter("w"), self._subscript(quantity))
        symbol = self._own_name(name, allowed=frozenset({"w", "b"}))
        return symbol or Symbol(*((name,) if len(name) > 1 else (self.notation.letter("w"), f"({name})")))

    def _own_name(self, name: str, allowed: frozenset[str] = frozenset()) -> Symbol | None:
        """A name as letter and subscript; None where that would read as another quantity's symbol."""
        match = re.fullmatch(r"([A-Za-z]|" + "|".join(GREEK) + r")(?:_(\w+'*)|(\d+'*))?", name)
        if match is None:
            return Symbol(name)
        letter = GREEK.get(match[1], match[1])
        if letter in self.notation.reserved - allowed:
            return None
        return Symbol(letter, match[2] or match[3] or "")


def split_ratio(quantity: Quantity, labels: Labels) -> tuple[Quantity, Quantity]:
    """What is differentiated and with respect to what; where samples are coupled, the cost is that of the batch."""
    top, bottom = quantity.numerator, quantity.denominator
    if top.is_total and labels.couples_samples:
        top = top.of_sample(None)
    return top, bottom


def write_block(statistic: Quantity) -> str:
    """What a statistic is of: in a batch the channel, n[0] of n[0,2,3]; in a sample n[0,2], without the last axis."""
    of_channel = statistic.scope is Scope.STEP
    return re.sub(r"\[(\d+),[\d,]+\]$" if of_channel else r"\[([\d,]+),\d+\]$", r"[\1]", statistic.of[0])


#: What a letter may carry, by the mark that asks for the explanation.
MARKS = {
    "input": (Symbol("x", "j"), "an input stands under its unit's own name"),
    "sample": (Symbol("x", superscripts=("(n)",)), "of sample n"),
    "share": (Symbol("w", superscripts=("(n)",)), "under ∂: the share of sample n, what its own errors bring"),
    "time": (Symbol("x", superscripts=("(t=1)",)), "at step 1"),
    "new": (Symbol("w", superscripts=("+",)), "after the update"),
    "before": (Symbol("w", superscripts=("−",)), "before the update"),
    "step": (Symbol("w", before="Δ"), "what the update adds"),
    "start": (Symbol("η", "0"), "before the schedule"),
    "layer": (Symbol("x", "2", whole=True), "of the whole layer 2, a row for each sample"),
    "prime": (Symbol("g", superscripts=("′",)), "derivative of an activation function"),
    "column_sum": (Symbol("Σ", "n"), "sum over the samples"),
}
#: The marks that stand at a letter of the notation.
_LETTERS = {"prime": "g", "start": "eta"}


def make_legend(formulas: Iterable[Expression], notation: Notation, labels: Labels) -> Legend:
    """Each letter in some formulas with its meaning: quantities, what an optimiser keeps, functions, marks."""
    nodes = {node for formula in formulas for node in _walk(formula) if isinstance(node, Quantity | Sum | Call)}
    used = {use for node in nodes for use in _uses_of(node, labels)}
    meanings = {**MEANINGS, **(COUPLED if ("mark", "batch_cost") in used else {})}
    letters = [(Symbol(notation.letter(key)), meaning) for key, meaning in meanings.items() if ("letter", key) in used]
    kept = {name for what, name in used if what == "slot"}
    slots = [tuple(labels.slots[name]) for name in labels.slots if name in kept]
    slots += [(name, f"{name} that the optimiser keeps for a parameter") for name in sorted(kept - set(labels.slots))]
    functions = [_explain_function(name, labels) for name in _order({name for what, name in used if what == "call"})]
    marks = [
        (replace(symbol, letter=notation.letter(_LETTERS[mark])) if mark in _LETTERS else symbol, meaning)
        for mark, (symbol, meaning) in MARKS.items()
        if ("mark", mark) in used
    ]
    explained = [each for each in functions if each[1]]
    return [*letters, *((Symbol(letter), meaning) for letter, meaning in slots), *explained, *marks]


def _order(names: set[str]) -> list[str]:
    """Functions of one's own first, then those of mathematics."""
    return [*sorted(names - set(FUNCTIONS)), *(name for name in FUNCTIONS if name in names)]


def _explain_function(name: str, labels: Labels) -> tuple[Symbol, str]:
    """A function with what its activation, or mathematics, says of it; nothing where everybody knows it."""
    known = FUNCTIONS.get(name)
    meaning = labels.functions.get(name) or (known.meaning if known else "the function of that name")
    return Symbol(write_function(name)), meaning


def write_function(name: str) -> str:
    """A function as mathematics writes it: ln for log, a Greek letter for its name."""
    known = FUNCTIONS.get(name)
    return known.sign if known and known.sign else GREEK.get(name, name)


def _walk(formula: Expression) -> Iterator[Expression]:
    """All nodes, the general term of a sum among them."""
    yield formula
    inner = (formula.of,) if isinstance(formula, Value) else (formula.body,) if isinstance(formula, Sum) else ()
    for child in (*formula.children, *inner):
        yield from _walk(child)


def _uses_of(node: Expression, labels: Labels) -> Iterator[tuple[str, str]]:
    match node:
        case Quantity():
            yield from _uses_of_quantity(node, labels)
        case Sum(index=index) if index.startswith("n"):
            yield "mark", "sample"
        case Call(function="column_sum"):
            yield "mark", "column_sum"
        case Call(function=function):
            base = function.removesuffix("_prime")
            yield "call", base
            if base != function:
                yield "mark", "prime"


def _uses_of_quantity(quantity: Quantity, labels: Labels) -> Iterator[tuple[str, str]]:
    """The letter of a quantity, or those of the derivative that it is, and the marks that it carries."""
    if quantity.is_ratio:
        top, bottom = split_ratio(quantity, labels)
        if quantity.is_slope and bottom.whole_layer:
            yield from (("letter", "g"), ("mark", "prime"))
        else:
            yield from _uses_of_quantity(top, labels)
        yield from _uses_of_quantity(bottom, labels)
        if labels.couples_samples and top.is_total:
            yield "mark", "batch_cost"
            if bottom.kind is Kind.PARAMETER and quantity.sample is not None:
                yield "mark", "share"
                return
        if quantity.sample is not None:
            yield "mark", "sample"
        return
    if quantity.kind is Kind.OPTIMISER:
        yield "slot", quantity.letter
    elif quantity.kind is Kind.ACTIVATION and quantity.of and quantity.of[0] in labels.inputs:
        yield "mark", "input"
    else:
        yield "letter", "w" if quantity.kind in (Kind.NEW, Kind.STEP) else quantity.letter
    if quantity.sample is not None and quantity.kind not in _COMMON:
        yield "mark", "sample"
    marks = {
        "time": quantity.step is not None,
        "new": quantity.kind is Kind.NEW,
        "step": quantity.kind is Kind.STEP,
        "start": quantity.letter == "eta" and bool(quantity.number),
        "before": quantity.is_before,
        "layer": bool(quantity.whole_layer),
    }
    yield from (("mark", mark) for mark, carried in marks.items() if carried)
