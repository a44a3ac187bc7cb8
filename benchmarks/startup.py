"""A cold `backproof explain` beside a bare `import numpy`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from benchmarks.figure import Figure, ratio

EXPLAIN = [sys.executable, "-m", "backproof", "explain", "or", "--of", "dE/dw1"]
NUMPY = [sys.executable, "-c", "import numpy"]


def figures() -> Iterator[Figure]:
    run = partial(subprocess.run, check=True, stdout=subprocess.DEVNULL)
    times = ratio(lambda: run(EXPLAIN), lambda: run(NUMPY))
    yield Figure("cold `backproof explain or --of dE/dw1`, against `import numpy`", f"{times:.2f} x", "3 x", times <= 3)
