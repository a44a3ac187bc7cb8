"""From a quantity to its symbol: which letter, subscript and superscripts, before any target typesets them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from string import digits
from typing import TypeAlias

from backproof.expression import Call, Expression, Sum, Value
from backproof.labels import Labels
from backproof.quantity import Quantity
from backproof.render.notation import MARKS, UNEXPLAINED, Notation, Symbol


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

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Delta": "Δ",
}  # fmt: skip

_UPDATED = {"new": "+", "old": "−"}
#: A parameter's name that nobody wrote: w[1][x1,l1.1], of layer 1 from x1 to l1.1.
_MADE_UP = re.compile(r"(\w)\[(\d+)\]\[(.+)\]")
#: A parameter of a named layer: c.weight[0,0,1,2].
_INDEXED = re.compile(r"\w[\w']*\.\w+\[[\d,]+\]")
_UNSAMPLED = frozenset({"w", "b", "eta", "g"})


@dataclass(frozen=True)
class Naming:
    """How quantities are named: the notation, the units' labels, and the letter of a running sample, if any."""

    notation: Notation
    labels: Labels
    running: str = ""

    def name(self, quantity: Quantity) -> Named:
        """The symbol of a quantity, or the derivative that it is."""
        top, slash, bottom = quantity.role.partition("/")
        if not slash:
            return self._plain(quantity)
        *owner, by = quantity.of * 2 if quantity.role == "da/dh" and len(quantity.of) == 1 else quantity.of or ("",)
        below = self._plain(replace(quantity, role=bottom.removeprefix("d"), of=(by,) if by else ()))
        if quantity.role == "da/dh" and by.startswith("#"):
            return Slope(Symbol(self.notation.letter("g")), below)
        return Ratio(self._plain(replace(quantity, role=top.removeprefix("d"), of=tuple(owner))), below)

    def _plain(self, quantity: Quantity) -> Symbol:
        """The symbol of a quantity that is no derivative."""
        role, of = quantity.role, quantity.of
        if role in _UPDATED:
            symbol = self._parameter(of)
            return replace(symbol, superscripts=(*symbol.superscripts, _UPDATED[role]))
        if role == "step":
            return replace(self._parameter(of), before="Δ")
        if role == "w":
            return self._parameter(of)
        if role == "a" and of and of[0] in self.labels.inputs:
            symbol = self._own_name(of[0]) or Symbol("in", of[0])
            return replace(symbol, superscripts=self._superscripts(quantity))
        if of and of[0].startswith("#"):
            return Symbol(self.notation.letter(role), of[0][1:], self._superscripts(quantity), whole=True)
        if role.startswith("previous "):
            kept = self._plain(replace(quantity, role=role[9:]))
            return replace(kept, superscripts=(*kept.superscripts, "−"))
        letter, number = self.notation.letter(role), role[len(role.rstrip(digits)) :]
        made_up = _MADE_UP.fullmatch(of[0]) if of else None
        place, layer = (made_up[3], (f"[{made_up[2]}]",)) if made_up else (self._subscript(of), ())
        subscript = ",".join(part for part in (number, place) if part)
        return Symbol(letter, subscript, (*layer, *self._superscripts(quantity)))

    def _superscripts(self, quantity: Quantity) -> tuple[str, ...]:
        """The sample and the step, where the quantity has them."""
        sampled = quantity.role not in _UNSAMPLED
        sample = (str(quantity.sample) if quantity.sample is not None else self.running) if sampled else ""
        step = () if quantity.step is None else (f"(t={quantity.step})",)
        return (*([f"({sample})"] if sample else []), *step)

    def _subscript(self, of: tuple[str, ...]) -> str:
        return ",".join(self.labels.subscript(part) for name in of for part in name.split(","))

    def _parameter(self, of: tuple[str, ...]) -> Symbol:
        """A parameter: w5 is w with 5, w_H11 is w with H11, w[1][x1,l1.1] is w of layer 1; else its name as a word."""
        if not of:
            return Symbol(self.notation.letter("w"))
        name = of[0]
        if name.startswith("#"):
            return Symbol(self.notation.letter("w").upper(), name[1:], whole=True)
        if made_up := _MADE_UP.fullmatch(name):
            return Symbol(made_up[1], made_up[3], (f"[{made_up[2]}]",))
        if _INDEXED.fullmatch(name):
            return Symbol(name)
        if "," in name:
            return Symbol(self.notation.letter("w"), self._subscript(of))
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


def marks(formulas: Iterable[Expression], labels: Labels) -> frozenset[str]:
    """Everything in some formulas that a legend has to explain: roles, and marks such as `sample` and `layer`."""
    return frozenset(mark for formula in formulas for node in _every(formula) for mark in _marks_of(node, labels))


def _every(formula: Expression) -> Iterator[Expression]:
    """All nodes, the general term of a sum among them."""
    yield formula
    inner = (formula.of,) if isinstance(formula, Value) else (formula.body,) if isinstance(formula, Sum) else ()
    for child in (*formula.children, *inner):
        yield from _every(child)


def _marks_of(node: Expression, labels: Labels) -> Iterator[str]:
    match node:
        case Quantity(role=role, of=of, sample=sample, step=step):
            given = role == "a" and bool(of) and of[0] in labels.inputs
            yield "input" if given else role
            if sample is not None and role not in _UNSAMPLED:
                yield "sample"
            if step is not None:
                yield "time"
            if any(name.startswith("#") for name in of):
                yield "layer"
                yield from ("g", "prime") if role == "da/dh" else (role,)
        case Sum(index=index) if index.startswith("n"):
            yield "sample"
        case Call(function=function):
            base = "sigma" if function == "sigmoid" else function.removesuffix("_prime")
            if base not in UNEXPLAINED:
                yield base if base in MARKS else f"{GREEK.get(base, base)}()"
            if function.endswith("_prime"):
                yield "prime"
