"""A tape: a function of arrays, run once and written down, then played again and again without its Python.

The equations run on arrays that write down each operation of NumPy's. Playing the tape calls the same operations on the
same memory, so the results are the same to the bit; what no result depends on is left out, what is computed twice is
computed once, and an array that is not needed any more takes a later result.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import inf
from typing import Any, NamedTuple, cast

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.source import Batch
from backproof.errors import BackproofError

#: The operation behind a function of NumPy's, which can be told where its result belongs.
REDUCTIONS = {np.sum: np.add.reduce, np.max: np.maximum.reduce, np.min: np.minimum.reduce}
#: Choices between two numbers: NumPy takes many at a time from two arrays, one by one from an array and a number.
CHOICES = (np.maximum, np.minimum)
#: Reductions whose result does not depend on the order.
EXTREMES = (np.maximum.reduce, np.minimum.reduce)
#: Arrays of fewer bytes have a memory of their own.
SMALL_BYTES = 4096
#: Nothing is computed from larger ones while operations are written down, where the shape of the result is plain.
LARGE_BYTES = 30_000
#: Results of up to this size stay in the cache with what they are computed from.
CACHE_BYTES = 1_000_000
#: Rows of fewer numbers are quicker to go through all at once than one by one; sums of them have the same bits as long
#: as NumPy adds one number after the other, up to seven.
SHORT_ROW, SUMMED_IN_ORDER = 32, 8
#: What NumPy computes for powers with these exponents.
POWERS: dict[Any, np.ufunc] = {2: np.square, 0.5: np.sqrt, -1: np.reciprocal, 1: np.positive}


class Untraceable(BackproofError):
    """A function cannot be written down: it looks at numbers, or writes into arrays."""


class Operation(NamedTuple):
    """An operation, what it is called with (arrays and others), and the array of its result.

    `reads`: the arrays that it reads, views by the array that they are of, as ids.
    """

    call: Callable[..., Any]
    arguments: list[Any]
    options: Mapping[str, Any]
    result: AnyArray
    reads: list[int]


class Tape:
    """Operations in their order. `roots` has, by the id of an array, the array whose memory it is a view of."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.roots: dict[int, AnyArray] = {}
        #: Numbers that depend on the number of the step alone, and where they are kept.
        self.counts: dict[Any, tuple[Count, AnyArray]] = {}
        #: The conditions for which results are 1, and else 0, by the result.
        self.conditions: dict[int, AnyArray] = {}
        self._known: dict[Any, AnyArray] = {}
        self._has_large = False
        self._alive: list[Any] = []  # an id belongs to one object as long as that lives

    def take(self, array: AnyArray) -> Tracer:
        """An array that is given; the tape is played on whatever it then holds."""
        self.roots[id(array)] = array
        self._has_large |= array.nbytes > LARGE_BYTES
        self._alive.append(array)
        return Tracer(self, array)

    def take_batch(self, batch: Batch, dtype: Any) -> Batch:
        """Samples that are given, each part as `take` has it; inputs that are sparse stay a matrix, of this dtype."""
        dense = isinstance(batch.x, np.ndarray)
        x = self.take(batch.x) if dense else ForeignMatrix(self, batch.x.astype(dtype, copy=False))
        return Batch(x, *(None if each is None else self.take(each) for each in batch[1:]))

    def call(self, function: Any, *arguments: Any, **options: Any) -> Any:
        """The result of a function of NumPy's; one of plain numbers alone is no part of the tape."""
        for each in arguments:
            if isinstance(each, Tracer):
                break
        else:
            return function(*arguments, **options)
        given = [self._read(other, each.dtype) for other in arguments]
        function = REDUCTIONS.get(function, function)
        key = (function, *map(_identify, given), repr(options) if options else "")
        result = self._known.get(key)
        if result is None:
            result = self._known[key] = self._write(function, given, options)
            self._alive.append(given)
            if function is np.where and [each for each in arguments[1:] if type(each) is int] == [1, 0]:
                self.conditions[id(result)] = given[0]
        return Tracer(self, result)

    def _read(self, given: Any, dtype: Any) -> Any:
        """An argument as NumPy takes it; a number that depends on the step in the precision of what it meets."""
        if isinstance(given, Tracer):
            return given.array
        return self._find_count(given, dtype) if isinstance(given, Count) else given

    def _find_count(self, count: Count, dtype: Any) -> AnyArray:
        """The array of a number that depends on the step."""
        key = (count.key, dtype)
        if key not in self.counts:
            array = np.array(count.compute(1), dtype)
            self.take(array)
            self.counts[key] = (count, array)
        return self.counts[key][1]

    def _write(self, function: Any, given: list[Any], options: dict[str, Any]) -> AnyArray:
        result = _foresee(function, given, options) if self._has_large else None
        if result is None:
            result = np.asarray(function(*given, **options))
        roots = [root for each in given if (root := self.roots.get(id(each))) is not None]
        if not isinstance(function, np.ufunc):
            for root in roots:
                if np.may_share_memory(result, root):  # a view, for good
                    self.roots[id(result)] = root
                    return result
        if result.nbytes > LARGE_BYTES:  # memory that nobody wrote to takes no place
            result = np.empty_like(result)
        self.roots[id(result)] = result
        self.operations.append(Operation(function, given, options, result, [id(root) for root in roots]))
        return result

    def finish(self, results: Iterable[tuple[Tracer, AnyArray]]) -> list[Callable[[], Any]]:
        """What there is to call, in this order, to have each result in the array beside it.

        These arrays may be given ones, but share no memory with others.
        """
        wanted = [(traced.array, target) for traced, target in results]
        needed = {id(self.roots[id(array)]) for array, _ in wanted}
        kept: list[Operation] = []
        for operation in reversed(self.operations):
            if id(operation.result) in needed:
                needed.update(operation.reads)
                kept.append(operation)
        kept.reverse()
        memory = Memory(self.roots, kept, wanted)
        calls = [memory.bind(number, operation) for number, operation in enumerate(kept)]
        made = {id(operation.result) for operation in kept}
        wanted.sort(key=lambda each: id(self.roots[id(each[0])]) in made)  # given arrays, before they are written over
        found = [(target, memory.find(array)) for array, target in wanted]
        return calls + [partial(np.copyto, target, array) for target, array in found if array is not target]


def _foresee(function: Any, given: Sequence[Any], options: Mapping[str, Any]) -> AnyArray | None:
    """An array for the result of an operation on large ones, not computed; None where it has to be."""
    for each in given:
        if isinstance(each, np.ndarray) and each.nbytes > LARGE_BYTES:
            break
    else:
        return None
    arrays = [each for each in given if isinstance(each, np.ndarray)]
    if function in REDUCTIONS.values() and arrays[0].dtype.kind == "f":
        if len(given) > 1 or not options.keys() <= {"axis", "keepdims"}:
            return None
        return np.empty(_find_reduced_shape(arrays[0].shape, **options), arrays[0].dtype)
    if not isinstance(function, np.ufunc) or options or function.nout != 1 or any(type(each) is bool for each in given):
        return None
    if function is np.matmul and all(each.ndim == 2 for each in arrays):
        shape: tuple[int, ...] = (arrays[0].shape[0], arrays[1].shape[1])
    elif function.signature is None and all(each.flags.c_contiguous for each in arrays):
        shape = np.broadcast(*given).shape
    else:
        return None
    *_, dtype = function.resolve_dtypes((*(getattr(each, "dtype", type(each)) for each in given), None))
    return np.empty(shape, dtype)


def _find_reduced_shape(
    shape: tuple[int, ...], axis: int | tuple[int, ...] | None = None, keepdims: bool = False
) -> tuple[int, ...]:
    """The shape that is left of an array which is reduced along some axes, or all."""
    axes = range(len(shape)) if axis is None else np.atleast_1d(axis) % len(shape)
    return tuple(1 if place in axes else size for place, size in enumerate(shape) if keepdims or place not in axes)


class Memory:
    """Where the results of operations are kept: each until its last use, a small one for ever.

    A result that is wanted goes at once to where it belongs, unless what is there is read later.
    """

    def __init__(
        self,
        roots: Mapping[int, AnyArray],
        operations: Sequence[Operation],
        wanted: Sequence[tuple[AnyArray, AnyArray]],
    ) -> None:
        self.roots, self._places, self._free = roots, dict[int, AnyArray](), list[AnyArray]()
        #: The last operation that reads an array, by number.
        self._last: dict[int, float] = {}
        for number, operation in enumerate(operations):
            self._last.update(dict.fromkeys(operation.reads, number))
        made = {id(operation.result) for operation in operations if operation.result.nbytes >= SMALL_BYTES}
        kept = {id(roots[id(array)]) for array, _ in wanted}
        self._last.update(dict.fromkeys(kept, inf))  # the copies at the end read them
        #: The results that an operation is the last to use, by its number.
        self._over: dict[float, list[int]] = {}
        for root in made & self._last.keys() - kept:
            self._over.setdefault(self._last[root], []).append(root)
        self._targets = {id(array): target for array, target in reversed(wanted)}

    def find(self, array: Any) -> Any:
        """An argument, where it is kept."""
        root = self.roots.get(id(array))
        place = None if root is None else self._places.get(id(root))
        if root is None or place is None or place is root:
            return array
        if root is array:
            return place
        offset = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
        return np.ndarray(array.shape, array.dtype, place, offset, array.strides)

    def bind(self, number: int, operation: Operation) -> Callable[[], Any]:
        """An operation on the arrays that it works with; one entry by entry may write over what it reads."""
        arguments = [self.find(each) for each in operation.arguments]
        over = self._over.get(number, ())
        here = [root for root in over if self._may_overwrite(root, operation)] if over else []
        self._free += [self._places[root] for root in here]
        result = self._places[id(operation.result)] = self._pick(number, operation)
        if len(over) > len(here):
            self._free += [self._places[root] for root in over if root not in here]
        return _bind(operation, arguments, result)

    def _may_overwrite(self, root: int, operation: Operation) -> bool:
        """Whether an operation may write into an array that it reads: entry by entry, and as it is, not as a view."""
        if not isinstance(operation.call, np.ufunc) or operation.call.signature is not None:
            return False
        return all(id(each) == root or id(self.roots.get(id(each))) != root for each in operation.arguments)

    def _pick(self, number: int, operation: Operation) -> AnyArray:
        """The array that a result is for, a free one like it, or its own."""
        result = operation.result
        target = self._targets.get(id(result))
        if target is not None and _is_like(target, result):
            last = self._last.get(id(target), -1)
            if last < number or (last == number and self._may_overwrite(id(target), operation)):
                return target
        for place, each in enumerate(self._free if result.nbytes >= SMALL_BYTES else ()):
            if _is_like(each, result):
                return self._free.pop(place)
        return result


def _is_like(one: AnyArray, other: AnyArray) -> bool:
    return (one.shape, one.dtype, one.strides) == (other.shape, other.dtype, other.strides)


def _bind(operation: Operation, arguments: list[Any], result: AnyArray) -> Callable[[], Any]:
    """A call that puts what an operation makes of its arguments into an array."""
    call, options = operation.call, operation.options
    if call is _cast:
        return partial(np.copyto, result, arguments[0], casting="unsafe")
    if call is _concatenate:
        return partial(np.concatenate, arguments, out=result)
    if call is np.matmul and all(_is_plain_matrix(each, result) for each in arguments):
        return partial(np.dot, *arguments, result)  # the same bits: less around small products, no slow outer ones
    if isinstance(call, np.ufunc):
        fill = call in CHOICES and result.nbytes <= CACHE_BYTES
        return partial(call, *_settle_numbers(arguments, result, fill=fill), out=result, **options)
    if call in REDUCTIONS.values() and _has_short_rows(call, arguments[0], result, options):
        return partial(_reduce_rows, call, arguments[0], np.empty_like(arguments[0].T, order="C"), result[:, 0])
    if call in REDUCTIONS.values():
        return partial(call, *arguments, out=result, **options)
    return partial(_put, result, call, arguments, options)


def _is_plain_matrix(array: AnyArray, result: AnyArray) -> bool:
    """Whether an array is a matrix without gaps, in the precision of a result."""
    return array.ndim == 2 and array.dtype == result.dtype and array.flags.forc


def _settle_numbers(arguments: list[Any], result: AnyArray, *, fill: bool) -> list[Any]:
    """Plain numbers beside arrays of the result's precision, as arrays of that, and of its shape to `fill` it."""
    for each in arguments:
        if not (hasattr(each, "dtype") and each.dtype == result.dtype):  # None == float64 in NumPy
            break
    else:
        return arguments
    arrays = [each for each in arguments if isinstance(each, np.ndarray)]
    if [each for each in arrays if each.dtype != result.dtype]:
        return arguments
    shape = result.shape if fill else ()
    return [each if isinstance(each, np.ndarray) else np.full(shape, each, result.dtype) for each in arguments]


def _has_short_rows(reduce: Callable[..., Any], array: AnyArray, result: AnyArray, options: Mapping[str, Any]) -> bool:
    """Whether a matrix becomes a column, from rows that are short."""
    most = SHORT_ROW if reduce in EXTREMES else SUMMED_IN_ORDER
    return options.get("axis") in (-1, 1) and result.shape == (len(array), 1) and array.shape[1] < most


def _reduce_rows(reduce: Callable[..., Any], array: AnyArray, turned: AnyArray, result: AnyArray) -> None:
    """The sum, the greatest or the least number of each row: NumPy takes columns many at a time, rows one by one."""
    np.copyto(turned, array.T)
    reduce(turned, axis=0, out=result)


def _put(result: AnyArray, call: Callable[..., Any], arguments: list[Any], options: Mapping[str, Any]) -> None:
    np.copyto(result, call(*arguments, **options))


def _cast(array: AnyArray, dtype: Any) -> AnyArray:
    return array.astype(dtype)


def _concatenate(*arrays: AnyArray) -> AnyArray:
    return np.concatenate(arrays)


def _identify(given: Any) -> Any:
    """What tells an argument from others: an array by itself, anything else by its type and what it says of itself."""
    if isinstance(given, np.ndarray):
        return id(given)
    return type(given), given.tobytes() if isinstance(given, np.generic) else repr(given)


def _make_operator(function: Any) -> Callable[[Tracer, Any], Any]:
    return lambda self, other: self.tape.call(function, self, other)


def _make_reflected(function: Any) -> Callable[[Tracer, Any], Any]:
    return lambda self, other: self.tape.call(function, other, self)


class Tracer:
    """An array whose operations are written down on a tape."""

    __array_ufunc__ = None  # arithmetic of NumPy's arrays with it is left to it
    __hash__ = None  # type: ignore[assignment]

    __slots__ = ("array", "dtype", "ndim", "shape", "tape")

    def __init__(self, tape: Tape, array: AnyArray) -> None:
        self.tape, self.array = tape, array
        self.shape, self.ndim, self.dtype = array.shape, array.ndim, array.dtype

    def __array_namespace__(self) -> Space:
        return Space(self.tape)

    def __bool__(self) -> bool:
        raise Untraceable("a number is looked at.")

    __float__ = __int__ = __index__ = __bool__

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise Untraceable("an array leaves the tape.")

    @property
    def T(self) -> Any:  # noqa: N802 - as every array has it
        """Transposed."""
        return self.tape.call(np.transpose, self)

    def astype(self, dtype: Any) -> Any:
        """The same in another precision."""
        if self.dtype == dtype:
            return self
        condition = self.tape.conditions.get(id(self.array))
        chosen = self if condition is None else Tracer(self.tape, condition)
        return self.tape.call(_cast, chosen, dtype=np.dtype(dtype))

    def reshape(self, *shape: Any) -> Any:
        """The same numbers in another shape."""
        return self.tape.call(np.reshape, self, shape=shape[0] if isinstance(shape[0], tuple) else shape)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The sum along an axis, or of all."""
        return self.tape.call(np.sum, self, axis=axis, keepdims=keepdims)

    def __getitem__(self, index: Any) -> Any:
        return self.tape.call(operator.getitem, self, index)

    def __pow__(self, exponent: Any) -> Any:
        plain = isinstance(exponent, int | float)
        if plain and exponent in POWERS:
            return self.tape.call(POWERS[exponent], self)
        return self.tape.call(np.power, self, exponent)

    def __neg__(self) -> Any:
        return self.tape.call(np.negative, self)

    __add__, __radd__ = _make_operator(np.add), _make_reflected(np.add)
    __sub__, __rsub__ = _make_operator(np.subtract), _make_reflected(np.subtract)
    __mul__, __rmul__ = _make_operator(np.multiply), _make_reflected(np.multiply)
    __truediv__, __rtruediv__ = _make_operator(np.divide), _make_reflected(np.divide)
    __matmul__, __rmatmul__ = _make_operator(np.matmul), _make_reflected(np.matmul)
    __rpow__ = _make_reflected(np.power)
    __lt__, __le__, __gt__, __ge__ = map(_make_operator, (np.less, np.less_equal, np.greater, np.greater_equal))
    __eq__, __ne__ = map(_make_operator, (np.equal, np.not_equal))


class ForeignMatrix:
    """A matrix that is not NumPy's, such as a sparse one; it is multiplied, and can be exchanged before each play."""

    ndim = 2

    def __init__(self, tape: Tape, matrix: Any) -> None:
        self.tape, self.matrix = tape, matrix
        self.shape, self.dtype = matrix.shape, matrix.dtype

    @property
    def T(self) -> TransposedMatrix:  # noqa: N802 - as every matrix has it
        """Transposed."""
        return TransposedMatrix(self)

    def __matmul__(self, other: Tracer) -> Any:
        return self.tape.call(_multiply_foreign, other, foreign=self)


class TransposedMatrix:
    """A foreign matrix, transposed."""

    def __init__(self, foreign: ForeignMatrix) -> None:
        self.foreign = foreign

    def __matmul__(self, other: Tracer) -> Any:
        return self.foreign.tape.call(_multiply_turned, other, foreign=self.foreign)


def _multiply_foreign(array: AnyArray, foreign: ForeignMatrix) -> AnyArray:
    product: AnyArray = foreign.matrix @ array
    return product


def _multiply_turned(array: AnyArray, foreign: ForeignMatrix) -> AnyArray:
    product: AnyArray = foreign.matrix.T @ array
    return product


class Space:
    """The functions of NumPy, written down."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape

    def __getattr__(self, name: str) -> Callable[..., Tracer]:
        return partial(self.tape.call, getattr(np, name))

    def concat(self, arrays: Sequence[Tracer]) -> Tracer:
        """Arrays one after the other, along the first axis."""
        return cast("Tracer", self.tape.call(_concatenate, *arrays))


def _make_count_operator(function: Any, *, reflected: bool = False) -> Callable[[Count, Any], Any]:
    def combine(self: Count, other: Any) -> Any:
        if not isinstance(other, int | float):
            return NotImplemented
        one: Callable[[int], Any] = self.compute
        key = (function, self.key, other, reflected)
        if reflected:
            return Count(key, lambda t: function(other, one(t)))
        return Count(key, lambda t: function(one(t), other))

    return combine


class Count:
    """The number of a step, from 1, or a plain number that depends on it alone, computed by Python."""

    __array_ufunc__ = None

    def __init__(self, key: Any = "t", compute: Callable[[int], Any] = lambda t: t) -> None:
        self.key, self.compute = key, compute

    def __bool__(self, *_: Any) -> bool:
        raise Untraceable("the number of the step is looked at.")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __float__ = __int__ = __index__ = __bool__
    __hash__ = None  # type: ignore[assignment]

    def astype(self, dtype: Any) -> Count:
        """The same: in any precision that of what it meets."""
        return self

    __add__, __radd__ = _make_count_operator(operator.add), _make_count_operator(operator.add, reflected=True)
    __sub__, __rsub__ = _make_count_operator(operator.sub), _make_count_operator(operator.sub, reflected=True)
    __mul__, __rmul__ = _make_count_operator(operator.mul), _make_count_operator(operator.mul, reflected=True)
    __truediv__, __rtruediv__ = (
        _make_count_operator(operator.truediv),
        _make_count_operator(operator.truediv, reflected=True),
    )
    __pow__, __rpow__ = _make_count_operator(operator.pow), _make_count_operator(operator.pow, reflected=True)
