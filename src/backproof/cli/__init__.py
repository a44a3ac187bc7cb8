"""The command line: one file a verb. Each parses, calls and renders; none computes."""

from __future__ import annotations

import sys
from importlib import import_module
from pkgutil import iter_modules

import click

from backproof.cli._console import flush_streams, guard_streams
from backproof.errors import BackproofError, Diverged, ProcessLost
from backproof.escape import shorten_message
from backproof.version import __version__

#: Verbs in the order in which a newcomer meets them; any other file of this folder follows.
FIRST = ("demo", "explain", "check", "check-code", "exercise", "train", "predict", "examples", "new")


class Verbs(click.Group):
    """The verbs of this folder, each imported only when it is called."""

    def list_commands(self, context: click.Context) -> list[str]:
        files = (module.name for module in iter_modules(__path__))
        found = {name.replace("_", "-") for name in files if not name.startswith("_")}
        return [*(name for name in FIRST if name in found), *sorted(found - set(FIRST))]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(context):
            return None
        command: click.Command = import_module(f"{__name__}.{name.replace('-', '_')}").command
        return command

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(context, arguments)
        except click.UsageError as error:
            from backproof.errors import did_you_mean

            near = did_you_mean(arguments[0], self.list_commands(context))
            raise click.UsageError(f"{error.message}{near}", error.ctx) from None


#: The exit code of a process that was interrupted.
INTERRUPTED = 130
#: `color` leaves it to the guarded streams what passes; click would take colours, and more, out of piped data.
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 80, "color": True}


@click.command(cls=Verbs, context_settings=SETTINGS)
@click.version_option(__version__, message="backproof %(version)s")
def backproof() -> None:
    """Backpropagation you can prove.

    Every number of a training step as a worked derivation, and training with the very same equations. Start with
    'backproof demo'.
    """


def main() -> None:
    """Run the command line; whatever is wrong with the input becomes one message and exit code 2, divergence 1."""
    with guard_streams():
        try:
            code = _run()
            flush_streams()
        except BrokenPipeError:  # the reader went away, as head does
            code = 1
        except OSError as error:
            code = _fail(error)
    sys.exit(code)


def _run() -> int:
    """The exit code of the command line; what is wrong is said on standard error."""
    try:
        code = backproof(standalone_mode=False)  # what a verb raises as Exit comes back as its code
        return code if isinstance(code, int) else 0
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped.", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        raise
    except (BackproofError, OSError, MemoryError) as error:
        return _fail(error)


def _fail(error: Exception) -> int:
    """Say what is wrong, and return the exit code for it."""
    if isinstance(error, MemoryError):
        message = f"there is not enough memory for that{f': {error}' if str(error) else ''}"
    elif isinstance(error, OSError) and error.filename is not None:
        message = f"{error.filename}: {error.strerror}"
    else:
        message = str(error)
    click.echo(f"backproof: {shorten_message(message)}", err=True)
    for note in getattr(error, "__notes__", ()):  # a command to be pasted, which is never shortened
        click.echo(note, err=True)
    return 1 if isinstance(error, Diverged | ProcessLost) else 2
