"""How well documents are read: `python benchmarks/reading_documents.py [networks] [style ...]`, a line a style.

read: numbers that became claims of what they are, of those that stand in the text; accused: right numbers, sums and
formulas called wrong; named: planted slips whose own claim is wrong and says so.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from documents.measure import measure
from documents.styles import STYLES


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
