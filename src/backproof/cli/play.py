"""`backproof play`: a worksheet as a page in which every number can be changed."""

from __future__ import annotations

import click

from backproof.cli._console import print_warnings
from backproof.cli._samples import load_samples, sample_options

#: The learning rate of a model that comes without one.
RATE = 0.1


@click.command()
@click.argument("worksheet")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Where to listen. Default: any free port.")
@click.option("--no-browser", is_flag=True, help="Print the address and open nothing.")
@sample_options
def command(
    worksheet: str, port: int, no_browser: bool, inputs: str | None, targets: str | None, cost: str | None
) -> None:
    """Play with a worksheet in the browser: select any symbol, change any number, and see what follows.

    WORKSHEET is a file, '-' for standard input, or a shipped example such as 'or'; an ONNX model (.onnx) is played with
    on samples that --inputs and --targets give, at a learning rate of 0.1. The page is
    served to this machine alone; Ctrl-C ends it. It needs the extra 'play': pip install 'backproof[play]'.

    \b
    Examples:
      backproof play or
      backproof play mazur --port 8000 --no-browser
      backproof play model.onnx --inputs x.npy --targets y.npy
    """
    from backproof.interop.serve import Server

    sheet = load_samples(worksheet, inputs, targets, cost, rate=RATE)
    print_warnings(sheet.warnings)
    server = Server(sheet, port)
    click.echo(server.address)
    if not no_browser:
        click.launch(server.address)
    server.run()
