"""The arrays of a container, whatever it is: dictionaries, lists, pairs and nested lists, each array with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.errors import OptionError
from backproof.validate import check_numbers, detach


@dataclass(frozen=True)
class Leaf:
    """One array of a container: its path of keys and indices, and the kind of number that it is made of."""

    path: tuple[Any, ...]
    array: Array
    kind: str

    @property
    def name(self) -> str:
        """The key it was found under, with those above it; empty where indices alone lead to it."""
        keys = [str(key) for key in self.path if isinstance(key, str)]
        return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.path)[1:] if keys else ""


def collect_leaves(given: Any, what: str) -> list[Leaf]:
    """Every array of a container, in order; OptionError where there is none or something is no number."""
    found = list(_walk(given, (), what))
    if not found:
        raise OptionError(f"{what}: expected arrays in a dictionary or a list; there is none.")
    return found


def _walk(given: Any, path: tuple[Any, ...], what: str) -> Iterator[Leaf]:
    if isinstance(given, Mapping):
        for key, value in given.items():
            yield from _walk(value, (*path, key if isinstance(key, int) else str(key)), what)
    elif isinstance(given, list | tuple) and not _is_matrix(given):
        for index, value in enumerate(given):
            yield from _walk(value, (*path, index), what)
    elif isinstance(given, np.ndarray) and given.dtype.kind == "O" and given.ndim:
        yield from _walk(list(given), path, what)
    elif given is not None:
        if callable(given) or isinstance(given, str | bytes):
            raise OptionError(f"{what}: expected arrays, received an object of type {type(given).__name__}.")
        place = "".join(f"[{key!r}]" for key in path)
        array = check_numbers(given, f"{what}{place}")
        yield Leaf(path, array, np.asarray(detach(given)).dtype.name)


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
