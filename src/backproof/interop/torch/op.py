"""What converts one operation of PyTorch: a function of a Call and the operation's own arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from backproof.errors import ModuleError
from backproof.interop.torch.builder import Builder
from backproof.interop.torch.value import Axes, Given, Value, divide_axes, permute_axes, sample_shape
from backproof.operations.layer import Kind

Convert: TypeAlias = Callable[..., Any]
F = TypeVar("F", bound=Convert)

#: What converts each operation, by its name such as `aten.conv2d` or, of one overload, `aten.conv2d.default`.
known: dict[str, Convert] = {}


def converts(*names: str) -> Callable[[F], F]:
    """Make a function known as what converts the operations of these names."""

    def register(function: F) -> F:
        known.update(dict.fromkeys((f"aten.{name}" for name in names), function))
        return function

    return register


@dataclass(frozen=True)
class Call:
    """One use of an operation: where it stands, the layers made so far, and the number of samples of the example."""

    builder: Builder
    place: str
    samples: int

    def layer(
        self,
        kind: str | Kind,
        *senders: Value,
        spans: Axes | None = None,
        arrays: Mapping[str, Given] | None = None,
        name: str = "",
        **options: Any,
    ) -> Value:
        """A layer of some kind that receives from others; its tensor has the axes of the first one, or spans others."""
        if any(each.causal for each in senders):
            raise ModuleError("scores with a mask of -inf can go to a softmax only.")
        place = f"{self.place}.{name}" if name else self.place
        made = self.builder.add(place, kind, [each.layer for each in senders], arrays=arrays, **options)
        return Value(made, senders[0].axes if spans is None else spans)

    def activate(self, value: Value, activation: Any, name: str = "") -> Value:
        """The activation of a tensor, number by number."""
        return self.layer("identity", value, activation=activation, name=name)

    def view(self, value: Value, shape: Sequence[int]) -> Value:
        """The same numbers in another shape."""
        axes = divide_axes(value, shape, self.samples)
        new = sample_shape(axes)
        if new == value.shape:
            return Value(value.layer, axes)
        if len(new) == 1:
            return self.layer("flatten", value, spans=axes)
        return self.layer("reshape", value, spans=axes, shape=new)

    def permute(self, value: Value, order: Sequence[int]) -> Value:
        """The same numbers with the axes in another order."""
        axes, own = permute_axes(value, [at % value.rank for at in order])
        if own == tuple(range(len(own))):
            return Value(value.layer, axes)
        return self.layer("transpose", value, spans=axes, axes=own)

    def require_value(self, given: Any, what: str) -> Value:
        """Something that depends on the inputs. Raise ModuleError for anything else."""
        if not isinstance(given, Value):
            raise ModuleError(f"{what} must depend on the inputs.")
        return given
