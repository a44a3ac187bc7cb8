r"""Reports as a LaTeX document for pdflatex: formulas are inline math that TeX may break, so that no line runs over.

Text is ragged right, and formulas hang under their `=`. Text from outside reaches TeX as text alone
(`latex_names.escape`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import ClassVar, final

from backproof.derivation import Derivation, Line
from backproof.document import Document, Heading, Note, Paragraph, Piece, Printed, Table, Text, Verdict
from backproof.expression import Expression
from backproof.labels import Labels
from backproof.render import content
from backproof.render.latex import LatexPrinter
from backproof.render.latex_names import escape, words
from backproof.render.target import Blocks, Target
from backproof.render.text import TextPrinter

_PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,amssymb,array,longtable,xcolor}
\definecolor{marked}{RGB}{176,48,16}
\definecolor{quiet}{gray}{0.4}
\setlength{\parindent}{0pt}
\setlength{\parskip}{5pt plus 1pt}
\setlength{\emergencystretch}{3em}
\setlength{\lineskip}{3pt}\setlength{\lineskiplimit}{3pt}
\relpenalty=50 \binoppenalty=100 \predisplaypenalty=0 \tolerance=9000 \hbadness=10000 \vbadness=10000
\thinmuskip=3mu \medmuskip=4mu plus 2mu \thickmuskip=5mu plus 3mu
\setlength{\extrarowheight}{3pt}
\newcommand{\workline}[2]{{\raggedright\hangindent=3em\hangafter=1 $\displaystyle #1$%
  \hskip 1.5em plus 1fill\penalty0 {\small\color{quiet}#2}\par}}
\newcommand{\quiet}[1]{{\raggedright\small\color{quiet}#1\par}}
\newcommand{\pointed}[3]{#1\rlap{#2}\hphantom{#3}}
\makeatletter
\newcommand{\room}[1]{\if@nobreak\else\par\penalty-100\dimen@\pagegoal\advance\dimen@-\pagetotal
  \ifdim\dimen@<#1\relax\ifdim\dimen@>0pt\vfil\fi\break\fi\fi}
\makeatother
\begin{document}
\raggedright
"""

#: How many characters a line of a table holds, at \small.
_LINE = 78
_DIGITS = re.compile(r"[-+]?[0-9.]+")
_GROUP = re.compile(r"^(-?)\{(.*)\}$")
_NARROWEST, _GAP = 4, 3
#: So wide may a column of text be; the next one is tried where the table does not fit on the line.
_FOLDS = (72, 48, 36, 26, 20, 16, 13, 11)
#: Maximum number of rows of a table's parts, those that cannot stand side by side, which are kept on one page.
_TOGETHER = 30


@final
@dataclass(frozen=True)
class LatexTarget(Target):
    """A full document; a derivation alone is a fragment in display math."""

    suffixes: ClassVar[tuple[str, ...]] = (".tex",)

    def document(self, document: Document) -> str:
        blocks = self._blocks(document.labels)
        head = [rf"{{\LARGE\bfseries {escape(document.title).strip()}\par}}"] if document.title else []
        head += [rf"\quiet{{{escape(document.source)}}}"] if document.source else []
        return _PREAMBLE + "\n\n".join(filter(None, [*head, *blocks.body(document)])) + "\n\\end{document}\n"

    def derivation(self, derivation: Derivation) -> str:
        """An aligned display, which a notebook shows by MathJax, with the legend as its last rows."""
        blocks = self._blocks(derivation.labels, breakable=False)
        legend = content.key_of_derivation(derivation, self.notation)
        rows = [*blocks.aligned(derivation), *blocks.legend_rows(legend)]
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}\n"

    def _blocks(self, labels: Labels, *, breakable: bool = True) -> LatexBlocks:
        printer = LatexPrinter(self.notation, labels, self.digits, "", breakable)
        return LatexBlocks(printer, printer, TextPrinter(self.notation, labels, self.digits))


@final
@dataclass(frozen=True)
class LatexBlocks(Blocks):
    """The blocks of a LaTeX report."""

    latex: LatexPrinter
    text: TextPrinter

    def plain(self, text: str) -> str:
        return escape(text)

    def formula(self, formula: Expression) -> str:
        return f"${self.latex.formula(formula)}$"

    def number(self, value: float) -> str:
        return f"${self.latex.number(value)}$"

    def heading(self, heading: Heading) -> str:
        command = {1: "section*", 2: "subsection*"}.get(heading.level, "subsubsection*")
        before = "\\clearpage\n" if heading.page else "\\room{10\\baselineskip}\n"
        return rf"{before}\{command}{{{self.inline(heading.text)}}}"

    def paragraph(self, paragraph: Paragraph) -> str:
        return rf"{{\raggedright {self.inline(paragraph.text)}\par}}"

    def note(self, note: Note) -> str:
        word = "Warning" if note.kind == "warning" else "Note"
        return rf"{{\raggedright\hangindent=1.5em \textbf{{{word}.}} {self.inline(note.text)}\par}}"

    def worked(self, derivation: Derivation) -> str:
        where = content.place(derivation)
        title = rf"$\displaystyle {self.latex.formula(content.subject(derivation))}$ = {self.number(derivation.value)}"
        title += f" ({where})" if where else ""
        lines = list(starmap(self._line, content.lines(derivation)))
        quiet = [rf"\quiet{{{each}}}" for each in (*self._estimate(derivation), *map(escape, derivation.notes))]
        return "\n".join([rf"\room{{7\baselineskip}}\subsection*{{{title}}}", *lines, *quiet])

    def _line(self, left: Expression | None, right: Expression, line: Line) -> str:
        indent = r"\hspace*{1.5em}" if left is None else ""
        return rf"\workline{{{indent}{self.latex.equation(left, right)}}}{{{escape(line.reason)}}}"

    def _estimate(self, derivation: Derivation) -> Iterator[str]:
        if derivation.estimate is not None:
            off = content.difference(derivation, self.latex)
            yield f"central difference {self.number(derivation.estimate)}, off by ${off}$"

    def legend(self, key: content.Key) -> str:
        if not key.letters:
            return ""
        entries = "; ".join(f"${self.latex.letter(symbol)}$: {escape(meaning)}" for symbol, meaning in key.letters)
        return rf"\medskip\quiet{{{escape(content.about(self.latex.notation, key))} {entries}.}}"

    # Tables: never wider than the line, whatever is in them

    def table(self, table: Table) -> str:
        sizes = self._sizes(table)
        caption = rf"\textbf{{{escape(table.caption)}}}\par" + "\n" if table.caption else ""
        parts = list(_parts(sizes))
        height = len(parts) * (len(table.rows) + 2)
        room = rf"\room{{{height}\baselineskip}}" + "\n" if len(parts) > 1 and height <= _TOGETHER else ""
        return room + caption + "\n".join(self._part(table, part, sizes) for part in parts)

    def _sizes(self, table: Table) -> list[int]:
        """The widths of the columns in characters: text is folded as little as lets all of them stand on one line."""
        for most in _FOLDS:
            sizes = [self._size(table, column, most) for column in range(len(table.header))]
            if sum(sizes) + _GAP * len(sizes) <= _LINE:
                break
        return sizes

    def _size(self, table: Table, column: int, most: int) -> int:
        """About how many characters a column needs: its widest formula or number, or its text folded."""
        cells: list[Text] = [table.header[column], *((row[column],) for row in table.rows)]
        size = max(_NARROWEST, *(self._cell_size(cell, most) for cell in cells))
        if content.decimal_columns(table)[column]:
            ends = [self._cut_number(row[column])[0] for row in table.rows]
            size = max(size, 1 + sum(max(map(len, part)) for part in zip(*ends, strict=True)))
        return size

    def _cell_size(self, cell: Text, most: int) -> int:
        pieces: tuple[Piece, ...] = (cell,) if isinstance(cell, str) else cell
        words = min(sum(_text_size(piece) for piece in pieces if isinstance(piece, str)), most)
        formulas = sum(self._formula_size(piece) for piece in pieces if not isinstance(piece, str))
        return min(words + formulas, max(most, _LINE // 2 - _GAP))

    def _formula_size(self, piece: float | Expression) -> int:
        return len(self.text.formula(piece) if isinstance(piece, Expression) else self.text.number(piece)) + 1

    def _part(self, table: Table, chosen: Sequence[int], sizes: Sequence[int]) -> str:
        numeric = content.numeric_columns(table)
        form = "".join(_column(sizes[column], numeric[column]) for column in chosen)
        head = self._row([rf"\textbf{{{self._head(table.header[column])}}}" for column in chosen])
        decimal = content.decimal_columns(table)
        columns = [
            self._point([row[column] for row in table.rows])
            if decimal[column]
            else [self._cell(row[column]) for row in table.rows]
            for column in chosen
        ]
        rows = [self._row(cells) for cells in zip(*columns, strict=True)]
        body = "\n".join([rf"{head} \hline \endhead", *rows])
        return f"{{\\small\\begin{{longtable}}[l]{{{form}}}\n{body}\n\\end{{longtable}}}}"

    def _cell(self, piece: Piece) -> str:
        """A cell; a formula in it as large as in a line of its own."""
        if isinstance(piece, Expression):
            return rf"$\displaystyle {self.latex.formula(piece)}$"
        return self.piece(piece)

    def _point(self, column: Sequence[Piece]) -> list[str]:
        """The numbers of a column, one decimal point below the other."""
        cut = [self._cut_number(piece) for piece in column]
        widest = max(cut, key=lambda each: len(each[0][1]))[1][1]
        if not widest:
            return [self._cell(piece) for piece in column]
        return [rf"\pointed{{{whole}}}{{{rest}}}{{{widest}}}" for _, (whole, rest) in cut]

    def _cut_number(self, piece: Piece) -> tuple[tuple[str, str], tuple[str, str]]:
        """A number before its decimal point and from there on: as plain text, which tells its width, and as LaTeX."""
        if isinstance(piece, str):
            parts = whole, rest = _cut(piece)
            made = (self.digits(Printed(whole)), self.digits(Printed(rest)) if rest else "")
            return parts, made if _DIGITS.fullmatch(piece) else (self.plain(whole), self.plain(rest))
        assert isinstance(piece, float | int)
        whole, rest = _cut(_GROUP.sub(r"\1\2", self.latex.number(piece)))
        return _cut(self.text.number(piece)), (f"${whole}$", f"${rest}$" if rest else "")

    def _row(self, cells: Sequence[str]) -> str:
        """A row, with some room above and below where it holds a fraction."""
        if any(r"\frac" in cell for cell in cells):
            return r"\rule{0pt}{16pt}" + " & ".join(cells) + r" \\[6pt]"
        return " & ".join(cells) + r" \\"

    def _head(self, text: Text) -> str:
        return "".join(map(self._cell, (text,) if isinstance(text, str) else text))

    def verdict(self, verdict: Verdict) -> str:
        return rf"\textbf{{{self.plain(verdict)}}}" if verdict == "wrong" else self.plain(verdict)

    def digits(self, printed: Printed) -> str:
        return f"${printed}$" if _DIGITS.fullmatch(printed) else self.plain(printed)

    # A fragment for notebooks

    def aligned(self, derivation: Derivation) -> Iterator[str]:
        """The lines as rows of an `aligned` environment, reasons beside them."""
        for left, right, line in content.lines(derivation):
            start = "" if left is None else self.latex.formula(left)
            yield rf"{start} &= {self.latex.formula(right)} && {words(line.reason)}"
        if derivation.estimate is not None:
            off = f"{words(', off by ')} {content.difference(derivation, self.latex)}"
            yield rf"& {words('central difference ')} {self.latex.number(derivation.estimate)}{off}"
        yield from (f"& {words(note)}" for note in derivation.notes)

    def legend_rows(self, key: content.Key) -> Iterator[str]:
        """The legend as rows of an `aligned` environment."""
        yield f"& {words(key.remarks)}"
        for symbol, meaning in key.letters:
            yield rf"& {self.latex.letter(symbol)} {words(f': {meaning}')}"


def _cut(number: str) -> tuple[str, str]:
    """What stands before the decimal point of a number, and the rest."""
    whole, point, rest = number.partition(".")
    return whole, point + rest


def _text_size(text: str) -> int:
    """About how many characters of a line some text takes up; capitals are wide."""
    return len(text) + sum(each.isupper() for each in text) // 2


def _parts(sizes: Sequence[int]) -> Iterator[list[int]]:
    """The columns in parts that fit on a line, the first column repeated in each."""
    part, used = [0], sizes[0] + _GAP
    for column in range(1, len(sizes)):
        if used + sizes[column] + _GAP > _LINE and len(part) > 1:
            yield part
            part, used = [0], sizes[0] + _GAP
        part.append(column)
        used += sizes[column] + _GAP
    yield part


def _column(size: int, numeric: bool) -> str:
    """A paragraph column of a fixed share of the line."""
    side = r"\raggedleft" if numeric else r"\raggedright"
    share = min((size + _GAP) / _LINE, 1)
    return rf">{{{side}\arraybackslash}}p{{\dimexpr {share:.4f}\linewidth-2\tabcolsep\relax}}"


TARGET = LatexTarget
