"""A mistake is whole in its own file: nothing else knows it by name."""

import ast
from pathlib import Path

import pytest

import backproof
from backproof.checking.mistake import mistakes

SOURCE = Path(backproof.__file__).parent
HOME = SOURCE / "checking" / "mistakes"
ELSEWHERE = sorted(path for path in SOURCE.rglob("*.py") if HOME not in path.parents)


def literals(path):
    """Every string in a file's code, docstrings and f-strings included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("path", ELSEWHERE, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_mistake_is_named_outside_its_file(path):
    assert [(id, text) for text in literals(path) for id in mistakes.names() if id in text] == []


@pytest.mark.parametrize("path", sorted(HOME.glob("*.py")), ids=lambda path: path.stem)
def test_a_mistake_does_not_know_another_one_by_its_name(path):
    assert not {id for text in literals(path) for id in mistakes.names() if id in text}
