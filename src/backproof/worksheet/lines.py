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
CLOSERS = ("]", "}", ",", "\n", "")


def find_long_key(written: str, most: int) -> int | None:
    """The line of a dotted key with at least `most` parts, before the text is parsed; None if there is none."""
    line, parts = 1, 0
    for match in TOKEN.finditer(written):
        token = match[0]
        if token[0] not in "\"'#":
            parts = 0 if token in "[]{},=\n" else parts + token.count(".")
        if parts >= most:
            return line
        line += token.count("\n")
    return None


def write_place(path: Path, written: str) -> str:
    """The key path with the line of its nearest part that is written, where that can be found."""
    line = find_line(path, written) if len(written) <= LARGEST else None
    return " ".join(filter(None, (dotted(path), f"(line {line})" if line else "")))


def find_line(path: Path, written: str) -> int | None:
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
        self._read_all()

    @property
    def token(self) -> str:
        """The next token, empty at the end."""
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def _take_token(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][0] if self.at <= len(self.tokens) else ""

    def _note_path(self, path: Path) -> None:
        line = self.tokens[min(self.at, len(self.tokens) - 1)][1]
        for length in range(1, len(path) + 1):
            self.found.setdefault(path[:length], line)

    def _read_all(self) -> None:
        table: Path = ()
        while self.token:
            if self.token == "\n":
                self._take_token()
            elif self.token == "[":
                table = self._read_header()
            else:
                self._read_pair(table)

    def _read_header(self) -> Path:
        """`[a.b]`, or `[[a.b]]`, which counts one more table there."""
        self._take_token()
        several = self.token == "["
        self.at += several
        start = self.at
        *parents, last = self._read_keys("]")
        path = (*self._count_tables(tuple(parents)), last)
        if several:
            self._take_token()
            self.counts[path] = self.counts.get(path, 0) + 1
        path = self._count_tables((*parents, last))
        end, self.at = self.at, start
        self._note_path(path)
        self.at = end
        return path

    def _count_tables(self, keys: tuple[str, ...]) -> Path:
        """The keys with the number of the latest table wherever one of them counts tables."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            path = (*path, self.counts[path]) if path in self.counts else path
        return path

    def _read_keys(self, end: str) -> list[str]:
        keys: list[str] = []
        while self.token not in (end, ""):
            token = self._take_token()
            quoted = token[0] in "\"'"
            keys += [tomllib.loads(f"k={token}")["k"]] if quoted else [part for part in token.split(".") if part]
        self._take_token()
        return keys

    def _read_pair(self, table: Path) -> None:
        start = self.at
        path = (*table, *self._read_keys("="))
        end, self.at = self.at, start
        self._note_path(path)
        self.at = end
        self._read_value(path)

    def _read_value(self, path: Path) -> None:
        if self.token == "[":
            self._read_list(path)
        elif self.token == "{":
            self._read_inline(path)
        else:
            while self.token not in CLOSERS:
                self._take_token()

    def _read_list(self, path: Path) -> None:
        self._take_token()
        position = 1
        while self.token not in ("]", ""):
            if self.token in ("\n", ","):
                position += self._take_token() == ","
                continue
            self._note_path((*path, position))
            self._read_value((*path, position))
        self._take_token()

    def _read_inline(self, path: Path) -> None:
        self._take_token()
        while self.token not in ("}", ""):
            if self.token in ("\n", ","):
                self._take_token()
            else:
                self._read_pair(path)
        self._take_token()
