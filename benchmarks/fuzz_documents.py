"""Reading documents broken at random places: `python benchmarks/fuzz_documents.py [tries]`; silent if nothing fails."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from documents.test_hostile import fuzz

if __name__ == "__main__":
    fuzz(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, seed=2)
