"""A worksheet drafted from a document: run on it, the document is judged as by its own worksheet."""

import pytest
from click.testing import CliRunner

from backproof.checking.claims import check
from backproof.checking.draft import draft_worksheet
from backproof.cli.new import command
from backproof.errors import BackproofError, WorksheetError
from backproof.worksheet import loads
from documents.measure import accusations, write_document
from documents.reading import SEED
from documents.styles import STYLES

#: Styles whose documents show the weighted sums in letters and figures, or the numbers as given.
WHOLE = ["displays", "chains_across_displays", "align_with_tags", "eqnarray", "inline_sentences", "lettered_list",
         "decimal_commas", "unicode_letters", "h_and_z_by_definition", "sums_s", "bare_units", "samples_by_headings",
         "samples_by_inputs", "latex_article", "list_of_code_spans", "notebook"]  # fmt: skip


@pytest.mark.parametrize("style", WHOLE)
def test_a_document_is_judged_by_the_worksheet_drafted_from_it(style, tmp_path):
    assert style in STYLES
    for seed in (0, 1, 2):
        _, document, _, _ = write_document(style, seed)
        path = tmp_path / f"work{document.suffix}"
        path.write_text(document.text, encoding="utf-8")
        report = check(path, network=loads(draft_worksheet(path)))
        assert accusations(report) == []
        assert len(report.claims) >= 0.8 * len(document.numbers)


DOCUMENT = """
We have x1 = 0.05, x2 = 0.1, w1 = 0.15, w2 = 0.2, b1 = 0.35 and the target t = 0.01; the learning rate is 0.5.

z1 = w1*x1 + w2*x2 + b1

a1 = tanh(z1)

E = (t - a1)^2
"""


def test_a_draft_says_what_it_took_from_where():
    text = draft_worksheet(DOCUMENT)
    sheet = loads(text)
    assert [each.name for each in sheet.network.activations] == ["tanh"]
    assert sheet.network.cost.name == "squared_error"
    assert sheet.training.rate == 0.5
    assert sheet.x.tolist() == [[0.05, 0.1]]
    assert "line 2, column" in text
    assert "MISSING" not in text.partition("\n")[2]


def test_what_is_missing_is_not_made_up():
    text = draft_worksheet(DOCUMENT.replace("w2 = 0.2, ", ""))
    assert 'value = "MISSING"' in text
    with pytest.raises(WorksheetError, match="MISSING"):
        loads(text)


def test_units_are_called_as_the_document_writes_its_sums():
    text = DOCUMENT.replace("z1", "h_1").replace("a1", "a_1")
    assert 'units = [["x1", "x2"], ["h1"]]' in draft_worksheet(text)


@pytest.mark.parametrize("text", ["Nothing here = 3\n", "a = b\n", "z1 = 3\n", "$$" * 500 + "\n"])
def test_a_document_without_a_network_is_one_error(text):
    with pytest.raises(BackproofError) as caught:
        draft_worksheet(text)
    assert "\n" not in str(caught.value)


def test_the_command_line_writes_a_draft(tmp_path):
    (tmp_path / "notes.md").write_text(DOCUMENT)
    out = tmp_path / "my.toml"
    ran = CliRunner().invoke(command, ["--from", str(tmp_path / "notes.md"), "-o", str(out)])
    assert ran.exit_code == 0
    assert "check" in ran.output
    assert loads(out.read_text()).training.rate == 0.5


@pytest.mark.skipif(not SEED.is_dir(), reason="the article is not part of the repository")
def test_the_article_gives_a_draft_with_gaps():
    text = draft_worksheet(next(iter(SEED.glob("*.txt"))))
    assert "half_squared_error" in text
    assert "MISSING" in text
