"""A derivative of any function of an array, held against an estimate that knows no rule of differentiation.

The complex step, Im f(x + i 1e-30) / 1e-30, is exact to the last digits where f is analytic and runs on complex
numbers. Elsewhere central differences at many step sizes, each pair extrapolated (Richardson), of which the one with
the smallest bound is taken: what they cut off shrinks with the step, what rounding adds grows. The report says which
it was and how many digits it is good for. Where the slopes from left and right differ there is no derivative; any
number between the two is let pass, and the report says so.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.checking.code.calling import run_guarded
from backproof.checking.code.named_point import NamedPoint
from backproof.checking.code.naming import NamedMistake
from backproof.checking.mistake import every_mistake
from backproof.checking.submitted import TOLERANCES, Derivative
from backproof.display import Shown
from backproof.errors import NumberError, OptionError, ShapeError
from backproof.validate import check_numbers, detach

STEP = 1e-30
REACHES = tuple(10.0**-power for power in range(1, 9))
#: The three that show a kink, and most often the best estimate: the others are tried only where these are too coarse.
USUAL = slice(3, 6)
#: Good enough beside a complex step.
ROUGHLY = 1e-6
#: Maximum number of entries of x that are looked at, evenly spread.
MOST = 1000
#: Maximum number of wrong derivatives that are listed one by one.
MOST_LISTED = 10


@dataclass(frozen=True)
class Entry:
    """One derivative: its index in the array that was claimed, the claim, the estimate, and how good that is."""

    at: tuple[int, ...]
    claimed: float
    estimate: float
    accuracy: float
    left: float
    right: float
    kind: str = "smooth"
    name: str = "x"

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        index = str(list(self.at)) if self.at else ""
        return f"at {self.name}{index}" if self.name != "x" else f"at {index}" if index else "here"

    def locate(self) -> dict[str, Any]:
        """Where it stands, by the names of the JSON."""
        return {"name": self.name, "at": list(self.at)}

    @property
    def error(self) -> float:
        """How far the claim is from the estimate; at a kink from the slopes of both sides."""
        if self.kind == "kink":
            low, high = sorted((self.left, self.right))
            return max(0.0, low - self.claimed, self.claimed - high)
        return abs(self.claimed - self.estimate) if self.kind == "smooth" else 0.0


@dataclass(frozen=True, repr=False)
class PlainReport(Shown):
    """The verdict on a derivative: what is wrong, where there is no derivative, and how good the estimate is.

    `method` is `complex step` or `central differences`; `accuracy` the largest bound on an estimate's error.
    """

    entries: tuple[Entry, ...]
    wrong: tuple[Entry, ...]
    method: str
    accuracy: float
    mistakes: tuple[NamedMistake, ...] = ()
    notes: tuple[str, ...] = ()
    incomplete: bool = False
    layer: str = ""

    @property
    def right(self) -> bool:
        """Whether no derivative is wrong, and none is missing beside a diagonal."""
        return not (self.wrong or self.incomplete)

    @property
    def kinks(self) -> tuple[Entry, ...]:
        """Where there is no derivative: the slopes from both sides differ, or there is none."""
        return tuple(each for each in self.entries if each.kind != "smooth")

    @property
    def worst(self) -> Entry:
        """The entry with the largest error."""
        return max(self.entries, key=lambda each: each.error)

    @property
    def verdicts(self) -> list[tuple[str, bool, Entry]]:
        """Each named array: whether it is right, and its entry with the largest error."""
        wrong = {each.name for each in self.wrong}
        by_name: dict[str, list[Entry]] = {}
        for each in self.entries:
            by_name.setdefault(each.name, []).append(each)
        return [
            (name, name not in wrong and not self.incomplete, max(entries, key=lambda each: each.error))
            for name, entries in by_name.items()
        ]

    def to_json(self) -> str:
        """The report as JSON text."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, by the names of the JSON; numbers that are not finite are None."""
        return {
            "format": 1,
            "right": self.right,
            "method": self.method,
            "accuracy": _finite(self.accuracy),
            **({"layer": self.layer} if self.layer else {}),
            "parameters": [
                {"name": name, "right": right, "largest_error": _finite(worst.error), "at": list(worst.at)}
                for name, right, worst in self.verdicts
            ],
            "mistakes": [
                {"id": each.id, "says": each.says, "where": each.where, "explains": list(each.explains)}
                for each in self.mistakes
            ],
            "wrong": [
                each.locate() | {"claimed": each.claimed, "estimate": _finite(each.estimate), "error": each.error}
                for each in self.wrong
            ],
            "kinks": [
                each.locate() | {"kind": each.kind, "left": _finite(each.left), "right": _finite(each.right)}
                for each in self.kinks
            ],
        }

    @property
    def summary(self) -> str:
        """The verdict in one sentence."""
        good = f", good to {self.accuracy:.1g}" if np.isfinite(self.accuracy) else ""
        verdict = "right" if self.right else "wrong"
        return f"The derivative is {verdict} ({self.method}{good}; largest error {self.worst.error:.3g})."

    def __repr__(self) -> str:
        wrong = ", ".join(name for name, right, _ in self.verdicts if not right)
        return f"PlainReport({len(self.entries)} derivatives, {f'wrong: {wrong}' if wrong else 'right'})"

    def __str__(self) -> str:
        lines = [self.summary]
        for each in self.wrong[:MOST_LISTED]:
            true = f"it is {each.estimate:.10g}"
            if each.kind == "kink":
                true = f"the slopes of both sides are {each.left:.6g} and {each.right:.6g}"
            lines.append(f"  {each.place}: claimed {each.claimed:.10g}, {true}")
        for named in self.mistakes:
            place = f" ({named.where})" if self.layer else ""
            lines.append(f"  {named.id}: {named.says}{place}")
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])


def check_plain(f: Any, df: Any, at: Any) -> PlainReport:
    """Hold df, a function or its value, against the derivative of f at a point.

    The derivative has the shape of f's value followed by that of the point. Where f works on every entry alone, the
    derivative of each entry by its own, in the shape of the point, will do. A point may be a mapping of names to
    arrays, for a function that returns one number; its derivative is such a mapping too.
    """
    if not callable(f):
        raise OptionError(f"expected a function f, received an object of type {type(f).__name__}.")
    if isinstance(at, Mapping):
        return _check_named(f, df, NamedPoint.read(at))
    point = check_numbers(at, "at")
    if point.size == 0:
        raise ShapeError("the point `at` holds no number.")
    function = _Function(f, point)
    given = _call(df, point, "df") if callable(df) else df
    claimed = check_numbers(given, "df")
    diagonal = claimed.shape == point.shape == function.value.shape and point.size > 1
    expected = (*function.value.shape, *point.shape)
    if not diagonal and claimed.shape != expected:
        turned = " It looks transposed." if claimed.shape == expected[::-1] else ""
        raise ShapeError(
            f"df has shape {claimed.shape}, expected {expected}: the shape of f's value, then that of x.{turned}"
        )
    coarse = TOLERANCES.get(np.asarray(detach(given)).dtype.name, (0.0,))[0] > 1e-9
    return _compare(function, claimed, diagonal, 1e-5 if coarse else 1e-9)


def _check_named(f: Callable[..., Any], df: Any, point: NamedPoint) -> PlainReport:
    """The same at a point of named arrays."""
    function = _Function(point.on_rows(f), point.row)
    if function.value.size != 1:
        raise ShapeError(f"f(x) has shape {function.value.shape}; expected one number where `at` is a mapping.")
    given = _call(point.on_rows(df), point.row, "df") if callable(df) else df
    claimed = point.read_derivative(given).reshape(*function.value.shape, -1)
    kinds = {np.asarray(detach(array)).dtype.name for array in given.values()}
    coarse = any(TOLERANCES[kind][0] > 1e-9 for kind in kinds if kind in TOLERANCES)
    return _compare(function, claimed, False, 1e-5 if coarse else 1e-9, point)


class _Function:
    """f at a point: called on copies, checked on every call."""

    def __init__(self, f: Callable[..., Any], point: Array) -> None:
        self.f, self.point = f, point
        raw = _call(f, point, "f")
        self.value = check_numbers(raw, "f(x)")
        self.unit = float(np.finfo(np.asarray(raw).dtype).eps) if np.asarray(raw).dtype.kind == "f" else 2.2e-16
        again = _call(f, point, "f")
        if not np.array_equal(check_numbers(again, "f(x)"), self.value):
            raise OptionError("f does not return the same for the same x; fix its random numbers or its state.")

    def beside(self, entry: int, step: float) -> Array:
        """F of the point with one entry changed; nan where it is not defined."""
        moved = self.point.copy()
        moved.reshape(-1)[entry] += step
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = np.asarray(_call(self.f, moved, "f"))
        if found.shape != self.value.shape or found.dtype.kind not in "biuf":
            raise ShapeError(f"f(x) has shape {self.value.shape} here and {found.shape} beside it.")
        return found.astype(np.float64).reshape(-1)

    def complex_slope(self, entry: int) -> Array | None:
        """The derivative with respect to one entry, by the complex step; None where f does not take complex numbers."""
        moved = self.point.astype(np.complex128)
        moved.reshape(-1)[entry] += 1j * STEP
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("error")
                found = np.asarray(self.f(moved if moved.ndim else complex(moved)))
        except KeyboardInterrupt:
            raise
        except BaseException:
            return None
        near = found.shape == self.value.shape and found.dtype.kind == "c"
        if not near or not np.allclose(found.real, self.value, rtol=1e-10, atol=1e-300):
            return None
        slope = np.asarray(found.imag / STEP, dtype=np.float64).reshape(-1)
        return slope if np.isfinite(slope).all() else None


def _call(f: Callable[..., Any], point: Array, name: str) -> Any:
    given = point.copy() if point.ndim else float(point)
    return run_guarded(lambda: f(given), "expected a function of x that returns numbers", f"your function {name}")


@dataclass(frozen=True)
class _Slopes:
    """The derivatives of all values of f by one entry of x."""

    estimate: Array
    bound: Array
    left: Array
    right: Array
    kind: tuple[str, ...]


def _compare(
    function: _Function, claimed: Array, diagonal: bool, relative: float, named: NamedPoint | None = None
) -> PlainReport:
    size = function.point.size
    chosen = np.unique(np.linspace(0, size - 1, min(size, MOST)).astype(int))
    values = function.value.size
    table = claimed.reshape(-1) if diagonal else claimed.reshape(values, size)
    analytic = True
    entries: list[Entry] = []
    coupled = 0.0
    for entry in chosen.tolist():
        exact = function.complex_slope(entry) if analytic else None
        slopes = _central(function, entry, relative if exact is None else ROUGHLY, float(np.abs(table).max()))
        smooth = np.array([kind == "smooth" for kind in slopes.kind])
        if exact is None or (np.abs(exact - slopes.estimate)[smooth] > 10 * slopes.bound[smooth]).any():
            analytic = False
        else:
            bound = np.where(smooth, 1e-12 * np.abs(exact) + 1e-300, slopes.bound)
            slopes = _Slopes(np.where(smooth, exact, slopes.estimate), bound, slopes.left, slopes.right, slopes.kind)
        for value in [entry] if diagonal else range(values):
            name, at = named.locate(entry) if named else ("x", _index(entry, value, function, diagonal))
            claim = table[entry] if diagonal else table[value, entry]
            found = (slopes.estimate[value], slopes.bound[value], slopes.left[value], slopes.right[value])
            about, good, left, right = (float(each) for each in found)
            entries.append(Entry(at, float(claim), about, good, left, right, slopes.kind[value], name))
        if diagonal:
            off = np.delete(np.abs(slopes.estimate) - 10 * slopes.bound, entry)
            coupled = max(coupled, float(np.nan_to_num(off).max()))
    return _report(entries, coupled, analytic, relative, function, len(chosen) < size)


def _report(
    entries: list[Entry], coupled: float, analytic: bool, relative: float, function: _Function, some: bool
) -> PlainReport:
    finite = [abs(each.estimate) for each in entries if np.isfinite(each.estimate)]
    scale = max(finite, default=0.0)
    wrong = [
        each for each in entries if each.error > 10 * each.accuracy + relative * (abs(each.estimate) + scale * 1e-2)
    ]
    incomplete = coupled > relative * max(scale, 1e-300)
    mistakes = _name_mistakes(entries, relative, function, scale, incomplete) if wrong or incomplete else ()
    notes = [_kink(each) for each in entries if each.kind != "smooth"][:10]
    if some:
        notes.append(f"{len({each.at[-1:] for each in entries})} of {function.point.size} entries of x were looked at.")
    bounds = [each.accuracy for each in entries if each.kind == "smooth"]
    method = "complex step" if analytic else "central differences"
    return PlainReport(
        tuple(entries), tuple(wrong), method, max(bounds, default=float("inf")), mistakes, tuple(notes), incomplete
    )


def _name_mistakes(
    entries: list[Entry], relative: float, function: _Function, scale: float, incomplete: bool
) -> tuple[NamedMistake, ...]:
    """The mistakes that turn every estimate into what was claimed: of all arrays together, else of one at a time."""
    smooth = [each for each in entries if each.kind == "smooth"]
    wrong = {each.name for each in smooth if each.error > 10 * each.accuracy + relative * scale}
    names = tuple(dict.fromkeys(each.name for each in smooth))
    for groups in ([names], [(name,) for name in names]) if len(names) > 1 else ([names],):
        found = []
        for group in groups:
            chosen = [each for each in smooth if each.name in group]
            shape = function.point.shape if len(groups) == 1 else _shape(chosen)
            derivative = _pair_up(chosen, relative, scale, shape, incomplete)
            if not incomplete and not wrong & {*group}:
                continue
            named = {mistake.id: says for mistake in every_mistake() for says in mistake.in_derivative(derivative)}
            found += [NamedMistake(id, says, "df", group) for id, says in named.items()]
        if found:
            return tuple(found)
    return ()


def _shape(entries: list[Entry]) -> tuple[int, ...]:
    return tuple(int(each) + 1 for each in np.max([each.at for each in entries], axis=0)) if entries[0].at else ()


def _pair_up(
    entries: list[Entry], relative: float, scale: float, shape: tuple[int, ...], incomplete: bool
) -> Derivative:
    """What was claimed beside the estimates."""
    turned = {each.at[::-1]: each.estimate for each in entries}
    return Derivative(
        submitted=np.array([each.claimed for each in entries]),
        truth=np.array([each.estimate for each in entries]),
        turned=np.array([turned.get(each.at, np.nan) for each in entries]),
        slack=np.array([100 * each.accuracy for each in entries]) + 1e2 * relative * scale,
        shape=shape,
        is_diagonal=incomplete,
    )


def _central(function: _Function, entry: int, enough: float, scale: float) -> _Slopes:
    """The best of some central differences by one entry, and what the slopes of both sides say.

    More are tried where one is not good `enough`, relative to itself and to the largest of all.
    """
    start = float(function.point.reshape(-1)[entry])
    middle = function.value.reshape(-1).astype(np.float64)
    base = max(1.0, abs(start))
    slopes = _ladder(function, entry, start, middle, base, USUAL)
    if set(slopes.kind) == {"smooth"} and (slopes.bound <= enough * (np.abs(slopes.estimate) + scale / 100)).all():
        return slopes
    slopes = _ladder(function, entry, start, middle, base)
    if "undefined" in slopes.kind and 0 < abs(start) < 1:  # near the edge of where f is defined: smaller steps
        slopes = _ladder(function, entry, start, middle, abs(start))
    return slopes


def _ladder(
    function: _Function, entry: int, start: float, middle: Array, base: float, some: slice = slice(None)
) -> _Slopes:
    """The slopes by steps of a tenth of the base, a hundredth, and so on; or by some of these."""
    reaches = [base * reach for reach in REACHES[some]]
    estimates, bounds, lefts, rights = [], [], [], []
    for reach in reaches:
        up, down = (start + reach) - start, start - (start - reach)
        above, below = function.beside(entry, up), function.beside(entry, -down)
        near_up, near_down = up / 2, down / 2
        inner_above, inner_below = function.beside(entry, near_up), function.beside(entry, -near_down)
        with np.errstate(all="ignore"):
            wide, near = (above - below) / (up + down), (inner_above - inner_below) / (near_up + near_down)
            size = np.maximum.reduce([np.abs(above), np.abs(below), np.abs(middle)])
            estimates.append(near + (near - wide) / 3)
            bounds.append(np.abs(near - wide) + 4 * function.unit * (size + np.abs(near) * abs(start)) / reach)
            rights.append((inner_above - middle) / near_up)
            lefts.append((middle - inner_below) / near_down)
    with np.errstate(all="ignore"):
        table = np.where(np.isfinite(bounds), bounds, np.inf)
        best = np.argmin(table, axis=0)
        columns = np.arange(len(middle))
        estimate = np.array(estimates)[best, columns]
        bound = table[best, columns]
    noise = np.array([4 * function.unit * np.maximum(np.abs(middle), 1e-300) / reach for reach in reaches])
    kinds, left, right = [], [], []
    usual = USUAL if some == slice(None) else slice(None)
    sides = [np.array(each)[usual] for each in (lefts, rights, noise)]
    for column in columns.tolist():
        kind, one, other = _sides(*(each[:, column] for each in sides))
        kinds.append(kind if kind != "smooth" or np.isfinite(bound[column]) else "undefined")
        left.append(one)
        right.append(other)
    return _Slopes(estimate, bound, np.array(left), np.array(right), tuple(kinds))


def _sides(left: Array, right: Array, noise: Array) -> tuple[str, float, float]:
    """Whether the slopes from the left and the right stay apart as the step shrinks from 1e-4 to 1e-6: a kink; or
    grow: no slope."""
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        return "undefined", float(left[2]), float(right[2])
    gap = np.abs(right - left)
    scale = np.abs(left) + np.abs(right)
    if gap[2] <= 100 * noise[2] + 1e-7 * scale[2] or gap[2] < 0.5 * gap[0]:
        steep = scale[2] > 2 * scale[1] > 4 * scale[0] and scale[2] > 100 * noise[2]
        return ("steep" if steep else "smooth"), float(left[2]), float(right[2])
    steep = max(abs(left[2]), abs(right[2])) > 2 * max(abs(left[0]), abs(right[0]))
    return ("steep" if steep else "kink"), float(left[2]), float(right[2])


def _kink(entry: Entry) -> str:
    place = entry.place
    if entry.kind == "kink":
        return (
            f"{place} f has a kink: the slope is {entry.left:.6g} from the left and {entry.right:.6g} from the right, "
            "and any number between them is let pass."
        )
    if entry.kind == "steep":
        return f"{place} f has no finite slope (a jump, or a vertical tangent); df was not judged."
    return f"{place} f is not defined on both sides; df was not judged."


def _index(entry: int, value: int, function: _Function, diagonal: bool) -> tuple[int, ...]:
    by = tuple(int(each) for each in np.unravel_index(entry, function.point.shape)) if function.point.ndim else ()
    if diagonal or not function.value.ndim:
        return by
    return (*(int(each) for each in np.unravel_index(value, function.value.shape)), *by)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


__all__ = ["Entry", "NumberError", "PlainReport", "check_plain"]
