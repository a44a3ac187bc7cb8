"""The worksheets that Backproof brings along; wherever a worksheet is expected, the name of one may stand instead."""

from __future__ import annotations

import tomllib
from pathlib import Path

STARTER = "starter"
_FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """The name of every example: of each worksheet in this folder but the starter."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml") if file.stem != STARTER))


def text(name: str) -> str:
    """The text of an example, or of `starter`, the commented worksheet that a new one begins with."""
    return (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def title(name: str) -> str:
    """One line that says what an example is about."""
    return str(tomllib.loads(text(name))["title"])


def starter() -> str:
    """A worksheet with comments that teach the format, and one claim that is wrong on purpose."""
    return text(STARTER)
