"""`MLPClassifier` on digits with default parameters, 200 epochs, against scikit-learn's: the first time and later."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks.figure import Figure, faster, seconds

WORK, RUNS = "MLPClassifier on digits, default parameters, 200 epochs, against scikit-learn's", 5


def figures() -> Iterator[Figure]:
    if find_spec("sklearn") is None or find_spec("backproof.sklearn") is None:
        yield Figure(WORK, "no scikit-learn at hand", "1 x, 3 x")
        return
    cold, warm, later, theirs = zip(*(one_round() for _ in range(RUNS)), strict=True)
    processes = (("fresh process, nothing compiled", cold, 1), ("fresh process, programs on disk", warm, 3))
    for when, own, wanted in processes:
        yield Figure.times(f"{WORK}: {when}", faster(list(own), list(theirs)), wanted, f" ({own[0]:.2f} s)")
    yield Figure(f"{WORK}: same process again", f"{faster(list(later), list(theirs)):.2f} x ({later[0]:.2f} s)")


def one_round() -> tuple[float, float, float, float]:
    """Seconds of a fit: with nothing compiled, with programs on disk, a second one there, and scikit-learn's."""
    with tempfile.TemporaryDirectory() as cache:
        (cold, _), (warm, later), (theirs, _) = (fits(who, Path(cache)) for who in ("ours", "ours", "theirs"))
    return cold, warm, later, theirs


def fits(who: str, cache: Path) -> list[float]:
    """The seconds of two fits in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.digits", who], check=True, capture_output=True, text=True,
        env=os.environ | {"XDG_CACHE_HOME": str(cache)},
    )  # fmt: skip
    measured: list[float] = json.loads(run.stdout)
    return measured


def twice(who: str) -> list[float]:
    """Two fits; importing the estimator is not counted, as both stand on scikit-learn's; importing JAX is."""
    from sklearn.datasets import load_digits

    if who == "ours":
        from backproof.sklearn import MLPClassifier
    else:
        from sklearn.neural_network import MLPClassifier
    x, y = load_digits(return_X_y=True)
    warnings.simplefilter("ignore")  # 200 epochs do not converge
    return [seconds(lambda: MLPClassifier(random_state=0).fit(x, y)) for _ in range(2)]


if __name__ == "__main__":
    print(json.dumps(twice(sys.argv[1])))
