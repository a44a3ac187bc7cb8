"""From tokens to equations: runs of mathematics between words, split at their equality signs into links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backproof.checking.documents.source import Source
from backproof.checking.documents.token_cursor import match_brackets
from backproof.checking.documents.tokens import Token

#: So many tokens of one equation are read.
LONGEST = 3000
JOINING = ("+", "-", "*", "/", "^")


@dataclass(frozen=True)
class Link:
    """One side of an equation: its tokens, the text as written, and where it begins."""

    tokens: tuple[Token, ...]
    text: str
    start: int = 0


@dataclass(frozen=True)
class Equation:
    """A chain left = link = link ..., each link with the relation before it."""

    source: Source
    links: tuple[Link, ...]
    relations: tuple[str, ...]
    text: str
    start: int

    def where(self, position: int | None = None) -> str:
        """The place of a position in it, else of its beginning."""
        return self.source.where(self.start if position is None else position)

    def between(self, number: int) -> str:
        """The left side and one link, as one equation."""
        sign = {"<-": "←", "->": "→"}.get(self.relations[0], self.relations[0])
        return f"{self.links[0].text} {sign} {self.links[number].text}"


@dataclass(frozen=True)
class Run:
    """Mathematics between words: its tokens, with or without an equality sign among them."""

    tokens: tuple[Token, ...]

    @property
    def related(self) -> bool:
        """Whether it has an equality sign outside of brackets."""
        return any(token.kind == "relation" for token in top_level(self.tokens))


Item = Run | Token


def items(tokens: Sequence[Token]) -> Iterator[Item]:
    """Runs of mathematics, and between them the words and separators."""
    kept = list(_without_asides(tokens))
    current: list[Token] = []
    depth = 0
    for position, token in enumerate(kept):
        if token.kind == "newline":
            if _goes_on(current, kept, position):
                continue
            depth = 0
        depth += (token.kind == "open") - (token.kind == "close")
        if token.kind in ("word", "newline") or (token.kind == "separator" and (depth <= 0 or token.text != ",")):
            if current:
                yield from _run(current)
            yield token
            current, depth = [], 0
        else:
            current.append(token)
    if current:
        yield from _run(current)


def _goes_on(current: Sequence[Token], tokens: Sequence[Token], position: int) -> bool:
    """Whether an equation goes on after a line break: an equality sign follows, or a sign is left open."""
    if not current:
        return False
    last = current[-1]
    if last.kind == "relation" or (last.kind == "op" and last.text in JOINING):
        return True
    following = next((each for each in tokens[position : position + 4] if each.kind != "newline"), None)
    return following is not None and following.kind == "relation"


def _without_asides(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens without what stands in parentheses and holds a word: a_o (the output) = 0.512."""
    closes, skip = match_brackets(tokens), -1
    words = [0]
    for token in tokens:
        words.append(words[-1] + (token.kind == "word"))
    for position, token in enumerate(tokens):
        close = closes.get(position, -1)
        aside = close > position and token.text == "(" and words[close] > words[position]
        if position > skip and aside and not any(each.kind == "relation" for each in tokens[position:close][:50]):
            skip = close
        if position > skip:
            yield token


def _run(tokens: Sequence[Token]) -> Iterator[Run]:
    """The run without brackets that open or close elsewhere, and without stray signs at its ends."""
    kept = list(tokens)
    closes = match_brackets(kept)
    partners = {*closes, *closes.values()}
    bars = [position for position, token in enumerate(kept) if token.text == "|"]
    partners.update(bars if len(bars) % 2 == 0 else ())
    first, last = 0, len(kept)
    while first < last and _stray(kept[first], first in partners, True):
        first += 1
    while last > first and _stray(kept[last - 1], last - 1 in partners, False):
        last -= 1
    if first < last:
        yield Run(tuple(kept[first:last]))


def _stray(token: Token, paired: bool, leading: bool) -> bool:
    if token.kind in ("open", "close") or token.text == "|":
        return not paired
    if token.kind == "separator":
        return True
    return token.kind == "op" and token.text in ("*", "/", "^", "!", "_", "'") + (("-",) if not leading else ())


def top_level(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens outside of brackets that have a partner."""
    closes, skip = match_brackets(tokens), -1
    for position, token in enumerate(tokens):
        if position <= skip:
            continue
        if position in closes:
            skip = closes[position]
            continue
        yield token


def equation(source: Source, run: Run) -> Equation:
    """A run split at its equality signs."""
    marks = {token.start for token in top_level(run.tokens) if token.kind == "relation"}
    links: list[Link] = []
    relations: list[str] = []
    current: list[Token] = []
    for token in run.tokens:
        if token.kind == "relation" and token.start in marks:
            links.append(_link(source, current, token.start))
            relations.append(token.text)
            current = []
        else:
            current.append(token)
    links.append(_link(source, current, run.tokens[-1].end))
    start, end = run.tokens[0].start, run.tokens[-1].end
    return Equation(source, tuple(links), tuple(relations), source.text[start:end], start)


def _link(source: Source, tokens: list[Token], start: int) -> Link:
    if not tokens:
        return Link((), "", start)
    return Link(tuple(tokens), source.text[tokens[0].start : tokens[-1].end], tokens[0].start)
