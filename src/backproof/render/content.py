"""What a report contains, whatever its target: its formulas, their legend, the sides of lines, what is where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from backproof.derivation import Derivation, Line
from backproof.document import Block, Document, Table, Text, Worked
from backproof.expression import Compare, Expression, Number, Quantity, Value, substitute
from backproof.render.figures import rounded
from backproof.render.naming import marks
from backproof.render.notation import Notation, Symbol

Legend = list[tuple[Symbol, str]]


def legend_of(document: Document, notation: Notation) -> Legend:
    """The letters that a document shows, with their meanings."""
    return notation.legend(marks(_formulas(document.blocks), document.labels))


def legend_of_derivation(derivation: Derivation, notation: Notation) -> Legend:
    """The letters that a derivation shows, with their meanings."""
    return notation.legend(marks(_formulas([Worked(derivation)]), derivation.labels))


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


def _texts(block: Block) -> tuple[Text, ...]:
    if isinstance(block, Table):
        return (*block.header, *block.rows)
    return () if isinstance(block, Worked) else (block.text,)


def _only_formulas(text: tuple[str | float | Expression, ...]) -> Iterator[Expression]:
    return (piece for piece in text if isinstance(piece, Expression))


def subject(derivation: Derivation) -> Expression:
    """What a derivation is about, with its sample where the lines name samples."""
    sampled = any(left.sample is not None for left in _lefts(derivation))

    def with_sample(node: Expression) -> Expression | None:
        if isinstance(node, Quantity) and node.sample is None and sampled:
            return replace(node, sample=derivation.sample)
        return None

    return substitute(derivation.of, with_sample)


def _lefts(derivation: Derivation) -> Iterator[Quantity]:
    return (line.left for line in derivation.lines if isinstance(line.left, Quantity))


def right_side(line: Line) -> Expression:
    """The right side of a line; a result that was worked out is rounded, as a number put in is."""
    if line.kind == "value" and isinstance(line.right, Number):
        return Value(Quantity("value"), line.right.value)
    return line.right


def left_side(derivation: Derivation, line: Line) -> Expression:
    """The left side of a line: its own, or what the derivation is about."""
    return subject(derivation) if line.left is None else line.left


def lines(derivation: Derivation) -> Iterator[tuple[Expression | None, Expression, Line]]:
    """Left side, right side and line; the left side is None where it is that of the line before."""
    before: Expression | None = None
    for line in derivation.lines:
        left = left_side(derivation, line)
        yield None if left == before else left, right_side(line), line
        before = left


def place(derivation: Derivation) -> str:
    """Which sample and step a derivation is about, in words; steps beyond the first only."""
    sample = f"sample {derivation.sample}" if derivation.sample is not None else ""
    return ", ".join(filter(None, (sample, f"step {derivation.step}" if derivation.step > 1 else "")))


def difference(derivation: Derivation) -> str:
    """How far the estimate is from the value, at two digits: 3.1e-12."""
    if derivation.estimate is None:
        return ""
    figure = rounded(abs(derivation.value - derivation.estimate), 2)
    return figure.digits + (f"e{figure.exponent}" if figure.exponent is not None else "")


def numeric_columns(table: Table) -> list[bool]:
    """Which columns hold nothing but numbers and formulas; equations are read from the left, as text is."""
    return [
        bool(table.rows) and all(not isinstance(row[column], str | Compare) for row in table.rows)
        for column in range(len(table.header))
    ]


class Anchors:
    """Where the derivation of each quantity stands in a document."""

    def __init__(self, found: Iterable[Derivation]) -> None:
        self._by_name: dict[str, list[tuple[int | None, str]]] = {}
        self._of: dict[int, str] = {}
        taken: set[str] = set()
        for derivation in found:
            anchor = _free(_slug(derivation), taken)
            self._of[id(derivation)] = anchor
            self._by_name.setdefault(_same(derivation.name), []).append((derivation.sample, anchor))

    def of(self, derivation: Derivation) -> str:
        """The anchor of a derivation itself."""
        return self._of.get(id(derivation), _slug(derivation))

    def target(self, quantity: Quantity) -> str:
        """The anchor of a quantity's derivation, or the empty string."""
        if not quantity.of and quantity.role != "E":
            return ""
        places = self._by_name.get(_same(quantity.name), [])
        exact = [anchor for sample, anchor in places if sample == quantity.sample]
        if exact:
            return exact[0]
        return places[0][1] if len(places) == 1 and quantity.sample is None else ""


def _same(name: str) -> str:
    """delta[u] is another name of dE/dh[u]."""
    return re.sub(r"^delta\[", "dE/dh[", name)


def _slug(derivation: Derivation) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "-", derivation.name).strip("-")
    return f"of-{name}" + (f"-sample-{derivation.sample}" if derivation.sample is not None else "")


def _free(slug: str, taken: set[str]) -> str:
    anchor, number = slug, 2
    while anchor in taken:
        anchor, number = f"{slug}-{number}", number + 1
    taken.add(anchor)
    return anchor
