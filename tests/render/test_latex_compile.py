"""What is rendered as LaTeX compiles, whatever is in it, and no line is longer than the page is wide."""

import shutil
import subprocess

import pytest

from backproof import check
from backproof.checking.mistake import mistakes
from backproof.document import Document, Printed, Table, Worked
from backproof.labels import Labels
from backproof.render import render, render_derivation
from backproof.render.latex_names import escape
from backproof.reports.marking import marking


def compile_(source, folder):
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    (folder / "report.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "report.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
    return done.returncode, (folder / "report.log").read_text(encoding="latin-1")


@pytest.mark.parametrize("notation", ["article", "goodfellow"])
def test_a_hostile_document_compiles_within_its_margins(nasty, tmp_path, notation):
    code, log = compile_(render(nasty, "latex", notation=notation, digits=9), tmp_path)
    assert code == 0, log[-3000:]
    assert "Overfull" not in log
    assert "Missing character" not in log


def test_a_document_compiles(document, tmp_path):
    code, log = compile_(render(document, "latex"), tmp_path)
    assert code == 0, log[-3000:]
    assert "Overfull" not in log


@pytest.mark.parametrize("hostile", [False, True])
def test_a_fragment_compiles_as_display_math(derivation, nasty, tmp_path, hostile):
    derivation = (
        next(block.derivation for block in nasty.blocks if isinstance(block, Worked)) if hostile else derivation
    )
    frame = r"\documentclass{article}\usepackage{amsmath,amssymb}\begin{document}\[%s\]\end{document}"
    code, log = compile_(frame % render_derivation(derivation, "latex"), tmp_path)
    assert code == 0, log[-3000:]


@pytest.mark.parametrize("name", ["or_article", "mazur"])
def test_a_check_compiles_with_its_table_in_one_piece(name, tmp_path):
    source = render(marking(check(name)), "latex")
    assert source.count(r"\textbf{no.}") == 1
    code, log = compile_(source, tmp_path)
    assert code == 0, log[-3000:]
    assert "Overfull" not in log


def test_formulas_in_tables_are_as_large_as_elsewhere():
    source = render(marking(check("or_article")), "latex")
    rows = [line for line in source.splitlines() if line.endswith((r"\\", r"\\[6pt]")) and r"\frac" in line]
    assert rows
    assert all(r"\displaystyle" in row and row.endswith("[6pt]") for row in rows)


@pytest.mark.parametrize("word", sorted(mistakes.names()))
def test_the_name_of_a_mistake_is_broken_after_its_signs_only(word):
    parts = escape(word).split(r"\allowbreak{}")
    assert "".join(parts).replace("\\", "") == word
    assert all(part.endswith("_") for part in parts[:-1])


@pytest.mark.parametrize("printed", [False, True])
def test_numbers_of_a_column_stand_with_one_decimal_point_below_the_other(tmp_path, printed):
    numbers = [0.5, -12.25, 3.0, 5.28699e-6, -1.5e-12, 1234.5]
    rows = tuple(("a", Printed(f"{each:g}") if printed else each) for each in numbers)
    source = render(Document("t", (Table(("name", "value"), rows, "numbers"),), Labels()), "latex")
    cells = [line for line in source.splitlines() if line.startswith("a & ")]
    assert len({line.split("}{")[-1] for line in cells}) == 1
    code, log = compile_(source, tmp_path)
    assert code == 0, log[-3000:]
    assert "Overfull" not in log
