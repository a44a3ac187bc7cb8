"""PyTorch's losses as costs: each is a cost, perhaps with an activation that the loss applies by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from backproof.architecture import REDUCTIONS
from backproof.errors import NameUnknown, OptionError
from backproof.operations.cost import Cost, costs
from backproof.operations.layer import Shape
from backproof.validate import describe


@dataclass(frozen=True)
class Judgement:
    """How outputs are judged: the cost, how a batch's comes about, and the activation that belongs to the loss.

    Targets that are numbers of classes are turned into rows by `classes`, with `smoothing` as of a cross-entropy.
    """

    cost: Cost
    reduction: str
    activation: str = "identity"
    classes: bool = False
    smoothing: float = 0.0

    def encode(self, targets: Any, shape: Shape) -> torch.Tensor:
        """Targets as rows (samples, outputs). Raise OptionError for numbers of classes that do not exist."""
        given = _read_tensor(targets)
        if not self.classes or given.is_floating_point():
            rows = given.double()
        else:
            count = shape[0]
            if given.ndim != 1 or bool(((given < 0) | (given >= count)).any()):
                raise OptionError(
                    f"y: expected the number of a class from 0 to {count - 1} for each sample, received shape "
                    f"{tuple(given.shape)}, {describe(given.flatten()[:5].tolist())}."
                )
            rows = nn.functional.one_hot(given.long(), count).double()
        if self.smoothing:
            rows = (1 - self.smoothing) * rows + self.smoothing / shape[0]
        return rows.reshape(len(rows), -1)


def _read_tensor(targets: Any) -> torch.Tensor:
    try:
        return targets.detach().cpu() if torch.is_tensor(targets) else torch.as_tensor(targets)
    except (TypeError, ValueError, RuntimeError) as error:
        raise OptionError(f"y: expected numbers, received {describe(targets)}; {error}.") from None


def read_loss(loss: Any, reduction: str = "mean") -> Judgement:
    """The cost of a loss module, or of a name as in worksheets. Raise OptionError for a loss that has none here."""
    if isinstance(loss, nn.Module):
        return _read_module(loss)
    if reduction not in REDUCTIONS:
        raise OptionError(f"reduction must be 'sum' or 'mean', received {describe(reduction)}.")
    cost = costs.make(loss)
    return Judgement(cost, reduction, classes=cost.name in ("cross_entropy", "negative_log_likelihood"))


def _read_module(loss: nn.Module) -> Judgement:
    read = _LOSSES.get(type(loss).__name__)
    if read is None:
        raise OptionError(
            f"the loss {type(loss).__name__} is not known; expected one of {', '.join(_LOSSES)}, or the name of a cost."
        )
    for option, plain in (("weight", None), ("pos_weight", None), ("ignore_index", -100)):
        given = getattr(loss, option, plain)
        if given is not plain and given != plain:
            raise OptionError(f"{type(loss).__name__} with {option} is not known; leave it out.")
    reduction: Any = loss.reduction
    if reduction not in REDUCTIONS:
        raise OptionError(
            f"{type(loss).__name__} with reduction={describe(reduction)} gives no single number; expected 'mean' "
            "or 'sum'."
        )
    try:
        return read(loss, reduction)
    except NameUnknown:
        raise OptionError(
            f"{type(loss).__name__} with reduction={reduction!r} has no cost here yet; expected another loss."
        ) from None


def _by_mean(mean: str, total: str, activation: str = "identity") -> Callable[[Any, str], Judgement]:
    """A loss whose mean goes over samples and outputs alike."""
    return lambda loss, reduction: Judgement(costs.make(mean if reduction == "mean" else total), reduction, activation)


def _read_cross_entropy(loss: Any, reduction: str) -> Judgement:
    return Judgement(costs.make("cross_entropy"), reduction, "softmax", True, loss.label_smoothing)


def _read_nll(loss: Any, reduction: str) -> Judgement:
    return Judgement(costs.make("negative_log_likelihood"), reduction, classes=True)


def _read_huber(loss: Any, reduction: str) -> Judgement:
    threshold = loss.delta if isinstance(loss, nn.HuberLoss) else loss.beta
    if isinstance(loss, nn.SmoothL1Loss) and threshold != 1:
        raise OptionError(f"SmoothL1Loss with beta={threshold} is not known; expected 1.")
    name = "mean_huber" if reduction == "mean" else "huber"
    return Judgement(costs.make({"name": name, "threshold": threshold}), reduction)


_LOSSES: dict[str, Callable[[Any, str], Judgement]] = {
    "CrossEntropyLoss": _read_cross_entropy,
    "NLLLoss": _read_nll,
    "BCEWithLogitsLoss": _by_mean("mean_binary_cross_entropy", "binary_cross_entropy", "sigmoid"),
    "BCELoss": _by_mean("mean_binary_cross_entropy", "binary_cross_entropy"),
    "MSELoss": _by_mean("mean_squared_error", "squared_error"),
    "L1Loss": _by_mean("mean_absolute_error", "absolute_error"),
    "HuberLoss": _read_huber,
    "SmoothL1Loss": _read_huber,
}
