"""`backproof new`: a commented worksheet to start from."""

from __future__ import annotations

from pathlib import Path

import click

from backproof import examples
from backproof.cli._output import check_file, write_file
from backproof.errors import OptionError


@click.command()
@click.argument("file", type=click.Path(readable=False), default="worksheet.toml")
@click.option("--from", "document", metavar="DOCUMENT", help="Draft it from a working: network, data and aliases.")
@click.option("-o", "--output", metavar="FILE", help="The same as FILE.")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def command(file: str, document: str | None, output: str | None, force: bool) -> None:
    """Write a commented starter worksheet to FILE (worksheet.toml); '-' prints it.

    With --from the worksheet is drafted from a document: the units, weights, inputs, targets, learning rate,
    activations and cost that it gives. Each line says where it was found, and what is MISSING; confirm it first.

    \b
    Examples:
      backproof new
      backproof new my.toml
      backproof new --from notes.md -o my.toml
    """
    file = output or file
    text = examples.starter() if document is None else _draft(document)
    if file == "-":
        click.echo(text, nl=False)
        return
    check_file(file)
    if Path(file).exists() and not force:
        raise OptionError(f"'{file}' already exists; choose another name, or add --force to overwrite it.")
    write_file(file, text)
    following = f"explain {file}" if document is None else f"check {document} --network {file}"
    click.echo(f"Wrote {file}. Next: backproof {following}")


def _draft(document: str) -> str:
    """The draft, with what is missing told on stderr."""
    from backproof.checking.draft import draft_worksheet

    text = draft_worksheet(document)
    missing = text.count("MISSING") - 1
    if missing:
        places = "1 place is" if missing == 1 else f"{missing} places are"
        click.echo(f"{places} marked MISSING: fill in what the document does not give.", err=True)
    return text
