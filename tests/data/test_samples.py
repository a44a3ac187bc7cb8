"""Samples beside a model: one array of numbers, from NumPy files and from text, with or without names above it."""

import numpy as np
import pytest

from backproof.data.samples import read_samples
from backproof.errors import DataError

ROWS = np.array([[0.5, -1.0], [2.0, 3e-5], [0.25, 4.0]])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("names", ["", "a{}b\n", "# a{}b\n"])
def test_rows_of_text_are_the_same_with_and_without_names(tmp_path, separator, names):
    lines = "".join(f"{one!r}{separator}{other!r}\n" for one, other in ROWS.tolist())
    (tmp_path / "x.csv").write_text(names.format(separator) + lines)
    np.testing.assert_array_equal(read_samples(tmp_path / "x.csv", ("x",)), ROWS)


def test_a_single_column_of_classes_keeps_its_first_row(tmp_path):
    (tmp_path / "y.csv").write_text("2\n0\n1\n")
    assert read_samples(tmp_path / "y.csv", ("y",)).ravel().tolist() == [2, 0, 1]


def test_of_several_arrays_the_one_with_the_name_is_read_and_a_single_one_under_any_name(tmp_path):
    np.savez(tmp_path / "both.npz", y=ROWS[:, 0], x=ROWS)
    np.savez(tmp_path / "one.npz", measured=ROWS)
    np.save(tmp_path / "x.npy", ROWS)
    for name in ("both.npz", "one.npz", "x.npy"):
        np.testing.assert_array_equal(read_samples(tmp_path / name, ("x", "inputs")), ROWS)


@pytest.mark.parametrize("array", [np.array(1.0), np.array(["a", "b"]), np.array([1j, 2j])])
def test_what_is_no_array_of_numbers_is_an_error(tmp_path, array):
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(DataError, match="expected an array of numbers"):
        read_samples(tmp_path / "x.npy", ("x",))
