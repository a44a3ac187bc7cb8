"""From pages to statements: runs of mathematics between words, split at their signs of equality into sides.

A name, a verb of being and a number are a statement as well, with the words before the name: `the gradient of w5 is
0.08`. This knows no worksheet, only which words may be names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import takewhile

from backproof.checking.documents.grammar import COSTS, Parser, is_arithmetic, is_array, match_brackets, printed
from backproof.checking.documents.lexer import Lexer, Name, Token, read_words, uses_commas
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.pages import Fragment, Page
from backproof.checking.documents.words import IS, LITTLE, RATES, ROLES, Section, read_cues
from backproof.expression import Expression

#: Maximum number of words between two displays for a chain to go on in the second.
NEAR = 13
#: Between two of these, mathematics and prose do not go on as one product.
OPERANDS, TOUCHING = read_words("name number close open frac partial sqrt matrix end raised sum"), ("+", "-", "*", "/")
#: Marks of an update that stand before a name.
UPDATED = ("new", "updated", "neu")


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
        return printed(self.tree)

    @property
    def is_cut(self) -> bool:
        """Whether terms of a sum are left out, for which their value stands."""
        return "\\cdots" in self.text

    @property
    def numeric(self) -> bool:
        """Whether it is an expression of numbers, not one number alone."""
        return self.tree is not None and self.digits is None and is_arithmetic(self.tree)


@dataclass
class Statement:
    """A chain side = side = ...; `relations` stand between the sides, the words `before` in front of them.

    The relation `?` stands for words that are not understood. `place` is the sample and step that a table's heading
    names, `updates` tells that its section is about new weights.
    """

    page: Page
    sides: list[Side]
    relations: list[str]
    start: int
    end: int
    before: tuple[str, ...] = ()
    updates: bool = False
    place: Section = field(default_factory=Section)

    @property
    def text(self) -> str:
        """As written."""
        return self.page.source.text[self.start : self.end]

    def where(self, position: int | None = None) -> str:
        """The place of a position in it, else of its beginning."""
        return self.page.source.where(self.start if position is None else position)

    def between(self, number: int) -> str:
        """The left side and one other, as one equation."""
        sign = self.relations[0] if self.relations[0] not in (":", "?") else "="
        return f"{self.sides[0].text} {sign} {self.sides[number].text}"


@dataclass(frozen=True)
class Run:
    """Mathematics between words: its tokens, with or without a sign of equality among them."""

    tokens: tuple[Token, ...]

    @cached_property
    def related(self) -> bool:
        """Whether it has a relation outside of brackets."""
        return any(self.tokens[at].kind == "relation" for at in top_level(self.tokens))

    @property
    def is_array(self) -> bool:
        """Whether it begins with a list."""
        return self.tokens[0].text in ("[", "array")


Item = Run | Token


def items(tokens: Sequence[Token], is_name: Callable[[str], bool]) -> Iterator[Item]:
    """Runs of mathematics, and between them the words and separators."""
    kept = _without_asides(_without_braces(_with_names(tokens, is_name)))
    closes, until = match_brackets(kept), -1
    current: list[Token] = []
    related = False
    for position, token in enumerate(kept):
        inside = position <= until
        until = max(until, closes.get(position, -1))
        if token.kind in ("newline", "row") and (inside or _goes_on(current, kept[position + 1 : position + 6])):
            current += [token] if inside else []
            continue
        if token.kind == "align" and not inside:
            beside = [*kept[max(0, position - 1) : position], *kept[position + 1 : position + 2]]
            if not current or any(each.kind == "relation" for each in beside):
                continue
        if token.text == ":" and not inside and not related and _is_colon(current, kept[position + 1 : position + 9]):
            token = replace(token, kind="relation")
        if token.kind in ("word", "newline", "row") or (not inside and _separates(kept, position, token, related)):
            yield from _run(current)
            yield token
            current, related = [], False
        else:
            related = related or (token.kind == "relation" and not inside)
            current.append(token)
    yield from _run(current)


def _separates(tokens: Sequence[Token], position: int, token: Token, related: bool) -> bool:
    if token.kind == "relation" and token.text == "→":
        return related or _relation_follows(tokens[position + 1 : position + 40])
    following = tokens[position + 1] if position + 1 < len(tokens) else None
    bar = token.text == "|" and token.spaced and (following is None or following.spaced)
    return bar or token.kind in ("separator", "align") or token.text == "⇒"


def _relation_follows(following: Sequence[Token]) -> bool:
    for token in following:
        if token.kind in ("relation", "word", "newline", "row") or token.text in (";", ","):
            return token.text in ("=", "≈", ":=")
    return False


def _is_colon(current: Sequence[Token], following: Sequence[Token]) -> bool:
    """Whether a colon says what a name is: `h1: 0.3775`."""
    if not current or current[-1].kind not in ("name", "close") or not any(token.name for token in current):
        return False
    ahead = [token for token in following if token.kind != "newline"]
    if not ahead:
        return False
    array = ahead[0].kind == "matrix" or ahead[0].text in ("[", "(") or (ahead[0].name and is_array(ahead[0].name))
    minus = ahead[0].text == "-" and len(ahead) > 1
    return bool(array) or (ahead[0] is following[0] and ahead[minus].kind == "number")


def _goes_on(current: Sequence[Token], following: Sequence[Token]) -> bool:
    """Whether an equation goes on after a line break: a relation or sign follows, or one is left open."""
    if not current:
        return False
    last = current[-1]
    if last.kind == "relation" or (last.kind == "op" and last.text in (*TOUCHING, "^")):
        return True
    ahead = [
        token for token in following if token.kind not in ("newline", "row", "align") and token.text[-4:] != "quad"
    ]
    if not ahead:
        return False
    signed = len(ahead) > 1 and ahead[0].kind == "op" and ahead[0].text in ("+", "-", "*") and ahead[1].kind != "op"
    return ahead[0].text in ("=", "≈") or (signed and any(token.kind == "relation" for token in current))


def _with_names(tokens: Sequence[Token], is_name: Callable[[str], bool]) -> list[Token]:
    """Words that are names where mathematics touches them: `(target - output)`, `loss = 0.3`, `the loss is 0.3`."""
    found = list(tokens)
    for at, token in enumerate(tokens):
        if token.kind == "word" and is_name(token.text):
            following = [each for each in tokens[at + 1 : at + 5] if each.kind != "align"]
            touched = _touches(following[0]) if following else False
            verbs, value = _find_number(following)
            verb = value and _says_is(verbs, token.text) and not (at and found[at - 1].text.lower() in IS)
            if touched or (at and _touches(found[at - 1])) or verb:
                found[at] = _named(token)
    return found


def _named(token: Token) -> Token:
    return replace(token, kind="name", name=Name(token.text, raw=token.text))


def _touches(token: Token) -> bool:
    return token.kind in ("relation", "raised") or (token.kind == "op" and token.text in TOUCHING) or token.text == ":"


def _find_number(following: Sequence[Token]) -> tuple[list[str], bool]:
    """The words before what follows, and whether that is a number."""
    words = [token.text.lower() for token in takewhile(lambda token: token.kind == "word", following)]
    rest = following[len(words) : len(words) + 1]
    return words, bool(rest) and rest[0].kind in ("number", "op")


def _says_is(words: Sequence[str], name: str) -> bool:
    """Whether the words between a name and a number say that it is that number."""
    if list(words) == ["of"]:
        return name in RATES
    return any(word in IS for word in words) and all(word in LITTLE for word in words)


def _without_braces(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without braces around a whole statement, as \\boxed{a = 1} has them."""
    left_out: set[int] = set()
    relations = [position for position, token in enumerate(tokens) if token.kind == "relation"]
    for start, close in match_brackets(tokens).items():
        limit = start > 0 and tokens[start - 1].text in ("_", "^")
        if tokens[start].text == "{" and not limit and any(start < at < close for at in relations):
            left_out |= {start, close}
    return [token for position, token in enumerate(tokens) if position not in left_out]


def _without_asides(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without what stands in parentheses and holds a word: a_o (the output) = 0.512; but w(new) stays."""
    found = list(tokens)
    for start, close in sorted(match_brackets(tokens).items(), reverse=True):
        inner = tokens[start + 1 : min(close, start + 60)]
        if tokens[start].text != "(" or not any(token.kind == "word" for token in inner):
            continue
        if start and len(inner) == 1 and tokens[start - 1].kind == "name" and not tokens[start].spaced:
            found[start + 1] = _named(inner[0])
        elif not any(token.kind == "relation" for token in inner):
            found[start : close + 1] = [replace(token, kind="") for token in tokens[start : close + 1]]
    return [token for token in found if token.kind]


def _run(tokens: list[Token]) -> Iterator[Run]:
    """The run without brackets that open or close elsewhere, and without stray signs at its ends."""
    closes = match_brackets(tokens)
    partners = {*closes, *closes.values()}
    bars = [position for position, token in enumerate(tokens) if token.text == "|"]
    partners.update(bars if len(bars) % 2 == 0 else ())
    first, last = 0, len(tokens)
    while first < last and _is_stray(tokens[first], first in partners, ""):
        first += 1
    while last > first and _is_stray(tokens[last - 1], last - 1 in partners, "-+"):
        last -= 1
    if first < last:
        yield Run(tuple(tokens[first:last]))


def _is_stray(token: Token, paired: bool, signs: str) -> bool:
    if token.kind in ("open", "close") or token.text == "|":
        return not paired
    return token.kind in ("newline", "row") or (token.kind == "op" and token.text in "*/^!_'" + signs)


def top_level(tokens: Sequence[Token]) -> Iterator[int]:
    """The positions outside of brackets that have a partner."""
    closes, until = match_brackets(tokens), -1
    for position in range(len(tokens)):
        if position > until:
            until = closes.get(position, until)
            if position not in closes:
                yield position


def make_statement(page: Page, tokens: Sequence[Token], before: tuple[str, ...] = ()) -> Statement:
    """Tokens split at their relations, each side read."""
    marks = [at for at in top_level(tokens) if tokens[at].kind == "relation"]
    ends = [*marks, len(tokens)]
    starts = [0, *(at + 1 for at in marks)]
    sides = [make_side(page, tokens[start:end], tokens[min(end, len(tokens) - 1)].start)
             for start, end in zip(starts, ends, strict=True)]  # fmt: skip
    return Statement(page, sides, [tokens[at].text for at in marks], tokens[0].start, tokens[-1].end, before)


def make_side(page: Page, tokens: Sequence[Token], start: int) -> Side:
    """One side, read."""
    if not tokens:
        return Side(None, "nothing stands on one side", "", start)
    text = page.source.text[tokens[0].start : tokens[-1].end]
    tree, reason = None, ""
    try:
        tree = Parser(tuple(tokens)).parse()
    except UnreadableError as error:
        reason = str(error)
    except (OverflowError, ValueError, ArithmeticError, RecursionError):
        reason = "its numbers are too large to be read"
    return Side(tree, reason, text, tokens[0].start, tuple(tokens))


def equate(label: Sequence[Token], value: Sequence[Token], sign: str = "=") -> Run:
    """A label and what stands beside it, as the equation that they mean."""
    return Run((*label, Token("relation", sign, label[-1].end, label[-1].end), *value))


# Pieces


@dataclass
class Piece:
    """One thing in a document: a heading's text, a statement, a table, or the items of a sentence."""

    page: Page
    heading: str = ""
    statement: Statement | None = None
    table: Fragment | None = None
    sentence: tuple[Item, ...] = ()
    section: Section | None = None


class Collector:
    """Takes pages apart into pieces."""

    def __init__(self, pages: Sequence[Page], known: Sequence[str], layers: frozenset[str] = frozenset()) -> None:
        self.pages, self.layers = pages, layers
        self.commas = uses_commas("\n".join(page.text for page in pages))
        self.known = frozenset((*known, *ROLES, *COSTS, *RATES, "grad", "new"))
        self.last: Statement | None = None

    def pieces(self) -> Iterator[Piece]:
        """All pieces in reading order."""
        for page in self.pages:
            self.last = None
            tokens: list[Token] = []
            for fragment in page.fragments():
                if fragment.kind == "prose" or fragment.kind == "inline":
                    tokens += self._flowing(page, fragment, tokens)
                    continue
                yield from self._lines(page, tokens)
                tokens = []
                if fragment.kind == "heading":
                    yield Piece(page, heading=page.text[fragment.start : fragment.end])
                elif fragment.kind == "table":
                    yield Piece(page, table=fragment)
                else:
                    for item in items(self._mathematics(page, fragment), self.known.__contains__):
                        yield from self._statement(page, item, ())
            yield from self._lines(page, tokens)

    def _mathematics(self, page: Page, fragment: Fragment) -> list[Token]:
        found = Lexer(page.text, fragment.start, fragment.end, True, self.commas, self.layers).tokens()
        return [token for token in found if token.kind != "newline"]

    def _flowing(self, page: Page, fragment: Fragment, before: Sequence[Token]) -> list[Token]:
        """Prose or inline mathematics; the one does not go on in the other as a product."""
        if fragment.kind == "inline":
            found = self._mathematics(page, fragment)
        else:
            lexer = Lexer(page.text, fragment.start, fragment.end, False, self.commas, self.layers)
            found = list(lexer.tokens())
        if before and found and before[-1].kind in OPERANDS and found[0].kind in OPERANDS:
            return [Token("separator", ";", found[0].start, found[0].start), *found]
        return found

    def _lines(self, page: Page, tokens: Sequence[Token]) -> Iterator[Piece]:
        """Prose line by line, except where an equation goes on."""
        line: list[Item] = []
        for item in _label_arrays(list(items(tokens, self.known.__contains__))):
            if isinstance(item, Token) and item.kind == "newline":
                yield from self._line(page, line)
                line = []
            else:
                line.append(item)
        yield from self._line(page, line)

    def _line(self, page: Page, line: list[Item]) -> Iterator[Piece]:
        if not line:
            return
        if cue := _opening(page, line):
            yield Piece(page, heading=cue)
        joined = _join_table_row(line) or list(_join_sentences(line))
        words: list[str] = []
        for item in joined:
            if isinstance(item, Token):
                words = [*words[-11:], item.text.lower()] if item.kind == "word" else []
            elif item.related and _is_mathematics(item):
                yield from self._statement(page, item, tuple(words))
                words = []
            else:
                words = [*words[-11:], *(token.text.lower() for token in item.tokens[:1] if token.kind == "name")]
        if any(isinstance(item, Token) and item.kind == "word" for item in joined):
            yield Piece(page, sentence=tuple(joined))
        else:
            yield from (Piece(page, sentence=(item,)) for item in joined if isinstance(item, Run) and not item.related)

    def _statement(self, page: Page, item: Item, before: tuple[str, ...]) -> Iterator[Piece]:
        if isinstance(item, Token) or not (run := _label_list(item)).related:
            return
        first = run.tokens[0]
        if before[-1:] and before[-1] in UPDATED and first.name is not None:
            run = Run((replace(first, name=replace(first.name, sup="new")), *run.tokens[1:]))
            before = ()
        statement = make_statement(page, run.tokens, before)
        if not self._continues(page, statement):
            self.last = statement
            yield Piece(page, statement=statement)

    def _continues(self, page: Page, statement: Statement) -> bool:
        """Whether a statement that begins with a sign of equality goes on with the one before."""
        last = self.last
        if statement.sides[0].tokens or last is None or last.page is not page:
            return False
        between = page.text[last.end : statement.start]
        if len(between.split()) > NEAR or between.rstrip()[-1:].isalpha():  # `foo = 0.3` is about foo
            return False
        last.sides += statement.sides[1:]
        last.relations += statement.relations
        last.end = statement.end
        return True


def _opening(page: Page, line: Sequence[Item]) -> str:
    """The first words of a line, where they say which sample or step follows, or that weights are updated."""
    start = line[0].start if isinstance(line[0], Token) else line[0].tokens[0].start
    text = page.text[start : start + 70].split("\n")[0]
    text = text if len(line) <= 12 or text.rstrip().endswith(":") else text[:40]
    cues = read_cues(text)
    return text if cues.sample is not None or cues.step is not None or cues.updates else ""


def _label_arrays(found: list[Item]) -> Iterator[Item]:
    """A name on a line of its own before a printed array is its label."""
    skip = 0
    for at, item in enumerate(found):
        after = found[at + 2] if at + 2 < len(found) else None
        if skip:
            skip -= 1
        elif _is_label(item) and _is_newline(found[at + 1 : at + 2]) and isinstance(after, Run) and after.is_array:
            assert isinstance(item, Run)
            yield equate(item.tokens, after.tokens)
            skip = 2
        else:
            yield item


def _is_label(item: Item) -> bool:
    return isinstance(item, Run) and len(item.tokens) == 1 and item.tokens[0].name is not None


def _is_newline(found: Sequence[Item]) -> bool:
    return bool(found) and isinstance(found[0], Token) and found[0].kind == "newline"


def _label_list(run: Run) -> Run:
    """`dW2 [[-0.079], [-0.081]]`: a name and a list without a sign between."""
    named = len(run.tokens) > 2 and run.tokens[0].name is not None and Run(run.tokens[1:]).is_array
    return equate(run.tokens[:1], run.tokens[1:]) if named and not run.related else run


def _is_number(item: Item) -> bool:
    """Whether a run is a number and nothing else."""
    return isinstance(item, Run) and all(
        token.kind in ("number", "op", "raised", "close", "open") for token in item.tokens
    )


def _join_table_row(line: Sequence[Item]) -> list[Item]:
    """A row `| a_1 | 0.6457 |` of a table, as the equation that it means; empty for anything else."""
    runs = [item for item in line if isinstance(item, Run)]
    bars = [item for item in line if isinstance(item, Token)]
    if len(runs) != 2 or not bars or any(bar.text != "|" for bar in bars) or any(run.related for run in runs):
        return []
    named = any(token.name for token in runs[0].tokens)
    return [equate(runs[0].tokens, runs[1].tokens)] if named and _is_number(runs[1]) else []


def _join_sentences(line: Sequence[Item]) -> Iterator[Item]:
    """A name, a verb of being and a number, as the equation that they mean; other words between make it a guess."""
    at = 0
    while at < len(line):
        item, at = line[at], at + 1
        if isinstance(item, Run) and any(token.name for token in item.tokens) and not item.related:
            listed = at > 1 and _text(line[at - 2]) in ("and", ",")
            words = [_text(each) for each in takewhile(_is_word, line[at : at + 12])]
            found = line[at + len(words)] if at + len(words) < len(line) else None
            if words and not listed and isinstance(found, Run) and _is_number(found):
                item = equate(item.tokens, found.tokens, "=" if _says_is(words, item.tokens[0].text) else "?")
                at += len(words) + 1
        yield item


def _is_word(item: Item) -> bool:
    return isinstance(item, Token) and (item.kind == "word" or item.text in ("(", ")"))


def _text(item: Item) -> str:
    return item.text.lower() if isinstance(item, Token) else ""


def _is_mathematics(run: Run) -> bool:
    """Whether a run with a sign of equality in prose is meant as mathematics: it needs something on both sides."""
    first = next(position for position, token in enumerate(run.tokens) if token.kind == "relation")
    left, right = run.tokens[:first], run.tokens[first + 1 :]
    readable = any(token.kind in ("name", "number", "frac", "partial", "matrix") for token in right)
    arrow = run.tokens[first].text in ("→", "←") and not any(token.kind == "number" for token in right)
    return readable and not (arrow and len(left) <= 1 and len(right) <= 1)
