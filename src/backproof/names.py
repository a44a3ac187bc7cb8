"""The names of numbers: from text such as `dE/dw1`, `delta_o*w5` or `-new w5` to a formula of quantities.

Square brackets may be left out (`a_h1`); a written parameter name beats such a reading. The letters of a name end at
its first `[` or `_` and the two parts of a derivative at its `/`, so that no text has two readings.
"""

from __future__ import annotations

import re

from backproof.errors import NameUnknown, did_you_mean
from backproof.expression import Expression, Mul, Neg, Quantity
from backproof.network import Network
from backproof.validate import describe

EXPECTED = (
    "expected h[u], a[u], delta[u], E, E[u], dE/da[u], dE/dh[u], da/dh[u], dh[v]/da[u], dE/dw5, w5, new w5, step w5, "
    "eta, or a product of these"
)


def parse(text: str, network: Network) -> Expression:
    """The formula that a name stands for. Errors: NameUnknown, with the nearest known name."""
    if not isinstance(text, str):
        raise NameUnknown(f"the name of a number is a string such as 'dE/dw1', received {describe(text)}.")
    rest = text.strip()
    negative = rest.startswith("-")
    factors = [_factor(part.strip(), network, text) for part in rest[negative:].split("*")]
    found = factors[0] if len(factors) == 1 else Mul(tuple(factors))
    return Neg(found) if negative else found


def _factor(text: str, network: Network, whole: str) -> Quantity:
    if network.wiring.get(text) is not None:
        return Quantity("w", (text,))
    if text in ("E", "eta"):
        return Quantity(text)
    updated = re.fullmatch(r"(new|step)\s+(\S+)", text)
    if updated:
        return Quantity(updated[1], (network.parameter(updated[2]).name,))
    number = _unit(text, ("h", "a", "E", "delta", "y"), network)
    found = Quantity(number[0], (number[1],)) if number else _derivative(text, network)
    if found is None:
        raise NameUnknown(_why_not(text, network, whole))
    return _checked(found, network)


def _unit(text: str, letters: tuple[str, ...], network: Network) -> tuple[str, str] | None:
    """`a[u]` or `a_u` as letter and unit, where that unit exists."""
    match = re.fullmatch(r"([A-Za-z]+)(?:\[(.+)\]|_(.+))", text)
    if match is None or match[1] not in letters:
        return None
    unit = match[2] or match[3]
    return (match[1], unit) if unit in network.wiring.places else None


def _derivative(text: str, network: Network) -> Quantity | None:
    """A derivative dX/dY."""
    match = re.fullmatch(r"d([^/]+)/d([^/]+)", text)
    if match is None:
        return None
    top, bottom = match[1], match[2]
    written = network.wiring.get(bottom) is not None
    below = ("w", bottom) if written else _unit(bottom, ("a", "h"), network)
    if below is None:
        return None
    if top == "E" or (top == "a" and below[0] == "h"):
        return Quantity(f"d{top}/d{below[0]}", (below[1],))
    above = _unit(top, ("a", "h", "E"), network)
    return Quantity(f"d{above[0]}/d{below[0]}", (above[1], below[1])) if above else None


def _checked(quantity: Quantity, network: Network) -> Quantity:
    """The same quantity, or NameUnknown where the network has no such number."""
    for letter, name in _letters(quantity):
        layer = network.place(name)[0] if letter != "w" else None
        if letter in ("h", "delta") and layer == 0:
            raise NameUnknown(f"'{name}' is an input; it has no pre-activation h. Its activation is a[{name}].")
        if letter in ("E", "y") and layer != network.depth:
            raise NameUnknown(f"'{quantity.name}': '{name}' is not an output unit.")
    if quantity.role == "da/dh" and len(quantity.of) == 1:
        unit = quantity.of[0]
        if network.activations[network.place(unit)[0] - 1].coupled:
            said = f"the activation of '{unit}' depends on every h of its layer"
            raise NameUnknown(f"{said}; write da[{unit}]/dh[{unit}].")
    return quantity


def _letters(quantity: Quantity) -> list[tuple[str, str]]:
    """Each letter of a quantity's role with the unit or parameter that it is of."""
    letters = [letter for letter in quantity.parts if letter]
    return list(zip(letters[-len(quantity.of) :], quantity.of, strict=True))


def _why_not(text: str, network: Network, whole: str) -> str:
    said = f"'{whole}'" if text == whole.strip() else f"'{text}' in '{whole}'"
    inside = re.search(r"\[([^\[\]]+)\]$", text)
    if inside and inside[1] not in network.wiring.places:
        return f"{said}: there is no unit '{inside[1]}'.{did_you_mean(inside[1], network.wiring.places)}"
    derived = re.fullmatch(r"d[^/]+/d(\w[\w']*)", text)
    if derived:
        return f"{said}: there is no parameter '{derived[1]}'.{network.near(derived[1])}"
    return f"{said} is not the name of a number here; {EXPECTED}.{network.near(text)}"
