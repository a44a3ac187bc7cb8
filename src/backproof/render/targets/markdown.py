"""Reports as Markdown in GitHub's flavour, which notebooks and most sites show too; formulas stand between dollars.

A derivation is a table: left side, right side, reason. So its equations are aligned and its reasons stay text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, final
from urllib.parse import quote

from backproof.derivation import Derivation
from backproof.document import Document, Heading, Link, Mark, Note, Paragraph, Table, Verdict
from backproof.expression import Expression
from backproof.labels import Labels
from backproof.render import content
from backproof.render.characters import one_line
from backproof.render.latex import LatexPrinter
from backproof.render.target import SIGNS, Blocks, Target

_SPECIAL = re.compile(r"[\\`*_{}\[\]#|$~!]")


@final
@dataclass(frozen=True)
class MarkdownTarget(Target):
    """Headings from `#` on, tables with pipes, math between dollars."""

    suffixes: ClassVar[tuple[str, ...]] = (".md",)

    def document(self, document: Document) -> str:
        blocks = self._blocks(document.labels)
        head = [f"# {escape(document.title).strip()}"] if document.title else []
        head += [escape(document.source)] if document.source else []
        return "\n\n".join(filter(None, [*head, *blocks.body(document)])) + "\n"

    def derivation(self, derivation: Derivation) -> str:
        blocks = self._blocks(derivation.labels)
        legend = blocks.legend(content.key_of_derivation(derivation, self.notation))
        return f"{blocks.worked(derivation)}\n\n{legend}\n"

    def _blocks(self, labels: Labels) -> MarkdownBlocks:
        printer = LatexPrinter(self.notation, labels, self.digits)
        return MarkdownBlocks(printer, printer)


@final
@dataclass(frozen=True)
class MarkdownBlocks(Blocks):
    """The blocks of a Markdown report."""

    latex: LatexPrinter

    def plain(self, text: str) -> str:
        return escape(text)

    def formula(self, formula: Expression) -> str:
        return f"${self.latex.formula(formula)}$"

    def number(self, value: float) -> str:
        return f"${self.latex.number(value)}$"

    def verdict(self, verdict: Verdict) -> str:
        return f"{SIGNS.get(verdict, '')} {escape(verdict)}".strip()

    def mark(self, mark: Mark) -> str:
        return SIGNS[mark]

    def link(self, link: Link) -> str:
        return f"[{escape(link)}](<{quote(link.to)}>)"

    def heading(self, heading: Heading) -> str:
        return f"{'#' * min(heading.level + 1, 6)} {self.inline(heading.text).strip()}"

    def paragraph(self, paragraph: Paragraph) -> str:
        return _unlisted(self.inline(paragraph.text).strip())

    def note(self, note: Note) -> str:
        return f"> **{'Warning' if note.kind == 'warning' else 'Note'}.** {self.inline(note.text).strip()}"

    def table(self, table: Table) -> str:
        header = [self.inline(cell) for cell in table.header]
        rows = [[self.piece(cell) for cell in row] for row in table.rows]
        lines = _table(header, rows, content.numeric_columns(table))
        return "\n".join([*([f"**{escape(table.caption)}**", ""] if table.caption else []), *lines])

    def worked(self, derivation: Derivation) -> str:
        where = content.place(derivation)
        title = f"### {self.formula(content.subject(derivation))}" + (f" ({where})" if where else "")
        table = "\n".join(_table(["", "", "because"], list(self._rows(derivation)), [True, False, False]))
        after = [*self._estimate(derivation), *(f"> {escape(note)}" for note in derivation.notes)]
        return "\n\n".join([title, table, *after])

    def _rows(self, derivation: Derivation) -> Iterator[list[str]]:
        for left, right, line in content.lines(derivation):
            first = "" if left is None else rf"$\displaystyle {self.latex.formula(left)}$"
            yield [first, rf"$\displaystyle {self.latex.equation(None, right)}$", escape(line.reason)]

    def _estimate(self, derivation: Derivation) -> list[str]:
        if derivation.estimate is None:
            return []
        off = content.difference(derivation, self.latex)
        return [f"central difference {self.number(derivation.estimate)}, off by ${off}$"]

    def legend(self, key: content.Key) -> str:
        if not key.letters:
            return ""
        entries = [f"- ${self.latex.letter(symbol)}$: {escape(meaning)}" for symbol, meaning in key.letters]
        return "\n".join([escape(content.about(self.latex.notation, key)), "", *entries])


def escape(text: str) -> str:
    """Text that Markdown and the HTML in it leave alone."""
    safe = one_line(text, ends=True).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(lambda found: "\\" + found[0], safe)


def _unlisted(text: str) -> str:
    """A paragraph whose first characters would make it a list or a rule."""
    return re.sub(r"^(\d+)([.)])|^([-+=])", lambda found: f"{found[1] or ''}\\{found[2] or found[3]}", text)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> Iterator[str]:
    rule = ["---:" if right else ":---" for right in numeric]
    return (f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


TARGET = MarkdownTarget
