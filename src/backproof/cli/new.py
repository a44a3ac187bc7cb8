"""`backproof new`: a commented worksheet to start from."""

from __future__ import annotations

from pathlib import Path

import click

from backproof import examples
from backproof.cli._output import check_file, write_file
from backproof.errors import OptionError


@click.command()
@click.argument("file", type=click.Path(readable=False), default="worksheet.toml")
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def command(file: str, force: bool) -> None:
    """Write a commented starter worksheet to FILE (worksheet.toml); '-' prints it.

    \b
    Examples:
      backproof new
      backproof new my.toml
    """
    if file == "-":
        click.echo(examples.starter(), nl=False)
        return
    check_file(file)
    if Path(file).exists() and not force:
        raise OptionError(f"'{file}' already exists; choose another name, or add --force to overwrite it.")
    write_file(file, examples.starter())
    click.echo(f"Wrote {file}. Next: backproof explain {file}")
