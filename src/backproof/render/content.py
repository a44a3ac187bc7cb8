"""What a report contains, whatever its target: its formulas, their legend, the sides of lines, what is where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from backproof.derivation import Derivation, Line
from backproof.document import Block, Curve, Document, Heading, Image, Mark, Picture, Printed, Table, Text, Worked
from backproof.expression import Compare, Expression, Number, Value, walk
from backproof.labels import Labels
from backproof.quantity import Kind, Quantity, Scope, write_sample
from backproof.render.naming import Legend, make_legend
from backproof.render.notation import Notation
from backproof.render.printer import Printer

ROUNDING = "Numbers are computed with all their digits and rounded only in print."
ESTIMATE = (
    "A central difference checks a derivative without any rule: the number that it is taken with respect to, such as "
    "w, is nudged by a tiny step both ways, and the change of E is divided by the change of w. The two numbers should "
    "agree."
)


class Key(NamedTuple):
    """What stands at the end of a report: the letters in it, and how its numbers came about."""

    letters: Legend
    remarks: str


def key_of(document: Document, notation: Notation) -> Key:
    """The letters that a document shows, with their meanings, and remarks on its numbers."""
    return _make_key(document.blocks, notation, document.labels)


def key_of_derivation(derivation: Derivation, notation: Notation) -> Key:
    """The letters that a derivation shows, with their meanings, and remarks on its numbers."""
    return _make_key((Worked(derivation),), notation, derivation.labels)


def _make_key(blocks: Sequence[Block], notation: Notation, labels: Labels) -> Key:
    estimated = any(isinstance(block, Worked) and block.derivation.estimate is not None for block in blocks)
    remarks = f"{ROUNDING} {ESTIMATE}" if estimated else ROUNDING
    return Key(make_legend(_formulas(blocks), notation, labels), remarks)


def derivations(document: Document) -> tuple[Derivation, ...]:
    """The derivations of a document, in order."""
    return tuple(block.derivation for block in document.blocks if isinstance(block, Worked))


def _formulas(blocks: Iterable[Block]) -> Iterator[Expression]:
    for block in blocks:
        if isinstance(block, Worked):
            yield subject(block.derivation)
            for line in block.derivation.lines:
                yield from (side for side in (line.left, line.right) if side is not None)
        else:
            yield from (piece for text in _texts(block) if isinstance(text, tuple) for piece in _only_formulas(text))


def first_formula(blocks: Sequence[Block]) -> int:
    """The number of the block before which the legend stands: the first with a formula, and the heading above it."""
    for number, block in enumerate(blocks):
        if next(_formulas([block]), None) is not None:
            while number and isinstance(blocks[number - 1], Heading):
                number -= 1
            return number
    return len(blocks)


def _texts(block: Block) -> tuple[Text, ...]:
    if isinstance(block, Table):
        return (*block.header, *block.rows)
    return () if isinstance(block, Worked | Picture | Curve | Image) else (block.text,)


def _only_formulas(text: tuple[str | float | Expression, ...]) -> Iterator[Expression]:
    return (piece for piece in text if isinstance(piece, Expression))


def subject(derivation: Derivation) -> Expression:
    """What a derivation is about, with its sample where the lines name samples."""
    return write_sample(derivation.of, derivation.sample) if _names_samples(derivation) else derivation.of


def _names_samples(derivation: Derivation) -> bool:
    """Whether a derivation of one sample has numbers of other samples in it."""
    if derivation.sample is None:
        return False
    sides = (side for line in derivation.lines for side in (line.left, line.right) if side is not None)
    nodes = (node.of if isinstance(node, Value) else node for side in sides for node in walk(side))
    return any(isinstance(node, Quantity) and node.sample is not None for node in nodes)


def right_side(line: Line) -> Expression:
    """The right side of a line; a result that was worked out is rounded, as a number put in is."""
    if line.kind == "value" and isinstance(line.right, Number):
        return Value(Quantity("value"), line.right.value)
    return line.right


def left_side(derivation: Derivation, line: Line) -> Expression:
    """The left side of a line: its own, or what the derivation is about."""
    return derivation.of if line.left is None else line.left


def lines(derivation: Derivation) -> Iterator[tuple[Expression | None, Expression, Line]]:
    """Left side, right side and line; the left side is None where it is that of the line before.

    Where numbers of other samples are there too, each number carries its sample. A line that repeats the number
    above it is left out.
    """
    named = _names_samples(derivation)
    before: tuple[Expression, Expression] | None = None
    for line in derivation.lines:
        sides = left_side(derivation, line), right_side(line)
        left, right = (write_sample(side, derivation.sample) for side in sides) if named else sides
        continued = before is not None and left == before[0]
        if continued and before is not None and _is_repeated(before[1], right):
            continue
        yield None if continued else left, right, line
        before = left, right


def _is_repeated(before: Expression, right: Expression) -> bool:
    """Whether both sides are one and the same number put in."""
    return isinstance(before, Value) and isinstance(right, Value) and before.value == right.value


def place(derivation: Derivation) -> str:
    """Which sample and step a derivation is about, in words; steps beyond the first only."""
    of_step = isinstance(derivation.of, Quantity) and derivation.of.scope is Scope.STEP
    sample = f"sample {derivation.sample}" if derivation.sample is not None and not of_step else ""
    return ", ".join(filter(None, (sample, f"step {derivation.step}" if derivation.step > 1 else "")))


def difference(derivation: Derivation, printer: Printer) -> str:
    """How far the estimate is from the value, at two digits."""
    assert derivation.estimate is not None
    return replace(printer, digits=2).number(abs(derivation.value - derivation.estimate))


def about(notation: Notation, key: Key) -> str:
    """What stands above the letters: whose they are, and how the numbers of a report came about."""
    return f"Notation: {notation.name}, after {notation.source}. {key.remarks}"


def numeric_columns(table: Table) -> list[bool]:
    """Which columns hold nothing but numbers and formulas; equations are read from the left, as text is."""
    return [
        bool(table.rows)
        and all(isinstance(row[column], Printed) or not isinstance(row[column], str | Compare) for row in table.rows)
        for column in range(len(table.header))
    ]


def has_marks(table: Table) -> bool:
    """Whether a table holds a verdict in every place, so that its columns are narrow and its rows are compared."""
    return any(isinstance(piece, Mark) for row in table.rows for piece in row)


def choose_columns(table: Table, chosen: Sequence[int]) -> Table:
    """Some columns of a table."""
    rows = tuple(tuple(row[column] for column in chosen) for row in table.rows)
    return Table(tuple(table.header[column] for column in chosen), rows, table.caption)


def decimal_columns(table: Table) -> list[bool]:
    """Which columns hold nothing but numbers, so that they stand with one decimal point below the other."""
    return [
        bool(table.rows) and all(isinstance(row[column], Printed | float | int) for row in table.rows)
        for column in range(len(table.header))
    ]


def pad_decimals(written: Sequence[str]) -> list[str]:
    """What stands behind each number of a column so that their decimal points stand at one place: some spaces."""
    ends = [len(each) - each.find(".") if "." in each else 0 for each in written]
    return [" " * (max(ends) - end) for end in ends]


class _Place(NamedTuple):
    """Where a derivation stands: its block, and the group of sections around it that are about the same pass."""

    block: int
    group: int
    derivation: Derivation
    anchor: str


class Anchors:
    """Where derivations stand in a document, and to which of them a symbol in a block leads.

    Where a quantity comes up again with another value, another pass is the matter, of other samples say. From the
    heading above it on, nothing leads to what was before.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._groups = _groups(blocks)
        self._at: dict[int, _Place] = {}
        self._named: dict[str, list[_Place]] = {}
        taken: set[str] = set()
        for number, block in enumerate(blocks):
            if isinstance(block, Worked):
                derivation = block.derivation
                place = _Place(number, self._groups[number], derivation, _free(_slug(derivation), taken))
                self._at[number] = place
                self._named.setdefault(_same(derivation.of, derivation.name), []).append(place)

    def of(self, block: int) -> str:
        """The anchor of the derivation that is this block."""
        return self._at[block].anchor

    def target(self, quantity: Quantity, block: int) -> str:
        """The anchor of the derivation that a quantity in a block leads to, or the empty string.

        In a derivation: the one of the same sample and step, the last above it, else the next below. In other text,
        which tells neither: the one in reach, where there is no other.
        """
        if not quantity.of and quantity.kind is not Kind.COST:
            return ""
        near = [
            place for place in self._named.get(_same(quantity, quantity.name), []) if place.group == self._groups[block]
        ]
        here = self._at.get(block)
        if here is None:
            return near[0].anchor if len(near) == 1 and _may_be(quantity, near[0].derivation) else ""
        fits = [place for place in near if _is(quantity, place.derivation, here.derivation)]
        if not fits or here in fits:
            return ""
        return next((place for place in reversed(fits) if place.block < block), fits[0]).anchor


def _groups(blocks: Sequence[Block]) -> list[int]:
    """The group of each block; a new one begins at the heading above a quantity that now has another value."""
    groups: list[int] = []
    known: dict[tuple[str, int | None, int], float] = {}
    start = group = 0
    for number, block in enumerate(blocks):
        groups.append(group)
        if isinstance(block, Heading):
            start = number
        if isinstance(block, Worked):
            derivation = block.derivation
            if known.get(_key(derivation), derivation.value) != derivation.value:
                again = {_key(each.derivation) for each in blocks[start:number] if isinstance(each, Worked)}
                start = number if _key(derivation) in again else start
                group += 1
                groups[start:] = [group] * (number + 1 - start)
                known = {_key(e.derivation): e.derivation.value for e in blocks[start:number] if isinstance(e, Worked)}
            known[_key(derivation)] = derivation.value
    return groups


def _key(derivation: Derivation) -> tuple[str, int | None, int]:
    return _same(derivation.of, derivation.name), derivation.sample, derivation.step


def _is(quantity: Quantity, derivation: Derivation, here: Derivation) -> bool:
    """Whether a derivation is of this quantity, as it stands in the derivation `here`."""
    sample = here.sample if quantity.sample is None else quantity.sample
    return (sample, quantity.step or here.step) == (derivation.sample, derivation.step)


def _may_be(quantity: Quantity, derivation: Derivation) -> bool:
    """Whether what a quantity says of its sample and step fits a derivation."""
    return quantity.sample in (None, derivation.sample) and quantity.step in (None, derivation.step)


def _same(formula: Expression, name: str) -> str:
    """The one name that all names of a quantity have in common; of a product, its name as it was asked for."""
    return formula.canonical.name if isinstance(formula, Quantity) else name


def _slug(derivation: Derivation) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "-", derivation.name).strip("-")
    return f"of-{name}" + (f"-sample-{derivation.sample}" if derivation.sample is not None else "")


def _free(slug: str, taken: set[str]) -> str:
    anchor, number = slug, 2
    while anchor in taken:
        anchor, number = f"{slug}-{number}", number + 1
    taken.add(anchor)
    return anchor
