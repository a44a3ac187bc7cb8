"""A place among tokens, and what the rules of the grammar are called: what functions and derivatives read with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.tokens import Token
from backproof.checking.documents.vocabulary import Vocabulary
from backproof.expression import Expression
from backproof.quantity import Quantity

CLOSING = {"(": ")", "[": "]", "{": "}"}


class TokenCursor(ABC):
    """Abstract. Tokens that are read one after the other, in stretches and groups."""

    def __init__(self, tokens: Sequence[Token], vocabulary: Vocabulary) -> None:
        self.tokens, self.vocabulary = tokens, vocabulary
        self.at, self.stop = 0, len(tokens)
        self.pairs = match_brackets(tokens)
        self.repairs: list[str] = []
        self.bodies: list[tuple[Expression, Quantity]] = []
        self.longest_alias = max(map(len, vocabulary.aliases), default=0)

    @abstractmethod
    def sum(self) -> Expression:
        """Terms with + and - between them."""

    @abstractmethod
    def product(self) -> Expression:
        """Factors with or without a sign between them."""

    @abstractmethod
    def power(self) -> Expression:
        """A factor with its exponent."""

    @abstractmethod
    def primary(self) -> Expression:
        """A number, name, group, fraction, root, sum or derivative."""

    def _finished(self) -> None:
        if self.at < self.stop:
            sign = self.tokens[self.at].text
            raise UnreadableError("a list is not read" if sign == "," else f"'{sign.strip()}' cannot follow here")

    def peek(self) -> Token | None:
        """The next token."""
        return self.tokens[self.at] if self.at < self.stop else None

    def sign(self, *signs: str) -> bool:
        """Whether the next token is one of these operators."""
        token = self.peek()
        return token is not None and token.kind == "op" and token.text in signs

    def within(self, start: int, stop: int, read: Callable[[], Expression]) -> Expression:
        """Read a stretch of the tokens completely, then go on where we were."""
        before = self.at, self.stop
        self.at, self.stop = start, stop
        found = read()
        self._finished()
        self.at, self.stop = before
        return found

    def group(self) -> Expression:
        """What stands between brackets."""
        start, close = self.at + 1, self.closing()
        self.at = close + 1
        return self.within(start, close, self.sum)

    def closing(self) -> int:
        """Where the bracket closes that opens here."""
        close = self.pairs.get(self.at)
        if close is None or close >= self.stop:
            raise UnreadableError("a bracket is not closed")
        return close

    def argument(self) -> tuple[int, int]:
        """The tokens of a command's argument: a group, or one token."""
        token = self.peek()
        if token is None:
            raise UnreadableError("it ends too early")
        if token.kind == "open":
            start, close = self.at + 1, self.closing()
            self.at = close + 1
            return start, close
        self.at += 1
        return self.at - 1, self.at


def match_brackets(tokens: Sequence[Token]) -> dict[int, int]:
    """Which bracket closes which, by position; brackets without a partner are left out."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for position, token in enumerate(tokens):
        if token.kind == "open":
            opened.append(position)
        elif token.kind == "close" and opened and CLOSING[tokens[opened[-1]].text] == token.text:
            found[opened.pop()] = position
        elif token.kind == "close" and token.text != "]":
            opened.clear()
    return found
