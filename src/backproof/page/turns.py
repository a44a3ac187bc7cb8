"""Your turn: which answers to a number are right, and which mistake another one is, worked out by `checking`.

A page that is served asks. In a file stands a table: for each number of the first step the digits of the truth and of
what each known mistake gives, and at how many digits these round up, so that the page compares digits and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite
from typing import Any

from backproof.checking.claims import check
from backproof.checking.claims.foresee import foresee_mistakes
from backproof.checking.claims.search import Search
from backproof.checking.graph import Graph
from backproof.errors import BackproofError, OptionError
from backproof.evaluation import evaluate
from backproof.expression import quantities
from backproof.names import parse_formula
from backproof.page.targets import Group
from backproof.rounding import PRINTED
from backproof.trace import Trace
from backproof.worksheet import Claim, Worksheet

#: Significant digits of a number in the table.
DIGITS = 12
#: Questions with a table, and mistakes for each.
MOST_QUESTIONS, MOST_MISTAKES = 80, 16
#: Answers are not longer than this.
LONGEST = 300


def list_answers(sheet: Worksheet, groups: Sequence[Group]) -> dict[str, Any]:
    """For each question of the first step, under `step view name`, the digits of the truth and of foreseen mistakes."""
    search = Search(Graph(sheet.network, sheet.x, sheet.y, sheet.training, frozenset([1])))
    found: dict[str, Any] = {}
    for name, sample in _list_questions(sheet, groups):
        if len(found) == MOST_QUESTIONS:
            break
        try:
            truth, mistakes = foresee_mistakes(search, name, sample, MOST_MISTAKES)
        except BackproofError:
            continue
        if isfinite(truth):
            rest = [[*write_digits(each.gives), each.id, each.says] for each in mistakes]
            found[f"1 {sample or 0} {name}"] = [[*write_digits(truth), "", ""], *rest]
    return found


def _list_questions(sheet: Worksheet, groups: Sequence[Group]) -> Iterator[tuple[str, int | None]]:
    """Numbers to ask for: gradients, then errors, then the forward pass, of the first samples and the batch."""
    used = sheet.training.batch(1, len(sheet.x))
    samples: list[int | None] = [None] if len(used) == 1 else [*used[:4]]
    by_title = {group.title: group.names for group in groups}
    for title in ("Gradients", "Backward", "Forward"):
        for name in by_title.get(title, ()):
            yield from ((name, sample) for sample in samples)
            if title == "Gradients" and len(used) > 1:
                yield name, None


def write_digits(value: float) -> tuple[str, str]:
    """A number's digits, cut, with their power of ten, and for each count of digits whether rounding raises the last.

    `-2.78685...e-4` is `-278685...e-4`; of 0 there are no digits.
    """
    exact = Decimal(repr(float(value)))
    if not exact:
        return "0", ""
    exponent = exact.adjusted()
    digits = "".join(map(str, exact.as_tuple().digits)).ljust(DIGITS, "0")
    raised = [
        "1" if abs(exact).quantize(unit, ROUND_HALF_UP) > Decimal(digits[:count]) * unit else "0"
        for count in range(1, DIGITS + 1)
        for unit in [Decimal(1).scaleb(exponent - count + 1)]
    ]
    return f"{'-' if value < 0 else ''}{digits[:DIGITS]}e{exponent}", "".join(raised)


def judge_answer(sheet: Worksheet, of: str, sample: int | None, step: int, value: str) -> list[str]:
    """The verdict of `check` on an answer, a number or a formula: verdict, the first mistake's id or nothing, and what
    it says."""
    if len(value) > LONGEST:
        raise OptionError(f"expected an answer of at most {LONGEST} characters, received {len(value)}.")
    said = ""
    if not PRINTED.fullmatch(value):
        value = _work_out(sheet.trace(step=step, sample=sample), of, value)
        said = f"That comes to {float(value):.6g}. "
    (claim,) = check(replace(sheet, claims=(Claim(of, value, sample, step),))).claims
    first = claim.mistakes[0] if claim.mistakes else None
    said += f"{first.says}: that gives {first.gives:.6g}." if first else ""
    return [claim.verdict, first.id if first else "", said]


def _work_out(trace: Trace, of: str, text: str) -> str:
    """The digits of what a formula comes to. Raise OptionError for one that asks for the number itself."""
    formula = parse_formula(text, trace.network, trace.training)
    if trace.read_name(of) in quantities(formula):
        raise OptionError(f"the answer has to be made of other numbers than {of} itself.")
    result = float(evaluate(formula, trace.value))
    if not isfinite(result):
        raise OptionError("the formula does not come to a finite number.")
    return f"{result:.{DIGITS}g}"
