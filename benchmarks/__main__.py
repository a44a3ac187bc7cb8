"""Print every figure and the machine they were measured on: `python -m benchmarks [SUBJECT ...]`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

# NumPy reads it when it is imported; without it, products run on the kernels made for this processor.
os.environ.pop("OPENBLAS_CORETYPE", None)

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import benchmarks
from benchmarks.figure import Figure
from benchmarks.machine import machine

NOT_SUBJECTS = {"__main__", "figure", "machine", "mnist_images"}
#: Subjects that take minutes, or a browser.
BY_NAME_ONLY = {"page", "processes", "nielsen", "sheets", "conventions", "fuzz_documents", "tables"}
MET = {True: "yes", False: "no", None: ""}


def main() -> None:
    console = Console(width=120)
    console.print(machine(), highlight=False, soft_wrap=True)
    table = Table("work", "measured", "wanted", "met")
    for figure in figures(sys.argv[1:]):
        table.add_row(escape(figure.work), escape(figure.measured), figure.wanted, MET[figure.met])
    console.print(table)


def figures(named: list[str]) -> Iterator[Figure]:
    """Those of the subjects named, or of all but the slow ones."""
    known = [each.name for each in iter_modules(benchmarks.__path__) if not each.ispkg]
    subjects = [name for name in known if name not in NOT_SUBJECTS]
    if unknown := set(named) - set(subjects):
        sys.exit(f"no such subject: {', '.join(sorted(unknown))}; expected some of {', '.join(subjects)}.")
    for name in named or [name for name in subjects if name not in BY_NAME_ONLY]:
        yield from import_module(f"benchmarks.{name}").figures()


main()
