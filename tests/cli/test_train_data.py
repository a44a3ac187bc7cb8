"""`backproof train DATA --target COLUMN`: defaults that work, a folder that keeps the run, and runs gone on with."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from backproof.train.store import load_model
from tables import flowers, houses

SHARED = Path(__file__).parents[3] / "shared" / "data"
FILES = {"config.json", "model.safetensors", "checkpoint.safetensors", "history.jsonl", "curves.png"}
QUICK = ("--engine", "numpy", "--epochs", 30)


def accuracy(ran):
    return float(re.search(r"accuracy ([\d.]+)%", ran.out)[1]) / 100


def weights(folder):
    return {key: array.tobytes() for key, array in load_model(folder).network.parameters.items()}


def written(folder):
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def same_run(one, other):
    names = ("model.safetensors", "checkpoint.safetensors", "history.jsonl")
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def test_classes_from_a_file_with_no_option_but_the_target(backproof, here):
    flowers(here / "flowers.csv")
    ran = backproof("train", "flowers.csv", "--target", "species")
    assert ran.code == 0
    assert accuracy(ran) >= 0.9
    assert "On 18 validation rows" in ran.out
    assert "length" in ran.err
    assert "3 classes" in ran.err
    assert "of 666: cost" in ran.err
    assert "backproof predict flowers-run" in ran.err
    assert written(here / "flowers-run") >= FILES - {"curves.png"}
    lines = (here / "flowers-run" / "history.jsonl").read_text().splitlines()
    assert {"epoch", "cost", "rate", "validation_cost", "validation_accuracy"} == set(json.loads(lines[-1]))


def test_an_amount_is_scored_in_its_own_unit(backproof, here):
    houses(here / "houses.csv")
    ran = backproof("train", "houses.csv", "--target", "price", "-o", "run")
    found = re.search(r"r2 ([\d.]+), mean absolute error ([\d.e+]+)", ran.out)
    assert float(found[1]) > 0.95
    assert 1000 < float(found[2]) < 30_000


@pytest.mark.parametrize(("name", "least"), [("iris", 0.9), ("wine", 0.94), ("breast_cancer", 0.95), ("digits", 0.96)])
def test_the_defaults_learn_well_known_tables(backproof, here, name, least):
    datasets = pytest.importorskip("sklearn.datasets")
    given = getattr(datasets, f"load_{name}")()
    held = np.arange(len(given.target)) % 4 == 0
    for part, rows in (("train", ~held), ("test", held)):
        table = np.column_stack([given.data[rows], given.target[rows]])
        names = ",".join([*(f"x{n}" for n in range(given.data.shape[1])), "kind"])
        np.savetxt(f"{part}.csv", table, "%.6g", ",", header=names, comments="")
    assert backproof("train", "train.csv", "--target", "kind", "-o", "run", "-q").code == 0
    scored = backproof("predict", "run", "test.csv").err
    assert float(re.search(r"accuracy ([\d.]+)%", scored)[1]) >= 100 * least


@pytest.mark.skipif(not SHARED.exists(), reason="the digits are not here")
def test_mnist_with_no_option_but_the_target(backproof, here):
    pytest.importorskip("jax")
    ran = backproof("train", SHARED / "mnist.npz", "--target", "y_train", "-q")
    assert "On 10,000 test rows" in ran.out
    assert accuracy(ran) >= 0.975


def test_quiet_says_nothing_of_the_progress(backproof, here):
    flowers(here / "flowers.csv")
    ran = backproof("train", "flowers.csv", "--target", "species", "-q", *QUICK)
    assert ran.err == "The run is in flowers-run; predict with: backproof predict flowers-run NEW_DATA\n"


OPTIONS = [
    ("--hidden", "8,4"), ("--hidden", "0"), ("--activation", "tanh"), ("--activation", "leaky_relu slope=0.1"),
    ("--cost", "squared_error"), ("--optimizer", "sgd momentum=0.9 nesterov=true"), ("--optimizer", "lbfgs"),
    ("--optimizer", "lbfgs line_search=true"),
    ("--learning-rate", "0.01"), ("--schedule", "warm_up over=0.1 then=cosine"), ("--batch-size", "7"),
    ("--validation", "0.3"), ("--validation", "0"), ("--patience", "2"), ("--l1", "0.001"), ("--l2", "0"),
    ("--dropout", "0.2"), ("--clip", "1"), ("--class-weight", "balanced"), ("--categorical", "colour"),
    ("--drop", "colour"), ("--classification",), ("--seed", "3"), ("--dtype", "float64"), ("--restarts", "3"),
    ("--impute", "mean"), ("--find-rate",), ("--notation", "nielsen"), ("--format", "markdown"),
]  # fmt: skip


@pytest.mark.parametrize("option", OPTIONS, ids=" ".join)
def test_every_option_trains_and_what_it_makes_can_predict(backproof, here, option):
    flowers(here / "flowers.csv")
    ran = backproof("train", "flowers.csv", "--target", "species", "-o", "run", *QUICK, *option)
    assert ran.code == 0, ran.err
    assert "accuracy" in ran.out
    assert len(backproof("predict", "run", "flowers.csv").out.splitlines()) == 91


def test_what_is_asked_for_is_what_is_done(backproof, here):
    flowers(here / "flowers.csv")
    backproof("train", "flowers.csv", "--target", "species", "-o", "run", *QUICK, "--hidden", "8,4", "--l2", 0.5)
    assert [len(layer) for layer in load_model("run").network.units] == [5, 8, 4, 3]
    config = json.loads((here / "run" / "config.json").read_text())["config"]
    assert (config["l2"], config["epochs"], config["optimizer"]) == (0.5, 30, "adam")


def test_no_hidden_layer_is_what_0_asks_for(backproof, here):
    flowers(here / "flowers.csv")
    ran = backproof("train", "flowers.csv", "--target", "species", "--hidden", "0", "--epochs", "2", "-q")
    assert ran.code == 0
    assert load_model("flowers-run").network.depth == 1


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_a_longer_run_goes_on_from_a_shorter_one(backproof, here, engine):
    if engine == "jax":
        pytest.importorskip("jax")
    flowers(here / "flowers.csv")
    base = ("train", "flowers.csv", "--target", "species", "--engine", engine, "--schedule", "constant", "-q")
    backproof(*base, "--epochs", 12, "-o", "whole")
    backproof(*base, "--epochs", 5, "-o", "parts")
    assert backproof(*base, "--epochs", 12, "-o", "parts", "--resume").code == 0
    assert same_run(here / "whole", here / "parts")
    again = backproof("train", "parts", "--resume")
    assert again.code == 0
    assert "Nothing was left to do" in again.err
    assert same_run(here / "whole", here / "parts")


def test_the_folder_of_a_run_knows_all_that_it_needs(backproof, here):
    flowers(here / "flowers.csv")
    base = ("train", "flowers.csv", "--target", "species", "--schedule", "constant", "--drop", "colour", "-q")
    backproof(*base, "--epochs", 12, "-o", "whole")
    backproof(*base, "--epochs", 5, "-o", "parts")
    assert backproof("train", "parts", "--resume", "--epochs", 12).code == 0
    assert same_run(here / "whole", here / "parts")


def test_a_run_without_a_checkpoint_says_that_it_starts_again(backproof, here):
    flowers(here / "flowers.csv")
    base = ("train", "flowers.csv", "--target", "species", "-q", "--no-baselines", "-o", "run", "--epochs", 3)
    backproof(*base)
    lines = (here / "run/history.jsonl").read_bytes()
    for name in ("checkpoint.safetensors", "model.safetensors"):
        (here / "run" / name).unlink()
    assert "run was ended before its first checkpoint" in backproof(*base, "--resume").err
    assert (here / "run/history.jsonl").read_bytes() == lines


def test_more_patience_lets_a_run_go_on_that_had_lost_it(backproof, here):
    flowers(here / "flowers.csv")
    base = ("train", "flowers.csv", "--target", "species", "-o", "run", "--learning-rate", 0.05, "-q")
    assert "has not improved for 1" in " ".join(backproof(*base, "--patience", 1).out.split())
    before = len((here / "run" / "history.jsonl").read_text().splitlines())
    assert backproof("train", "run", "--resume", "--patience", 8).code == 0
    assert len((here / "run" / "history.jsonl").read_text().splitlines()) > before


def test_a_run_is_never_written_over_unless_that_is_asked_for(backproof, here):
    flowers(here / "flowers.csv")
    base = ("train", "flowers.csv", "--target", "species", "-q", *QUICK)
    assert backproof(*base).code == 0
    before = weights("flowers-run")
    ran = backproof(*base, "--seed", 1)
    assert (ran.code, ran.out) == (2, "")
    assert all(word in ran.err for word in ("--resume", "--force", "-o"))
    assert weights("flowers-run") == before
    assert backproof(*base, "--seed", 1, "--force").code == 0
    assert weights("flowers-run") != before


def test_data_that_has_changed_is_refused(backproof, here):
    flowers(here / "flowers.csv")
    backproof("train", "flowers.csv", "--target", "species", "-q", *QUICK)
    flowers(here / "flowers.csv", seed=1)
    ran = backproof("train", "flowers-run", "--resume", "--epochs", 40)
    assert (ran.code, ran.out) == (2, "")
    assert "has changed since the run started" in ran.err


def test_the_best_of_many_networks(backproof, here):
    flowers(here / "flowers.csv")
    ran = backproof("train", "flowers.csv", "--target", "species", "--restarts", 4, "--epochs", 20)
    assert ran.code == 0
    assert "4 networks, seeds 0 to 3" in " ".join(ran.out.split())
    assert len((here / "flowers-run" / "history.jsonl").read_text().splitlines()) == 20
    refused = backproof("train", "flowers-run", "--resume")
    assert (refused.code, "many networks" in refused.err) == (2, True)


def test_many_networks_of_a_worksheet(backproof):
    ran = backproof("train", "or", "--epochs", 50, "--learning-rate", 2, "--restarts", 8)
    assert ran.code == 0
    assert "8 networks, seeds 0 to 7" in " ".join(ran.out.split())


def test_a_stream_of_parquet(backproof, here):
    parquet = pytest.importorskip("pyarrow.parquet")
    csv = pytest.importorskip("pyarrow.csv")
    parquet.write_table(csv.read_csv(flowers(here / "flowers.csv", rows=600)), "flowers.parquet", row_group_size=100)
    base = ("train", "flowers.parquet", "--target", "species", "--stream", "--schedule", "constant", "-q")
    assert accuracy(backproof(*base, "--epochs", 12, "-o", "whole")) > 0.9
    backproof(*base, "--epochs", 5, "-o", "parts")
    backproof("train", "parts", "--resume", "--epochs", 12)
    assert same_run(here / "whole", here / "parts")
    assert len(backproof("predict", "whole", "flowers.parquet").out.splitlines()) == 601


def test_a_run_that_diverges_keeps_what_it_had_learned(backproof, here):
    houses(here / "houses.csv")
    ran = backproof(
        "train", "houses.csv", "--target", "price", "-o", "run", "--optimizer", "sgd", "--learning-rate", 2,
        "--activation", "identity", "--hidden", "8,8,8", "--l2", 0, "--schedule", "constant", "--engine", "numpy",
    )  # fmt: skip
    assert (ran.code, ran.out) == (1, "")
    message = next(line for line in ran.err.splitlines() if line.startswith("backproof: "))
    assert all(word in message for word in ("epoch", "batch", "layer", "learning rate, 2", "diverged"))
    assert (here / "run" / "model.safetensors").exists()
    assert all(np.isfinite(array).all() for array in load_model("run").network.parameters.values())


def test_the_network_is_held_against_simpler_models_unless_that_is_not_wanted(backproof, here):
    pytest.importorskip("sklearn")
    flowers(here / "flowers.csv")
    base = ("train", "flowers.csv", "--target", "species", "--force", "-q", *QUICK)
    said = backproof(*base).out
    for name in ("precision", "recall", "F1", "ROC-AUC", "balanced accuracy"):
        assert name in said
    assert "better than the most frequent label" in " ".join(said.split())
    assert re.search(r"logistic regression +\d\.\d{4}", said)
    assert re.search(r"gradient boosting +\d\.\d{4}", said)
    assert "logistic" not in backproof(*base, "--no-baselines").out


def test_baselines_of_a_worksheet_are_refused(backproof):
    ran = backproof("train", "or", "--no-baselines")
    assert ran.code == 2
    assert "--no-baselines is for data" in ran.err


@pytest.mark.parametrize("columns", ["b,c", "b, c", "c,b"])
def test_columns_are_separated_by_commas_unless_one_is_called_so(backproof, here, columns):
    rows = "".join(f"{n % 5},{n},{n * 7 % 11},{'uv'[n % 2]},{n % 3}\n" for n in range(40))
    (here / "data.csv").write_text(f'a,b,c,y,"p,q"\n{rows}')
    line = ("train", "data.csv", "--target", "y", "--drop", columns, "--categorical", "p,q", "--epochs", 1, "-o", "run")
    ran = backproof(*line, "-q", "--no-baselines")
    assert ran.code == 0, ran.err
    assert [each["name"] for each in load_model(here / "run").preparation["features"]] == ["a", "p,q"]
    assert backproof(*line, "--resume").code == 0
    ran = backproof(*line, "--force", "--drop", "a,z")
    assert ran.code == 2
    assert "there is no column 'z'" in ran.err
