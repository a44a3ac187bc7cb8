"""Data to predict on: the columns that a model was trained on, found again in another source."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.features import NumericEncoder
from backproof.data.names import require_columns
from backproof.data.preparation import Preparation
from backproof.data.reading import apply_kinds
from backproof.data.sources import is_text_file, load_columns
from backproof.data.table import Column, NumericColumn, Table


def match_columns(preparation: Preparation, source: Any) -> Table:
    """The columns of a source that the preparation needs, as the kinds it needs; the target too where it is there.

    Rows of numbers without names stand for the columns in their order; a target's column among them is left out.
    Errors: DataError for a column that is not there, with the nearest one.
    """
    wanted_inputs = set(preparation.names)
    wanted = {*wanted_inputs, preparation.target.name}

    def choose(names: tuple[str, ...], source: str) -> Collection[str]:
        return wanted if wanted_inputs <= set(names) else names

    table = _name_block_columns(load_columns(source, None, choose), preparation)
    require_columns(preparation.names, table.names, table.source)
    return apply_kinds(table.only(wanted), _list_kinds(preparation), texts=is_text_file(source))


def _list_kinds(preparation: Preparation) -> dict[str, str]:
    return {feature.name: feature.kind for feature in preparation.features}


def _name_block_columns(table: Table, preparation: Preparation) -> Table:
    """A single block of the right width becomes the columns that the preparation knows; else the table as it is."""
    blocks = [each for each in table.columns if isinstance(each, NumericColumn) and each.values.ndim == 2]
    cut = [_drop_target(block, preparation) for block in blocks]
    fits = [block for block in cut if block.width == preparation.width]
    numeric = all(isinstance(feature, NumericEncoder) for feature in preparation.features)
    named = set(preparation.names) <= set(table.names)
    if len(fits) != 1 or not numeric or (named and fits[0] in blocks):
        return table
    return replace(table, columns=_split_block(fits[0], preparation))


def _drop_target(block: NumericColumn, preparation: Preparation) -> NumericColumn:
    """The block without the column whose number is the target's name, where it is as much too wide."""
    name = preparation.target.name
    if block.width != preparation.width + 1 or not re.fullmatch(r"-1|[1-9][0-9]{0,8}", name):
        return block
    place = int(name) - 1 if int(name) > 0 else -1
    return NumericColumn(block.name, np.delete(block.values, place, axis=1)) if place < block.width else block


def _split_block(block: NumericColumn, preparation: Preparation) -> tuple[Column, ...]:
    edges = np.cumsum([0, *(feature.width for feature in preparation.features)]).tolist()
    spans = zip(preparation.features, edges, edges[1:], strict=False)
    return tuple(NumericColumn(feature.name, _cut_columns(block.values, start, end)) for feature, start, end in spans)


def _cut_columns(values: AnyArray, start: int, end: int) -> AnyArray:
    return values[:, start:end] if end - start > 1 else values[:, start]
