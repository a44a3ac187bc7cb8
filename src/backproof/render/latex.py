r"""Formulas as LaTeX for TeX itself, MathJax and KaTeX: only \mathrm names, and breakable at outer + and \cdot.

No command is punctuation (`\thinspace`, not `\,`): Markdown would take its backslash away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from backproof.expression import Div, Expression, Neg, Number, Pow, Value
from backproof.render.characters import ascii_only, one_line
from backproof.render.latex_names import LETTERS, name, write_letter
from backproof.render.naming import Named, Ratio, Slope
from backproof.render.notation import Symbol
from backproof.render.printer import Level, Piece, Printer

#: Number of characters beyond which a fraction or an exponent is written on the line, where TeX can break it.
LONG = 44
_FUNCTIONS = {
    "log": r"\ln", "sigmoid": r"\sigma", "maximum": r"\max", "minimum": r"\min", "arctan": r"\arctan",
    "row_sum": r"\operatorname{rowsum}",
    "tanh": r"\tanh", "sin": r"\sin", "cos": r"\cos", "sinh": r"\sinh", "cosh": r"\cosh",
}  # fmt: skip
#: Between the parts of a subscript; the commas inside [0,1,2] belong to one name.
_COMMA = re.compile(r",(?![^\[\]]*\])")
_SIGNS = {"<=": r"\le", ">=": r"\ge"}


@final
@dataclass(frozen=True)
class LatexPrinter(Printer):
    """Prints formulas as LaTeX; `breakable` colours long marked parts, which a box would hold on one line."""

    breakable: bool = False

    def equal(self, left: str, right: str) -> str:
        return f"{left} = {right}".lstrip()

    def parentheses(self, text: str) -> str:
        size = "bigg" if r"\begin" in text else "Big" if r"\frac" in text or r"\sum" in text else ""
        return rf"\{size}l({text}\{size}r)" if size else f"({text})"

    def decimal(self, digits: str) -> str:
        return {"inf": r"\infty", "nan": r"\mathrm{NaN}"}.get(digits, digits)

    def scientific(self, digits: str, exponent: int) -> str:
        power = f"10^{{{exponent}}}"
        return power if digits == "1" else rf"{{{digits} \times {power}}}"

    def named(self, name: Named) -> Piece:
        match name:
            case Ratio(top=top, bottom=bottom):
                return Piece(rf"\frac{{\partial {self.letter(top)}}}{{\partial {self.letter(bottom)}}}", Level.FACTOR)
            case Slope(function=function, at=at):
                return Piece(f"{self.letter(function)}'({self.letter(at)})", Level.POWER)
        return self.symbol(name)

    def symbol(self, symbol: Symbol) -> Piece:
        text = self._letter(symbol)
        if symbol.subscript:
            text += f"_{_braced(','.join(map(name, _COMMA.split(symbol.subscript))))}"
        if symbol.superscripts:
            text += f"^{_braced(','.join(map(_raised, symbol.superscripts)))}"
        before = rf"\{symbol.before and 'Delta'} " if symbol.before else ""
        return Piece(before + text, Level.POWER if symbol.superscripts or symbol.before else Level.ATOM)

    def _letter(self, symbol: Symbol) -> str:
        letter = write_letter(symbol.letter)
        if not symbol.whole:
            return letter
        return rf"\boldsymbol{{{letter}}}" if symbol.letter in LETTERS else rf"\mathbf{{{letter}}}"

    def minus(self, text: str) -> str:
        return f"-{text}"

    def sum(self, terms: Sequence[tuple[str, str]]) -> str:
        return "".join(f" {sign} {text}" if sign else text for sign, text in terms)

    def product(self, texts: Sequence[str], factors: Sequence[Expression]) -> str:
        written = texts[0]
        for left, right, text in zip(factors, factors[1:], texts[1:], strict=False):
            written += (
                r" \thinspace " if is_coefficient(left) and not starts_with_number(right) else r" \cdot "
            ) + text
        return written

    def stacked(self, top: Expression, bottom: Expression) -> str | None:
        above, below = self.formula(top), self.formula(bottom)
        if max(length(above), length(below)) > LONG:
            return None
        return rf"\frac{{{above}}}{{{below}}}"

    def over(self, top: str, bottom: str) -> str:
        return f"{top} / {bottom}"

    def power(self, base: str, exponent: Expression) -> str:
        return f"{base}^{_braced(self.formula(exponent))}"

    def exponential(self, x: Expression) -> str:
        text = self.formula(x)
        return rf"\exp({text})" if length(text) > LONG else f"e^{{{text}}}"

    def root(self, x: Expression) -> str:
        text = self.formula(x)
        return rf"({text})^{{1/2}}" if length(text) > LONG else rf"\sqrt{{{text}}}"

    def absolute(self, text: str) -> str:
        return rf"\lvert {text} \rvert"

    def call(self, function: str, arguments: Sequence[str], *, prime: bool) -> str:
        written = LETTERS.get(function) or _FUNCTIONS.get(function) or _operator(function)
        return written + ("'" if prime else "") + self.parentheses(", ".join(arguments))

    def transpose(self, text: str) -> str:
        return rf"{text}^{{\mathsf{{T}}}}"

    def matmul(self, left: str, right: str) -> str:
        return rf"{left} \thinspace {right}"

    def hadamard(self, left: str, right: str) -> str:
        return rf"{left} \odot {right}"

    def compare(self, sign: str, left: str, right: str) -> str:
        return f"{left} {_SIGNS.get(sign, sign)} {right}"

    def where(self, condition: str, then: str, otherwise: str) -> str:
        return rf"\begin{{cases}} {then} & \text{{if }} {condition} \cr {otherwise} & \text{{otherwise}} \end{{cases}}"

    def sigma(self, letter: str, first: str, last: str, body: str) -> str:
        bounds = f"_{{{name(letter)}={first}}}^{{{last}}}" if first else f"_{{{name(letter)}}}"
        return rf"\sum{bounds} {body}"

    def rest(self, count: int, value: str) -> str:
        return rf"\cdots \thinspace (\text{{{count} more {'term' if count == 1 else 'terms'}: }} {value})"

    def marked(self, text: str) -> str:
        if self.breakable and length(text) > LONG // 2:
            return rf"\begingroup\color{{marked}} {text} \endgroup"
        return rf"\boxed{{{text}}}"

    def derivative(self, body: str, by: str) -> str:
        size = "Big" if r"\frac" in body else "big"
        return rf"\frac{{\partial}}{{\partial {by}}} \{size}l[ {body} \{size}r]"


def is_coefficient(node: Expression) -> bool:
    """Whether a factor is a plain constant, after which no dot is needed: 2 x, 1/2 (y - a)^2."""
    constant = isinstance(node, Number) and node.value >= 0
    return constant or (isinstance(node, Div) and isinstance(node.top, Number) and isinstance(node.bottom, Number))


def starts_with_number(node: Expression) -> bool:
    """Whether a factor begins with a digit or sign, so that a dot must stand before it."""
    if isinstance(node, Pow | Div):
        return starts_with_number(node.children[0])
    return isinstance(node, Number | Value | Neg)


def length(text: str) -> int:
    """About how many characters of a line some LaTeX takes up; of a fraction, both levels."""
    plain = re.sub(r"\\(?:big|Big|bigg)?[lr](?=[(\[)\]])|\\(?:mathrm|mathbf|text|boldsymbol|frac|boxed)", "", text)
    return len(re.sub(r"[{}_^\\ ]", "", re.sub(r"\\[a-zA-Z]+", "xx", one_line(plain))))


def _raised(text: str) -> str:
    return r"\prime" if text == "′" else ascii_only(text)


def _operator(function: str) -> str:
    return rf"\operatorname{{{name(function).removeprefix(chr(92) + 'mathrm{').removesuffix('}')}}}"


def _braced(text: str) -> str:
    return text if len(text) == 1 else f"{{{text}}}"
