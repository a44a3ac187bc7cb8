"""No file but `quantity.py` and those of the numbers of an update look at the letters of a quantity's role."""

import ast
from pathlib import Path

import pytest

import backproof

ROOT = Path(backproof.__file__).parent
#: `role` is also what an array of parameters is to its layer.
OF_ARRAYS = {"block", "use"}
#: What numbers an update has is said here, one case each: their values, their formulas, their words.
OF_UPDATES = {"quantity.py", "update.py", "sentences.py"}
FILES = [
    path
    for path in sorted(ROOT.rglob("*.py"))
    if path.name not in OF_UPDATES and "checking/documents" not in path.as_posix()
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_asks_for_the_role_of_a_quantity(path):
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    asked = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr == "role"]
    found = [ast.unparse(node) for node in asked if ast.unparse(node.value) not in OF_ARRAYS]
    assert not found
