"""Functions as documents write them: exp and ln, the activation g and its derivative g', and misprinted subscripts."""

from __future__ import annotations

from backproof.checking.documents.lexer import Lexer
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.token_cursor import TokenCursor
from backproof.checking.documents.tokens import ACTIVATIONS, FUNCTION_LETTERS, Name
from backproof.expression import Call, Expression, Mul, wrap
from backproof.operations.activation import Activation, Elementwise, activations
from backproof.quantity import Kind, Quantity


def function(parser: TokenCursor, name: str) -> Expression:
    """A named function with its argument, in parentheses or not."""
    token = parser.peek()
    if name in ("maximum", "minimum"):
        return _of_two(parser, name)
    if token is None:
        raise UnreadableError(f"{name} has no argument")
    inside = parser.group() if token.kind == "open" else parser.power()
    return Call(name, (inside,))


def _of_two(parser: TokenCursor, name: str) -> Expression:
    token = parser.peek()
    if token is None or token.kind != "open":
        raise UnreadableError(f"{name[:3]} has no arguments in parentheses")
    start, close = parser.at + 1, parser.closing()
    commas = [i for i in range(start, close) if parser.tokens[i].text == ","]
    if len(commas) != 1:
        raise UnreadableError(f"{name[:3]} is read with two arguments only")
    parser.at = close + 1
    left = parser.within(start, commas[0], parser.sum)
    return Call(name, (left, parser.within(commas[0] + 1, close, parser.sum)))


def activation(parser: TokenCursor, name: Name) -> Expression:
    """g(h), sigma'(h): the unit's own activation or slope where the argument is its pre-activation."""
    token = parser.peek()
    if token is not None and token.kind == "open":
        argument = parser.group()
    elif token is not None and token.name is not None and token.name.base not in FUNCTION_LETTERS:
        argument = parser.primary()
    else:
        raise UnreadableError(f"{name.written} has no argument")
    return at(parser, name, argument)


def at(parser: TokenCursor, name: Name, argument: Expression) -> Expression:
    """The activation function that a letter means, or its derivative, at an argument."""
    unit = argument.of[0] if isinstance(argument, Quantity) and argument.kind is Kind.PRE_ACTIVATION else None
    means = parser.vocabulary.activation(name.base, unit)
    named = ACTIVATIONS.get(name.base.lower())
    if named is not None and (means is None or means.name != named):
        means, unit = activations.make(named), None
    if name.primes > 1 or name.sup:
        raise UnreadableError(f"{name.written} is not read")
    if not isinstance(means, Elementwise):
        raise UnreadableError(_why_not(name, means))
    if unit is not None:
        return Quantity("da/dh" if name.primes else "a", (unit,))
    value = means.formula(argument)
    return wrap(means.derivative(argument, value) if name.primes else value)


def _why_not(name: Name, means: Activation | None) -> str:
    if means is None:
        return f"the network has several activations and it is not clear which one {name.written} is"
    return f"{means.name} depends on a whole layer; it is not read as a function of one number"


def repaired(parser: TokenCursor, name: Name) -> Expression | None:
    """A name whose subscript holds factors that belong behind it (\\delta_{ow_5} for \\delta_o w_5), with a remark."""
    raw = name.raw
    if len(raw) < 2 or len(raw) > 40 or name.sup or ("l" in raw[:2] and len(raw) < 5):
        return None
    for length in range(len(raw) - 1, 0, -1):
        first = parser.vocabulary.resolve(Name(name.base, raw[:length]))
        if first is None:
            continue
        rest = list(Lexer(raw, length, len(raw), parser.vocabulary, True, False).tokens())
        names = [parser.vocabulary.resolve(each.name) if each.name else None for each in rest]
        factors = [each for each in names if each is not None]
        if rest and len(factors) == len(names):
            slipped = raw[length:].strip()
            parser.repairs.append(f"{slipped} stands in the subscript of {name.base}, not beside it")
            return Mul((first, *factors))
    return None
