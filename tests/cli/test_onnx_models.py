"""`backproof explain model.onnx`: a model with the samples that stand beside it."""

import json

import numpy as np
import pytest

from backproof import Network

onnx_files = pytest.importorskip("backproof.onnx")
RNG = np.random.default_rng(2)


@pytest.fixture
def model(here):
    """A classifier of three classes with its samples, in every kind of file."""
    network = Network.dense([2, 3, 3], activation=["tanh", "softmax"], cost="cross_entropy", reduction="mean", seed=1)
    onnx_files.save(network, "m.onnx", dtype="float64")
    x, classes = RNG.normal(size=(4, 2)), np.array([0, 2, 1, 2])
    rows = np.eye(3)[classes]
    np.save("x.npy", x)
    np.save("rows.npy", rows)
    np.save("classes.npy", classes)
    np.savez("both.npz", x=x, y=rows)
    np.savetxt("x.csv", x, delimiter=",", header="a,b", comments="", fmt="%.17g")
    np.savetxt("classes.csv", classes, fmt="%d")
    return onnx_files.load("m.onnx").trace(x, rows)


@pytest.mark.parametrize(
    "given",
    [["--inputs", "x.npy", "--targets", "rows.npy"], ["--inputs", "x.csv", "--targets", "classes.csv"],
     ["--inputs", "x.npy", "--targets", "classes.npy"], ["--inputs", "both.npz"]],
)  # fmt: skip
def test_a_number_of_a_model_is_explained_on_its_samples(model, backproof, given):
    code, out, err = backproof("explain", "m.onnx", *given, "--of", "dE/dw[1][x1,l1.2]", "--format", "json")
    assert (code, err) == (0, "")
    assert f"{model['dE/dw[1][x1,l1.2]']:.6g}" in json.dumps(json.loads(out))


def test_the_whole_pass_of_a_model_is_explained(model, backproof):
    code, out, _ = backproof("explain", "m.onnx", "--inputs", "both.npz", "--sample", "2")
    assert code == 0
    assert "l1.3" in out


def test_a_cost_without_targets_needs_none(here, backproof):
    onnx_files.save(Network.dense([2, 1], activation="tanh", seed=1), "one.onnx")
    np.save("x.npy", RNG.normal(size=(4, 2)))
    code, _, err = backproof("explain", "one.onnx", "--inputs", "x.npy", "--cost", "output", "--of", "E")
    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["m.onnx"], "add --inputs FILE and --targets FILE"),
        (["m.onnx", "--inputs", "x.npy"], "add --targets FILE"),
        (["m.onnx", "--inputs", "no.npy", "--targets", "rows.npy"], "there is no file 'no.npy'"),
        (["m.onnx", "--inputs", "rows.npy", "--targets", "rows.npy"], "expected"),
        (["m.onnx", "--inputs", "x.npy", "--targets", "x.npy"], "targets"),
        (["m.onnx", "--inputs", "m.onnx", "--targets", "x.npy"], "cannot be read as a NumPy file"),
        (["m.onnx", "--inputs", "words.csv", "--targets", "x.npy"], "words.csv, column 'a': none"),
        (
            ["m.onnx", "--inputs", "odd.npz", "--targets", "x.npy"],
            "an array named x or inputs; its arrays are: 'a', 'b'",
        ),
        (["m.onnx", "--inputs", "x.npy", "--targets", "five.npy"], "numbers of classes from 0 to 2"),
        (["m.onnx", "--inputs", "x.npy", "--targets", "objects.npy"], "it holds Python objects"),
        (["m.onnx", "--inputs", "both.npz", "--cost", "no"], "unknown cost"),
        (["or", "--inputs", "x.npy"], "belong to an ONNX model"),
    ],
)
def test_what_is_missing_or_does_not_fit_is_one_message(model, backproof, given, says):
    with open("words.csv", "w") as file:
        file.write("a,b\nc,d\n")
    np.savez("odd.npz", a=np.ones(2), b=np.ones(2))
    np.save("five.npy", np.array([5, 0, 1, 2]))
    np.save("objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    code, out, err = backproof("explain", *given)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") <= 3
