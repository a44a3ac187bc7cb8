"""Which sample and step a place of a document is about: by headings, and by inputs and weights that are given again.

What a heading says counts unless the numbers below it fit what came before better: "step 2" may be the backward pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from backproof.checking.documents.arrays import interpret
from backproof.checking.documents.context import Context
from backproof.checking.documents.grammar import Listed, Symbol, printed
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.statements import Statement
from backproof.expression import Expression
from backproof.quantity import Kind, Quantity
from backproof.rounding import agrees

_ORDINALS = ("first 1st one", "second 2nd two", "third 3rd three", "fourth 4th four", "fifth 5th five", "sixth 6th six")
ORDINALS = {word: number for number, words in enumerate(_ORDINALS, start=1) for word in words.split()}
_NUMBER = rf"(?:no\.?\s*|number\s+|nr\.?\s*|[#№]\s*)?(\d+|{'|'.join(ORDINALS)})"
_SAMPLE = (
    r"sample|example|pattern|row|case|instance|observation|data\s?point|training\s+(?:pair|example|sample)|input\s+pair|"
    r"muestra|beispiel|exemple|muster"
)
_STEP = (
    r"iteration|epoch|epoche|époque|iteración|época|itération|training\s+step|weight\s+update|"
    r"(?:forward|training)\s+(?:pass|propagation)"
)
_WEAK = r"step|round|pass|schritt|paso|étape|update"


def _cue(words: str) -> re.Pattern[str]:
    """sample 2, the second sample."""
    ordinals = "|".join(ORDINALS)
    return re.compile(
        rf"\b(?:{words})\s*{_NUMBER}(?![\d.]*\d)\b|\b({ordinals}|\d+(?:st|nd|rd|th))\s+(?:\w+\s+)?(?:{words})\b",
        re.IGNORECASE,
    )


CUES = ((_cue(_SAMPLE), "sample", False), (_cue(_STEP), "step", False), (_cue(_WEAK), "step", True))
UPDATED = re.compile(r"\b(?:updat\w*|new\s+(?:weight|value|bias)\w*|aktualisier\w*|neue\s+gewichte)\b", re.IGNORECASE)


@dataclass
class Section:
    """A stretch of a document under one heading: what the heading says, and the numbers below."""

    sample: int | None = None
    step: int | None = None
    weak: bool = False
    updates: bool = False
    numbers: list[tuple[Expression, str]] = field(default_factory=list)


def read_cues(text: str) -> Section:
    """What a heading or the beginning of a sentence says of sample and step."""
    section = Section(updates=UPDATED.search(text) is not None)
    for pattern, kind, weak in CUES:
        match = pattern.search(text)
        if match is None or (kind == "step" and section.step is not None):
            continue
        word = next(each for each in match.groups() if each).lower()
        number = ORDINALS.get(word) or int(re.sub(r"\D", "", word) or 0)
        if not 0 < number < 10_000:
            continue
        if kind == "sample":
            section.sample = number
        else:
            section.step, section.weak = number, weak
    return section


def settle(context: Context, section: Section, before: tuple[int | None, int]) -> tuple[int | None, int]:
    """The sample and step of a section, after those of the one before it."""
    sample, step = before
    candidates = [before]
    wanted = (
        section.sample if section.sample is not None else sample,
        section.step if section.step is not None else step,
    )
    if section.step is not None and not section.weak and context.worksheet.training.batches:
        wanted = (wanted[0], (section.step - 1) * len(context.worksheet.training.batches) + 1)
    if wanted != before and _exists(context, *wanted):
        candidates.append(wanted)
        if section.sample is not None and section.step is not None:
            candidates += [each for each in ((wanted[0], step), (sample, wanted[1])) if _exists(context, *each)]
    if len(candidates) == 1:
        return before
    scores = [count_fits(context, section.numbers, *each) for each in candidates]
    strong = not section.weak or section.sample is not None
    best = max(range(len(candidates)), key=lambda at: (scores[at], at == 1 if strong else at == 0))
    return candidates[best]


def _exists(context: Context, sample: int | None, step: int) -> bool:
    if step > 1 and context.worksheet.training.rate is None:
        return False
    return sample is None or sample in context.used(step)


def count_fits(context: Context, numbers: Sequence[tuple[Expression, str]], sample: int | None, step: int) -> int:
    """How many numbers are the true ones of a sample and step."""
    with context.at(sample, step):
        return sum(context.fits(formula, digits) for formula, digits in numbers)


def simple_numbers(context: Context, statement: Statement) -> Iterator[tuple[Expression, str]]:
    """The quantity on the left with each number printed for it."""
    tree = statement.sides[0].tree
    if tree is None:
        return
    for side in statement.sides[1:]:
        try:
            if isinstance(side.tree, Listed):
                yield from (
                    (each.quantity, each.entry.digits)
                    for each in interpret(context, tree, side.tree)
                    if each.sample is None
                )
            elif side.digits is not None:
                yield context.read(tree), side.digits
        except UnreadableError:
            return


class Givens:
    """Inputs and weights as they are given again, and what that says of sample and step."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.updates = False
        self.inputs: dict[str, str] = {}
        self.weights: dict[str, str] = {}

    def read(self, statement: Statement) -> Section | None:
        """A section, where this statement completes what begins another sample or step."""
        context = self.context
        given = [(quantity, digits) for quantity, digits in self._given(statement) if isinstance(quantity, Quantity)]
        if not given:
            self.inputs, self.weights = {}, {}
            return None
        network = context.worksheet.network
        for quantity, digits in given:
            if quantity.kind is Kind.PARAMETER:
                self.weights[quantity.of[0]] = digits
            elif quantity.kind is Kind.ACTIVATION and quantity.of[0] in network.units[0]:
                self.inputs[quantity.of[0]] = digits
        sample = self._sample()
        step = self._step()
        return Section(sample=sample, step=step, weak=False) if sample is not None or step is not None else None

    def _given(self, statement: Statement) -> Iterator[tuple[Expression, str]]:
        tree = statement.sides[0].tree
        if tree is None or len(statement.sides) != 2 or self.updates:
            return
        right = statement.sides[1].tree
        if (
            isinstance(right, Listed)
            and isinstance(tree, Symbol)
            and tree.name.base in ("x", "X", "i", "input", "inputs")
        ):
            row = [entry for row in right.rows for entry in row]
            units = self.context.worksheet.network.units[0]
            digits = [printed(entry) for entry in row]
            if len(row) == len(units) and None not in digits:
                yield from ((Quantity("a", (unit,)), str(text)) for unit, text in zip(units, digits, strict=True))
        elif (text := statement.sides[1].digits) is not None:
            try:
                found = self.context.read(tree)
            except UnreadableError:
                return
            if isinstance(found, Quantity) and (
                found.kind is Kind.PARAMETER
                or (found.kind is Kind.ACTIVATION and found.of[0] in self.context.worksheet.network.units[0])
            ):
                yield found, text

    def _sample(self) -> int | None:
        """The only sample with all these inputs, where it is told from the others."""
        sheet = self.context.worksheet
        units = sheet.network.units[0]
        if len(self.inputs) < len(units) or len(sheet.x) == 1:
            return None
        rows = [
            [agrees(self.inputs[unit], float(value)) for unit, value in zip(units, row, strict=True)]
            for row in sheet.x.reshape(len(sheet.x), -1)
        ]
        found = [number for number, row in enumerate(rows, start=1) if all(row)]
        return found[0] if len(found) == 1 else None

    def _step(self) -> int | None:
        """The next step, where the weights given are those that it begins with and not those of this one."""
        context = self.context
        if len(self.weights) < 2 or context.worksheet.training.rate is None:
            return None
        given = [(Quantity("w", (name,)), digits) for name, digits in self.weights.items()]
        now, then = (count_fits(context, given, None, context.step + ahead) for ahead in (0, 1))
        return context.step + 1 if then > now and then >= len(given) - 1 else None
