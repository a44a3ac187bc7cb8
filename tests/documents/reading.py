"""Helpers for tests of documents: the article's worksheet, and documents read against it."""

from functools import cache
from pathlib import Path

import backproof
from backproof.checking.documents import Reading, read_document

FOLDER = Path(__file__).parent
SEED = FOLDER.parents[1].parent / "shared" / "seed"


@cache
def sheet(name="article"):
    return backproof.load(FOLDER / "article.toml" if name == "article" else name)


def read(text, worksheet=None, **options) -> Reading:
    return read_document(text + "\n", worksheet or sheet(), **options)


def claims(reading):
    return [(claim.of, claim.value) for claim in reading.claims]


def formulas(reading):
    return [(formula.of, formula.holds) for formula in reading.formulas]
