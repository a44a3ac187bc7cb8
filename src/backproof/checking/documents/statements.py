"""From tokens to statements: runs of mathematics between words, split at their signs of equality into sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from backproof.checking.documents.grammar import Parser, is_arithmetic, is_array, match_brackets, printed
from backproof.checking.documents.lexer import Name, Token
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.pages import Page
from backproof.expression import Expression

JOINING = ("+", "-", "*", "/", "^")
TOUCHING = ("+", "-", "*", "/")


@dataclass(frozen=True)
class Side:
    """One side of a statement: its tree, or why there is none; the text as written, and where it begins."""

    tree: Expression | None
    reason: str
    text: str
    start: int
    tokens: tuple[Token, ...] = ()

    @property
    def digits(self) -> str | None:
        """The digits of a side that is one printed number."""
        return printed(self.tree) if self.tree is not None else None

    @property
    def numeric(self) -> bool:
        """Whether it is an expression of numbers, not one number alone."""
        return self.tree is not None and self.digits is None and is_arithmetic(self.tree)


@dataclass
class Statement:
    """A chain side = side = ...; `relations` stand between the sides, the words `before` in front of them."""

    page: Page
    sides: list[Side]
    relations: list[str]
    start: int
    end: int
    before: tuple[str, ...] = ()
    updates: bool = False

    @property
    def text(self) -> str:
        """As written."""
        return self.page.source.text[self.start : self.end]

    def where(self, position: int | None = None) -> str:
        """The place of a position in it, else of its beginning."""
        return self.page.where(self.start if position is None else position)

    def between(self, number: int) -> str:
        """The left side and one other, as one equation."""
        return (
            f"{self.sides[0].text} {self.relations[0] if self.relations[0] != ':' else '='} {self.sides[number].text}"
        )


@dataclass(frozen=True)
class Run:
    """Mathematics between words: its tokens, with or without a sign of equality among them."""

    tokens: tuple[Token, ...]

    @property
    def related(self) -> bool:
        """Whether it has a relation outside of brackets."""
        return any(token.kind == "relation" for token in top_level(self.tokens))


Item = Run | Token


def items(tokens: Sequence[Token], is_name: Callable[[str], bool]) -> Iterator[Item]:
    """Runs of mathematics, and between them the words and separators."""
    kept = list(_without_asides(_without_braces(list(_with_names(_with_matrices(tokens), is_name)))))
    pairs = match_brackets(kept)
    inside = _inside(pairs, len(kept))
    current: list[Token] = []
    related = False
    for position, token in enumerate(kept):
        if token.kind in ("newline", "row") and (inside[position] or _goes_on(current, kept, position)):
            if inside[position]:
                current.append(token)
            continue
        separates = _separates(kept, position, inside[position], related)
        if token.kind == "align" and not inside[position]:
            if _beside_relation(kept, position) or not current:
                continue
            separates = True
        if token.text == ":" and token.kind == "separator" and not related and _is_colon(current, kept, position):
            token = replace(token, kind="relation")
            separates = False
        if separates or token.kind in ("word", "newline", "row", "begin"):
            if current:
                yield from _run(current)
            yield token
            current, related = [], False
        else:
            related = related or (token.kind == "relation" and not inside[position])
            current.append(token)
    if current:
        yield from _run(current)


def _inside(pairs: dict[int, int], count: int) -> list[bool]:
    """For every token, whether it stands between brackets that have a partner."""
    found, until = [False] * count, -1
    for position in range(count):
        found[position] = position <= until
        until = max(until, pairs.get(position, -1))
    return found


def _separates(tokens: Sequence[Token], position: int, inside: bool, related: bool) -> bool:
    token = tokens[position]
    if token.kind == "separator":
        return not inside
    if inside:
        return False
    if token.kind == "relation" and token.text == "⇒":
        return True
    if token.kind == "relation" and token.text == "→":
        return related or _relation_follows(tokens, position)
    following = tokens[position + 1] if position + 1 < len(tokens) else None
    return token.text == "|" and token.kind == "op" and (following is None or following.spaced) and token.spaced


def _relation_follows(tokens: Sequence[Token], position: int) -> bool:
    for token in tokens[position + 1 : position + 40]:
        if token.kind == "relation":
            return token.text in ("=", "≈", ":=")
        if token.kind in ("word", "newline", "row") or token.text in (";", ","):
            return False
    return False


def _is_colon(current: Sequence[Token], tokens: Sequence[Token], position: int) -> bool:
    """Whether a colon says what a name is: `h1: 0.3775`."""
    if not current or current[-1].kind not in ("name", "close") or not any(token.kind == "name" for token in current):
        return False
    at = position + 1
    while at < len(tokens) and tokens[at].kind == "newline":
        at += 1
    following = tokens[at] if at < len(tokens) else None
    if following is None:
        return False
    minus = following.text == "-" and at + 1 < len(tokens) and tokens[at + 1].kind == "number"
    array = following.name is not None and is_array(following.name)
    listed = following.kind == "matrix" or array or (following.kind == "open" and following.text in "[(")
    return listed or (at == position + 1 and (following.kind == "number" or minus))


def _beside_relation(tokens: Sequence[Token], position: int) -> bool:
    before = tokens[position - 1] if position else None
    after = tokens[position + 1] if position + 1 < len(tokens) else None
    return any(each is not None and each.kind == "relation" for each in (before, after))


def _goes_on(current: Sequence[Token], tokens: Sequence[Token], position: int) -> bool:
    """Whether an equation goes on after a line break: a relation or sign follows, or one is left open."""
    if not current:
        return False
    last = current[-1]
    if last.kind == "relation" or (last.kind == "op" and last.text in JOINING):
        return True
    ahead = (token for token in tokens[position + 1 : position + 6] if token.text not in ("quad", "qquad"))
    following = [token for token in ahead if token.kind not in ("newline", "row", "align")]
    if not following:
        return False
    first, second = following[0], following[1] if len(following) > 1 else None
    signed = first.kind == "op" and first.text in ("+", "-", "*") and second is not None and second.kind != "op"
    signed = signed and any(token.kind == "relation" for token in current)
    return signed or (first.kind == "relation" and first.text in ("=", "≈"))


def _with_matrices(tokens: Sequence[Token]) -> Iterator[Token]:
    """\\left[\\begin{array}{c} ... \\end{array}\\right] as a matrix; cases after a sign of equality are left out."""
    skip = 0
    last: Token | None = None
    opened: list[bool] = []
    for token in tokens:
        if skip:
            skip += (token.kind == "begin") - (token.kind == "end" and token.text in ("array", "cases"))
            continue
        if token.kind == "begin" and token.text == "cases" and last is not None and last.kind == "relation":
            skip = 1
            yield replace(token, kind="unknown", text="a distinction of cases")
            continue
        if token.kind == "begin" and token.text == "array":
            opened.append(last is not None and last.kind == "open")
            yield replace(token, kind="matrix" if opened[-1] else "row")
        elif token.kind == "end" and token.text in ("array", "cases"):
            matrix = token.text == "array" and opened and opened.pop()
            yield token if matrix else replace(token, kind="row")
        elif token.kind == "begin":
            yield replace(token, kind="row")
        else:
            yield token
        last = token if token.kind != "newline" else last


def _with_names(tokens: Iterator[Token], is_name: Callable[[str], bool]) -> Iterator[Token]:
    """Words that are names where mathematics touches them: `(target - output)`, `loss = 0.3`."""
    before: Token | None = None
    waiting: Token | None = None
    for token in tokens:
        if waiting is not None:
            if _touches(token) or _touches(before):
                waiting = replace(waiting, kind="name", name=Name(waiting.text, raw=waiting.text))
            yield waiting
            before = waiting
            waiting = None
        if token.kind == "word" and is_name(token.text):
            waiting = token
            continue
        yield token
        before = token
    if waiting is not None:
        yield replace(waiting, kind="name", name=Name(waiting.text, raw=waiting.text)) if _touches(before) else waiting


def _touches(token: Token | None) -> bool:
    if token is None:
        return False
    return token.kind in ("relation", "raised") or (token.kind == "op" and token.text in TOUCHING) or token.text == ":"


def _without_braces(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without braces around a whole statement, as \\boxed{a = 1} has them."""
    left_out: set[int] = set()
    relations = [position for position, token in enumerate(tokens) if token.kind == "relation"]
    for start, close in match_brackets(tokens).items():
        if tokens[start].text == "{" and any(start < at < close for at in relations):
            left_out |= {start, close}
    return [token for position, token in enumerate(tokens) if position not in left_out]


def _without_asides(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens without what stands in parentheses and holds a word: a_o (the output) = 0.512."""
    closes, skip = match_brackets(tokens), -1
    words = [0]
    for token in tokens:
        words.append(words[-1] + (token.kind == "word"))
    for position, token in enumerate(tokens):
        close = closes.get(position, -1)
        aside = close > position and token.text == "(" and words[close] > words[position]
        alone = close == position + 2 and tokens[position + 1].kind == "word"
        mark = alone and position and tokens[position - 1].kind == "name"
        if mark and not token.spaced and position > skip:
            inner = tokens[position + 1]
            yield token
            yield replace(inner, kind="name", name=Name(inner.text, raw=inner.text))
            skip = position + 1
            continue
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
    if token.kind in ("separator", "newline", "row", "align"):
        return True
    return token.kind == "op" and token.text in ("*", "/", "^", "!", "_", "'") + (("-", "+") if not leading else ())


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


def make_statement(page: Page, run: Run, before: tuple[str, ...] = ()) -> Statement:
    """A run split at its relations, each side read."""
    marks = {token.start for token in top_level(run.tokens) if token.kind == "relation"}
    sides: list[Side] = []
    relations: list[str] = []
    current: list[Token] = []
    for token in run.tokens:
        if token.kind == "relation" and token.start in marks:
            sides.append(make_side(page, current, token.start))
            relations.append(token.text)
            current = []
        else:
            current.append(token)
    sides.append(make_side(page, current, run.tokens[-1].end))
    return Statement(page, sides, relations, run.tokens[0].start, run.tokens[-1].end, before)


def make_side(page: Page, tokens: Sequence[Token], start: int) -> Side:
    """One side, read."""
    if not tokens:
        return Side(None, "nothing stands on one side", "", start)
    text = page.source.text[tokens[0].start : tokens[-1].end]
    try:
        tree = Parser(tuple(tokens)).parse()
    except UnreadableError as error:
        return Side(None, str(error), text, tokens[0].start, tuple(tokens))
    except (OverflowError, ValueError, ArithmeticError, RecursionError):
        return Side(None, "its numbers are too large to be read", text, tokens[0].start, tuple(tokens))
    return Side(tree, "", text, tokens[0].start, tuple(tokens))
