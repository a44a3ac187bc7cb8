"""PyTorch's losses as costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from backproof.architecture import REDUCTIONS
from backproof.errors import OptionError
from backproof.operations.classes import ClassCost
from backproof.operations.cost import Cost, costs
from backproof.operations.costs.cross_entropy import CrossEntropy
from backproof.operations.layer import Shape
from backproof.validate import describe


@dataclass(frozen=True)
class Judgement:
    """How outputs are judged: the cost, and how a batch's comes about from those of its samples.

    Targets that are numbers of `classes` are turned into rows.
    """

    cost: Cost
    reduction: str
    classes: bool = False

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
        return rows.reshape(len(rows), -1)


def _read_tensor(targets: Any) -> torch.Tensor:
    try:
        return targets.detach().cpu() if torch.is_tensor(targets) else torch.as_tensor(targets)
    except (TypeError, ValueError, RuntimeError) as error:
        raise OptionError(f"y: expected numbers, received {describe(targets)}; {error}.") from None


def read_loss(loss: Any, reduction: str = "mean") -> Judgement:
    """The cost of a loss module, or of a name as in worksheets. Raise OptionError for a loss that has none here."""
    if isinstance(loss, type):
        raise OptionError(f"loss: expected one such as nn.MSELoss(), received {describe(loss)}; add ().")
    if isinstance(loss, nn.Module):
        return _read_module(loss)
    if reduction not in REDUCTIONS:
        raise OptionError(f"reduction must be 'sum' or 'mean', received {describe(reduction)}.")
    cost = costs.make(loss)
    return Judgement(cost, reduction, classes=isinstance(cost, ClassCost | CrossEntropy))


def _read_module(loss: nn.Module) -> Judgement:
    read = _LOSSES.get(type(loss).__name__)
    if read is None:
        raise OptionError(
            f"the loss {type(loss).__name__} is not known; expected one of {', '.join(_LOSSES)}, or the name of a cost."
        )
    reduction: Any = loss.reduction
    if reduction not in REDUCTIONS:
        raise OptionError(
            f"{type(loss).__name__} with reduction={describe(reduction)} gives no single number; expected mean or sum."
        )
    if getattr(loss, "ignore_index", -100) >= 0:
        raise OptionError(f"{type(loss).__name__} with ignore_index is not known; leave those samples out.")
    if reduction == "mean" and getattr(loss, "weight", None) is not None:
        raise OptionError(
            f"{type(loss).__name__} with weight divides by the weights that it meets, which is not known for "
            "reduction='mean'; use reduction='sum'."
        )
    return read(loss, reduction)


def _by_mean(mean: str, total: str) -> Callable[[Any, str], Judgement]:
    """A loss whose mean goes over samples and outputs alike."""
    return lambda loss, reduction: Judgement(costs.make(mean if reduction == "mean" else total), reduction)


def _of_classes(name: str) -> Callable[[Any, str], Judgement]:
    """A loss of classes, with its label smoothing and class weights."""

    def read(loss: Any, reduction: str) -> Judgement:
        weights = () if loss.weight is None else tuple(loss.weight.tolist())
        options = {"label_smoothing": getattr(loss, "label_smoothing", 0.0), "class_weights": weights}
        return Judgement(costs.make({"name": name, **options}), reduction, classes=True)

    return read


def _read_logits(loss: Any, reduction: str) -> Judgement:
    name = "mean_binary_cross_entropy_with_logits" if reduction == "mean" else "binary_cross_entropy_with_logits"
    weight = loss.pos_weight
    if loss.weight is not None or (weight is not None and weight.numel() > 1):
        raise OptionError("BCEWithLogitsLoss with a weight for each output is not known; expected one pos_weight.")
    return Judgement(costs.make({"name": name, "positive_weight": 1.0 if weight is None else float(weight)}), reduction)


def _read_huber(loss: Any, reduction: str) -> Judgement:
    threshold = loss.delta if isinstance(loss, nn.HuberLoss) else loss.beta
    if isinstance(loss, nn.SmoothL1Loss) and threshold != 1:
        raise OptionError(f"SmoothL1Loss with beta={threshold} is not known; expected 1.")
    name = "mean_huber" if reduction == "mean" else "huber"
    return Judgement(costs.make({"name": name, "threshold": threshold}), reduction)


_LOSSES: dict[str, Callable[[Any, str], Judgement]] = {
    "CrossEntropyLoss": _of_classes("cross_entropy_with_logits"),
    "NLLLoss": _of_classes("negative_log_likelihood"),
    "BCEWithLogitsLoss": _read_logits,
    "BCELoss": _by_mean("mean_binary_cross_entropy", "binary_cross_entropy"),
    "MSELoss": _by_mean("mean_squared_error", "squared_error"),
    "L1Loss": _by_mean("mean_absolute_error", "absolute_error"),
    "HuberLoss": _read_huber,
    "SmoothL1Loss": _read_huber,
}
