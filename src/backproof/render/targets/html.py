"""Reports as one HTML file: formulas in MathML, styles inside, no scripts, nothing fetched from anywhere.

A symbol whose derivation is in the document leads to it. All text from outside is escaped, and a content security
policy forbids whatever might still slip through to run or load.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import ClassVar, Self, final
from urllib.parse import quote
from zlib import crc32

from backproof.derivation import Derivation, Line
from backproof.document import (
    Block,
    Curve,
    Document,
    Heading,
    Image,
    Link,
    Mark,
    Note,
    Paragraph,
    Piece,
    Printed,
    Table,
    Text,
    Verdict,
    Worked,
)
from backproof.drawing import Drawing, measure_scales, place_network, read_marks
from backproof.expression import Expression
from backproof.labels import Labels
from backproof.quantity import Quantity
from backproof.render import content
from backproof.render.characters import one_line
from backproof.render.curve import CURVE_STYLE, scale_curve, write_curve
from backproof.render.mathml import MathMLPrinter
from backproof.render.notation import Symbol
from backproof.render.style import INSIDE_STYLE, PAGE_STYLE, STYLE
from backproof.render.svg import DRAWING_STYLE, LEGEND, write_svg
from backproof.render.target import SIGNS, Blocks, Target
from backproof.trace import Trace

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
#: A drawing of more marks than this would be larger than the report.
MOST_MARKS = 800
#: A drawing of more marks than this is not drawn a second time, from top to bottom for narrow screens.
MOST_UPRIGHT = 400
#: A report with fewer sections has no contents list.
FEWEST_SECTIONS = 3


@final
@dataclass(frozen=True)
class HtmlTarget(Target):
    """A whole page; a derivation alone is a fragment with its own style, for notebooks."""

    suffixes: ClassVar[tuple[str, ...]] = (".html", ".htm")

    def document(self, document: Document) -> str:
        blocks = self._blocks(document.labels, document.blocks)
        title = [f"<h1>{_safe(document.title)}</h1>"] if document.title else []
        source = [f'<p class="quiet">{_safe(document.source)}</p>'] if document.source else []
        parts = [*title, *source, blocks.contents(document.blocks), *blocks.body(document)]
        return _page(_safe(document.title) or "backproof", "\n".join(filter(None, parts)))

    def fragment(self, document: Document) -> str:
        """A document as part of another page, such as the output of a cell in a notebook."""
        blocks = replace(self._blocks(document.labels, document.blocks), prefix=_make_prefix(document))
        title = [f'<p class="title">{_safe(document.title)}</p>'] if document.title else []
        return _enclose("\n".join(filter(None, [*title, *blocks.body(document)])))

    def derivation(self, derivation: Derivation) -> str:
        blocks = self._blocks(derivation.labels, [Worked(derivation)])
        legend = blocks.legend(content.key_of_derivation(derivation, self.notation))
        return _enclose(f"{blocks.worked(derivation)}\n{legend}")

    def _blocks(self, labels: Labels, parts: Sequence[Block]) -> HtmlBlocks:
        printer = MathMLPrinter(self.notation, labels, self.digits)
        return HtmlBlocks(printer, printer, content.Anchors(parts))


@final
@dataclass(frozen=True)
class HtmlBlocks(Blocks):
    """The blocks of a page; `here` is the number of the one that is being written, `prefix` begins all its anchors."""

    mathml: MathMLPrinter
    anchors: content.Anchors
    here: int = 0
    prefix: str = ""

    def at(self, number: int) -> Self:
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
        return self.mathml.linking(self._find_target)

    def _find_target(self, quantity: Quantity) -> str:
        target = self.anchors.target(quantity, self.here)
        return f"{self.prefix}{target}" if target else ""

    def heading(self, heading: Heading) -> str:
        level = min(heading.level + 1, 6)
        page = ' class="page"' if heading.page else ""
        return f'<h{level} id="{self._section(self.here)}"{page}>{self.inline(heading.text)}</h{level}>'

    def _section(self, number: int) -> str:
        return f"{self.prefix}section-{number + 1}"

    def contents(self, blocks: Sequence[Block]) -> str:
        """Links to the sections of a report that has several."""
        sections = [
            (number, block) for number, block in enumerate(blocks) if isinstance(block, Heading) and block.level == 1
        ]
        if len(sections) < FEWEST_SECTIONS:
            return ""
        links = "".join(
            f'<li><a href="#{self._section(number)}">{self._head(block.text)}</a></li>' for number, block in sections
        )
        return f'<nav class="contents" aria-label="Contents"><ol>{links}</ol></nav>'

    def picture(self, trace: Trace) -> str:
        across = place_network(trace)
        if len(across.marks) > MOST_MARKS:
            return ""
        few = len(across.marks) <= MOST_UPRIGHT
        drawings = {"across": across, **({"upright": place_network(trace, upright=True)} if few else {})}
        shown = "".join(self._draw(trace, drawing, way if few else "") for way, drawing in drawings.items())
        said = " ".join([*LEGEND, *_say_sample(trace)])
        return f'<figure class="network">{shown}<figcaption class="quiet">{_safe(said)}</figcaption></figure>'

    def _draw(self, trace: Trace, drawing: Drawing, way: str) -> str:
        traces = [trace, trace.of_sample(trace.numbers[0])] if _say_sample(trace) else [trace]
        readings = read_marks(drawing, traces, measure_scales(drawing, traces))
        svg = write_svg(drawing, trace, readings, self.mathml.words)
        return f'<div class="wide {way}" tabindex="0" style="--wide: {drawing.width:g}px">{svg}</div>'

    def curve(self, curve: Curve) -> str:
        ends = " ".join(self.mathml.words.number(each) for each in (curve.values[0], curve.values[-1]))
        scale = ", on a logarithmic scale" if scale_curve(curve.values)[1] else ""
        svg = write_curve(curve.values, _safe(f"{curve.caption}, first and last: {ends}"))
        return f'<figure>{svg}<figcaption class="quiet">{_safe(curve.caption + scale)}</figcaption></figure>'

    def image(self, image: Image) -> str:
        data, words = b64encode(image.png).decode(), _safe(image.caption)
        picture = f'<img src="data:image/png;base64,{data}" alt="{words}">'
        return f'<figure class="chart">{picture}<figcaption class="quiet">{words}</figcaption></figure>'

    def verdict(self, verdict: Verdict) -> str:
        sign = f'<span aria-hidden="true">{SIGNS[verdict]}</span> ' if verdict in SIGNS else ""
        return f'<span class="verdict" data-verdict="{_safe(verdict)}">{sign}{_safe(verdict)}</span>'

    def mark(self, mark: Mark) -> str:
        word = _safe(mark)
        said = f'class="verdict" data-verdict="{word}" role="img" aria-label="{word}" title="{word}"'
        return f"<span {said}>{SIGNS[mark]}</span>"

    def link(self, link: Link) -> str:
        return f'<a href="{escape(quote(link.to))}">{_safe(link)}</a>'

    def digits(self, printed: Printed) -> str:
        sign, digits = (printed[0], printed[1:]) if printed[:1] in ("-", "+") else ("", printed)
        operator = f"<mo>{sign.replace('-', '−')}</mo>" if sign else ""
        return self.mathml.math(f"{operator}<mn>{_safe(digits)}</mn>", printed) if printed else ""

    def paragraph(self, paragraph: Paragraph) -> str:
        return f"<p>{self.inline(paragraph.text)}</p>"

    def note(self, note: Note) -> str:
        kind = "warning" if note.kind == "warning" else "note"
        return f'<p class="{kind}" role="note"><strong>{kind.capitalize()}.</strong> {self.inline(note.text)}</p>'

    def table(self, table: Table) -> str:
        numeric, decimal = content.numeric_columns(table), content.decimal_columns(table)
        caption = f"<caption>{_safe(table.caption)}</caption>" if table.caption else ""
        header = "".join(
            f'<th scope="col"{_side(r)}>{self._head(c)}</th>' for c, r in zip(table.header, numeric, strict=True)
        )
        names = [_safe("".join(map(self._words, (text,) if isinstance(text, str) else text))) for text in table.header]
        pads = [
            self._pad(column) if aligned else [""] * len(table.rows)
            for column, aligned in zip(zip(*table.rows, strict=True), decimal, strict=False)
        ]
        rows = "\n".join(
            f"<tr>{''.join(self._cell(*parts) for parts in zip(row, names, numeric, padding, strict=True))}</tr>"
            for row, padding in zip(table.rows, zip(*pads, strict=True), strict=True)
        )
        kind = "marks" if content.has_marks(table) else "cells"
        body = f"<thead><tr>{header}</tr></thead>\n<tbody>\n{rows}\n</tbody>"
        return f'<div class="wide" tabindex="0"><table class="{kind}">{caption}{body}</table></div>'

    def _cell(self, piece: Piece, name: str, right: bool, pad: str) -> str:
        label = f' data-label="{name}"' if name else ""
        return f"<td{_side(right)}{label}><span>{self.piece(piece)}{pad}</span></td>"

    def _words(self, piece: Piece) -> str:
        """A piece of a header in plain characters, which stands beside each cell where a table is shown as cards."""
        if isinstance(piece, str):
            return piece
        return self.mathml.words.formula(piece) if isinstance(piece, Expression) else self.mathml.words.number(piece)

    def _pad(self, column: Sequence[Piece]) -> list[str]:
        """What stands unseen behind each number of a column, so that all decimal points stand at one place."""
        words = [self._words(piece) for piece in column]
        longest = max(words, key=lambda word: len(word) - word.find(".") if "." in word else 0)
        return [
            f'<i class="pad" data-pad="{longest[-len(spaces) :]}"></i>' if spaces else ""
            for spaces in content.pad_decimals(words)
        ]

    def _head(self, text: Text) -> str:
        """The head of a column, without links: it stands for many numbers."""
        pieces = (text,) if isinstance(text, str) else text
        return "".join(self.mathml.inline(p) if isinstance(p, Expression) else self.piece(p) for p in pieces)

    def worked(self, derivation: Derivation) -> str:
        return self._details(derivation, " open")

    def folded(self, derivation: Derivation) -> str:
        return self._details(derivation, "")

    def _details(self, derivation: Derivation, state: str) -> str:
        where = content.place(derivation)
        subject = self.mathml.inline(content.subject(derivation))
        value = self.number(derivation.value)
        title = f'{subject}<span class="quiet"> = {value}{f", {where}" if where else ""}</span>'
        rows = "\n".join(self._line(*parts) for parts in content.lines(derivation))
        after = "\n".join(
            [*self._estimate(derivation), *(f'<p class="note">{_safe(note)}</p>' for note in derivation.notes)]
        )
        lines = f'<div class="wide" tabindex="0"><table class="lines"><tbody>\n{rows}\n</tbody></table></div>'
        anchor = f"{self.prefix}{self.anchors.of(self.here)}"
        return f'<details{state} id="{anchor}">\n<summary>{title}</summary>\n{lines}\n{after}\n</details>'

    def _line(self, left: Expression | None, right: Expression, line: Line) -> str:
        first = "" if left is None else self._side(left)
        cells = f'<td class="left">{first}</td><td class="right">{self._equal(right)}</td>'
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
        if not key.letters:
            return ""
        entries = "".join(
            f"<div><dt>{self._letter(symbol)}</dt><dd>{_safe(meaning)}</dd></div>" for symbol, meaning in key.letters
        )
        head = _safe(content.about(self.mathml.notation, key))
        return f'<aside class="legend" aria-label="Legend"><p>{head}</p><dl>{entries}</dl></aside>'

    def _letter(self, symbol: Symbol) -> str:
        return self.mathml.math(self.mathml.letter(symbol), self.mathml.words.letter(symbol))


def _enclose(body: str) -> str:
    """A fragment of a page of somebody else's, with its own style, in the colours that it finds there."""
    drawn = DRAWING_STYLE if 'class="drawing"' in body else ""
    style = f"<style>{' '.join(f'{STYLE}{drawn}{CURVE_STYLE}{INSIDE_STYLE}'.split())}</style>"
    return f'<div class="backproof inside">\n{style}\n{body}\n</div>\n'


def _make_prefix(document: Document) -> str:
    """What begins the anchors of a fragment, so that in one notebook the links of two explanations keep apart."""
    told = [(each.name, each.sample, each.step, each.value) for each in content.derivations(document)]
    return f"b{crc32(repr((document.title, told)).encode()):08x}-"


def _page(title: str, body: str) -> str:
    head = (
        f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>{STYLE}{DRAWING_STYLE}{CURVE_STYLE}{PAGE_STYLE}</style>"
    )
    main = f'<main class="backproof">\n{body}\n</main>'
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{main}\n</body>\n</html>\n'


def _say_sample(trace: Trace) -> tuple[str, ...]:
    """Whose units are drawn, where the step is seen by its whole batch, which has none of its own."""
    if trace.sample is not None or len(trace.numbers) == 1:
        return ()
    return (f"Units are those of sample {trace.numbers[0]}, weights and E those of all {len(trace.numbers)} samples.",)


def _safe(text: str) -> str:
    return escape(one_line(text), quote=True)


def _side(right: bool) -> str:
    return ' class="number"' if right else ""


TARGET = HtmlTarget
