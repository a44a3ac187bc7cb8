"""The OR gate in C, `or_gate.c`, compiled by the system's compiler with -O3."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from shutil import which

import numpy as np
from numpy.typing import NDArray

from backproof.network import Network

SOURCE = Path(__file__).resolve().parents[1] / "or_gate.c"
Numbers = NDArray[np.float64]
Train = Callable[[Network, int, float], tuple[Numbers, Numbers]]


def compiled() -> Train | None:
    """(network, steps, rate) -> each step's cost, and the last parameters in a row; None without a compiler."""
    compiler = next(filter(which, ("cc", "gcc", "clang")), None)
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as made:
        library = Path(made) / "or_gate.so"
        subprocess.run([compiler, "-O3", "-shared", "-fPIC", "-o", library, SOURCE, "-lm"], check=True)
        function = ctypes.CDLL(str(library)).train
    function.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_double, ctypes.c_void_p]

    def train(network: Network, steps: int, rate: float) -> tuple[Numbers, Numbers]:
        parameters, costs = in_a_row(network), np.empty(steps)
        function(parameters.ctypes.data, steps, rate, costs.ctypes.data)
        return costs, parameters

    return train


def in_a_row(network: Network) -> Numbers:
    """W1, b1, W2 and b2, one after the other."""
    return np.concatenate([array.ravel() for array in network.parameters.values()])
