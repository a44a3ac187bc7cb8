"""The files that CONTRIBUTING.md shows are complete: put into a copy of the package, each of them works."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import backproof

GUIDE = Path(__file__).parents[2] / "CONTRIBUTING.md"
SHEET = """
title = "A guide"
[network]
inputs = 2
cost = "quartic_error"
layers = [
  {name = "s", kind = "halve", activation = "square"},
  {name = "o", kind = "dense", units = 1},
]
initialiser = {name = "constant", value = 0.5}
[data]
inputs = [[2, 4]]
targets = [[2]]
[training]
learning_rate = 0.125
optimizer = "sign_descent"
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package with the files of the guide in it."""
    if not GUIDE.exists():
        pytest.skip("CONTRIBUTING.md stands beside the sources only")
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(Path(backproof.__file__).parent, folder / "backproof", ignore=shutil.ignore_patterns("__pycache__"))
    blocks = re.findall(r"```python\n# (\S+)\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 7
    for name, text in blocks:
        assert not (folder / "backproof" / name).exists()
        (folder / "backproof" / name).write_text(text)
    (folder / "guide.toml").write_text(SHEET)
    return folder


def run(package, *arguments, code=0):
    ran = subprocess.run(
        [sys.executable, "-m", "backproof", *arguments], cwd=package, env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.returncode == code, ran.stderr
    return ran.stdout


def test_activation_cost_layer_optimiser_and_renderer(package):
    # h of s is (1, 2), a is (1, 4), a of o is 2.5, dE/da = -4 (2 - 2.5)^3 = 0.5
    numbers = {"a[s[1]]": 4, "dE/do.weight[1,0]": 2, "dE/da[x[1]]": 0.5, "new o.bias[0]": -0.125}
    for name, value in numbers.items():
        shown = run(package, "explain", "guide.toml", "--of", name, "--format", "titles")
        assert shown == "A guide\n"
        derivations = json.loads(run(package, "explain", "guide.toml", "--of", name, "--format", "json"))["derivations"]
        assert derivations[0]["value"] == pytest.approx(value)


def test_shorthand(package):
    layers = SHEET[SHEET.index("  {name = ") : SHEET.index("]\ninitialiser")]
    sheet = SHEET.replace(layers, '  {name = "t", kind = "twice"},\n').replace("targets = [[2]]", "targets = [[2, 3]]")
    (package / "twice.toml").write_text(sheet)
    shown = run(package, "explain", "twice.toml", "--of", "dE/dt.first.weight[0,0]", "--format", "json")
    (derivation,) = json.loads(shown)["derivations"]
    assert derivation["value"] == pytest.approx(derivation["estimate"])


def test_mistake(package):
    (package / "claim.toml").write_text(f'{SHEET}[[claims]]\nof = "delta[o[0]]"\nvalue = "1.500000"\n')
    (claim,) = json.loads(run(package, "check", "claim.toml", "--format", "json", code=1))["claims"]
    assert "thrice" in [each["id"] for each in claim["mistakes"]]


def test_training(package):
    assert "What the network answers" in run(package, "train", "guide.toml", "--epochs", "3")
