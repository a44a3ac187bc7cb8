"""Documents that nobody would write: broken at random places, they are read without a fault of the reader."""

import pytest

from backproof.checking.documents import read_document
from documents.mutations import fuzz
from documents.reading import sheet


def test_numbers_beyond_all_measure_are_read_without_a_fault():
    for number in ("5e-12345678901234567890", "5e99999", "1e400", "-0.5e-99999", "0." + "1" * 390, "1" * 500):
        text = f"a_1 = w_5 i_1 = {number}*{number} = {number}, delta_o w_5 = {number}\n| w5 | {number} |\n"
        read_document(text, sheet())


def test_what_has_no_value_and_targets_of_hidden_layers_are_listed():
    for text in (
        "q = 1/0 = 0",
        "h_1 = 1/0 = 2",
        "y^{(1)} = [0.5, 0.6]",
        "y1 = [0.5, 0.6]",
        "t^{(1)} = [1, 0]\na_1 = 0.65",
    ):
        assert read_document(text + "\n", sheet()).unread


@pytest.mark.parametrize("seed", [1, 2])
def test_broken_documents_and_claims_are_answered_without_a_fault(seed):
    faults, _ = fuzz(250, seed)
    assert faults == []
