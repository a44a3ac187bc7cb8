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
#: What an array under the name of a layer may hold of its units.
OF_LAYERS = ("a", "h", "delta", "y", "dE/dh", "dE/da", "da/dh", "E")


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
Bounded = tuple[Array, Array]


def claim_arrays(context: Context, statement: Statement) -> None:
    """Claim every entry of the lists in a statement. What is not certain is listed as unread."""
    for number, side in enumerate(statement.sides[1:], start=1):
        try:
            meant = interpret(context, statement.sides[0].tree, side.tree) if isinstance(side.tree, Listed) else []
        except UnreadableError as error:
            context.unread(statement.between(number), str(error), statement.where(side.start))
            continue
        for quantity, sample, entry in meant:
            where = statement.where(entry.at)
            try:
                context.claim(quantity, entry.digits, where, sample)
            except UnreadableError as error:
                context.unread(f"{quantity.name} = {entry.digits}", str(error), where)


# What the entries are


def interpret(context: Context, label: Expression | None, listed: Listed) -> list[Meant]:
    """What each entry is, under that label. Errors: UnreadableError where it is not certain."""
    rows, labels = _read_rows(listed), list(_read_label(context, label))
    readings = [reading for role, layer in labels for reading in _readings(context, role, layer, rows)]
    if not readings:
        raise UnreadableError(_explain_label(context, label, labels, rows))
    scores = [sum(context.fits(each.quantity, each.entry.digits, each.sample) for each in one) for one in readings]
    best = max(scores)
    if all(role.endswith("?") for role, _ in labels) and 2 * best < len(readings[0]):
        raise UnreadableError("the list does not say which layer it is, as in a^(1) or a_hidden")
    several = scores.count(best) > 1 and any(reading != readings[0] for reading in readings[1:])
    if several and best < max(map(len, readings)):
        says = "the rows and columns of the list can be read in two ways, and its numbers do not tell which"
        raise UnreadableError(says)
    return readings[scores.index(best)]


def _read_rows(listed: Listed) -> Rows:
    """The rows of a list, of one number of columns each; `1.` as NumPy prints it is 1."""
    if any(printed(each) is None for each in listed.children):
        raise UnreadableError("a list with letters in it is not read")
    if len({len(row) for row in listed.rows}) != 1 or len(listed.children) > MOST:
        raise UnreadableError("the array has no numbers, uneven rows, or too many entries")
    return [[Entry((printed(each) or "").rstrip("."), first_place(each)) for each in row] for row in listed.rows]


def _read_label(context: Context, label: Expression | None) -> Iterator[tuple[str, int]]:
    """The role and layer that a label may mean: a letter with a layer, or a derivative by one."""
    names, find = context.names, context.worksheet.network.architecture.find_unit
    if isinstance(label, Symbol):
        alias = names.aliases.get(label)
        if alias is None:
            yield from names.vector(label.name)
        found = names.resolve(label.name)
        place = find(found.of[0]) if isinstance(found, Quantity) and len(found.of) == 1 else None
        if place is not None and isinstance(found, Quantity) and (alias is not None or found.role in OF_LAYERS[:4]):
            yield found.role, place[0]
    elif isinstance(label, Ratio) and isinstance(label.by, Symbol) and isinstance(label.top, Symbol):
        above = "E" if names.resolve(label.top.name) == Quantity("E") else label.top.name.base
        for role, layer in names.vector(label.by.name):
            if role in ("a", "h") or role[:2] == "w:":
                yield f"d{above}/d{role}", layer


def _readings(context: Context, role: str, layer: int, rows: Rows) -> Iterator[list[Meant]]:
    """Every way in which the rows and columns can be those of the layer."""
    turned = [list(column) for column in zip(*rows, strict=True)]
    ways = [rows] if len(rows) == len(turned) == 1 else [rows, turned]
    if ":" in role:
        yield from (found for each in ways if (found := _read_parameters(context, role, layer, each)))
        return
    network, used = context.worksheet.network, context.used()
    units = network.units[layer]
    role = "a" if role == "input" else role.rstrip("?")
    if (role in ("y", "E") and layer != network.depth) or (layer == 0 and role != "a") or role not in OF_LAYERS:
        return
    for way in ways:
        if len(way[0]) == len(units) and len(way) in (1, len(used)):
            samples = used if len(way) > 1 else [context.sample]
            yield [Meant(Quantity(role, (unit,)), sample, entry) for row, sample in zip(way, samples, strict=True)
                   for unit, entry in zip(units, row, strict=True)]  # fmt: skip


def _read_parameters(context: Context, role: str, layer: int, rows: Rows) -> list[Meant]:
    """W2, b2, dW2: an entry for every weight, from the rows' units to the columns'."""
    role, _, kind = role.partition(":")
    network = context.worksheet.network
    height = len(network.units[layer - 1]) if kind == "W" else 1
    if layer < 1 or (len(rows), len(rows[0])) != (height, len(network.units[layer])):
        return []
    found = []
    for number, row in enumerate(rows):
        for column, entry in enumerate(row):
            name = network.wiring.name_at(Place(f"{kind}{layer}", (number, column) if kind == "W" else (column,)))
            if name is not None:
                found.append(Meant(Quantity(role, (name,)), None if role == "new" else context.sample, entry))
    return found


def _explain_label(context: Context, label: Expression | None, labels: list[tuple[str, int]], rows: Rows) -> str:
    written = label.name.written if isinstance(label, Symbol) else "what stands on the left"
    if not labels:
        return f"'{written}' is not the name of a whole layer here; an alias, or a layer as in a^(1), says which"
    expected = " or ".join(sorted({str(len(context.worksheet.network.units[layer])) for _, layer in labels}))
    return f"'{written}' has {len(rows)} x {len(rows[0])} numbers; its layer has {expected} units"


# Sums and products of arrays


def holds_list(side: Side) -> bool:
    """Whether a list stands inside a formula, such as a product of a matrix and a vector."""
    tree = side.tree
    return tree is not None and not isinstance(tree, Listed) and any(isinstance(each, Listed) for each in walk(tree))


def judge_products(context: Context, statement: Statement) -> None:
    """Hold sums and products of printed arrays against the array that is printed after them."""
    for side, following in zip(statement.sides, [*statement.sides[1:], None], strict=True):
        if side.tree is None or not holds_list(side):
            continue
        where, tree = statement.where(side.start), following.tree if following is not None else None
        try:
            with np.errstate(all="ignore"):
                values, ends = _evaluate(side.tree, _rounding), _evaluate(tree, _last_unit) if tree is not None else []
                ends += [(end.T, unit.T) for end, unit in ends]
                pairs = [(one, two) for one, two in product(values, ends) if one[0].shape == two[0].shape]
                fits = [bool((abs(value - end) <= slack + unit).all()) for (value, slack), (end, unit) in pairs]
            if ends and not fits:
                raise UnreadableError("what follows it has another shape")
        except UnreadableError as error:
            context.unread(side.text, f"a vector or matrix inside a formula: {error}", where)
            continue
        verdict = "" if not ends else "right" if any(fits) else "wrong"
        text = quoted(following.text) if following is not None else ""
        context.found.steps.append(Step(quoted(side.text), float(values[0][0].flat[0]), text, verdict, where))


def _evaluate(tree: Expression, reach: Callable[[str], float]) -> list[Bounded]:
    """What a formula of printed arrays comes to, and how far roundings move it; by every kind of product that fits."""
    rows = _read_rows(tree) if isinstance(tree, Listed) else [[Entry(printed(tree) or "", 0)]]
    if rows[0][0].digits:
        value, slack = (np.array([[read(each.digits) for each in row] for row in rows]) for read in (float, reach))
        found: list[Bounded] = [(value, slack)]
    elif isinstance(tree, Neg):
        return [(-value, slack) for value, slack in _evaluate(tree.body, reach)]
    elif isinstance(tree, Add | Mul):
        found = _evaluate(tree.children[0], reach)
        for each in tree.children[1:]:
            pairs = product(found, _evaluate(each, reach))
            found = [made for one, two in pairs for made in _combine(one, two, isinstance(tree, Add))][:MOST_WAYS]
    else:
        raise UnreadableError("only sums and products of printed arrays are read")
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
