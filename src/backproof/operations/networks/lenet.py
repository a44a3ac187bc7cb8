"""LeNet-5 (LeCun et al. 1998): two convolutions, each followed by pooling, and two dense layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from backproof.operations.picture_network import PictureNetwork, Tables


@final
@dataclass(frozen=True)
class LeNet(PictureNetwork):
    """6 and 16 channels, 120 and 84 units; 61,706 parameters for 28 x 28 pictures of ten classes"""

    def list_layers(self, activation: Any) -> Tables:
        return [
            {"name": "c1", "kind": "conv2d", "channels": 6, "kernel": 5, "padding": 2, "activation": activation},
            {"name": "s2", "kind": "avg_pool2d", "size": 2},
            {"name": "c3", "kind": "conv2d", "channels": 16, "kernel": 5, "activation": activation},
            {"name": "s4", "kind": "avg_pool2d", "size": 2},
            {"name": "f", "kind": "flatten"},
            {"name": "d5", "kind": "dense", "units": 120, "activation": activation},
            {"name": "d6", "kind": "dense", "units": 84, "activation": activation},
        ]
