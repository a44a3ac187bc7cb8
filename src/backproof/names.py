"""The names of numbers: from text such as `dE/dw1`, `delta_o*w5` or `-new w5` to a formula of quantities, and formulas
that are typed over such names.

Square brackets may be left out (`a_h1`); a written parameter name beats such a reading. The letters of a name end at
its first `[` or `_` and the two parts of a derivative at its `/`, so that no text has two readings.
"""

from __future__ import annotations

import ast
import re

from backproof.architecture import Architecture
from backproof.errors import NameUnknown, OptionError
from backproof.expression import Add, Call, Div, Expression, Mul, Neg, Number, Pow
from backproof.network import Network
from backproof.quantity import COST, STATISTICS, Kind, Quantity, differentiate_by
from backproof.validate import describe

EXPECTED = (
    "expected h[u], a[u], delta[u], E, E[u], dE/da[u], dE/dh[u], da/dh[u], dh[v]/da[u], dE/dw5, w5, new w5, step w5, "
    "eta, or a product of these"
)

#: Letters that a unit may stand behind.
LETTERS = ("h", "a", "E", "delta", "y", *STATISTICS)


#: A number, or a number's name: a derivative, a letter with its unit, or a word.
_TERM = re.compile(
    r"(?P<digits>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|d\w*(?:\[[^\]]*\])?/d\w+'*(?:\[[^\]]*\])?"
    r"|(?:new |step )?[^\W\d][\w']*(?:\[[^\]]*\])?"
)
_TYPED = str.maketrans({"−": "-", "·": "*", "×": "*", "^": "**", "∂": "d", "δ": "delta", "η": "eta"})
_FUNCTIONS = ("exp", "log", "ln", "sqrt", "tanh", "sigmoid", "abs")


def parse_name(text: str, network: Network) -> Expression:
    """The formula that a name stands for. Errors: NameUnknown, with the nearest known name."""
    if not isinstance(text, str):
        raise NameUnknown(f"the name of a number is a string such as 'dE/dw1', received {describe(text)}.")
    rest = text.strip()
    negative = rest.startswith("-")
    factors = [_parse_factor(part.strip(), network, text) for part in rest[negative:].split("*")]
    found = factors[0] if len(factors) == 1 else Mul(tuple(factors))
    return Neg(found) if negative else found


def parse_formula(text: str, network: Network) -> Expression:
    """A formula that is typed, such as `(a[o] - y[o]) * a[o]`. Raise BackproofError if it cannot be read."""
    found: list[Expression] = []

    def name_number(match: re.Match[str]) -> str:
        if match["digits"] or (match[0] in _FUNCTIONS and text[match.end() :].lstrip().startswith("(")):
            return match[0]
        alone = network.architecture.find_unit(match[0]) is not None
        found.append(parse_name(f"a[{match[0]}]" if alone else match[0], network))
        return f"q{len(found) - 1}"

    text = text.translate(_TYPED)
    written = _TERM.sub(name_number, text)
    try:
        return _build(ast.parse(written.strip(), mode="eval").body, found)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise OptionError(
            f"'{text}' cannot be read; expected a number or a formula such as (a[o] - y[o]) * w5."
        ) from None


def list_names(network: Network, *, of_sample: bool, updated: bool) -> list[str]:
    """The names of the numbers of a step, those of units if it is seen by one sample, and of its update if it has one.

    Local derivatives and products are not listed.
    """
    parameters = list(network.wiring.names())
    inputs, *layers = network.units
    units = [unit for layer in layers for unit in layer] if of_sample else []
    found = [name for unit in units for name in (f"h[{unit}]", f"a[{unit}]", f"dE/da[{unit}]", f"dE/dh[{unit}]")]
    found += [f"a[{unit}]" for unit in inputs] if of_sample else []
    found += ["E", *(f"dE/d{name}" for name in parameters), *parameters]
    changes = [f"{what} {name}" for name in parameters for what in ("step", "new")]
    return [*found, *changes, "eta"] if updated else found


def _parse_factor(text: str, network: Network, whole: str) -> Quantity:
    if network.architecture.find_parameter(text) is not None:
        return Quantity("w", (text,))
    if text in ("E", "eta"):
        return Quantity(text)
    updated = re.fullmatch(r"(new|step)\s+(\S+)", text)
    if updated:
        return Quantity(updated[1], (network.parameter(updated[2]).name,))
    found = _parse_unit(text, LETTERS, network)
    found = _parse_derivative(text, network) if found is None else found
    if found is None:
        raise NameUnknown(_explain_unknown(text, network, whole))
    return _check_exists(found, network)


def _parse_unit(text: str, letters: tuple[str, ...], network: Network) -> Quantity | None:
    """`a[u]` or `a_u`, where that unit exists."""
    match = re.fullmatch(rf"({'|'.join(STATISTICS)}|[A-Za-z]+)(?:\[(.+)\]|_(.+))", text)
    if match is None or match[1] not in letters:
        return None
    unit = match[2] or match[3]
    return Quantity(match[1], (unit,)) if network.architecture.find_unit(unit) is not None else None


def _parse_derivative(text: str, network: Network) -> Quantity | None:
    """A derivative dX/dY."""
    match = re.fullmatch(r"d([^/]+)/d([^/]+)", text)
    if match is None:
        return None
    top, bottom = match[1], match[2]
    written = network.architecture.find_parameter(bottom) is not None
    below = Quantity("w", (bottom,)) if written else _parse_unit(bottom, ("a", "h"), network)
    if below is None:
        return None
    if top == "E":
        return differentiate_by(COST, below)
    if top == "a" and below.kind is Kind.PRE_ACTIVATION:
        return differentiate_by(Quantity("a", below.of), below).as_slope
    above = _parse_unit(top, ("a", "h", "E"), network)
    return None if above is None else differentiate_by(above, below)


def _check_exists(quantity: Quantity, network: Network) -> Quantity:
    """The same quantity. Raise NameUnknown if the network has no such number."""
    parts = (quantity.numerator, quantity.denominator) if quantity.is_derivative else (quantity,)
    for part in parts:
        if part.kind is not Kind.PARAMETER and part.of:
            _check_unit(quantity, part, network.architecture)
    if quantity.is_slope and len(quantity.of) == 1:
        unit = quantity.of[0]
        if network.architecture.layers[network.place(unit)[0]].activation.coupled:
            said = f"the activation of '{unit}' depends on every h of its layer"
            raise NameUnknown(f"{said}; write da[{unit}]/dh[{unit}].")
    return quantity


def _check_unit(quantity: Quantity, part: Quantity, architecture: Architecture) -> None:
    unit = part.of[0]
    layer, position = architecture.place(unit)
    if part.kind is Kind.PRE_ACTIVATION and layer == 0:
        raise NameUnknown(f"'{unit}' is an input; it has no pre-activation h. Its activation is a[{unit}].")
    if part.kind in (Kind.COST, Kind.TARGET) and architecture.output_column(layer, position) is None:
        raise NameUnknown(f"'{quantity.name}': '{unit}' is not an output unit.")
    if part.kind is Kind.STATISTIC and (
        layer == 0 or part.statistic not in architecture.layers[layer].works.statistics
    ):
        raise NameUnknown(f"'{quantity.name}': the layer of '{unit}' has no {part.statistic.replace('_', ' ')}.")


def _explain_unknown(text: str, network: Network, whole: str) -> str:
    said = f"'{whole}'" if text == whole.strip() else f"'{text}' in '{whole}'"
    inside = re.fullmatch(rf"(?:d[^/]+/d)?(?:{'|'.join(LETTERS)})\[(.+)\]", text)
    if inside and network.architecture.find_unit(inside[1]) is None:
        return f"{said}: there is no unit '{inside[1]}'.{network.architecture.suggest_unit(inside[1])}"
    derived = re.fullmatch(r"d[^/]+/d(\w[\w'.]*(?:\[[^\[\]]*\])?)", text)
    if derived and network.architecture.find_parameter(derived[1]) is not None:
        return f"{said}: what stands above the line is unknown; expected {_list_numerators(derived[1])}."
    if derived:
        return f"{said}: there is no parameter '{derived[1]}'.{network.architecture.suggest_parameter(derived[1])}"
    return f"{said} is not the name of a number here; {EXPECTED}.{network.architecture.suggest_parameter(text)}"


def _list_numerators(name: str) -> str:
    """What can be differentiated with respect to a parameter."""
    return f"dE/d{name}, or da[u]/d{name} or dh[u]/d{name} of a unit u"


def _build(node: ast.expr, found: list[Expression]) -> Expression:
    match node:
        case ast.Constant(value=float() | int() as value) if not isinstance(value, bool):
            return Number(float(value))
        case ast.Name(id=name):
            return found[int(name[1:])]
        case ast.UnaryOp(op=ast.USub(), operand=body):
            return Neg(_build(body, found))
        case ast.UnaryOp(op=ast.UAdd(), operand=body):
            return _build(body, found)
        case ast.BinOp(left=left, op=sign, right=right):
            return _build_operation(sign, _build(left, found), _build(right, found))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            return Call({"ln": "log"}.get(name, name), (_build(argument, found),))
    raise ValueError


def _build_operation(sign: ast.operator, left: Expression, right: Expression) -> Expression:
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
