"""Where a report goes: a terminal, a pipe or a file; never half a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from backproof import files
from backproof.cli._console import unguarded, write_styled, write_utf8
from backproof.document import Document
from backproof.errors import OptionError
from backproof.render import render, suffixes, target_names
from backproof.render.notation import NOTATIONS

#: No file at all: a report goes to standard output.
STDOUT = (None, "-")


def output_option(says: str = "Write to a file; its ending selects the format.") -> Callable[..., Any]:
    """Where a report, or what else is made, goes."""
    return click.option("-o", "--output", type=click.Path(readable=False), help=says)


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every report has: format, notation, digits and output file."""
    return form_options(output_option()(command))


def form_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How a report looks: format, notation, digits."""
    for option in (
        click.option("--format", "target", type=click.Choice(list(target_names())), help="Default: text."),
        click.option("--notation", type=click.Choice(list(NOTATIONS)), default="article", show_default=True,
                     help="Notation of the formulas."),
        click.option("--digits", type=click.IntRange(1, 17), default=6, show_default=True, help="Significant digits."),
    ):  # fmt: skip
        command = option(command)
    return command


def write_report(
    document: Document, *, output: str | None, target: str | None, notation: str, digits: int, quiet: bool = False
) -> None:
    """Render a document to where it should go, and unless `quiet` say which file that is."""
    chosen = form(output, target)
    if chosen == "text" and output in STDOUT:
        show_report(document, notation=notation, digits=digits)
    else:
        write_text(render(document, chosen, notation=notation, digits=digits), output, chosen, quiet=quiet)


def show_report(document: Document, *, err: bool = False, **options: Any) -> None:
    """Show a document as text on this terminal."""
    text = render(document, "text", **options, **terminal())
    write_styled(text.rstrip("\n") + "\n", err=err)


def write_text(text: str, output: str | None, form: str = "text", *, quiet: bool = False) -> None:
    """Write a text in some form to a file, which is told, or to standard output, without control characters."""
    if output is not None and output not in STDOUT:
        write_file(output, text)
        if not quiet:
            announce_file(output, text, form)
    elif form == "text":
        click.echo(text.rstrip("\n"))
    else:
        write_utf8(text.rstrip("\n") + "\n", form)


def terminal() -> dict[str, Any]:
    """How text is shown here: colour on a terminal, ASCII where it cannot show more, at most 80 columns."""
    from shutil import get_terminal_size

    shown = sys.stdout.isatty()
    colour = shown and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = min(80, get_terminal_size((80, 24)).columns) if shown else 80
    return {"color": colour, "ascii": not speaks_unicode(), "width": max(40, width)}


def speaks_unicode() -> bool:
    """Whether standard output can show Greek letters and mathematical signs."""
    if _plain_locale():
        return False
    try:
        "∂δσ→·⊙".encode(unguarded(sys.stdout).encoding or "ascii")
    except (UnicodeEncodeError, LookupError, AttributeError):
        return False
    return True


def _plain_locale() -> bool:
    """Whether the reader asked for the locale C, which Python itself takes for UTF-8 (PEP 538 and PEP 540)."""
    said = os.environ
    if said.get("PYTHONIOENCODING") or said.get("PYTHONUTF8") == "1":
        return False
    coerced = said.get("LC_CTYPE", "") in ("", "C", "POSIX", "C.UTF-8", "C.utf8", "UTF-8")
    return (said.get("LC_ALL") or (said.get("LANG") if coerced else "")) in ("C", "POSIX")


def form(output: str | None, target: str | None = None) -> str:
    """The format of a report, from --format or the file's ending; ask before long work, so that a slip costs none.

    Errors: OptionError where the ending tells nothing or the file cannot be written.
    """
    if output in STDOUT:
        return target or "text"
    assert output is not None
    check_file(output)
    if target is not None:
        return target
    known, suffix = suffixes(), Path(output).suffix.lower()
    if suffix not in known:
        raise OptionError(
            f"'{output}' has an unknown ending; expected one of {', '.join(known)}, or a format given with --format."
        )
    return known[suffix]


def __getattr__(name: str) -> Mapping[str, str]:
    """SUFFIXES, the format of each file ending; collected only when it is asked for."""
    if name == "SUFFIXES":
        return suffixes()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def announce_file(path: str, text: str, form: str) -> None:
    """Say on standard error what was written, and what to do with it."""
    following = "; open it in a browser" if form == "html" else ""
    click.echo(f"{path}: {max(1, round(len(text.encode()) / 1000)):,} kB{following}.", err=True)


def check_file(path: str) -> None:
    """An OptionError where a file cannot be written, before anything else is done."""
    try:
        place = Path(os.path.realpath(path))
        if not path or place.is_dir():
            raise OptionError(f"'{path}' is a folder; give a file name.")
        if not place.parent.is_dir():
            raise OptionError(f"'{path}': there is no folder '{place.parent}'; create it first.")
        if not os.access(place if place.exists() else place.parent, os.W_OK):
            raise OptionError(f"'{path}' cannot be written: no permission.")
    except OptionError:
        raise
    except (OSError, ValueError) as error:
        raise OptionError(f"{path!r} is not a file name: {getattr(error, 'strerror', None) or error}.") from None


def check_keeps(output: str | None, *inputs: str | None) -> None:
    """An OptionError where writing `output` would destroy a file that is read."""
    if output in STDOUT or not os.path.isfile(output or ""):
        return
    assert output is not None
    for file in inputs:
        if file is not None and os.path.isfile(file) and os.path.samefile(output, file):
            raise OptionError(f"'{output}' is read by this command and would be lost; choose another output file.")


def write_file(path: str, text: str) -> None:
    """Write a text to a file; it ends in one newline, whether the text does or not."""
    write_bytes(path, (text.rstrip("\n") + "\n").encode())


def write_bytes(path: str, content: bytes) -> None:
    """Write a file as a whole or not at all: beside its place first, then moved there; links are followed."""
    check_file(path)
    place = Path(os.path.realpath(path))
    with files.writing(path):
        files.replace(place, content)
