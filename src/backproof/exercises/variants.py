"""Variants of a worksheet: the same network and questions with fresh numbers, and the answers to them.

The same seed gives the same variants, and variant 3 is the same among five as among thirty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from backproof.dropout import remove_dropout
from backproof.errors import OptionError
from backproof.evaluation import evaluate
from backproof.exercises.figures import digits_beside, write_figure
from backproof.exercises.fresh import count_faults, draw_numbers
from backproof.exercises.part_names import name_parts
from backproof.exercises.questions import KINDS, Question, check_range, list_questions, questions_of_kind
from backproof.quantity import Kind, Quantity
from backproof.trace import Trace
from backproof.worksheet import Claim, Document, Worksheet

#: What a person can be asked to work with by hand.
MOST_PARAMETERS, MOST_SAMPLES, MOST_VARIANTS = 60, 20, 1000
_TRIES = 60


@dataclass(frozen=True, eq=False)
class Variant:
    """One sheet: a worksheet without claims, its questions, and how many digits an answer has."""

    number: int
    worksheet: Worksheet
    questions: tuple[Question, ...]
    digits: int

    @cached_property
    def trace(self) -> Trace:
        """Every number of the step."""
        return self.worksheet.trace()

    @cached_property
    def values(self) -> tuple[float, ...]:
        """The answers at full precision."""
        return tuple(float(evaluate(each.formula, self.trace.value)) for each in self.questions)

    @cached_property
    def answers(self) -> tuple[str, ...]:
        """The answers as printed, one for each question."""
        return tuple(map(self._write_answer, self.questions, self.values))

    @property
    def key(self) -> Worksheet:
        """The worksheet with every answer as a claim."""
        pairs = zip(self.questions, self.answers, strict=True)
        claims = tuple(Claim(each.of, answer, each.sample, formula=each.formula) for each, answer in pairs)
        return replace(self.worksheet, claims=claims)

    @cached_property
    def helps(self) -> tuple[tuple[Question, float], ...]:
        """The numbers of the passes before the first question, which are not asked for: they are given.

        One that is worth an answer, as dE/db is worth δ, would give it away, and is kept back.
        """
        first = KINDS.index(self.questions[0].kind)
        before = [kind for kind in KINDS[:first] if kind != "cost"]  # no other number is worked from E
        listed = [each for kind in before for each in questions_of_kind(kind, self.worksheet)]
        valued = ((each, float(evaluate(each.formula, self.trace.value))) for each in listed)
        return tuple((each, value) for each, value in valued if not self._reveals(value))

    def _reveals(self, value: float) -> bool:
        return any(value and abs(value - answer) <= 1e-6 * abs(answer) for answer in self.values)

    def _write_answer(self, question: Question, value: float) -> str:
        digits, formula = self.digits, question.formula
        if isinstance(formula, Quantity) and formula.kind is Kind.NEW:
            digits = digits_beside(value, self.trace.value(Quantity("step", formula.of)), digits)
        return write_figure(value, digits)


@dataclass(frozen=True, eq=False)
class Exercises:
    """The variants of a worksheet, and the seed that they come from."""

    title: str
    seed: int
    digits: int
    variants: tuple[Variant, ...] = field(repr=False)


def make(
    worksheet: Worksheet,
    *,
    count: int = 1,
    seed: int = 0,
    hide: Sequence[str] = (),
    samples: Sequence[int] = (),
    digits: int = 4,
    questions: int | None = None,
) -> Exercises:
    """`count` variants that ask for what `hide` says (kinds or names; default: all), about all or some samples.

    `questions`: the number of questions, the same ones in each variant; the seed chooses which.

    Errors: OptionError for a worksheet too large to be worked by hand, and for options that cannot be met.
    """
    check_range("count", count, 1, MOST_VARIANTS)
    check_range("digits", digits, 2, 12)
    if seed < 0:
        raise OptionError(f"seed must be a whole number from 0, received {seed}.")
    sheet = _prepare_sheet(worksheet, samples)
    asked = list_questions(sheet, hide, questions, seed)
    seen, told = {_pack_numbers(sheet)}, set[tuple[str, ...]]()
    variants: list[Variant] = []
    title = worksheet.title or "Backpropagation"
    for number in range(1, count + 1):
        named = replace(
            sheet, title=f"{title}, variant {number}", source=f"backproof exercise, seed {seed}", lessons=()
        )
        variant = _find_best(Variant(number, named, asked, digits), seed, seen, told)
        seen.add(_pack_numbers(variant.worksheet))
        told.add(variant.answers)
        variants.append(variant)
    return Exercises(title, seed, digits, tuple(variants))


def _find_best(like: Variant, seed: int, seen: set[bytes], told: set[tuple[str, ...]]) -> Variant:
    """The first of some draws with which nothing is wrong, or the one with which least is."""
    random = np.random.default_rng([seed, like.number])
    best: tuple[int, Variant] | None = None
    for _ in range(_TRIES):
        variant = replace(like, worksheet=draw_numbers(like.worksheet, random))
        if _pack_numbers(variant.worksheet) in seen:
            continue
        found = count_faults(variant.trace, variant.values)
        if found < 1000:
            found += 5 * (variant.answers in told)
        if best is None or found < best[0]:
            best = found, variant
        if not found:
            break
    if best is None or best[0] >= 1000:
        raise OptionError(
            f"no more than {like.number - 1} different variants of this worksheet were found; "
            "ask for fewer with --count."
        )
    return best[1]


def _prepare_sheet(worksheet: Worksheet, samples: Sequence[int]) -> Worksheet:
    """The worksheet with the chosen samples, without claims, every parameter by name."""
    parameters = worksheet.network.wiring.count
    if remove_dropout(worksheet.network.architecture)[1]:
        raise OptionError("exercises draw fresh numbers, and dropout a mask; leave out dropout in [training].")
    if not worksheet.network.architecture.is_chain:
        raise OptionError(
            "exercises are made of chains of dense layers, this worksheet is a graph of named layers; write its "
            "network with 'units', or with sizes in 'layers'."
        )
    if parameters > MOST_PARAMETERS:
        raise OptionError(
            f"this network has {parameters:,} parameters; exercises are worked by hand, with at most {MOST_PARAMETERS}."
        )
    if parameters == 0:
        raise OptionError("this network has no parameters; there is nothing to vary.")
    sheet = replace(
        worksheet, network=name_parts(worksheet.network), claims=(), aliases={}, document=Document(), warnings=()
    )
    if samples:
        sheet = _choose_samples(sheet, samples)
    if len(sheet.x) > MOST_SAMPLES:
        raise OptionError(
            f"there are {len(sheet.x):,} samples; a person can be given {MOST_SAMPLES}. Choose some with --sample."
        )
    return sheet


def _choose_samples(sheet: Worksheet, samples: Sequence[int]) -> Worksheet:
    for sample in samples:
        check_range("sample", sample, 1, len(sheet.x))
    rows = [sample - 1 for sample in dict.fromkeys(samples)]
    return replace(sheet, x=sheet.x[rows], y=sheet.y[rows], training=replace(sheet.training, batches=()))


def _pack_numbers(sheet: Worksheet) -> bytes:
    arrays = (*sheet.network.parameters.values(), sheet.x, sheet.y)
    return b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
