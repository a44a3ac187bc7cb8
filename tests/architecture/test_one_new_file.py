"""One new thing, one new file: dropped into a copy of the package, it works with no edit anywhere."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import backproof

NEW = {
    "operations/activations/cube.py": '''
from dataclasses import dataclass
from backproof.operations.activation import Elementwise

@dataclass(frozen=True)
class Cube(Elementwise):
    """h^3"""
    letter, meaning, aliases = "psi", "the third power of x", ("cubed",)
    initialiser = "all_alike"
    def formula(self, h):
        return h**3
    def derivative(self, h, a):
        return 3 * h**2
''',
    "operations/layers/doubled.py": '''
from dataclasses import dataclass
from backproof.expression import Number
from backproof.operations.layer import Kind, positions

@dataclass(frozen=True)
class Doubled(Kind):
    """h = 2 a"""
    def infer_shape(self, shapes):
        return shapes[0]
    def forward(self, received, parameters):
        return 2 * received[0]
    def backward(self, delta, received, parameters):
        return (2 * delta,)
    def receivers(self, sender, position, shapes):
        return positions(position)
    def formula(self, position, numbers, shapes):
        return 2 * numbers.activation(0, position)
    def activation_slope(self, position, sender, sent, numbers, shapes, other=None):
        return Number(2)
''',
    "operations/costs/fourth_power_error.py": '''
from dataclasses import dataclass
from backproof.operations.cost import Cost

@dataclass(frozen=True)
class FourthPowerError(Cost):
    """(y - a)^4"""
    aliases = ("quartic",)
    def formula(self, y, a):
        return (y - a) ** 4
    def derivative(self, y, a):
        return -4 * (y - a) ** 3
''',
    "operations/initialisers/all_alike.py": '''
from dataclasses import dataclass
import numpy as np
from backproof.operations.initialiser import Initialiser

@dataclass(frozen=True)
class AllAlike(Initialiser):
    """one number everywhere"""
    value: float = 0.25
    def draw_weights(self, random, fan_in, fan_out):
        return np.full((fan_in, fan_out), self.value)
''',
    "operations/optimisers/sign_descent.py": '''
from dataclasses import dataclass
from backproof.functions import sign
from backproof.operations.optimiser import Optimiser

@dataclass(frozen=True)
class SignDescent(Optimiser):
    """-eta sign(dE/dw)"""
    def change(self, gradient, slots, t, rate):
        return -rate * sign(gradient)
''',
    "operations/optimisers/heavy_ball.py": '''
from dataclasses import dataclass
from backproof.operations.optimiser import Optimiser
from backproof.operations.registry import Letter

@dataclass(frozen=True)
class HeavyBall(Optimiser):
    """u <- u / 2 + g, the step is -eta u"""
    letters = {"push": Letter("u", "half of the push before, and the gradient")}
    @property
    def slots(self):
        return ("push",)
    def advance(self, gradient, slots, t):
        return {"push": slots["push"] / 2 + gradient}
    def change(self, gradient, slots, t, rate):
        return -rate * slots["push"]
''',
    "operations/schedules/halved.py": '''
from dataclasses import dataclass
from backproof.operations.schedule import Schedule

@dataclass(frozen=True)
class Halved(Schedule):
    """1 / 2"""
    def factor(self, t, total):
        return 0.5
''',
    "operations/identities/cube_with_fourth_power_error.py": '''
from dataclasses import dataclass
from backproof.operations.identity import Identity

@dataclass(frozen=True)
class CubeWithFourthPowerError(Identity):
    """(y - h^3)^4"""
    activation, cost = "cube", "fourth_power_error"
    says = "cube with fourth power: delta written out"
    def terms(self, h, y):
        return (y - h**3) ** 4
    def formula(self, h, y, unit):
        return (y - h[unit] ** 3) ** 4
    def delta(self, a, y, total):
        return -12 * (y - a) ** 3 * (a * a) ** (1 / 3)
''',
    "checking/mistakes/seven_times.py": '''
from dataclasses import dataclass
from backproof.checking.mistake import Mistake
from backproof.checking.site import Change

@dataclass(frozen=True)
class SevenTimes(Mistake):
    """The error is taken seven times."""
    def rewrites(self, site):
        if site.form == "dE/dh":
            yield Change(7 * site.formula, "seven times too large")
''',
    "render/targets/shout.py": '''
from dataclasses import dataclass
from backproof.render.target import Target

@dataclass(frozen=True)
class Shout(Target):
    """capital letters"""
    def document(self, document):
        return document.title.upper()
    def derivation(self, derivation):
        return derivation.name.upper()

TARGET = Shout
''',
    "cli/hello.py": '''
import click

@click.command()
def command():
    """Greet."""
    click.echo("hello")
''',
}  # fmt: skip
SHEET = """
title = "new"
[network]
layers = [2, 1]
activations = ["cube"]
cost = "fourth_power_error"
initialiser = {name = "all_alike", value = 0.5}
[data]
inputs = [[1, 2]]
targets = [[3]]
[training]
learning_rate = 0.125
optimizer = "sign_descent"
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package with the new files in it."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(Path(backproof.__file__).parent, folder / "backproof", ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in NEW.items():
        assert not (folder / "backproof" / name).exists()
        (folder / "backproof" / name).write_text(text)
    (folder / "new.toml").write_text(SHEET)
    return folder


def run(package, *arguments, code=0):
    ran = subprocess.run(
        [sys.executable, "-m", "backproof", *arguments], cwd=package, env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.returncode == code, ran.stderr
    return ran.stdout


def test_operations(package):
    code = (
        "import backproof, sys; assert backproof.__file__.startswith(sys.argv[1]); "
        "trace = backproof.load('new.toml').trace(); "
        "print(trace['a[l1.1]'], trace['E'], trace['dE/db[1][l1.1]'], trace['new w[1][x1,l1.1]'])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, str(package)], cwd=package, env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    a = 1.5**3
    numbers = [a, (3 - a) ** 4, -4 * (3 - a) ** 3 * 3 * 1.5**2, 0.5 - 0.125]
    assert [float(each) for each in shown.stdout.split()] == pytest.approx(numbers, rel=1e-12), shown.stderr


def test_a_kind_of_layer(package):
    layers = '[{name = "d", kind = "doubled"}, {name = "o", kind = "dense", units = 1}]'
    graph = SHEET.replace("layers = [2, 1]", f"inputs = 2\nlayers = {layers}").replace('activations = ["cube"]\n', "")
    (package / "graph.toml").write_text(graph.replace("[[3]]", "[[4]]"))
    # a of o is 0.5 (2 * 1 + 2 * 2) = 3, dE/da = -4 (4 - 3)^3 = -4, dE/da of x[0] = -4 * 0.5 * 2
    assert "= −4 " in run(package, "explain", "graph.toml", "--of", "dE/da[x[0]]")
    assert "= 2 " in run(package, "explain", "graph.toml", "--of", "dh[d[0]]/da[x[0]]")


@pytest.mark.parametrize("target", ["text", "markdown", "latex", "html", "json"])
def test_operations_are_explained_in_every_format(package, target):
    assert "3.375" in run(package, "explain", "new.toml", "--of", "a[l1.1]", "--format", target)
    assert run(package, "explain", "new.toml", "--format", target)


def test_an_activation_has_its_own_letter_and_meaning_in_the_legend(package):
    wide = SHEET.replace("layers = [2, 1]", "layers = [2, 30, 1]").replace('["cube"]', '["cube", "cube"]')
    (package / "wide.toml").write_text(wide)
    shown = run(package, "explain", "wide.toml")
    assert "ψ(" in shown
    assert "ψ: the third power of x" in shown


def test_an_optimiser_has_its_own_letter_and_meaning_in_the_legend(package):
    (package / "heavy.toml").write_text(SHEET.replace("sign_descent", "heavy_ball"))
    shown = run(package, "explain", "heavy.toml", "--of", "new b[1][l1.1]")
    assert "u_l1.1^[1] = u_l1.1^[1]⁻ / 2 + ∂E/∂b_l1.1^[1]" in shown
    assert "u: half of the push before, and the gradient" in shown


def test_an_activation_is_read_in_documents_by_its_names(package):
    (package / "prose.md").write_text("$a_{l1.1} = cubed(1.5) = 3.375$ and $cube(2) = 8.5$\n")
    shown = run(package, "check", "prose.md", "--network", "new.toml", code=1)
    assert "1 claim: 1 right." in shown
    assert "cube(2)            8  8.5" in shown


def test_an_alias_is_answered_by_the_name(package):
    (package / "alias.toml").write_text(SHEET.replace("fourth_power_error", "quartic"))
    shown = subprocess.run(
        [sys.executable, "-m", "backproof", "explain", "alias.toml"], cwd=package,
        env={**os.environ, "PYTHONPATH": str(package)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "unknown cost 'quartic'" in shown.stderr
    assert "Did you mean 'fourth_power_error'?" in shown.stderr


def test_data_is_trained_on_from_the_activations_own_initialiser(package):
    code = (
        "from backproof.operations.activation import activations; "
        "print(activations.make('cube').initialiser, activations.make('relu').initialiser)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=package, env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert shown.stdout == "all_alike he_uniform\n", shown.stderr


def test_operations_train(package):
    assert "What the network answers" in run(package, "train", "new.toml", "--epochs", "5")


def test_a_schedule(package):
    code = (
        "from backproof import load; sheet = load('new.toml'); "
        "fit = lambda rate, schedule: sheet.network.fit(sheet.x, sheet.y, epochs=3, learning_rate=rate, "
        "schedule=schedule, engine='numpy').cost; print(fit(0.25, 'halved') == fit(0.125, 'constant'))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=package, env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert shown.stdout == "True\n", shown.stderr


def test_an_identity(package):
    assert "delta written out" in run(package, "explain", "new.toml", "--of", "dE/dh[l1.1]")


def test_a_mistake(package):
    a = 1.5**3
    wrong = -7 * 4 * (3 - a) ** 3 * 3 * 1.5**2
    (package / "claim.toml").write_text(f'{SHEET}[[claims]]\nof = "delta[l1.1]"\nvalue = "{wrong:.6f}"\n')
    (claim,) = json.loads(run(package, "check", "claim.toml", "--format", "json", code=1))["claims"]
    assert [each["id"] for each in claim["mistakes"]] == ["seven_times"]


def test_a_target(package):
    assert run(package, "explain", "new.toml", "--format", "shout").strip() == "NEW"


def test_a_verb(package):
    assert run(package, "hello") == "hello\n"
    assert "Greet." in run(package, "--help")
