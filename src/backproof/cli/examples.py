"""`backproof examples`: what is shipped."""

from __future__ import annotations

import click

from backproof import examples


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the worksheets that are shipped, or print one of them.

    Their names stand wherever a worksheet is expected: 'backproof explain mazur'.
    """
    if name is not None:
        click.echo(examples.text(name), nl=False)
        return
    names = examples.names()
    width = max(map(len, names))
    for each in names:
        click.echo(f"{each:<{width}}  {examples.title(each)}")
