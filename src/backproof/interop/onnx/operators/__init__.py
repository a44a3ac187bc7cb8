"""Operators of ONNX and kinds of layer: how each is read and written, both in one place.

A module here declares functions by `reads` (operators) and `writes` (kinds); a new module needs no other entry.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from backproof.interop.onnx.model import Node
    from backproof.interop.onnx.reader import Reader
    from backproof.interop.onnx.writer import Writer

#: What a node's outputs are: a value, or one for each output.
Read: TypeAlias = "Callable[[Reader, Node], Any]"
#: The name of the pre-activations of a layer, from the names of what it receives.
Write: TypeAlias = "Callable[[Writer, Any, list[str]], str]"
F = TypeVar("F", bound=Callable[..., Any])

_READ: dict[str, Any] = {}
_WRITE: dict[str, Any] = {}


def reads(*operators: str) -> Callable[[F], F]:
    """Declare how nodes of these operators are read."""
    return lambda function: _enter(_READ, operators, function)


def writes(*kinds: str) -> Callable[[F], F]:
    """Declare how layers of these kinds are written."""
    return lambda function: _enter(_WRITE, kinds, function)


def _enter(table: dict[str, Any], names: tuple[str, ...], function: F) -> F:
    table.update(dict.fromkeys(names, function))
    return function


@cache
def load_tables() -> tuple[dict[str, Any], dict[str, Any]]:
    """The functions that read operators, and those that write kinds, by name."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return _READ, _WRITE
