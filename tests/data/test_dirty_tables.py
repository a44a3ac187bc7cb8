"""Public tables, clean and written in dozens of dirty ways: understood, told, or asked once; never wrong in silence."""

import numpy as np
import pytest

from backproof.data.diagnostics import find_ambiguities
from backproof.data.encoders import CategoricalEncoder, DateEncoder, NumericEncoder, TextEncoder
from backproof.data.numerals import find_numerals
from backproof.data.reading import read_table
from backproof.data.training_data import prepare_table
from backproof.errors import DataError
from dirty_tables import ASKED, TOLD, VARIANTS, write_rows
from public_tables import TABLES, load_frame

pytest.importorskip("skrub")
#: Where the variants are made of: words and gaps, numbers alone, dates and classes.
BASES = [table for table in TABLES if table.name in ("penguins", "diabetes", "seattle_weather")]
READING = ("numeric", "categorical", "date", "text", "drop", "header", "skip_bad_rows")


def prepare(path, target, **options):
    reading = {name: options.pop(name) for name in READING if name in options}
    return prepare_table(read_table(path, target=target, **reading), target, validation=0.2, seed=0, **options)


def kind_of(dtype):
    """The encoders that a person would choose for a column of a frame."""
    if dtype.kind in "iufb":
        return (NumericEncoder,)
    return (DateEncoder,) if dtype.kind == "M" else (CategoricalEncoder, TextEncoder, DateEncoder)


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_a_public_table_is_understood_by_its_target_alone(table, tmp_path):
    frame = load_frame(table, rows=300)
    frame.to_csv(tmp_path / "table.csv", index=False)
    found = prepare(tmp_path / "table.csv", table.target, **dict.fromkeys(table.options, True))
    assert found.preparation.targets[0].problem == table.problem
    encoders = {encoder.name: encoder for encoder in found.preparation.encoders}
    for name in frame.columns.drop(table.target):
        if name in encoders:
            assert isinstance(encoders[name], kind_of(frame[name].dtype)), name
        else:
            assert any(f"'{name}' is left out" in warning for warning in found.warnings)


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_nothing_is_suspected_of_a_public_table_that_is_not_so(table, tmp_path):
    load_frame(table, rows=300).to_csv(tmp_path / "table.csv", index=False)
    found = prepare(tmp_path / "table.csv", table.target, **dict.fromkeys(table.options, True))
    assert [*find_ambiguities(found.table, found.fitted)] == []


def test_each_way_is_tried_on_a_table():
    frames = [(load_frame(base, rows=110), base.target) for base in BASES]
    assert all(any(make(*each) for each in frames) for make in VARIANTS.values())


def test_nine_tables_of_ten_need_no_more_than_their_target():
    assert sum(not table.options for table in TABLES) >= 0.85 * len(TABLES)


@pytest.mark.parametrize("base", BASES, ids=str)
@pytest.mark.parametrize("name", VARIANTS)
def test_a_dirty_table_is_understood_told_or_asked(name, base, tmp_path):
    frame = load_frame(base, rows=200)
    dirty = VARIANTS[name](frame, base.target)
    if dirty is None:
        pytest.skip("this table cannot be dirty in this way")
    path, clean = tmp_path / f"table{dirty.suffix}", tmp_path / "clean.csv"
    path.write_bytes(dirty.content)
    clean.write_text(write_rows(dirty.meaning, date="%Y-%m-%dT%H:%M:%S"), encoding="utf-8")
    options = dict(dirty.options)
    target = options.pop("target", base.target)
    if dirty.ending == ASKED:
        with pytest.raises(DataError) as asked:
            prepare(path, base.target)
        assert dirty.about in str(asked.value)
        if "never" in options:
            return
    found = prepare(path, target, **options)
    if dirty.ending == TOLD:
        assert any(dirty.about in warning for warning in found.warnings), found.warnings
    meant = prepare(clean, target, **({"header": True} if "header" in options else {}))
    assert found.preparation.names == meant.preparation.names
    np.testing.assert_allclose(found.x.to_array(), meant.x.to_array(), rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(found.y, meant.y)


@pytest.mark.parametrize("decimal", [",", "."])
def test_a_group_of_thousands_never_begins_with_0(decimal):
    other = "." if decimal == "," else ","
    texts = [f"0{decimal}5", f"1{decimal}25", f"12{decimal}5", f"0{other}123"]
    found = find_numerals(texts)
    assert found.decimal == decimal
    np.testing.assert_equal(found.parse(texts), [0.5, 1.25, 12.5, np.nan])
