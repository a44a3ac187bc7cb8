"""A Jupyter notebook as pieces of text: its Markdown cells, and what its code cells printed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from backproof.checking.documents.source import Source
from backproof.errors import BackproofError


def sources(text: str) -> list[Source]:
    """The cells of a notebook, numbered from 1. Errors: BackproofError where it is not a sound notebook."""
    cells = _read(text).get("cells")
    if not isinstance(cells, list):
        raise BackproofError("the notebook has no list of cells; expected a notebook of format 3 or 4.")
    return [source for number, cell in enumerate(cells, start=1) for source in _cell(cell, number)]


def _read(text: str) -> Any:
    """The notebook, of whatever format it was, as one of format 4; small faults in it are passed over."""
    import logging

    import nbformat

    log = logging.getLogger("traitlets")
    before = log.disabled
    log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found: Any = nbformat.reader.parse_json(text)  # type: ignore[no-untyped-call]
            if isinstance(found, dict) and found.get("nbformat", 4) != 4:
                found = nbformat.convert(found, 4)  # type: ignore[no-untyped-call]
            return found if isinstance(found, dict) else {}
    except RecursionError:
        raise BackproofError("the notebook is nested too deep to be read.") from None
    except (nbformat.reader.NotJSONError, ValueError):
        raise BackproofError("the notebook is not sound JSON; expected a notebook as Jupyter writes it.") from None
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError, IndexError):
        raise BackproofError("this is JSON, but not a notebook; expected one as Jupyter writes it.") from None
    finally:
        log.disabled = before


def _cell(cell: Any, number: int) -> Iterator[Source]:
    if not isinstance(cell, dict):
        raise BackproofError(f"cell {number} of the notebook is not a table; expected one with cell_type and source.")
    if cell.get("cell_type") in ("markdown", "raw"):
        yield Source(_joined(cell.get("source")), "markdown", number)
    outputs = cell.get("outputs") if cell.get("cell_type") == "code" else None
    for output in outputs if isinstance(outputs, list) else ():
        printed = _printed(output) if isinstance(output, dict) else ""
        if printed:
            yield Source(printed, "text", number, printed=True)


def _printed(output: dict[str, Any]) -> str:
    """The text of one output: a stream, or the plain form of a result."""
    if output.get("output_type") == "stream":
        return _joined(output.get("text"))
    data = output.get("data")
    return _joined(data.get("text/plain")) if isinstance(data, dict) else ""


def _joined(lines: Any) -> str:
    """A text that a notebook keeps as one string or as a list of lines."""
    if isinstance(lines, list):
        lines = "".join(line for line in lines if isinstance(line, str))
    return lines.replace("\r", "").replace("\0", "") if isinstance(lines, str) else ""
