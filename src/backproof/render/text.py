"""Formulas on one line of text: Unicode as on a blackboard, or plain ASCII in the manner of Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from backproof.expression import Expression, Number
from backproof.operations.registry import HAT
from backproof.render.characters import BOLD, SUBSCRIPTS, SUPERSCRIPTS, ascii_only, lowered, raised
from backproof.render.naming import Named, Ratio, Slope, write_function
from backproof.render.notation import Symbol
from backproof.render.printer import Level, Piece, Printer

_SIGNS = {"<=": "≤", ">=": "≥"}


@final
@dataclass(frozen=True)
class TextPrinter(Printer):
    """Prints formulas as lines of text; `ascii` for plain characters, `color` for ANSI colours on marked parts."""

    ascii: bool = False
    color: bool = False

    def equal(self, left: str, right: str) -> str:
        return f"{left} = {right}".lstrip()

    def parentheses(self, text: str) -> str:
        return f"({text})"

    def decimal(self, digits: str) -> str:
        return digits if self.ascii else {"inf": "∞", "nan": "NaN"}.get(digits, digits)

    def scientific(self, digits: str, exponent: int) -> str:
        if self.ascii:
            return f"{digits}e{exponent}"
        power = f"10{raised(str(exponent))}"
        return power if digits == "1" else f"{digits}×{power}"

    def named(self, name: Named) -> Piece:
        match name:
            case Ratio(top=top, bottom=bottom):
                d = "d" if self.ascii else "∂"
                return Piece(f"{d}{self._glued(top)}/{d}{self._glued(bottom)}", Level.FACTOR)
            case Slope(function=function, at=at):
                return Piece(f"{self.letter(function)}{self._prime}({self.letter(at)})", Level.POWER)
        return self.symbol(name)

    def _glued(self, symbol: Symbol) -> str:
        """A symbol beside a ∂; in parentheses where it has several parts."""
        text = self.letter(symbol)
        return f"({text})" if " " in text else text

    def symbol(self, symbol: Symbol) -> Piece:
        text = self._before(symbol) + self._letter(symbol) + self._subscript(symbol.subscript)
        text += "".join(map(self._superscript, symbol.superscripts))
        return Piece(text, Level.POWER if symbol.superscripts or symbol.before else Level.ATOM)

    def _before(self, symbol: Symbol) -> str:
        return symbol.before and self._either("Δ", "Delta ")

    def _letter(self, symbol: Symbol) -> str:
        if not self.ascii:
            return BOLD.get(symbol.letter, symbol.letter) if symbol.whole else symbol.letter
        letter = ascii_only(symbol.letter.replace(HAT, "hat"))
        return letter[0].upper() + letter[1:] if symbol.whole else letter

    def _subscript(self, text: str) -> str:
        if not text:
            return ""
        if not self.ascii and all(character in SUBSCRIPTS for character in text):
            return lowered(text)
        plain = ascii_only(text) if self.ascii else text
        return f"_{plain}" if re.fullmatch(r"[\w.']+", plain) else f"_{{{plain}}}"

    def _superscript(self, text: str) -> str:
        if not self.ascii and all(character in SUPERSCRIPTS for character in text):
            return raised(text)
        plain = ascii_only(text) if self.ascii else text
        return f"^{plain}" if plain[0] in "([+-−" else f"^({plain})"

    def _either(self, pretty: str, plain: str) -> str:
        return plain if self.ascii else pretty

    def minus(self, text: str) -> str:
        return self._either("−", "-") + text

    def sum(self, terms: Sequence[tuple[str, str]]) -> str:
        signs = {"": "", "+": " + ", "-": self._either(" − ", " - ")}
        return "".join(signs[sign] + text for sign, text in terms)

    def product(self, texts: Sequence[str], factors: Sequence[Expression]) -> str:
        return self._either(" · ", " * ").join(texts)

    def over(self, top: str, bottom: str) -> str:
        return f"{top}/{bottom}" if top.isdecimal() and bottom.isdecimal() else f"{top} / {bottom}"

    def power(self, base: str, exponent: Expression) -> str:
        if self.ascii:
            return f"{base}**{self.fit(exponent, Level.ATOM)}"
        whole = isinstance(exponent, Number) and exponent.value == int(exponent.value)
        text = self.formula(exponent)
        return base + raised(text) if whole and text.isdigit() else f"{base}^{self.fit(exponent, Level.ATOM)}"

    def exponential(self, x: Expression) -> str:
        return f"exp({self.formula(x)})" if self.ascii else f"e^{self._exponent(x)}"

    def _exponent(self, x: Expression) -> str:
        """An exponent in parentheses, unless it is one symbol."""
        return self.fit(x, Level.ATOM)

    def root(self, x: Expression) -> str:
        return f"{self._either('√', 'sqrt')}({self.formula(x)})"

    def absolute(self, text: str) -> str:
        return f"abs({text})" if self.ascii else f"|{text}|"

    def call(self, function: str, arguments: Sequence[str], *, prime: bool) -> str:
        name = ascii_only(function) if self.ascii else write_function(function)
        return f"{name}{self._prime if prime else ''}({', '.join(arguments)})"

    @property
    def _prime(self) -> str:
        return self._either("′", "'")

    def transpose(self, text: str) -> str:
        return text + self._either("ᵀ", ".T")

    def matmul(self, left: str, right: str) -> str:
        return left + self._either(" ", " @ ") + right

    def hadamard(self, left: str, right: str) -> str:
        return left + self._either(" ⊙ ", " * ") + right

    def compare(self, sign: str, left: str, right: str) -> str:
        return f"{left} {sign if self.ascii else _SIGNS.get(sign, sign)} {right}"

    def where(self, condition: str, then: str, otherwise: str) -> str:
        return f"{then} if {condition} else {otherwise}"

    def sigma(self, letter: str, first: str, last: str, body: str) -> str:
        bounds = f"{letter}={first}..{last}" if first else letter
        return f"sum[{bounds}]({body})" if self.ascii else f"Σ[{bounds}] {body}"

    def rest(self, count: int, value: str) -> str:
        return f"{self._either('…', '...')} ({count} more {'term' if count == 1 else 'terms'}: {value})"

    def marked(self, text: str) -> str:
        if self.color:
            return f"\x1b[1;33m{text}\x1b[0m"
        return f"[[{text}]]" if self.ascii else f"‹{text}›"

    def derivative(self, body: str, by: str) -> str:
        d = self._either("∂", "d")
        return f"{d}/{d}{by}[{body}]"
