"""Formulas as MathML, which browsers set by themselves; symbols lead to their own derivations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from typing import final

from backproof.expression import Add, Expression, Mul, Neg
from backproof.quantity import Quantity
from backproof.render.characters import one_line
from backproof.render.latex import is_coefficient, starts_with_number
from backproof.render.naming import Named, Ratio, Slope, write_function
from backproof.render.notation import Symbol
from backproof.render.printer import Level, Piece, Printer
from backproof.render.text import TextPrinter

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
#: Number of terms of a sum, and of factors of a product, from which it may be broken between them.
MANY, MANY_FACTORS = 4, 3
_SIGNS = {"<=": "≤", ">=": "≥"}
_TALL = ("<mfrac", "<munder", "<mtable", "<msqrt")
_SPACE = '<mspace width="0.17em"></mspace>'


def _nowhere(quantity: Quantity) -> str:
    return ""


@final
@dataclass(frozen=True)
class MathMLPrinter(Printer):
    """Prints formulas as MathML; `target` gives the anchor of a quantity's derivation, or nothing.

    `attributes` gives, as HTML, what the element of a symbol or of a number put in carries, or nothing.
    """

    target: Callable[[Quantity], str] = _nowhere
    attributes: Callable[[Quantity], str] = _nowhere

    def math(self, text: str, alternative: str, *, display: bool = False) -> str:
        """A whole formula, with the words that stand for it where no formula can be shown."""
        style = ' displaystyle="true"' if display else ""
        return f'<math xmlns="{NAMESPACE}"{style} alttext="{_safe(alternative)}"><mrow>{text}</mrow></math>'

    def inline(self, expression: Expression) -> str:
        """A formula within a sentence."""
        return self.math(self.formula(expression), self.words.formula(expression))

    @property
    def words(self) -> TextPrinter:
        """The printer of what stands for a formula."""
        return TextPrinter(self.notation, self.labels, self.digits, self.running)

    def linking(self, target: Callable[[Quantity], str]) -> MathMLPrinter:
        """The same printer, its symbols leading where `target` says."""
        return replace(self, target=target)

    def breakable(self, right: Expression) -> list[tuple[str, str]]:
        """= right, in parts between which a page may break the line, each with its words: long sums and products."""
        factors = _list_factors(right)
        if len(factors) >= MANY_FACTORS and not any(isinstance(each, Neg) or is_coefficient(each) for each in factors):
            printed = zip(self.factors(factors), self.words.factors(factors), strict=True)
            return [_part("·" if number else "=", *each) for number, each in enumerate(printed)]
        if not isinstance(right, Add) or len(right.terms) < MANY:
            return [(self.equal("", self.formula(right)), self.words.equal("", self.words.formula(right)))]
        signs = {"": "=", "+": "+", "-": "−"}
        terms = zip(self.terms(right.terms), self.words.terms(right.terms), strict=True)
        return [_part(signs[sign], text, words) for (sign, text), (_, words) in terms]

    def linked(self, text: str, quantity: Quantity) -> str:
        anchor, carried = self.target(quantity), self.attributes(quantity)
        if carried:
            return f"<mrow {carried}>{text}</mrow>"
        if not anchor:
            return text
        inner = f'<math xmlns="{NAMESPACE}"><mrow>{text}</mrow></math>'
        # in an <mn>: an <mtext> counts as space, and an operator beside nothing but space loses its own
        return f'<mn><a xmlns="http://www.w3.org/1999/xhtml" href="#{_safe(anchor)}">{inner}</a></mn>'

    def put_in(self, text: str, of: Quantity) -> str:
        return self.linked(text, of)

    def equal(self, left: str, right: str) -> str:
        return f"{left}{_operator('=')}{right}"

    def parentheses(self, text: str) -> str:
        return _enclosed("(", text, ")")

    def decimal(self, digits: str) -> str:
        return f"<mn>{ {'inf': '∞', 'nan': 'NaN'}.get(digits, digits) }</mn>"

    def scientific(self, digits: str, exponent: int) -> str:
        power = f"<msup><mn>10</mn>{_row(self._integer(exponent))}</msup>"
        return power if digits == "1" else f"<mn>{digits}</mn>{_operator('×')}{power}"

    def _integer(self, number: int) -> str:
        return f"<mo>−</mo><mn>{-number}</mn>" if number < 0 else f"<mn>{number}</mn>"

    def named(self, name: Named) -> Piece:
        match name:
            case Ratio(top=top, bottom=bottom):
                above, below = (_row(f"<mo>∂</mo>{self.letter(symbol)}") for symbol in (top, bottom))
                return Piece(f"<mfrac>{above}{below}</mfrac>", Level.FACTOR)
            case Slope(function=function, at=at):
                slope = f"<msup>{self.letter(function)}<mo>′</mo></msup>"
                return Piece(slope + self.parentheses(self.letter(at)), Level.POWER)
        return self.symbol(name)

    def symbol(self, symbol: Symbol) -> Piece:
        text = _scripts(self._letter(symbol), symbol.subscript, ",".join(symbol.superscripts))
        before = f"<mi>{symbol.before}</mi>" if symbol.before else ""
        level = Level.POWER if symbol.superscripts or before else Level.ATOM
        return Piece(_row(before + text) if before else text, level)

    def _letter(self, symbol: Symbol) -> str:
        whole = ' mathvariant="normal" class="whole"' if symbol.whole else ""
        return f"<mi{whole}>{_safe(symbol.letter)}</mi>"

    def minus(self, text: str) -> str:
        return f'<mo form="prefix">−</mo>{text}'

    def sum(self, terms: Sequence[tuple[str, str]]) -> str:
        return "".join((_operator(sign.replace("-", "−")) if sign else "") + text for sign, text in terms)

    def product(self, texts: Sequence[str], factors: Sequence[Expression]) -> str:
        written = texts[0]
        for left, right, text in zip(factors, factors[1:], texts[1:], strict=False):
            bare = is_coefficient(left) and not starts_with_number(right)
            written += (_SPACE if bare else _operator("·")) + text
        return written

    def stacked(self, top: Expression, bottom: Expression) -> str | None:
        return f"<mfrac>{_row(self.formula(top))}{_row(self.formula(bottom))}</mfrac>"

    def over(self, top: str, bottom: str) -> str:
        return f"{top}{_operator('/')}{bottom}"

    def power(self, base: str, exponent: Expression) -> str:
        return f"<msup>{_row(base)}{_row(self._plain(exponent))}</msup>"

    def exponential(self, x: Expression) -> str:
        return f"<msup><mi>e</mi>{_row(self._plain(x))}</msup>"

    def _plain(self, exponent: Expression) -> str:
        """An exponent, without links: they are too small to hit."""
        return replace(self, target=_nowhere).formula(exponent)

    def root(self, x: Expression) -> str:
        return f"<msqrt>{_row(self.formula(x))}</msqrt>"

    def absolute(self, text: str) -> str:
        return _enclosed("|", text, "|")

    def call(self, function: str, arguments: Sequence[str], *, prime: bool) -> str:
        name = f"<mi>{_safe(write_function(function))}</mi>"
        inside = self.parentheses("<mo>,</mo>".join(arguments))
        return (f"<msup>{name}<mo>′</mo></msup>" if prime else name) + inside

    def transpose(self, text: str) -> str:
        return f'<msup>{_row(text)}<mi mathvariant="normal">T</mi></msup>'

    def matmul(self, left: str, right: str) -> str:
        return left + _SPACE + right

    def hadamard(self, left: str, right: str) -> str:
        return left + _operator("⊙") + right

    def compare(self, sign: str, left: str, right: str) -> str:
        return left + _operator(_safe(_SIGNS.get(sign, sign))) + right

    def where(self, condition: str, then: str, otherwise: str) -> str:
        rows = (then, f"<mtext>if&#160;</mtext>{condition}"), (otherwise, "<mtext>otherwise</mtext>")
        table = "".join(f"<mtr><mtd>{_row(value)}</mtd><mtd>{_row(when)}</mtd></mtr>" for value, when in rows)
        return _enclosed("{", f'<mtable class="cases">{table}</mtable>', "")

    def sigma(self, letter: str, first: str, last: str, body: str) -> str:
        under = f"<mi>{_safe(letter)}</mi>" + (f"<mo>=</mo><mn>{_safe(first)}</mn>" if first else "")
        sign = '<mo largeop="true" movablelimits="false">∑</mo>'
        if not last:
            return f"<munder>{sign}{_row(under)}</munder>{body}"
        return f"<munderover>{sign}{_row(under)}<mn>{_safe(last)}</mn></munderover>{body}"

    def rest(self, count: int, value: str) -> str:
        terms = "term" if count == 1 else "terms"
        return f"<mo>…</mo><mtext>&#160;({count} more {terms}:&#160;</mtext>{value}<mtext>)</mtext>"

    def marked(self, text: str) -> str:
        return f'<mrow class="marked">{text}</mrow>'

    def derivative(self, body: str, by: str) -> str:
        fraction = f"<mfrac><mo>∂</mo>{_row(f'<mo>∂</mo>{by}')}</mfrac>"
        return fraction + _enclosed("[", body, "]")


@lru_cache(4096)
def _safe(text: str) -> str:
    return escape(one_line(text), quote=True)


def _row(text: str) -> str:
    return f"<mrow>{text}</mrow>"


def _enclosed(before: str, text: str, after: str) -> str:
    """Text between fences, which stretch only where there is something tall: stretched ones take up more room."""
    stretchy = "true" if any(tag in text for tag in _TALL) else "false"
    fence = f'<mo fence="true" stretchy="{stretchy}" form="{{}}">{{}}</mo>'
    last = fence.format("postfix", after) if after else ""
    return _row(fence.format("prefix", before) + text + last)


def _operator(sign: str) -> str:
    return f'<mo form="infix">{sign}</mo>'


def _list_factors(formula: Expression) -> tuple[Expression, ...]:
    """The factors of a product from left to right, those of a product at its beginning among them."""
    if not isinstance(formula, Mul) or not formula.factors:
        return (formula,)
    return (*_list_factors(formula.factors[0]), *formula.factors[1:])


def _part(sign: str, text: str, words: str) -> tuple[str, str]:
    """A part of a line that is broken before its sign; the space between two parts is that before the sign."""
    before = "" if sign == "=" else ' lspace="0"'
    return f'<mo form="infix"{before}>{sign}</mo>{text}', f"{sign} {words}"


def _scripts(base: str, subscript: str, superscript: str) -> str:
    """A letter with what stands below and above it."""
    below, above = _name(subscript), _row(f"<mtext>{_safe(superscript)}</mtext>")
    if subscript and superscript:
        return f"<msubsup>{base}{below}{above}</msubsup>"
    if subscript:
        return f"<msub>{base}{below}</msub>"
    return f"<msup>{base}{above}</msup>" if superscript else base


def _name(subscript: str) -> str:
    if subscript.isdigit():
        return f"<mn>{subscript}</mn>"
    tag = "mi" if len(subscript) == 1 else "mtext"
    return f"<{tag}>{_safe(subscript)}</{tag}>"
