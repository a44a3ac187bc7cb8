"""Whatever is read and prepared, out comes a table or one BackproofError: no other exception and no warning."""

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from hypothesis.extra import numpy as arrays

from backproof.data.prediction_batches import match_columns
from backproof.data.preparation_json import preparation_from_json, preparation_to_json
from backproof.data.reading import read_table
from backproof.data.training_data import prepare_table, split_rows
from backproof.errors import BackproofError, DataError
from data.files import same, without_pyarrow, written

FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
CELL = some.one_of(
    some.sampled_from(["", "1", "2", "-3.5", "1e400", "-1e308", "inf", "nan", "NA", "?", "true", "False", "x", "é"]),
    some.sampled_from(['"', '"a"', '"a""b"', " 1 ", "+1", ".", "1_0", "0x1", "١", "\r", "2026-01-01", "a;b", "\x1b"]),
    some.text(max_size=4),
)  # fmt: skip
ROWS = some.lists(some.lists(CELL, min_size=1, max_size=4), min_size=0, max_size=12)


def outcome(source, target="y", **options):
    """What became of a source: prepared, or refused with a message of a readable length."""
    try:
        table = read_table(source, target=target)
        prepared = prepare_table(table, target, **options)
    except BackproofError as error:
        message = str(error)
        assert 10 < len(message) < 1500
        return
    x = prepared.x.to_array(np.float64)
    assert x.shape == (len(table), prepared.preparation.width)
    assert np.isfinite(x).all()
    assert np.isfinite(prepared.y).all()
    assert preparation_from_json(preparation_to_json(prepared.preparation)) == prepared.preparation
    assert prepared.summary
    assert all(isinstance(sentence, str) for sentence in prepared.warnings)
    again = prepared.preparation.encode_inputs(match_columns(prepared.preparation, source)).to_array(np.float64)
    assert np.array_equal(again, x)


@FUZZ
@given(rows=ROWS, header=some.sampled_from(["a,y", "y", "a,b,y", "y,y", ",y", "a;y", '"a",y']), impute=some.booleans())
def test_any_cells(tmp_path, rows, header, impute):
    text = "\n".join([header, *(",".join(row) for row in rows)])
    path = written(tmp_path, text.encode("utf-8", "surrogatepass"))
    outcome(path, impute="median" if impute else None)


KINDS = [
    some.floats(-1e6, 1e6).map(repr),
    some.integers(-300, 300).map(str),
    some.integers(0, 10**18).map(str),
    some.sampled_from(["red", "green", "blue"]),
    some.sampled_from(["true", "false"]),
    some.sampled_from(["true", "FALSE", ""]),
    some.sampled_from(["1", "2", "NA"]),
]


@FUZZ
@given(
    data=some.data(), impute=some.sampled_from([None, "mean", "median", "most_frequent"]), validation=some.booleans()
)
def test_columns_that_make_sense(tmp_path, data, impute, validation):
    count = data.draw(some.integers(4, 12))
    kinds = data.draw(some.lists(some.sampled_from(KINDS), min_size=1, max_size=4))
    columns = [data.draw(some.lists(kind, min_size=count, max_size=count)) for kind in kinds]
    columns.append(data.draw(some.sampled_from([["u", "v"] * count, [str(row / 8) for row in range(count)]]))[:count])
    names = [*(f"c{place}" for place in range(len(kinds))), "y"]
    text = "\n".join(",".join(row) for row in [names, *zip(*columns, strict=True)])
    outcome(written(tmp_path, text), impute=impute, validation=0.3 if validation else 0.0)


QUOTED = CELL.map(lambda text: '"{}"'.format(text.replace('"', '""')))


@FUZZ
@given(rows=some.lists(some.tuples(CELL | QUOTED, CELL | QUOTED), min_size=1, max_size=12))
def test_both_readers_agree(tmp_path, rows):
    text = "\n".join(["a,y", *(",".join(row) for row in rows)])
    path = written(tmp_path, text.encode("utf-8", "surrogatepass"))
    with pytest.MonkeyPatch.context() as patch:
        quick = attempt(path)
        without_pyarrow(patch)
        plain = attempt(path)
    assert quick == plain if isinstance(plain, str) else same(quick, plain)


def attempt(path):
    try:
        return read_table(path)
    except BackproofError as error:
        return str(error)


@FUZZ
@given(data=some.binary(max_size=300), name=some.sampled_from(["d.csv", "d.csv.gz", "d.parquet", "d.npy", "d.npz"]))
def test_any_bytes(tmp_path, data, name):
    outcome(written(tmp_path, data, name))


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "npz", "npy"])
def test_damaged_files(tmp_path, kind):
    whole, rng = good(tmp_path, kind), random.Random(0)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        outcome(written(tmp_path, bytes(data), f"bad.{kind}"), "-1" if kind == "npy" else "y", validation=0.3)


def good(folder, kind):
    """The bytes of a file that can be read."""
    import pandas as pd

    frame = pd.DataFrame({"a": np.arange(12.0), "b": ["u", "v", "w"] * 4, "y": [0, 1] * 6})
    path = folder / f"good.{kind}"
    match kind:
        case "parquet":
            frame.to_parquet(path)
        case "npz":
            np.savez_compressed(path, a=frame.a, b=frame.b.to_numpy(dtype="U"), y=frame.y)
        case "npy":
            np.save(path, frame[["a", "y"]].to_numpy())
        case _:
            frame.to_csv(path, index=False)
    return path.read_bytes()


@FUZZ
@given(
    x=arrays.arrays(arrays.scalar_dtypes(), arrays.array_shapes(max_dims=3, max_side=6)),
    y=arrays.arrays(arrays.scalar_dtypes(), arrays.array_shapes(max_dims=2, max_side=6)),
    impute=some.sampled_from([None, "mean", "median", "most_frequent"]),
)
def test_any_arrays(x, y, impute):
    outcome({"x": x, "y": y}, impute=impute)


@FUZZ
@given(
    values=some.lists(
        some.one_of(some.none(), some.booleans(), some.integers(), some.floats(), some.text(max_size=3), some.dates())
    ),
    classes=some.booleans(),
)
def test_any_objects(values, classes):
    y = [number % 2 if classes else number + 0.5 for number in range(len(values))]
    outcome({"a": np.array([*values, None], dtype=object)[:-1], "y": y}, validation=0.5, impute="most_frequent")


JSON = some.recursive(
    some.one_of(some.none(), some.booleans(), some.integers(), some.floats(), some.text(max_size=5)),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
)


@FUZZ
@given(document=JSON)
def test_any_document_is_refused(document):
    with pytest.raises(DataError, match="this is not a preparation"):
        preparation_from_json(document)


@FUZZ
@given(data=some.data(), junk=JSON)
def test_any_change_of_a_document(data, junk):
    table = read_table({"a": [1.0, 2.0, None], "b": ["u", "v", None], "y": ["n", "m", "n"]})
    document = preparation_to_json(prepare_table(table, "y", impute="mean").preparation)
    part = document
    for _ in range(data.draw(some.integers(0, 3))):
        keys = list(part) if isinstance(part, dict) else list(range(len(part)))
        key = data.draw(some.sampled_from(keys))
        if not isinstance(part[key], dict | list) or not part[key]:
            part[key] = junk
            break
        part = part[key]
    else:
        part.update(more=junk) if isinstance(part, dict) else part.append(junk)
    try:
        made = preparation_from_json(document)
    except DataError:
        return
    assert preparation_from_json(preparation_to_json(made)) == made


@FUZZ
@given(
    classes=some.lists(some.integers(0, 5), min_size=2, max_size=60),
    fraction=some.floats(0.01, 0.99),
    seed=some.integers(0, 2**32),
)
def test_a_split_is_fair(classes, fraction, seed):
    training, held = split_rows(np.array(classes), fraction, seed)
    assert sorted([*training, *held]) == list(range(len(classes)))
    assert len(training) >= 1
    assert len(held) >= 1
    for label in set(classes):
        many = classes.count(label)
        inside = sum(classes[row] == label for row in held)
        if many >= 2:
            assert 1 <= inside <= many - 1
            assert abs(inside - many * fraction) < 1 + len(set(classes))
    again = split_rows(np.array(classes), fraction, seed)
    assert np.array_equal(again[0], training)
    assert np.array_equal(again[1], held)
    ample = all(classes.count(label) * min(fraction, 1 - fraction) >= 1 for label in set(classes))
    assert not ample or len(held) == round(len(classes) * fraction)
