"""Chains of dense layers drawn one connection at a time."""

from backproof.wiring import Explicit, Place, chain_shapes


def at(layer, row, column):
    """The place of a weight from a row to a column of a layer, or of a bias where the row is None."""
    return Place(f"b{layer}", (column,)) if row is None else Place(f"W{layer}", (row, column))


def explicit(units, parameters):
    """The wiring of such a chain."""
    return Explicit(chain_shapes(tuple(map(tuple, units))), tuple(parameters))
