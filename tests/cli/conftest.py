"""The command line, called in this process as a shell would call it."""

import io
import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty current folder; what is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name, module in [*sys.modules.items()]:
        file = vars(module).get("__file__") if isinstance(module, ModuleType) else None
        if file and tmp_path in Path(file).parents:
            del sys.modules[name]


@pytest.fixture
def backproof(here, monkeypatch, capsys):
    """`backproof("explain", "or")` runs that command in an empty folder; `stdin` is what it is fed."""
    from backproof.cli import main

    for name in ("LC_ALL", "LC_CTYPE", "LANG", "PYTHONIOENCODING", "PYTHONUTF8", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments, stdin=None):
        monkeypatch.setattr(sys, "argv", ["backproof", *map(str, arguments)])
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        shown = capsys.readouterr()
        return Ran(code, shown.out, shown.err)

    return run
