"""A worksheet drafted from a document: units, weights, data, rate, activations and cost as far as it gives them.

The wiring is read from the weighted sums (`net_h1 = w1 i1 + w2 i2 + b1`), numbers from what is given (`w1 = 0.15`) and
from the figures put into formulas. Each line of the draft says where it was found, and what is missing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from backproof.checking.documents.arithmetic import lay_beside
from backproof.checking.documents.grammar import COSTS, Apply, Listed, Ratio, Symbol, printed
from backproof.checking.documents.lexer import Name
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.names import Names
from backproof.checking.documents.pages import Page
from backproof.checking.documents.reading import read_sources
from backproof.checking.documents.source import load
from backproof.checking.documents.statements import Collector, Statement
from backproof.checking.documents.words import ACTIVATIONS, FUNCTION_LETTERS, RATES
from backproof.errors import BackproofError
from backproof.expression import Add, Call, Div, Expression, Mul, Number, Pow, walk
from backproof.operations.activation import Elementwise, activations
from backproof.quantity import Quantity
from backproof.rounding import nearly_agrees
from backproof.worksheet import loads
from backproof.worksheet.toml import write_value

WEIGHTS, BIASES, TARGETS, INPUTS = (
    ("w", "W", "v", "theta"),
    ("b", "B", "bias"),
    ("t", "target", "d", "y"),
    ("x", "i", "X"),
)
#: Letters of activations, and functions that are tried where no formula says which.
OUTPUTS = ("a", "out", "o", "h", "y", "z", "output", "yhat")
GUESSES = ("sigmoid", "tanh", "relu", "identity")
RATE = re.compile(r"learning[ -]rate\W{0,3}(?:\w+\W{1,3}){0,3}?(\d*[.,]\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """Digits or a formula, and where they stand."""

    text: str
    where: str


@dataclass
class Unit:
    """A unit as the document writes it: its weighted sum, its activation, what it receives and by which weights."""

    sum: Name
    weights: list[tuple[Name, Name]]
    bias: Name | None
    where: str
    activation: Name | None = None
    function: str = ""
    layer: int = 0
    name: str = ""


@dataclass
class Draft:
    """What was found so far."""

    units: list[Unit] = field(default_factory=list)
    numbers: dict[Name, list[Found]] = field(default_factory=dict)
    rate: Found | None = None
    cost: Found | None = None
    passes: list[dict[Name, Found]] = field(default_factory=lambda: [{}])
    values: dict[Name, str] = field(default_factory=dict)

    def number(self, name: Name, sample: int = 0) -> Found | None:
        """The number of a name in one pass: as given, else as put into a formula."""
        given = self.numbers.get(name, [])
        if given and (sample < len(given) or len(given) == 1):
            return given[min(sample, len(given) - 1)]
        return self.passes[sample].get(name)

    def begin_pass(self) -> None:
        """The first weighted sum comes again: another sample."""
        if self.passes[-1]:
            self.passes.append({})

    @property
    def samples(self) -> range:
        """The passes that are samples of one network: a weight with another number would be another step."""
        weights = [{name: each.text for name, each in made.items() if name.base in WEIGHTS} for made in self.passes]
        if any(made.get(name, text) != text for made in weights[1:] for name, text in weights[0].items()):
            return range(1)
        return range(len(self.passes))


def draft_worksheet(document: str | os.PathLike[str]) -> str:
    """The text of a worksheet with comments that say what was taken from where, and what is missing.

    Errors: BackproofError where the document cannot be read, or has no weighted sum from which a network could be told.
    """
    text, kind = load(document)
    pages = [Page(source) for source in read_sources(text, kind)]
    draft = Draft()
    for piece in list(Collector(pages, ()).pieces()):
        if piece.statement is not None:
            _read_statement(draft, piece.statement)
    for page in pages:
        if draft.rate is None and (match := RATE.search(page.text)):
            draft.rate = Found(match[1].replace(",", "."), page.where(match.start(1)))
    if not draft.units:
        raise BackproofError(
            "no weighted sum such as net_h1 = w1 i1 + w2 i2 + b1 stands in the document, from which a network could be "
            "drafted; 'backproof new' writes a worksheet to fill in."
        )
    _name_units(draft)
    written = "\n".join(_write(draft)) + "\n"
    return written + _write_aliases(draft, written)


def _plain(name: Name) -> Name:
    return Name(name.base, name.subs, name.sup, name.primes)


def _read_statement(draft: Draft, statement: Statement) -> None:
    tree = statement.sides[0].tree
    if isinstance(tree, Ratio) and isinstance(tree.top, Symbol):
        _read_differentiated(draft, tree.top, statement)
    if not isinstance(tree, Symbol):
        return
    name, where = _plain(tree.name), statement.where()
    if statement.sides[-1].digits is not None:
        draft.values.setdefault(name, statement.sides[-1].digits)
    if draft.units and name == draft.units[0].sum and any(side.numeric for side in statement.sides):
        draft.begin_pass()
    if len(statement.sides) == 2 and (digits := statement.sides[1].digits) is not None:
        if name.base in RATES and not name.subs:
            draft.rate = draft.rate or Found(digits, where)
        elif not name.primes and not name.sup:
            draft.numbers.setdefault(name, []).append(Found(digits, where))
    if isinstance(statement.sides[1].tree, Listed) and name.base in INPUTS and not name.subs:
        _read_inputs(draft, statement.sides[1].tree, where)
    for number, side in enumerate(statement.sides[1:], start=1):
        if side.tree is None or side.numeric or side.digits is not None:
            continue
        for numbers in (each.tree for each in statement.sides[number + 1 :] if each.numeric and each.tree is not None):
            _lay_beside(draft, side.tree, numbers, statement)
        if (unit := _read_sum(name, side.tree, where)) is not None:
            _add_unit(draft, unit)
        elif (found := _read_activation(side.tree)) is not None:
            for each in draft.units:
                if each.sum == found[1] and each.activation is None:
                    each.activation, each.function = name, found[0]
        elif name.base in COSTS and (cost := _read_cost(side.tree)):
            draft.cost = draft.cost or Found(cost, where)


def _add_unit(draft: Draft, unit: Unit) -> None:
    if all(unit.sum != each.sum for each in draft.units):
        draft.units.append(unit)


def _read_differentiated(draft: Draft, top: Symbol, statement: Statement) -> None:
    """dh_1/dw_1 = d/dw_1 (i_1 w_1 + i_2 w_3 + b_1) says what h_1 is."""
    for side in statement.sides[1:]:
        if isinstance(side.tree, Ratio) and side.tree.body is not None:
            unit = _read_sum(_plain(top.name), side.tree.body, statement.where(side.start))
            if unit is not None:
                _add_unit(draft, unit)


def _read_inputs(draft: Draft, listed: Listed, where: str) -> None:
    digits = [printed(each) for row in listed.rows for each in row]
    for number, text in enumerate(digits, start=1):
        if text is not None:
            draft.numbers.setdefault(Name("x", (str(number),)), []).append(Found(text, where))


def _read_sum(name: Name, tree: Expression, where: str) -> Unit | None:
    """A sum of weights multiplied by what they receive, with or without a bias."""
    weights: list[tuple[Name, Name]] = []
    bias: Name | None = None
    for term in tree.children if isinstance(tree, Add) else (tree,):
        names = [_plain(each.name) for each in walk(term) if isinstance(each, Symbol)]
        plain = isinstance(term, Symbol | Mul) and all(
            isinstance(each, Symbol | Number) for each in walk(term) if each is not term
        )
        if not plain or not 1 <= len(names) <= 2:
            return None
        first = [each for each in names if each.base in (*WEIGHTS, *BIASES)]
        others = [each for each in names if each not in first]
        if len(names) == 2 and len(first) == 1 and first[0].base in WEIGHTS:
            weights.append((first[0], others[0]))
        elif len(names) == 1 and first and bias is None:
            bias = first[0]
        else:
            return None
    return Unit(name, weights, bias, where) if weights else None


def _read_activation(tree: Expression) -> tuple[str, Name] | None:
    """The activation function of a formula, and the name of its argument."""
    names = [_plain(each.name) for each in walk(tree) if isinstance(each, Symbol)]
    if isinstance(tree, Apply) and isinstance(tree.arguments[-1], Symbol):
        base = tree.symbol.name.base
        function = ACTIVATIONS.get(
            base.lower(), "relu" if base == "max" else "sigmoid" if base in FUNCTION_LETTERS else ""
        )
        return (function, _plain(tree.arguments[-1].name)) if function else None
    if (
        isinstance(tree, Div)
        and len(names) == 1
        and any(isinstance(each, Call) and each.function == "exp" for each in walk(tree))
    ):
        return "sigmoid", names[0]
    return None


def _read_cost(tree: Expression) -> str:
    """The cost that a formula looks like."""
    nodes = list(walk(tree))
    applied = {each.symbol.name.base for each in nodes if isinstance(each, Apply)}
    symbols = {each.name.base for each in nodes if isinstance(each, Symbol)}
    if {"ln", "log"} & (applied | symbols):
        return "binary_cross_entropy" if any(_is_one(each) for each in nodes) else "cross_entropy"
    if not any(isinstance(each, Pow) for each in nodes):
        return ""
    halved = any(isinstance(each, Div) and printed(each.bottom) == "2" for each in nodes)
    halved = halved or any(printed(each) in ("0.5", ".5") for each in nodes)
    return "half_squared_error" if halved else "squared_error"


def _is_one(node: Expression) -> bool:
    return isinstance(node, Add) and printed(node.terms[0]) == "1"


def _lay_beside(draft: Draft, letters: Expression, numbers: Expression, statement: Statement) -> None:
    """The figures put in for letters, where both formulas have one shape."""
    for symbol, (digits, place) in lay_beside(letters, numbers).items():
        if isinstance(symbol, Symbol):
            found = Found(digits, statement.where(place))
            draft.passes[-1].setdefault(_plain(symbol.name), found)
            draft.rate = draft.rate or (found if symbol.name.base in RATES else None)


def _find_activations(draft: Draft) -> None:
    """Of units whose activation no formula defines: the letter with their subscript, and the function that fits."""
    senders = [sender for unit in draft.units for _, sender in unit.weights]
    for unit in draft.units:
        if unit.activation is None:
            letters = [name for name in (*senders, *draft.values) if name.subs == unit.sum.subs and name != unit.sum]
            unit.activation = next((name for name in letters if name.base in OUTPUTS), None)
        before, after = draft.values.get(unit.sum), draft.values.get(unit.activation or unit.sum)
        if not unit.function and before is not None and after is not None and unit.activation is not None:
            unit.function = next((name for name in GUESSES if _fits(name, float(before), after)), "")


def _add_missing(draft: Draft) -> None:
    """Units whose activation is used beside those of others, but whose own weighted sum is not in the document."""
    made = {unit.activation or unit.sum: unit for unit in draft.units}
    for unit, sender in [(each, sender) for each in draft.units for _, sender in each.weights]:
        like = next((made[each] for _, each in unit.weights if each in made and each.base == sender.base), None)
        if sender in made or like is None or not sender.subs:
            continue
        weights = [(Name("w", (f"into{sender.sub}from{each.sub}",)), each) for _, each in like.weights]
        bias = Name("b", (f"into{sender.sub}",)) if like.bias is not None else None
        made[sender] = Unit(
            Name(like.sum.base, sender.subs), weights, bias, "not in the document", sender, like.function
        )
        draft.units.insert(draft.units.index(like) + 1, made[sender])


def _fits(name: str, h: float, digits: str) -> bool:
    made = activations.make(name)
    return isinstance(made, Elementwise) and nearly_agrees(digits, float(made.forward(np.asarray(h))))


def _softmax(draft: Draft, layer: list[Unit]) -> str:
    """softmax, where the printed activations of a layer are that of its sums."""
    sums = [draft.values.get(unit.sum) for unit in layer]
    outputs = [draft.values.get(unit.activation or unit.sum, "") for unit in layer]
    if len(layer) < 2 or None in sums or "" in outputs:
        return ""
    made = activations.make("softmax").forward(np.array([[float(each) for each in sums if each is not None]]))
    return "softmax" if all(nearly_agrees(*each) for each in zip(outputs, map(float, made[0]), strict=True)) else ""


def _name_units(draft: Draft) -> None:
    """Layers by what each unit receives, and a name for each."""
    _find_activations(draft)
    _add_missing(draft)
    made = {unit.activation or unit.sum: unit for unit in draft.units}
    for _ in draft.units:
        for unit in draft.units:
            below = [made[sender].layer for _, sender in unit.weights if sender in made and made[sender] is not unit]
            unit.layer = min(1 + max(below, default=0), len(draft.units))
    depth = max(unit.layer for unit in draft.units)
    taken: set[str] = set()
    for unit in draft.units:
        sub = "".join(unit.sum.subs)
        names = [each for each in (unit.activation, unit.sum) if each is not None]
        own = next((each for each in names if each.base == "h"), names[0]).written.replace("_", "")
        letter = "o" if unit.layer == depth else "h" if unit.layer == 1 else f"h{unit.layer}n"
        number = sum(each.layer == unit.layer for each in draft.units[: draft.units.index(unit)]) + 1
        choices = (sub, own, f"{letter}{number}", f"{letter}{number}u")
        unit.name = next(each for each in choices if re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", each) and each not in taken)
        taken.add(unit.name)


def _senders(draft: Draft) -> tuple[list[Name], dict[Name, str]]:
    """The inputs, and the unit that each letter for an activation or input means."""
    known = {unit.activation or unit.sum: unit.name for unit in draft.units}
    inputs: list[Name] = []
    for unit in draft.units:
        for _, sender in unit.weights:
            if sender not in known and sender not in inputs:
                inputs.append(sender)
    return inputs, known | {name: "".join([name.base, *name.subs]) for name in inputs}


def _write(draft: Draft) -> Iterator[str]:
    """The lines of the worksheet."""
    inputs, known = _senders(draft)
    depth = max(unit.layer for unit in draft.units)
    layers = [[unit for unit in draft.units if unit.layer == layer] for layer in range(1, depth + 1)]
    yield "# Drafted from a document: please confirm every line. What is marked MISSING was not found there."
    yield "[network]"
    units = [[known[name] for name in inputs], *([unit.name for unit in layer] for layer in layers)]
    yield f"units = {write_value(units)}"
    functions = [next((unit.function for unit in layer if unit.function), _softmax(draft, layer)) for layer in layers]
    note = "" if all(functions) else "  # MISSING: the formula of an activation; sigmoid is a guess"
    yield f"activations = {write_value([each or 'sigmoid' for each in functions])}{note}"
    cost = draft.cost
    fallback = "cross_entropy" if functions[-1] == "softmax" else "half_squared_error"
    yield f"cost = {write_value(cost.text if cost else fallback)}  # {cost.where if cost else 'MISSING: a guess'}"
    yield "weights = ["
    for unit in draft.units:
        for weight, sender in unit.weights:
            found = draft.number(weight)
            entry = f'name = "{_parameter(weight)}", from = "{known[sender]}", to = "{unit.name}"'
            yield f"  {{{entry}, value = {_digits(found)}}},  # {unit.where}; {_tell(found)}"
    yield "]"
    biases = {unit.bias: [each for each in draft.units if each.bias == unit.bias] for unit in draft.units if unit.bias}
    if biases:
        yield "biases = ["
        for bias, fed in biases.items():
            assert bias is not None
            found = draft.number(bias)
            to = write_value([unit.name for unit in fed] if len(fed) > 1 else fed[0].name)
            yield f'  {{name = "{_parameter(bias)}", to = {to}, value = {_digits(found)}}},  # {_tell(found)}'
        yield "]"
    yield from _write_data(draft, inputs, layers[-1])


def _write_data(draft: Draft, inputs: list[Name], outputs: list[Unit]) -> Iterator[str]:
    yield ""
    yield "[data]"
    for key in ("inputs", "targets"):
        yield f"{key} = ["
        for sample in draft.samples:
            if key == "inputs":
                row = [draft.number(name, sample) or draft.number(Name("x", (str(at),)), sample)
                       for at, name in enumerate(inputs, start=1)]  # fmt: skip
            else:
                row = [_target(draft, unit, len(outputs), sample) for unit in outputs]
            yield f"  [{', '.join(_digits(found) for found in row)}],  # {'; '.join(_tell(found) for found in row)}"
        yield "]"
    yield ""
    yield "[training]"
    rate = draft.rate
    yield f"learning_rate = {rate.text}  # {rate.where}" if rate else "# learning_rate = 0.1  # MISSING"


def _target(draft: Draft, unit: Unit, count: int, sample: int) -> Found | None:
    """The target of an output: a letter for targets with its subscript, or alone where there is one output."""
    subs = {unit.name, "".join(unit.sum.subs), *("".join((unit.activation or unit.sum).subs),)}
    names = [*draft.numbers, *draft.passes[0]]
    for name in names:
        is_output = name == (unit.activation or unit.sum)
        if name.base in TARGETS and not is_output and ("".join(name.subs) in subs or (count == 1 and not name.subs)):
            return draft.number(name, sample)
    if count == 1:
        own = (name for name in names if name.base in TARGETS and name != unit.activation)
        return next((draft.number(name, sample) for name in own), None)
    return None


def _parameter(name: Name) -> str:
    text = re.sub(r"\W", "_", "".join([name.base, *name.subs])).strip("_")
    number = re.sub(r"\D", "", name.sup)
    return f"{text}_{number}" if number else text


def _digits(found: Found | None) -> str:
    return '"MISSING"' if found is None else repr(float(found.text))


def _tell(found: Found | None) -> str:
    return found.where if found is not None else "not in the document"


def _write_aliases(draft: Draft, written: str) -> str:
    """Aliases for the letters that would not be read as they are meant."""
    try:
        names = Names(loads(written.replace('"MISSING"', "0.0")))
    except BackproofError as error:
        raise BackproofError(
            f"the weighted sums in the document do not make a whole network ({error}) Each unit needs its own."
        ) from None
    inputs, known = _senders(draft)
    wanted: dict[Name, Quantity] = {}
    for unit in draft.units:
        wanted[unit.sum] = Quantity("h", (unit.name,))
        if unit.activation is not None:
            wanted[unit.activation] = Quantity("a", (unit.name,))
        wanted |= {weight: Quantity("w", (_parameter(weight),)) for weight, _ in unit.weights}
        wanted |= {unit.bias: Quantity("w", (_parameter(unit.bias),))} if unit.bias is not None else {}
    wanted |= {name: Quantity("a", (known[name],)) for name in inputs}
    lines = []
    for name, quantity in wanted.items():
        try:
            found = names.resolve(name)
        except (UnreadableError, BackproofError):
            found = None
        if found != quantity:
            lines.append(f"{write_value(_written(name))} = {write_value(quantity.name)}")
    return "\n".join(["\n[aliases]  # letters of the document", *lines, ""]) if lines else ""


def _written(name: Name) -> str:
    """A name in LaTeX, as an alias has it."""
    greek = "\\" if len(name.base) > 2 and name.base in ("delta", "sigma", "theta", "omega", "alpha", "beta") else ""
    sub = f"_{{{','.join(name.subs)}}}" if name.subs else ""
    return greek + name.base + sub + (f"^{{{name.sup}}}" if name.sup else "") + "'" * name.primes
