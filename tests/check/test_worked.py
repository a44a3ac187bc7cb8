"""Published workings: each claim's verdict, and the mistake behind what is wrong, as people established them."""

from collections import Counter
from pathlib import Path

import pytest

from backproof.checking.claims import examine
from backproof.worksheet import load

CASES = sorted((Path(__file__).parents[1] / "worked" / "cases").glob("*.toml"))
#: Slips that nobody can name from a worksheet alone.
NAMELESS = {
    "arithmetic_slip", "forward_pass_inconsistent", "hidden_contribution_missing", "misread_input", "state_not_reset",
    "unexplained",
}  # fmt: skip


@pytest.fixture(scope="module")
def works():
    return [work for case in CASES for work in examine(load(case)).works]


def test_there_are_cases():
    assert len(CASES) >= 25


def test_soundness_is_as_expected_for_every_claim(works):
    sound = ("right", "rounded")
    differing = [
        (work.claim.of, work.printed, work.verdict)
        for work in works
        if (work.verdict in sound) != (work.claim.expected["verdict"] in sound)
    ]
    assert differing == []


def test_exact_verdicts(works):
    same = Counter(work.verdict == work.claim.expected["verdict"] for work in works)
    assert same[True] >= 0.97 * len(works)


def test_the_expected_mistake_comes_first(works):
    named = Counter()
    for work in works:
        expected = work.claim.expected.get("mistake", [])
        expected = [expected] if isinstance(expected, str) else expected
        nameable = any(part not in NAMELESS for each in expected for part in each.split("+"))
        if work.verdict == "wrong" and nameable:
            named[bool(work.mistakes) and work.mistakes[0].id in expected] += 1
    assert named[True] >= 0.95 * sum(named.values())


def test_every_named_mistake_gives_the_printed_digits(works):
    for work in works:
        assert all(work.fits(each.gives) for each in work.mistakes)
        assert all(0 <= each.chance <= 1 for each in work.mistakes)


def test_carried_claims_say_where_from(works):
    for work in works:
        assert bool(work.carried_from) == (work.verdict == "carried")
        assert all(each.number < work.number and each.verdict in ("wrong", "carried") for each in work.carried_from)
