"""From the text of a worksheet to a Worksheet: strict, so that a slip of the pen is an error and never a default."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backproof import names
from backproof.errors import OptionError, WorksheetError
from backproof.network import Network
from backproof.schema import Fault, Table, as_is, mapping, placed, survey, text
from backproof.worksheet import claims_section, data_section, lines, network_section, training_section
from backproof.worksheet.claims_section import Setting
from backproof.worksheet.model import Worksheet

KEYS = ("title", "source", "network", "data", "training", "claims", "aliases", "document")


def loads(written: str, folder: str | Path | None = None) -> Worksheet:
    """The worksheet that a TOML text holds; `folder` is where a file of parameters is looked for.

    Errors: WorksheetError with the key path and line of what is wrong.
    """
    document = parse(written)
    try:
        survey(document)
        return _worksheet(document, None if folder is None else Path(folder))
    except Fault as fault:
        raise WorksheetError(fault.message, place=lines.place(fault.path, written)) from None


def parse(written: str) -> dict[str, Any]:
    """The tables of a TOML text. Errors: WorksheetError with line and column."""
    if not isinstance(written, str):
        raise OptionError(f"a worksheet is text, received {type(written).__name__}.")
    line = lines.find_long_key(written)
    if line is not None:
        raise WorksheetError(f"a key of more than {lines.MOST_PARTS} parts.", place=f"line {line}")
    try:
        written.encode()
        return tomllib.loads(written)
    except RecursionError:
        raise WorksheetError("lists or tables are nested too deep.") from None
    except UnicodeEncodeError as error:
        raise WorksheetError(f"not a sound text: half a character at position {error.start + 1}.") from None
    except ValueError as error:
        said, _, where = str(error).rstrip(")").partition(" (at ")
        last = f"line {written.rstrip().count(chr(10)) + 1}, the end"
        raise WorksheetError(f"not sound TOML: {said}.", place=where.replace("end of document", last)) from None


def _worksheet(document: dict[str, Any], folder: Path | None) -> Worksheet:
    top = Table(document, (), KEYS)
    data = Table(top.need("data", as_is), ("data",), data_section.KEYS)
    reduction = data_section.reduction(data)
    network = network_section.read(top.need("network", as_is), ("network",), reduction, folder)
    x, y = data_section.samples(data, network)
    training = training_section.read(top.take("training", as_is, {}), ("training",), len(x))
    setting = Setting(network, training, len(x))
    return Worksheet(
        title=top.take("title", text, ""),
        source=top.take("source", text, ""),
        network=network,
        x=x,
        y=y,
        training=training,
        claims=claims_section.read(top.take("claims", as_is, []), ("claims",), setting),
        aliases=_aliases(top.take("aliases", mapping, {}), network),
        document=claims_section.document(top.take("document", as_is, {}), ("document",), setting),
        warnings=(*network.warnings, *data_section.warnings(y, network)),
    )


def _aliases(given: Mapping[str, Any], network: Network) -> dict[str, str]:
    """What the names in a document stand for, each a quantity that exists."""
    aliases = {key: text(value, ("aliases", key)) for key, value in given.items()}
    for key, value in aliases.items():
        with placed(("aliases", key)):
            names.parse(value, network)
    return aliases
