"""What a run on data does where nothing else is asked: settings that learn most tables well, found by trying.

Few rows need small steps of few samples, a strong penalty and many epochs; many rows the contrary. The run ends where
the rows that are held back have not cost less for a while. Few rows are too few to go without those held back: once
these have given the score, the network that predicts is trained on all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import ceil
from typing import Any

from backproof.data.preparation import Preparation
from backproof.operations.activation import activations
from backproof.operations.optimiser import optimisers

#: Numbers of rows from which on less need be held back, layers may be wider, less patience is enough, and steps take
#: more samples.
SOME, MORE, MANY, LARGE = 1000, 2000, 10_000, 40_000
#: No more rows than this are held back.
MOST_HELD = 10_000
#: Fewer rows than this are all for training.
TOO_FEW = 20
#: A hidden layer has as many units as there are inputs, within these bounds.
NARROWEST, WIDEST = 64, 128
#: Minimum and maximum number of epochs; between them as many as take PRODUCTS products of a number and a weight.
FEWEST, MOST, PRODUCTS = 15, 200, 8e10
#: The number of steps that a run on few rows should take, and the most epochs for them.
STEPS, MOST_OF_FEW = 2000, 1000
#: Options that say how long and how freely a network learns: where one is given, early stopping has the last word.
FREE = ("epochs", "patience", "l1", "l2", "search", "networks", "micro_batches")


def choose_validation_share(rows: int, test: int = 0) -> float:
    """The share of rows to hold back for validation."""
    if rows < TOO_FEW:
        return 0.0
    return min(0.1 if rows >= SOME or test else 0.2, MOST_HELD / rows)


def choose_defaults(
    preparation: Preparation, rows: int, wishes: Mapping[str, Any], products: int | None = None
) -> dict[str, Any]:
    """Network and training for a number of training rows, given what is wished for.

    `products` of a number with a weight are what one sample takes in a network for pictures.
    """
    activation = wishes.get("activation", "relu")
    hidden = wishes.get("hidden", (choose_width(preparation.width, rows),) if products is None else ())
    sizes = (preparation.width, *hidden, preparation.output_count)
    if products is None:
        products = sum(sent * received for sent, received in pairwise(sizes))
    steps = choose_steps(rows, wishes)
    epochs = choose_epochs(rows, products, steps["batch_size"] or rows)
    return {
        "hidden": hidden,
        "activation": activation,
        "cost": preparation.targets[0].cost,
        "initialiser": activations.make(activation).initialiser,
        "patience": choose_patience(rows, wishes.get("epochs", epochs)) if wishes["validation"] else None,
        "refit": choose_refit(rows, wishes),
        "l1": 0.0,
        "l2": choose_penalty(rows),
        "dropout": 0.0,
        "clip": None,
        "class_weight": None,
        "seed": 0,
        "engine": "auto",
        "networks": 1,
        "epochs": epochs,
        **steps,
    }


def choose_width(inputs: int, rows: int) -> int:
    """The units of the hidden layer."""
    return WIDEST if rows >= MORE else min(max(inputs, NARROWEST), WIDEST)


def choose_epochs(rows: int, weights: int, batch: int) -> int:
    """The most epochs: the fewer, the more rows and weights there are; of few rows as many as make enough steps."""
    most = min(max(MOST, STEPS // ceil(rows / batch)), MOST_OF_FEW)
    return int(min(max(PRODUCTS / (rows * weights), FEWEST), most))


def choose_steps(rows: int, wishes: Mapping[str, Any]) -> dict[str, Any]:
    """How the parameters go on: optimiser, rate, samples a step, kind of number."""
    optimizer = wishes.get("optimizer", "adam")
    made = optimisers.make(optimizer)
    if made.name == "lbfgs":  # curvature from whole batches, in digits enough to take differences of
        return {
            "optimizer": optimizer, "learning_rate": made.usual_rate, "schedule": "constant", "batch_size": None,
            "dtype": "float64",
        }  # fmt: skip
    return {
        "optimizer": optimizer,
        "learning_rate": made.usual_rate,
        "schedule": "cosine",
        "batch_size": min(rows, 128 if rows >= LARGE else 32),
        "dtype": "float32",
    }


def choose_patience(rows: int, epochs: int) -> int:
    """Epochs without anything better, after which a run ends; of many epochs a share."""
    return 15 if rows >= MANY else max(30, epochs * 3 // 20)


def choose_refit(rows: int, wishes: Mapping[str, Any]) -> bool:
    """Whether a network is trained on all rows at the end, those held back included: where these few count."""
    free = any(wishes.get(name) is not None for name in FREE)
    return bool(wishes["validation"]) and rows < MORE and not free and not wishes.get("stream")


def choose_penalty(rows: int) -> float:
    """l2 = 3 / rows, and no more than 0.01."""
    return min(0.01, 3 / rows)
