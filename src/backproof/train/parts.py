"""A batch in parts, so that what convolutions lay out of its samples stays in a processor's cache.

The cost of a batch and its gradients are sums over samples, and so sums over parts of it; engines add them up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from backproof.architecture import Architecture
from backproof.functions import namespace

#: A cost with its gradients.
Slopes: TypeAlias = tuple[Any, dict[str, Any]]
#: Adds up what each of a number of parts gives, by its number from 0.
AddParts: TypeAlias = Callable[[int, Callable[[Any], Slopes]], Slopes]
#: Maximum number of numbers that may be laid out for a part, and the minimum number of its samples.
LAID_OUT, LEAST = 2**20, 8


class PassInputs(NamedTuple):
    """What goes into a pass: inputs, targets and weights of the samples (or None), and the masks of layers."""

    x: Any
    y: Any
    weights: Any
    masks: Mapping[int, Any]

    def take_mean(self, count: int) -> PassInputs:
        """The same with weights such that the means of `count` parts add up to the mean of all."""
        weights = namespace(self.y).ones((self.y.shape[0], 1), self.y.dtype) if self.weights is None else self.weights
        return self._replace(weights=weights / count)

    def split(self, count: int) -> PassInputs:
        """A number of equal parts, by number along a first axis of every array."""

        def split(array: Any) -> Any:
            return array.reshape(count, array.shape[0] // count, *array.shape[1:])

        weights = None if self.weights is None else split(self.weights)
        return PassInputs(split(self.x), split(self.y), weights, {key: split(mask) for key, mask in self.masks.items()})

    def part(self, number: Any) -> PassInputs:
        """One of the parts."""
        weights = None if self.weights is None else self.weights[number]
        return PassInputs(
            self.x[number], self.y[number], weights, {key: mask[number] for key, mask in self.masks.items()}
        )


def count_copies(network: Architecture) -> int:
    """How many numbers a pass lays out for one sample beside those of its layers."""
    layers = enumerate(network.layers)
    return sum(layer.works.count_copies(network.received_shapes(number)) for number, layer in layers if number)


def count_parts(network: Architecture, samples: int) -> int:
    """The number of equal parts in which a batch is best worked out; 1 where samples depend on each other."""
    laid_out = count_copies(network)
    if (
        samples * laid_out <= LAID_OUT
        or network.couples_samples
        or any(each.works.buffers for each in network.layers[1:])
    ):
        return 1
    most = max(LEAST, LAID_OUT // laid_out)
    size = max(size for size in range(1, min(most, samples) + 1) if samples % size == 0)
    return samples // size if 2 * size >= most else 1
