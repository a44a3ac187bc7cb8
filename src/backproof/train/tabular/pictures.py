"""The network for pictures of a run on data: a named one, and the dense layer of its outputs."""

from __future__ import annotations

from typing import Any

from backproof.errors import ShapeError
from backproof.network import Network
from backproof.operations.picture_network import PictureNetwork

Shape = tuple[int, ...]


def make_picture_network(
    chosen: PictureNetwork,
    shape: Shape,
    units: int,
    *,
    activation: Any = "relu",
    last: Any = "identity",
    **options: Any,
) -> Network:
    """The network for pictures of a shape; options as for `Network.graph`. Raise ShapeError if they are too small."""
    output = {"name": "o", "kind": "dense", "units": units, "activation": last}
    options = {"cost": "half_squared_error", **options}
    try:
        return Network.graph(list(shape), [*chosen.list_layers(activation), output], **options)
    except ShapeError as error:
        raise ShapeError(f"{chosen.name} does not fit pictures of {' x '.join(map(str, shape))}: {error}") from None


def count_products(chosen: PictureNetwork, shape: Shape, units: int) -> int:
    """The products of a number with a weight for one picture."""
    return make_picture_network(chosen, shape, units).architecture.product_count
