"""What sentences state without a sign of equality: what the inputs are, which bias feeds which unit; lone numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from backproof.checking.documents.context import Context
from backproof.checking.documents.grammar import Parser, printed
from backproof.checking.documents.lexer import Token
from backproof.checking.documents.model import Formula, Unread, UnreadableError, quoted
from backproof.checking.documents.names import free_letters
from backproof.checking.documents.statements import Piece, Run
from backproof.checking.mistake import every_mistake
from backproof.checking.slips import Slip
from backproof.expression import Expression
from backproof.quantity import Kind, Quantity
from backproof.rounding import agrees

#: Maximum number of samples whose numbers are looked at.
MOST = 50
FEEDS = ("connected", "feeds", "belongs", "leads", "goes")
Mention = tuple[int, Expression]


class Sentence:
    """One line of prose: its items, and the formulas mentioned in it, by their position among the items."""

    def __init__(self, context: Context, piece: Piece) -> None:
        self.context, self.source, self.items = context, piece.page.source, piece.sentence
        self.network = context.worksheet.network
        self.mentions = dict(self._mentions())

    def _mentions(self) -> Iterator[Mention]:
        for position, item in enumerate(self.items):
            if isinstance(item, Run) and not item.related and len(item.tokens) <= 60:
                try:
                    yield position, self.context.read(Parser(item.tokens).parse())
                except (UnreadableError, ArithmeticError, ValueError):
                    continue

    def read(self) -> None:
        """Judge what the sentence states, and list the numbers that are of nothing."""
        stated: set[int] = set()
        for position in range(len(self.items)):
            word = self._word(position)
            if word == "are":
                stated |= self._are(position)
            elif word == "as" and self._word(position - 2) == "to":
                self._called(position)
            elif word in FEEDS:
                self._connected(position)
        self._enumerated()
        for position, item in enumerate(self.items):
            if isinstance(item, Run) and not item.related and position not in stated:
                self._leave(item, position)

    def _leave(self, item: Run, position: int) -> None:
        """List numbers that are nobody's: an array, a number beside a name, a number alone such as a year."""
        kinds = {token.kind for token in item.tokens}
        start, text = item.tokens[0].start, self.source.text[item.tokens[0].start : item.tokens[-1].end]
        decimal = any("." in token.text or "e" in token.text for token in item.tokens if token.kind == "number")
        if item.is_array and len(item.tokens) > 3 and "number" in kinds:
            says = "nothing known stands before the list; a name such as a1 or dW2, or an alias, says what it is"
            self.context.unread(text, says, self.source.where(start))
        elif decimal and "name" in kinds and len(self.items) == 1:
            says = "a number stands beside a name without a sign of equality; a table is read"
            self.context.unread(text, says, self.source.where(start))
        elif decimal and position in self.mentions and printed(self.mentions[position]):
            says = "a number in a sentence that names no quantity"
            self.context.found.mentions.append(Unread(quoted(text), says, self.source.where(start)))

    def _word(self, position: int) -> str:
        item = self.items[position] if 0 <= position < len(self.items) else None
        return item.text.lower() if isinstance(item, Token) else ""

    def _listed(self, position: int, step: int) -> list[int]:
        """Where the formulas stand that `and` and commas join, ending or beginning at a place."""
        found: list[int] = []
        while position in self.mentions:
            found.append(position)
            position += step
            while self._word(position) in ("and", ","):
                position += step
        return found[::step]

    def _are(self, position: int) -> set[int]:
        """`i_1 and i_2 are 0 and 1`: one number for each."""
        at, values = self._listed(position - 1, -1), self._listed(position + 1, 1)
        names, digits = [self.mentions[each] for each in at], [printed(self.mentions[each]) or "" for each in values]
        quantities = [each for each in names if isinstance(each, Quantity)]
        truths = [self.context.truth(each) for each in quantities]
        if len(names) < 2 or not len(truths) == len(names) == len(digits) or "" in digits or None in truths:
            return set()
        pairs = list(zip(quantities, digits, truths, strict=True))
        wrong = [f"{each.name} is {truth:g}" for each, text, truth in pairs if not agrees(text, float(truth or 0))]
        slips = self._belong_elsewhere(quantities, digits) if wrong else ()
        self._state(at[0], values[-1], quantities[0].name, "; ".join(wrong), slips)
        return set(values)

    def _belong_elsewhere(self, names: Sequence[Quantity], digits: Sequence[str]) -> tuple[Slip, ...]:
        """Whether all the numbers are those of something else, such as another sample."""
        graph = self.context.graph
        meant = [graph.normal(each, self.context.asked[1], self.context.sample) for each in names]
        for mistake in every_mistake():
            found = [{each.kind: each for each in islice(mistake.stand_ins(graph, one), MOST) if each.kind}
                     for one in meant]  # fmt: skip
            for kind, first in found[0].items():
                values = [graph.truth(each[kind].quantity) for each in found if kind in each]
                if len(values) == len(names) and all(agrees(d, v) for d, v in zip(digits, values, strict=True)):
                    return (Slip(mistake.id, f"these are the numbers of {first.owner}"),)
        return ()

    def _called(self, position: int) -> None:
        """`refer to X as Y`."""
        left, right = self.mentions.get(position - 1), self.mentions.get(position + 1)
        if left is not None and right is not None and not free_letters(left) and not free_letters(right):
            says = "" if self.context.networks.same(left, right) else "the two are not the same number"
            self._state(position - 1, position + 1, left.name if isinstance(left, Quantity) else "", says)

    def _connected(self, position: int) -> None:
        """`b_2, which is connected to h_1`: whether that parameter feeds that unit."""
        before = [at for at in range(position - 5, position) if at in self.mentions]
        after = [at for at in range(position + 1, position + 5) if at in self.mentions]
        name = _parameter(self.mentions[before[-1]]) if before else None
        unit = self.mentions[after[0]] if after else None
        if name is None or not isinstance(unit, Quantity) or not unit.of:
            return
        fed = self._fed_by(name)
        if unit.of[0] in fed or (self.network.is_bias(name) and self.network.architecture.find_unit(unit.of[0])):
            says = "" if unit.of[0] in fed else f"{name} feeds {' and '.join(fed)}, not {unit.of[0]}"
            self._state(before[-1], after[0], name, says, name_bias_slip(self.context, name, unit.of[0], says))

    def _enumerated(self) -> None:
        """`dE/dw_2, dE/dw_4 and dE/db_1`: a bias named among the weights of another unit."""
        found = [
            (at, each.of[0]) for at, each in self.mentions.items() if isinstance(each, Quantity) and each.is_gradient
        ]
        fed = [tuple(self._fed_by(name)) for _, name in found if not self.network.is_bias(name)]
        biases = [name for _, name in found if self.network.is_bias(name)]
        if len(biases) == 1 and len(fed) > 1 and len(set(fed)) == 1:
            own = self._fed_by(biases[0])
            says = f"{biases[0]} feeds {' and '.join(own)}, the weights beside it feed {' and '.join(fed[0])}"
            says = "" if tuple(own) == fed[0] else says
            slips = name_bias_slip(self.context, biases[0], fed[0][0], says)
            self._state(found[0][0], found[-1][0], f"dE/d{biases[0]}", says, slips)

    def _fed_by(self, name: str) -> list[str]:
        """The units that a parameter feeds."""
        uses = self.network.architecture.uses(name)[:10]
        return list(dict.fromkeys(self.network.units[use.layer][use.position] for use in uses))

    def _state(self, first: int, last: int, of: str, says: str, slips: tuple[Slip, ...] = ()) -> None:
        start, end = (self.items[at] for at in (first, last))
        assert isinstance(start, Run)
        assert isinstance(end, Run)
        text = quoted(self.source.text[start.tokens[0].start : end.tokens[-1].end])
        where = self.source.where(start.tokens[0].start)
        self.context.found.formulas.append(Formula(text, of, not says, where, says, slips))

    def bias(self) -> str | None:
        """The bias that the sentence is about, where it names exactly one parameter and that is a bias."""
        named = {name for each in self.mentions.values() if (name := _parameter(each)) is not None}
        only = next(iter(named)) if len(named) == 1 else None
        return only if only is not None and self.network.is_bias(only) else None


def _parameter(formula: Expression) -> str | None:
    return formula.of[0] if isinstance(formula, Quantity) and formula.kind is Kind.PARAMETER else None


def name_bias_slip(context: Context, bias: str, unit: str, says: str) -> tuple[Slip, ...]:
    """The slip of giving a bias the error of a unit that it does not feed."""
    id = context.slips.name_rewrite(Quantity("dE/dw", (bias,)), Quantity("dE/dh", (unit,))) if says else ""
    return (Slip(id, says),) if id else ()


def check_announced(context: Context, bias: str, first: int) -> None:
    """The first formula after a sentence about one bias: where it is about another bias, the two do not fit."""
    network = context.worksheet.network
    for number, formula in enumerate(context.found.formulas[first : first + 1], start=first):
        name = formula.of.rpartition("/d")[2]
        if network.wiring.get(name) is not None and network.is_bias(name) and name != bias and formula.holds:
            says = f"the sentence before speaks of {bias}, the formula of {name}"
            use = network.architecture.uses(name)[0]
            slips = name_bias_slip(context, bias, network.units[use.layer][use.position], says)
            context.found.formulas[number] = replace(formula, holds=False, says=says, slips=slips)
