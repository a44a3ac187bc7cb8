"""One equation of a document: its left side says what it is about, every further link is judged.

A number is a claim, an expression of numbers a step of arithmetic, an expression in symbols a formula.
"""

from __future__ import annotations

from backproof.checking.documents import arithmetic, statement, substitution
from backproof.checking.documents.context import Context, name_of
from backproof.checking.documents.equations import Equation
from backproof.checking.documents.model import Formula, Step, Unread, UnreadableError, quoted
from backproof.checking.documents.nodes import FREE, first_place, free_letters, is_arithmetic
from backproof.checking.documents.sides import Side, read_side
from backproof.expression import Expression, Neg, quantities
from backproof.quantity import Kind, Quantity
from backproof.rounding import agrees


class Chain:
    """The judging of one equation."""

    def __init__(self, context: Context, equation: Equation) -> None:
        self.context, self.equation = context, equation
        self.sides = [read_side(link, context.vocabulary) for link in equation.links]
        self.left = self._left()
        self.subjects: list[Expression] = [self.left] if self.left is not None else []
        self.also: list[Quantity] = []

    def judge(self) -> None:
        """Read the whole chain; nothing of it is dropped."""
        if not self.equation.links[0].tokens:
            self._unread(self.equation.text, "nothing readable stands on the left of the sign")
            return
        if self.left is None and not all(each.digits or each.numeric for each in self.sides):
            self._without_subject()
            return
        if self.left is None and all(each.digits for each in self.sides):
            self._unread(self.equation.text, "numbers alone, of no quantity")
            return
        for number in range(len(self.sides)):
            try:
                self._side(number)
            except UnreadableError as error:
                link = self.sides[number].link
                self._unread(self.equation.between(number) if number else link.text, str(error), link.start)

    def _left(self) -> Expression | None:
        """What the chain is about; a parameter that is assigned to is meant after its update."""
        formula = self.sides[0].formula
        if formula is None or is_arithmetic(formula) or free_letters(formula):
            return None
        relation = self.equation.relations[0]
        if (
            isinstance(formula, Quantity)
            and formula.kind is Kind.PARAMETER
            and (relation != "=" or self._updates(formula))
        ):
            return Quantity("new", formula.of)
        return formula

    def _updates(self, parameter: Quantity) -> bool:
        """w = w - eta dE/dw, as programs write it: the parameter itself stands on the right, with its derivative."""
        right = self.sides[1].formula
        inside = quantities(right) if right is not None else ()
        return parameter in inside and any(each.is_gradient or each.kind in (Kind.RATE, Kind.STEP) for each in inside)

    def _without_subject(self) -> None:
        """A chain about nothing known: a general statement, or unread; its arithmetic counts all the same."""
        reason = self.sides[0].reason or _unknown(self.sides[0].formula)
        statement.general(self.context, self.equation, reason)
        for number in range(len(self.sides) - 1):
            if self.sides[number].numeric and self.sides[number + 1].digits:
                self._arithmetic(number)

    def _side(self, number: int) -> None:
        this = self.sides[number]
        if number == 0 and self.left is not None:
            return
        if this.formula is None:
            if not (number and statement.general_link(self.context, self.equation, number)):
                raise UnreadableError(this.reason)
        elif this.digits is not None:
            self._number(number, this.digits)
        elif this.numeric:
            self._arithmetic(number)
        elif number:
            self._formula(number, this)

    def _number(self, number: int, digits: str) -> None:
        """A printed number: a claim of every quantity that the chain has named, unless it is one in every network."""
        this = self.sides[number]
        assert this.formula is not None
        where = self.equation.where(first_place(this.formula))
        before = self.sides[number - 1].formula if number else None
        if before is not None and self.sides[number - 1].digits is not None:
            self._printed_again(number, digits)
        for subject in self.subjects:
            if self._is_constant(subject, digits, this, where):
                continue
            if name_of(subject) is None:
                self._of_expression(subject, digits, where)
                continue
            self.context.claim(subject, digits, where)
        for other in self.also:
            if (other.name, digits) not in self.context.claimed or other not in self.subjects:
                self.context.claim(other, digits, where)
        self.also = []

    def _printed_again(self, number: int, digits: str) -> None:
        """A number after a number: the second may have fewer digits, else it must be the same."""
        first = self.sides[number - 1]
        assert first.formula is not None
        value = arithmetic.value(first.formula)
        if value is not None:
            verdict = "right" if agrees(digits, value) or agrees(first.digits or "0", float(digits)) else "wrong"
            self._step(number - 1, value, digits, verdict)

    def _is_constant(self, subject: Expression, digits: str, this: Side, where: str) -> bool:
        """dh/db = 1 holds in every network: a formula, not a measurement."""
        if not isinstance(subject, Quantity) or not subject.is_derivative or "." in digits:
            return False
        constant = self.context.networks.constant(subject)
        if constant is None:
            return False
        text = self.equation.between(self.sides.index(this))
        says = "" if constant == float(digits) else f"it is {constant:g} whatever the numbers are"
        self.context.found.formulas.append(Formula(quoted(text), subject.name, not says, where, says))
        return True

    def _of_expression(self, subject: Expression, digits: str, where: str) -> None:
        """An expression in symbols that has no name of its own: its value is held beside the number."""
        truth = self.context.truth(subject)
        if truth is None:
            raise UnreadableError("the left side has no value at this sample and step")
        verdict = "right" if agrees(digits, truth) else "wrong"
        text = quoted(self.equation.links[0].text)
        self.context.found.steps.append(Step(text, truth, digits, verdict, where))

    def _arithmetic(self, number: int) -> None:
        """An expression of numbers: laid beside its formula, and worked out as written."""
        this = self.sides[number]
        assert this.formula is not None
        value = arithmetic.value(this.formula)
        if value is None:
            raise UnreadableError("it has no finite value")
        if self.left is not None:
            self._put_in(number, this.formula)
        following = self.sides[number + 1] if number + 1 < len(self.sides) else None
        before = self.sides[number - 1] if number else None
        if following is not None and following.digits is not None:
            truth = self.context.truth(self.left)
            verdict = arithmetic.verdict(this.formula, value, following.digits, truth)
            self._step(number, value, following.digits, verdict)
        elif following is not None and following.numeric and following.formula is not None:
            found = arithmetic.follows(this.formula, following.formula)
            if found is not None:
                self._step(number, value, following.link.text, "right" if found[2] else "wrong")
        elif before is not None and before.digits is not None:
            self._step(number, value, before.digits, "right" if agrees(before.digits, value) else "wrong")
        elif following is None and not (before is not None and before.numeric):
            self._step(number, value, "", "")

    def _step(self, number: int, value: float, digits: str, verdict: str) -> None:
        link = self.sides[number].link
        of = name_of(self.left) if self.left is not None else None
        where = self.equation.where(link.start)
        self.context.found.steps.append(Step(quoted(link.text), value, digits, verdict, where, of or ""))

    def _put_in(self, number: int, numbers: Expression) -> None:
        """The numbers put into a formula are claims too; with it comes the quantity whose formula it is."""
        formulas = [each.formula for each in self.sides[1:number] if each.formula is not None]
        other = substitution.claim(self.context, self.equation, formulas, self.left, numbers)
        if other is not None:
            self.also.append(other)

    def _formula(self, number: int, this: Side) -> None:
        """An expression in symbols: the same as the left side, or as the link before it, in every network."""
        assert this.formula is not None
        assert self.left is not None
        before = self.sides[number - 1].formula
        kept = statement.judge(self.context, self.equation, number, this, self.left, before if number > 1 else None)
        if kept is None:
            return
        holds, formula = kept
        if isinstance(formula, Quantity) and not holds and not any(each.role == FREE for each in quantities(formula)):
            self.subjects.append(formula)

    def _unread(self, text: str, reason: str, start: int | None = None) -> None:
        self.context.found.unread.append(Unread(quoted(text), reason, self.equation.where(start)))


def _unknown(formula: Expression | None) -> str:
    if formula is None or isinstance(formula, Neg) or not free_letters(formula):
        return "the left side is no quantity"
    letters = ", ".join(sorted(free_letters(formula)))
    return f"{letters} names nothing in the worksheet; an alias can say what it is"
