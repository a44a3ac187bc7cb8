"""What each verb does when it is called as its help says."""

import json
import os
import shlex
import shutil
import subprocess
import sys

import click
import numpy as np
import pytest

import backproof as package
from backproof import examples
from backproof.cli import Verbs
from backproof.cli import backproof as group
from backproof.render import target_names
from backproof.render.notation import NOTATIONS
from backproof.worksheet import loads
from tables import flowers

VERBS = Verbs().list_commands(None)
FORMATS = sorted({*target_names()})
MINE = """
import numpy as np

def backward(parameters, x, y):
    return {"b1": 0 * parameters["b1"]}

def one_step():
    x, y, w, b = np.array([[0.3, -0.2]]), np.array([[1.0]]), np.array([[0.4], [0.7]]), np.array([0.1])
    a = 1 / (1 + np.exp(-(x @ w + b)))
    delta = (a - y) * a * (1 - a)
    gradients = {"w": x.T @ delta, "b": delta.sum(0)}
    return dict(parameters={"w": w, "b": b}, gradients=gradients, x=x, y=y, outputs=a, loss=((a - y) ** 2).sum() / 2)
"""


def examples_in(help_text):
    """The commands that a help text shows."""
    return [line.strip() for line in help_text.splitlines() if line.strip().startswith("backproof ")]


@pytest.mark.parametrize("verb", VERBS)
def test_help_names_every_option_and_shows_examples(backproof, verb):
    ran = backproof(verb, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert examples_in(ran.out) or f"  backproof {verb}" in ran.out
    command = group.get_command(click.Context(group), verb)
    for parameter in command.params:
        assert isinstance(parameter, click.Argument) or parameter.opts[-1] in ran.out
    assert ran.out == backproof(verb, "-h").out


@pytest.mark.parametrize(
    "line", [line for verb in VERBS if verb != "completion"
             for line in (group.get_command(click.Context(group), verb).help or "").splitlines()
             if line.strip().startswith("backproof ")],
)  # fmt: skip
def test_every_example_of_a_help_text_works(backproof, here, line, monkeypatch):
    monkeypatch.setattr("backproof.interop.serve.Server.run", lambda server: server._socket.close())
    monkeypatch.setattr("click.launch", lambda address: 0)
    arguments = shlex.split(line.split(">")[0])[1:]
    for name in ("my.toml", "answer.toml", "worksheet.toml"):
        if name in arguments and "new" not in arguments:
            (here / name).write_text(examples.text("or"))
    if "article.md" in arguments:
        (here / "article.md").write_text("The output is $a_o = 0.512$.")
    if "class/*.md" in arguments:  # a shell would put its files there
        (here / "class").mkdir()
        for name in ("class/anna.md", "class/ben.md"):
            (here / name).write_text("E = 0.1, so $a_o = 0.512$.")
        arguments[arguments.index("class/*.md") : arguments.index("class/*.md") + 1] = ["class/anna.md", "class/ben.md"]
    if "notes.md" in arguments:
        (here / "notes.md").write_text("z1 = w1*x1 + b1 = 0.2*0.5 + 0.1 = 0.2\n\na1 = tanh(z1) = 0.1974\n")
    (here / "mine.py").write_text(MINE)
    if {"iris.csv", "iris-run"} & set(arguments):
        flowers(here / "iris.csv")
        flowers(here / "new.csv", species=False)
    if "iris-run" in arguments:
        backproof("train", "iris.csv", "--target", "species", "--epochs", 10)
    if "model.onnx" in arguments and "--inputs" in arguments:
        pytest.importorskip("onnx")
        backproof("export-model", "or", "model.onnx")
        np.save(here / "x.npy", [[0.0, 1.0]])
        np.save(here / "y.npy", [[1.0]])
    if "mnist.npz" in arguments:
        random = np.random.default_rng(0)
        np.savez(here / "mnist.npz", x_train=random.random((40, 28, 28)), y_train=np.arange(40) % 3)
        arguments += ["--epochs", "1"]
    elif "train" in arguments:
        arguments[arguments.index("--epochs") + 1] = "20"
    if "--port" in arguments:
        arguments[arguments.index("--port") + 1] = "0"
    if "demo" in arguments:
        arguments += ["--epochs", "20"]
    ran = backproof(*arguments)
    assert ran.code == (ran.code if arguments[0].startswith("check") else 0)
    assert ran.code in (0, 1), ran.err
    assert "Traceback" not in ran.err


def test_alone_it_says_what_there_is(backproof):
    ran = backproof()
    assert ran.code in (0, 2)
    for verb in VERBS:
        assert f"  {verb} " in ran.out + ran.err


def test_version(backproof):
    assert backproof("--version").out == f"backproof {package.__version__}\n"


def test_an_unknown_verb_suggests_the_nearest(backproof):
    ran = backproof("expalin", "or")
    assert ran.code == 2
    assert "Did you mean 'explain'?" in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("notation", NOTATIONS)
def test_explain_in_every_format_and_notation(backproof, target, notation):
    ran = backproof("explain", "or", "--of", "dE/dw1", "--sample", 2, "--format", target, "--notation", notation)
    assert (ran.code, ran.err) == (0, "")
    assert "0.000278685" in ran.out


@pytest.mark.parametrize("digits", [1, 3, 17])
def test_digits(backproof, digits):
    shown = {1: "−0.0003", 3: "−0.000279", 17: "−0.00027868"}[digits]
    ran = backproof("explain", "or", "--of", "dE/dw1", "--sample", 2, "--digits", digits)
    assert f"= {shown}" in ran.out


def test_explain_several_quantities_of_one_step(backproof):
    ran = backproof("explain", "or", "--of", "E", "--of", "new w1", "--step", 3, "--format", "json")
    found = json.loads(ran.out)
    sheet = loads(examples.text("or"))
    assert [(each["of"], each["step"], each["sample"]) for each in found["derivations"]] == [
        ("E", 3, None), ("new w1", 3, None),
    ]  # fmt: skip
    for each in found["derivations"]:
        assert each["value"] == sheet.trace(step=3)[each["of"]]


def test_explain_one_sample(backproof):
    found = json.loads(backproof("explain", "or", "--of", "E", "--sample", 3, "--format", "json").out)
    assert found["derivations"][0]["value"] == loads(examples.text("or")).trace(sample=3)["E"]
    assert found["derivations"][0]["sample"] == 3


@pytest.mark.parametrize("name", examples.names())
def test_explain_every_example_as_a_whole(backproof, name):
    ran = backproof("explain", name)
    assert (ran.code, ran.err) == (0, "")
    assert "Forward pass" in ran.out
    assert "Gradients" in ran.out


def test_a_worksheet_from_standard_input(backproof):
    assert backproof("explain", "-", "--of", "E", stdin=examples.text("or")).out == (
        backproof("explain", "or", "--of", "E").out
    )


def test_train_learns_the_gate_and_ends_with_the_truth_table(backproof):
    ran = backproof("train", "or", "--epochs", 5000, "--learning-rate", 2)
    assert ran.code == 0
    assert "epoch 5000 of 5000" in ran.err
    rows = [list(map(float, line.split())) for line in ran.out.splitlines() if line[:3] in (" 0 ", " 1 ")]
    assert [row[:3] for row in rows] == [[0, 0, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1]]
    assert all(row[-1] > 0.9 if row[2] else row[-1] < 0.1 for row in rows)


def test_train_takes_the_worksheets_rate_and_nothing_else_changes_it(backproof):
    ran = [backproof("train", "or", "--epochs", 9, *more).out for more in ([], ["--learning-rate", "0.01"])]
    assert ran[0] == ran[1]
    assert ran[0] != backproof("train", "or", "--epochs", 9, "--learning-rate", "0.02").out


def test_train_by_batches_is_reproducible(backproof):
    options = ("train", "or", "--epochs", 20, "--learning-rate", 1, "--batch-size", 1)
    first, again, other = (backproof(*options, "--seed", seed).out for seed in (1, 1, 2))
    assert first == again != other


def test_train_for_no_epoch_at_all(backproof):
    ran = backproof("train", "or", "--epochs", 0)
    assert ran.code == 0
    assert "0 epochs; the cost went to 0.487273." in ran.out


def test_examples_are_listed_and_printed(backproof):
    listed = backproof("examples").out.splitlines()
    assert [line.split()[0] for line in listed] == list(examples.names())
    for name in examples.names():
        assert backproof("examples", name).out == examples.text(name)


def test_new_writes_a_worksheet_that_works(backproof, here):
    ran = backproof("new")
    assert ran.code == 0
    written = (here / "worksheet.toml").read_text()
    assert written == examples.starter() == backproof("new", "-").out
    assert written.count("#") > 20
    assert loads(written).claims
    assert backproof("explain", "worksheet.toml").code == 0


def test_new_writes_over_nothing_unless_told(backproof, here):
    (here / "mine.toml").write_text("mine")
    ran = backproof("new", "mine.toml")
    assert (ran.code, ran.out) == (2, "")
    assert "already exists" in ran.err
    assert (here / "mine.toml").read_text() == "mine"
    assert backproof("new", "mine.toml", "--force").code == 0
    assert (here / "mine.toml").read_text() == examples.starter()


def test_demo_tells_the_whole_story_and_writes_it_as_a_page(backproof, here):
    ran = backproof("demo")
    assert ran.code == 0
    page = (here / "or.html").read_text()
    for heading in ("Forward pass", "Cost", "Backpropagation", "Weight update", "All four samples of OR", "Training"):
        assert heading in ran.out
        assert heading in page
    assert "The gate is learned" in ran.out
    assert "XOR" in ran.out
    assert "://" not in page.replace("http://www.w3.org", "")


def test_demo_leaves_a_file_that_is_there_alone(backproof, here):
    (here / "or.html").write_text("mine")
    ran = backproof("demo", "--epochs", 2)
    assert (ran.code, ran.out) == (2, "")
    assert "-o" in ran.err
    assert "--force" in ran.err
    assert (here / "or.html").read_text() == "mine"
    assert backproof("demo", "--epochs", 2, "--force").code == 0
    assert (here / "or.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_sound(backproof, shell, here):
    ran = backproof("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert "_BACKPROOF_COMPLETE" in ran.out
    if shutil.which(shell):
        (here / "script").write_text(ran.out)
        subprocess.run([shell, "-n", "script"], check=True, timeout=20)


@pytest.mark.parametrize(
    ("words", "position", "expected"),
    [
        ("backproof ex", 1, "explain"),
        ("backproof explain --no", 2, "--notation"),
        ("backproof train or --ep", 3, "--epochs"),
    ],
)
def test_completion_completes(here, words, position, expected):
    environment = {
        **os.environ,
        "_BACKPROOF_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(position),
    }
    command = [sys.executable, "-c", "import sys; sys.argv[0] = 'backproof'; from backproof.cli import main; main()"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)
    assert f"plain,{expected}" in ran.stdout


@pytest.mark.parametrize(("name", "code"), [("or_article", 1), ("mazur", None), ("or", 0)])
def test_check_says_with_its_exit_code_whether_all_is_right(backproof, name, code):
    ran = backproof("check", name, "--format", "json")
    found = json.loads(ran.out)
    wrong = any(claim["verdict"] in ("wrong", "carried") for claim in found["claims"])
    assert ran.code == int(wrong)
    if code is not None:
        assert ran.code == backproof("check", name).code == code
