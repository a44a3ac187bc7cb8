"""Workings that people published, each number known by an independent computation to be right: so says the trace."""

from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from backproof import examples, names, trace
from backproof.worksheet import Claim, Worksheet, load

CASES = [*sorted((Path(__file__).parent / "cases").glob("*.toml")), *examples.names()]


def agrees(printed: str, truth: float) -> bool:
    """Whether the truth, within float noise, is rounded (either way) or cut to the printed digits."""
    written = Decimal(printed)
    place = Decimal(1).scaleb(written.as_tuple().exponent)
    around = [Decimal(truth) * (1 + Decimal(noise) * Decimal("1e-12")) for noise in (-1, 0, 1)]
    modes = (ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_DOWN)
    return any(each.quantize(place, mode) == written for each in around for mode in modes)


def right(sheet: Worksheet) -> list[Claim]:
    return [claim for claim in sheet.claims if claim.expected.get("verdict") == "right"]


@pytest.mark.parametrize("source", CASES, ids=lambda source: getattr(source, "stem", source))
def test_case(source):
    sheet = load(source)
    for claim in sheet.claims:
        names.parse_name(claim.of, sheet.network)
    last = max((claim.step for claim in right(sheet)), default=0)
    steps = trace.trace_steps(sheet.network, sheet.x, sheet.y, sheet.training)
    traces = {one.step: one for one in (next(steps) for _ in range(last))}
    off = [
        (claim.of, claim.value, truth)
        for claim in right(sheet)
        if not agrees(claim.value, truth := traces[claim.step].of_sample(claim.sample)[claim.of])
    ]
    assert off == []


def test_the_cases_hold_right_claims():
    assert sum(len(right(load(case))) for case in CASES) > 300
