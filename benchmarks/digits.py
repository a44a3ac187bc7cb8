"""`MLPClassifier` on digits with default parameters, 200 epochs, against scikit-learn's: the first time and later."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figure import Figure, seconds

WORK, RUNS = "MLPClassifier on digits, default parameters, 200 epochs, against scikit-learn's", 5


def figures() -> Iterator[Figure]:
    if find_spec("sklearn") is None or find_spec("backproof.sklearn") is None:
        yield Figure(WORK, "no scikit-learn at hand", "1 x, 3 x")
        return
    own, theirs = map(list, zip(*(one_process_each() for _ in range(RUNS)), strict=True))
    yield Figure.against(f"{WORK}: a whole process, imports included", own, theirs, 1, more=f" ({median(own):.2f} s)")
    for told, options in (("", {}), (" (none left out: n_iter_no_change=200)", {"n_iter_no_change": 200})):
        cold, warm, later, theirs = map(list, zip(*(one_round(options) for _ in range(RUNS)), strict=True))
        # What is asked for is said of the default parameters, which may end before 200 epochs.
        wanted = (0, 0, 0) if options else (1, 3, 0)
        processes = ("fresh process, nothing compiled", "fresh process, programs on disk", "same process again")
        for when, own, least in zip(processes, (cold, warm, later), wanted, strict=True):
            figure = Figure.against(f"{WORK}{told}: {when}", own, theirs, least, more=f" ({median(own):.2f} s)")
            yield figure if least else figure._replace(wanted="", met=None)


def one_process_each() -> tuple[float, float]:
    """Seconds of a process that imports the estimator and fits it once: ours with nothing compiled, and theirs."""
    with tempfile.TemporaryDirectory() as made:
        own, theirs = (seconds(partial(fits, who, Path(made), {}, count=1)) for who in ("ours", "theirs"))
    return own, theirs


def one_round(options: dict[str, Any]) -> tuple[float, float, float, float]:
    """Seconds of a fit: with nothing compiled, with programs on disk, a second one there, and scikit-learn's."""
    with tempfile.TemporaryDirectory() as made:
        fit = partial(fits, cache=Path(made), options=options)
        (cold, _), (warm, later), (theirs, _) = map(fit, ("ours", "ours", "theirs"))
    return cold, warm, later, theirs


def fits(who: str, cache: Path, options: dict[str, Any], count: int = 2) -> list[float]:
    """The seconds of some fits in a process of its own, with bytecode on disk as of everything installed."""
    environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.digits", who, json.dumps(options), str(count)],
        check=True, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    measured: list[float] = json.loads(run.stdout)
    return measured


def time_fits(who: str, options: dict[str, Any], count: int) -> list[float]:
    """Some fits; importing the estimator is not counted, as both stand on scikit-learn's; importing JAX is."""
    from sklearn.datasets import load_digits

    if who == "ours":
        from backproof.sklearn import MLPClassifier
    else:
        from sklearn.neural_network import MLPClassifier
    x, y = load_digits(return_X_y=True)
    warnings.simplefilter("ignore")  # 200 epochs do not converge
    return [seconds(lambda: MLPClassifier(random_state=0, **options).fit(x, y)) for _ in range(count)]


if __name__ == "__main__":
    print(json.dumps(time_fits(sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3]))))
