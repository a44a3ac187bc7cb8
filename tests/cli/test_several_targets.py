"""`backproof train` with several --target: one network, a column of predictions for each of them."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest

from backproof.train.store import load_model

QUICK = ("--engine", "numpy", "--epochs", 3, "--no-baselines", "-q")
BOTH = ("--target", "y1", "--target", "y2")


@pytest.fixture
def table(here):
    """Rows with an id, weights, two inputs, two quantities, two columns of two labels, and one of three."""
    random = np.random.default_rng(0)
    lines = ["id,w,a,b,y1,y2,late,spam,kind"]
    for row, (a, b) in enumerate(random.normal(size=(60, 2))):
        late, spam = "yes" if a > 0 else "no", int(b > 0)
        lines.append(f"r{row},{1 + row % 3},{a:.3f},{b:.3f},{a - b:.3f},{1e4 * b:.1f},{late},{spam},{'xyz'[row % 3]}")
    (here / "t.csv").write_text("\n".join(lines) + "\n")
    return here


def train(backproof, *options, folder="run"):
    targets = [each for each in options if each in ("y1", "y2", "late", "spam", "kind")]
    others = [name for name in ("id", "w", "y1", "y2", "late", "spam", "kind") if name not in options]
    dropped = [word for name in others for word in ("--drop", name)]
    ran = backproof("train", "t.csv", *QUICK, *options, *dropped, "-o", folder)
    assert ran.code == 0, ran.err
    assert f"to predict {' and '.join(targets)}" in " ".join(ran.out.split())
    return ran


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
def test_each_target_has_a_column_of_predictions_beside_the_identifiers(backproof, table, suffix):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    train(backproof, *BOTH, "--id", "id", "--weights", "w")
    ran = backproof("predict", "run", "t.csv", "-o", f"out{suffix}")
    assert "in the mean of 2 targets (y1: " in ran.err
    found = getattr(pandas, f"read_{suffix[1:]}")(f"out{suffix}")
    assert [*found] == ["id", "y1", "y2"]
    model, frame = load_model("run"), pandas.read_csv("t.csv")
    values = model.predict(frame)
    assert (values.shape, model.targets, model.labels) == ((60, 2), ("y1", "y2"), ())
    np.testing.assert_allclose(found[["y1", "y2"]], values)
    assert abs(values[:, 1]).max() > 100  # in the unit of the second
    assert json.loads(Path("run/config.json").read_text())["config"]["target"] == ["y1", "y2"]


def test_columns_of_two_labels_have_probabilities_of_their_own(backproof, table):
    train(backproof, "--target", "late", "--target", "spam")
    header, *rows = (line.split(",") for line in backproof("predict", "run", "t.csv", "--proba").out.splitlines())
    assert header == ["late", "spam", "probability_late_no", "probability_late_yes", "probability_spam_0",
                      "probability_spam_1"]  # fmt: skip
    chances = np.array([row[2:] for row in rows], dtype=float)
    np.testing.assert_allclose(chances[:, ::2] + chances[:, 1::2], 1)
    assert [row[0] == "yes" for row in rows] == (chances[:, 1] > 0.5).tolist()
    model = load_model("run")
    assert (model.labels, model.network.cost.name) == ((("no", "yes"), (0, 1)), "binary_cross_entropy")
    np.testing.assert_allclose(model.predict_proba("t.csv"), chances[:, 1::2])
    assert [[str(each) for each in row] for row in model.predict("t.csv")] == [row[:2] for row in rows]


@pytest.mark.parametrize(
    "options",
    [("--test", "t.csv"), ("--search", 3), ("--restarts", 2), ("--hidden", 0), ("--find-rate",), ("--refit",)],
    ids=lambda options: options[0],
)
def test_every_way_to_train_takes_several_targets(backproof, table, options):
    train(backproof, *BOTH, *options)
    report, card = Path("run/report.html").read_text(), Path("run/MODEL_CARD.md").read_text()
    assert "# Model card: y1 and y2" in card
    assert "y2: Predicted and true values" in report
    assert "each with the target that is missed most" in report


def test_confusions_and_labels_of_each_target_are_reported(backproof, table):
    out = train(backproof, "--target", "late", "--target", "spam").out
    assert ("late: One row for each" in out) == ("spam: One row for each" in out) is True
    report = Path("run/report.html").read_text()
    assert "late: True and predicted labels" in report
    assert "spam: True and predicted labels" in report


def test_a_run_of_several_targets_goes_on_and_only_with_the_same(backproof, table):
    steady = ("--schedule", "constant")
    train(backproof, *BOTH, *steady, "--epochs", 6, folder="whole")
    train(backproof, *BOTH, *steady)
    assert backproof("train", "run", "--resume", "--epochs", 6, "--no-baselines", "-q").code == 0
    for name, array in load_model("whole").network.parameters.items():
        np.testing.assert_array_equal(load_model("run").network.parameters[name], array)
    ran = backproof("train", "t.csv", "--target", "y1", "-o", "run", "--resume")
    assert (ran.code, "started with target ['y1', 'y2'], but 'y1' was given" in ran.err) == (2, True)


def test_a_stream_and_arrays_have_several_targets(backproof, here):
    parquet = pytest.importorskip("pyarrow.parquet")
    from pyarrow import table as make_table

    x = np.random.default_rng(0).normal(size=(90, 2))
    y = x @ [[1, 2], [3, -1]]
    parquet.write_table(make_table({"a": x[:, 0], "b": x[:, 1], "y1": y[:, 0], "y2": y[:, 1]}), "t.parquet")
    np.save("t.npy", np.hstack([x, y]))
    np.savez("t.npz", x=x, y1=y[:, 0], y2=y[:, 1])
    found = []
    for file, names in (("t.npy", ("3", "-1")), ("t.npz", ("y1", "y2")), ("t.parquet", ("y1", "y2"))):
        targets = [word for name in names for word in ("--target", name)]
        options = ["--stream"] if file == "t.parquet" else []
        assert backproof("train", file, *targets, *options, "-o", file[2:], *QUICK).code == 0
        found.append(load_model(file[2:]).predict(file))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
    assert found[2].shape == (90, 2)


BAD = [
    (("--target", "y1", "--target", "y1"), "the target 'y1' is given twice"),
    (("--target", "y1", "--target", "id", "--id", "id"), "--id: the column 'id' is a target"),
    (("--target", "y1", "--target", "w", "--weights", "w"), "--weights: the column 'w' is a target"),
    (("--target", "y1", "--target", "y3"), "there is no column 'y3'. Did you mean 'y"),
    (("--target", "y1", "--target", "y2", "--drop", "y2"), "the target 'y2' cannot be dropped"),
    (("--target", "late", "--target", "spam", "--class-weight", "balanced"), "a row has a class of each of several"),
    (("--target", "y1", "--target", "kind"), "the targets hold: 'y1' numbers, 'kind' 3 labels"),
]


@pytest.mark.parametrize(("options", "fragment"), BAD, ids=[fragment[:20] for _, fragment in BAD])
def test_bad_targets_are_one_message_and_nothing_is_written(backproof, table, options, fragment):
    ran = backproof("train", "t.csv", *options)
    assert (ran.code, ran.out, fragment in " ".join(ran.err.split())) == (2, "", True)
    assert ran.err.count("backproof: ") == 1
    assert [path.name for path in table.iterdir()] == ["t.csv"]


def test_the_commands_for_targets_of_different_kinds_train_a_network_for_each(backproof, table):
    targets = [word for name in ("y1", "late", "y2", "kind", "spam") for word in ("--target", name)]
    ran = backproof("train", "t.csv", *targets, "--id", "id", "--epochs", 2)
    commands = [shlex.split(line) for line in ran.err.splitlines() if line.startswith("backproof train")]
    for command in commands:
        assert backproof(*command[1:], "-q", "--no-baselines").code == 0
    found = [load_model(f"t-run-{number}").targets for number in (1, 2, 3)]
    assert (len(commands), found) == (3, [("y1", "y2"), ("late", "spam"), ("kind",)])


def test_two_labels_are_not_trained_with_a_cost_that_asks_for_an_output_each(backproof, here):
    rows = "".join(f"{n},{'yes' if n % 3 else 'no'}\n" for n in range(40))
    (here / "labels.csv").write_text(f"x,a\n{rows}")
    ran = backproof("train", "labels.csv", "--target", "a", "--cost", "cross_entropy", "--epochs", 1)
    assert (ran.code, "binary_cross_entropy" in ran.err) == (2, True)


def test_all_missing_columns_are_listed_and_rows_for_the_test_in_another_unit_are_told(backproof, here):
    rows = [(f"{n} kg", n % 7, 2 * n) for n in range(40)]
    for name, unit in (("train", "kg"), ("test", "lb")):
        lines = "".join(f"{weight.replace('kg', unit)},{other},{target}\n" for weight, other, target in rows)
        (here / f"{name}.csv").write_text(f"w,o,y\n{lines}")
    ran = backproof("train", "train.csv", "--target", "y", "--test", "test.csv", "--epochs", 1, "-o", "run")
    assert ran.code == 0
    assert "cannot be read, such as '0 lb'" in " ".join(ran.err.split())
    (here / "new.csv").write_text("z\n1\n2\n")
    ran = backproof("predict", "run", "new.csv")
    assert (ran.code, "'o'" in ran.err, "'w'" in ran.err) == (2, True, True)
