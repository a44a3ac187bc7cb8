"""The names of numbers: from text such as `dE/dw1`, `delta_o*w5` or `-new w5` to a formula of quantities, and formulas
that are typed over such names.

Square brackets may be left out (`a_h1`); a written parameter name beats such a reading. The letters of a name end at
its first `[` or `_` and the two parts of a derivative at its `/`, so that no text has two readings.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from string import digits
from typing import NamedTuple

from backproof.architecture import Architecture
from backproof.dropout import name_after_dropout
from backproof.errors import NameUnknown, OptionError
from backproof.expression import Add, Call, Div, Expression, Mul, Neg, Number, Pow
from backproof.network import Network
from backproof.operations.optimiser import Optimiser
from backproof.operations.registry import HAT
from backproof.quantity import COST, STATISTICS, Kind, Quantity, differentiate_by, keep_before
from backproof.training import Training
from backproof.validate import describe

EXPECTED = (
    "expected h[u], a[u], delta[u], E, E[u], dE/da[u], dE/dh[u], da/dh[u], dh[v]/da[u], dE/dw5, w5, new w5, step w5, "
    "eta, or a product of these"
)

#: What brings a number along that a step has with some options of training alone.
BROUGHT = {"R": "l1 or l2", "J": "l1 or l2", "norm": "clip", "clipped": "clip", "eta0": "schedule"}
PLAIN = Training()
#: How letters that no keyboard has are spelled.
SPELLED = {"α": "alpha", "β": "beta", "γ": "gamma", "κ": "kappa", "λ": "lambda", "∇": "nabla"}

#: Letters that a unit may stand behind.
LETTERS = ("h", "a", "E", "delta", "y", *STATISTICS)


#: A number, or a number's name: a derivative, a letter with its unit, or a word.
_TERM = re.compile(
    r"(?P<digits>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|d\w*(?:\[[^\]]*\])?/d\w+'*(?:\[[^\]]*\])?"
    r"|(?:new |step |previous )?[^\W\d][\w']*(?:\[[^\]]*\])?"
)
_TYPED = str.maketrans({"−": "-", "·": "*", "×": "*", "^": "**", "∂": "d", "δ": "delta", "η": "eta"})
_FUNCTIONS = ("exp", "log", "ln", "sqrt", "tanh", "sigmoid", "abs")


def parse_name(text: str, network: Network, training: Training = PLAIN, *, samples: int = 1) -> Expression:
    """The formula that a name stands for in training, in a step of the given number of samples.

    Errors: NameUnknown, with the nearest known name.
    """
    if not isinstance(text, str):
        raise NameUnknown(f"the name of a number is a string such as 'dE/dw1', received {describe(text)}.")
    rest = text.strip()
    negative = rest.startswith("-")
    reader = _Reader(network, training, samples, text)
    factors = [reader.read(part.strip()) for part in rest[negative:].split("*")]
    found = factors[0] if len(factors) == 1 else Mul(tuple(factors))
    return Neg(found) if negative else found


def parse_formula(text: str, network: Network, training: Training = PLAIN) -> Expression:
    """A formula that is typed, such as `(a[o] - y[o]) * a[o]`. Raise BackproofError if it cannot be read."""
    found: list[Expression] = []

    def name_number(match: re.Match[str]) -> str:
        if match["digits"] or (match[0] in _FUNCTIONS and text[match.end() :].lstrip().startswith("(")):
            return match[0]
        alone = network.architecture.find_unit(match[0]) is not None
        found.append(parse_name(f"a[{match[0]}]" if alone else match[0], network, training))
        return f"q{len(found) - 1}"

    text = text.translate(_TYPED)
    written = _TERM.sub(name_number, text)
    try:
        return _build(ast.parse(written.strip(), mode="eval").body, found)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise OptionError(
            f"'{text}' cannot be read; expected a number or a formula such as (a[o] - y[o]) * w5."
        ) from None


def list_names(network: Network, training: Training | None, *, of_sample: bool) -> list[str]:
    """The names of the numbers of a step, those of units if it is seen by one sample, and of its update in training.

    Local derivatives and products are not listed.
    """
    parameters = list(network.wiring.names())
    inputs, *layers = network.units
    units = [unit for layer in layers for unit in layer] if of_sample else []
    found = [name for unit in units for name in (f"h[{unit}]", f"a[{unit}]", f"dE/da[{unit}]", f"dE/dh[{unit}]")]
    found += [f"a[{unit}]" for unit in inputs] if of_sample else []
    found += ["E", *(f"dE/d{name}" for name in parameters), *parameters]
    return found if training is None else [*found, *list_names_of_update(parameters, training)]


def list_names_of_update(parameters: Sequence[str], training: Training) -> list[str]:
    """The names of what lies between the gradients and the new parameters, as far as the options of training ask."""
    optimiser = training.optimiser
    letters = {letter: slot in optimiser.shared for letter, slot in spell_numbers(optimiser).items()}
    forms = [
        *(["dR/d{}", "dJ/d{}"] if training.penalised else []),
        *(["clipped[{}]"] if training.clip is not None else []),
        *(f"{letter}[{{}}]" for letter, shared in letters.items() if not shared),
        *("step {}", "new {}"),
    ]
    alone = [name for name, option in BROUGHT.items() if name != "clipped" and _has_option(training, option)]
    alone += [letter for letter, shared in letters.items() if shared]
    return [*(form.format(name) for name in parameters for form in forms), *alone, "eta"]


def spell_numbers(optimiser: Optimiser) -> dict[str, str]:
    """The numbers that an optimiser keeps or makes, by their letter as it is typed: m_hat, S1, alpha1."""
    found = {}
    for slot in dict.fromkeys(optimiser.made):
        word = slot.rstrip(digits)
        letter = optimiser.letters[word].letter if word in optimiser.letters else word
        plain = letter.removesuffix(HAT)
        hat = "_hat" if letter.endswith(HAT) else ""
        found[f"{SPELLED.get(plain, plain)}{slot[len(word) :]}{hat}"] = slot
    return found


def _has_option(training: Training, option: str) -> bool:
    return {"clip": training.clip is not None, "schedule": training.scheduled}.get(option, training.penalised)


class _Reader(NamedTuple):
    """Reads the factors of the `whole` name: of which network and training, and of a step of how many samples."""

    network: Network
    training: Training
    samples: int
    whole: str

    def read(self, text: str) -> Expression:
        """What one factor stands for."""
        network = self.network
        if network.architecture.find_parameter(text) is not None:
            return Quantity("w", (text,))
        if text in ("E", "eta"):
            return Quantity(text)
        updated = re.fullmatch(r"(new|step)\s+(\S+)", text)
        if updated:
            return Quantity(updated[1], (network.parameter(updated[2]).name,))
        found = _parse_unit(text, LETTERS, network)
        if found is None:
            found = _parse_derivative(text, network)
        if found is not None:
            return _check_exists(found, network)
        for read in (self._read_alone, self._read_optional, self._read_kept):
            of_update = read(text)
            if of_update is not None:
                return of_update
        raise NameUnknown(self._explain_unknown(text))

    def _read_alone(self, text: str) -> Expression | None:
        """`E_2` or `dE_2/dw1`: what sample 2 has by itself, before a mean over the samples takes its part of it."""
        match = re.fullmatch(r"E_([1-9]\d{0,8})|dE_([1-9]\d{0,8})/d(.+)", text)
        if match is None:
            return None
        share = COST.of_sample(int(match[1] or match[2]))
        if match[3]:
            share = differentiate_by(share, Quantity("w", (self.network.parameter(match[3]).name,)))
        several = self.network.reduction == "mean" and self.samples > 1
        return Mul((Number(self.samples), share)) if several else share

    def _read_optional(self, text: str) -> Quantity | None:
        """`R`, `dJ/dw1`, `clipped[w1]`: a number that an option of training brings along."""
        match = re.fullmatch(r"d([RJ])/d(.+)|(clipped)(?:\[(.+)\]|_(.+))|(R|J|norm|eta0)", text)
        if match is None:
            return None
        role, option = text, BROUGHT[match[1] or match[3] or match[6]]
        if not _has_option(self.training, option):
            raise NameUnknown(f"'{text}' needs {option}, which [training] does not have.")
        if match[6]:
            return Quantity(role)
        name = self.network.parameter(match[2] or match[4] or match[5]).name
        return Quantity(f"d{match[1]}/dw" if match[1] else match[3], (name,))

    def _read_kept(self, text: str) -> Quantity | None:
        """`m_hat[w1]`, `previous m[w1]`, `gamma`: a number that the optimiser keeps or makes, by letter or in words."""
        optimiser = self.training.optimiser
        known = {**{slot: slot for slot in optimiser.made}, **spell_numbers(optimiser)}
        if text in known and known[text] in optimiser.shared:
            return Quantity(known[text])
        letters = "|".join(sorted(known, key=len, reverse=True))
        match = re.fullmatch(rf"(previous\s+)?({letters})(?:\[(.+)\]|_(.+))", text) if letters else None
        if match is None or known[match[2]] in optimiser.shared:
            return None
        slot, name = known[match[2]], self.network.parameter(match[3] or match[4]).name
        if not match[1]:
            return Quantity(slot, (name,))
        return keep_before(slot, name) if slot in optimiser.slots else None

    def _explain_unknown(self, text: str) -> str:
        """Why a text is no name."""
        kept = re.fullmatch(r"(?:previous\s+)?([A-Za-z]\w*)\[(.+)\]", text)
        if kept and kept[1] not in LETTERS and self.network.architecture.find_parameter(kept[2]) is not None:
            letters = ", ".join(f"{each}[{kept[2]}]" for each in spell_numbers(self.training.optimiser))
            said = f"expected one of {letters}" if letters else "it keeps none"
            return f"'{text}' is not a number of {self.training.optimiser.title}; {said}."
        return _explain_unknown(text, self.network, self.whole)


def _parse_unit(text: str, letters: tuple[str, ...], network: Network) -> Quantity | None:
    """`a[u]` or `a_u`, where that unit exists."""
    match = re.fullmatch(rf"({'|'.join(STATISTICS)}|[A-Za-z]+)(?:\[(.+)\]|_(.+))", text)
    if match is None or match[1] not in letters:
        return None
    unit = match[2] or match[3]
    if match[1] == "mask" and network.architecture.find_unit(name_after_dropout(unit)) is not None:
        unit = name_after_dropout(unit)  # the mask of a unit that dropout follows
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
