"""A text in pieces: the mathematics between its delimiters, and the lines around it.

Comments, preambles, verbatim and program text are passed over; everything else is either a piece of mathematics
(`$...$`, `\\(...\\)`, `\\[...\\]`, an environment such as align) or prose, in which equations may stand bare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from backproof.checking.documents.source import Source

ENVIRONMENTS = "equation|align|alignat|gather|multline|eqnarray|displaymath|math|flalign|aligned|split"
OPENING = re.compile(
    rf"\\begin\{{(?P<env>(?:{ENVIRONMENTS})\*?)\}}|(?P<double>\$\$)|(?P<bracket>\\\\?\[)|(?P<round>\\\\?\()"
    r"|(?P<single>(?<![\\$])\$(?!\$))"
)
COMMENT = re.compile(r"(?<!\\)%[^\n]*")
FENCE = re.compile(r"^[ ]{0,3}(`{3,}|~{3,})[ ]*([\w+-]*)[^\n]*$", re.MULTILINE)
READABLE = ("", "text", "txt", "math", "latex", "tex", "plain")
HIDDEN = re.compile(r"\\begin\{(verbatim|lstlisting|minted|comment)\*?\}|<!--|<(?:script|style)\b", re.IGNORECASE)
ENDS = {"<!--": "-->", "<script": "</script>", "<style": "</style>"}


@dataclass(frozen=True)
class Fragment:
    """A stretch of a source: mathematics, or prose with mathematics in it."""

    source: Source
    start: int
    end: int
    math: bool


def fragments(source: Source) -> Iterator[Fragment]:
    """The pieces of a source in reading order."""
    source = replace(source, text=_blanked(source))
    visible = source.text
    position, ends = 0, _Ends(visible)
    for opening in OPENING.finditer(visible):
        if opening.start() < position:
            continue
        closing = ends.of(opening)
        if closing is None:
            continue
        yield from _prose(source, position, opening.start(), visible)
        yield Fragment(source, opening.end(), closing[0], True)
        position = closing[1]
    yield from _prose(source, position, len(visible), visible)


def _prose(source: Source, start: int, end: int, text: str) -> Iterator[Fragment]:
    if text[start:end].strip():
        yield Fragment(source, start, end, False)


class _Ends:
    """Where pieces of mathematics end; an end that was looked for in vain is not looked for again."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.missing: set[str] = set()

    def of(self, opening: re.Match[str]) -> tuple[int, int] | None:
        """Where the content ends and where the text goes on."""
        if opening["single"]:
            return self._dollar(opening.end())
        if opening["env"]:
            return self.find(f"\\end{{{opening['env']}}}", opening.end())
        if opening["double"]:
            return self.find("$$", opening.end())
        return self.find(opening[0].replace("[", "]").replace("(", ")"), opening.end())

    def find(self, mark: str, start: int) -> tuple[int, int] | None:
        if mark in self.missing:
            return None
        found = self.text.find(mark, start)
        if found < 0:
            self.missing.add(mark)
            return None
        return found, found + len(mark)

    def _dollar(self, start: int) -> tuple[int, int] | None:
        """A lone $ closes within its paragraph and beside a character that is no space; after it stands no digit."""
        if self.text[start : start + 1].isspace():
            return None
        match = _CLOSING.match(self.text, start)
        if match is None:
            return None
        return match.end() - 1, match.end()


_CLOSING = re.compile(r"(?:[^$\\\n]|\\[^\n]|\n(?![ \t]*\n)){1,5000}(?<!\s)\$(?!\d)")


def _blanked(source: Source) -> str:
    """The text with comments, preamble, verbatim and program text as blanks."""
    text = source.text
    if source.kind == "latex":
        text = COMMENT.sub(_blank, text)
        begin = text.find(r"\begin{document}")
        if begin >= 0:
            text = _without(text, 0, begin + len(r"\begin{document}"))
    else:
        text = _without_code(text)
    return _without_hidden(text)


def _without_code(text: str) -> str:
    pieces, position, opened = [], 0, None
    for fence in FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif fence[1].startswith(opened[1]) and not fence[2]:
            if opened[2].lower() not in READABLE:
                pieces += [text[position : opened.start()], _blank_text(text[opened.start() : fence.end()])]
                position = fence.end()
            opened = None
    return "".join([*pieces, text[position:]])


def _without_hidden(text: str) -> str:
    pieces, position = [], 0
    ends = _Ends(text)
    for opening in HIDDEN.finditer(text):
        if opening.start() < position:
            continue
        mark = f"\\end{{{opening[1]}}}" if opening[1] else ENDS[opening[0].lower()]
        found = ends.find(mark, opening.end())
        if found is not None:
            pieces += [text[position : opening.start()], _blank_text(text[opening.start() : found[1]])]
            position = found[1]
    return "".join([*pieces, text[position:]])


def _without(text: str, start: int, end: int) -> str:
    return text[:start] + _blank_text(text[start:end]) + text[end:]


def blanked(text: str, places: Iterable[tuple[int, int]]) -> str:
    """The text with some stretches as blanks, each given once and in order."""
    pieces, position = [], 0
    for start, end in places:
        pieces += [text[position:start], _blank_text(text[start:end])]
        position = end
    return "".join([*pieces, text[position:]])


def _blank(match: re.Match[str]) -> str:
    return _blank_text(match[0])


def _blank_text(text: str) -> str:
    """As many blanks, line breaks kept, so that every position stays what it is."""
    return re.sub(r"[^\n]", " ", text)
