"""Reports for people and programs: a Document or a Derivation as text, Markdown, LaTeX, HTML or JSON.

Each target is one file in `targets/`, found by its name and imported when it is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from backproof.derivation import Derivation
from backproof.document import Document
from backproof.errors import OptionError, did_you_mean
from backproof.render.notation import NOTATIONS, find_notation
from backproof.render.target import Target

__all__ = ["NOTATIONS", "Target", "render", "render_derivation", "render_fragment", "suffixes", "target_names"]


def render(document: Document, target: str, *, notation: str = "article", digits: int = 6, **options: Any) -> str:
    """The document as text of a target; `options` are the target's own, such as `width` for text.

    Errors: OptionError for a target, notation or option that does not exist.
    """
    return _target(target, notation, digits, options).document(document)


def render_fragment(document: Document, *, notation: str = "article", digits: int = 6) -> str:
    """A document as HTML that stands in a page of somebody else's, such as a notebook, with styles of its own."""
    from backproof.render.targets.html import HtmlTarget

    return HtmlTarget(find_notation(notation), digits).fragment(document)


def render_derivation(
    derivation: Derivation, target: str, *, notation: str = "article", digits: int = 6, **options: Any
) -> str:
    """One derivation, without the frame of a document: a fragment that a notebook shows as it is."""
    return _target(target, notation, digits, options).derivation(derivation)


@cache
def target_names() -> tuple[str, ...]:
    """The names of all targets: those of the files in `targets/`."""
    package = import_module("backproof.render.targets")
    return tuple(sorted(module.name for module in iter_modules(package.__path__)))


@cache
def suffixes() -> Mapping[str, str]:
    """The target of each file ending; this imports all targets."""
    return {suffix: name for name in target_names() for suffix in _kind(name).suffixes}


def _kind(name: str) -> type[Target]:
    kind: type[Target] = import_module(f"backproof.render.targets.{name}").TARGET
    return kind


def _target(name: str, notation: str, digits: int, options: dict[str, Any]) -> Target:
    known = target_names()
    if name not in known:
        raise OptionError(f"'{name}' is not a target; expected one of {', '.join(known)}.{did_you_mean(name, known)}")
    if not 1 <= digits <= 17:
        raise OptionError(f"digits is {digits}; expected 1 to 17.")
    kind = _kind(name)
    own = [each.name for each in fields(kind) if each.name not in ("notation", "digits")]
    for option in options:
        if option not in own:
            raise OptionError(f"'{option}' is not an option of {name}; it has {', '.join(own) or 'none'}.")
    return kind(find_notation(notation), digits, **options)
