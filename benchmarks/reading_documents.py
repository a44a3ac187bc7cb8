"""How well documents are read, and how fast: `python benchmarks/reading_documents.py [networks] [style ...]` has a line
for each style.

read: numbers that became claims of what they are, of those that stand in the text; accused: right numbers, sums and
formulas called wrong; named: planted slips whose own claim is wrong and says so.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1])]

from backproof.checking.claims import check  # noqa: E402
from backproof.checking.documents import read_document  # noqa: E402
from benchmarks.figure import Figure, seconds  # noqa: E402
from documents.measure import measure, write_document  # noqa: E402 - the tests' own generator
from documents.reading import sheet  # noqa: E402
from documents.styles import STYLES  # noqa: E402

NETWORKS = 4


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        found = [measure(name, seed, Path(folder)) for name in STYLES for seed in range(NETWORKS)]
    read, there, accused, slips, _, named = np.sum(found, axis=0)
    what = f"{len(STYLES)} styles, {NETWORKS} networks each"
    yield Figure(f"{what}: numbers read", f"{read / there:.2%} of {there}", "95 %", read >= 0.95 * there)
    yield Figure(f"{what}: right numbers accused", str(accused), "0", accused == 0)
    yield Figure(f"{what}: planted slips named", f"{named / slips:.2%} of {slips}", "95 %", named >= 0.95 * slips)
    worksheet, document, *_ = write_document("displays", 0)
    lines = document.text.split("\n\n")
    text = "\n\n".join(lines[n % len(lines)] for n in range(300))
    took = seconds(lambda: read_document(text, worksheet))
    yield Figure("a document of 300 equations", f"{took:.1f} s", "2 s", took <= 2)
    text = "\n\n".join(f"$a_{n % 2 + 1} = {0.1 + n / 1000:.4f}$" for n in range(400))
    took = seconds(lambda: check(text, network=sheet()))
    yield Figure("a document of 400 distinct wrong claims", f"{took:.1f} s", "10 s", took <= 10)


def main() -> None:
    arguments = sys.argv[1:]
    networks = int(arguments.pop(0)) if arguments and arguments[0].isdigit() else 4
    styles = arguments or list(STYLES)
    total = np.zeros(6, int)
    verbose = len(styles) <= 2
    print(f"{'style':32} {'read':>10} {'accused':>8} {'slip read':>10} {'named':>8} {'s':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for name in styles:
            start = time.perf_counter()
            found = sum((measure(name, seed, Path(folder), verbose) for seed in range(networks)), np.zeros(6, int))
            total += found
            print(_row(name, found, time.perf_counter() - start), flush=True)
    print(_row("all", total, 0))


def _row(name: str, found: np.ndarray, seconds: float) -> str:
    read, there, accused, slips, seen, named = found
    return f"{name:32} {read:>5}/{there:<4} {accused:>8} {seen:>6}/{slips:<3} {named:>8} {seconds:6.1f}"


if __name__ == "__main__":
    main()
