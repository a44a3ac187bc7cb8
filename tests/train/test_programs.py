"""Compiled programs on disk: kept, bounded, and nobody else's."""

import os
import subprocess
import sys

import pytest

from backproof.train.engines.programs import trim_folder

pytest.importorskip("jax")
FIT = """
import numpy as np
from backproof import Network
network = Network.dense([3, 4, 2], seed=1)
x = np.random.default_rng(0).normal(size=(20, 3))
network.fit(x, x[:, :2], epochs=3, batch_size=5, engine="jax")
"""
OWN = "import jax; jax.jit(lambda x: jax.numpy.tanh(x @ x.T).sum())(jax.numpy.ones((7, 9)))\n"
SLOW = "import jax; jax.config.update('jax_persistent_cache_min_compile_time_secs', 0.0)\n"


def kept_after(code, tmp_path, folder="backproof/programs"):
    """The programs on disk after some code has run in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True,
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path)},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return sorted(path.name for path in (tmp_path / folder).glob("*-cache"))


def test_a_program_is_kept_and_found_again(tmp_path):
    first = kept_after(FIT, tmp_path)
    assert any("jit_run" in name for name in first)
    assert kept_after(FIT, tmp_path) == first


@pytest.mark.parametrize("code", [OWN + FIT + OWN, SLOW + FIT + OWN])
def test_a_users_own_programs_are_not(code, tmp_path):
    kept = kept_after(code, tmp_path)
    assert kept
    assert all(name.startswith("jit_run-") for name in kept)


def test_a_folder_that_the_user_set_up_is_used_for_all(tmp_path):
    where = tmp_path / "own"
    code = SLOW + f"jax.config.update('jax_compilation_cache_dir', {str(where)!r})\n" + FIT
    assert any("jit_run" in name for name in kept_after(code, tmp_path, "own"))
    assert not list((tmp_path / "backproof" / "programs").glob("*"))


def test_the_oldest_programs_give_way(tmp_path):
    for number in range(10):
        path = tmp_path / f"{number}-cache"
        path.write_bytes(bytes(100))
        os.utime(path, (number, number))
    trim_folder(tmp_path, 350)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["7-cache", "8-cache", "9-cache"]
