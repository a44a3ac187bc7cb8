"""The report and the model card that a run leaves in its folder."""

import re
import sys
from hashlib import sha256
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from backproof.train.store import load_model
from tables import flowers, houses

QUICK = ("--engine", "numpy", "--epochs", 3, "--no-baselines", "-q")
#: What a file may hold, and what it must not become.
HOSTILE = "<script>alert(1)</script>"


def train(backproof, data, target, *options):
    ran = backproof("train", data, "--target", target, "-o", "run", *QUICK, *options)
    assert ran.code == 0, ran.err
    return Path("run/report.html").read_text(), Path("run/MODEL_CARD.md").read_text()


def words(html):
    return unescape(re.sub(r"<[^>]+>", " ", html))


def test_the_report_has_all_that_one_asks_after_training(backproof, here):
    flowers(here / "flowers.csv")
    report, card = train(backproof, "flowers.csv", "species", "--hidden", 4)
    for heading in ("Scores", "Training", "Data", "Network", "The worst rows", "How it was made"):
        assert re.search(rf"<h2[^>]*>{heading}</h2>", report)
    assert len(re.findall(r'<img src="data:image/png;base64,', report)) == 2
    assert '<figure class="network">' in report
    drawn = re.search(r'<figure class="network">.*?</figure>', report, re.S)[0]
    for unit in ("length", "width", "colour_red", "rose", "iris"):
        assert f">{unit}<" in drawn
    assert "length" in words(report)
    for heading in ("Data and preparation", "Network and training", "Scores", "Limits", "How it was made"):
        assert f"## {heading}" in card
    assert sha256((here / "flowers.csv").read_bytes()).hexdigest() in card
    for told in (
        "72 rows to train on",
        "18 rows for validation",
        "| seed | 0 |",
        "| Python |",
        "numpy",
        "A network 5-4-3",
    ):
        assert told in card


def test_the_report_is_a_single_file_that_loads_nothing(backproof, here):
    flowers(here / "flowers.csv")
    report, _ = train(backproof, "flowers.csv", "species")
    assert not re.findall(r"(?:src|href)=[\"'](?!data:|#)", report)
    assert "<script" not in report


def test_the_worst_rows_are_explained_by_numbers_that_the_network_gives(backproof, here):
    flowers(here / "flowers.csv", rows=150)
    report, _ = train(backproof, "flowers.csv", "species", "--hidden", 2, "--epochs", 1)
    found = re.findall(r"<h3[^>]*>Row (\d+): (\w+), predicted (\w+)</h3>", report)
    assert len(found) == 3
    lines = (here / "flowers.csv").read_text().splitlines()
    labels = ("iris", "lily", "rose")
    model = load_model("run")
    for row, true, predicted in found:
        *_, colour, label = lines[int(row) - 1].split(",")
        assert label == true != predicted
        answers = backproof("predict", "run", "flowers.csv", "--probabilities").out.splitlines()
        shares = [float(each) for each in answers[int(row) - 1].split(",")[1:]]
        assert labels[int(np.argmax(shares))] == predicted
        cost = -np.log(shares[labels.index(true)])
        shown = re.search(rf"E\s*=\s*([\d.]+)\s*, sample {row}\b", words(re.sub(r"<math[^>]*>", "", report)))
        assert float(shown[1]) == pytest.approx(cost, rel=1e-3)
        assert colour in report
    assert model.network.depth == 2
    assert re.search(r'<details id="[^"]+">', report)


def test_an_amount_is_drawn_against_what_is_true(backproof, here):
    houses(here / "houses.csv")
    report, card = train(backproof, "houses.csv", "price")
    assert "Predicted and true values" in report
    assert "root mean squared error" in card
    assert len(re.findall(r"<h3[^>]*>Row \d+: [\d.e+]+, predicted", report)) == 3


def test_text_from_the_data_stays_text(backproof, here):
    names = [HOSTILE, "a|b", "$x$ \\frac{", "**c**"]
    lines = [f'"{HOSTILE}","a|b","$k$"', *(f"{n % 7},{n % 5},{names[n % 4]}" for n in range(60))]
    (here / "data.csv").write_text("\n".join(lines) + "\n")
    report, card = train(backproof, "data.csv", "$k$", "--epochs", 1)
    assert "<script" not in report
    assert HOSTILE in words(report)
    for name in (HOSTILE, "a|b", "**c**"):
        assert name not in card
    table = [line for line in card.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", line)) >= 3 for line in table)
    assert all(line.endswith("|") for line in table)


def test_a_report_is_the_same_for_the_same_run(backproof, here):
    flowers(here / "flowers.csv")
    first = train(backproof, "flowers.csv", "species")
    assert train(backproof, "flowers.csv", "species", "--force") == first


@pytest.mark.parametrize("options", [("--validation", 0), ("--restarts", 2), ("--hidden", 0), ("--hidden", "300,200")])
def test_every_run_is_reported(backproof, here, options):
    flowers(here / "flowers.csv")
    report, _ = train(backproof, "flowers.csv", "species", *options)
    assert "The worst" in report
    assert len(report) < 1_500_000


def test_pictures_are_reported(backproof, here):
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 60)
    x = random.integers(0, 80, (60, 8, 8)) + 60 * y[:, None, None]
    np.savez("pictures.npz", x=x.astype(np.uint8), y=y)
    report, _ = train(backproof, "pictures.npz", "y")
    assert "64 x numeric" in report
    assert "The worst rows as pictures" in report


def test_a_stream_is_reported(backproof, here):
    pytest.importorskip("pyarrow")
    from pyarrow import csv, parquet

    flowers(here / "flowers.csv", rows=300)
    parquet.write_table(csv.read_csv("flowers.csv"), "flowers.parquet")
    report, card = train(backproof, "flowers.parquet", "species", "--stream", "--engine", "numpy")
    assert "The worst" in report
    assert "rows to train on" in card


def test_without_matplotlib_the_report_has_no_charts_and_says_what_they_need(backproof, here, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    flowers(here / "flowers.csv")
    report, _ = train(backproof, "flowers.csv", "species")
    assert "<img" not in report
    assert "Charts need matplotlib" in words(report)
