"""Checking sheets: how many verdicts and names are right on random ones, how long many wrong claims take, and fuzz."""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from backproof import check
from backproof.checking.claims import examine
from backproof.errors import BackproofError
from backproof.worksheet import Claim, Worksheet, loads
from benchmarks.figure import Figure, seconds

sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1] / "tests" / "check")]

from test_extreme_numbers import NUMBERS, PRINTED, sheet  # noqa: E402
from test_slips import sheet as drawn_sheet  # noqa: E402
from test_slips import working_order  # noqa: E402

from sheets import random_sheet  # noqa: E402 - the tests' own generator

SHEETS, TRIES = 150, 20_000


def figures() -> Iterator[Figure]:
    for slips in (1, 2):
        for whole in (True, False):
            yield from _random_sheets(slips, whole=whole)
    yield from _speed()
    yield _fuzz()


def _random_sheets(slips: int, *, whole: bool) -> Iterator[Figure]:
    """Verdicts, first mistakes and accusations on sheets of a person with that number of slips."""
    rng, counts = np.random.default_rng(slips), Counter[str]()
    for _ in range(SHEETS):
        made = random_sheet(rng, slips=slips, whole=whole)
        for work, expected in zip(examine(made.worksheet).works, made.expected, strict=True):
            verdict = "right" if work.verdict == "rounded" else work.verdict
            counts["judged"] += expected.verdict is not None
            counts["same"] += verdict == expected.verdict
            counts["accused"] += expected.verdict == "right" and verdict in ("wrong", "carried")
            if verdict == expected.verdict == "wrong" and expected.ids:
                counts["nameable"] += 1
                first = work.mistakes[0] if work.mistakes else None
                counts["first"] += first is not None and (
                    not {*first.id.split("+")}.isdisjoint(expected.ids)
                    or math.isclose(first.gives, expected.value, rel_tol=1e-9)
                )
    what = f"{SHEETS} {'whole' if whole else 'partial'} sheets with {slips} slip{'s' if slips > 1 else ''}"
    right, named = counts["same"] / counts["judged"], counts["first"] / counts["nameable"]
    yield Figure(f"{what}: verdicts right", f"{right:.2%} of {counts['judged']}", "98 %", right >= 0.98)
    yield Figure(f"{what}: the slip named first", f"{named:.1%} of {counts['nameable']}", "85 %", named >= 0.85)
    yield Figure(f"{what}: right claims accused", str(counts["accused"]), "0", counts["accused"] == 0)


def _speed() -> Iterator[Figure]:
    rng = np.random.default_rng(0)
    drawn = drawn_sheet(rng, [3, 3, 2])
    names = [quantity.name for quantity in working_order(drawn.network)]
    truth = {name: drawn.trace()[name] or 0.1 for name in names}

    def claims(count: int, wrong: int) -> tuple[Claim, ...]:
        """`count` claims in turn, of which the first `wrong` of every five are wrong."""
        chosen = [names[number % len(names)] for number in range(count)]
        factors = [float(rng.uniform(1.1, 3)) if number % 5 < wrong else 1.0 for number in range(count)]
        return tuple(Claim(name, f"{truth[name] * by:.6f}") for name, by in zip(chosen, factors, strict=True))

    for work, made, most in (
        ("100 claims, 40 of them wrong", claims(100, 2), 5),
        ("400 claims, all wrong and different", claims(400, 5), 10),
        ("800 claims, all wrong and equal", (Claim(names[0], "0.123456"),) * 800, 10),
    ):
        took = seconds(lambda made=made: examine(replace(drawn, claims=made)))
        yield Figure(f"checking {work}", f"{took:.1f} s", f"{most} s", took <= most)


def _fuzz() -> Figure:
    """Worksheets with numbers of any size: a verdict or one message each."""
    draw, failed = random.Random(1), 0
    for _ in range(TRIES):
        try:
            made: Worksheet = loads(sheet(draw, PRINTED, NUMBERS))
            check(made).to_json()
        except BackproofError:
            continue
        except Exception:
            failed += 1
    return Figure(f"{TRIES:,} worksheets with numbers of any size: tracebacks", str(failed), "0", failed == 0)
