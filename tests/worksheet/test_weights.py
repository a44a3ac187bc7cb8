"""Parameters in a file beside the worksheet."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from backproof.errors import WorksheetError
from backproof.worksheet import load, loads
from worksheet.sheets import LAYERS, changed

SHAPES = {"W1": (3, 2), "b1": (2,), "W2": (2, 2), "b2": (2,)}


def arrays(**changes):
    """Arrays that fit, with some changed or, for None, left out."""
    found = {key: np.ones(shape) for key, shape in SHAPES.items()} | changes
    return {key: array for key, array in found.items() if array is not None}


def sheet(folder, name="w.safetensors"):
    (folder / "sheet.toml").write_text(changed("[3, 2, 2]", f"[3, 2, 2]\nparameters = '{name}'", LAYERS))
    return folder / "sheet.toml"


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16])
def test_arrays_are_read(tmp_path, kind):
    given = {key: np.arange(np.prod(shape), dtype=kind).reshape(shape) / 3 for key, shape in SHAPES.items()}
    save_file(given, tmp_path / "w.safetensors")
    network = load(sheet(tmp_path)).network
    for key in SHAPES:
        assert network.parameters[key].dtype == np.float64
        np.testing.assert_array_equal(network.parameters[key], given[key])
    assert loads(sheet(tmp_path).read_text(), folder=tmp_path).network.parameters["w[1][x1,l1.2]"] == given["W1"][0, 1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"W1": np.ones((2, 3))}, r"W1 has shape \(2, 3\), expected \(3, 2\)"),
        ({"b2": None}, "lacks the array 'b2'"),
        ({"W3": np.ones(1)}, "an array 'W3' that the layers do not have"),
        ({"W1": np.ones((3, 2), dtype=np.int64)}, "W1 holds I64; expected floating point"),
        ({"W1": np.full((3, 2), np.nan)}, "W1 holds numbers that are not finite"),
    ],
)
def test_arrays_that_do_not_fit(tmp_path, changes, message):
    save_file(arrays(**changes), tmp_path / "w.safetensors")
    with pytest.raises(WorksheetError, match=rf"network.parameters \(line 4\): .*{message}"):
        load(sheet(tmp_path))


@pytest.mark.parametrize(
    "content", [b"", b"junk", b"\xff" * 100, b"\x02\0\0\0\0\0\0\0{}", b"\x08\0\0\0\0\0\0\0[[[[[[[["]
)
def test_damaged_files(tmp_path, content):
    (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(WorksheetError, match=r"cannot be read as safetensors|lacks the array"):
        load(sheet(tmp_path))


def test_a_file_cut_short(tmp_path):
    save_file(arrays(), tmp_path / "w.safetensors")
    whole = (tmp_path / "w.safetensors").read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / "w.safetensors").write_bytes(whole[:length])
        with pytest.raises(WorksheetError):
            load(sheet(tmp_path))


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../w.safetensors", "a/../../w", "~/w", "C:\\w", "..\\w", "", "\\\\host\\w"]
)
def test_files_elsewhere(tmp_path, name):
    with pytest.raises(WorksheetError, match="in the worksheet's own folder"):
        load(sheet(tmp_path, name))


@pytest.mark.parametrize("name", ["none.safetensors", ".", "sheet.toml/x", "x" * 3000])
def test_missing_files(tmp_path, name):
    with pytest.raises(WorksheetError, match="there is no file"):
        load(sheet(tmp_path, name))
