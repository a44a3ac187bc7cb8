"""Where two formulas differ: the same formulas with the differing parts marked."""

from __future__ import annotations

from backproof.expression import Add, Expression, Marked, Mul


def marked(formula: Expression, other: Expression) -> Expression:
    """The formula with every part marked that the other one does not have at its place."""
    if formula == other:
        return formula
    if type(formula) is type(other):
        if isinstance(formula, Add | Mul):
            return _among(formula, other)
        if formula.children and len(formula.children) == len(other.children):
            pairs = zip(formula.children, other.children, strict=True)
            return formula.rebuild(tuple(marked(mine, theirs) for mine, theirs in pairs))
    if isinstance(formula, Mul) and other in formula.factors:
        return formula.rebuild(tuple(each if each == other else Marked(each) for each in formula.factors))
    if isinstance(other, Mul) and formula in other.factors:
        return formula
    return Marked(formula)


def _among(formula: Expression, other: Expression) -> Expression:
    """Terms or factors: what both have stays; the rest is compared in its order, or marked where nothing answers it."""
    missing = list(other.children)
    own: list[int] = []
    for position, child in enumerate(formula.children):
        if child in missing:
            missing.remove(child)
        else:
            own.append(position)
    partners = dict(zip(own, missing, strict=False)) if len(own) == len(missing) else {}
    children = list(formula.children)
    for position in own:
        children[position] = (
            marked(children[position], partners[position]) if position in partners else Marked(children[position])
        )
    return formula.rebuild(tuple(children))
