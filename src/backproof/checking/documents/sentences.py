"""What sentences state: "the gradient of w3 is ...", what the inputs are, which bias feeds which unit.

Only a few turns of phrase are read, in English; in any language a number beside a name is taken for what it fits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from backproof.checking.documents.context import Context
from backproof.checking.documents.grammar import Parser, is_arithmetic, printed
from backproof.checking.documents.lexer import Token, read_words
from backproof.checking.documents.model import Formula, Unread, UnreadableError, quoted
from backproof.checking.documents.names import free_letters, read_table
from backproof.checking.documents.pages import Page
from backproof.checking.documents.statements import Item, Run
from backproof.checking.mistake import every_mistake
from backproof.checking.slips import Slip
from backproof.expression import Expression
from backproof.network import Network
from backproof.quantity import Kind, Quantity
from backproof.rounding import agrees

#: Maximum number of samples whose numbers are looked at.
MOST = 50
FEEDS = ("connected", "feeds", "belongs", "leads", "goes")
#: What a noun before "of" means, and words that may stand beside it; of several nouns the first of these decides.
NOUNS = read_table(
    "eta: rate",
    "dE/dw: gradient, gradients, derivative, grad, partial",
    "new: new, updated, adjusted",
    "delta: delta",
    "h: net, preactivation, pre-activation, pre, sum",
    "a: activation, output",
    "y: target",
    "E: loss, cost",
    "w: old, original, initial, value, weight, bias",
)
#: Nouns that decide even beside one that leaves the number open.
CERTAIN = read_words("gradient derivative net pre pre-activation new updated loss cost rate delta")
#: Nouns that leave open which number is meant, and little words that never do.
OPEN = read_words(
    "error change update input step contribution difference slope sensitivity signal product share part mean",
    "square half negative ratio norm fehler gradiente erreur",
)
OF = read_words("of for at to von für de du des del di do da pour para per bei respect in")
IS = read_words("is are was equals comes becomes gives be amounts turns yields becoming reads")
LITTLE = frozenset(
    read_words(
        "a about also an and approximately around as equal error exactly find function get have hence hidden input",
        "its just layer neuron node now obtain out parameter roughly so term the then therefore this thus total unit",
        "up we weighted with",
    )
)
LITTLE |= {*OF, *IS, *NOUNS}


def read_phrase(words: Sequence[str]) -> str | None:
    """What the words before a name make of it: a role, `?` where that is open, None where they say nothing."""
    if any(word in OPEN for word in words) and not any(word in CERTAIN for word in words):
        return "?"
    for word, role in NOUNS.items():
        if word in words and not (role == "E" and any(each in OF for each in words[words.index(word) :])):
            return role
    if words and words[-1] in OF and words[-1] not in ("to", "in", "at", "for", "pour", "para", "per"):
        return "?"
    return None


def apply_phrase(network: Network, role: str | None, formula: Expression) -> Expression | None:
    """The quantity that a phrase makes of a name: the gradient of w3 is dE/dw3; None where they do not go together."""
    if role is None or role == "E":
        return formula
    if not isinstance(formula, Quantity) or role == "?" or len(formula.of) != 1:
        return None
    if formula.kind is Kind.PARAMETER:
        return Quantity(role, formula.of) if role in ("w", "new", "dE/dw", "step") else None
    if formula.kind in (Kind.NEW, Kind.DERIVATIVE):
        return formula if role in ("new", "w", "delta", "dE/dw") else None
    if formula.kind in (Kind.ACTIVATION, Kind.PRE_ACTIVATION, Kind.TARGET):
        if role == "w":
            return formula
        inner = network.place(formula.of[0])[0] > 0
        return Quantity(role, formula.of) if role in ("a", "h", "delta", "y") and (inner or role == "a") else None
    return formula if role == "eta" and formula.kind is Kind.RATE else None


@dataclass(frozen=True)
class Mention:
    """A formula without an equality sign inside a sentence, and where it is among the items."""

    position: int
    formula: Expression
    start: int
    end: int

    @property
    def parameter(self) -> str | None:
        """The name of a parameter, where it is one."""
        formula = self.formula
        return formula.of[0] if isinstance(formula, Quantity) and formula.kind is Kind.PARAMETER else None


class Sentence:
    """One paragraph of prose: its items, and the formulas mentioned in it."""

    def __init__(self, context: Context, page: Page, items: Sequence[Item]) -> None:
        self.context, self.source, self.items = context, page.source, items
        self.network = context.worksheet.network
        self.done: set[int] = set()
        self.mentions = {each.position: each for each in self._mentions()}

    def _mentions(self) -> Iterator[Mention]:
        for position, item in enumerate(self.items):
            if isinstance(item, Run) and not item.related and len(item.tokens) <= 60:
                try:
                    formula = self.context.read(Parser(item.tokens).parse())
                except (UnreadableError, ArithmeticError, ValueError):
                    continue
                yield Mention(position, formula, item.tokens[0].start, item.tokens[-1].end)

    def read(self) -> None:
        """Judge what the sentence states."""
        for position, item in enumerate(self.items):
            if isinstance(item, Token) and item.kind == "word":
                word = item.text.lower()
                if word in ("are", "is", "equals"):
                    self._are(position)
                elif word == "as" and self._word(position - 2) == "to":
                    self._called(position)
                elif word in FEEDS:
                    self._connected(position)
        self._enumerated()
        for mention in self.mentions.values():
            if mention.position not in self.done and (digits := printed(mention.formula)) is not None:
                self._number(mention, digits)

    def _number(self, mention: Mention, digits: str) -> None:
        """A number in a sentence: of the name before it, by the words between and before; else it is listed."""
        text, where = quoted(self.source.text[mention.start : mention.end]), self.source.where(mention.start)
        at = mention.position - 1
        between: list[str] = []
        while at >= 0 and at not in self.mentions and self._is_word(at):
            between.insert(0, self._word(at))
            at -= 1
        name = self.mentions.get(at)
        words: list[str] = []
        while name is not None and (at := at - 1) >= 0 and self._is_word(at):
            words.insert(0, self._word(at))
        said = bool(between) and any(word in IS for word in between) and all(word in LITTLE for word in between)
        try:
            if name is None or is_arithmetic(name.formula) or free_letters(name.formula):
                self._unnamed(between, digits, where, text)
            elif said:
                self._described(name.formula, words, digits, where, text)
            elif between and not self._by_number(name.formula, digits, where):
                self._leave(text, "a sentence that is not understood; an equation or an alias says what it is", where)
            elif not between:
                self._leave(text, "it stands beside a name without a sign of equality", where)
        except UnreadableError as error:
            self._leave(text, str(error), where)

    def _unnamed(self, between: list[str], digits: str, where: str, text: str) -> None:
        """the loss comes to 0.12; a learning rate of 0.5."""
        role = read_phrase([word for word in between if word not in ("to", "of")])
        last = [word for word in between if word in IS or word == "of"]
        if role in ("E", "eta") and last and all(word in LITTLE or word == "learning" for word in between[-3:]):
            formula = Quantity("E") if role == "E" else Quantity("eta")
            if role == "E" or self.context.fits(formula, digits):
                self.context.claim(formula, digits, where)
                return
            self._leave(text, "the worksheet has another learning rate", where)
            return
        if "." in digits or "e" in digits:
            self.context.found.mentions.append(Unread(text, "a number in a sentence that names no quantity", where))

    def _described(self, formula: Expression, words: list[str], digits: str, where: str, text: str) -> None:
        role = read_phrase(words)
        meant = apply_phrase(self.context.worksheet.network, role, formula)
        if meant is not None:
            self.context.claim(meant, digits, where, guess=role is None and bool(words) and words[-1] in OF)
        elif not self._by_number(formula, digits, where):
            self._leave(text, f"'{' '.join(words[-4:])}' does not say which number of {_name(formula)} it is", where)

    def _by_number(self, formula: Expression, digits: str, where: str) -> bool:
        """Claim a number for what it fits, where that is one quantity alone and the digits tell."""
        if len(digits.lstrip("-0.").replace(".", "")) < 3 or not isinstance(formula, Quantity) or len(formula.of) != 1:
            return False
        unit = ("a", "h", "delta", "dE/da", "da/dh")
        roles = ("w", "new", "dE/dw", "step") if formula.kind is Kind.PARAMETER else unit
        meant = [Quantity(role, formula.of) for role in roles]
        fitting = [each for each in meant if self.context.fits(each, digits)]
        if len(fitting) != 1:
            return False
        self.context.claim(fitting[0], digits, where)
        return True

    def _is_word(self, position: int) -> bool:
        item = self.items[position]
        return isinstance(item, Token) and (item.kind == "word" or item.text in ("(", ")"))

    def _leave(self, text: str, reason: str, where: str) -> None:
        self.context.found.unread.append(Unread(text, reason, where))

    def _word(self, position: int) -> str:
        item = self.items[position] if 0 <= position < len(self.items) else None
        return item.text.lower() if isinstance(item, Token) else ""

    def _listed(self, position: int, step: int) -> list[Mention]:
        """The formulas joined by `and` and commas that end or begin at a place."""
        found: list[Mention] = []
        while position in self.mentions:
            found.append(self.mentions[position])
            position += step
            if self._word(position) not in ("and", ","):
                break
            position += step
            if self._word(position) == "and":
                position += step
        return found[::step]

    def _are(self, position: int) -> None:
        """`i_1 and i_2 are 0 and 1`, `a_o is 0.512`: one number for each."""
        names, numbers = self._listed(position - 1, -1), self._listed(position + 1, 1)
        digits = [printed(each.formula) for each in numbers]
        if not names or len(names) != len(numbers) or None in digits:
            return
        if len(names) == 1 or any(is_arithmetic(each.formula) or free_letters(each.formula) for each in names):
            return
        self.done.update(each.position for each in numbers)
        truths = [self.context.truth(each.formula) for each in names]
        if any(truth is None for truth in truths):
            return
        wrong = [
            f"{each.formula.name} is {truth:g}"
            for each, text, truth in zip(names, digits, truths, strict=True)
            if isinstance(each.formula, Quantity) and truth is not None and not agrees(str(text), truth)
        ]
        of = names[0].formula.name if isinstance(names[0].formula, Quantity) else ""
        slips = self._belong_elsewhere(names, digits) if wrong else ()
        self._state(names[0].start, numbers[-1].end, of, "; ".join(wrong), slips)

    def _belong_elsewhere(self, names: list[Mention], digits: list[str | None]) -> tuple[Slip, ...]:
        """Whether all the numbers are those of something else, such as another sample."""
        graph = self.context.graph
        meant = [graph.normal(each.formula, self.context.asked[1], self.context.sample)
                 for each in names if isinstance(each.formula, Quantity)]  # fmt: skip
        for mistake in every_mistake() if len(meant) == len(names) else ():
            found = [{each.kind: each for each in islice(mistake.stand_ins(graph, one), MOST) if each.kind}
                     for one in meant]  # fmt: skip
            for kind, first in found[0].items():
                values = [graph.truth(each[kind].quantity) for each in found if kind in each]
                if len(values) == len(names) and all(agrees(str(d), v) for d, v in zip(digits, values, strict=True)):
                    return (Slip(mistake.id, f"these are the numbers of {first.owner}"),)
        return ()

    def _called(self, position: int) -> None:
        """`refer to X as Y`."""
        left, right = self.mentions.get(position - 1), self.mentions.get(position + 1)
        if left is None or right is None or free_letters(left.formula) or free_letters(right.formula):
            return
        holds = self.context.networks.same(left.formula, right.formula)
        of = left.formula.name if isinstance(left.formula, Quantity) else ""
        self._state(left.start, right.end, of, "" if holds else "the two are not the same number")

    def _connected(self, position: int) -> None:
        """`b_2, which is connected to h_1`: whether that parameter feeds that unit."""
        before = [self.mentions[at] for at in range(position - 5, position) if at in self.mentions]
        after = [self.mentions[at] for at in range(position + 1, position + 5) if at in self.mentions]
        name = before[-1].parameter if before else None
        if name is None or not after or not isinstance(after[0].formula, Quantity) or not after[0].formula.of:
            return
        unit = after[0].formula.of[0]
        fed = fed_by(self.network, name)
        known = self.network.architecture.find_unit(unit) is not None
        if not known or (not self.network.is_bias(name) and unit not in fed):
            return
        says = "" if unit in fed else f"{name} feeds {' and '.join(fed)}, not {unit}"
        slips = name_bias_slip(self.context, name, unit, says) if says else ()
        self._state(before[-1].start, after[0].end, name, says, slips)

    def _enumerated(self) -> None:
        """`dE/dw_2, dE/dw_4 and dE/db_1`: a bias named among the weights of another unit."""
        found = [(each, by) for each in self.mentions.values() if (by := _by(each.formula)) is not None]
        if len(found) < 3:
            return
        parameters = [self.network.parameter(name) for _, name in found]
        weights = [tuple(fed_by(self.network, each.name)) for each in parameters if not self.network.is_bias(each.name)]
        biases = [each for each in parameters if self.network.is_bias(each.name)]
        if len(biases) != 1 or len(weights) < 2 or len(set(weights)) != 1:
            return
        fed = fed_by(self.network, biases[0].name)
        says = "" if tuple(fed) == weights[0] else (
            f"{biases[0].name} feeds {' and '.join(fed)}, the weights beside it feed {' and '.join(weights[0])}"
        )  # fmt: skip
        slips = name_bias_slip(self.context, biases[0].name, weights[0][0], says) if says else ()
        self._state(found[0][0].start, found[-1][0].end, f"dE/d{biases[0].name}", says, slips)

    def _state(self, start: int, end: int, of: str, says: str, slips: tuple[Slip, ...] = ()) -> None:
        text, where = quoted(self.source.text[start:end]), self.source.where(start)
        self.context.found.formulas.append(Formula(text, of, not says, where, says, slips))

    def bias(self) -> str | None:
        """The bias that the sentence is about, where it names exactly one parameter and that is a bias."""
        named = {each.parameter for each in self.mentions.values() if each.parameter is not None}
        only = next(iter(named)) if len(named) == 1 else None
        return only if only is not None and self.network.is_bias(only) else None


def _by(formula: Expression) -> str | None:
    """The parameter of a dE/dw."""
    return formula.of[0] if isinstance(formula, Quantity) and formula.is_gradient else None


def fed_by(network: Network, name: str) -> list[str]:
    """The units that a parameter feeds."""
    uses = network.architecture.uses(name)[:10]
    return list(dict.fromkeys(network.units[use.layer][use.position] for use in uses))


def name_bias_slip(context: Context, bias: str, unit: str, says: str) -> tuple[Slip, ...]:
    """The slip of giving a bias the error of a unit that it does not feed."""
    id = context.slips.name_rewrite(Quantity("dE/dw", (bias,)), Quantity("dE/dh", (unit,)))
    return (Slip(id, says),) if id else ()


def announced(context: Context, bias: str, first: int) -> None:
    """The first formula after a sentence about one bias: where it is about another bias, the two do not fit."""
    for number, formula in enumerate(context.found.formulas[first : first + 1], start=first):
        name = formula.of.rpartition("/d")[2]
        wiring = context.worksheet.network.wiring
        other = wiring.get(name) if "/d" in formula.of else None
        if other is not None and context.worksheet.network.is_bias(name) and name != bias and formula.holds:
            says = f"the sentence before speaks of {bias}, the formula of {name}"
            slips = name_bias_slip(context, bias, fed_by(context.worksheet.network, name)[0], says)
            changed = Formula(formula.text, formula.of, False, formula.where, says, slips)
            context.found.formulas[number] = changed


def _name(formula: Expression) -> str:
    return formula.name if isinstance(formula, Quantity) else "it"
