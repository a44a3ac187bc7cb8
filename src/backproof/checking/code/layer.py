"""One layer by itself: its backward pass held against what its forward pass does, whatever the layer is.

With a random gradient r from upstream, dx and the gradient of each parameter must be the derivatives of
sum(r * forward(x)), which are estimated without any rule of differentiation.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.checking.code.calling import run_guarded
from backproof.checking.code.layer_bugs import name_layer_bugs
from backproof.checking.code.naming import NamedMistake
from backproof.checking.code.plain import PlainReport, check_plain
from backproof.checking.code.recognise import recognise_layer
from backproof.checking.mistake import every_mistake
from backproof.errors import NameUnknown, OptionError, ShapeError, did_you_mean
from backproof.validate import check_numbers, check_whole, detach

#: Where objects keep several arrays by name, and where the gradients of these.
CONTAINERS = (("params", "grads"), ("parameters", "gradients"), ("params", "dparams"), ("weights", "gradients"))
#: How the gradient of an attribute is called.
GRADIENTS = ("d{}", "d_{}", "grad_{}", "{}_grad", "grad{}", "{}grad", "delta_{}", "d{}_")


def check_layer(
    layer: Any, x: Any, *, parameters: Mapping[str, Any] | Sequence[Any] | None = None, seed: int = 0
) -> PlainReport:
    """Check the backward pass of any layer against its own forward pass, with a random gradient from upstream.

    Parameters
    ----------
    layer : object with forward and backward, pair of functions, nn.Module, or subclass of torch.autograd.Function
        An object is called as ``layer.forward(x)`` and ``layer.backward(upstream)``. Of a pair, the first is called
        as ``forward(x, *parameters)`` and returns the outputs, or the outputs and a cache; the second as
        ``backward(upstream, cache)`` or, without a cache, ``backward(upstream, x, *parameters)``. With several
        outputs, such as the states of an LSTM, the cache comes last, and backward takes the gradient of each. Of
        PyTorch a module is called as it is, a function as ``Function.apply(x, *parameters)``; both run in float64.
    x : array_like
        Inputs of the layer, in any shape; whole numbers, such as those of tokens, have no derivative.
    parameters : mapping or sequence, optional
        Of a pair of functions, or one of autograd, the arrays that it takes after x; of an object or module the names
        of its parameters. Left out, all parameters of a module are checked that require a gradient, and those
        attributes (or entries of ``params``) of an object that have a gradient beside them: ``W`` with ``dW``,
        ``W_grad`` or ``grad_W``.
    seed : int, default 0
        For the gradient from upstream, and for NumPy's global random numbers before each forward pass.

    Returns
    -------
    PlainReport
        `right`; `parameters` of its JSON are ``x`` and each parameter by name, with the largest error and its place.
        Where something is wrong, `layer` is the kind of layer that gives exactly these outputs, such as a convolution
        with its stride and padding, and `mistakes` are the slips in its backward pass that give what was returned.

    Raises
    ------
    OptionError
        The layer cannot be called so, or raises an exception.
    ShapeError
        A gradient is not shaped as what it belongs to.

    See Also
    --------
    check_gradient : a function and its derivative.

    Examples
    --------
    >>> import numpy as np
    >>> from backproof import check_layer
    >>> def forward(x, w):
    ...     return np.tanh(x @ w), (x, w)
    >>> def backward(upstream, cache):
    ...     x, w = cache
    ...     delta = upstream * (1 - np.tanh(x @ w) ** 2)
    ...     return delta @ w.T, -x.T @ delta
    >>> report = check_layer((forward, backward), [[0.5, -1.0]], parameters={"w": np.array([[0.3], [0.8]])})
    >>> report.right, report.mistakes[0].says, report.mistakes[0].explains
    (False, 'the sign is wrong', ('w',))
    """
    check_whole("seed", seed, 0)
    inputs = check_numbers(x, "x")
    if (whole := np.asarray(detach(x))).dtype.kind in "iub":
        inputs = whole.copy()
    if not (parameters is None or isinstance(parameters, Mapping)):
        parameters = _list_parameters(parameters)
    subject = _choose_reader(layer)(layer, inputs, parameters, seed)
    outputs = [check_numbers(each, "the outputs of forward") for each in subject.run({})]
    # Inputs are often drawn from default_rng(0) as well; an upstream gradient that equals them would hide bugs.
    random = np.random.default_rng([seed, 1])
    upstream = [random.normal(size=each.shape) for each in outputs]
    point, claimed = subject.read_gradients(upstream)
    if not point:
        raise OptionError("there is nothing to check: x holds whole numbers, and no parameter has a gradient.")
    report = check_plain(lambda p: _sum_products(upstream, subject.run(p)), claimed, point)
    return report if report.right else _name_bugs(report, subject, outputs, upstream, point, claimed)


def _sum_products(upstream: Sequence[Any], outputs: Sequence[Any]) -> Any:
    return sum((weight * each).sum() for weight, each in zip(upstream, outputs, strict=True))


def _name_bugs(
    report: PlainReport,
    subject: Subject,
    outputs: Sequence[Array],
    upstream: Sequence[Array],
    point: Mapping[str, Array],
    claimed: Mapping[str, Any],
) -> PlainReport:
    """The report with the mistakes of the kind of layer that gives these outputs, else of any layer."""
    wrong = tuple(name for name, right, _ in report.verdicts if not right)
    parameters = {name: array for name, array in point.items() if name != "x"}
    tape = recognise_layer(subject.x, parameters, outputs)
    if tape is None:
        note = (
            f"Which kind of layer this is was not recognised. The largest error, {report.worst.error:.3g}, is "
            f"{report.worst.place}."
        )
        report = replace(report, notes=(*report.notes, note))
    else:
        arrays = {name: np.asarray(array, dtype=float) for name, array in claimed.items()}
        coarse = any(np.asarray(each).dtype.itemsize < 8 for each in (*claimed.values(), *outputs))
        mistakes = name_layer_bugs(tape, upstream, arrays, wrong, 1e3 if coarse else 1.0)
        report = replace(report, layer=tape.kind, mistakes=mistakes or report.mistakes)
    if report.mistakes:
        return report
    ones = [np.ones_like(each) for each in upstream]
    if check_plain(lambda p: _sum_products(ones, subject.run(p)), claimed, point).right:
        named = ((each.id, each.says_of_layer) for each in every_mistake() if each.says_of_layer)
        return replace(report, mistakes=tuple(NamedMistake(id, says, "backward", wrong) for id, says in named))
    return report


def _list_parameters(given: Any) -> list[Any]:
    if isinstance(given, str | bytes) or not hasattr(given, "__iter__") or getattr(given, "shape", None) == ():
        kind = type(given).__name__
        raise OptionError(f"parameters: expected a mapping or a sequence, received an object of type {kind}.")
    return list(given)


def _choose_reader(layer: Any) -> type[Subject]:
    """What runs a layer, by what it is."""
    kinds = layer.__mro__ if isinstance(layer, type) else type(layer).__mro__
    if any(kind.__module__.split(".")[0] == "torch" for kind in kinds):
        from backproof.interop.torch.layer import TorchLayer

        return TorchLayer
    return _Pair if isinstance(layer, list | tuple) else _Object


class Subject(ABC):
    """A layer that can be run at changed inputs and parameters, and that gives its gradients; x are its inputs."""

    x: Array

    @abstractmethod
    def __init__(self, layer: Any, x: Array, parameters: Any, seed: int) -> None: ...

    @abstractmethod
    def run(self, changed: Mapping[str, Any]) -> list[Array]:
        """The outputs with some arrays changed, by name; x is one of them."""

    @abstractmethod
    def read_gradients(self, upstream: Sequence[Array]) -> tuple[dict[str, Array], dict[str, Any]]:
        """The arrays that have a gradient, x among them unless it is of whole numbers, and these gradients."""


class _Pair(Subject):
    """Two functions, forward and backward."""

    def __init__(self, layer: Any, x: Array, parameters: Any, seed: int) -> None:
        if len(layer) != 2 or not all(callable(each) for each in layer):
            raise OptionError("layer: expected an object with forward and backward, or a pair of functions.")
        self.forward, self.backward = layer
        self.x, self.seed = x, seed
        named = isinstance(parameters, Mapping)
        given = parameters if named else {f"parameter {at}": each for at, each in enumerate(parameters or (), 1)}
        self.parameters = {str(name): check_numbers(array, str(name)) for name, array in given.items()}

    def _call_forward(self, changed: Mapping[str, Any]) -> tuple[Any, Any]:
        arrays = [changed.get(name, array) for name, array in self.parameters.items()]
        with _seeded(self.seed):
            made = self.forward(np.array(changed.get("x", self.x)), *(np.array(each) for each in arrays))
        if isinstance(made, tuple) and len(made) > 1:
            return made[:-1], made[-1:]
        return (made,), ()

    def run(self, changed: Mapping[str, Any]) -> list[Array]:
        return _list_outputs(lambda: self._call_forward(changed)[0])

    def read_gradients(self, upstream: Sequence[Array]) -> tuple[dict[str, Array], dict[str, Any]]:
        _, cache = run_guarded(lambda: self._call_forward({}), FORWARD, "forward")
        arrays = (self.x.copy(), *(array.copy() for array in self.parameters.values()))
        copies = [each.copy() for each in upstream]
        given = cache or arrays[: _count_arguments(self.backward, len(copies) + len(arrays)) - len(copies)]
        made = run_guarded(lambda: self.backward(*copies, *given), BACKWARD, "backward")
        return _name_gradients(made, self.x, self.parameters)


class _Object(Subject):
    """An object with the methods forward and backward."""

    def __init__(self, layer: Any, x: Array, parameters: Any, seed: int) -> None:
        if not (hasattr(layer, "forward") and hasattr(layer, "backward")):
            raise OptionError(
                f"layer: expected an object with forward and backward, or a pair of functions; received an object of "
                f"type {type(layer).__name__}."
            )
        self.layer, self.x, self.seed = layer, x, seed
        self.names = None if parameters is None else [str(name) for name in parameters]
        for name in self.names or ():
            if _find_array(layer, name) is None:
                known = [each for each in vars(layer) if not each.startswith("_")]
                raise NameUnknown(f"the layer has no parameter '{name}'.{did_you_mean(name, known)}")

    def _call_forward(self, changed: Mapping[str, Any]) -> tuple[Any, Any]:
        layer = deepcopy(self.layer)
        for name, array in changed.items():
            if name != "x":
                _put_array(layer, name, array)
        with _seeded(self.seed):
            return layer, layer.forward(np.array(changed.get("x", self.x)))

    def run(self, changed: Mapping[str, Any]) -> list[Array]:
        return _list_outputs(lambda: (self._call_forward(changed)[1],))

    def read_gradients(self, upstream: Sequence[Array]) -> tuple[dict[str, Array], dict[str, Any]]:
        layer, _ = run_guarded(lambda: self._call_forward({}), FORWARD, "forward")
        made = run_guarded(lambda: layer.backward(*(each.copy() for each in upstream)), BACKWARD, "backward")
        found = dict(_list_arrays(layer))
        names = list(found) if self.names is None else self.names
        own = {name: _find_array(self.layer, name) for name in names}
        gradients = {name: found[name] for name in names if name in found}
        parameters = {name: np.array(own[name], dtype=float) for name in names if own[name] is not None}
        if isinstance(made, tuple | list | Mapping):
            return _name_gradients(made, self.x, parameters)
        missing = [name for name in parameters if name not in gradients]
        if missing:
            raise OptionError(f"no gradient of {missing[0]} was found: expected it as d{missing[0]} after backward.")
        return _name_gradients({"x": made} | gradients, self.x, parameters)


FORWARD = "expected a function of x, and of the parameters, that returns the outputs"
BACKWARD = "expected a function of the gradient from upstream that returns dx, or dx and the parameters' gradients"


def _name_gradients(made: Any, x: Array, parameters: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Any]]:
    """Arrays and their gradients by name, from what backward returned."""
    arrays = {"x": x, **parameters}
    if isinstance(made, Mapping):
        bare = {str(name): array for name, array in made.items()}
        named = {name: bare.get(name, bare.get(f"d{name}", bare.get(f"d_{name}"))) for name in arrays}
    else:
        row = list(made) if isinstance(made, tuple | list) else [made]
        if len(row) not in (1, len(arrays)):
            raise ShapeError(f"backward returned {len(row)} arrays, expected {len(arrays)}: d{', d'.join(arrays)}.")
        named = dict(zip(arrays, row, strict=False))
    if x.dtype.kind in "iub":
        del named["x"]
    given = {name: detach(array) for name, array in named.items() if array is not None}
    return {name: np.asarray(arrays[name], dtype=float) for name in given}, given


def _list_outputs(call: Callable[[], Sequence[Any]]) -> list[Array]:
    made: list[Array] = run_guarded(lambda: [np.asarray(each) for each in call()], FORWARD, "forward")
    return made


def _list_arrays(layer: Any) -> Iterator[tuple[str, Any]]:
    """The gradients that an object keeps, each by the name of its parameter."""
    for store, gradients in CONTAINERS:
        kept, beside = getattr(layer, store, None), getattr(layer, gradients, None)
        if isinstance(kept, Mapping) and isinstance(beside, Mapping):
            for name in kept:
                found = next((beside[key] for key in (name, f"d{name}") if key in beside), None)
                if found is not None:
                    yield str(name), found
    for name, value in vars(layer).items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            keys = (pattern.format(name) for pattern in GRADIENTS)
            found = next((getattr(layer, key) for key in keys if getattr(layer, key, None) is not None), None)
            if found is not None and np.shape(found) == value.shape:
                yield name, found


def _find_array(layer: Any, name: str) -> Any:
    """A parameter of an object by its name; None where there is no such."""
    for store, _ in CONTAINERS:
        kept = getattr(layer, store, None)
        if isinstance(kept, Mapping) and name in kept:
            return kept[name]
    return getattr(layer, name, None)


def _put_array(layer: Any, name: str, array: Any) -> None:
    for store, _ in CONTAINERS:
        kept = getattr(layer, store, None)
        if isinstance(kept, dict) and name in kept:
            kept[name] = array
            return
    setattr(layer, name, array)


def _count_arguments(function: Callable[..., Any], most: int) -> int:
    """How many arguments a function takes by position, up to a number."""
    try:
        kinds = [each.kind for each in inspect.signature(function).parameters.values()]
    except (TypeError, ValueError):
        return most
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return most
    return min(most, sum(kind in (0, 1) for kind in kinds))


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """NumPy's global random numbers begun anew, and put back afterwards: a dropout draws the same mask each time."""
    before = np.random.get_state()  # noqa: NPY002 - somebody's layer may draw from it
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
