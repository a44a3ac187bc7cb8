"""Reports as one HTML file: formulas in MathML, styles inside, no scripts, nothing fetched from anywhere.

A symbol whose derivation is in the document leads to it. All text from outside is escaped, and a content security
policy forbids whatever might still slip through to run or load.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from typing import ClassVar, final

from backproof.derivation import Derivation, Line
from backproof.document import Block, Document, Heading, Note, Paragraph, Table, Text, Worked
from backproof.expression import Expression
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

    suffixes: ClassVar[tuple[str, ...]] = (".html", ".htm")

    def document(self, document: Document) -> str:
        blocks = self._blocks(document.labels, document.blocks)
        title = [f"<h1>{_safe(document.title)}</h1>"] if document.title else []
        source = [f'<p class="quiet">{_safe(document.source)}</p>'] if document.source else []
        legend = blocks.legend(content.key_of(document, self.notation))
        body = (blocks.at(number).block(block) for number, block in enumerate(document.blocks))
        return _page(_safe(document.title) or "backproof", "\n".join([*title, *source, *body, legend]))

    def derivation(self, derivation: Derivation) -> str:
        blocks = self._blocks(derivation.labels, [Worked(derivation)])
        legend = blocks.legend(content.key_of_derivation(derivation, self.notation))
        return f'<div class="backproof">\n<style>{STYLE}</style>\n{blocks.worked(derivation)}\n{legend}\n</div>\n'

    def _blocks(self, labels: Labels, parts: Sequence[Block]) -> HtmlBlocks:
        printer = MathMLPrinter(self.notation, labels, self.digits)
        return HtmlBlocks(printer, printer, content.Anchors(parts))


@final
@dataclass(frozen=True)
class HtmlBlocks(Blocks):
    """The blocks of a page; `here` is the number of the one that is being written."""

    mathml: MathMLPrinter
    anchors: content.Anchors
    here: int = 0

    def at(self, number: int) -> HtmlBlocks:
        """The same for the block of that number."""
        return replace(self, here=number)

    def plain(self, text: str) -> str:
        return escape(one_line(text, ends=True), quote=True)

    def formula(self, formula: Expression) -> str:
        return self._linking.inline(formula)

    def number(self, value: float) -> str:
        return self.mathml.math(self.mathml.number(value), self.mathml.words.number(value))

    @property
    def _linking(self) -> MathMLPrinter:
        """The printer whose symbols lead to their derivations, save to the one that they stand in."""
        return self.mathml.linking(partial(self.anchors.target, block=self.here))

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
            f'<th scope="col"{_side(r)}>{self._head(c)}</th>' for c, r in zip(table.header, numeric, strict=True)
        )
        rows = "\n".join(
            f"<tr>{''.join(f'<td{_side(r)}>{self.piece(c)}</td>' for c, r in zip(row, numeric, strict=True))}</tr>"
            for row in table.rows
        )
        body = f"<thead><tr>{header}</tr></thead>\n<tbody>\n{rows}\n</tbody>"
        return f'<div class="wide" tabindex="0"><table>{caption}{body}</table></div>'

    def _head(self, text: Text) -> str:
        """The head of a column, without links: it stands for many numbers."""
        pieces = (text,) if isinstance(text, str) else text
        return "".join(self.mathml.inline(p) if isinstance(p, Expression) else self.piece(p) for p in pieces)

    def worked(self, derivation: Derivation) -> str:
        where = content.place(derivation)
        subject = self.mathml.inline(content.subject(derivation))
        value = self.number(derivation.value)
        title = f'{subject}<span class="quiet"> = {value}{f", {where}" if where else ""}</span>'
        rows = "\n".join(self._line(*parts) for parts in content.lines(derivation))
        after = "\n".join(
            [*self._estimate(derivation), *(f'<p class="note">{_safe(note)}</p>' for note in derivation.notes)]
        )
        lines = f'<div class="wide" tabindex="0"><table class="lines"><tbody>\n{rows}\n</tbody></table></div>'
        anchor = self.anchors.of(self.here)
        return f'<details open id="{anchor}">\n<summary>{title}</summary>\n{lines}\n{after}\n</details>'

    def _line(self, left: Expression | None, right: Expression, line: Line) -> str:
        first = "" if left is None else self._side(left)
        cells = f'<td class="left">{first}</td><td>{self._equal(right)}</td>'
        return f'<tr class="{_safe(line.kind)}">{cells}<td class="reason">{_safe(line.reason)}</td></tr>'

    def _side(self, side: Expression) -> str:
        printer = self._linking
        return printer.math(printer.formula(side), printer.words.formula(side), display=True)

    def _equal(self, right: Expression) -> str:
        """= right, a long sum cut between its terms so that the page may break it there."""
        printer = self._linking
        parts = printer.breakable(right)
        return " ".join(printer.math(part, words, display=True) for part, words in parts)

    def _estimate(self, derivation: Derivation) -> Iterator[str]:
        if derivation.estimate is not None:
            off = self.mathml.math(*(content.difference(derivation, each) for each in (self.mathml, self.mathml.words)))
            yield f'<p class="quiet">central difference {self.number(derivation.estimate)}, off by {off}</p>'

    def legend(self, key: content.Key) -> str:
        """The letters in use, and whose they are; nothing where there are none."""
        if not key.letters:
            return ""
        entries = "".join(
            f"<div><dt>{self._letter(symbol)}</dt><dd>{_safe(meaning)}</dd></div>" for symbol, meaning in key.letters
        )
        head = _safe(content.about(self.mathml.notation, key))
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
