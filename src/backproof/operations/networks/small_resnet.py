"""A small residual network (He et al. 2016): what a block adds to what it receives, and the mean of each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from backproof.operations.picture_network import PictureNetwork, Tables


@final
@dataclass(frozen=True)
class SmallResnet(PictureNetwork):
    """A convolution and two residual blocks with 16 and 32 channels, without normalisation"""

    def list_layers(self, activation: Any) -> Tables:
        tables: Tables = [_convolve("c", 16, activation=activation)]
        for block, (channels, stride) in enumerate(((16, 1), (32, 2)), start=1):
            start = tables[-1]["name"]
            a, b, shortcut, after = (f"{letter}{block}" for letter in "abst")
            tables += [
                _convolve(a, channels, stride=stride, activation=activation),
                _convolve(b, channels),
                {
                    "name": shortcut,
                    "kind": "conv2d",
                    "channels": channels,
                    "kernel": 1,
                    "stride": stride,
                    "from": start,
                },
                {"name": after, "kind": "add", "from": [b, shortcut], "activation": activation},
            ]
        return [*tables, {"name": "m", "kind": "adaptive_avg_pool2d", "size": 1}, {"name": "f", "kind": "flatten"}]


def _convolve(name: str, channels: int, **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": "conv2d", "channels": channels, "kernel": 3, "padding": 1, **more}
