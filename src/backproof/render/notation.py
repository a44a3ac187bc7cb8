"""Which letter each quantity takes: the notations of the standard books.

h, a and z mean opposite things in standard books, so a formula keeps quantities and takes its letters only when it is
printed. Letters are plain or Greek characters, or words such as `lr`; how they are typeset is each printer's affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backproof.errors import OptionError, did_you_mean


@dataclass(frozen=True)
class Symbol:
    """A letter with what hangs on it: subscript, superscripts, a Δ before it, bold for a `whole` layer."""

    letter: str
    subscript: str = ""
    superscripts: tuple[str, ...] = ()
    whole: bool = False
    before: str = ""


#: What the letters of every notation mean, by what a quantity's letter is looked up by.
MEANINGS: Mapping[str, str] = {
    "h": "pre-activation of a unit, what it receives",
    "a": "activation of a unit, what it sends",
    "y": "target of an output",
    "E": "cost",
    "w": "weight or bias, under its own name",
    "b": "biases of a layer",
    "delta": "error of a unit, the derivative of the cost with respect to its pre-activation",
    "eta": "learning rate",
    "g": "activation function",
    "R": "penalty on the weights",
    "J": "cost and penalty together",
    "norm": "norm of the gradient, all trained parameters as one",
    "clipped": "gradient of a parameter, clipped",
    "batch_mean": "mean of a channel over the batch",
    "batch_deviation": "standard deviation of a channel over the batch, epsilon under its root",
    "sample_mean": "mean of the numbers of a sample that are normalised together, under the first of them",
    "sample_deviation": "deviation of the numbers of a sample that are normalised together, epsilon under its root",
    "sample_rms": "root mean square of the numbers of a sample that are normalised together, epsilon under its root",
    "mask": "mask of dropout: 1 where a number is kept, 0 where it is left out",
}

#: The meanings where samples are coupled, as by a batch norm, and a number of one sample acts through all of them.
COUPLED: Mapping[str, str] = {
    "E": "cost; in a derivative the cost of the whole batch, because its samples act on one another"
}

#: The letters that every notation shares, and those of the article.
_SHARED = {"w": "w", "b": "b", "a": "a", "y": "y", "delta": "δ", "eta": "η", "g": "g"}
#: Letters that units and parameters may bear too, for a subscript tells which is meant.
_FREE = {
    "batch_mean": "μ",
    "batch_deviation": "s",
    "sample_mean": "μ\u0302",
    "sample_deviation": "s\u0302",
    "sample_rms": "r\u0302",
    "mask": "ξ",
}


@dataclass(frozen=True)
class Notation:
    """Letters by what a quantity looks them up by, and the book they come from."""

    name: str
    source: str
    letters: Mapping[str, str] = field(hash=False)

    def letter(self, key: str) -> str:
        """The letter of a quantity; one that no book names stands as its own word."""
        return self.letters.get(key) or _FREE.get(key, key)

    @property
    def reserved(self) -> frozenset[str]:
        """Letters that a unit or parameter of the same name must not be mistaken for."""
        return frozenset(self.letters.values())


NOTATIONS: Mapping[str, Notation] = {
    notation.name: notation
    for notation in (
        Notation(
            "article",
            "the article Neural Networks and Backpropagation",
            {**_SHARED, "h": "h", "E": "E"},
        ),
        Notation(
            "nielsen",
            "M. Nielsen, Neural Networks and Deep Learning (2015), chapter 2",
            {**_SHARED, "h": "z", "E": "C", "g": "σ"},
        ),
        Notation(
            "bishop",
            "C. M. Bishop, Pattern Recognition and Machine Learning (2006), section 5.3",
            {**_SHARED, "h": "a", "a": "z", "E": "E", "y": "t", "g": "h"},
        ),
        Notation(
            "goodfellow",
            "I. Goodfellow, Y. Bengio and A. Courville, Deep Learning (2016), section 6.5, where the error is g",
            {**_SHARED, "h": "a", "a": "h", "E": "J", "J": "J\u0302", "delta": "g", "eta": "ε", "g": "f"},
        ),
        Notation(
            "pytorch",
            "the documentation of PyTorch",
            {**_SHARED, "h": "z", "E": "L", "eta": "lr", "g": "f"},
        ),
    )
}


def find_notation(name: str) -> Notation:
    """The notation of that name. Raise OptionError with the nearest one if there is none."""
    if name not in NOTATIONS:
        raise OptionError(
            f"unknown notation '{name}'; expected one of {', '.join(NOTATIONS)}.{did_you_mean(name, NOTATIONS)}"
        )
    return NOTATIONS[name]
