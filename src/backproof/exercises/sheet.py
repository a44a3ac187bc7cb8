"""The learner's worksheet: network and data as in any other, and a line for each answer, still to be filled in.

An answer that is still missing has an empty value, which `backproof check` counts as blank.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from backproof.exercises.variants import Variant
from backproof.worksheet import toml
from backproof.worksheet.writer import dumps


def write_blank(variant: Variant, file: str) -> str:
    """The text of the learner's worksheet; `file` is what it is called, for the hint that it holds."""
    sheet = variant.worksheet
    head = [toml.write_pair("title", sheet.title), toml.write_pair("source", sheet.source)]
    rest = dumps(replace(sheet, title="", source=""))
    return "\n".join([*head, "", *_write_answers(variant, file), "", rest])


def _write_answers(variant: Variant, file: str) -> Iterator[str]:
    yield f"# Your answers: write each number between its empty quotes, to {variant.digits} significant digits; leave"
    yield f"# empty what you do not know. Then: backproof check {file}"
    yield "claims = ["
    for question in variant.questions:
        sample = {} if question.sample is None else {"sample": question.sample}
        yield f"  {toml.write_value({'of': question.of, **sample, 'value': ''})},"
    yield "]"
