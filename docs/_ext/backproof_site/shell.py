"""Two directives: a file that a page's examples use, and commands that are run as the page is built.

    ```{file} mine.toml          ```{shell}
    [network]                    :from: dE/dw1
    ...                          :lines: 12
    ```                          backproof explain mine.toml
                                 ```

The commands of a page run one after the other in a folder of its own, and what they print stands below them; it is cut
by `from` (the first line that holds a text), `lines` (how many) and `hide` (nothing is shown). A command that ends with
another exit code than `code` (0 by default) stops the build.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import IO, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from sphinx.util.docutils import SphinxDirective

from backproof.cli import main


class ExampleError(Exception):
    """An example that did not do what its page says."""


#: The folder in which the examples of every page run, by the page.
FOLDERS: dict[str, Path] = {}
ROOT = Path(tempfile.mkdtemp(prefix="backproof-site-"))
TIMEOUT = 120


def folder_of(page: str) -> Path:
    """The folder of a page, new and empty at first."""
    if page not in FOLDERS:
        FOLDERS[page] = ROOT / page.replace("/", "-")
        FOLDERS[page].mkdir(parents=True, exist_ok=True)
    return FOLDERS[page]


#: What a command finds in its environment, so that it prints the same everywhere.
SURROUNDINGS = {
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    "NO_COLOR": "1",
    "COLUMNS": "80",
    "TERM": "dumb",
    "JAX_PLATFORMS": "cpu",
    "PYTHONWARNINGS": "ignore",
    "MPLBACKEND": "Agg",
}


def run(command: str, folder: Path, code: int = 0) -> str:
    """What a command prints, both streams, as a terminal without colours shows it."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as printed:
        if command.startswith("backproof ") and not set(command) & set("|;&<>$`*"):
            ended = _run_verb(shlex.split(command), folder, printed)
        else:
            ended = subprocess.run(
                ["bash", "-c", command], cwd=folder, env=os.environ | SURROUNDINGS, timeout=TIMEOUT,
                stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT,
            ).returncode  # fmt: skip
        printed.seek(0)
        text = re.sub(r"^.*\(Ctrl-C stops\)\n", "", printed.read(), flags=re.MULTILINE)  # said on slow machines
    if ended != code:
        raise ExampleError(f"`{command}` ended with {ended}, expected {code}:\n{text}")
    return text.rstrip("\n")


def _run_verb(arguments: list[str], folder: Path, printed: IO[str]) -> int:
    """The exit code of our own command line, called in a copy of this process, which has everything imported."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 70
    try:
        os.chdir(folder)
        os.environ.update(SURROUNDINGS)
        for number in (1, 2):
            os.dup2(printed.fileno(), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdout, sys.stderr = (os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))
        sys.argv = arguments
        sys.modules["__main__"].__package__ = ""  # so that click names the program after argv, not after Sphinx
        warnings.simplefilter("ignore")
        main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def cut(text: str, start: str, count: int | None) -> str:
    """Some lines, from the first that holds `start`; dots stand for what is left out."""
    lines = text.splitlines()
    first = next((number for number, line in enumerate(lines) if start in line), None)
    if first is None:
        raise ExampleError(f"no line of the output holds '{start}':\n{text}")
    last = len(lines) if count is None else first + count
    shown = lines[first:last]
    while shown and not shown[-1].strip():
        shown.pop()
    return "\n".join([*(["..."] if first else []), *shown, *(["..."] if last < len(lines) else [])])


class Shell(SphinxDirective):
    """Commands, run one by one, each with what it printed."""

    has_content = True
    option_spec: ClassVar = {
        "code": directives.nonnegative_int,
        "from": directives.unchanged_required,
        "lines": directives.positive_int,
        "hide": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """The commands and their output as one block."""
        mark_example(self)
        try:
            text = self._show()
        except ExampleError as error:
            raise self.error(str(error)) from None
        block = nodes.literal_block(text, text, language="text", classes=["shell"])
        self.set_source_info(block)
        return [block]

    def _show(self) -> str:
        shown = []
        for command in "\n".join(self.content).replace("\\\n", "\\\0").splitlines():
            command = command.replace("\\\0", "\\\n")
            bare = command.partition("  #")[0] if "\n" not in command else command
            printed = run(bare, folder_of(self.env.docname), self.options.get("code", 0))
            shown.append(f"$ {command}")
            if printed and "hide" not in self.options:
                shown.append(cut(printed, self.options.get("from", ""), self.options.get("lines")))
        return "\n".join(shown)


class File(SphinxDirective):
    """A file, shown as it is written into the page's folder; `:copy: path` takes one of the checkout."""

    has_content = True
    required_arguments = 1
    option_spec: ClassVar = {"copy": directives.unchanged_required, "hide": directives.flag}
    LANGUAGES: ClassVar = {".toml": "toml", ".py": "python", ".md": "markdown", ".csv": "text", ".json": "json"}

    def run(self) -> list[nodes.Node]:
        """The file with its name above it."""
        place = folder_of(self.env.docname) / self.arguments[0]
        if copied := self.options.get("copy"):
            source = Path(self.env.srcdir).parent / copied
            shutil.copy(source, place)
            self.env.note_dependency(str(source))
        else:
            place.write_text("\n".join(self.content) + "\n", "utf-8")
        if "hide" in self.options:
            return []
        text = place.read_text("utf-8").rstrip("\n")
        language = self.LANGUAGES.get(place.suffix, "text")
        block = nodes.literal_block(text, text, language=language)
        self.set_source_info(block)
        caption = nodes.caption(place.name, place.name)
        return [nodes.container("", caption, block, literal_block=True, classes=["literal-block-wrapper"])]


def mark_example(directive: Directive) -> None:
    """Note that a page has an example that ran."""
    env: Any = directive.state.document.settings.env
    env.examples = getattr(env, "examples", set()) | {env.docname}


def setup(app: Any) -> None:
    """Register the directives, and take the folders away at the end."""
    app.add_directive("shell", Shell)
    app.add_directive("file", File)
    app.connect("build-finished", lambda *_: shutil.rmtree(ROOT, ignore_errors=True))
    app.connect("env-purge-doc", lambda app, env, page: FOLDERS.pop(page, None))
