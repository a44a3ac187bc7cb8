"""`[[claims]]` and `[document]`: what somebody worked out, each number by name.

Everything is held against the network and the data, but nothing is computed: a claim about step 10001 costs nothing.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from backproof.rounding import PRINTED, last_place
from backproof.schema import Fault, Path, Table, items, mapping, shown, text
from backproof.worksheet.model import Claim, Document
from backproof.worksheet.subject import Setting, read_sample_and_step, read_subject

KEYS = ("of", "value", "sample", "step", "where", "expected")
LONGEST = 1000


def read_claims(value: Any, path: Path, setting: Setting) -> tuple[Claim, ...]:
    """All claims, in order."""
    return tuple(_read_claim(each, place, setting) for each, place in items(value, path))


def read_defaults(value: Any, path: Path, setting: Setting) -> Document:
    """What a document's claims mean where they do not say."""
    table = Table(value, path, ("sample", "step"))
    sample, step = read_sample_and_step(table, setting)
    return Document(sample, step)


def _read_claim(value: Any, path: Path, setting: Setting) -> Claim:
    table = Table(value, path, KEYS)
    of, formula, sample, step = read_subject(table, setting)
    return Claim(
        of=of,
        value=table.need("value", _read_value),
        sample=sample,
        step=step,
        where=table.take("where", text, ""),
        expected=dict(table.take("expected", mapping, {})),
        formula=formula,
    )


def _read_value(value: Any, path: Path) -> str:
    """A number as a string, which keeps the printed digits."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise Fault(f'expected a string, which keeps the printed digits: "{shown(value)}", quotes and all.', path)
    given = text(value, path)
    if len(given) > LONGEST or not PRINTED.fullmatch(given):
        raise Fault(f'expected a number such as "-0.00122" or "1.5e-3", received {shown(given)}.', path)
    beyond = abs(int(given.lower().partition("e")[2] or 0)) > 400
    if beyond or not isfinite(float(given)) or not float(last_place(given)):
        raise Fault(f"{shown(given)} is too large or too small for a floating-point number.", path)
    return given
