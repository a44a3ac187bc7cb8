"""Documents that nobody would write: broken at random places, they are read without a fault of the reader."""

import random

from backproof.checking.documents import read_document
from backproof.errors import BackproofError
from documents.measure import write_document
from documents.reading import sheet
from documents.styles import STYLES
from documents.test_sources import PARTS

MORE = [
    *PARTS, "[", "0.5 ", r"\begin{bmatrix}", r"\end{bmatrix}", r"\begin{cases}", r"\begin{array}{c}", "& ", "| ",
    "|---|---|\n", "# Sample 2\n", "## Iteration 3\n", "x = (0, 1)", "W1 = [[0.1, 0.2]]", "new ", "`", "**", r"\boxed{",
    r"\tag{1}", "⇒", "→", "𝑤", "₁²", "E^{", "^{(2)}", "δ", "Σ", "1/0", "10^400", "1e-320", "\x1b[31m", "np.array(",
    "the gradient of ", "is 0.3", r"\hline", r"\begin{tabular}{ll}", r"\end{tabular}", "- ", "1. ", "> ", "\u202e",
]  # fmt: skip


def break_text(text, chance):
    """A text with parts left out, doubled and put in at random places."""
    for _ in range(chance.randint(1, 8)):
        at, kind = chance.randrange(len(text) + 1), chance.random()
        if kind < 0.4:
            text = text[:at] + chance.choice(MORE) + text[at:]
        elif kind < 0.7:
            text = text[:at] + text[at + chance.randint(1, 12) :]
        else:
            start = chance.randrange(len(text) + 1)
            text = text[:at] + text[start : start + chance.randint(1, 40)] + text[at:]
    return text


def fuzz(tries, seed=1):
    """Read broken documents; a BackproofError is an answer, anything else a fault."""
    chance = random.Random(seed)
    documents = [(made[0], made[1].text) for made in (write_document(name, 0) for name in STYLES)]
    for number in range(tries):
        if number % 2:
            worksheet, text = sheet(), "".join(chance.choice(MORE) for _ in range(chance.randint(1, 60)))
        else:
            worksheet, text = chance.choice(documents)
            text = break_text(text, chance)
        try:
            read_document(text + "\n", worksheet)
        except BackproofError:
            continue


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


def test_broken_documents_are_read_without_a_fault():
    fuzz(500)
