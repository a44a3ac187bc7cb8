"""The notebook runs from top to bottom, says what it says when stored, and ends with a gate that works."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
for kernel_needs in ("ipykernel", "matplotlib"):
    pytest.importorskip(kernel_needs)

NOTEBOOK = Path(__file__).parent.parent / "examples" / "or_gate.ipynb"

#: Run after the last cell: the answers of the network that the notebook trained.
ANSWERS = "import json; print(json.dumps(history.network.predict(gate.x)[:, 0].tolist()))"


@pytest.fixture(scope="module")
def stored() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def executed(stored: Any) -> Any:
    """The same cells without outputs, run in a fresh kernel; a cell that fails raises here."""
    fresh = copy.deepcopy(stored)
    for cell in _code(fresh):
        cell.outputs, cell.execution_count = [], None
    fresh.cells.append(nbformat.v4.new_code_cell(ANSWERS))
    nbclient.NotebookClient(fresh, timeout=60, kernel_name="python3", record_timing=False).execute()
    return fresh


def _code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _printed(cell: Any, name: str = "stdout") -> str:
    return "".join(out.text for out in cell.outputs if out.output_type == "stream" and out.name == name)


def _shown(cell: Any) -> list[tuple[str, ...]]:
    """The kinds of data that a cell shows."""
    return [tuple(sorted(out.data)) for out in cell.outputs if "data" in out]


def test_no_cell_warns(executed: Any) -> None:
    assert [_printed(cell, "stderr") for cell in _code(executed)] == [""] * len(_code(executed))


def test_trained_network_is_an_or_gate(executed: Any) -> None:
    answers = json.loads(_printed(executed.cells[-1]))
    assert answers[0] < 0.1
    assert min(answers[1:]) > 0.9


def test_stored_outputs_are_those_of_a_run(stored: Any, executed: Any) -> None:
    """What is printed stands in the file; else `jupyter execute --inplace examples/or_gate.ipynb`, and look at it.

    Pictures and derivations have to be there, but may look otherwise: fonts and styles are not the notebook's.
    """
    for number, (before, after) in enumerate(zip(_code(stored), _code(executed), strict=False), start=1):
        assert before.execution_count == number
        assert _printed(before) == _printed(after)
        assert _shown(before) == _shown(after)


def test_derivations_show_themselves(executed: Any) -> None:
    shown = [out.data for cell in _code(executed) for out in cell.outputs if "text/latex" in out.get("data", {})]
    assert len(shown) == 2
    for data in shown:
        assert "<math" in data["text/html"]
        assert data["text/latex"].startswith("$$\n")
        assert "$" in data["text/markdown"]


def test_notebook_is_small_and_says_nothing_of_the_machine(stored: Any) -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(text) < 400_000
    assert re.search(r"/(home|Users|root|tmp|work)/", text) is None
    assert set(stored.metadata) == {"kernelspec", "language_info"}
