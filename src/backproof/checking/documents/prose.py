"""What sentences state about the numbers: what the inputs are, which bias feeds which unit, what is called what.

Only a few turns of phrase are read, and only between names that the worksheet knows; all else is prose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from backproof.checking.documents.context import Context
from backproof.checking.documents.equations import Item, Link, Run
from backproof.checking.documents.model import Formula, Slip, UnreadableError, quoted
from backproof.checking.documents.nodes import free_letters, is_arithmetic, printed
from backproof.checking.documents.sides import read_side
from backproof.checking.documents.source import Source
from backproof.checking.documents.tokens import Token
from backproof.checking.mistake import every_mistake
from backproof.expression import Expression
from backproof.network import Network
from backproof.quantity import Kind, Quantity
from backproof.rounding import agrees

#: Maximum number of samples whose numbers are looked at.
MOST = 50
FEEDS = ("connected", "feeds", "belongs", "leads", "goes")


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
        return (
            self.formula.of[0] if isinstance(self.formula, Quantity) and self.formula.kind is Kind.PARAMETER else None
        )


class Sentence:
    """One paragraph of prose: its items, and the formulas mentioned in it."""

    def __init__(self, context: Context, source: Source, items: Sequence[Item]) -> None:
        self.context, self.source, self.items = context, source, items
        self.network = context.worksheet.network
        self.mentions = {each.position: each for each in self._mentions()}

    def _mentions(self) -> Iterator[Mention]:
        for position, item in enumerate(self.items):
            if isinstance(item, Run) and not item.related and len(item.tokens) <= 60:
                link = Link(item.tokens, "")
                formula = read_side(link, self.context.vocabulary).formula
                if formula is not None:
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
        if any(is_arithmetic(each.formula) or free_letters(each.formula) for each in names):
            return
        where = self.source.where(names[0].start)
        if len(names) == 1:
            self._claim(names[0].formula, str(digits[0]), where)
            return
        truths = [self.context.truth(each.formula) for each in names]
        if any(truth is None for truth in truths):
            return
        wrong = [
            f"{each.formula.name} is {truth:g}"
            for each, text, truth in zip(names, digits, truths, strict=True)
            if isinstance(each.formula, Quantity) and truth is not None and not agrees(str(text), truth)
        ]
        of = names[0].formula.name if isinstance(names[0].formula, Quantity) else ""
        self._state(
            names[0].start,
            numbers[-1].end,
            of,
            "; ".join(wrong),
            self._belong_elsewhere(names, digits) if wrong else (),
        )

    def _claim(self, formula: Expression, digits: str, where: str) -> None:
        try:
            self.context.claim(formula, digits, where)
        except UnreadableError:
            return  # a sentence about a number of no one sample

    def _belong_elsewhere(self, names: list[Mention], digits: list[str | None]) -> tuple[Slip, ...]:
        """Whether all the numbers are those of something else, such as another sample."""
        graph = self.context.graph
        meant = [graph.normal(each.formula, self.context.step, self.context.sample)
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
