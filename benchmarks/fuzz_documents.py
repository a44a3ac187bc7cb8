"""Documents and claims broken at random: `python -m benchmarks fuzz_documents`; no traceback, and none takes long."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from documents.mutations import LONGEST, fuzz

TRIES = 20_000


def figures(tries: int = TRIES, seed: int = 3) -> Iterator[Figure]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning is a fault, too
        faults, slowest = fuzz(tries, seed)
    for each in faults:
        print(each, file=sys.stderr)
    work = f"{tries:,} broken documents and claims"
    yield Figure(f"{work}: tracebacks and answers that took too long", str(len(faults)), "0", not faults)
    yield Figure(f"{work}: the slowest", f"{slowest:.1f} s", f"{LONGEST:g} s", slowest <= LONGEST)
