"""Sums over micro-batches: the same bits on any number of devices, and those of the plain step up to rounding.

JAX is started once in a process, with one number of devices, so that each number has a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backproof import Network
from backproof.data.parquet_stream import ParquetStream, StreamLayout
from backproof.errors import OptionError

pytest.importorskip("jax")

SCRIPT = """
import json, sys
import numpy as np
from backproof import Network
from backproof.train.resume import digest

rng = np.random.default_rng(0)
found, momentum = {}, {"name": "sgd", "momentum": 0.9}
for name, sizes, dtype, reduction, cost, more in (
    ("classes", [6, 10, 3], "float32", "mean", "cross_entropy", dict(optimizer="adam", dropout=0.3, clip=0.5, l2=0.01)),
    ("numbers", [6, 10, 3], "float64", "sum", "half_squared_error", dict(optimizer=momentum, l1=0.001)),
    ("narrow", [25, 1, 3], "float32", "mean", "half_squared_error", dict(optimizer=momentum)),
):
    x, y, weights = rng.normal(size=(45, sizes[0])), np.eye(3)[rng.integers(0, 3, 45)], rng.random(45)
    last = "softmax" if name == "classes" else "identity"
    network = Network.dense(sizes, activation=["relu", last], cost=cost, reduction=reduction, seed=1)
    options = dict(epochs=3, batch_size=20, learning_rate=0.003, dtype=dtype, sample_weight=weights, **more)
    history = network.fit(x, y, **{"micro_batches": 8} | json.loads(sys.argv[1]), **options)
    plain = network.fit(x, y, engine="jax", **options)
    pairs = zip(history.network.parameters.values(), plain.network.parameters.values(), strict=True)
    apart = max(float(abs(a - b).max()) for a, b in pairs)
    costs = float(abs(history.costs - plain.costs).max())
    found[name] = digest(history.costs, *history.state.named.values()), apart, costs
print(json.dumps(found))
"""


def start_devices(count: int, *, first: str = "", **options: object) -> subprocess.Popen[str]:
    """The script in a process with a number of devices, after a line; for one device nothing is set, as by default."""
    flags = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={count}"} if count > 1 else {}
    command = [sys.executable, "-c", f"{first}\n{SCRIPT}", json.dumps(options)]
    return subprocess.Popen(command, env=os.environ | flags, stdout=subprocess.PIPE, text=True)


def test_sums_over_micro_batches_are_the_same_bits_on_any_number_of_devices() -> None:
    # whoever starts JAX sets how large a loop XLA compiles as a whole
    running = [start_devices(1), start_devices(4), start_devices(8, first="import jax")]
    found = [json.loads(each.communicate()[0]) for each in running]
    for name in found[0]:
        assert len({each[name][0] for each in found}) == 1, name
        assert all(each[name][1] < 1e-5 and each[name][2] < 1e-4 for each in found), name


def test_sums_in_any_order_differ_by_rounding_only_on_three_devices_too() -> None:
    found = json.loads(start_devices(3, fast_sums=True).communicate()[0])
    assert all(apart < 1e-5 and cost < 1e-4 for _, apart, cost in found.values())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"micro_batches": 6}, "power of two"),
        ({"fast_sums": True}, "micro_batches"),
        ({"micro_batches": 8, "engine": "numpy"}, "NumPy"),
        ({"micro_batches": 8, "optimizer": {"name": "lbfgs", "line_search": True}}, "line search"),
        ({"micro_batches": 8, "networks": 3}, "one network"),
    ],
)
def test_what_cannot_be_summed_in_micro_batches_is_an_error_that_says_so(options: dict[str, Any], words: str) -> None:
    network = Network.dense([1, 2, 1])
    with pytest.raises(OptionError, match=words):
        network.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=1, **options)


@pytest.mark.parametrize("sizes", [[100], [7, 3, 40, 1, 49], [10] * 10])
def test_ranges_of_an_epoch_are_all_rows_once_and_read_only_their_row_groups(tmp_path: Path, sizes: list[int]) -> None:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rows = np.arange(100.0)
    table = pa.table({"x": rows, "y": rows})
    with parquet.ParquetWriter(tmp_path / "rows.parquet", table.schema) as writer:
        for first, last in pairwise([0, *np.cumsum(sizes).tolist()]):
            writer.write_table(table.slice(first, last - first), row_group_size=100)
    stream = ParquetStream(
        tmp_path / "rows.parquet", "y", layout=StreamLayout(validation=0.2, seed=1), problem="regression", dtype=float
    )

    def read(epoch: int, first: int, last: int) -> list[float]:
        return np.concatenate([each.x for each in stream.range_blocks(epoch, first, last)]).ravel().tolist()

    whole = sorted(np.concatenate([each.x for each in stream.blocks(0)]).ravel().tolist())
    cuts = [0, 13, 50, stream.count]
    parts = [read(0, *ends) for ends in pairwise(cuts)]
    assert sorted(chain.from_iterable(parts)) == whole
    assert [len(part) for part in parts] == np.diff(cuts).tolist()
    assert read(0, 13, 50) == parts[1] != read(1, 13, 50)
