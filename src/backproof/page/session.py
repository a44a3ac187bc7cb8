"""What a page that is served asks for while somebody plays with it: steps, derivations, verdicts, edited worksheets.

A question is a plain dictionary as it came over the wire, and holds all edits, so that a session keeps nothing but the
worksheet that was opened and, to be quick, the steps of the last few edited ones.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from backproof.errors import BackproofError, OptionError
from backproof.page.curve import draw_curve
from backproof.page.edits import Edit, apply_edits, follow_edits, list_choices, read_edits
from backproof.page.moment import Table, see
from backproof.page.record import make_record, make_table, write_moment
from backproof.page.turns import judge_answer
from backproof.page.writing import HOLE, Pool, Writer
from backproof.render.text import TextPrinter
from backproof.trace import Trace
from backproof.validate import describe
from backproof.worksheet import Worksheet
from backproof.worksheet.reader import loads
from backproof.worksheet.writer import dumps

#: The last step that can be looked at.
LAST = 10_000
#: Futures that a page shows beside its own, and edited worksheets whose steps are kept.
MOST_FUTURES, KEPT = 5, 8
#: Units and parameters of larger networks cannot be added, so their names are not compared.
MANY = 1000


class Steps:
    """The steps of a worksheet as it was edited, each worked out once: its trace before any number of it was asked for,
    its cost."""

    def __init__(self, sheet: Worksheet, edits: Sequence[Edit] = ()) -> None:
        self.sheet = apply_edits(sheet, (edit for edit in edits if edit.step == 1))
        self.shape = name_shape(self.sheet)
        self._more = follow_edits(sheet, edits)
        self._known: list[tuple[Worksheet, Trace]] = []
        self.costs: list[float] = []

    def trace(self, step: int) -> Trace:
        """The trace of a step. Raise BackproofError where training does not get there."""
        self._follow(step)
        return replace(self._known[step - 1][1])

    def curve(self, last: int) -> list[float]:
        """The cost of every step up to the last, or as far as training goes."""
        try:
            self._follow(last)
        except BackproofError:
            if not self.costs:
                raise
        return self.costs[:last]

    def find_sheet(self, step: int) -> Worksheet:
        """The worksheet that a step is from: the edited one, or where numbers were changed later, one from there on."""
        self._follow(step)
        return self._known[step - 1][0]

    def _follow(self, step: int) -> None:
        while len(self._known) < step:
            sheet, trace = next(self._more)
            self._known.append((sheet, replace(trace)))
            self.costs.append(trace["E"])


class Session:
    """One page that is served, and the worksheet in it."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self._steps: OrderedDict[str, Steps] = OrderedDict()
        self._tables: dict[str, Table] = {}

    def record(self) -> dict[str, Any]:
        """The record of the worksheet as it was opened, its first step alone."""
        return _record(self.sheet)

    def answer(self, question: Any) -> dict[str, Any]:
        """The reply to a question. Raise BackproofError where there is none."""
        known: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "moment": self._answer_moment,
            "derivation": self._answer_derivation,
            "change": self._answer_change,
            "curve": self._answer_curve,
            "answer": self._answer_turn,
            "save": self._answer_save,
            "open": self._answer_open,
        }
        about = question.get("about") if isinstance(question, dict) else None
        if not isinstance(about, str) or about not in known:
            raise OptionError(f"expected a question about one of {', '.join(known)}; received {describe(about)}.")
        return known[about](question)

    def _find_steps(self, given: Any) -> Steps:
        edits = read_edits(given)
        key = json.dumps(edits)
        if key not in self._steps:
            self._steps[key] = Steps(self.sheet, edits)
            while len(self._steps) > KEPT:
                self._steps.popitem(last=False)
        self._steps.move_to_end(key)
        return self._steps[key]

    def _ask_steps(self, question: dict[str, Any]) -> Steps:
        return self._find_steps(question.get("edits", []))

    def _write_moment(self, steps: Steps, step: int) -> dict[str, Any]:
        """The numbers of a step, under the names that the record of its worksheet has."""
        if steps.shape not in self._tables:
            self._tables[steps.shape] = make_table(steps.sheet)
        trace = steps.trace(step)
        return write_moment(trace, self._tables[steps.shape], Pool(), Writer.of(trace), derive=False)

    def _draw_curve(self, question: dict[str, Any]) -> tuple[list[float], dict[str, Any]]:
        """The costs, and their curve beside those of the other futures that the page shows, each a list of edits."""
        last, futures = _read_whole(question, "last"), question.get("futures", [])
        if not isinstance(futures, list) or len(futures) > MOST_FUTURES:
            raise OptionError(f"expected a list of at most {MOST_FUTURES} futures, received {describe(futures)}.")
        others = [self._find_steps(edits).curve(last) for edits in futures]
        costs = self._ask_steps(question).curve(last)
        return costs, draw_curve(costs, TextPrinter(), others)

    def _answer_moment(self, question: dict[str, Any]) -> dict[str, Any]:
        return self._write_moment(self._ask_steps(question), _read_step(question))

    def _answer_derivation(self, question: dict[str, Any]) -> dict[str, Any]:
        trace = see(self._ask_steps(question).trace(_read_step(question)), _read_sample(question) or 0)
        pool, name = Pool(), _read_name(question)
        try:
            lines = Writer.of(trace).write_lines(trace, trace.explain(name), pool)
        except BackproofError:
            return {"lines": []}
        templates = list(pool.templates)
        return {"lines": [[kind, _fill(templates[number], numbers)] for kind, number, *numbers in lines]}

    def _answer_change(self, question: dict[str, Any]) -> dict[str, Any]:
        """The step after an edit, the curve, and the record anew where the edit changed which numbers there are."""
        steps = self._ask_steps(question)
        costs, curve = self._draw_curve(question)
        moment = self._write_moment(steps, min(_read_step(question), len(costs)))
        fresh = {} if question.get("shape", steps.shape) == steps.shape else {"record": _record(steps.sheet)}
        return {"moment": moment, "curve": curve, **fresh}

    def _answer_curve(self, question: dict[str, Any]) -> dict[str, Any]:
        return self._draw_curve(question)[1]

    def _answer_turn(self, question: dict[str, Any]) -> dict[str, Any]:
        steps = self._ask_steps(question)
        value = question.get("value")
        if not isinstance(value, str):
            raise OptionError(f"an answer is a text such as -0.0123, received {describe(value)}.")
        step, sample = _read_step(question), _read_sample(question)
        return {"answer": judge_answer(steps.find_sheet(step), _read_name(question), sample, step, value)}

    def _answer_save(self, question: dict[str, Any]) -> dict[str, Any]:
        return {"text": dumps(self._ask_steps(question).sheet)}

    def _answer_open(self, question: dict[str, Any]) -> dict[str, Any]:
        text = question.get("text")
        if not isinstance(text, str):
            raise OptionError("expected the text of a worksheet.")
        self.sheet = loads(text, None)
        self._steps.clear()
        self._tables.clear()
        return {"opened": True}


def _record(sheet: Worksheet) -> dict[str, Any]:
    return make_record(sheet, served=True) | {"choices": list_choices(sheet), "shape": name_shape(sheet)}


def name_shape(sheet: Worksheet) -> str:
    """What worksheets with the same names of numbers have in common, as one short text."""
    architecture = sheet.network.architecture
    coupled = [layer.activation.coupled for layer in architecture.layers]
    units = [layer.units for layer in architecture.layers if layer.size <= MANY]
    names = list(architecture.wiring.names()) if architecture.wiring.count <= MANY else []
    optimiser = sheet.training.optimiser
    parts = units, names, coupled, len(sheet.x), architecture.cost.needs_target, optimiser.slots, optimiser.searches
    return sha256(repr(parts).encode()).hexdigest()[:16]


def _fill(template: str, numbers: list[str]) -> str:
    return "".join(part + number for part, number in zip(template.split(HOLE), [*numbers, ""], strict=True))


def _read_whole(question: dict[str, Any], key: str) -> int:
    value = question.get(key)
    if type(value) is not int or not 1 <= value <= LAST:
        raise OptionError(f"{key} is a whole number from 1 to {LAST}, received {describe(value)}.")
    return value


def _read_step(question: dict[str, Any]) -> int:
    return _read_whole(question, "step")


def _read_sample(question: dict[str, Any]) -> int | None:
    value = question.get("sample")
    return None if not value else _read_whole(question, "sample")


def _read_name(question: dict[str, Any]) -> str:
    value = question.get("of")
    if not isinstance(value, str) or len(value) > 200:
        raise OptionError(f"the name of a number is a short text such as dE/dw1, received {describe(value)}.")
    return value
