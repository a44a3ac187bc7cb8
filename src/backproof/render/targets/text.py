"""Reports as plain text for a terminal: equations aligned at their `=`, nothing wider than the window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

from backproof.derivation import Derivation
from backproof.document import Curve, Document, Heading, Mark, Note, Paragraph, Printed, Table, Verdict
from backproof.errors import OptionError
from backproof.expression import Expression
from backproof.labels import Labels
from backproof.render import content
from backproof.render.boxes import draw_boxes
from backproof.render.characters import ascii_only, one_line
from backproof.render.curve import draw_curve, scale_curve
from backproof.render.layout import columns, pad, width_of, wrap, wrap_formula
from backproof.render.target import SIGNS, Blocks, Target
from backproof.render.text import TextPrinter
from backproof.trace import Trace

#: A left side wider than this does not push the others' `=` to the right.
WIDEST_LEFT = 18
#: The signs of the verdicts where ASCII is all that can be shown.
PLAIN_SIGNS = {"right": "+", "rounded": "~", "carried": ">", "wrong": "x", "undecided": "?", "blank": "."}
#: The colour of each verdict on a terminal.
COLOURS = {"right": "32", "rounded": "32", "carried": "33", "wrong": "1;31", "undecided": "35", "blank": "2"}


@final
@dataclass(frozen=True)
class TextTarget(Target):
    """Unicode, or ASCII alone; ANSI colours where wanted; at most `width` columns."""

    width: int = 80
    color: bool = False
    ascii: bool = False

    suffixes: ClassVar[tuple[str, ...]] = (".txt",)

    def __post_init__(self) -> None:
        if self.width < 20:
            raise OptionError(f"width is {self.width}; expected at least 20 columns.")

    def document(self, document: Document) -> str:
        blocks = self._blocks(document.labels)
        parts = [blocks.title(document.title)] if document.title else []
        parts += [blocks.source(document.source)] if document.source else []
        return self._finish([*parts, *blocks.body(document)])

    def derivation(self, derivation: Derivation) -> str:
        blocks = self._blocks(derivation.labels)
        legend = blocks.legend(content.key_of_derivation(derivation, self.notation))
        return self._finish([blocks.worked(derivation), legend])

    def _blocks(self, labels: Labels) -> TextBlocks:
        printer = TextPrinter(self.notation, labels, self.digits, "", self.ascii, self.color)
        return TextBlocks(printer, printer, self.width)

    def _finish(self, parts: list[str]) -> str:
        lines = "\n\n".join(part for part in parts if part).split("\n")
        return "\n".join(line.rstrip() for line in lines) + "\n"


@final
@dataclass(frozen=True)
class TextBlocks(Blocks):
    """The blocks of a text report."""

    text: TextPrinter
    width: int

    def plain(self, text: str) -> str:
        return ascii_only(one_line(text, ends=True)) if self.text.ascii else one_line(text, ends=True)

    def formula(self, formula: Expression) -> str:
        return self.text.formula(formula)

    def number(self, value: float) -> str:
        return self.text.number(value)

    def title(self, title: str) -> str:
        """The title of the document, underlined twice."""
        return self._underlined(self.plain(title), "=" if self.text.ascii else "═", "1")

    def source(self, source: str) -> str:
        """Where the working stands."""
        return "\n".join(self._dim(line) for line in wrap(self.plain(source), self.width))

    def heading(self, heading: Heading) -> str:
        line = "-" if self.text.ascii else "─"
        return self._underlined(self.inline(heading.text), line if heading.level < 3 else "", "1")

    def paragraph(self, paragraph: Paragraph) -> str:
        return "\n".join(wrap(self.inline(paragraph.text), self.width))

    def note(self, note: Note) -> str:
        word = "Warning: " if note.kind == "warning" else "Note: "
        return "\n".join(wrap(word + self.inline(note.text), self.width, "  "))

    def table(self, table: Table) -> str:
        header = [self.inline(cell) for cell in table.header]
        rows = [[self.piece(cell) for cell in row] for row in table.rows]
        caption = wrap(self.plain(table.caption), self.width) if table.caption else []
        numeric, decimal = content.numeric_columns(table), content.decimal_columns(table)
        pads = [
            content.pad_decimals(column) if aligned else [""] * len(rows)
            for column, aligned in zip(zip(*rows, strict=True), decimal, strict=False)
        ]
        padding = [list(row) for row in zip(*pads, strict=True)]
        padded = [[cell + pad for cell, pad in zip(*each, strict=True)] for each in zip(rows, padding, strict=True)]
        natural = [max(width_of(cell) for cell in column) for column in zip(header, *padded, strict=True)]
        if content.has_marks(table) and len(parts := list(self._split_columns(natural))) > 1:
            return "\n\n".join(self.table(content.choose_columns(table, part)) for part in parts)
        widths = columns(natural, self.width)
        if widths is None:
            return "\n".join([*caption, *self._records(header, rows)])
        rule = self._gap.join(("-" if self.text.ascii else "─") * width for width in widths)
        body = [
            line for row, spaces in zip(rows, padding, strict=True) for line in self._row(row, widths, numeric, spaces)
        ]
        return "\n".join([*caption, *self._row(header, widths, numeric, [""] * len(header)), rule, *body])

    def picture(self, trace: Trace) -> str:
        return "\n".join(draw_boxes(trace, self.text, self.width))

    def curve(self, curve: Curve) -> str:
        lowest, highest = (self.number(each) for each in (min(curve.values), max(curve.values)))
        room = max(width_of(lowest), width_of(highest))
        drawn = draw_curve(curve.values, self.width - room - 2, ascii=self.text.ascii)
        sides = [highest, *[""] * (len(drawn) - 2), lowest]
        logarithmic = ", on a logarithmic scale" if scale_curve(curve.values)[1] else ""
        caption = wrap(self.plain(f"{curve.caption}{logarithmic}"), self.width)
        return "\n".join(
            [*caption, *(f"{pad(side, room, right=True)}  {row}" for side, row in zip(sides, drawn, strict=True))]
        )

    def verdict(self, verdict: Verdict) -> str:
        sign = "" if self.text.ascii or verdict not in SIGNS else f"{SIGNS[verdict]} "
        words = (self._styled(word, COLOURS.get(verdict, "1")) for word in f"{sign}{self.plain(verdict)}".split(" "))
        return " ".join(words)

    def mark(self, mark: Mark) -> str:
        return self._styled((PLAIN_SIGNS if self.text.ascii else SIGNS)[mark], COLOURS[mark])

    def digits(self, printed: Printed) -> str:
        return self.plain(printed if self.text.ascii else printed.replace("-", "−"))

    def _split_columns(self, natural: list[int]) -> Iterator[list[int]]:
        """The columns in parts that fit side by side, the first column repeated in each."""
        part, used = [0], natural[0]
        for column, width in enumerate(natural[1:], start=1):
            if used + len(self._gap) + width > self.width and len(part) > 1:
                yield part
                part, used = [0], natural[0]
            part.append(column)
            used += len(self._gap) + width
        yield part

    @property
    def _gap(self) -> str:
        return "  "

    def _row(self, cells: list[str], widths: list[int], numeric: list[bool], pads: list[str]) -> Iterator[str]:
        """The lines of one row, its cells folded to the widths of the columns."""
        folded = [wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
        folded = [
            [lines[0] + space] if len(lines) == 1 and width_of(lines[0] + space) <= width else lines
            for lines, space, width in zip(folded, pads, widths, strict=True)
        ]
        for number in range(max(map(len, folded))):
            parts = (lines[number] if number < len(lines) else "" for lines in folded)
            yield self._gap.join(
                pad(part, width, right=right) for part, width, right in zip(parts, widths, numeric, strict=True)
            )

    def _records(self, header: list[str], rows: list[list[str]]) -> Iterator[str]:
        """A table that is too wide for columns: one line for each cell."""
        for row in rows:
            for name, cell in zip(header, row, strict=True):
                yield from wrap(f"{name}: {cell}", self.width, "  ")
            yield ""

    def worked(self, derivation: Derivation) -> str:
        where = content.place(derivation)
        head = self.formula(content.subject(derivation)) + (f"  ({where})" if where else "")
        notes = [line for note in derivation.notes for line in wrap("Note: " + self.plain(note), self.width, "  ")]
        lines = [self._underlined(head, "-" if self.text.ascii else "─", "1"), *self._lines(derivation)]
        return "\n".join([*lines, *self._estimate(derivation), *notes])

    def _lines(self, derivation: Derivation) -> Iterator[str]:
        found = list(content.lines(derivation))
        lefts = ["" if left is None else self.formula(left) for left, _, _ in found]
        indent = max((width_of(left) for left in lefts if width_of(left) <= WIDEST_LEFT), default=0)
        indent = min(indent, self.width // 3)
        rights = [self.formula(right) for _, right, _ in found]
        reasons = [self.plain(line.reason) for _, _, line in found]
        column = self._reason_column(indent + 3, rights, reasons)
        for left, right, reason in zip(lefts, rights, reasons, strict=True):
            yield from self._line(left, right, reason, indent, column)

    def _reason_column(self, start: int, rights: list[str], reasons: list[str]) -> int:
        """Where reasons begin that stand to the right of their formulas."""
        most = self.width - min(max(map(width_of, reasons), default=0), self.width // 2)
        ends = [start + width_of(right) + 3 for right in rights]
        return max((end for end in ends if end <= most), default=most)

    def _line(self, left: str, right: str, reason: str, indent: int, column: int) -> Iterator[str]:
        if width_of(left) > indent:
            *before, left = wrap_formula(left, self.width - 2, "  ")
            yield from before
            if width_of(left) > indent:
                yield left
                left = ""
        head = pad(left, indent, right=True)
        first, *others = wrap_formula(f"{head} = {right}", self.width, " " * (indent + 3))
        if not others and width_of(first) + 2 <= column and column + width_of(reason) <= self.width:
            yield pad(first, column) + self._dim(reason) if reason else first
            return
        yield from (first, *others)
        if reason:
            hang = " " * (indent + 5)
            yield from map(self._dim, wrap(f"{hang}({reason})", self.width, hang))

    def _estimate(self, derivation: Derivation) -> list[str]:
        if derivation.estimate is None:
            return []
        off = content.difference(derivation, self.text)
        words = f"central difference {self.number(derivation.estimate)}, off by {off}"
        return [self._dim(line) for line in wrap(words, self.width, "  ")]

    def legend(self, key: content.Key) -> str:
        if not key.letters:
            return ""
        entries = [f"{self.text.letter(symbol)}: {self.plain(meaning)}" for symbol, meaning in key.letters]
        head = self.plain(content.about(self.text.notation, key))
        lines = [
            *wrap(head, self.width, "  "),
            *(line for entry in entries for line in wrap("  " + entry, self.width, "    ")),
        ]
        return "\n".join(map(self._dim, lines))

    def _underlined(self, text: str, line: str, style: str) -> str:
        lines = wrap(text, self.width)
        rule = [line * max(map(width_of, lines))] if line else []
        return "\n".join([*(self._styled(each, style) for each in lines), *rule])

    def _dim(self, text: str) -> str:
        return self._styled(text, "2")

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.text.color and text.strip() else text


TARGET = TextTarget
