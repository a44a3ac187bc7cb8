"""Print every figure and the machine they were measured on."""

from __future__ import annotations

import os
import platform
import sys
from importlib import import_module
from pkgutil import iter_modules

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import benchmarks

NOT_SUBJECTS = {"__main__", "figure"}


def main() -> None:
    console = Console(width=110)
    console.print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    )
    table = Table("work", "measured", "wanted", "met")
    wanted = set(sys.argv[1:])
    for module in iter_modules(benchmarks.__path__):
        if module.name in NOT_SUBJECTS or (wanted and module.name not in wanted):
            continue
        for figure in import_module(f"benchmarks.{module.name}").figures():
            table.add_row(escape(figure.work), figure.measured, figure.wanted, "yes" if figure.met else "no")
    console.print(table)


main()
