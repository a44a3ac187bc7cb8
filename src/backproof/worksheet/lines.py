"""On which line of a worksheet a key stands: looked up only once something there is wrong."""

from __future__ import annotations

import re
import tomllib

from backproof.schema import Path, dotted

LARGEST = 1_000_000
TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"""(?:"{1,2})?|\'\'\'.*?\'\'\'(?:'{1,2})?|"(?:\\.|[^"\\\n])*"|'[^'\n]*\''''
    r"""|\#[^\n]*|\n|[\[\]{},=]|[^\s\[\]{},=#"']+""",
    re.DOTALL,
)
#: Parts of a dotted key; the parser of TOML takes time and memory that grow with their square.
MOST_PARTS = 500
_MANY_PARTS = re.compile(r"""(?:\.[ \t]*(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*){500}""")
CLOSERS = ("]", "}", ",", "\n", "")


def find_long_key(written: str) -> int | None:
    """The line of a dotted key of more than MOST_PARTS parts, before the text is parsed; None if there is none."""
    if not _MANY_PARTS.search(written):
        return None
    line, parts = 1, 0
    for match in TOKEN.finditer(written):
        token = match[0]
        if token[0] not in "\"'#":
            parts = 0 if token in "[]{},=\n" else parts + token.count(".")
        if parts >= MOST_PARTS:
            return line
        line += token.count("\n")
    return None


def place(path: Path, written: str) -> str:
    """The key path with the line of its nearest part that is written, where that can be found."""
    line = line_of(path, written) if len(written) <= LARGEST else None
    return " ".join(filter(None, (dotted(path), f"(line {line})" if line else "")))


def line_of(path: Path, written: str) -> int | None:
    """The line, from 1, of the longest part of the path that is written out."""
    try:
        found = Lines(written).found
    except RecursionError:
        return None
    known = [path[:length] for length in range(len(path), 0, -1) if path[:length] in found]
    return found[known[0]] if known else None


class Lines:
    """The line of every key and list entry of a text that is known to be sound TOML."""

    def __init__(self, written: str) -> None:
        self.tokens, line = [], 1
        for match in TOKEN.finditer(written):
            if not match[0].startswith("#"):
                self.tokens.append((match[0], line))
            line += match[0].count("\n")
        self.at = 0
        self.found: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        self._read()

    @property
    def token(self) -> str:
        """The next token, empty at the end."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def _next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][0] if self.at <= len(self.tokens) else ""

    def _note(self, path: Path) -> None:
        line = self.tokens[min(self.at, len(self.tokens) - 1)][1]
        for length in range(1, len(path) + 1):
            self.found.setdefault(path[:length], line)

    def _read(self) -> None:
        table: Path = ()
        while self.token:
            if self.token == "\n":
                self._next()
            elif self.token == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        """`[a.b]`, or `[[a.b]]`, which counts one more table there."""
        self._next()
        several = self.token == "["
        self.at += several
        start = self.at
        *parents, last = self._keys("]")
        path = (*self._inside(tuple(parents)), last)
        if several:
            self._next()
            self.counts[path] = self.counts.get(path, 0) + 1
        path = self._inside((*parents, last))
        end, self.at = self.at, start
        self._note(path)
        self.at = end
        return path

    def _inside(self, keys: tuple[str, ...]) -> Path:
        """The keys with the number of the latest table wherever one of them counts tables."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            path = (*path, self.counts[path]) if path in self.counts else path
        return path

    def _keys(self, end: str) -> list[str]:
        keys: list[str] = []
        while self.token not in (end, ""):
            token = self._next()
            quoted = token[0] in "\"'"
            keys += [tomllib.loads(f"k={token}")["k"]] if quoted else [part for part in token.split(".") if part]
        self._next()
        return keys

    def _pair(self, table: Path) -> None:
        start = self.at
        path = (*table, *self._keys("="))
        end, self.at = self.at, start
        self._note(path)
        self.at = end
        self._value(path)

    def _value(self, path: Path) -> None:
        if self.token == "[":
            self._list(path)
        elif self.token == "{":
            self._inline(path)
        else:
            while self.token not in CLOSERS:
                self._next()

    def _list(self, path: Path) -> None:
        self._next()
        position = 1
        while self.token not in ("]", ""):
            if self.token in ("\n", ","):
                position += self._next() == ","
                continue
            self._note((*path, position))
            self._value((*path, position))
        self._next()

    def _inline(self, path: Path) -> None:
        self._next()
        while self.token not in ("}", ""):
            if self.token in ("\n", ","):
                self._next()
            else:
                self._pair(path)
        self._next()
