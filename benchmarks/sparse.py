"""Sparse inputs, 4,176 x 40,938 with 80 numbers a row: time and memory of ten epochs, against scikit-learn's."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np

from benchmarks.figure import Figure, seconds
from benchmarks.mnist import used

WORK = "MLPClassifier, 50 units, 10 epochs of 4,176 x 40,938 sparse inputs, against scikit-learn's"
ROWS, COLUMNS, EACH = 4176, 40_938, 80


def figures() -> Iterator[Figure]:
    if find_spec("sklearn") is None or find_spec("backproof.sklearn") is None:
        yield Figure(WORK, "no scikit-learn at hand", "no more")
        return
    (own, mine), (theirs, others) = map(measure, ("ours", "theirs"))
    yield Figure(f"{WORK}: time", f"{own:.1f} of {theirs:.1f} s", "no more", own <= theirs)
    yield Figure(f"{WORK}: peak memory", f"{mine:.0f} of {others:.0f} MB", "1.3 x", mine <= 1.3 * others)


def measure(who: str) -> tuple[float, float]:
    """The seconds of a fit in a process of its own, and the most memory that it takes, in MB."""
    run = subprocess.run([sys.executable, "-m", "benchmarks.sparse", who], check=True, capture_output=True, text=True)
    taken, most = map(float, run.stdout.split())
    return taken, most


def fit(who: str) -> float:
    """The seconds of a fit."""
    from scipy.sparse import csr_matrix

    if who == "ours":
        from backproof.sklearn import MLPClassifier
    else:
        from sklearn.neural_network import MLPClassifier
    random = np.random.default_rng(0)
    numbers, columns = random.uniform(size=ROWS * EACH), random.integers(0, COLUMNS, ROWS * EACH)
    x = csr_matrix((numbers, columns, np.arange(ROWS + 1) * EACH), shape=(ROWS, COLUMNS))
    y = random.integers(0, 3, ROWS)
    warnings.simplefilter("ignore")  # ten epochs do not converge
    return seconds(lambda: MLPClassifier((50,), max_iter=10, random_state=0).fit(x, y))


if __name__ == "__main__":
    print(fit(sys.argv[1]), used())
