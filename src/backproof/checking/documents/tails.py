"""What hangs on a letter: digits, subscripts, superscripts that belong to the name, primes."""

from __future__ import annotations

import re
from collections.abc import Callable

from backproof.checking.documents import tokens as signs
from backproof.checking.documents.tokens import Name
from backproof.checking.documents.vocabulary import Vocabulary

#: Maximum number of characters of a subscript.
GROUP = 80


class Cursor:
    """A place in text[start:end], and what is known of the writing there."""

    def __init__(self, text: str, start: int, end: int, vocabulary: Vocabulary, math: bool) -> None:
        self.text, self.at, self.end = text, start, end
        self.vocabulary, self.math = vocabulary, math

    def group(self) -> str | None:
        """The text of the {...} that follows, passed over; None where none follows or it does not end soon."""
        at = self.at
        while at < self.end and self.text[at] == " ":
            at += 1
        if at >= self.end or self.text[at] != "{":
            return None
        depth = 0
        for position in range(at, min(self.end, at + GROUP)):
            depth += (self.text[position] == "{") - (self.text[position] == "}")
            if depth == 0:
                self.at = position + 1
                return self.text[at + 1 : position]
        return None


class Tail:
    """Reads what hangs on a letter."""

    def __init__(self, cursor: Cursor, base: str, sub: str) -> None:
        self.cursor, self.base, self.sub = cursor, base, sub
        self.raw, self.sup, self.primes = sub, "", 0

    @property
    def _next(self) -> str:
        return self.cursor.text[self.cursor.at : min(self.cursor.at + 1, self.cursor.end)]

    def read(self) -> Name:
        """The whole name."""
        while (part := self._part()) is not None:
            part()
        return Name(self.base, self.sub, self.sup, self.primes, self.raw)

    def _part(self) -> Callable[[], None] | None:
        """What reads the next part, or None at the end of the name."""
        sign = self._next
        following = self.cursor.text[self.cursor.at + 1 : self.cursor.at + 2]
        if sign == "\\" and following in ("_", "^") and self.cursor.at + 1 < self.cursor.end:
            self.cursor.at += 1
            sign = following
        if sign in ("'", "′") and sign:
            return self._prime
        if not self.sub and ((sign in signs.SUBSCRIPTS and sign) or sign == "_" or self._html("<sub>")):
            return self._lower
        if not self.sub and sign.isdigit() and self.cursor.text[self.cursor.at - 1].isalpha():
            return self._digits
        if sign == "[" and not self.sub and self._bracketed():
            return self._bracket
        if sign == "^" and self._superscript() is not None:
            return self._upper
        if sign == "⁺" or (sign == "+" and re.compile(r"\+\s*(?:=|≈|:=)").match(self.cursor.text, self.cursor.at)):
            return self._plus
        if sign == "_" and self.sub and self._later_new():
            return self._later
        return None

    def _html(self, mark: str) -> bool:
        return self.cursor.text.startswith(mark, self.cursor.at)

    def _prime(self) -> None:
        self.primes += 1
        self.cursor.at += 1

    def _plus(self) -> None:
        self.sup = "new"
        self.cursor.at += 1

    def _later_new(self) -> bool:
        return (
            re.compile(r"_\{?(?:new|old|neu|alt)\b").match(self.cursor.text, self.cursor.at, self.cursor.end)
            is not None
        )

    def _later(self) -> None:
        match = re.compile(r"_\{?(\w+)\}?").match(self.cursor.text, self.cursor.at, self.cursor.end)
        assert match is not None
        self.sup, self.cursor.at = match[1], match.end()

    def _digits(self) -> None:
        match = re.compile(r"\d+").match(self.cursor.text, self.cursor.at, self.cursor.end)
        assert match is not None
        self.sub, self.cursor.at = match[0], match.end()

    def _bracketed(self) -> re.Match[str] | None:
        match = re.compile(r"\[([\w.,'\[\]]{1,40}?)\]").match(self.cursor.text, self.cursor.at, self.cursor.end)
        return match if match and self.cursor.vocabulary.known(self.base, match[1]) else None

    def _bracket(self) -> None:
        match = self._bracketed()
        assert match is not None
        self.sub, self.cursor.at = match[1], match.end()

    def _lower(self) -> None:
        cursor = self.cursor
        if self._next in signs.SUBSCRIPTS:
            start = cursor.at
            while self._next and self._next in signs.SUBSCRIPTS:
                cursor.at += 1
            self.sub = "".join(signs.SUBSCRIPTS[sign] for sign in cursor.text[start : cursor.at])
        elif self._html("<sub>"):
            end = cursor.text.find("</sub>", cursor.at, min(cursor.end, cursor.at + GROUP))
            self.sub, cursor.at = (cursor.text[cursor.at + 5 : end], end + 6) if end > 0 else ("", cursor.at + 5)
        else:
            cursor.at += 1
            self.sub = self._after_underscore()
        self.raw = self.raw or self.sub
        self.sub = _cleaned(self.sub) or "?"

    def _after_underscore(self) -> str:
        cursor = self.cursor
        group = cursor.group()
        if group is not None:
            return group
        command = re.compile(r"\\(?:text|mathrm|textrm|rm)\s*(?=\{)").match(cursor.text, cursor.at, cursor.end)
        if command:
            cursor.at = command.end()
            return cursor.group() or ""
        greek = re.compile(r"\\[A-Za-z]+|[α-ω]").match(cursor.text, cursor.at, cursor.end)
        if greek:
            cursor.at = greek.end()
            return greek[0]
        run = re.compile(r"[A-Za-z0-9]+").match(cursor.text, cursor.at, cursor.end)
        if run is None:
            return ""
        length = self._length(run[0])
        cursor.at += length
        return run[0][:length]

    def _length(self, run: str) -> int:
        """How much of a run of letters and digits belongs to the subscript: the longest that stands for something."""
        for length in range(min(len(run), 40), 0, -1):
            if self.cursor.vocabulary.known(self.base, run[:length]):
                return length
        digits = re.match(r"\d+", run)
        if digits:
            return digits.end()
        return 1 if self.cursor.math or self.base in signs.LETTERS else len(run)

    def _superscript(self) -> tuple[str, int] | None:
        """A superscript that belongs to the name (new, +, the index of a layer, a prime), and where it ends."""
        cursor = self.cursor
        match = _SUPERSCRIPT.match(cursor.text, cursor.at, cursor.end)
        if match is None:
            return None
        return re.sub(r"\\(?:text|mathrm|rm|prime)|[\s{}()\[\]\\]", "", match[0][1:]) or "'", match.end()

    def _upper(self) -> None:
        found = self._superscript()
        assert found is not None
        if found[0] == "'":
            self.primes += 1
        else:
            self.sup = found[0]
        self.cursor.at = found[1]


_WORDS = r"(?:new|old|neu|alt|next|updated|after|before|t\+1|k\+1|\+|[lL](?:[-+]1)?|T|t|\\top)"
_SUPERSCRIPT = re.compile(
    rf"\^(?:\{{\s*(?:\\(?:text|mathrm|rm)\s*\{{?\s*)?[(\[]?{_WORDS}[)\]]?\s*\}}{{1,2}}|\{{\\prime\}}|\\prime(?![A-Za-z])"
    r"|\{\s*[(\[]\d+[)\]]\s*\}|\+(?!\s*[\d\\(A-Za-z])|[lLT](?![A-Za-z])|new\b|old\b|\([lL](?:[-+]1)?\))"
)


def _cleaned(sub: str) -> str:
    """A subscript as plain characters: \\text{total} is total, {h_1} is h1."""
    return re.sub(r"\\(?:text|mathrm|rm|textrm|mathit)|[\s{}_$]|\\[,;: ]", "", sub).lstrip("\\")
