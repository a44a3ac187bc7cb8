"""Parquet in passing: the same numbers as in memory, the same order for the same epoch, and bounded memory."""

import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backproof.data.parquet_stream import ParquetStream, StreamLayout
from backproof.data.reading import read_table
from backproof.data.training_data import prepare_table
from backproof.errors import BackproofError, DataError
from data.files import written

N = 5000


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "row": np.arange(N) * 1.0,
            "a": random.normal(5, 2, N),
            "on": pd.array(random.random(N) < 0.5, dtype="boolean"),
            "colour": random.choice(["red", "green", "blue"], N),
            "y": random.choice(["u", "v", "w"], N),
        }
    )
    file = tmp_path_factory.mktemp("stream") / "data.parquet"
    frame.to_parquet(file, row_group_size=700)
    return file


def stream(path, **options):
    layout = {"block": 256, "buffer": 1000, **options.pop("layout", {})}
    return ParquetStream(path, "y", layout=StreamLayout(**layout), dtype=np.float64, **options)


def together(blocks):
    parts = list(blocks)
    return np.concatenate([x for x, _, _ in parts]), np.concatenate([y for _, y, _ in parts])


def test_a_stream_learns_what_memory_learns(path):
    passing, whole = stream(path), prepare_table(read_table(path), "y")
    assert passing.count == N
    for one, other in zip(passing.preparation.encoders, whole.preparation.encoders, strict=True):
        assert one.name == other.name
        if one.kind == "numeric":
            assert one.shift == pytest.approx(other.shift)
            assert one.scale == pytest.approx(other.scale)
        else:
            assert one == other
    assert passing.preparation.targets[0] == whole.preparation.targets[0]


@pytest.mark.parametrize("validation", [0.0, 0.2])
def test_an_epoch_has_every_training_row_once(path, validation):
    passing = stream(path, layout={"validation": validation, "seed": 4})
    whole = passing.preparation.encode_inputs(read_table(path)).to_array()
    x, y = together(passing.blocks(1))
    held = (
        together(passing.validation_blocks()) if validation else (np.zeros((0, x.shape[1])), np.zeros((0, y.shape[1])))
    )
    assert len(x) == passing.count
    assert len(held[0]) == passing.validation_count
    assert abs(passing.validation_count - validation * N) < 150
    rows = np.concatenate([x[:, 0], held[0][:, 0]])
    assert np.array_equal(np.sort(rows), whole[:, 0])
    places = np.argsort(np.argsort(rows))
    assert np.array_equal(np.concatenate([x, held[0]]), whole[places])
    assert np.array_equal(np.concatenate([y, held[1]]), passing.preparation.encode_targets(read_table(path))[places])
    training = whole[np.setdiff1d(np.arange(N), places[passing.count :])]
    assert training[:, 1].mean() == pytest.approx(0, abs=1e-9)


def test_the_order_is_that_of_seed_and_epoch_alone(path):
    one, other = stream(path, layout={"seed": 1}), stream(path, layout={"seed": 1})
    list(other.blocks(1))
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(one.blocks(2), other.blocks(2), strict=True))
    orders = [
        together(stream(path, layout={"seed": seed}).blocks(epoch))[0][:, 0] for seed in (1, 2) for epoch in (1, 2)
    ]
    for place, order in enumerate(orders):
        assert all(not np.array_equal(order, later) for later in orders[place + 1 :])
        steps = np.abs(np.diff(np.argsort(np.argsort(order))))
        assert np.median(steps) > 100


def test_blocks_are_of_one_size_but_the_last(path):
    sizes = [len(x) for x, _, _ in stream(path).blocks(1)]
    assert set(sizes[:-1]) == {256}
    assert 0 < sizes[-1] <= 256


def test_what_a_stream_says(path, tmp_path):
    assert [line.column for line in stream(path).summary] == ["row", "a", "on", "colour", "y"]
    assert stream(path).warnings == ()
    read_whole = pd.read_parquet(path)
    read_whole.to_parquet(tmp_path / "one.parquet")
    (mixing,) = stream(tmp_path / "one.parquet").warnings
    assert mixing == "The file is a single row group: only 1,000 rows at a time are shuffled together."


def test_missing_values(tmp_path):
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"a": random.normal(size=400), "on": True, "b": "u", "y": [0, 1] * 200})
    frame = frame.astype({"on": "boolean"})
    frame.loc[250, ["a", "b", "on"]] = None
    frame.to_parquet(tmp_path / "d.parquet", row_group_size=100)
    marking = stream(tmp_path / "d.parquet")
    assert [encoder.units for encoder in marking.preparation.encoders] == [
        2,
        2,
        2,
    ]  # each with a mark
    assert together(marking.blocks(1))[0].sum(axis=0)[[1, 3]].tolist() == [1, 1]
    passing = stream(tmp_path / "d.parquet", impute="mean")
    assert passing.preparation.encoders[2].fill == "(missing)"
    assert np.isfinite(together(passing.blocks(1))[0]).all()
    with pytest.raises(BackproofError, match="the median needs all rows in memory"):
        stream(tmp_path / "d.parquet", impute="median")


def test_declared_and_dropped_columns(path):
    passing = stream(path, drop=["row", "on"], categorical=["colour"])
    assert passing.preparation.names == ("a", "colour")
    with pytest.raises(DataError, match=r"no column 'color'. Did you mean 'colour'"):
        stream(path, drop=["color"])


BAD = {"block": 0, "buffer": 1.5, "validation": 1.0, "seed": -1}


@pytest.mark.parametrize("option", BAD)
def test_options_out_of_range(path, option):
    with pytest.raises(BackproofError, match=option):
        stream(path, layout={option: BAD[option]})


def test_a_file_that_changes_into_another(tmp_path, path):
    copy = written(tmp_path, path.read_bytes(), "copy.parquet")
    damaged = bytearray(copy.read_bytes())
    for place in range(2000, 20_000, 50):
        damaged[place] ^= 255
    with pytest.raises(BackproofError):
        list(stream(written(tmp_path, bytes(damaged), "bad.parquet")).blocks(1))


def test_memory_is_bounded(tmp_path):
    """Four times the rows, written in two row groups, take no more of Arrow's memory and hardly more of Python's."""
    peaks = [_peak(tmp_path / f"{rows}.parquet", rows) for rows in (50_000, 200_000)]
    assert peaks[1] < 1.3 * peaks[0] + 2**20
    assert peaks[1] < 200_000 * 20 * 4 / 2


def _peak(path, rows):
    random = np.random.default_rng(0)
    with pq.ParquetWriter(path, pa.schema([(f"c{place}", pa.float32()) for place in range(20)])) as writer:
        for _ in range(2):
            part = {f"c{place}": random.normal(size=rows // 2).astype(np.float32) for place in range(20)}
            writer.write_table(pa.table(part), row_group_size=rows // 2)
    tracemalloc.start()
    passing = ParquetStream(path, "c0", layout=StreamLayout(block=2048, buffer=8192))
    assert sum(len(x) for x, _, _ in passing.blocks(1)) == rows
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_dates_are_read_alike_in_all_row_groups(tmp_path):
    days = [f"{day:02d}/02/2024" for day in range(1, 25)] + [f"{day:02d}/03/2024" for day in range(1, 11)] * 3
    frame = pd.DataFrame({"day": days, "y": ["u", "v"] * 27})
    frame.to_parquet(tmp_path / "days.parquet", row_group_size=24)
    found = stream(tmp_path / "days.parquet", date=["day"])
    whole = prepare_table(read_table(tmp_path / "days.parquet", date=["day"]), "y")
    (date,), (same,) = found.preparation.encoders, whole.preparation.encoders
    assert date.format == "%d/%m/%Y"
    assert (date.shift, date.scale) == pytest.approx((same.shift, same.scale))


def test_rows_without_target_are_left_out_of_a_stream_where_that_is_wanted(tmp_path):
    x, y = np.arange(90.0), np.where(np.arange(90) // 30 == 1, np.nan, np.arange(90) / 7)
    y[3] = np.nan
    pq.write_table(pa.table({"x": x, "y": pa.array(y, from_pandas=True)}), tmp_path / "d.parquet", row_group_size=30)
    with pytest.raises(DataError, match="31 rows have no target"):
        ParquetStream(tmp_path / "d.parquet", "y")
    stream = ParquetStream(tmp_path / "d.parquet", "y", drop_missing_target=True)
    assert stream.count == 59
    assert "31 rows without target: left out." in stream.warnings
    (target,) = stream.preparation.targets
    seen = np.concatenate([block.y for block in stream.blocks(0)])[:, 0] / target.scale + target.shift
    np.testing.assert_allclose(np.sort(seen), y[~np.isnan(y)], atol=1e-5)
