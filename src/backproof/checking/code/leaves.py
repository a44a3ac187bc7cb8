"""The arrays of a container, each with its place: dictionaries, lists, pairs, objects and nested lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.errors import OptionError
from backproof.validate import check_numbers, detach

#: What a name says: of biases, of weights, of their gradients, and of what an object keeps besides.
BIASES = r"bias|intercept|^_?(d|grad_?)?b(?![a-z])|_b(?![a-z])"
WEIGHTS = r"weight|kernel|theta|coef|^_?(d|grad_?)?w|_w(?![a-z])"
GRADIENTS = r"^(grads?_?|d_?(?=[wb])|delta_?(?=[wb])|nabla_?(?=[wb]))|[._]?grads?$"
NEITHER = r"decay|init|velocity|momentum|cache|history|best|old|prev"
#: Containers inside each other deeper than this hold themselves.
DEEPEST = 20


@dataclass(frozen=True)
class Leaf:
    """One array of a container: its path of keys and indices, and the kind of number that it is made of."""

    path: tuple[Any, ...]
    array: Array
    kind: str

    @property
    def name(self) -> str:
        """The key it was found under, with those above it; empty where indices alone lead to it."""
        steps = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.path)
        return "".join(steps).removeprefix(".") if read_words(self.path) else ""

    @property
    def letter(self) -> str:
        """What its name says that it is: "W" weights, "b" biases, or nothing."""
        return find_letter(self.path)

    @property
    def layer_number(self) -> int | None:
        """The number of the layer that its path speaks of."""
        for key in reversed(self.path):
            if isinstance(key, str) and (found := re.findall(r"\d+", key)):
                return int(found[-1])
        return next((key for key in reversed(self.path) if isinstance(key, int)), None)

    @property
    def is_gradient(self) -> bool:
        """Whether its name marks it as a gradient: dW1, grad_W1, W1.grad."""
        return any(re.search(GRADIENTS, word) for word in read_words(self.path))

    @property
    def parameter_name(self) -> str:
        """Its name without the marks of a gradient: dW1, grad_W1 and W1.grad are w1."""
        keys = (str(key) if isinstance(key, int) else re.sub(GRADIENTS, "", _simplify(key)) for key in self.path)
        return re.sub(r"[^a-z0-9]", "", "".join(keys)) if read_words(self.path) else ""


def read_words(path: tuple[Any, ...]) -> list[str]:
    """The names in a path, from the outside in."""
    return [_simplify(key) for key in path if isinstance(key, str)]


def _simplify(name: str) -> str:
    return name.lower().replace("gradient", "grad")


def find_letter(path: tuple[Any, ...]) -> str:
    """ "W" where the names of a path speak of weights, "b" of biases, else nothing."""
    for word in reversed(read_words(path)):
        if re.search(NEITHER, word):
            return ""
        for letter, pattern in (("b", BIASES), ("W", WEIGHTS)):
            if re.search(pattern, word):
                return letter
    return ""


def collect_leaves(given: Any, what: str) -> list[Leaf]:
    """Every array of a container, in order; OptionError where there is none or something is no number.

    Of an object those attributes are taken that are named as weights or biases; as its gradients, those marked so.
    """
    found = list(_walk(given, (), what))
    if _keeps_attributes(given) or (isinstance(given, list | tuple) and any(map(_keeps_attributes, given))):
        marked = [leaf for leaf in found if leaf.is_gradient]
        found = (marked or found) if what == "gradients" else [leaf for leaf in found if not leaf.is_gradient]
    if not found:
        raise OptionError(f"{what}: expected arrays in a dictionary or a list; there is none.")
    return found


def _walk(given: Any, path: tuple[Any, ...], what: str, of_object: bool = False) -> Iterator[Leaf]:
    if len(path) > DEEPEST:
        raise OptionError(f"{what}: expected arrays in a dictionary or a list; this container holds itself.")
    if isinstance(given, Mapping):
        for key, value in given.items():
            yield from _walk(value, (*path, key if isinstance(key, int) else str(key)), what, of_object)
    elif isinstance(given, list | tuple) and not _is_matrix(given):
        for index, value in enumerate(given):
            yield from _walk(value, (*path, index), what, of_object)
    elif isinstance(given, np.ndarray) and given.dtype.kind == "O" and given.ndim:
        yield from _walk(list(given), path, what, of_object)
    elif _keeps_attributes(given):
        for name, value in vars(given).items():
            yield from _walk(value, (*path, name), what, of_object=True)
    elif of_object and (not find_letter(path) or isinstance(given, str | bool) or callable(given)):
        return
    elif given is not None:
        if callable(given) or isinstance(given, str | bytes):
            raise OptionError(f"{what}: expected arrays, received an object of type {type(given).__name__}.")
        place = "".join(f"[{key!r}]" for key in path)
        array = check_numbers(given, f"{what}{place}")
        yield Leaf(path, array, read_kind(given))


def read_kind(given: Any) -> str:
    """The kind of number that an array is made of: float64, float32 ..."""
    return np.asarray(detach(given)).dtype.name


def _keeps_attributes(given: Any) -> bool:
    """Whether it is an object that keeps arrays as its attributes, and no array, function, class or module."""
    return bool(getattr(given, "__dict__", None)) and not (
        isinstance(given, type | ModuleType) or hasattr(given, "__array__") or hasattr(given, "__code__")
    )


def _is_matrix(given: Any) -> bool:
    """Whether lists hold the rows of a matrix, or the numbers of one row, and no arrays."""
    if not given or any(hasattr(each, "shape") for each in given):
        return bool(given) and all(np.ndim(each) == 0 for each in given if hasattr(each, "shape"))
    if all(isinstance(each, int | float) for each in given):
        return True
    rows = all(isinstance(each, list | tuple) and each for each in given)
    return (
        rows
        and len({len(each) for each in given}) == 1
        and all(isinstance(number, int | float) for each in given for number in each)
    )
