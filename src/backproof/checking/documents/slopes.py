"""Derivatives as documents write them: of one quantity by another, and d/dx as an operator on an expression."""

from __future__ import annotations

from backproof import calculus
from backproof.checking.documents import functions_read as applied
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.nodes import FREE
from backproof.checking.documents.token_cursor import TokenCursor
from backproof.checking.documents.tokens import ACTIVATIONS, FUNCTION_LETTERS, Name
from backproof.expression import Add, Expression, Mul, Number, quantities
from backproof.quantity import Kind, Quantity, differentiate_by

#: What can be differentiated, and by what.
TOPS, BOTTOMS = ("E", "a", "h"), ("a", "h", "w")
CONSTANT = ("w", "y", "eta")


def derivative(parser: TokenCursor, top: tuple[int, int], bottom: tuple[int, int]) -> Expression:
    """d top / d bottom from stretches of tokens; with nothing on top, of what follows."""
    top, bottom = bare(parser, top), bare(parser, bottom)
    by = parser.within(*bottom, parser.sum)
    if not isinstance(by, Quantity):
        raise UnreadableError("a derivative by more than one letter is not read")
    if top[0] >= top[1]:
        token = parser.peek()
        body = parser.group() if token is not None and token.kind == "open" else parser.product()
        parser.bodies.append((body, by))
        return total(parser, body, by)
    name = parser.tokens[top[0]].name
    if top[1] - top[0] == 1 and name is not None and _is_function(parser, name):
        return applied.at(parser, Name(name.base, name.sub, name.sup, name.primes + 1), by)
    return total(parser, parser.within(*top, parser.sum), by)


def bare(parser: TokenCursor, part: tuple[int, int]) -> tuple[int, int]:
    """A stretch of tokens without the braces around it."""
    start, stop = part
    while start < stop and parser.tokens[start].kind == "open" and parser.pairs.get(start) == stop - 1:
        start, stop = start + 1, stop - 1
    return start, stop


def _is_function(parser: TokenCursor, name: Name) -> bool:
    known = name.base in FUNCTION_LETTERS or name.base.lower() in ACTIVATIONS
    return known and parser.vocabulary.resolve(name) is None


def total(parser: TokenCursor, body: Expression, by: Quantity) -> Expression:
    """d body / d by, through everything in the body that depends on it."""
    if isinstance(body, Quantity):
        return slope(parser, body, by)
    terms: list[Expression] = []
    for each in quantities(body):
        link = slope(parser, each, by)
        if link != Number(0):
            terms.append(Mul((calculus.differentiate(body, each), link)))
    return Add(tuple(terms)) if len(terms) > 1 else terms[0] if terms else Number(0)


def slope(parser: TokenCursor, top: Quantity, by: Quantity) -> Expression:
    """The derivative of one quantity by another."""
    if top == by:
        return Number(1)
    if top.role == FREE or top.role in CONSTANT:
        if top.role == FREE and len(top.of[0]) == 1 and by.role == FREE:
            raise UnreadableError(f"{top.of[0]} and {by.of[0]} name nothing here")
        return Number(0)
    if by.role == FREE:
        raise UnreadableError(f"'{by.of[0]}' names nothing here")
    if top.role not in TOPS or by.role not in BOTTOMS:
        raise UnreadableError(f"the derivative of {top.name} by {by.name} is not a number of this working")
    if top.kind is Kind.ACTIVATION and by.kind is Kind.PRE_ACTIVATION:
        return _through_activation(parser, top.of[0], by.of[0])
    return differentiate_by(top, by)


def _through_activation(parser: TokenCursor, unit: str, by: str) -> Quantity:
    network = parser.vocabulary.network
    layer, _ = network.place(by)
    same = unit == by and not network.activations[layer - 1].coupled
    return Quantity("da/dh", (by,) if same else (unit, by))
