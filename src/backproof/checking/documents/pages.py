"""A text in pieces: headings, tables, mathematics between its delimiters, and the lines around it.

Markdown is taken apart by markdown-it-py, whose blocks say where lists, quotations, tables and code stand; marks,
comments, preambles and program text become blanks, so that every place stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any

from backproof.checking.documents.lexer import normalise
from backproof.checking.documents.source import Source

ENVIRONMENTS = "equation|align|alignat|gather|multline|eqnarray|displaymath|math|flalign|aligned|split|array|gathered"
OPENING = re.compile(rf"\\begin\{{(?P<env>(?:{ENVIRONMENTS})\*?)\}}|\$\$|\\\\?[\[(]|(?<![\\$])\$(?!\$)")
#: Mathematics that stands within a line of prose.
INLINE = ("$", "\\(", "\\\\(")
COMMENT = re.compile(r"(?<!\\)%[^\n]*")
READABLE = ("", "text", "txt", "math", "latex", "tex", "plain", "output", "console")
HIDDEN = re.compile(
    r"\\begin\{(?P<env>(?:verbatim|lstlisting|minted|comment)\*?)\}|<!--|<(?:script|style)\b", re.IGNORECASE
)
ENDS = {start: start.translate(str.maketrans("[(", "])")) for start in ("$$", "\\[", "\\(", "\\\\[", "\\\\(")}
ENDS |= {"<!--": "-->", "<script": "</script>", "<style": "</style>"}
_CLOSING = re.compile(r"(?:[^$\\\n]|\\[^\n]|\n(?![ \t]*\n)){1,5000}\$(?!\d)")
SECTION = re.compile(
    r"\\(?:(?:sub)*section|paragraph|chapter|subparagraph)\*?\s*\{([^{}\n]*(?:\{[^{}\n]*\}[^{}\n]*)*)\}"
)
TABULAR = re.compile(r"\\begin\{(?P<env>tabular[x*]?|longtable)\}")
CAPTION = re.compile(r"\\(?:caption|textbf|textit|emph|footnote|boxed|fbox)\s*(?=\{)")
LETTERED = re.compile(
    r"^[ \t]*(?:\((?:[a-z]|[ivx]{1,4}|\d{1,2})\)|[a-z]\)|\d{1,3}[.)]|[•▪◦‣–—·])[ \t]+(?=\S)", re.MULTILINE
)
COLUMN = re.compile(r"[^\s](?:[^\s]| (?! ))*(?<! )")
NUMBER = re.compile(r"[-+−]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][-+]?\d+)?")
_FIGURES = "figure|fig\\.|table|tab\\.|equation|eq\\.|example|abb\\.|abbildung|tabelle|tabla|figura"
LABEL = re.compile(rf"^[ \t]*(?:{_FIGURES})[ \t]*\d+(?:\.\d+)?[ \t]*[:.)][ \t]+(?=\S)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Fragment:
    """A stretch of a page: displayed `math`, `inline` mathematics, `prose`, `heading`, or a `table` with its cells."""

    kind: str
    start: int
    end: int
    cells: tuple[tuple[tuple[int, int], ...], ...] = ()


class Page:
    """One source with its marks blanked; `fragments` are its pieces in reading order."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = normalise(source.text)
        self.programs: list[tuple[int, int]] = []
        self.marked: list[Fragment] = []
        if source.kind == "latex":
            self._read_latex()
        else:
            self._read_markdown()
        self.text = blanked(self.text, _hidden(self.text))

    def where(self, position: int) -> str:
        """A position in words."""
        return self.source.where(position)

    def fragments(self) -> Iterator[Fragment]:
        """The pieces in reading order."""
        position = 0
        for piece in sorted(self.marked, key=lambda each: each.start):
            if piece.start < position:
                continue
            yield from self._stretch(position, piece.start)
            yield piece
            position = piece.end
        yield from self._stretch(position, len(self.text))

    def _stretch(self, start: int, end: int) -> Iterator[Fragment]:
        """Prose with the mathematics in it."""
        position = start
        for opening, closing in _enclosed(OPENING, self.text, start, end):
            yield from self._prose(position, opening.start())
            inside = opening.start() if (opening["env"] or "").startswith("array") else opening.end()
            kind = "inline" if opening[0] in INLINE else "math"
            yield Fragment(kind, inside, closing[1] if inside == opening.start() else closing[0])
            position = closing[1]
        yield from self._prose(position, end)

    def _prose(self, start: int, end: int) -> Iterator[Fragment]:
        if self.text[start:end].strip():
            yield Fragment("prose", start, end)

    # LaTeX

    def _read_latex(self) -> None:
        text = COMMENT.sub(_blank, self.text)
        begin = text.find(r"\begin{document}")
        if begin >= 0:
            text = blanked(text, [(0, begin + len(r"\begin{document}"))])
        self.text = CAPTION.sub(_blank, text)
        for match in SECTION.finditer(self.text):
            self.marked.append(Fragment("heading", match.start(1), match.end(1)))
        self._tabulars()

    def _tabulars(self) -> None:
        for opening, (close, end) in _enclosed(TABULAR, self.text, 0, len(self.text)):
            columns = re.compile(r"\s*(?:\{[^{}\n]*(?:\{[^{}\n]*\}[^{}\n]*)*\})+").match(self.text, opening.end())
            start = columns.end() if columns else opening.end()
            rows = [_cells(self.text, *row, r"(?<!\\)&") for row in _split(self.text, start, close, r"\\\\")]
            self._table(opening.start(), end, rows)

    def _table(self, start: int, end: int, rows: list[tuple[tuple[int, int], ...]]) -> None:
        self.marked.append(Fragment("table", start, end, tuple(row for row in rows if row)))

    # Markdown and plain text

    def _read_markdown(self) -> None:
        lines = [0, *accumulate(len(line) + 1 for line in self.text.split("\n"))]
        kept: list[tuple[int, int]] = []
        before = ""
        for token in _reader().parse(self._protected()):
            heading, before = before == "heading_open", token.type
            if token.map is None:
                continue
            first, last = token.map
            if token.type == "inline":
                kept += self._content(token.content, first, lines)
                if heading:
                    self.marked.append(Fragment("heading", lines[first], lines[last] - 1))
            elif token.type in ("fence", "code_block", "html_block"):
                inner = (first + 1, last - 1) if token.type == "fence" else (first, last)
                start, end = lines[inner[0]], max(lines[inner[0]], lines[min(inner[1], len(lines) - 1)] - 1)
                if token.type == "fence" and token.info.strip().lower().split(" ")[0] not in READABLE:
                    self.programs.append((start, end))
                else:
                    kept.append((start, end))
            elif token.type == "table_open":
                rows = [_cells(self.text, lines[at], lines[at + 1] - 1, r"(?<!\\)\|", True)
                        for at in range(first, last) if at != first + 1]  # fmt: skip
                self._table(lines[first], lines[last] - 1, rows)
                kept.append((lines[first], lines[last] - 1))
        self.text = self._without(kept)
        self.text = LABEL.sub(_blank, LETTERED.sub(self._list_mark, self.text))
        self._tabulars()
        self._columns()

    def _protected(self) -> str:
        """The text with displayed mathematics as letters, so that no line in it looks like a list or a heading."""
        found = _enclosed(OPENING, self.text, 0, len(self.text))
        displayed = [(opening.start(), end) for opening, (_, end) in found if opening[0] not in INLINE]
        return blanked(self.text, displayed, "x")

    def _columns(self) -> None:
        """Lines whose columns stand apart by several blanks, one below the other, are a table too."""
        rows: list[tuple[tuple[int, int], ...]] = []
        for line in re.compile(r"[^\n]+\n?(?:[^\S\n]*\n)?|\n|\Z").finditer(self.text):  # a line and one empty one
            cells = tuple(match.span() for match in COLUMN.finditer(self.text, *line.span()))
            apart = len(cells) > 1 and not re.search(r"[=|\[\]$&:→⇒]", line[0])
            figures = apart and any(NUMBER.fullmatch(self.text, *cell) for cell in cells[1:])
            if rows and not (figures and len(cells) == len(rows[0])):
                if len(rows) > 1:
                    self._table(rows[0][0][0], rows[-1][-1][1], rows)
                rows = []
            rows += [cells] if apart else []

    def _content(self, content: str, first: int, lines: list[int]) -> Iterator[tuple[int, int]]:
        """Where the lines of a block's content stand: behind list marks, quotation marks and numbering."""
        for number, line in enumerate(content.split("\n"), start=first):
            if number + 1 >= len(lines):
                return
            start, end = lines[number], lines[number + 1] - 1
            whole = self.text[start:end].rstrip()
            begin = start + max(0, len(whole) - len(line.rstrip()))
            mark = re.fullmatch(r"\s*([-+*])\s+", self.text[start:begin])
            if mark and re.match(r"[\d(.]", line) and start and self._goes_on(start):
                begin = start + mark.start(1)
            yield begin, end

    def _goes_on(self, start: int) -> bool:
        """Whether the line before is an equation, so that a sign at the beginning of this one is no list mark."""
        before = self.text[self.text.rfind("\n", 0, start - 1) + 1 : start - 1].strip()
        return bool(before) and ("=" in before or before[0] in "+-*") and not re.match(r"[-+*]\s+[^\d(.\s]", before)

    def _list_mark(self, match: re.Match[str]) -> str:
        """(a), 1) or a dot before a statement; a number that is followed by a sign of arithmetic stays."""
        return match[0] if re.match(r"[-+*/=^)]", self.text[match.end() : match.end() + 1]) else _blank(match)

    def _without(self, kept: list[tuple[int, int]]) -> str:
        """The text where everything outside of the kept stretches is blank; line breaks stay."""
        position, gaps = 0, []
        for start, end in sorted(kept):
            gaps.append((position, max(position, start)))
            position = max(position, end)
        return blanked(self.text, [*gaps, (position, len(self.text))])


@cache
def _reader() -> Any:
    from markdown_it import MarkdownIt

    left_out = ["inline", "text_join", "reference", "backticks"]
    return MarkdownIt("commonmark", {"maxNesting": 20}).enable("table").disable(left_out, ignoreInvalid=True)


def _split(text: str, start: int, end: int, sign: str) -> Iterator[tuple[int, int]]:
    position = start
    for match in re.compile(sign).finditer(text, start, end):
        yield position, match.start()
        position = match.end()
    yield position, end


def _cells(text: str, start: int, end: int, sign: str, outer: bool = False) -> tuple[tuple[int, int], ...]:
    """The cells of one row; bars between dollar signs belong to the mathematics there."""
    found: list[tuple[int, int]] = []
    begin = start
    for _, last in _split(text, start, end, sign):
        if text.count("$", begin, last) % 2 and last < end:
            continue
        found.append((begin, last))
        begin = last + 1
    if begin < end and (not found or found[-1][1] < end):
        found.append((begin, end))
    if outer:
        found = found[1:] if found and not text[slice(*found[0])].strip() else found
        found = found[:-1] if found and not text[slice(*found[-1])].strip() else found
    return tuple(found) if any(re.search(r"\w", text[slice(*cell)]) for cell in found) else ()


def _enclosed(
    pattern: re.Pattern[str], text: str, start: int, stop: int
) -> Iterator[tuple[re.Match[str], tuple[int, int]]]:
    """What opens and where its content and itself end, one behind the other.

    A lone $ closes within its paragraph, and after it stands no digit. An end that was looked for in vain is not looked
    for again.
    """
    position, missing = start, set()
    for opening in pattern.finditer(text, start, stop):
        if opening.start() < position:
            continue
        if opening[0] == "$":
            match = _CLOSING.match(text, opening.end(), stop)
            at, end = (match.end() - 1, match.end()) if match else (-1, -1)
        else:
            mark = f"\\end{{{opening['env']}}}" if opening["env"] else ENDS[opening[0].lower()]
            at = -1 if mark in missing else text.find(mark, opening.end(), stop)
            end = at + len(mark)
            missing |= {mark} if at < 0 else set()
        if at >= 0:
            position = end
            yield opening, (at, end)


def _hidden(text: str) -> list[tuple[int, int]]:
    """Where comments, scripts and verbatim text stand."""
    return [(opening.start(), closing[1]) for opening, closing in _enclosed(HIDDEN, text, 0, len(text))]


def blanked(text: str, places: Iterable[tuple[int, int]], sign: str = " ") -> str:
    """The text with some stretches as blanks or another sign, each given once and in order."""
    pieces, position = [], 0
    for start, end in places:
        pieces += [text[position:start], re.sub(r"[^\n]", sign, text[start:end])]
        position = max(position, end)
    return "".join([*pieces, text[position:]])


def _blank(match: re.Match[str]) -> str:
    """As many blanks, line breaks kept, so that every position stays what it is."""
    return re.sub(r"[^\n]", " ", match[0])
