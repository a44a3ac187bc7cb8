"""What is rendered as LaTeX compiles, whatever is in it, and no line is longer than the page is wide."""

import shutil
import subprocess

import pytest

from backproof.document import Worked
from backproof.render import render, render_derivation

pytestmark = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")


def compile_(source, folder):
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
