"""What stands for a tensor of somebody's module: a layer, and how the axes of the tensor are those of its samples.

A layer's arrays are (samples, *shape). A module may move the axis of the samples about, or merge it with others, as
attention does with its heads; here each axis of a tensor is a product of sizes, one of which may be the samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import prod
from typing import Any, TypeAlias, final

from backproof.errors import ModuleError
from backproof.operations.layer import Shape

#: Stands for the number of samples among the sizes of an axis.
SAMPLES = -1
#: The sizes that each axis of a tensor is made of.
Axes: TypeAlias = tuple[tuple[int, ...], ...]


@final
@dataclass(frozen=True)
class Value:
    """A tensor that depends on the inputs: the name of its layer, and its axes.

    `causal` where the numbers above the diagonal are left out, which only a softmax can do.
    """

    layer: str
    axes: Axes
    causal: bool = False

    @property
    def rank(self) -> int:
        """Number of axes of the tensor."""
        return len(self.axes)

    @property
    def shape(self) -> Shape:
        """The shape of one sample: (1,) where there is a single number."""
        return sample_shape(self.axes)

    def count(self, samples: int) -> Shape:
        """The shape of the tensor for a number of samples."""
        return tuple(prod(samples if size == SAMPLES else size for size in axis) for axis in self.axes)

    def axis(self, number: int) -> int:
        """The axis of a sample that an axis of the tensor is. Raise ModuleError for one that holds the samples."""
        if not -self.rank <= number < max(self.rank, 1):
            raise ModuleError(f"there is no axis {number} in a tensor of {self.rank} axes.")
        at = number % self.rank
        if len(self.axes[at]) != 1 or self.axes[at] == (SAMPLES,):
            raise ModuleError(
                f"axis {number} holds the samples of the batch, and nothing but a batch norm may mix samples; "
                "expected an axis of one sample."
            )
        return len(_sizes(self.axes[:at]))

    def all_but(self, number: int) -> Axes:
        """The axes without one of them."""
        at = number % self.rank
        return self.axes[:at] + self.axes[at + 1 :]

    def put(self, number: int, size: int) -> Axes:
        """The axes with another size of one of them."""
        at = number % self.rank
        return (*self.axes[:at], (size,), *self.axes[at + 1 :])


@final
@dataclass(frozen=True)
class Given:
    """A parameter, a buffer or a constant: its name, its numbers, and whether they are trained.

    `part` are the rows that are used, from one to before another, None for all; `turned` where the module uses
    the transpose of what is kept under that name.
    """

    name: str
    tensor: Any
    trained: bool = False
    turned: bool = False
    part: tuple[int, int] | None = None

    @property
    def used(self) -> Any:
        """The numbers as they are used."""
        rows = self.tensor if self.part is None else self.tensor[slice(*self.part)]
        return rows.t() if self.turned else rows


def sample_shape(axes: Axes) -> Shape:
    """The shape of one sample: (1,) where there is a single number."""
    return _sizes(axes) or (1,)


def _sizes(axes: Axes) -> Shape:
    return tuple(size for size in chain.from_iterable(axes) if size != SAMPLES)


def permute_axes(value: Value, order: Sequence[int]) -> tuple[Axes, tuple[int, ...]]:
    """The axes of a tensor in another order, and the order in which that takes the axes of a sample."""
    starts = [len(_sizes(value.axes[:at])) for at in range(value.rank)]
    axes = tuple(value.axes[at] for at in order)
    return axes, tuple(starts[at] + own for at in order for own in range(len(_sizes(value.axes[at : at + 1]))))


def divide_axes(value: Value, shape: Sequence[int], samples: int) -> Axes:
    """The axes of the same numbers, in the same order, in another shape. Raise ModuleError if that mixes samples."""
    rest = list(chain.from_iterable(value.axes))
    return tuple(_take_axis(rest, size, samples, shape) for size in shape)


def _take_axis(rest: list[int], size: int, samples: int, shape: Sequence[int]) -> tuple[int, ...]:
    """The sizes that the next axis is made of, taken from the `rest`."""
    taken, own = list[int](), 1
    while size > 1:
        head = _take_head(rest, size, samples)
        if head is None:
            raise ModuleError(
                f"the shape {tuple(shape)} splits the axis of the {samples} samples or mixes it with others, so that "
                "what is one sample cannot be told; keep the samples an axis of their own."
            )
        if head == SAMPLES:
            taken += [own, SAMPLES] if own > 1 else [SAMPLES]
            own = 1
        else:
            own *= head
        size //= samples if head == SAMPLES else head
    return tuple(taken + ([own] if own > 1 or not taken else []))


def _take_head(rest: list[int], size: int, samples: int) -> int | None:
    """The first size of the rest, or its part that fits into an axis of a size."""
    while rest and rest[0] == 1:
        rest.pop(0)
    if rest and rest[0] != SAMPLES:  # what lies side by side can be divided anew
        while len(rest) > 1 and rest[1] != SAMPLES:
            rest[:2] = [rest[0] * rest[1]]
    if not rest:
        return None
    head = samples if rest[0] == SAMPLES else rest[0]
    if size % head == 0:
        return rest.pop(0)
    if rest[0] != SAMPLES and head % size == 0:
        rest[0] = head // size
        return size
    return None
