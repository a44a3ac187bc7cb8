"""Data to predict on: the columns that a model was trained on, found again in another source."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.features import Numeric
from backproof.data.names import known
from backproof.data.preparation import Preparation
from backproof.data.reading import as_declared
from backproof.data.sources import is_text, table_from
from backproof.data.table import Column, Numbers, Table


def reread(preparation: Preparation, source: Any) -> Table:
    """The columns of a source that the preparation needs, as the kinds it needs; the target too where it is there.

    Rows of numbers without names stand for the columns in their order; a target's column among them is left out.
    Errors: DataError for a column that is not there, with the nearest one.
    """
    wanted_inputs = set(preparation.names)
    wanted = {*wanted_inputs, preparation.target.name}

    def choose(names: tuple[str, ...], source: str) -> Collection[str]:
        return wanted if wanted_inputs <= set(names) else names

    table = _renamed(table_from(source, None, choose), preparation)
    known(preparation.names, table.names, table.source)
    return as_declared(table.only(wanted), _kinds(preparation), texts=is_text(source))


def _kinds(preparation: Preparation) -> dict[str, str]:
    return {feature.name: feature.kind for feature in preparation.features}


def _renamed(table: Table, preparation: Preparation) -> Table:
    """A single block of the right width becomes the columns that the preparation knows; else the table as it is."""
    blocks = [each for each in table.columns if isinstance(each, Numbers) and each.values.ndim == 2]
    cut = [_without_target(block, preparation) for block in blocks]
    fits = [block for block in cut if block.width == preparation.width]
    numeric = all(isinstance(feature, Numeric) for feature in preparation.features)
    named = set(preparation.names) <= set(table.names)
    if len(fits) != 1 or not numeric or (named and fits[0] in blocks):
        return table
    return replace(table, columns=_columns(fits[0], preparation))


def _without_target(block: Numbers, preparation: Preparation) -> Numbers:
    """The block without the column whose number is the target's name, where it is as much too wide."""
    name = preparation.target.name
    if block.width != preparation.width + 1 or not re.fullmatch(r"-1|[1-9][0-9]{0,8}", name):
        return block
    place = int(name) - 1 if int(name) > 0 else -1
    return Numbers(block.name, np.delete(block.values, place, axis=1)) if place < block.width else block


def _columns(block: Numbers, preparation: Preparation) -> tuple[Column, ...]:
    edges = np.cumsum([0, *(feature.width for feature in preparation.features)]).tolist()
    spans = zip(preparation.features, edges, edges[1:], strict=False)
    return tuple(Numbers(feature.name, _cut(block.values, start, end)) for feature, start, end in spans)


def _cut(values: AnyArray, start: int, end: int) -> AnyArray:
    return values[:, start:end] if end - start > 1 else values[:, start]
