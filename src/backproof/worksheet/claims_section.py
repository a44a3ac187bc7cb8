"""`[[claims]]` and `[document]`: what somebody worked out, each number by name.

Everything is held against the network and the data, but nothing is computed: a claim about step 10001 costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from backproof.errors import NumberError
from backproof.rounding import LONGEST, require_printed
from backproof.schema import Fault, Path, Table, items, mapping, shown, text
from backproof.worksheet.model import Claim, Document
from backproof.worksheet.subject import Setting, read_sample_and_step, read_subject

KEYS = ("of", "value", "sample", "step", "where", "expected")
#: A number with a decimal comma, and one whose comma may also stand between thousands.
_COMMA = re.compile(r"[-+]?[0-9]*,[0-9]+([eE][-+]?[0-9]+)?")
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2},[0-9]{3}")


def read_claims(value: Any, path: Path, setting: Setting) -> tuple[Claim, ...]:
    """All claims, in order."""
    listed = items(value, path)
    commas = _uses_commas(each["value"] for each, _ in listed if isinstance(each, dict) and "value" in each)
    return tuple(_read_claim(each, place, setting, commas) for each, place in listed)


def read_defaults(value: Any, path: Path, setting: Setting) -> Document:
    """What a document's claims mean where they do not say."""
    table = Table(value, path, ("sample", "step"))
    sample, step = read_sample_and_step(table, setting)
    return Document(sample, step)


def _uses_commas(values: Iterable[Any]) -> bool:
    """Whether a sheet writes 0,512: some number has a comma that can only be a decimal one, and none has a point."""
    written = [each for each in values if isinstance(each, str)]
    certain = any(_COMMA.fullmatch(each) and not _THOUSANDS.fullmatch(each) for each in written)
    return certain and not any("." in each for each in written)


def _read_claim(value: Any, path: Path, setting: Setting, commas: bool) -> Claim:
    table = Table(value, path, KEYS)
    of, formula, sample, step = read_subject(table, setting)
    return Claim(
        of=of,
        value=table.need("value", lambda given, place: _read_value(given, place, commas)),
        sample=sample,
        step=step,
        where=table.take("where", text, ""),
        expected=dict(table.take("expected", mapping, {})),
        formula=formula,
    )


def _read_value(value: Any, path: Path, commas: bool) -> str:
    """A number as a string, which keeps the printed digits, with a decimal point; empty where the answer is blank."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Fault(f'expected a string, which keeps the printed digits: "{shown(value)}", quotes and all.', path)
    given = text(value, path)
    if not given.strip():
        return ""
    if _THOUSANDS.fullmatch(given) and not commas:
        point, whole = given.replace(",", "."), given.replace(",", "")
        raise Fault(f"{shown(given)} may be {point} or {whole}; write it with a point, or without the comma.", path)
    if len(given) <= LONGEST and _COMMA.fullmatch(given):
        given = given.replace(",", ".")
    try:
        require_printed(given)
    except NumberError as error:
        raise Fault(str(error), path) from None
    return given
