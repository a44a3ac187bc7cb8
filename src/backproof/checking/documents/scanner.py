"""Numbers, signs and relations of mathematical writing, each as a token with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from backproof.checking.documents import tokens as signs
from backproof.checking.documents.tails import Cursor, Tail
from backproof.checking.documents.tokens import Name, Token
from backproof.checking.documents.vocabulary import RATES, ROLES, Vocabulary

START = re.compile(
    r"(?P<space>[^\S\n]+|\\[,;:!> ]|~|\\(?=\n)|\*\*(?=\s|$)|(?<=\s)\*\*(?=\S))"
    r"|(?P<newline>\n)"
    r"|(?P<style>&(?:s|bg|fg)=\w+|&(?:nbsp|thinsp);)"
    r"|(?P<html></?su[bp]>)"
    r"|(?P<number>\d)|(?P<point>\.\d)"
    r"|(?P<command>\\[A-Za-z]+)"
    r"|(?P<rowbreak>\\\\(?:\[[^\]\n]{0,12}\])?)"
    r"|(?P<escaped>\\[_*#%&$'^{}|])"
    r"|(?P<relation>:=|<-|->|==|=|≈|≃|≅|≡|←|⟵|→|≔)"
    r"|(?P<rate>learning[ _-]rate\b)"
    r"|(?P<letters>[^\W\d_]+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
#: Digits with a point; with commas only where they group thousands.
NUMBER = re.compile(
    r"(?:\d{1,3}(?:(?:,|\\,|\{,\})\d{3})+(?![\d])(?:\.\d+)?|\d+(?:(?:\.|\{\.\})\d+)?|\.\d+)(?:[eE][-+−]?\d+)?"
)
COMMA = re.compile(r"\d+(?:(?:,|\{,\})\d+)?(?:[eE][-+−]?\d+)?|\.\d+")


def comma_decimals(text: str) -> bool:
    """Whether a document writes 0,512: it has such numbers, and none with a point."""
    points = re.search(r"\d\.\d", text)
    return points is None and re.search(r"(?<![\d(\[,])\d+(?:,|\{,\})\d+(?![\d,\])])", text) is not None


LETTER_WORDS = frozenset((*signs.LETTERS, "Etotal", "Etot"))


class Scanner(Cursor):
    """Tokens of text[start:end]. In prose, runs of letters are words; in mathematics each letter is a name."""

    def __init__(self, text: str, start: int, end: int, vocabulary: Vocabulary, math: bool, commas: bool) -> None:
        super().__init__(text, start, end, vocabulary, math)
        self.number = COMMA if commas else NUMBER
        self.below: set[int] = set()
        self.line = start

    def tokens(self) -> Iterator[Token]:
        """All tokens, blanks left out."""
        while self.at < self.end:
            match = START.match(self.text, self.at, self.end)
            assert match is not None
            start, kind = self.at, str(match.lastgroup)
            self.at = match.end()
            found = getattr(self, f"_{kind}")(match, start)
            if found is not None:
                yield found

    def token(self, kind: str, text: str, start: int, name: Name | None = None) -> Token:
        """A token from its start to where we are."""
        return Token(kind, text, start, self.at, name)

    def _space(self, match: re.Match[str], start: int) -> None:
        return None

    _style = _space

    def _newline(self, match: re.Match[str], start: int) -> Token:
        self.line = self.at
        return self.token("newline", "\n", start)

    def _rowbreak(self, match: re.Match[str], start: int) -> Token:
        return self.token("newline", "\n", start)

    def _html(self, match: re.Match[str], start: int) -> Token | None:
        return self.token("unknown", match[0], start)

    def _number(self, match: re.Match[str], start: int) -> Token:
        whole = self.number.match(self.text, start, self.end)
        assert whole is not None
        self.at = whole.end()
        digits = whole[0].replace("−", "-").replace("{.}", ".")
        if self.number is COMMA:
            digits = digits.replace("{,}", ".").replace(",", ".")
        return self.token("number", re.sub(r"\\,|\{,\}|,", "", digits), start)

    _point = _number

    def _relation(self, match: re.Match[str], start: int) -> Token:
        text = {"==": "=", "≈": "=", "≃": "=", "≅": "=", "≡": "=", "←": "<-", "⟵": "<-", "→": "->", "≔": ":="}
        return self.token("relation", text.get(match[0], match[0]), start)

    def _rate(self, match: re.Match[str], start: int) -> Token:
        return self.token("name", match[0], start, Name("eta"))

    def _escaped(self, match: re.Match[str], start: int) -> Token | None:
        sign = match[0][1]
        if sign in "_'^":
            self.at = start + 1
            return None
        if sign in "{}|":
            return self.token({"{": "open", "}": "close", "|": "op"}[sign], {"{": "(", "}": ")", "|": "|"}[sign], start)
        return self.token("op", sign, start) if sign in "*%" else self.token("separator", sign, start)

    def _other(self, match: re.Match[str], start: int) -> Token | None:
        sign = signs.SIGNS.get(match[0], match[0])
        if sign in "({[":
            return self.token("open", sign, start)
        if sign in ")}]":
            return self.token("close", sign, start)
        if sign == "∂":
            return self.token("partial", "d", start)
        if sign in ("∑", "Σ"):
            return self.token("sum", "sum", start)
        if sign in signs.SUPERSCRIPTS:
            return self._raised(start)
        if sign == "√":
            return self.token("sqrt", "sqrt", start)
        if sign == "*" and self.text.startswith("*", self.at) and self.at < self.end:
            self.at += 1
            sign = "^"
        if sign == "|" and not self.math and self.text.startswith("|", self.line):
            return self.token("separator", sign, start)  # a row of a table
        if sign in "+-*/^'_%|!":
            return self.token("op", sign, start)
        if sign in ",;:.?…":
            return self.token("separator", sign, start)
        if sign in '&`"“”‘’$#':
            return None
        return self.token("unknown", sign, start)

    def _raised(self, start: int) -> Token:
        """x² as x^2: the sign ^ here, its exponent put down as one token `raised`."""
        while self.at < self.end and self.text[self.at] in signs.SUPERSCRIPTS:
            self.at += 1
        digits = "".join(signs.SUPERSCRIPTS[sign] for sign in self.text[start : self.at])
        return self.token("raised", digits, start)

    def is_base(self, word: str) -> bool:
        """Whether a run of letters is one name."""
        return (
            word in ROLES or word in RATES or word in signs.FUNCTIONS or word.lower() in signs.ACTIVATIONS
            or word in LETTER_WORDS or word in self.vocabulary.words or (word,) in self.vocabulary.aliases
        )  # fmt: skip

    def named(self, base: str, start: int, sub: str = "") -> Token | None:
        """A name with all that hangs on it: digits, subscript, superscript, primes."""
        name = Tail(self, base, sub).read()
        if name.base in ("Etotal", "Etot"):
            name = Name("E", "total", name.sup, name.primes)
        return self.token("name", self.text[start : self.at], start, name)
