"""`[[lesson]]`: what a page shows one after the other, each a number with a sentence."""

from __future__ import annotations

from typing import Any

from backproof.schema import Fault, Path, Table, flag, items, text
from backproof.worksheet.model import Lesson
from backproof.worksheet.subject import Setting, read_subject

KEYS = ("says", "of", "sample", "step", "ask")
#: A sentence is not longer than this.
LONGEST = 1000


def read_lessons(value: Any, path: Path, setting: Setting) -> tuple[Lesson, ...]:
    """All states of the lesson, in order."""
    return tuple(_read_lesson(each, place, setting) for each, place in items(value, path))


def _read_lesson(value: Any, path: Path, setting: Setting) -> Lesson:
    table = Table(value, path, KEYS)
    of, _, sample, step = read_subject(table, setting)
    return Lesson(of, table.need("says", _read_sentence), sample, step, table.take("ask", flag, False))


def _read_sentence(value: Any, path: Path) -> str:
    given = text(value, path)
    if len(given) > LONGEST:
        raise Fault(f"a sentence of a lesson has at most {LONGEST} characters; this one has {len(given)}.", path)
    return given
