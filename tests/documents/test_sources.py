"""Files of all kinds: notebooks and what they printed, and documents that nobody could read."""

import json
import random
import time

import pytest

from backproof.checking.documents import read_document
from backproof.errors import BackproofError, OptionError
from documents.mutations import PARTS
from documents.reading import FOLDER, claims, read, sheet


def notebook(*cells):
    return json.dumps({"cells": list(cells), "nbformat": 4}, indent=1)


def markdown(*lines):
    return {"cell_type": "markdown", "source": [line + "\n" for line in lines]}


def code(printed):
    return {"cell_type": "code", "source": ["h_1 = 3"], "outputs": [{"output_type": "stream", "text": [printed]}]}


def test_a_notebook(tmp_path):
    path = tmp_path / "work.ipynb"
    result = {
        "cell_type": "code",
        "outputs": [{"output_type": "execute_result", "data": {"text/plain": ["w5 = 0.01"]}}],
    }
    printed = code("a_o:\n[[0.512]\n [0.512]\n [0.513]\n [0.513]]\ndE/db3 = -0.237\n")
    path.write_text(notebook(markdown("# Work", "$a_1 = 0.6457$"), printed, result), encoding="utf-8")
    reading = read_document(path, sheet())
    assert [(c.of, c.value, c.sample, c.where) for c in reading.claims] == [
        ("a[h1]", "0.6457", 2, "cell 1, line 2, column 8"),
        ("a[o]", "0.512", 1, "cell 2, output line 2, column 3"),
        ("a[o]", "0.512", 2, "cell 2, output line 3, column 3"),
        ("a[o]", "0.513", 3, "cell 2, output line 4, column 3"),
        ("a[o]", "0.513", 4, "cell 2, output line 5, column 3"),
        ("dE/db3", "-0.237", 2, "cell 2, output line 6, column 11"),
        ("w5", "0.01", 2, "cell 3, output line 1, column 6"),
    ]


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("W1 = [[0.1 0.2]\n [0.3 0.4]]", [("w1", "0.1"), ("w2", "0.2"), ("w3", "0.3"), ("w4", "0.4")]),
        ("dW2\n[[-0.079]\n [-0.081]]", [("dE/dw5", "-0.079"), ("dE/dw6", "-0.081")]),
        ("b1: [0.5 0.5]", [("b1", "0.5"), ("b2", "0.5")]),
        ("a_hidden: array([[0.646, 0.668]])", [("a[h1]", "0.646"), ("a[h2]", "0.668")]),
        ("delta_output: [[-0.122]]", [("delta[o]", "-0.122")]),
    ],
)
def test_printed_arrays_under_their_labels(printed, expected):
    assert claims(read(notebook(code(printed)))) == expected


def test_arrays_that_do_not_fit_are_listed():
    reading = read(notebook(code("W1: [[1 2 3]]\nmystery: [1 2]\nloss [0.1 0.2 0.3]")))
    assert not reading.claims
    assert len(reading.unread) == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.md", b"\xff\xfe\x00 a_1 = 3"),
        ("b.txt", b"a_1 = 3\n\0"),
        ("c.ipynb", b'{"cells": ['),
        ("d.ipynb", b'{"cells": ' + b"[" * 200_000),
        ("e.ipynb", b"[1, 2]"),
        ("f.ipynb", b'{"cells": [3]}'),
        ("g.md", b"x" * (9 * 2**20)),
    ],
)
def test_what_is_no_document_is_one_error(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BackproofError) as caught:
        read_document(tmp_path / name, sheet())
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_and_options_that_cannot_be_met(tmp_path):
    for document in (tmp_path / "nothing.md", "nothing.md", str(tmp_path), "bad\0name"):
        with pytest.raises(BackproofError):
            read_document(document, sheet())
    for options in ({"sample": 9}, {"step": 0}, {"step": 2}):
        with pytest.raises(OptionError):
            read("a_1 = 1", **options)


def test_lines_may_end_as_on_windows(tmp_path):
    (tmp_path / "a.txt").write_bytes("\ufeffWords.\r\n\r\na_1 = 0.6457\r\n".encode())
    assert read_document(tmp_path / "a.txt", sheet()).claims[0].where == "line 3, column 7"


HARD = [
    "a = " + "{" * 50_000, "a_1 = " + "(" * 50_000 + "1" + ")" * 50_000, "a_1 = " + "\\frac{" * 30_000, "$a " * 30_000,
    "\\begin{equation}" * 20_000, "a_1 = " + "-" * 50_000 + "1", "a_1 = " + "1+" * 20_000 + "1", "=" * 50_000,
    "a_1 = " + "\\sum " * 1000, "a_1 = " + "2^" * 1000 + "2", "a_1 = 9^9^9^9^9 = 3", "a_1 = 9**99999999 = 3",
    "a_1 = " + "1" * 50_000, "a" + "_" * 50_000, "a_1" * 20_000 + " = 1", "a ['" * 20_000, "\\" * 50_000,
    "```\n" * 20_000, "<!--" * 20_000, "dE/" * 20_000, "i_1 and " * 20_000 + "are 1", "b_1 connected " * 5_000,
    "a^{" * 20_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_hard_documents_are_read_in_linear_time(text):
    start = time.perf_counter()
    read(text)
    assert time.perf_counter() - start < 5


def test_broken_writing_never_breaks_the_reader():
    random.seed(1)
    for _ in range(1500):
        read("".join(random.choice(PARTS) for _ in range(random.randint(1, 40))))


def test_the_worksheet_of_the_article_is_sound():
    assert (FOLDER / "article.toml").is_file()
    assert sheet().document.sample == 2
