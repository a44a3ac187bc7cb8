"""Where a document comes from: a file, standard input, a text, or the cells of a notebook and what they printed."""

from __future__ import annotations

import os
import sys
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

from backproof.errors import BackproofError

LARGEST = 8 * 2**20
KINDS = {".md": "markdown", ".markdown": "markdown", ".tex": "latex", ".latex": "latex", ".ipynb": "notebook"}


@dataclass(frozen=True)
class Source:
    """A text with its kind (`markdown`, `latex`, `text`) and, in a notebook, the number of its cell from 1."""

    text: str
    kind: str = "text"
    cell: int | None = None
    lines_before: int = 0
    printed: bool = field(default=False)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(len(line) + 1 for line in self.text.split("\n"))]

    def place(self, position: int) -> tuple[int, int]:
        """Line and column of a position, both from 1."""
        line = bisect_right(self._starts, position)
        return line + self.lines_before, position - self._starts[line - 1] + 1

    def where(self, position: int) -> str:
        """A position in words."""
        line, column = self.place(position)
        cell = f"cell {self.cell}, " if self.cell is not None else ""
        return f"{cell}{'output ' if self.printed else ''}line {line}, column {column}"


def load(document: str | os.PathLike[str]) -> tuple[str, str]:
    """The text of a document and its kind. A string that is no file name and holds a line break is itself the text.

    Errors: BackproofError where it cannot be read, is too large, or is no text.
    """
    if isinstance(document, str) and _is_text(document):
        return _check_text(document.encode(errors="surrogatepass"), "the document"), _kind(document, "")
    name = os.fspath(document)
    text = _check_text(_bytes(name), "standard input" if name == "-" else f"'{name}'")
    return text, _kind(text, Path(name).suffix.lower())


def _is_text(document: str) -> bool:
    if "\n" in document:
        return True
    return document != "-" and Path(document).suffix.lower() not in (*KINDS, ".txt") and "=" in document


def _kind(text: str, suffix: str) -> str:
    if suffix in KINDS:
        return KINDS[suffix]
    head = text[:4096]
    if head.lstrip().startswith("{") and '"cells"' in text:
        return "notebook"
    return "latex" if r"\documentclass" in head or r"\begin{document}" in text else "text"


def _bytes(name: str) -> bytes:
    try:
        if name == "-":
            raw = getattr(sys.stdin, "buffer", None)
            return raw.read(LARGEST + 1) if raw is not None else sys.stdin.read(LARGEST + 1).encode()
        with open(name, "rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        raise BackproofError(f"there is no file '{name}'.") from None
    except IsADirectoryError:
        raise BackproofError(f"'{name}' is a folder; expected a document: .md, .tex, .txt or .ipynb.") from None
    except OSError as error:
        raise BackproofError(f"'{name}' cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        raise BackproofError(f"{name!r} is no file name: {error}.") from None


def _check_text(data: bytes, name: str) -> str:
    if len(data) > LARGEST:
        raise BackproofError(f"{name} is larger than {LARGEST // 2**20} MiB; expected a document that people read.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BackproofError(
            f"{name} is not UTF-8 text (line {line}); expected Markdown, LaTeX, plain text or a notebook."
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BackproofError(f"{name} holds NUL bytes (line {line}); it is not a text file.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


# Notebooks


def read_notebook(text: str) -> list[Source]:
    """The cells of a notebook, numbered from 1. Errors: BackproofError where it is not a sound notebook."""
    cells = _parse_notebook(text).get("cells")
    if not isinstance(cells, list):
        raise BackproofError("the notebook has no list of cells; expected a notebook of format 3 or 4.")
    return [source for number, cell in enumerate(cells, start=1) for source in _read_cell(cell, number)]


def _parse_notebook(text: str) -> Any:
    """The notebook, of whatever format it was, as one of format 4; small faults in it are passed over."""
    import logging

    import nbformat

    log = logging.getLogger("traitlets")
    before = log.disabled
    log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found: Any = nbformat.reader.parse_json(text)  # type: ignore[no-untyped-call]
            if isinstance(found, dict) and found.get("nbformat", 4) != 4:
                found = nbformat.convert(found, 4)  # type: ignore[no-untyped-call]
            return found if isinstance(found, dict) else {}
    except RecursionError:
        raise BackproofError("the notebook is nested too deep to be read.") from None
    except (nbformat.reader.NotJSONError, ValueError):
        raise BackproofError("the notebook is not sound JSON; expected a notebook as Jupyter writes it.") from None
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError, IndexError):
        raise BackproofError("this is JSON, but not a notebook; expected one as Jupyter writes it.") from None
    finally:
        log.disabled = before


def _read_cell(cell: Any, number: int) -> Iterator[Source]:
    if not isinstance(cell, dict):
        raise BackproofError(f"cell {number} of the notebook is not a table; expected one with cell_type and source.")
    if cell.get("cell_type") in ("markdown", "raw"):
        yield Source(_join(cell.get("source")), "markdown", number)
    outputs = cell.get("outputs") if cell.get("cell_type") == "code" else None
    for output in outputs if isinstance(outputs, list) else ():
        printed = _printed_text(output) if isinstance(output, dict) else ""
        if printed:
            yield Source(printed, "text", number, printed=True)


def _printed_text(output: dict[str, Any]) -> str:
    """The text of one output: a stream, or the plain form of a result."""
    if output.get("output_type") == "stream":
        return _join(output.get("text"))
    data = output.get("data")
    return _join(data.get("text/plain")) if isinstance(data, dict) else ""


def _join(lines: Any) -> str:
    """A text that a notebook keeps as one string or as a list of lines."""
    if isinstance(lines, list):
        lines = "".join(line for line in lines if isinstance(line, str))
    return lines.replace("\r", "").replace("\0", "") if isinstance(lines, str) else ""
