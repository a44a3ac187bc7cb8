"""`backproof examples`: what is shipped."""

from __future__ import annotations

import click

from backproof import examples
from backproof.errors import OptionError, did_you_mean


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the shipped worksheets, or print one of them.

    Their names can be used wherever a worksheet is expected.

    \b
    Examples:
      backproof examples
      backproof examples or > my.toml
      backproof explain mazur
    """
    names = examples.names()
    if name is not None:
        if name not in names:
            raise OptionError(
                f"unknown example '{name}'; expected one of {', '.join(names)}.{did_you_mean(name, names)}"
            )
        click.echo(examples.text(name), nl=False)
        return
    width = max(map(len, names))
    for each in names:
        click.echo(f"{each:<{width}}  {examples.title(each)}")
