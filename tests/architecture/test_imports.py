"""What may import what: NumPy is enough for every verb, and nothing below the command line knows of a terminal."""

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from pkgutil import iter_modules

import pytest

import backproof

SOURCE = Path(backproof.__file__).parent
ROOT = SOURCE.parent.parent
HEAVY = (
    "jax", "jaxlib", "sklearn", "torch", "pandas", "scipy", "sympy", "matplotlib", "pyarrow", "narwhals", "polars",
    "onnx",
)  # fmt: skip
BLOCK = f"""
import sys
for name in {HEAVY!r}:
    sys.modules[name] = None
"""
VERBS = [line.split() for line in (
    "demo --epochs 3", "explain or", "explain mazur -o a.html", "train or --epochs 3", "check or_article", "examples",
    "examples xor", "new", "completion bash", "--version", "--help",
)]  # fmt: skip


def python(code, folder, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("arguments", VERBS, ids=" ".join)
def test_every_verb_runs_on_numpy_alone(tmp_path, arguments):
    ran = python(f"{BLOCK}\nfrom backproof.cli import main\nmain()", tmp_path, *arguments)
    assert ran.returncode == (1 if arguments[0] == "check" else 0), ran.stderr
    assert ran.stdout or list(tmp_path.iterdir())


def test_data_is_trained_on_and_predicted_on_numpy_alone(tmp_path):
    rows = "".join(f"{n},{n % 7},{'xy'[n % 2]}\n" for n in range(40))
    (tmp_path / "data.csv").write_text(f"a,b,c\n{rows}")
    code = f"{BLOCK}\nfrom backproof.cli import main\nmain()"
    trained = python(code, tmp_path, "train", "data.csv", "--target", "c", "--epochs", "3")
    assert trained.returncode == 0, trained.stderr
    assert trained.stderr.count("pip install 'backproof[train]'") == 1
    several = python(code, tmp_path, "train", "data.csv", "--target", "c", "--processes", "2", "-o", "several")
    assert (several.returncode, several.stderr.count("\n")) == (2, 1)
    assert "needs jax: pip install 'backproof[train]'" in several.stderr
    predicted = python(code, tmp_path, "predict", "data-run", "data.csv")
    assert (predicted.returncode, len(predicted.stdout.splitlines())) == (0, 41)


def test_everything_can_be_imported_on_numpy_alone(tmp_path):
    with_jax = ("lanes.py", "zero_copy.py", "micro_batches.py", "exchange.py")
    apart = ("__main__.py", *with_jax, "onnx.py", "sklearn.py", "torch.py")
    names = [module(path) for path in sorted(SOURCE.rglob("*.py"))
             if path.name not in apart and "interop" not in path.parts]  # fmt: skip
    ran = python(f"{BLOCK}\nfrom importlib import import_module\nfor name in {names!r}: import_module(name)", tmp_path)
    assert ran.returncode == 0, ran.stderr


def test_the_package_itself_loads_next_to_nothing(tmp_path):
    ran = python("import backproof, sys; print(*sorted(sys.modules))", tmp_path)
    loaded = set(ran.stdout.split())
    assert not loaded & {"numpy", "click", "rich", *HEAVY}
    assert {name for name in loaded if name.startswith("backproof.")} == set()


def test_help_is_quick_because_it_loads_no_more_than_it_needs(tmp_path):
    ran = python("import backproof.cli, sys; print(*sys.modules)", tmp_path)
    assert not set(ran.stdout.split()) & {"numpy", "rich", "safetensors"}


#: Rooms that a verb does not need, by the arguments with which it is called.
UNNEEDED = {
    "explain or --of dE/dw1": (
        "graph", "paths", "reports.matrices", "operations.initialiser", "worksheet.writer", "worksheet.layers",
        "worksheet.weights", "worksheet.lines", "worksheet.claims_section", "data", "train", "checking", "exercises",
    ),
    "train data.csv --target c --epochs 1": ("worksheet", "examples", "paths", "checking", "exercises"),
}  # fmt: skip


@pytest.mark.parametrize("arguments", UNNEEDED)
def test_a_verb_imports_no_room_that_it_does_not_need(tmp_path, arguments):
    (tmp_path / "data.csv").write_text("a,b,c\n" + "".join(f"{n},{n % 7},{'xy'[n % 2]}\n" for n in range(40)))
    code = "import sys\nfrom backproof.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    ran = python(code, tmp_path, *arguments.split())
    assert ran.returncode == 0, ran.stderr
    rooms = {f"backproof.{room}" for room in UNNEEDED[arguments]}
    assert not rooms & set(ran.stderr.split())


def test_a_shown_name_is_a_name_that_works():
    for name in backproof.__all__:
        assert getattr(backproof, name) is not None
        assert name in dir(backproof)
    with pytest.raises(AttributeError, match="nothing_such"):
        backproof.nothing_such  # noqa: B018


def module(path):
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path):
    """Every package that a file imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name.split(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_the_command_line_knows_a_terminal_and_nothing_knows_more_than_is_installed(path):
    allowed = {"backproof", "numpy", "safetensors", *sys.stdlib_module_names}
    first = path.relative_to(SOURCE).parts[0]
    if first == "cli":
        allowed |= {"click", "rich"}
    if first == "interop":
        allowed |= {
            "sklearn",
            "scipy",
            "skrub",
            "torch",
            "onnx",
            "google",
            "starlette",
            "uvicorn",
            "anywidget",
            "traitlets",
        }
    if first in ("train", "diagnose"):
        allowed |= {"jax", "matplotlib"}
    if "tabular" in path.parts:
        allowed |= {"sklearn"}
    if first == "data":
        allowed |= {"pyarrow", "narwhals", "pandas", "skrub", "sklearn"}
    if "documents" in path.parts:
        allowed |= {"markdown_it", "nbformat", "pylatexenc"}
    assert set(imported(path)) <= allowed


FORBIDDEN = {"eval", "exec", "compile", "__import__"}


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_is_evaluated_or_unpickled(path):
    tree = ast.parse(path.read_text("utf-8"))
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & FORBIDDEN
    assert not set(imported(path)) & {"pickle", "marshal", "shelve", "dill", "joblib"}
    assert "allow_pickle" not in path.read_text("utf-8")


def test_numpy_is_enough_for_every_room_below_the_command_line():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (listed,) = (each["source_modules"] for each in contracts if each["name"].startswith("Below the command line"))
    rooms = {f"backproof.{module.name}" for module in iter_modules([str(SOURCE)])}
    assert len(listed) == len(set(listed))
    assert set(listed) == rooms - {
        "backproof.cli",
        "backproof.__main__",
        "backproof.interop",
        "backproof.onnx",
        "backproof.sklearn",
        "backproof.torch",
    }


def test_the_contracts_of_the_house_hold():
    tool = Path(sys.executable).parent / "lint-imports"
    command = str(tool) if tool.exists() else shutil.which("lint-imports")
    if command is None:
        pytest.skip("import-linter is not installed")
    ran = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout
