"""A cold `backproof explain` beside a bare `import numpy`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from benchmarks.figure import Figure, ratio

EXPLAIN = [sys.executable, "-m", "backproof", "explain", "or"]
NUMPY = [sys.executable, "-c", "import numpy"]
#: What is asked for, with how many times the cost of NumPy it may take.
ASKED = (((), 2.4), (("--of", "dE/dw1"), 2.2))


def figures() -> Iterator[Figure]:
    run = partial(subprocess.run, check=True, stdout=subprocess.DEVNULL)
    for options, wanted in ASKED:
        command = [*EXPLAIN, *options]
        times = ratio(lambda command=command: run(command), lambda: run(NUMPY))
        work = f"cold `backproof {' '.join(['explain or', *options])}`, against `import numpy`"
        yield Figure(work, f"{times:.2f} x", f"{wanted} x", times <= wanted)
