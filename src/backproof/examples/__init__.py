"""The worksheets that Backproof brings along; wherever a worksheet is expected, the name of one may stand instead."""

from __future__ import annotations

import tomllib
from importlib.resources import files

STARTER = "starter"


def names() -> tuple[str, ...]:
    """The name of every example: of each worksheet in this folder but the starter."""
    found = (file.name.removesuffix(".toml") for file in files(__package__).iterdir() if file.name.endswith(".toml"))
    return tuple(sorted(name for name in found if name != STARTER))


def text(name: str) -> str:
    """The text of an example, or of `starter`, the commented worksheet that a new one begins with."""
    return (files(__package__) / f"{name}.toml").read_text(encoding="utf-8")


def title(name: str) -> str:
    """One line that says what an example is about."""
    return str(tomllib.loads(text(name))["title"])


def starter() -> str:
    """A worksheet with comments that teach the format, and one claim that is wrong on purpose."""
    return text(STARTER)
