"""`backproof export-model`: files of a run take the columns as they are, and predict what `backproof predict` does."""

import csv
import importlib.util
import json
import os

import numpy as np
import pytest

from backproof.train.tabular.predictor import Predictor

RNG = np.random.default_rng(0)
HEADER = ["width", "height", "colour", "target", "second"]


def make_rows(kind):
    """A table of 40 rows: numbers, large ones among them, perhaps categories; one target or two."""
    rows = []
    for number, (a, b) in enumerate(RNG.normal(size=(40, 2))):
        target = {"amount": f"{3 * a + 700:.4f}", "two": "yes" if a > 0 else "no", "three": "abc"[number % 3],
                  "digits": str(number % 4)}[kind.split("-")[0].removesuffix("+")]  # fmt: skip
        colour = ["red", "green", "deep blue"][number % 3]
        width = "" if "missing" in kind and number == 7 else f"{a:.3f}"
        rows.append([width, f"{5e6 + 1000 * b:.2f}", "" if "missing" in kind and number == 9 else colour, target,
                     f"{1e3 * b - 5e5:.4f}" if "amount" in kind else str(b > 0)])  # fmt: skip
    keep = [0, 1, *([2] if "categories" in kind else []), 3, *([4] if "+" in kind else [])]
    return [[row[at] for at in keep] for row in [HEADER, *rows]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Trained runs by kind of table, made when they are asked for: the table, and the folder of the run."""
    from click.testing import CliRunner

    from backproof.cli.train import command

    made = {}

    def train(kind):
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            with open(folder / "data.csv", "w", newline="") as file:
                csv.writer(file).writerows(make_rows(kind))
            impute = ["--impute", "most_frequent" if "categories" in kind else "mean"] if "missing" in kind else []
            categorical = ["--categorical", "target"] if kind.startswith("digits") else []
            second = ["--target", "second"] if "+" in kind else []
            given = [
                str(folder / "data.csv"),
                "--target",
                "target",
                *second,
                "--epochs",
                "2",
                "--quiet",
                "--engine",
                "numpy",
            ]
            ran = CliRunner().invoke(command, [*given, *impute, *categorical, "-o", str(folder / "run")])
            assert ran.exit_code == 0, (ran.output, ran.exception)
            made[kind] = folder
        return made[kind]

    return train


KINDS = ["amount", "two", "three", "digits", "amount-categories", "two-categories", "three-categories-missing",
         "two-missing", "amount+", "two+-categories"]  # fmt: skip


def expected(folder):
    return Predictor.load(folder / "run").predict(folder / "data.csv")


def columns(folder):
    with open(folder / "data.csv", newline="") as file:
        return [{key: value for key, value in row.items() if key in HEADER[:3]} for row in csv.DictReader(file)]


def to_number(text):
    return float(text) if text else np.nan


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_onnx_file_of_a_run_takes_columns_and_predicts_as_the_run(runs, backproof, tmp_path, kind, dtype):
    onnxruntime, onnx = pytest.importorskip("onnxruntime"), pytest.importorskip("onnx")
    folder, path = runs(kind), tmp_path / "model.onnx"
    code, out, _ = backproof("export-model", str(folder / "run"), str(path), "--dtype", dtype)
    assert code == 0
    assert "takes the columns width, height" in out
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session, rows = onnxruntime.InferenceSession(str(path)), columns(folder)
    if "categories" in kind:
        assert [each.name for each in session.get_inputs()] == HEADER[:3]
        given = {name: np.array([[to_number(row[name])] for row in rows]) for name in HEADER[:2]}
        given["colour"] = np.array([[row["colour"]] for row in rows], dtype=object)
    else:
        given = {"x": np.array([[to_number(each) for each in row.values()] for row in rows])}
    found, truth, close = session.run(None, given), expected(folder), 1e-6 if dtype == "float32" else 1e-12
    if kind.startswith("amount"):
        for column, values in zip(found, truth.values.values(), strict=True):
            np.testing.assert_allclose(column[:, 0], values, rtol=close)
        return
    for name, labels, chances in zip(truth.values, found[::2], found[1::2], strict=True):
        assert list(map(str, labels)) == list(map(str, truth.values[name]))
        np.testing.assert_allclose(chances, np.stack([*truth.probabilities[name].values()], axis=1), atol=close)


def test_a_category_that_did_not_occur_in_training_is_refused_by_the_file_too(runs, backproof, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    backproof("export-model", str(runs("two-categories") / "run"), str(tmp_path / "m.onnx"))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(tmp_path / "m.onnx"), options)
    given = {"width": np.ones((1, 1)), "height": np.ones((1, 1)), "colour": np.array([["pink"]], dtype=object)}
    with pytest.raises(Exception, match="Unknown Category"):
        session.run(None, given)


@pytest.mark.parametrize("kind", KINDS)
def test_the_pytorch_file_of_a_run_takes_columns_and_predicts_as_the_run(runs, backproof, tmp_path, kind):
    torch = pytest.importorskip("torch")
    if kind == "three-categories-missing":
        pytest.skip("a missing category has no place in a list of categories")
    folder = runs(kind)
    code, _, _ = backproof("export-model", str(folder / "run"), str(tmp_path / "model.py"), "--dtype", "float64")
    assert code == 0
    assert sorted(os.listdir(tmp_path)) == ["model.py", "model.safetensors"]
    spec = importlib.util.spec_from_file_location("model", tmp_path / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    known = getattr(module, "CATEGORIES", {})
    assert [name for name in HEADER[:3] if name in module.COLUMNS] == module.COLUMNS
    rows = [[known[name].index(row[name]) if name in known else to_number(row[name]) for name in module.COLUMNS]
            for row in columns(folder)]  # fmt: skip
    with torch.no_grad():
        found, truth = module.load()(torch.tensor(rows, dtype=torch.float64)).numpy(), expected(folder)
    if kind.startswith("amount"):
        np.testing.assert_allclose(found, np.stack([*truth.values.values()], axis=1), rtol=1e-9)
        return
    tables = [np.stack([*each.values()], axis=1) for each in truth.probabilities.values()]
    expect = np.concatenate([each[:, 1:] if each.shape[1] == 2 else each for each in tables], axis=1)
    np.testing.assert_allclose(found, expect, atol=1e-9)
    labels = module.LABELS if "+" in kind else [module.LABELS]
    assert [list(map(str, each)) for each in labels] == list(map(list, truth.probabilities.values()))


def test_bare_leaves_the_preparation_out(runs, backproof, tmp_path):
    onnx = pytest.importorskip("onnx")
    code, out, _ = backproof("export-model", str(runs("two-categories") / "run"), str(tmp_path / "m.onnx"), "--bare")
    assert (code, "inputs of shape (samples, 5)" in out) == (0, True)
    assert onnx.load(tmp_path / "m.onnx").graph.node[0].op_type == "Gemm"


def test_a_worksheet_and_an_onnx_file_can_be_exported(backproof, tmp_path):
    pytest.importorskip("onnx")
    assert backproof("export-model", "or", str(tmp_path / "or.onnx"))[0] == 0
    assert backproof("export-model", str(tmp_path / "or.onnx"), str(tmp_path / "or.py"))[0] == 0
    assert "nn.Linear(2, 2, bias=True)" in (tmp_path / "or.py").read_text()


def test_what_is_read_is_never_overwritten(runs, backproof, tmp_path):
    folder = runs("two") / "run"
    before = {name: (folder / name).read_bytes() for name in os.listdir(folder)}
    code, _, err = backproof("export-model", str(folder), str(folder / "model.py"))
    assert (code, "would be lost" in err) == (2, True)
    assert {name: (folder / name).read_bytes() for name in os.listdir(folder)} == before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["or", "model.txt"], "expected .onnx or .py"),
        (["nothing", "model.onnx"], "there is no run, model or worksheet 'nothing'"),
        (["or", "no/such/model.onnx"], "there is no folder"),
        (["or", "."], "unknown ending"),
    ],
)
def test_bad_input_is_one_message_and_writes_nothing(backproof, tmp_path, monkeypatch, given, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = backproof("export-model", *given)
    assert (code, out) == (2, "")
    assert said in err
    assert not os.listdir(tmp_path)


def test_a_layer_that_cannot_be_written_leaves_no_file(backproof, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({}))
    code, _, err = backproof("export-model", str(tmp_path / "a.json"), str(tmp_path / "a.onnx"))
    assert (code, "safetensors" in err) == (2, True)
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_hostile_onnx_file_is_one_message(backproof, tmp_path):
    pytest.importorskip("onnx")
    (tmp_path / "a.onnx").write_bytes(b"\x08\x0a" * 50)
    code, out, err = backproof("export-model", str(tmp_path / "a.onnx"), str(tmp_path / "b.py"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert os.listdir(tmp_path) == ["a.onnx"]


@pytest.mark.parametrize("verb", ["explain", "play", "check", "export"])
def test_an_onnx_file_where_a_worksheet_belongs_is_told_what_it_lacks(backproof, tmp_path, verb):
    (tmp_path / "a.onnx").write_bytes(b"")
    code, _, err = backproof(verb, str(tmp_path / "a.onnx"), *(["page.html"] if verb == "export" else []))
    said = "without samples, which a worksheet has" if verb in ("check", "export") else "without samples: add --inputs"
    assert (code, said in " ".join(err.split())) == (2, True)
