"""What every named network for pictures is: the layers between the pictures and the outputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from backproof.operations.registry import Registry

Tables = list[dict[str, Any]]


class PictureNetwork(ABC):
    """Abstract. Layers for pictures of shape (channels, rows, columns), as tables of a worksheet.

    They end in a layer of one axis, which the dense layer of the outputs receives from.
    """

    @property
    def name(self) -> str:
        """The name on the command line: that of its file."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def list_layers(self, activation: Any) -> Tables:
        """Its layers with that activation, which may be an activation or its name."""


networks: Registry[PictureNetwork] = Registry("network for pictures", "backproof.operations.networks", PictureNetwork)
