"""`backproof export`: a worksheet as a page, one file that works without a network."""

from __future__ import annotations

import os
from pathlib import Path

import click

from backproof.cli._console import announce_long, print_warnings
from backproof.cli._output import announce_file, check_file, check_keeps, write_file
from backproof.errors import OptionError
from backproof.page import export_page
from backproof.render import suffixes
from backproof.worksheet import load


@click.command()
@click.argument("worksheet")
@click.argument("page", type=click.Path(readable=False))
@click.option(
    "--steps", type=click.IntRange(1, 10_000), default=1000, show_default=True, help="The last step of the training."
)
def command(worksheet: str, page: str, steps: int) -> None:
    """Write a worksheet as an interactive page: one HTML file that needs no network and no Python.

    WORKSHEET is a file, '-' for standard input, or a shipped example such as 'or'. In PAGE every symbol, line and
    number can be selected, sample by sample and step by step; what was not recorded says so.

    \b
    Examples:
      backproof export or or-page.html
      backproof export mazur mazur.html --steps 10000
    """
    _check_ending(page, worksheet)
    check_file(page)
    check_keeps(page, worksheet)
    sheet = load(worksheet)
    print_warnings(sheet.warnings)
    with announce_long("recording the steps"):
        text = export_page(sheet, last=steps)
    write_file(page, text)
    announce_file(page, text, "html")


def _check_ending(page: str, worksheet: str) -> None:
    """Raise OptionError for a file that is no page by its ending, with the command that writes such a file."""
    known, suffix = suffixes(), Path(page).suffix.lower()
    if known.get(suffix) == "html" or page == os.devnull:
        return
    pages = " or ".join(ending for ending, form in known.items() if form == "html")
    if suffix in known:
        raise OptionError(
            f"'{page}' does not end in {pages}, and a page is HTML. "
            f"A report with that ending: backproof explain {worksheet} -o {page}"
        )
    raise OptionError(f"'{page}' has an unknown ending; a page ends in {pages}.")
