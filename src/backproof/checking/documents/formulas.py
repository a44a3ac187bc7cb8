"""Formulas in symbols: whether one holds in every network, and which slip makes it where it does not."""

from __future__ import annotations

from collections.abc import Sequence

from backproof.checking.documents.arithmetic import moved
from backproof.checking.documents.context import Context, name_of
from backproof.checking.documents.general import LAYERS, General
from backproof.checking.documents.grammar import Apply, Printed, Symbol, is_arithmetic
from backproof.checking.documents.lexer import Name
from backproof.checking.documents.meaning import Meaning, Read
from backproof.checking.documents.model import Formula, UnreadableError, quoted
from backproof.checking.documents.names import free_letters
from backproof.checking.documents.statements import Side, Statement
from backproof.checking.random_networks import FREE
from backproof.checking.slips import Slip, without_letters
from backproof.expression import Expression, quantities, substitute, walk
from backproof.quantity import Kind, Quantity

#: Letters that a general formula has for the argument of its function.
ARGUMENTS = ("z", "x", "u", "t", "v", "s", "h", "net", "a")
#: Letters of which no reading is usual enough to call a formula wrong by it.
DISPUTED = ("h", "o", "y")
#: Formulas with more decimal numbers than this are judged in symbols only.
MOST_DECIMALS = 20


def judge(
    context: Context, statement: Statement, number: int, this: Read, left: Expression, before: Expression | None
) -> tuple[bool, Expression] | None:
    """Add the judgement on one side; gives back whether it holds and what it says. Errors: UnreadableError."""
    formula = this.formula
    assert formula is not None
    where = statement.where(this.side.start)
    text = statement.between(number)
    letters = free_letters(formula)
    if letters:
        if before is not None and free_letters(before) and context.networks.same(before, formula):
            context.found.formulas.append(Formula(quoted(text), name_of(left) or "", True, where))
            return True, formula
        bound = _bind(context, formula, left, letters)
        if bound is None:
            if judge_general_side(context, statement, number):
                return None
            names = ", ".join(sorted(letters))
            raise UnreadableError(f"{names} names nothing in the worksheet; an alias can say what it is")
        formula = bound
    holds = context.networks.same(left, formula)
    if not holds and before is not None and not free_letters(before) and context.networks.same(before, formula):
        left, holds, text = before, True, f"{statement.sides[number - 1].text} = {this.side.text}"
    holds = holds or _holds_here(context, formula, left)
    if not holds and judge_general_side(context, statement, number, only_right=True):
        return None
    if not holds and (letter := _other_reading(context, this, left, statement)):
        raise UnreadableError(
            f"it would hold if {letter} were read otherwise; a definition of {letter}, or an alias, says how"
        )
    says, slips = _faults(context, this, formula, left, holds)
    found = Formula(quoted(text), name_of(left) or "", holds and not says, where, says, tuple(slips))
    context.found.formulas.append(found)
    if holds and isinstance(left, Quantity):
        context.keep(left, formula)
    return holds, formula


def _other_reading(context: Context, this: Read, left: Expression, statement: Statement) -> str:
    """A letter of which books disagree, and with whose other meaning the formula holds."""
    names = context.names
    trees = [tree for tree in (this.side.tree, statement.sides[0].tree) if tree is not None]
    letters = {node.name for tree in trees for node in walk(tree) if isinstance(node, Symbol)}
    disputed = (each for each in letters if each.base in DISPUTED and each.base not in names.roles)
    for name in sorted(disputed, key=lambda each: each.written) if isinstance(left, Quantity) else ():
        for role in names.options(name):
            try:
                with names.read_as(name.base, role):
                    right, other = (Meaning(names).read(tree) for tree in trees)
            except UnreadableError:
                return ""
            known = not free_letters(right) and not free_letters(other)
            if known and other != right and context.networks.same(other, right):
                return name.base
    return ""


def _holds_here(context: Context, formula: Expression, left: Expression) -> bool:
    """Whether symbols mixed with decimal numbers, as in w_5 - 0.01 dE/dw_5, come to the left side's own value here."""
    decimals = [each for each in walk(formula) if isinstance(each, Printed) and "." in each.digits]
    truth, value = context.truth(left), context.truth(formula)
    if not decimals or not truth or value is None or len(decimals) > MOST_DECIMALS:
        return False
    slack = 1e-9 * abs(truth)
    for each in decimals:
        other = context.truth(moved(formula, each))
        slack += abs(other - value) / 2 if other is not None else 0.0
    return abs(value - truth) <= slack


def _faults(context: Context, this: Read, formula: Expression, left: Expression, holds: bool) -> tuple[str, list[Slip]]:
    """One sentence on what is wrong, and the slips; both empty where nothing is."""
    inner = _bodies(context, this, left)
    if this.repairs:
        tail = "; read as it is meant, the formula holds" if holds else "; and even so the formula does not hold"
        return f"{'; '.join(this.repairs)}{tail}", []
    if holds:
        return (inner[0].says, inner) if inner else ("", [])
    remedies = context.find_slips(left, formula)
    for remedy in remedies:
        if remedy.repaired is not None and isinstance(left, Quantity):
            context.keep(left, remedy.repaired)
            break
    slips = [*inner, *(remedy.slip for remedy in remedies if remedy.slip not in inner)]
    if slips:
        return slips[0].says, slips
    contradicted = any(
        quantity == left and not context.networks.same(other, formula) for quantity, other in context.templates
    )
    if contradicted:
        return "it contradicts an earlier formula of the same quantity, which holds", []
    return "it is not the same as the left side in every network", []


def _bodies(context: Context, this: Read, left: Expression) -> list[Slip]:
    """d/dw (what should be h): where the bracket is h but for one letter, that letter."""
    found: list[Slip] = []
    for body, _ in this.bodies:
        if not isinstance(left, Quantity) or not left.is_derivative or left.is_gradient:
            continue
        top = left.numerator
        if free_letters(body) or context.networks.same(top, body):
            continue
        for remedy in context.find_slips(top, body):
            if remedy.repaired is not None:
                found.append(Slip(remedy.slip.id, f"in what is differentiated {remedy.slip.says}"))
                break
    return found


def _bind(context: Context, formula: Expression, left: Expression, letters: frozenset[str]) -> Expression | None:
    """The formula with its unknown letters out of the way: without effect, or the argument of the left side's unit."""
    if not _depends(context, formula):
        return formula
    units = {each.of[-1] for each in quantities(left) if each.role in ("a", "h", "da/dh", "dE/dh", "dE/da")}
    if len(letters) == 1 and (letter := next(iter(letters))) in ARGUMENTS:
        for unit in sorted(units):
            bound = without_letters(formula, {letter: Quantity("h", (unit,))})
            if context.networks.same(left, bound):
                return bound
    return None


def _depends(context: Context, formula: Expression) -> bool:
    """Whether the value of a formula moves with a letter that names nothing."""
    others = {each.of[0]: Quantity(FREE, (f"{each.of[0]}*",)) for each in quantities(formula) if each.role == FREE}
    return not context.networks.same(formula, without_letters(formula, dict(others)))


def judge_general(context: Context, statement: Statement, reason: str) -> None:
    """A chain whose left side is no quantity here: judged as a general statement, or unread with the reason."""
    judged = False
    for number in range(1, len(statement.sides)):
        judged = judge_general_side(context, statement, number) or judged
    if not judged:
        context.unread(statement.text, reason, statement.where())


def judge_general_side(context: Context, statement: Statement, number: int, only_right: bool = False) -> bool:
    """Judge one side of a chain as a general statement; False where it is none."""
    try:
        holds = _in_general(context.general(), statement.sides, statement.relations, number)
    except (UnreadableError, ArithmeticError, ValueError):
        return False
    if holds is None or (not holds and (only_right or _is_another_function(statement))):
        return False
    side = statement.sides[number]
    text = statement.between(number)
    says = "" if holds else "it does not hold where every layer has one unit"
    context.found.formulas.append(Formula(quoted(text), "", holds, statement.where(side.start), says))
    return True


def _is_another_function(statement: Statement) -> bool:
    """Whether the left side is f(x): a letter that may well stand for another function than the activation."""
    first = statement.sides[0].tokens[0].name if statement.sides[0].tokens else None
    return first is not None and first.base in ("f", "F", "G", "psi")


def _in_general(vocabulary: General, sides: Sequence[Side], relations: Sequence[str], number: int) -> bool | None:
    """Whether a side equals the left side: with an index at every layer, in bare letters at one of them."""
    results: list[bool] = []
    indexed = False
    for layer in range(1, LAYERS + 1):
        vocabulary.layer, vocabulary.indexed = layer, False
        try:
            found = _at_layer(vocabulary, sides, relations, number)
        except UnreadableError:
            continue
        indexed = indexed or vocabulary.indexed
        results.append(found)
    if not results:
        return None
    return all(results) if indexed else any(results)


def _with_argument(tree: Expression, argument: Expression | None) -> Expression:
    """A formula of a function with z for its argument, whatever letter it has: sigma'(x) is about any number x."""
    if not isinstance(argument, Symbol) or argument.name.subs or argument.name.sup:
        return tree
    z = Symbol(Name("z"))
    return substitute(tree, lambda node: z if node == argument else None)


def _at_layer(vocabulary: General, sides: Sequence[Side], relations: Sequence[str], number: int) -> bool:
    trees = sides[0].tree, sides[number].tree
    if trees[0] is None or trees[1] is None:
        raise UnreadableError("it could not be read")
    argument = trees[0].arguments[0] if isinstance(trees[0], Apply) and len(trees[0].arguments) == 1 else None
    left, right = (Meaning(vocabulary).read(_with_argument(tree, argument)) for tree in trees if tree is not None)
    if isinstance(left, Quantity) and left.kind is Kind.PARAMETER and relations[0] not in ("=", ":"):
        left = Quantity("new", left.of)
    if left == right or not quantities(left) or (isinstance(left, Quantity) and left.role == FREE):
        raise UnreadableError("nothing is stated")
    if is_arithmetic(right):
        raise UnreadableError("a number is given for a letter that names nothing here")
    if free_letters(right) - free_letters(left):
        raise UnreadableError("a letter is not known")
    return vocabulary.networks.same(left, right)
