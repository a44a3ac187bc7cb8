"""A page for each command: what `--help` says, laid out from click's own description."""

from __future__ import annotations

import re
from typing import Any

import click

from backproof.cli import backproof as group
from backproof_site.writing import Page


def write_page(verb: str) -> Page:
    """The page of a verb; its help is what the command itself prints, and it is run."""
    command = group.get_command(None, verb)  # type: ignore[arg-type]
    context = click.Context(command, info_name=f"backproof {verb}")
    paragraphs = re.split(r"\n\s*\n", (command.help or "").replace("\b\n", ""))
    summary = " ".join(paragraphs[0].split())
    usage = command.get_usage(context).removeprefix("Usage: ")
    options = "\n".join(_describe(each, context) for each in command.params if isinstance(each, click.Option))
    text = f"""# {verb}

{summary}

```text
{usage}
```

```{{shell}}
backproof {verb} --help
```

## Options

{options}
"""
    return Page(text, summary)


def _describe(option: Any, context: Any) -> str:
    """An option as an entry of a list of definitions."""
    names, text = option.get_help_record(context) or (", ".join(option.opts), option.help or "")
    return f"`{' '.join(names.split())}`\n: {text.replace('<', '&lt;').replace('*', chr(92) + '*') or 'no value'}\n"
