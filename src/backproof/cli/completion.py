"""`backproof completion`: the script that lets a shell complete verbs and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash:  backproof completion bash >> ~/.bashrc
    zsh:   backproof completion zsh >> ~/.zshrc
    fish:  backproof completion fish > ~/.config/fish/completions/backproof.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(context.find_root().command, {}, "backproof", "_BACKPROOF_COMPLETE").source())
