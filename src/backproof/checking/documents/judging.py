"""One statement of a document: its left side says what it is about, every further side is judged.

A number is a claim, an expression of numbers a step of arithmetic, an expression in symbols a formula, which holds in
every network or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from backproof.checking.documents import arithmetic
from backproof.checking.documents.context import Context, name_of
from backproof.checking.documents.general import holds_in_general
from backproof.checking.documents.grammar import Listed, Printed, Ratio, Symbol, first_place, is_arithmetic, printed
from backproof.checking.documents.lexer import Name
from backproof.checking.documents.meaning import Meaning, Read, read_side
from backproof.checking.documents.model import Formula, Step, UnreadableError, quoted
from backproof.checking.documents.names import free_letters
from backproof.checking.documents.statements import Statement
from backproof.checking.documents.words import read_phrase
from backproof.checking.random_networks import FREE
from backproof.checking.slips import Slip, without_letters
from backproof.expression import Add, Expression, Mul, Neg, quantities, walk
from backproof.quantity import Kind, Quantity, Scope
from backproof.rounding import agrees

#: Names that mean the one output of a network by themselves.
CERTAIN = ("yhat", "ahat", "ohat", "ypred", "prediction", "E", "C", "L", "J", "loss", "Loss", "cost", "Cost")
#: Letters that a general formula has for the argument of its function.
ARGUMENTS = ("z", "x", "u", "t", "v", "s", "h", "net", "a")
#: Letters of which no reading is usual enough to call a formula wrong by it.
DISPUTED = ("h", "o", "y")
#: Formulas with more decimal numbers than this are judged in symbols only.
MOST_DECIMALS = 20
Put = dict[Quantity, tuple[str, int]]


class Judging:
    """The judging of one statement: `subjects` are the quantities that it has named so far."""

    def __init__(self, context: Context, statement: Statement) -> None:
        self.context, self.statement = context, statement
        self.names = context.names
        self.reads = [read_side(context.names, side) for side in statement.sides]
        self.networks = context.networks_of(each.formula for each in self.reads)
        self.left = self._described(self._find_left())
        self.subjects: list[Expression] = [self.left] if self.left is not None else []
        self.also: list[Quantity] = []

    def judge(self) -> None:
        """Judge the whole chain; nothing of it is dropped."""
        statement, sides = self.statement, list(range(len(self.reads)))
        if not statement.sides[0].tokens:
            return self._leave("nothing readable stands on the left of the sign")
        if self.left is None and all(each.digits for each in self.reads):
            return self._leave("numbers alone, of no quantity")
        if self.left is None and not all(each.digits or each.numeric for each in self.reads):
            judged = [self._judge_in_general(number) for number in sides[1:]]
            if not any(judged):
                self._leave(self.reads[0].reason or _explain_left(self.reads[0].formula))
            sides = [at for at in sides[:-1] if self.reads[at].numeric and self.reads[at + 1].digits]
        for number in sides[self.left is not None :]:
            try:
                self._judge_side(number, self.reads[number])
            except UnreadableError as error:
                side = statement.sides[number]
                text = statement.between(number) if number and self.left is not None else side.text
                self.context.unread(text, str(error), statement.where(side.start))

    def _leave(self, reason: str) -> None:
        self.context.unread(self.statement.text, reason, self.statement.where())

    # The left side

    def _find_left(self) -> Expression | None:
        """What the chain is about; a parameter that is assigned to is meant after its update."""
        formula, relation = self.reads[0].formula, self.statement.relations[0]
        if formula is None or is_arithmetic(formula) or free_letters(formula):
            return None
        if isinstance(formula, Quantity) and formula.kind is Kind.PARAMETER:
            digits = self.reads[1].digits
            assigned = relation in (":=", "←", "→") and (digits is None or not self.context.fits(formula, digits))
            if assigned or self._updates(formula):
                return Quantity("new", formula.of)
        return formula

    def _updates(self, parameter: Quantity) -> bool:
        """w = w - eta dE/dw, in letters or in numbers: the parameter itself stands first, what is added behind it."""
        for formula in (each.formula for each in self.reads[1:] if each.formula is not None and each.digits is None):
            if is_arithmetic(formula):
                first = printed(formula.terms[0]) if isinstance(formula, Add) else None
                return first is not None and self.context.fits(parameter, first)
            inside = quantities(formula)
            if parameter in inside:
                return any(each.is_gradient or each.kind in (Kind.RATE, Kind.STEP) for each in inside)
        digits = self.reads[-1].digits
        return self.statement.updates and digits is not None and not self.context.fits(parameter, digits)

    def _described(self, left: Expression | None) -> Expression | None:
        """The left side with the words before it, `the gradient of w5 = ...`; words that leave it open make a guess."""
        statement, tree = self.statement, self.statement.sides[0].tree
        role = read_phrase(statement.before)
        plain = role is None or isinstance(tree, Ratio | Mul) or (len(statement.sides) > 2 and role == "?")
        meant = left if plain or left is None else self.names.apply_phrase(role, left)
        self.guess = "?" in statement.relations[:1] or meant is None or self._is_bare(left)
        return left if meant is None else meant

    def _is_bare(self, left: Expression | None) -> bool:
        """Whether the left side is a word or letter without a subscript, such as out, which every unit has."""
        tree = self.statement.sides[0].tree
        if not isinstance(tree, Symbol) or tree.name.subs or tree.name.sup or tree.name.base in CERTAIN:
            return False
        return isinstance(left, Quantity) and left.scope is Scope.SAMPLE and tree not in self.names.aliases

    # Numbers

    def _judge_side(self, number: int, this: Read) -> None:
        if this.formula is None:
            if isinstance(this.side.tree, Listed) and len(this.side.tree.children) == 1:
                raise UnreadableError("a list of one number is read only for a whole layer")
            if not (number and self._judge_in_general(number)):
                raise UnreadableError(this.reason)
        elif this.digits is not None:
            self._judge_number(number, this.digits, self.statement.where(first_place(this.formula)))
        elif this.numeric:
            self._judge_arithmetic(number, this.formula)
        elif number and self.left is not None:
            self._judge_formula(number, this, this.formula, self.left)

    def _judge_number(self, number: int, digits: str, where: str) -> None:
        """A printed number: a claim of every quantity that the chain has named, unless it is one in every network."""
        before = self.reads[number - 1] if number else None
        if before is not None and before.formula is not None and before.digits is not None:
            value = arithmetic.value(before.formula)  # a number after a number may have fewer digits
            if value is not None:
                same = agrees(digits, value) or agrees(before.digits, float(digits))
                self._add_step(number - 1, value, digits, "right" if same else "wrong")
        for subject in self.subjects:
            if not self._is_constant(subject, digits, self.statement.sides[number].text, where):
                if name_of(subject) is None:
                    self._judge_expression(subject, digits, where)
                else:
                    self._claim(subject, digits, where)
        for other in self.also:
            if (other.name, digits) not in self.context.claimed or other not in self.subjects:
                self.context.claim(other, digits, where)
        self.also = []

    def _claim(self, subject: Expression, digits: str, where: str) -> None:
        """Claim a number of the subject, unless another meaning of its letter is what the number fits."""
        context, tree = self.context, self.statement.sides[0].tree
        if isinstance(tree, Symbol) and not context.fits(subject, digits):
            for role in self.names.options(tree.name):
                with self.names.read_as(tree.name.base, role):
                    other = self.names.resolve(tree.name)
                if other is not None and other not in self.subjects and context.fits(other, digits):
                    says = f"{tree.name.written} = {digits} fits {name_of(other)}, not {name_of(subject)}"
                    raise UnreadableError(f"{says}; an alias says which")
        context.claim(subject, digits, where, guess=self.guess)

    def _is_constant(self, subject: Expression, digits: str, text: str, where: str) -> bool:
        """Whether the subject is the same number in every network, as d h[o]/d b3 = 1 is; then it is judged so."""
        if isinstance(subject, Quantity) and (not subject.is_derivative or subject.numerator.kind is Kind.COST):
            return False
        constant = None if self.context.takes_largest else self.networks.constant(subject)
        if constant is not None:
            says = "" if agrees(digits, constant) else f"it is {constant:g} in every network"
            self._add_formula(f"{self.statement.sides[0].text} = {text}", subject, where, says)
        return constant is not None

    def _judge_expression(self, subject: Expression, digits: str, where: str) -> None:
        """A number for an expression in symbols, such as y - a: judged like arithmetic, by its true value."""
        value = self.context.truth(subject)
        if value is None:
            raise UnreadableError("a number is given for something that has no name of its own")
        if not self.context.fits(subject, digits):
            raise UnreadableError(f"it would be {value:.6g} here; a number of an expression is not a claim of its own")
        text = quoted(self.statement.sides[0].text)
        self.context.found.steps.append(Step(text, value, digits, "right", where, ""))

    def _judge_arithmetic(self, number: int, formula: Expression) -> None:
        """An expression of numbers: its value against the number printed next, or against the next expression."""
        value = arithmetic.value(formula)
        if value is None:
            raise UnreadableError("it has no finite value")
        if number:
            self._put_in(number, formula)
        following = self.reads[number + 1] if number + 1 < len(self.reads) else None
        before = self.reads[number - 1] if number else None
        if following is not None and following.digits is not None:
            verdict = arithmetic.verdict(formula, value, following.digits, self.context.truth(self.left))
            self._add_step(number, value, following.digits, verdict)
        elif following is not None and following.numeric and following.formula is not None:
            found = arithmetic.follows(formula, following.formula)
            if found is not None:
                self._add_step(number, value, following.side.text, "right" if found else "wrong")
        elif before is not None and before.digits is not None:
            self._add_step(number, value, before.digits, "right" if agrees(before.digits, value) else "wrong")
        elif following is None and not (before is not None and before.numeric):
            self._add_step(number, value, "", "")

    def _add_step(self, number: int, value: float, digits: str, verdict: str) -> None:
        side = self.statement.sides[number]
        of = name_of(self.left) if self.left is not None else None
        where = self.statement.where(side.start)
        self.context.found.steps.append(Step(quoted(side.text), value, digits, verdict, where, of or ""))

    def _add_formula(self, text: str, of: Expression | None, where: str, says: str, slips: Sequence[Slip] = ()) -> None:
        name = name_of(of) if of is not None else None
        self.context.found.formulas.append(Formula(quoted(text), name or "", not says, where, says, tuple(slips)))

    # Numbers put in: an expression of numbers beside the formula that it comes from, letter by letter

    def _put_in(self, number: int, numbers: Expression) -> None:
        """Claim the numbers put into a formula: of this line, else the last one of the left side, else of any quantity.

        Of another quantity's formula, the number that follows is the number of that quantity too.
        """
        own = [each.formula for each in self.reads[1:number] if each.formula is not None]
        own = [each for each in own if not is_arithmetic(each)]
        own += [formula for quantity, formula in reversed(self.context.templates) if quantity == self.left]
        for formula in own:
            if (found := lay_beside(self.context, formula, numbers)) is not None:
                return self._claim_each(found)
        for quantity, formula in reversed(self.context.templates):
            found = lay_beside(self.context, formula, numbers)
            if found is not None and all(self.context.fits(each, digits) for each, (digits, _) in found.items()):
                self.also += [quantity] if self.left is not None and not self.networks.same(quantity, self.left) else []
                return self._claim_each(found)
        return None

    def _claim_each(self, found: Put) -> None:
        for quantity, (digits, position) in found.items():
            text, where, truth = (
                f"{quantity.name} = {digits}",
                self.statement.where(position),
                self.context.truth(quantity),
            )
            if (quantity.name, digits) in self.context.claimed or quantity.kind in (Kind.NEW, Kind.STEP):
                continue
            other = replace(quantity, role="a" if quantity.role == "h" else "h")
            either = quantity.role in ("h", "a") and not self.context.is_given(quantity)
            if self.context.is_given(quantity):
                if truth is not None and not agrees(digits, truth):
                    says = f"{digits} was put in for {quantity.name}, which is {truth:g}"
                    self._add_formula(text, quantity, where, says)
            elif either and self.context.tells(other, digits) and not self.context.fits(quantity, digits):
                self.context.unread(text, f"it fits {other.name}; an alias says which is meant", where)
            else:
                self.context.claim(quantity, digits, where)

    # Formulas

    def _judge_formula(self, number: int, this: Read, formula: Expression, left: Expression) -> None:
        """An expression in symbols: the same as the left side, or as the side before it, in every network."""
        text, where, before = self.statement.between(number), self.statement.where(this.side.start), None
        if number > 1:
            before = self.reads[number - 1].formula
        if letters := free_letters(formula):
            if before is not None and free_letters(before) and self.networks.same(before, formula):
                return self._add_formula(text, left, where, "")
            bound = self._bind(formula, left, letters)
            if bound is None:
                if self._judge_in_general(number):
                    return None
                raise UnreadableError(_explain_letters(letters))
            formula = bound
        holds = self.networks.same(left, formula)
        if not holds and before is not None and not free_letters(before) and self.networks.same(before, formula):
            left, holds, text = before, True, f"{self.statement.sides[number - 1].text} = {this.side.text}"
        holds = holds or self.context.holds_as_share(left, formula) or self.context.holds_at_hand(left, formula)
        holds = holds or self._holds_here(formula, left, this.side.is_cut)
        if not holds and (reason := self._find_doubt(this, formula)):
            raise UnreadableError(reason)
        if not holds and self._judge_in_general(number, only_right=True):
            return None
        if not holds and (letter := self._find_other_reading(number, left)):
            says = f"it would hold if {letter} were read otherwise; a definition of {letter}, or an alias, says how"
            raise UnreadableError(says)
        says, slips = self._find_faults(this, formula, left, holds)
        self._add_formula(text, left, where, says, slips)
        if holds and isinstance(left, Quantity):
            self.context.keep(left, formula)
        elif not holds and isinstance(formula, Quantity) and formula.role != FREE:
            self.subjects.append(formula)
        return None

    def _judge_in_general(self, number: int, only_right: bool = False) -> bool:
        """Judge one side as a general statement; False where it is none. f(x) may be another function."""
        try:
            holds = holds_in_general(self.context.general(), self.statement, number)
        except (UnreadableError, ArithmeticError, ValueError):
            return False
        first = self.statement.sides[0].tokens[0].name
        unsure = only_right or (first is not None and first.base in ("f", "F", "G", "psi"))
        if holds is None or (not holds and unsure):
            return False
        where = self.statement.where(self.statement.sides[number].start)
        says = "" if holds else "it does not hold where every layer has one unit"
        self._add_formula(self.statement.between(number), None, where, says)
        return True

    def _find_other_reading(self, number: int, left: Expression) -> str:
        """A letter of which books disagree, and with whose other meaning the formula holds."""
        trees = [tree for at in (number, 0) if (tree := self.statement.sides[at].tree) is not None]
        letters = {node.name for tree in trees for node in walk(tree) if isinstance(node, Symbol)}
        disputed = (each for each in letters if each.base in DISPUTED and each.base not in self.names.roles)
        for name in sorted(disputed, key=lambda each: each.written) if isinstance(left, Quantity) else ():
            if any(self._holds_as(name, role, trees) for role in self.names.options(name)):
                return name.base
        return ""

    def _holds_as(self, name: Name, role: str | None, trees: Sequence[Expression]) -> bool:
        try:
            with self.names.read_as(name.base, role):
                right, left = (Meaning(self.names).read(tree) for tree in trees)
        except UnreadableError:
            return False
        return not free_letters(right) and not free_letters(left) and left != right and self.networks.same(left, right)

    def _find_doubt(self, this: Read, formula: Expression) -> str:
        """Why a formula that does not hold may be right all the same; empty where it may not."""
        if this.side.is_cut:
            return "terms of the sum are left out"
        unknown = self.networks is not self.context.networks and not np.isfinite(self.networks.values(formula)).any()
        return "it is not said which sample it is about" if unknown else ""

    def _holds_here(self, formula: Expression, left: Expression, is_cut: bool) -> bool:
        """Whether symbols mixed with decimal numbers, as in w_5 - 0.01 dE/dw_5, come to the left side's value here.

        Of a sum that is cut the value of the terms left out is such a number, with a decimal point or without.
        """
        decimals = [each for each in walk(formula) if isinstance(each, Printed) and (is_cut or "." in each.digits)]
        truth, value = self.context.truth(left), self.context.truth(formula)
        if not decimals or truth is None or not (truth or is_cut) or value is None or len(decimals) > MOST_DECIMALS:
            return False
        others = [self.context.truth(arithmetic.moved(formula, each)) for each in decimals]
        slack = (
            1e-9 * abs(truth) + 1e-14 * is_cut + sum(abs(other - value) / 2 for other in others if other is not None)
        )
        return abs(value - truth) <= slack

    def _find_faults(self, this: Read, formula: Expression, left: Expression, holds: bool) -> tuple[str, list[Slip]]:
        """One sentence on what is wrong, and the slips; both empty where nothing is."""
        inner = self._find_inner_slips(this, left)
        if this.repairs:
            tail = "read as it is meant, the formula holds" if holds else "and even so the formula does not hold"
            return f"{'; '.join(this.repairs)}; {tail}", []
        if holds:
            return (inner[0].says, inner) if inner else ("", [])
        remedies = self.context.find_slips(left, formula) if self.networks is self.context.networks else []
        repaired = next((each.repaired for each in remedies if each.repaired is not None), None)
        if repaired is not None and isinstance(left, Quantity):
            self.context.keep(left, repaired)
        if slips := [*inner, *(remedy.slip for remedy in remedies if remedy.slip not in inner)]:
            return slips[0].says, slips
        earlier = [other for quantity, other in self.context.templates if quantity == left]
        if any(not self.networks.same(other, formula) for other in earlier):
            return "it contradicts an earlier formula of the same quantity, which holds", []
        return "it is not the same as the left side in every network", []

    def _find_inner_slips(self, this: Read, left: Expression) -> list[Slip]:
        """d/dw (what should be h): where the bracket is h but for one letter, that letter."""
        if not isinstance(left, Quantity) or not left.is_derivative or left.is_gradient:
            return []
        found: list[Slip] = []
        for body, _ in this.bodies:
            right = free_letters(body) or self.networks.same(left.numerator, body)
            remedies = [] if right else self.context.find_slips(left.numerator, body)
            found += [Slip(each.slip.id, f"in what is differentiated {each.slip.says}") for each in remedies
                      if each.repaired is not None][:1]  # fmt: skip
        return found

    def _bind(self, formula: Expression, left: Expression, letters: frozenset[str]) -> Expression | None:
        """The formula without its unknown letters: they have no effect, or are the argument of the left side's unit."""
        others: dict[str, Expression] = {letter: Quantity(FREE, (f"{letter}*",)) for letter in letters}
        if self.networks.same(formula, without_letters(formula, others)):
            return formula
        units = {each.of[-1] for each in quantities(left) if each.role in ("a", "h", "da/dh", "dE/dh", "dE/da")}
        for unit in sorted(units) if len(letters) == 1 and letters <= set(ARGUMENTS) else ():
            bound = without_letters(formula, dict.fromkeys(letters, Quantity("h", (unit,))))
            if self.networks.same(left, bound):
                return bound
        return None


def _explain_left(formula: Expression | None) -> str:
    letters = free_letters(formula) if formula is not None and not isinstance(formula, Neg) else None
    return _explain_letters(letters) if letters else "the left side is not a quantity"


def _explain_letters(letters: frozenset[str]) -> str:
    return f"{', '.join(sorted(letters))} names nothing in the worksheet; an alias can say what it is"


def lay_beside(context: Context, formula: Expression, numbers: Expression) -> Put | None:
    """The digits and place of the number that stands for each quantity, or None where the two have another shape.

    Factors and terms may stand in another order: that in which the numbers fit is taken, if there is one.
    """
    found = arithmetic.lay_beside(formula, numbers, partial(_sort_numbers, context))
    known = {each: put for each, put in found.items() if isinstance(each, Quantity) and each.role != FREE}
    return known if known and len(known) == len(found) else None


def _sort_numbers(
    context: Context, letters: Sequence[Expression], numbers: Sequence[Expression]
) -> Sequence[Expression]:
    """The numbers in the order of the letters they fit; as they stand where they do not fit so."""
    if all(_agrees(context, one, other) for one, other in zip(letters, numbers, strict=True)):
        return numbers
    rest = list(numbers)
    order: list[Expression | None] = []
    for letter in letters:
        order.append(next((each for each in rest if _agrees(context, letter, each)), None))
        rest = [each for each in rest if each is not order[-1]]
    if len(rest) > 1 and len(rest) > len(letters) - 2:
        return numbers
    return [each if each is not None else rest.pop(0) for each in order]


def _agrees(context: Context, letter: Expression, number: Expression) -> bool:
    """Whether a number, or a product of numbers, is what a letter or product of letters comes to, roughly."""
    truth = context.truth(letter) if not any(isinstance(each, Printed) for each in walk(letter)) else None
    value = arithmetic.value(number)
    if truth is None or value is None:
        return False
    digits = printed(number)
    return agrees(digits, truth) if digits is not None else abs(value - truth) <= 0.01 * abs(truth)
