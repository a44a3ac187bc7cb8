"""Names: a letter or word, and what hangs on it: digits, subscripts, superscripts that belong to it, primes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from backproof.checking.documents.characters import find_sign, spell, split_script

#: Longest subscript, superscript or argument of a letter that is looked at.
GROUP = 80


@dataclass(frozen=True, slots=True)
class Name:
    """A letter or word as written, such as w_5^{new}: base, subscripts, superscript, primes.

    `spread` tells that its letters may be factors of a product, `raw` is the text.
    """

    base: str
    subs: tuple[str, ...] = ()
    sup: str = ""
    primes: int = 0
    spread: bool = field(default=False, compare=False)
    raw: str = field(default="", compare=False)

    @property
    def sub(self) -> str:
        """All subscripts as one."""
        return "".join(self.subs)

    @property
    def written(self) -> str:
        """One way to write it, whatever braces and signs were used."""
        sub = "_".join(self.subs)
        return self.base + (f"_{sub}" if sub else "") + (f"^{self.sup}" if self.sup else "") + "'" * self.primes


def strip_d(name: Name) -> Name | None:
    """The name behind a d that is written in one with it, as in dE or dw5; None where it does not begin so."""
    if name.base == "d" and name.subs and name.subs[0][:1].isalpha():
        return replace(name, base=name.subs[0], subs=name.subs[1:])
    if name.base[:1] != "d" or len(name.base) < 2 or name.base == "delta":
        return None
    return replace(name, base=name.base[1:], raw=name.raw[1:])


class Cursor:
    """A place in text[at:end]; in `math` a subscript without braces is one sign."""

    def __init__(self, text: str, start: int, end: int, math: bool) -> None:
        self.text, self.at, self.end, self.math = text, start, end, math

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

    def is_lowered(self, at: int) -> bool:
        """Whether the sign at a place is a lowered one."""
        return at < self.end and split_script(self.text[at])[0] == "sub"


_WORDS = r"[A-Za-z]{2,12}|[tkn]\s*[+-]\s*1|[lL]\s*[+-]\s*1|[lLTtkn]|\+|\*|\\top|\\prime|'"
_BRACKETED = r"\[(?=[\w.,'\[\]]*[A-Za-z\d]\])([A-Za-z][\w.,']*|\d+(?:\]\[[\w.,']+)?|[\w.]*\[[\w,]+\])\]"
_UPPER = re.compile(
    rf"\^(?:\{{\s*(?P<a>[(\[]\s*(?:\d+|{_WORDS})\s*[)\]]|{_WORDS})\s*\}}"
    rf"|\{{\s*\\(?:text|mathrm|rm|textrm)\s*\{{?\s*(?P<d>[(\[]?(?:\d+|{_WORDS})[)\]]?)\s*\}}?\s*\}}"
    rf"|(?P<b>[(\[](?:\d+|[lL]|[lL][+-]1|[tkn]|[tkn]\+1|new|old)[)\]])|(?P<c>\+(?!\s*[\d\\(A-Za-z])|\*|[lLT](?![A-Za-z])"
    r"|new\b|old\b|neu\b|alt\b|\\prime(?![A-Za-z])|'))"
)


class Tail:
    """Reads what hangs on a letter."""

    def __init__(self, cursor: Cursor, base: str, subs: list[str]) -> None:
        self.cursor, self.base, self.subs = cursor, base, subs
        self.sup, self.primes = "", 0

    def read(self) -> None:
        """The whole tail."""
        while self._part():
            pass

    def _match(self, pattern: str) -> re.Match[str] | None:
        return re.compile(pattern).match(self.cursor.text, self.cursor.at, self.cursor.end)

    def _part(self) -> bool:
        cursor = self.cursor
        sign = cursor.text[cursor.at : min(cursor.at + 1, cursor.end)]
        if sign == "\\" and self._match(r"\\[_^]"):
            cursor.at += 1
            sign = cursor.text[cursor.at]
        if sign == "'" and not (self._match(r"'[a-z]{1,2}\b") and not cursor.math):
            self.primes, cursor.at = self.primes + 1, cursor.at + 1
            return True
        if self._match(r"⁺|\+\s*(?:=|≈|:=)"):
            self.sup, cursor.at = "+", cursor.at + 1
            return True
        if sign.isdecimal() and not self.subs and cursor.text[cursor.at - 1].isalpha():
            return self._take(self._match(r"\d+"))
        if sign and split_script(sign)[0] == "sub":
            start = cursor.at
            while cursor.is_lowered(cursor.at):
                cursor.at += 1
            self.subs.append("".join(split_script(each)[1] for each in cursor.text[start : cursor.at]))
            return True
        if sign and split_script(sign)[0] == "super" and (index := self._match(r"⁽[^⁾]{1,4}⁾")):
            self.sup, cursor.at = "".join(split_script(each)[1] for each in index[0]), index.end()
            return True
        if sign == "[" and not self.subs:
            index = self._match(_BRACKETED)
            if index and not re.fullmatch(r"\d*\.\d+", index[1]):
                self.subs.append(f"[{index[1]}]")
                cursor.at = index.end()
                return True
        if sign == "<" and (index := self._match(r"<sub>([^<\n]{1,40})</sub>")):
            self.subs.append(clean_subscript(index[1]))
            cursor.at = index.end()
            return True
        if sign == "_":
            return self._under()
        raised = sign == "^" and self.base != "e" and not self.sup
        index = _UPPER.match(cursor.text, cursor.at, cursor.end) if raised else None
        return index is not None and self._over(index)

    def _over(self, index: re.Match[str]) -> bool:
        text = re.sub(r"\\(?:top)", "T", index["a"] or index["b"] or index["c"] or index["d"])
        text = re.sub(r"[\s{}]", "", text)
        if text in ("'", "\\prime"):
            self.primes += 1
        else:
            self.sup = text
        self.cursor.at = index.end()
        return True

    def _take(self, match: re.Match[str] | None) -> bool:
        if match is None:
            return False
        self.subs.append(match[0])
        self.cursor.at = match.end()
        return True

    def _under(self) -> bool:
        cursor = self.cursor
        cursor.at += 1
        group = cursor.group()
        if group is None and self._match(r"\\(?:text|mathrm|textrm|rm)\s*(?=\{)"):
            command = self._match(r"\\[a-z]+\s*")
            assert command is not None
            cursor.at = command.end()
            group = cursor.group() or ""
        if group is not None:
            self.subs.append(clean_subscript(group) or "?")
            return True
        greek = self._match(r"\\[A-Za-z]+|[α-ω]")
        if greek:
            cursor.at = greek.end()
            self.subs.append(spell(find_sign(greek[0][1:]) or "?") if greek[0][0] == "\\" else spell(greek[0]))
            return True
        run = self._match(r"[A-Za-z]*\d*")
        if run is None or not run[0]:
            self.subs.append("?")
            return True
        return self._take(self._one_sign(run))

    def _one_sign(self, run: re.Match[str]) -> re.Match[str] | None:
        """In LaTeX a subscript without braces is one sign: \\delta_ow_5 is delta_o w_5."""
        after = self.cursor.text[run.end() : run.end() + 1]
        letters = re.match(r"[A-Za-z]*", run[0])
        assert letters is not None
        tex = self.cursor.math or len(self.base) == 1 or "\\" in self.cursor.text[: self.cursor.at][-12:]
        if tex and len(letters[0]) > 1 and (after in ("_", "^") or run.end() > run.start() + len(letters[0])):
            return self._match(r"[A-Za-z]\d*")
        if tex and not letters[0] and after.isalpha():
            return self._match(r"\d+")
        return run


def clean_subscript(sub: str) -> str:
    """A subscript as plain characters: \\text{total} is total, {h_1} is h1."""
    text = re.sub(r"\\(?:text|mathrm|rm|textrm|mathit)|\\[,;: ]", "", sub)
    text = re.sub(r"\\([A-Za-z]+)", lambda match: spell(find_sign(match[1]) or "?"), text)
    text = "".join(split_script(each)[1] or spell(each) if not each.isascii() else each for each in text)
    return re.sub(r"[\s{}$\\]|(?<=[A-Za-z])_(?=\d)", "", text).replace("_", ",")
