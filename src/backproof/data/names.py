"""The names of columns: text, each once, free of what a terminal would obey."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from backproof.data.table import missing_column_error
from backproof.errors import DataError, OptionError
from backproof.schema import CONTROL, shown


def check_column_names(names: Sequence[str], source: str, row: int | None = None) -> tuple[str, ...]:
    """The names, each once and printable. Errors: DataError for a double one and for control characters."""
    first: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        if CONTROL.search(name) or len(name) > 1000:
            raise DataError(f"the name of column {place} is no line of text: {shown(name)}.", source=source, row=row)
        if name in first:
            raise DataError(
                f"columns {first[name]} and {place} are both named {shown(name)}; each needs a name of its own."
                + (" Does the file lack a row of names?" if _looks_like_number(name) else ""),
                source=source, row=row,
            )  # fmt: skip
        first[name] = place
    return tuple(names)


def require_columns(asked: Collection[str], names: Sequence[str], source: str) -> None:
    """Nothing, where every name that was asked for is there. Errors: DataError with the nearest one."""
    for name in sorted(set(asked).difference(names)):
        raise missing_column_error(name, names, source)


def check_name_list(asked: Any, option: str) -> frozenset[str]:
    """The columns that an option names. Errors: OptionError for what is no list of names."""
    if isinstance(asked, str) or not isinstance(asked, Iterable):
        raise OptionError(f"{option}: expected a list of columns, received {shown(asked)}.")
    names = list(asked)
    if not all(isinstance(name, str) for name in names):
        raise OptionError(f"{option}: expected names of columns, received {shown(names)}.")
    return frozenset(names)


def _looks_like_number(name: str) -> bool:
    return name.strip("+-").replace(".", "", 1).isdecimal()
