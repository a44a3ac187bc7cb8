"""Differentiation of formulas, one named rule at a time.

`steps` rewrites the first open Derivative by one rule until none is left, so that it reads like the working of a
careful person: each line equals the line before it, and its reason is the rule. `differentiate` is its last line.
"""

from __future__ import annotations

from collections.abc import Iterator

from backproof.errors import BackproofError
from backproof.expression import (
    Add,
    Call,
    Compare,
    Derivative,
    Div,
    Expression,
    Mul,
    Neg,
    Number,
    Pow,
    Sum,
    Variable,
    Where,
    quantities,
    wrap,
)
from backproof.functions import exp, log, lookup


def differentiate(formula: Expression, by: Variable) -> Expression:
    """The derivative of a formula by one of its quantities, worked out: the last line of `steps`, at once."""
    return _work_out(Derivative(formula, by))


def _work_out(node: Expression) -> Expression:
    """The formula with every open derivative in it worked out."""
    if isinstance(node, Derivative):
        body = _work_out(node.body)
        return _work_out(rule(body, node.by)[1])
    children = node.children
    worked = tuple(_work_out(child) for child in children)
    return node if all(a is b for a, b in zip(worked, children, strict=True)) else tidy(node.rebuild(worked))


def steps(formula: Expression, by: Variable) -> Iterator[tuple[str, Expression]]:
    """Each step of the differentiation: the rule used, and the whole formula after it."""
    line: Expression = Derivative(formula, by)
    while (change := _advance(line)) is not None:
        rule, line = change
        yield rule, line


def _advance(line: Expression) -> tuple[str, Expression] | None:
    """Apply one rule to the first open derivative in reading order."""
    if isinstance(line, Derivative):
        if isinstance(line.body, Derivative):
            inner = _advance(line.body)
            assert inner is not None
            return inner[0], Derivative(inner[1], line.by)
        return rule(line.body, line.by)
    children = line.children
    for position, child in enumerate(children):
        change = _advance(child)
        if change is not None:
            renewed = (*children[:position], change[1], *children[position + 1 :])
            return change[0], tidy(line.rebuild(renewed))
    return None


def rule(u: Expression, by: Variable) -> tuple[str, Expression]:
    """One rule of differentiation: its name, and d/d`by` of u with smaller derivatives left open in it."""

    def d(part: Expression) -> Expression:
        return Derivative(part, by)

    if u == by:
        return "the derivative of a variable with respect to itself is 1", Number(1)
    if by not in quantities(u):
        return "constant rule", Number(0)
    match u:
        case Add(terms=terms):
            return "sum rule", Add(tuple(d(term) for term in terms))
        case Sum(index=index, body=body, terms=terms):
            return "sum rule", Sum(index, d(body), tuple(d(term) for term in terms))
        case Neg(body=body):
            return "factor rule", Neg(d(body))
        case Mul(factors=factors):
            return _product(factors, by)
        case Div(top=top, bottom=bottom) if by not in quantities(bottom):
            return "factor rule", Div(d(top), bottom)
        case Div(top=top, bottom=bottom):
            if by not in quantities(top):
                return "reciprocal rule", Neg(Div(_times(top, d(bottom)), Pow(bottom, Number(2))))
            return "quotient rule", Div(d(top) * bottom - top * d(bottom), Pow(bottom, Number(2)))
        case Pow(base=base, exponent=exponent) if by not in quantities(exponent):
            lower = exponent.value - 1 if isinstance(exponent, Number) else exponent - 1
            power = base if lower == 1 else Pow(base, wrap(lower))
            return "power rule" + _chain(base, by), _times(exponent, power, d(base))
        case Pow(base=base, exponent=exponent):
            return "exponential rule: b^u = e^(u ln b)", d(exp(exponent * log(base)))
        case Where(condition=condition, then=then, otherwise=otherwise):
            return "each case separately", Where(condition, d(then), d(otherwise))
        case Call(function="maximum", arguments=(left, right)):
            return "the case of the larger argument", Where(Compare(">", left, right), d(left), d(right))
        case Call(function="maximum", arguments=(first, *others)):
            rest = Call("maximum", tuple(others))
            return "the case of the first largest argument", Where(Compare(">=", first, rest), d(first), d(rest))
        case Call(function="minimum", arguments=(left, right)):
            return "the case of the smaller argument", Where(Compare("<", left, right), d(left), d(right))
        case Call(function=name, arguments=(inside,)):
            known = lookup(name).derivative
            if known is not None:
                return f"derivative of {name}" + _chain(inside, by), _times(wrap(known(inside, u)), d(inside))
    raise BackproofError(f"there is no rule for the derivative of {type(u).__name__} {u}")


def _chain(inside: Expression, by: Variable) -> str:
    return "" if inside == by else " and chain rule"


def _product(factors: tuple[Expression, ...], by: Variable) -> tuple[str, Expression]:
    """One term a factor that varies; constants stay where they stand."""
    varying = [position for position, factor in enumerate(factors) if by in quantities(factor)]
    terms = tuple(
        Mul((*factors[:position], Derivative(factors[position], by), *factors[position + 1 :])) for position in varying
    )
    return ("product rule", Add(terms)) if len(terms) > 1 else ("factor rule", terms[0])


def _times(*factors: Expression) -> Expression:
    kept = tuple(factor for factor in factors if factor != Number(1))
    return kept[0] if len(kept) == 1 else Mul(kept)


def tidy(node: Expression) -> Expression:
    """Drop what a rule leaves behind and nobody writes: a term 0, a factor 1, a product with 0, a double minus."""
    zero, one = Number(0), Number(1)
    match node:
        case Add(terms=terms):
            kept = tuple(term for term in terms if term not in (zero, Neg(zero)))
            return zero if not kept else kept[0] if len(kept) == 1 else Add(kept)
        case Mul(factors=factors):
            if zero in factors:
                return zero
            kept = tuple(factor for factor in factors if factor != one)
            return one if not kept else kept[0] if len(kept) == 1 else Mul(kept)
        case Div(top=top, bottom=bottom) if top == zero or bottom == one:
            return top
        case Neg(body=Neg(body=body)):
            return body
        case Neg(body=body) if body == zero:
            return zero
    return node
