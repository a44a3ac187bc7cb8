"""What is written about the code: docstrings everywhere, files of a size that can be read, commands that exist."""

import ast
import re
import shlex
from pathlib import Path

import pytest

import backproof
from backproof.cli import Verbs
from backproof.cli import backproof as group

SOURCE = Path(backproof.__file__).parent
ROOT = SOURCE.parent.parent
FILES = sorted(SOURCE.rglob("*.py"))
#: Its methods are described once, by the abstract class or by click.
DESCRIBED_ABOVE = {
    "operations", "custom.py", "expression.py", "wiring.py", "cli", "checking", "render", "engines", "callbacks",
    "callbacks.py", "source.py", "option.py", "options.py", "config.py",
}  # fmt: skip


def name(path):
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_file_class_and_function_has_a_docstring(path):
    tree = ast.parse(path.read_text("utf-8"))
    missing = [] if ast.get_docstring(tree) or path.stat().st_size == 0 else ["the file"]
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            missing += [] if ast.get_docstring(node) else [node.name]
        if isinstance(node, ast.ClassDef) and not DESCRIBED_ABOVE.intersection(path.relative_to(SOURCE).parts):
            public = [each for each in node.body if isinstance(each, ast.FunctionDef) and not each.name.startswith("_")]
            missing += [f"{node.name}.{each.name}" for each in public if not ast.get_docstring(each)]
    assert not missing


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_file_is_longer_than_can_be_read(path):
    assert len(path.read_text("utf-8").splitlines()) <= 500


@pytest.mark.parametrize("path", FILES, ids=name)
def test_identifiers_are_ascii(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        named = getattr(node, "id", None) or getattr(node, "name", None) or getattr(node, "arg", None)
        assert not isinstance(named, str) or named.isascii()


def commands(text):
    """Every line of a document's blocks of code that calls backproof."""
    for block in re.findall(r"```(?:sh|bash|console|\{shell\})\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            found = re.search(r"(?:^|&& |bin/)(backproof .*?)(?:#|&&|$)", line.strip())
            if found:
                yield found[1].strip()


DOCUMENTS = [
    *(path for path in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md") if (ROOT / path).exists()),
    *(str(path.relative_to(ROOT)) for folder in (".", "learn", "how", "why", "reference", "examples")
      for path in sorted((ROOT / "docs" / folder).glob("*.md"))),
]  # fmt: skip
#: Documents whose Python is run; that of CONTRIBUTING.md is copied into the package by another test.
RUN = [path for path in DOCUMENTS if path == "README.md" or path.startswith("docs/")]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_in_documents_exist(document):
    for line in commands((ROOT / document).read_text("utf-8")):
        verb, *arguments = shlex.split(line)[1:]
        assert verb in Verbs().list_commands(None), line
        command = group.get_command(None, verb)
        known = {option for parameter in command.params for option in parameter.opts}
        assert {each for each in arguments if re.match(r"-\D", each)} <= known, line


def test_the_readme_names_every_verb_that_computes():
    text = (ROOT / "README.md").read_text("utf-8")
    for verb in ("demo", "explain", "train", "examples", "new"):
        assert f"backproof {verb}" in text


@pytest.mark.parametrize("document", RUN)
def test_the_python_of_a_document_runs_by_itself(document, own_activations, tmp_path, monkeypatch):
    if document == "docs/pytorch.md":
        pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)  # it saves a network where it stands
    names: dict = {}
    for block in re.findall(r"```python\n(.*?)```", (ROOT / document).read_text("utf-8"), re.DOTALL):
        exec(block.replace("epochs=2000", "epochs=5"), names)  # it is our own file


def test_the_readme_is_short_and_opens_with_a_small_picture_and_the_two_commands():
    text = (ROOT / "README.md").read_text("utf-8")
    first, *_ = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert (ROOT / first).stat().st_size < 100_000
    assert text.index(first) < text.index("backproof demo") < text.index("backproof play or") < text.index("\n## ")
    assert len(text.splitlines()) <= 150


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_in_documents_lead_somewhere(document):
    place = (ROOT / document).parent
    made = re.compile(r"docs/reference/\w+/\w+\.md")  # with the site, whose build follows these links
    for target in re.findall(r"\]\(([^)#\s]+)\)", (ROOT / document).read_text("utf-8")):
        if not target.startswith("https://"):
            path = (place / target).resolve()
            assert path.exists() or made.fullmatch(path.relative_to(ROOT).as_posix()), target


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_in_documents_exist(document):
    for path in re.findall(
        r"(?<![\w/.])((?:src|tests|examples|benchmarks)/[\w/.-]*\w)", (ROOT / document).read_text("utf-8")
    ):
        assert (ROOT / path).exists(), path
