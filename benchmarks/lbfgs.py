"""The estimators' solver lbfgs against scikit-learn's, on one thread: its tables, networks of several sizes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from statistics import geometric_mean, median
from typing import Any

from benchmarks.figure import Figure, seconds

WORK, RUNS = "solver lbfgs, one thread, against scikit-learn's", 5
TABLES = ("iris", "wine", "breast_cancer", "digits", "diabetes")
NETWORKS: tuple[dict[str, Any], ...] = (
    {}, {"hidden_layer_sizes": (5,)}, {"hidden_layer_sizes": (50, 50), "activation": "tanh"},
)  # fmt: skip


def figures() -> Iterator[Figure]:
    if find_spec("sklearn") is None or find_spec("backproof.sklearn") is None:
        yield Figure(WORK, "no scikit-learn at hand", "1 x")
        return
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.lbfgs"], check=True, capture_output=True, text=True, env=os.environ | one
    )
    ratios = json.loads(run.stdout)
    mean = geometric_mean(ratios.values())
    worst = min(ratios, key=lambda name: ratios[name])
    yield Figure(f"{WORK}, {len(ratios)} fits in the mean", f"{mean:.2f} x", "1 x", mean >= 1)
    yield Figure(f"{WORK}, the worst fit ({worst})", f"{ratios[worst]:.2f} x", "")


def compare() -> dict[str, float]:
    """How many times as fast as scikit-learn's each fit is."""
    import sklearn.datasets
    from sklearn import neural_network
    from sklearn.preprocessing import StandardScaler

    from backproof import sklearn as ours

    warnings.simplefilter("ignore")  # not all converge
    found = {}
    for table in TABLES:
        x, y = getattr(sklearn.datasets, f"load_{table}")(return_X_y=True)
        x, name = StandardScaler().fit_transform(x), "MLPRegressor" if table == "diabetes" else "MLPClassifier"
        for options in NETWORKS:
            kinds = [
                getattr(where, name)(solver="lbfgs", random_state=0, **options) for where in (ours, neural_network)
            ]
            taken = [[seconds(partial(kind.fit, x, y)) for kind in kinds] for _ in range(RUNS)]
            own, theirs = (median(each) for each in zip(*taken, strict=True))
            found[f"{table} {options or 'by default'}"] = theirs / own
    return found


if __name__ == "__main__":
    print(json.dumps(compare()))
