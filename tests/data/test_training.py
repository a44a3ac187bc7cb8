"""From a table to a network that has learned it: prepared data and streams are what a run takes."""

import numpy as np
import pandas as pd
import pytest

from backproof import Network
from backproof.data.parquet_stream import ParquetStream, StreamLayout
from backproof.data.reading import read_table
from backproof.data.training_data import prepare_table
from backproof.train.options import TrainingOptions
from backproof.train.run import Run


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Three clouds of points, and an amount that depends on where they are."""
    random = np.random.default_rng(0)
    kind = np.arange(600) % 3
    frame = pd.DataFrame({"a": random.normal(kind * 400, 60), "b": random.normal(kind % 2, 0.2), "side": "left"})
    frame["side"] = np.where(random.random(600) < 0.5, "left", "right")
    frame["kind"] = np.array(["red", "green", "blue"])[kind]
    frame["amount"] = 5000 + 3 * frame["a"] + np.where(frame["side"] == "left", 800, 0)
    file = tmp_path_factory.mktemp("train") / "data.parquet"
    frame.to_parquet(file, row_group_size=100)
    return file


def trained(preparation, source, epochs=25, dtype="float64"):
    target = preparation.targets[0]
    network = Network.dense(
        [preparation.width, 8, target.units], activation=["tanh", target.activation], cost=target.cost, reduction="mean"
    )
    options = TrainingOptions(
        epochs=epochs, learning_rate=0.02, optimizer="adam", batch_size=20, dtype=dtype, engine="numpy"
    )
    run = Run(network, source, options)
    for _ in run:
        pass
    return run.network


def test_classes(path):
    prepared = prepare_table(read_table(path, drop=["amount"]), "kind", validation=0.2)
    target = prepared.preparation.targets[0]
    outputs = trained(prepared.preparation, prepared.source).predict(prepared.validation.x)
    assert np.mean(np.array(target.decode(outputs)) == target.decode(prepared.validation.y)) > 0.95


def test_an_amount(path):
    prepared = prepare_table(read_table(path, drop=["kind"]), "amount", validation=0.2)
    target = prepared.preparation.targets[0]
    outputs = trained(prepared.preparation, prepared.source, 40).predict(prepared.validation.x)
    apart = np.abs(np.subtract(target.decode(outputs), target.decode(prepared.validation.y)))
    assert np.mean(apart) < 100


def test_a_stream(path):
    stream = ParquetStream(path, "kind", drop=["amount"], layout=StreamLayout(block=60, buffer=120, validation=0.2))
    network = trained(stream.preparation, stream, dtype="float32")
    (held, *_) = stream.validation_blocks()
    target = stream.preparation.targets[0]
    assert np.mean(np.array(target.decode(network.predict(held.x))) == target.decode(held.y)) > 0.95


def test_pictures_scaled_batch_by_batch_train_like_pictures_scaled_before():
    random = np.random.default_rng(0)
    x = random.integers(0, 256, (90, 12)).astype(np.uint8)
    prepared = prepare_table(read_table({"x": x, "y": np.arange(90) % 3}), "y")
    lazy = trained(prepared.preparation, prepared.source, 3)
    before = prepare_table(read_table({"x": prepared.x.to_array(), "y": np.arange(90) % 3}), "y").preparation
    eager = trained(before, type(prepared.source)(prepared.x.to_array(), prepared.y), 3)
    for name in lazy.parameters:
        assert lazy.parameters[name] == pytest.approx(eager.parameters[name], abs=1e-9)
