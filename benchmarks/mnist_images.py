"""MNIST, where it is at hand: the file that the variable MNIST names, or shared/data/mnist.npz beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist.npz"
PLACE = Path(os.environ.get("MNIST", BESIDE))


class Images(NamedTuple):
    """Images (images, 784), as pixels / 255 in float32 or as the bytes they are, and one-hot digits (images, 10)."""

    x: NDArray[Any]
    y: NDArray[np.float32]


def mnist(kind: str = "float32", part: str = "train") -> Images | None:
    """One part of it, or None where there is no file."""
    if not PLACE.exists():
        return None
    with np.load(PLACE) as file:
        return Images(_pixels(file[f"x_{part}"], kind), _one_hot(file[f"y_{part}"]))


def random_images(kind: str = "float32", count: int = 60_000) -> Images:
    """As many random ones."""
    random = np.random.default_rng(0)
    return Images(
        _pixels(random.integers(0, 256, (count, 784), np.uint8), kind), _one_hot(random.integers(0, 10, count))
    )


def _pixels(images: NDArray[Any], kind: str) -> NDArray[Any]:
    pixels = images.reshape(len(images), -1).astype(kind, copy=False)
    if kind != "uint8":
        pixels /= 255  # in place: these are many
    return pixels


def _one_hot(digits: NDArray[Any]) -> NDArray[np.float32]:
    return np.eye(10, dtype=np.float32)[digits]
