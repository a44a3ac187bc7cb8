"""Reports as one HTML file: formulas in MathML, styles inside, no scripts, nothing fetched from anywhere.

A symbol whose derivation is in the document leads to it. All text from outside is escaped, and a content security
policy forbids whatever might still slip through to run or load.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from html import escape
from typing import final

from backproof.derivation import Derivation, Line
from backproof.document import Document, Heading, Note, Paragraph, Table
from backproof.expression import Expression, Quantity
from backproof.labels import Labels
from backproof.render import content
from backproof.render.characters import one_line
from backproof.render.mathml import MathMLPrinter
from backproof.render.notation import Symbol
from backproof.render.style import STYLE
from backproof.render.target import Blocks, Target

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


@final
@dataclass(frozen=True)
class HtmlTarget(Target):
    """A whole page; a derivation alone is a fragment with its own style, for notebooks."""

    def document(self, document: Document) -> str:
        found = content.derivations(document)
        blocks = self._blocks(document.labels, found)
        title = _safe(document.title)
        source = [f'<p class="quiet">{_safe(document.source)}</p>'] if document.source else []
        legend = blocks.legend(content.legend_of(document, self.notation))
        parts = [f"<h1>{title}</h1>", *source, *map(blocks.block, document.blocks), legend]
        return _page(title, "\n".join(parts))

    def derivation(self, derivation: Derivation) -> str:
        blocks = self._blocks(derivation.labels, [derivation])
        legend = blocks.legend(content.legend_of_derivation(derivation, self.notation))
        return f'<div class="backproof">\n<style>{STYLE}</style>\n{blocks.worked(derivation)}\n{legend}\n</div>\n'

    def _blocks(self, labels: Labels, found: Sequence[Derivation]) -> HtmlBlocks:
        printer = MathMLPrinter(self.notation, labels, self.digits)
        return HtmlBlocks(printer, printer, content.Anchors(found))


@final
@dataclass(frozen=True)
class HtmlBlocks(Blocks):
    """The blocks of a page."""

    mathml: MathMLPrinter
    anchors: content.Anchors = field(default_factory=lambda: content.Anchors([]))

    def plain(self, text: str) -> str:
        return escape(one_line(text, ends=True), quote=True)

    def formula(self, formula: Expression) -> str:
        return self._linking("").inline(formula)

    def number(self, value: float) -> str:
        return self.mathml.math(self.mathml.number(value), self.mathml.words.number(value))

    def _linking(self, here: str) -> MathMLPrinter:
        """The printer whose symbols lead to their derivations, save to the one that they stand in."""
        return self.mathml.linking(partial(self._elsewhere, here))

    def _elsewhere(self, here: str, quantity: Quantity) -> str:
        anchor = self.anchors.target(quantity)
        return "" if anchor == here else anchor

    def heading(self, heading: Heading) -> str:
        level = min(heading.level + 1, 6)
        page = ' class="page"' if heading.page else ""
        return f"<h{level}{page}>{self.inline(heading.text)}</h{level}>"

    def paragraph(self, paragraph: Paragraph) -> str:
        return f"<p>{self.inline(paragraph.text)}</p>"

    def note(self, note: Note) -> str:
        kind = "warning" if note.kind == "warning" else "note"
        return f'<p class="{kind}" role="note"><strong>{kind.capitalize()}.</strong> {self.inline(note.text)}</p>'

    def table(self, table: Table) -> str:
        numeric = content.numeric_columns(table)
        caption = f"<caption>{_safe(table.caption)}</caption>" if table.caption else ""
        header = "".join(
            f'<th scope="col"{_side(r)}>{self.inline(c)}</th>' for c, r in zip(table.header, numeric, strict=True)
        )
        rows = "\n".join(
            f"<tr>{''.join(f'<td{_side(r)}>{self.piece(c)}</td>' for c, r in zip(row, numeric, strict=True))}</tr>"
            for row in table.rows
        )
        body = f"<thead><tr>{header}</tr></thead>\n<tbody>\n{rows}\n</tbody>"
        return f'<div class="wide" tabindex="0"><table>{caption}{body}</table></div>'

    def worked(self, derivation: Derivation) -> str:
        anchor = self.anchors.of(derivation)
        where = content.place(derivation)
        subject = self.mathml.inline(content.subject(derivation))
        value = self.number(derivation.value)
        title = f'{subject}<span class="quiet"> = {value}{f", {where}" if where else ""}</span>'
        rows = "\n".join(self._line(*parts, anchor) for parts in content.lines(derivation))
        after = "\n".join(
            [*self._estimate(derivation), *(f'<p class="note">{_safe(note)}</p>' for note in derivation.notes)]
        )
        lines = f'<div class="wide" tabindex="0"><table class="lines"><tbody>\n{rows}\n</tbody></table></div>'
        return f'<details open id="{anchor}">\n<summary>{title}</summary>\n{lines}\n{after}\n</details>'

    def _line(self, left: Expression | None, right: Expression, line: Line, anchor: str) -> str:
        first = "" if left is None else self._side(left, anchor)
        cells = f'<td class="left">{first}</td><td>{self._equal(right, anchor)}</td>'
        return f'<tr class="{_safe(line.kind)}">{cells}<td class="reason">{_safe(line.reason)}</td></tr>'

    def _side(self, side: Expression, anchor: str) -> str:
        printer = self._linking(anchor)
        return printer.math(printer.formula(side), printer.words.formula(side), display=True)

    def _equal(self, right: Expression, anchor: str) -> str:
        """= right, a long sum cut between its terms so that the page may break it there."""
        printer = self._linking(anchor)
        parts = printer.breakable(right)
        return " ".join(printer.math(part, words, display=True) for part, words in parts)

    def _estimate(self, derivation: Derivation) -> Iterator[str]:
        if derivation.estimate is not None:
            off = content.difference(derivation)
            yield f'<p class="quiet">central difference {self.number(derivation.estimate)}, off by {off}</p>'

    def legend(self, legend: content.Legend) -> str:
        """The letters in use, and whose they are."""
        notation = self.mathml.notation
        entries = "".join(
            f"<div><dt>{self._letter(symbol)}</dt><dd>{_safe(meaning)}</dd></div>" for symbol, meaning in legend
        )
        head = f"Notation: {notation.name}, after {_safe(notation.source)}."
        return f'<footer class="legend"><p>{head}</p><dl>{entries}</dl></footer>'

    def _letter(self, symbol: Symbol) -> str:
        return self.mathml.math(self.mathml.letter(symbol), self.mathml.words.letter(symbol))


def _page(title: str, body: str) -> str:
    head = (
        f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>"
    )
    main = f'<main class="backproof">\n{body}\n</main>'
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{main}\n</body>\n</html>\n'


def _safe(text: str) -> str:
    return escape(one_line(text), quote=True)


def _side(right: bool) -> str:
    return ' class="number"' if right else ""


TARGET = HtmlTarget
