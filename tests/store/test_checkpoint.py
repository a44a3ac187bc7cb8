"""Checkpoints: whole whenever they are looked at, and exactly what was written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from backproof.errors import ModelError, OptionError
from backproof.train.store import read_checkpoint, write_checkpoint
from backproof.train.store.container import KINDS
from store.damage import cut_short, flipped, rubbish

FACTS = {"epoch": 3, "nested": [{"a": None}, 2**100, 0.1, "δ\n"], "best": float("inf")}


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3)])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_of_array_comes_back(tmp_path, kind, shape):
    array = np.asarray(np.random.default_rng(0).integers(0, 100, shape)).astype(kind)
    given = {"a": array, "slots.mean.W1": array.T, "b": array[::-1] if shape else array}
    write_checkpoint(tmp_path, given, FACTS)
    arrays, facts = read_checkpoint(tmp_path)
    assert facts == FACTS
    for key, expected in given.items():
        assert (arrays[key].dtype, arrays[key].shape) == (expected.dtype, expected.shape)
        assert arrays[key].tobytes() == expected.tobytes()


def test_bits_come_back_whatever_they_mean(tmp_path):
    odd = np.array([np.nan, -np.nan, np.inf, -np.inf, -0.0, 5e-324])
    write_checkpoint(tmp_path, {"a": odd, "b": odd.astype(">f8")}, {})
    arrays, _ = read_checkpoint(tmp_path)
    assert arrays["a"].tobytes() == arrays["b"].tobytes() == odd.tobytes()


@pytest.mark.parametrize(
    "array", [np.zeros(2, complex), np.array(["a"]), np.array([None]), np.zeros(2, "i2"), np.zeros(2, "M8[s]")], ids=str
)
def test_arrays_that_no_file_can_hold(tmp_path, array):
    with pytest.raises(OptionError, match="cannot be saved; expected F64"):
        write_checkpoint(tmp_path, {"a": array}, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", [cut_short, rubbish, flipped], ids=["cut", "rubbish", "bits"])
def test_a_damaged_checkpoint_is_one_error(tmp_path, damage):
    write_checkpoint(tmp_path, {"W1": np.arange(6.0).reshape(2, 3), "t": np.array(4)}, {"epoch": 1})
    file = tmp_path / "checkpoint.safetensors"
    for content in damage(file.read_bytes()):
        file.write_bytes(content)
        with pytest.raises(ModelError):
            read_checkpoint(tmp_path)


def test_there_is_none(tmp_path):
    with pytest.raises(ModelError, match="there is no such file"):
        read_checkpoint(tmp_path)


NURSERY = """
import json, os, random, signal, sys, time
import numpy as np
from backproof.train.store import read_checkpoint, write_checkpoint

folder, kills, longest = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
rng, ends = random.Random(0), []
last, arrays = 0, {}
for kill in range(kills):
    sees, says = os.pipe()
    child = os.fork()
    if child == 0:
        step = last
        while True:
            step += 1
            arrays = {"W1": np.full((64, 64), float(step)), "b1": np.full(7, step, np.float32)}
            write_checkpoint(folder, arrays, {"step": step})
            os.write(says, b"%d\\n" % step)
    os.close(says)
    time.sleep(rng.uniform(0, longest))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    told = b""
    while piece := os.read(sees, 65536):
        told += piece
    os.close(sees)
    before = int(told.split()[-1]) if told else last
    if before or os.path.exists(folder + "/checkpoint.safetensors"):
        arrays, facts = read_checkpoint(folder)
        last = facts["step"]
    whole = all((array == last).all() for array in arrays.values())
    ends.append([before, last, whole, len(os.listdir(folder))])
print(json.dumps(ends))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_process_killed_at_any_moment_leaves_the_last_checkpoint_or_the_one_before(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", NURSERY, str(tmp_path), "40", "0.06"], capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(write_checkpoint.__code__.co_filename).parents[3])},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    ends = json.loads(ran.stdout)
    assert len(ends) == 40
    for told, found, whole, _ in ends:
        assert whole
        assert found in (told, told + 1)
    assert ends[-1][1] > 40
