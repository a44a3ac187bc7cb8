"""A Quantity: a number of a training step, by what it is, whose it is, and which sample and step it belongs to.

Everything that a name such as `dE/dw1` tells is told here, and nowhere else: what is differentiated with respect to
what, whether the number belongs to a sample, a batch or a step, and the one form that equal quantities have in common.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from string import digits
from typing import final

from backproof.expression import Expression, Variable, substitute


class Kind(Enum):
    """What a quantity is."""

    PRE_ACTIVATION = auto()
    ACTIVATION = auto()
    TARGET = auto()
    COST = auto()
    PARAMETER = auto()
    NEW = auto()
    STEP = auto()
    RATE = auto()
    DERIVATIVE = auto()
    STATISTIC = auto()
    OPTIMISER = auto()
    REGULARISED = auto()


class Scope(Enum):
    """What a quantity belongs to: one sample, all samples of a batch as the sum of their shares, or a whole step."""

    SAMPLE = auto()
    BATCH = auto()
    STEP = auto()


#: Numbers that stand between the activations that a layer receives and its h: of a batch, and of one sample.
OF_BATCH, OF_SAMPLE = ("batch_mean", "batch_deviation"), ("sample_mean", "sample_deviation", "sample_rms", "mask")
STATISTICS = (*OF_BATCH, *OF_SAMPLE)

_KINDS = {
    "h": Kind.PRE_ACTIVATION,
    "a": Kind.ACTIVATION,
    "y": Kind.TARGET,
    "E": Kind.COST,
    "w": Kind.PARAMETER,
    "b": Kind.PARAMETER,
    "new": Kind.NEW,
    "step": Kind.STEP,
    "eta": Kind.RATE,
    "delta": Kind.DERIVATIVE,
    **dict.fromkeys(("R", "J", "norm", "clipped", "eta0"), Kind.REGULARISED),
    **dict.fromkeys(STATISTICS, Kind.STATISTIC),
}
#: Derivatives of the penalty and of cost and penalty together, which no sample has a share of.
_OF_STEP = ("dR/dw", "dJ/dw")
_BEFORE = "previous "


@final
@dataclass(frozen=True, slots=True)
class Quantity(Variable):
    """A number of a training step, known by its role, what it belongs to, its sample and its step (both from 1).

    Roles are those of the names in a worksheet: `h a y E eta w new step delta R J norm clipped eta0`, a derivative such
    as `dE/da`, `dE/dw`, `da/dh`, `dh/dw`, a statistic, or a number that the optimiser keeps. `of` names units and
    parameters in the order of the role's letters (`da/dh` of one unit is g'(h)). Without `of` it is a letter in a
    general formula (g(h) = ...); a sample that is a letter is the index of a sum; the unit `#2` is the whole of layer
    2. `by_sample` is the sample of what is differentiated with respect to, where it is another one.
    """

    role: str
    of: tuple[str, ...] = ()
    sample: int | str | None = None
    step: int | None = None
    by_sample: int | str | None = None

    @property
    def kind(self) -> Kind:
        """What it is."""
        return Kind.DERIVATIVE if "/" in self.role else _KINDS.get(self.role, Kind.OPTIMISER)

    @property
    def spans_parameters(self) -> bool:
        """Whether it is made of all parameters of a step: a penalty, or the norm of the gradient."""
        return self.role in ("R", "norm")

    @property
    def is_derivative(self) -> bool:
        """Whether it is a derivative, dE/dh under the name delta included."""
        return self.kind is Kind.DERIVATIVE

    @property
    def numerator(self) -> Quantity:
        """What is differentiated; of the same sample and step. For derivatives alone."""
        top, _, bottom = self.canonical.role.partition("/d")
        assert bottom, f"{self.name} is not a derivative"
        return Quantity(top.removeprefix("d"), self._owners[0], self.sample, self.step)

    @property
    def denominator(self) -> Quantity:
        """What it is differentiated with respect to. For derivatives alone."""
        _, _, bottom = self.canonical.role.partition("/d")
        assert bottom, f"{self.name} is not a derivative"
        sample = self.sample if self.by_sample is None else self.by_sample
        return Quantity(bottom, self._owners[1], None if bottom == "w" else sample, self.step)

    @property
    def _owners(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The units or parameters of numerator and denominator."""
        if self.role == "da/dh" and len(self.of) == 1:
            return self.of, self.of
        return self.of[:-1], self.of[-1:]

    @property
    def canonical(self) -> Quantity:
        """The same quantity under the one name that all its names have in common: delta is dE/dh."""
        return replace(self, role="dE/dh") if self.role == "delta" else self

    @property
    def as_delta(self) -> Quantity:
        """The same quantity as a reader writes it: the error of a unit is delta."""
        return replace(self, role="delta") if self.is_error else self

    @property
    def as_slope(self) -> Quantity:
        """da/dh of one unit as g'(h), under the unit's name once; another quantity as it is."""
        return replace(self, of=self.of[:1]) if self.is_slope and len({*self.of}) == 1 else self

    @property
    def form(self) -> str:
        """What numbers that are made in the same way have in common: `dE/dw`, whatever the parameter."""
        return self.canonical.role

    @property
    def statistic(self) -> str:
        """The layer's name of a statistic, such as `batch_mean`; else empty."""
        return self.role if self.kind is Kind.STATISTIC else ""

    @property
    def is_of_batch(self) -> bool:
        """Whether it is a statistic of a whole batch, the same for each of its samples."""
        return self.role in OF_BATCH

    @property
    def is_error(self) -> bool:
        """Whether it is the error of a unit, delta = dE/dh."""
        return self.canonical.role == "dE/dh" and len(self.of) == 1

    @property
    def is_gradient(self) -> bool:
        """Whether it is the derivative of the whole cost with respect to a parameter."""
        return self.role == "dE/dw" and len(self.of) == 1

    @property
    def is_slope(self) -> bool:
        """Whether it is the derivative of an activation with respect to a pre-activation of its layer, g'(h)."""
        return self.role == "da/dh"

    @property
    def is_total(self) -> bool:
        """Whether it is the cost as a whole, not one output's part of it."""
        return self.role == "E" and not self.of

    @property
    def is_product(self) -> bool:
        """Whether it stands in the place of a product of numbers, which has no name of its own."""
        return not self.role

    @property
    def scope(self) -> Scope:
        """What it belongs to; of a batch's numbers a sample has its own share."""
        if self.is_total or self.is_gradient:
            return Scope.BATCH
        if self.kind is Kind.PARAMETER or self.is_of_update or self.is_of_batch:
            return Scope.STEP
        return Scope.SAMPLE

    @property
    def is_of_update(self) -> bool:
        """Whether it is made on the way from the gradient to the new parameters, where samples play no part."""
        kinds = (Kind.NEW, Kind.STEP, Kind.RATE, Kind.OPTIMISER, Kind.REGULARISED)
        return self.kind in kinds or self.role in _OF_STEP

    @property
    def letter(self) -> str:
        """What a notation looks its letter up by: a slot without its number; a ratio of differentials has none."""
        return self.slot.rstrip(digits) if self._is_numbered else self.role

    @property
    def number(self) -> str:
        """The number in the name of a slot, such as 1 of `shift1`, or of the first learning rate."""
        return self.slot[len(self.letter) :] if self._is_numbered else ""

    @property
    def _is_numbered(self) -> bool:
        return self.kind in (Kind.OPTIMISER, Kind.REGULARISED)

    @property
    def is_bias(self) -> bool:
        """Whether it is the biases of a layer all together."""
        return self.role == "b"

    @property
    def is_ratio(self) -> bool:
        """Whether it is written as a ratio of differentials, not under a name of its own as delta is."""
        return "/" in self.role

    @property
    def whole_layer(self) -> str:
        """The number of the layer whose numbers it stands for all together, as in matrix form; else empty."""
        return self.of[0].removeprefix("#") if self.of and self.of[0].startswith("#") else ""

    @property
    def is_before(self) -> bool:
        """Whether it is a number of the optimiser before the step's update."""
        return self.role.startswith(_BEFORE)

    @property
    def slot(self) -> str:
        """The optimiser's name of a number that it keeps or makes."""
        return self.role.removeprefix(_BEFORE)

    @property
    def name(self) -> str:
        """The name that a worksheet or a Trace uses, without sample and step."""
        if self.kind is Kind.PARAMETER:
            return self.of[0] if self.of else "w"
        if self.kind in (Kind.NEW, Kind.STEP):
            return f"{self.role} {self.of[0]}"
        if not self.of:
            return self.role
        top, _, bottom = self.role.partition("/")
        if not bottom:
            return f"{top}[{self.of[0]}]"
        owner = top if len(self.of) == 1 else f"{top}[{self.of[0]}]"
        by = self.of[-1]
        return f"{owner}/d{by}" if bottom == "dw" else f"{owner}/{bottom}[{by}]"

    def of_owner(self, name: str) -> Quantity:
        """The same number of another unit or parameter."""
        return replace(self, of=(name,))

    def of_sample(self, sample: int | str | None) -> Quantity:
        """The same number of another sample."""
        return replace(self, sample=sample)


#: The cost as a whole.
COST = Quantity("E")


def differentiate_by(top: Quantity, by: Quantity) -> Quantity:
    """The derivative of one quantity with respect to another, in the sample and step of the first.

    The cost as a whole belongs to no sample: its derivative is of the sample of what it is taken with respect to, and
    with respect to a parameter it is the share of the sample that the cost is written with.
    """
    role, of = f"d{top.role}/d{by.role}", (*top.of, *by.of)
    if by.kind is Kind.PARAMETER or by.sample == top.sample:
        return Quantity(role, of, top.sample, top.step)
    if top.is_total:
        return Quantity(role, of, by.sample, top.step)
    return Quantity(role, of, top.sample, top.step, by.sample)


def write_sample(formula: Expression, sample: int | None) -> Expression:
    """The formula with a sample written beside every number that samples have of their own."""

    def write(node: Expression) -> Expression | None:
        if isinstance(node, Quantity) and node.sample is None and node.scope is not Scope.STEP:
            return node.of_sample(sample)
        return None

    return formula if sample is None else substitute(formula, write)


def keep_before(slot: str, name: str) -> Quantity:
    """A number that the optimiser keeps for a parameter, before the step's update."""
    return Quantity(f"{_BEFORE}{slot}", (name,))
