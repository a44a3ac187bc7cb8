"""Vectors and matrices, each under the name of its layer: `a^{(1)} = [0.88, 0.91]`, `dW2 = [[-0.079], [-0.081]]`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from backproof.arrays import Array
from backproof.checking.documents.arithmetic import may_be_rounded
from backproof.checking.documents.context import Context
from backproof.checking.documents.grammar import Listed, Ratio, Symbol, first_place, printed
from backproof.checking.documents.model import Step, UnreadableError, quoted
from backproof.checking.documents.statements import Side, Statement
from backproof.expression import Add, Expression, Mul, Neg, walk
from backproof.quantity import Quantity
from backproof.rounding import last_place
from backproof.wiring import Place

#: Larger arrays are not a claim that anybody checks by eye.
MOST = 400
#: Ways in which the products of one formula may be meant.
MOST_WAYS = 8
LONGEST_NUMBER = 60


class Entry(NamedTuple):
    """One printed number of an array and where it stands."""

    digits: str
    at: int


class Meant(NamedTuple):
    """What one entry of an array is: a quantity, and of which sample."""

    quantity: Quantity
    sample: int | None
    entry: Entry


Rows = list[list[Entry]]


def has_array(statement: Statement) -> bool:
    """Whether a statement gives a list for what stands on its left."""
    return any(isinstance(side.tree, Listed) for side in statement.sides[1:])


def claim_arrays(context: Context, statement: Statement) -> None:
    """Claim every entry of the lists in a statement. What is not certain is listed as unread."""
    for number, side in enumerate(statement.sides[1:], start=1):
        if not isinstance(side.tree, Listed):
            continue
        try:
            for quantity, sample, entry in interpret(context, statement.sides[0].tree, side.tree):
                _claim(context, statement, quantity, sample, entry)
        except UnreadableError as error:
            context.unread(statement.between(number), str(error), statement.where(side.start))


def holds_list(side: Side) -> bool:
    """Whether a list stands inside a formula, such as a product of a matrix and a vector."""
    tree = side.tree
    return tree is not None and not isinstance(tree, Listed) and any(isinstance(each, Listed) for each in walk(tree))


def judge_products(context: Context, statement: Statement) -> None:
    """Hold sums and products of printed arrays against the array that is printed after them."""
    for side, following in zip(statement.sides, [*statement.sides[1:], None], strict=True):
        if side.tree is None or not holds_list(side):
            continue
        where = statement.where(side.start)
        try:
            with np.errstate(all="ignore"):
                values = _values(side.tree, _rounding)
                tree = following.tree if following is not None else None
                ends = _values(tree, _last_unit) if tree is not None else []
            if not values:
                raise UnreadableError("it has no finite value")
        except UnreadableError as error:
            context.unread(side.text, f"a vector or matrix inside a formula: {error}", where)
            continue
        fits = [
            bool((abs(value - turned) <= slack + more).all())
            for value, slack in values
            for end, unit in ends
            for turned, more in ((end, unit), (end.T, unit.T))
            if turned.shape == value.shape
        ]
        if ends and not fits:
            context.unread(side.text, "what follows it has another shape", where)
        else:
            verdict = "" if following is None or not ends else "right" if any(fits) else "wrong"
            text = quoted(following.text) if following is not None else ""
            context.found.steps.append(Step(quoted(side.text), float(values[0][0].flat[0]), text, verdict, where))


Bounded = tuple[Array, Array]


def _values(tree: Expression, reach: Callable[[str], float]) -> list[Bounded]:
    """What a formula of printed arrays comes to, and how far roundings move it; by every kind of product that fits."""
    if isinstance(tree, Listed):
        rows = _rows(tree)
        value, slack = (np.array([[read(each.digits) for each in row] for row in rows]) for read in (float, reach))
        return [(value, slack)] if np.isfinite(value).all() else []
    if (digits := printed(tree)) is not None:
        return [(np.array([[float(digits)]]), np.array([[reach(digits)]]))]
    if isinstance(tree, Neg):
        return [(-value, slack) for value, slack in _values(tree.body, reach)]
    if not isinstance(tree, Add | Mul):
        raise UnreadableError("only sums and products of printed arrays are read")
    found = _values(tree.children[0], reach)
    for each in tree.children[1:]:
        pairs = product(found, _values(each, reach))
        found = [made for one, two in pairs for made in _combine(one, two, isinstance(tree, Add))][:MOST_WAYS]
    found = [(value, slack) for value, slack in found if np.isfinite(value).all() and np.isfinite(slack).all()]
    if not found:
        raise UnreadableError("the shapes do not fit, or it has no finite value")
    return found


def _combine(one: Bounded, two: Bounded, added: bool) -> Iterator[Bounded]:
    """The sum of two arrays, or their product: of matrices, or entry by entry."""
    (a, da), (b, db) = one, two
    if added and a.shape == b.shape:
        yield a + b, da + db
    if not added and a.shape[1] == b.shape[0]:
        yield a @ b, abs(a) @ db + da @ abs(b) + da @ db
    if not added and (a.shape == b.shape or 1 in (a.size, b.size)):
        yield a * b, abs(a) * db + da * abs(b) + da * db


def _rounding(digits: str) -> float:
    return _last_unit(digits) / 2 if may_be_rounded(digits) else 0.0


def _last_unit(digits: str) -> float:
    return float(last_place(digits)) if len(digits) < LONGEST_NUMBER else 0.0


def _claim(context: Context, statement: Statement, quantity: Quantity, sample: int | None, entry: Entry) -> None:
    where = statement.where(entry.at)
    try:
        context.claim(quantity, entry.digits, where, sample)
    except UnreadableError as error:
        context.unread(f"{quantity.name} = {entry.digits}", str(error), where)


def interpret(context: Context, label: Expression | None, listed: Listed) -> list[Meant]:
    """What each entry is, under that label. Errors: UnreadableError where it is not certain."""
    rows = _rows(listed)
    readings = [reading for role, layer in _labels(context, label) for reading in _readings(context, role, layer, rows)]
    if not readings:
        raise UnreadableError(_why_not(context, label, rows))
    scores = [sum(context.fits(each.quantity, each.entry.digits, each.sample) for each in one) for one in readings]
    best = max(scores)
    if all(role.endswith("?") for role, _ in _labels(context, label)) and 2 * best < len(readings[0]):
        raise UnreadableError("the list does not say which layer it is, as in a^(1) or a_hidden")
    if (
        scores.count(best) > 1
        and any(reading != readings[0] for reading in readings[1:])
        and best < max(map(len, readings))
    ):
        raise UnreadableError(
            "the rows and columns of the list can be read in two ways, and its numbers do not tell which"
        )
    return readings[scores.index(best)]


def _rows(listed: Listed) -> Rows:
    """The rows of a list, of one number of columns each."""
    rows: Rows = []
    for row in listed.rows:
        digits = [printed(each) for each in row]
        if any(each is None for each in digits):
            raise UnreadableError("a list with letters in it is not read")
        rows.append([Entry(_plain(str(text)), first_place(each) or 0) for text, each in zip(digits, row, strict=True)])
    if not rows or len({len(row) for row in rows}) != 1 or len(rows) * len(rows[0]) > MOST:
        raise UnreadableError("the array has no numbers, uneven rows, or too many entries")
    return rows


def _plain(digits: str) -> str:
    """`1.` as NumPy prints it is 1."""
    return digits.rstrip(".").lstrip("+")


def _labels(context: Context, label: Expression | None) -> Iterator[tuple[str, int]]:
    """The role and layer that a label may mean: a letter with a layer, or a derivative by one."""
    names = context.names
    if isinstance(label, Symbol):
        alias = names.aliases.get(label)
        if isinstance(alias, Quantity) and alias.of and context.worksheet.network.architecture.find_unit(alias.of[0]):
            yield alias.role, context.worksheet.network.place(alias.of[0])[0]
        else:
            yield from names.vector(label.name)
            if (found := names.resolve(label.name)) is not None and isinstance(found, Quantity) and len(found.of) == 1:
                place = context.worksheet.network.architecture.find_unit(found.of[0])
                if place is not None and found.role in ("a", "h", "delta", "y"):
                    yield found.role, place[0]
    elif isinstance(label, Ratio) and isinstance(label.by, Symbol):
        for role, layer in names.vector(label.by.name):
            top = label.top.name.base if isinstance(label.top, Symbol) else ""
            if role[:2] == "w:":
                yield f"dE/dw:{role[2:]}", layer
            elif role in ("a", "h") and isinstance(label.top, Symbol):
                above = "E" if names.resolve(label.top.name) == Quantity("E") else top
                yield f"d{above}/d{role}", layer


def _readings(context: Context, role: str, layer: int, rows: Rows) -> Iterator[list[Meant]]:
    """Every way in which the rows and columns can be those of the layer."""
    if ":" in role:
        yield from _parameters(context, role, layer, rows)
        return
    network = context.worksheet.network
    units = network.units[layer]
    role = role.rstrip("?")
    if role == "input":
        role = "a"
    if role in ("y", "E") and layer != network.depth:
        return
    if (layer == 0 and role != "a") or role not in ("a", "h", "delta", "y", "dE/dh", "dE/da", "da/dh", "E"):
        return
    used = context.used()
    for turned in (rows, [list(column) for column in zip(*rows, strict=True)]):
        if len(turned[0]) != len(units) or len(turned) not in (1, len(used)):
            continue
        samples = list(used) if len(turned) > 1 else [context.sample]
        yield [
            Meant(Quantity(role, (unit,)), sample, entry)
            for row, sample in zip(turned, samples, strict=True)
            for unit, entry in zip(units, row, strict=True)
        ]
        if len(rows) == 1 and len(rows[0]) == 1:
            return


def _parameters(context: Context, role: str, layer: int, rows: Rows) -> Iterator[list[Meant]]:
    """W2, b2, dW2: an entry for every weight, from the rows' units to the columns' or the other way round."""
    role, _, kind = role.partition(":")
    network = context.worksheet.network
    if not 1 <= layer <= network.depth:
        return
    width, height = len(network.units[layer]), len(network.units[layer - 1]) if kind == "W" else 1
    for turned in (rows, [list(column) for column in zip(*rows, strict=True)]):
        if (len(turned), len(turned[0])) != (height, width):
            continue
        found = []
        for number, row in enumerate(turned):
            for column, entry in enumerate(row):
                name = network.wiring.name_at(Place(f"{kind}{layer}", (number, column) if kind == "W" else (column,)))
                if name is not None:
                    found.append(Meant(Quantity(role, (name,)), None if role == "new" else context.sample, entry))
        yield found
        if rows == turned and (len(rows) == 1 and len(rows[0]) == 1):
            return


def _why_not(context: Context, label: Expression | None, rows: Rows) -> str:
    written = label.name.written if isinstance(label, Symbol) else "what stands on the left"
    labels = list(_labels(context, label))
    if not labels:
        return f"'{written}' is not the name of a whole layer here; an alias, or a layer as in a^(1), says which"
    expected = " or ".join(sorted({str(len(context.worksheet.network.units[layer])) for _, layer in labels}))
    return f"'{written}' has {len(rows)} x {len(rows[0])} numbers; its layer has {expected} units"
