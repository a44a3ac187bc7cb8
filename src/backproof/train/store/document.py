"""The JSON document of a file: what it is, in which format, by which version, and what it says."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from backproof.errors import ModelError, OptionError
from backproof.schema import Fault, Table, dotted, mapping, shown, survey, text, whole
from backproof.version import __version__

HEAD = ("format", "kind", "backproof")
#: A formula may be 50 deep, and stands a few levels down.
DEEPEST = 100


class Kind(NamedTuple):
    """What a file is, the newest format that is read of it, and the keys of its document."""

    name: str
    format: int
    keys: tuple[str, ...]


def write(kind: Kind, said: Mapping[str, Any], *, indent: int | None = None) -> str:
    """The text of a document; NaN and infinity as Python's json has them, tuples as lists.

    Errors: OptionError for what JSON cannot hold.
    """
    head = {"format": kind.format, "kind": kind.name, "backproof": __version__}
    try:
        return json.dumps({**head, **said}, indent=indent)
    except (TypeError, ValueError, RecursionError) as error:
        raise OptionError(f"a {kind.name} can hold what JSON can hold; {error}.") from None


def read(written: str, kind: Kind) -> Table:
    """The document of a text. Errors: a Fault for one of another kind, of a newer format, or with unknown keys."""
    try:
        document = mapping(json.loads(written), ())
    except (ValueError, RecursionError) as error:
        raise Fault(f"not sound JSON: {error}.", ()) from None
    survey(document, DEEPEST)
    _check_head(document, kind)
    return Table(document, (), (*HEAD, *kind.keys))


def _check_head(document: Mapping[str, Any], kind: Kind) -> None:
    """The kind and format of a document, before anything else in it is looked at."""
    head = Table({key: document[key] for key in HEAD if key in document}, (), HEAD)
    found = head.need("kind", text)
    if found != kind.name:
        raise Fault(f"expected a {kind.name}, received {shown(found)}.", ("kind",))
    number = head.need("format", lambda value, path: whole(value, path, 1))
    if number > kind.format:
        raise Fault(
            f"this {kind.name} has format {number}, but backproof {__version__} reads formats up to {kind.format}; "
            "update backproof.",
            ("format",),
        )
    head.need("backproof", text)


def refused(path: str | os.PathLike[str], fault: Fault) -> ModelError:
    """What callers are told of a fault in a file."""
    place = f"{dotted(fault.path)}: " if fault.path else ""
    return ModelError(f"{os.fspath(path)!r}: {place}{fault.message}")
