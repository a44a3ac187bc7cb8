"""Where a report goes: a terminal, a pipe or a file; never half a file."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from backproof.document import Document
from backproof.errors import OptionError
from backproof.render import render, target_names
from backproof.render.notation import NOTATIONS

SUFFIXES = {".txt": "text", ".md": "markdown", ".tex": "latex", ".html": "html", ".htm": "html", ".json": "json"}


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every report has: format, notation, digits and output file."""
    for option in (
        click.option("-o", "--output", type=click.Path(), help="Write to a file; its ending tells the format."),
        click.option("--format", "target", type=click.Choice(list(target_names())), help="Default: text."),
        click.option("--notation", type=click.Choice(list(NOTATIONS)), default="article", show_default=True,
                     help="Whose letters to use."),
        click.option("--digits", type=click.IntRange(1, 17), default=6, show_default=True, help="Significant digits."),
    ):  # fmt: skip
        command = option(command)
    return command


def write_report(document: Document, *, output: str | None, target: str | None, notation: str, digits: int) -> None:
    """Render a document to where it should go."""
    chosen = target or _by_suffix(output)
    options: dict[str, Any] = {"notation": notation, "digits": digits}
    if chosen == "text":
        options |= terminal() if output is None else {}
    text = render(document, chosen, **options)
    if output is None:
        click.echo(text)
    else:
        write_file(output, text)


def terminal() -> dict[str, Any]:
    """How text is shown here: colour on a terminal, ASCII where it cannot show more, at most 80 columns."""
    shown = sys.stdout.isatty()
    colour = shown and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    width = min(80, shutil.get_terminal_size((80, 24)).columns) if shown else 80
    return {"color": colour, "ascii": not speaks_unicode(), "width": max(40, width)}


def speaks_unicode() -> bool:
    """Whether standard output can show Greek letters and mathematical signs."""
    try:
        "∂δσ→·⊙".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _by_suffix(output: str | None) -> str:
    if output is None:
        return "text"
    suffix = Path(output).suffix.lower()
    if suffix not in SUFFIXES:
        raise OptionError(
            f"'{output}' does not tell the format; end it in {', '.join(SUFFIXES)}, or give --format as well."
        )
    return SUFFIXES[suffix]


def write_file(path: str, text: str) -> None:
    """Write a file as a whole or not at all: beside its place first, then moved there."""
    target = Path(path)
    if target.is_dir():
        raise OptionError(f"'{path}' is a folder; give a file name.")
    handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(beside, 0o666 & ~_umask())
        os.replace(beside, target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
