"""An answer that is a formula over the numbers of a step, such as `(a[o] - y[o]) * a[o] * (1 - a[o])`."""

from __future__ import annotations

import ast
import re

from backproof.errors import OptionError
from backproof.expression import Add, Call, Div, Expression, Mul, Neg, Number, Pow
from backproof.names import parse_name
from backproof.network import Network

#: A number, or a number's name: a derivative, a letter with its unit, or a word.
_WORD = re.compile(
    r"(?P<digits>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|d\w*(?:\[[^\]]*\])?/d\w+'*(?:\[[^\]]*\])?"
    r"|(?:new |step )?[^\W\d][\w']*(?:\[[^\]]*\])?"
)
_TYPED = str.maketrans({"−": "-", "·": "*", "×": "*", "^": "**", "∂": "d", "δ": "delta", "η": "eta"})
_FUNCTIONS = ("exp", "log", "ln", "sqrt", "tanh", "sigmoid", "abs")


def read_formula(text: str, network: Network) -> Expression:
    """The formula that a learner typed. Raise BackproofError for one that cannot be read."""
    found: list[Expression] = []

    def name_number(match: re.Match[str]) -> str:
        if match["digits"] or (match[0] in _FUNCTIONS and text[match.end() :].lstrip().startswith("(")):
            return match[0]
        alone = network.architecture.find_unit(match[0]) is not None
        found.append(parse_name(f"a[{match[0]}]" if alone else match[0], network))
        return f"q{len(found) - 1}"

    text = text.translate(_TYPED)
    written = _WORD.sub(name_number, text)
    try:
        return _read(ast.parse(written.strip(), mode="eval").body, found)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise OptionError(
            f"'{text}' cannot be read; expected a number or a formula such as (a[o] - y[o]) * w5."
        ) from None


def _read(node: ast.expr, found: list[Expression]) -> Expression:
    match node:
        case ast.Constant(value=float() | int() as value) if not isinstance(value, bool):
            return Number(float(value))
        case ast.Name(id=name):
            return found[int(name[1:])]
        case ast.UnaryOp(op=ast.USub(), operand=body):
            return Neg(_read(body, found))
        case ast.UnaryOp(op=ast.UAdd(), operand=body):
            return _read(body, found)
        case ast.BinOp(left=left, op=sign, right=right):
            return _join(sign, _read(left, found), _read(right, found))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            return Call({"ln": "log"}.get(name, name), (_read(argument, found),))
    raise ValueError


def _join(sign: ast.operator, left: Expression, right: Expression) -> Expression:
    match sign:
        case ast.Add():
            return Add((left, right))
        case ast.Sub():
            return Add((left, Neg(right)))
        case ast.Mult():
            return Mul((left, right))
        case ast.Div():
            return Div(left, right)
        case ast.Pow():
            return Pow(left, right)
    raise ValueError
