"""A small network in the style of VGG (Simonyan & Zisserman 2015): 3 x 3 kernels in blocks, and pooling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from backproof.operations.picture_network import PictureNetwork, Tables


@final
@dataclass(frozen=True)
class SmallVgg(PictureNetwork):
    """Two blocks of two convolutions with 16 and 32 channels, and 64 units"""

    def list_layers(self, activation: Any) -> Tables:
        tables: Tables = []
        for block, channels in enumerate((16, 32), start=1):
            options = {"kind": "conv2d", "channels": channels, "kernel": 3, "padding": 1, "activation": activation}
            tables += [{"name": f"c{block}{part}", **options} for part in "ab"]
            tables.append({"name": f"p{block}", "kind": "avg_pool2d", "size": 2})
        return [
            *tables,
            {"name": "f", "kind": "flatten"},
            {"name": "d", "kind": "dense", "units": 64, "activation": activation},
        ]
