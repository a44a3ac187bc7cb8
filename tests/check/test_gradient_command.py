"""`backproof check-code`, from a folder with somebody's code in it."""

import json
import subprocess
import sys

import pytest

CODE = """
import numpy as np
print("imported")

def sigmoid(h):
    return 1 / (1 + np.exp(-h))

def right(p, x, y, slope=True):
    print("called")
    a1 = sigmoid(x @ p["W1"] + p["b1"])
    a2 = sigmoid(a1 @ p["W2"] + p["b2"])
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = d2 @ p["W2"].T * (a1 * (1 - a1) if slope else 1)
    return {"W1": x.T @ d1, "b1": d1.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0)}

def wrong(p, x, y):
    return right(p, x, y, slope=False)

def raises(p, x, y):
    return 1 / 0

def leaves(p, x, y):
    raise SystemExit(0)

def nothing(p, x, y):
    pass

number = 3

W, X, Y = np.array([[0.3, -0.8], [0.5, 0.1]]), np.array([[0.5, -1.0], [1.5, 2.0], [0.0, 1.0]]), np.eye(3)[:, :2]
A = sigmoid(X @ W.T)

def as_it_lies(slope=True, **others):
    delta = (A - Y) * (A * (1 - A) if slope else 1)
    loss = ((A - Y) ** 2).sum() / 2
    return {"parameters": [W], "gradients": [delta.T @ X], "x": X, "y": Y, "outputs": A, "loss": loss, **others}

def without_slope():
    return as_it_lies(slope=False)

def without_loss():
    return as_it_lies(loss=None)

def misspelt():
    return as_it_lies(los=1)

def update():
    given = as_it_lies()
    (gradient,) = given.pop("gradients")
    del given["parameters"]
    return {"before": [W], "after": [W - 0.1 * gradient], "learning_rate": 0.1, **given}

def layer():
    return {"layer": (np.tanh, lambda upstream, x: -upstream * (1 - np.tanh(x) ** 2)), "x": X}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("code")
    (folder / "mine.py").write_text(CODE)
    (folder / "broken.py").write_text("def f(:\n")
    (folder / "leaving.py").write_text("raise SystemExit(0)\n")
    (folder / "room").mkdir()
    (folder / "room" / "inner.py").write_text("from mine import right\n")
    return folder


def run(folder, *arguments):
    command = [sys.executable, "-m", "backproof", "check-code", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.parametrize("function", ["mine:right", "room.inner:right"])
def test_right_code_exits_with_0(folder, function):
    done = run(folder, function, "--network", "or")
    assert done.returncode == 0
    assert "all of them are right" in done.stdout
    assert "called" not in done.stdout
    assert "called" in done.stderr


def test_wrong_code_exits_with_1_and_names_the_bug(folder):
    done = run(folder, "mine:wrong", "--network", "or")
    assert done.returncode == 1
    assert "sigma_prime_omitted, layer 1: g'(h) was left out" in done.stdout


def test_json_alone_stands_on_standard_output(folder):
    done = run(folder, "mine:wrong", "--network", "or", "--format", "json")
    data = json.loads(done.stdout)
    assert done.returncode == 1
    assert data["mistakes"][0]["id"] == "sigma_prime_omitted"


def test_a_report_goes_to_a_file(folder):
    done = run(folder, "mine:wrong", "--network", "or", "-o", "report.html")
    assert done.returncode == 1
    assert "sigma_prime_omitted" in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("mine:raises", "your function raised ZeroDivisionError: division by zero (line "),
        ("mine:leaves", "your function raised SystemExit"),
        ("mine:nothing", "received nothing (None)"),
        ("mine:wrnog", "'mine' has no function 'wrnog'. Did you mean 'wrong'?"),
        ("mine:number", "not a function but an object of type int"),
        ("mine", "expected MODULE:FUNCTION"),
        ("mine.py:right", "write its module, mine:right"),
        ("room/inner.py:right", "write its module, room.inner:right"),
        ("nowhere:right", "importing 'nowhere' raised ModuleNotFoundError"),
        ("broken:f", "importing 'broken' raised SyntaxError"),
        ("leaving:f", "importing 'leaving' raised SystemExit"),
        ("..:f", "importing '..' raised"),
    ],
)
def test_bad_code_is_one_message_and_exit_code_2(folder, function, says):
    done = run(folder, function, "--network", "or")
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("function", "code", "says"),
    [
        ("as_it_lies", 0, "(out, in)"),
        ("update", 0, "half_squared_error"),
        ("without_slope", 1, "sigma_prime_omitted"),
        ("layer", 1, "sign_flipped"),
        ("without_loss", 2, "give loss= or cost="),
    ],
)
def test_without_a_worksheet_a_function_hands_over_what_its_code_has(folder, function, code, says):
    done = run(folder, f"mine:{function}")
    assert done.returncode == code, done.stderr
    assert says in " ".join(done.stdout.split())
    data = json.loads(run(folder, f"mine:{function}", "--format", "json").stdout)
    assert data["right"] is {0: True, 1: False, 2: None}[code]


@pytest.mark.parametrize(
    ("function", "says"),
    [("misspelt", "unknown argument 'los'"), ("nothing_at_all", "has no function"), ("leaves_early", "has no function"),
     ("sigmoid", "raised TypeError"), ("nothing", "raised TypeError")],
)  # fmt: skip
def test_what_was_not_handed_over_is_one_message(folder, function, says):
    done = run(folder, f"mine:{function}")
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_function_of_parameters_needs_the_worksheet(folder):
    assert run(folder, "mine:right").returncode == 2
    assert run(folder, "mine:right", "--network", "nowhere.toml").returncode == 2
