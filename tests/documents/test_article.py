"""The article in seed/, the first document: its numbers, its formulas and which of them do not hold."""

from dataclasses import replace

import pytest

from backproof.checking.claims import examine
from backproof.checking.documents import read_document
from documents.reading import SEED, sheet

ARTICLE = next(iter(sorted(SEED.glob("*.txt"))), None) if SEED.is_dir() else None
pytestmark = pytest.mark.skipif(ARTICLE is None, reason="the article is not part of the repository")

NUMBERS = [
    (35, "a[o]", "0.512"), (38, "E", "0.119072"), (42, "dE/da[o]", "-0.488"), (65, "da/dh[o]", "-0.122"),
    (65, "dE/dh[o]", "-0.122"), (79, "a[h1]", "0.69"), (79, "dE/dw5", "-0.084"), (93, "a[h2]", "0.71"),
    (93, "dE/dw6", "-0.087"), (103, "dE/db3", "-0.122"), (174, "delta[o]", "-0.122"), (178, "dE/db3", "-0.122"),
    (180, "dE/dw5", "-0.084"), (182, "dE/dw6", "-0.087"), (184, "dE/dw1", "-0.00122"), (186, "dE/dw2", "-0.00244"),
    (188, "dE/dw3", "0"), (190, "dE/dw4", "0"), (192, "dE/db2", "-0.00122"), (194, "dE/db1", "-0.00244"),
]  # fmt: skip
#: Lines of the formulas and statements that do not hold. The two at the end are counted among the numbers elsewhere:
#: a formula under another quantity's name (174), and the twin of line 192 (194).
WRONG = [31, 91, 125, 137, 142, 148, 150, 152, 154, 162, 166, 170, 174, 192, 194]
HOLD = [23, 25, 29, 55, 57, 61, 72, 75, 77, 86, 89, 99, 101, 115, 119, 121, 128, 132, 134, 146, 159, 200, 202, 212]


@pytest.fixture(scope="module")
def reading():
    return read_document(ARTICLE, sheet())


def line(where):
    return int(where.split()[1].rstrip(","))


def test_every_printed_number_of_a_quantity_is_a_claim(reading):
    found = {(line(claim.where), claim.of, claim.value) for claim in reading.claims}
    assert set(NUMBERS) <= found
    assert {number for number, _, _ in found - set(NUMBERS)} == {31, 63, 174}  # what is given, and a second label


def test_the_formulas_that_do_not_hold_are_found_and_no_others(reading):
    assert sorted({line(each.where) for each in reading.formulas if not each.holds}) == sorted(WRONG)
    assert set(HOLD) <= {line(each.where) for each in reading.formulas if each.holds}


@pytest.mark.parametrize(
    ("number", "mistake"),
    [
        (31, "wrong_sample"), (91, "wrong_index"), (125, "wrong_index"), (137, "wrong_index"),
        (148, "bias_gradient_wrong_unit"), (152, "label_mixup"), (162, "sigma_prime_omitted"),
        (166, "sigma_prime_omitted"), (170, "sigma_prime_omitted"), (174, "label_mixup"),
        (192, "sigma_prime_omitted+wrong_index"),
    ],
)  # fmt: skip
def test_the_mistake_in_a_formula_is_named(reading, number, mistake):
    assert any(mistake in each.mistakes for each in reading.formulas if line(each.where) == number)


def test_its_arithmetic_is_right_and_nothing_is_left_unread(reading):
    assert len(reading.steps) == 8
    assert all(step.right for step in reading.steps)
    assert reading.unread == ()


def test_the_claims_get_the_verdicts_that_they_have_as_a_worksheet(reading):
    works = examine(replace(sheet(), claims=reading.claims)).works
    verdicts = {(line(work.claim.where), work.claim.of): work.verdict for work in works}
    assert verdicts[38, "E"] == "rounded"
    assert (
        verdicts[79, "a[h1]"] == verdicts[93, "a[h2]"] == verdicts[184, "dE/dw1"] == verdicts[65, "da/dh[o]"] == "wrong"
    )
    assert verdicts[79, "dE/dw5"] == verdicts[180, "dE/dw5"] == "carried"
    assert verdicts[65, "dE/dh[o]"] == verdicts[178, "dE/db3"] == "right"
