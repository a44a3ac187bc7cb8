"""One statement of a document: its left side says what it is about, every further side is judged.

A number is a claim, an expression of numbers a step of arithmetic, an expression in symbols a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from backproof.checking.documents import arithmetic, formulas
from backproof.checking.documents.context import Context, name_of
from backproof.checking.documents.grammar import Listed, Printed, Ratio, Symbol, first_place, is_arithmetic, printed
from backproof.checking.documents.lexer import Name
from backproof.checking.documents.meaning import Read, read_side
from backproof.checking.documents.model import Formula, Step, UnreadableError, quoted
from backproof.checking.documents.names import free_letters
from backproof.checking.documents.statements import Statement
from backproof.checking.documents.words import read_phrase
from backproof.checking.random_networks import FREE
from backproof.expression import Add, Div, Expression, Mul, Neg, Number, Pow, quantities, walk
from backproof.quantity import Kind, Quantity, Scope
from backproof.rounding import agrees

#: Names that mean the one output of a network by themselves.
CERTAIN = ("yhat", "ahat", "ohat", "ypred", "prediction", "E", "C", "L", "J", "loss", "Loss", "cost", "Cost")
Put = dict[Quantity, tuple[str, int]]


class Judging:
    """The judging of one statement."""

    def __init__(self, context: Context, statement: Statement) -> None:
        self.context, self.statement = context, statement
        self.reads = [read_side(context.names, side) for side in statement.sides]
        self.left = self._described(self._left())
        self.subjects: list[Expression] = [self.left] if self.left is not None else []
        self.also: list[Quantity] = []

    def judge(self) -> None:
        """Judge the whole chain; nothing of it is dropped."""
        if not self.statement.sides[0].tokens:
            self._unread(self.statement.text, "nothing readable stands on the left of the sign")
            return
        if self.left is None and not all(each.digits or each.numeric for each in self.reads):
            self._without_subject()
            return
        if self.left is None and all(each.digits for each in self.reads):
            self._unread(self.statement.text, "numbers alone, of no quantity")
            return
        for number in range(len(self.reads)):
            try:
                self._side(number)
            except UnreadableError as error:
                side = self.reads[number].side
                self._unread(self.statement.between(number) if number else side.text, str(error), side.start)

    def _left(self) -> Expression | None:
        """What the chain is about; a parameter that is assigned to is meant after its update."""
        formula = self.reads[0].formula
        if formula is None or is_arithmetic(formula) or free_letters(formula):
            return None
        relation = self.statement.relations[0]
        if isinstance(formula, Quantity) and formula.kind is Kind.PARAMETER:
            assigned = relation in (":=", "←", "→") and self.reads[1].digits is None
            changed = relation in ("←", "→", ":=") and not self.context.fits(formula, self.reads[1].digits or "0")
            if assigned or changed or self._updates(formula):
                return Quantity("new", formula.of)
        return formula

    def _described(self, left: Expression | None) -> Expression | None:
        """The left side with the words before it: `the gradient of w5 = ...`; words that leave it open make it a guess."""
        statement, tree = self.statement, self.statement.sides[0].tree
        role = read_phrase(statement.before)
        open_ = role is None or isinstance(tree, Ratio | Mul) or (len(statement.sides) > 2 and role == "?")
        meant = left if open_ or left is None else self.context.names.apply_phrase(role, left)
        self.guess = "?" in statement.relations[:1] or meant is None or self._is_bare(left)
        return left if meant is None else meant

    def _updates(self, parameter: Quantity) -> bool:
        """w = w - eta dE/dw, in letters or in numbers: the parameter itself stands first, what is added behind it."""
        for read in self.reads[1:]:
            if read.formula is None or read.digits is not None:
                continue
            if read.numeric:
                return self._updates_in_numbers(parameter, read.formula)
            inside = quantities(read.formula)
            if parameter in inside:
                return any(each.is_gradient or each.kind in (Kind.RATE, Kind.STEP) for each in inside)
        return self.statement.updates and not self._is_old(parameter)

    def _is_old(self, parameter: Quantity) -> bool:
        digits = self.reads[-1].digits
        return digits is None or self.context.fits(parameter, digits)

    def _updates_in_numbers(self, parameter: Quantity, formula: Expression) -> bool:
        first = formula.terms[0] if isinstance(formula, Add) else None
        digits = printed(first) if first is not None else None
        return digits is not None and self.context.fits(parameter, digits)

    def _without_subject(self) -> None:
        """A chain about nothing known: a general statement, or unread; its arithmetic counts all the same."""
        reason = self.reads[0].reason or _unknown(self.reads[0].formula)
        formulas.judge_general(self.context, self.statement, reason)
        for number in range(len(self.reads) - 1):
            if self.reads[number].numeric and self.reads[number + 1].digits:
                try:
                    self._arithmetic(number)
                except UnreadableError as error:
                    side = self.reads[number].side
                    self._unread(side.text, str(error), side.start)

    def _side(self, number: int) -> None:
        this = self.reads[number]
        if number == 0 and self.left is not None:
            return
        if this.formula is None:
            if isinstance(this.side.tree, Listed) and len(this.side.tree.children) == 1:
                raise UnreadableError("a list of one number is read only for a whole layer")
            if not (number and formulas.judge_general_side(self.context, self.statement, number)):
                raise UnreadableError(this.reason)
        elif this.digits is not None:
            self._number(number, this.digits)
        elif this.numeric:
            self._arithmetic(number)
        elif number:
            self._formula(number, this)

    def _number(self, number: int, digits: str) -> None:
        """A printed number: a claim of every quantity that the chain has named, unless it is one in every network."""
        this = self.reads[number]
        assert this.formula is not None
        where = self.statement.where(first_place(this.formula))
        before = self.reads[number - 1].formula if number else None
        if before is not None and self.reads[number - 1].digits is not None:
            self._printed_again(number, digits)
        for subject in self.subjects:
            if self._is_constant(subject, digits, this, where):
                continue
            if name_of(subject) is None:
                self._of_expression(subject, digits, where)
                continue
            self._claim(subject, digits, where)
        for other in self.also:
            if (other.name, digits) not in self.context.claimed or other not in self.subjects:
                self.context.claim(other, digits, where)
        self.also = []

    def _claim(self, subject: Expression, digits: str, where: str) -> None:
        """Claim a number of the subject, unless another meaning of its letter is what the number fits."""
        context = self.context
        tree = self.statement.sides[0].tree
        if not context.fits(subject, digits) and isinstance(tree, Symbol):
            for other in self._other_meanings(tree.name):
                if context.fits(other, digits):
                    shown = name_of(other)
                    raise UnreadableError(
                        f"{tree.name.written} = {digits} fits {shown}, not {name_of(subject)}; an alias says which"
                    )
        context.claim(subject, digits, where, guess=self.guess)

    def _other_meanings(self, name: Name) -> list[Expression]:
        names, found = self.context.names, []
        for role in names.options(name):
            with names.read_as(name.base, role):
                other = names.resolve(name)
            if other is not None and other not in self.subjects:
                found.append(other)
        return found

    def _is_bare(self, left: Expression | None) -> bool:
        """Whether the left side is a word or letter without a subscript, such as out, which every unit has."""
        tree = self.statement.sides[0].tree
        if not isinstance(tree, Symbol) or tree.name.subs or tree.name.sup or tree.name.base in CERTAIN:
            return False
        sampled = isinstance(left, Quantity) and left.scope is Scope.SAMPLE
        return sampled and tree not in self.context.names.aliases

    def _printed_again(self, number: int, digits: str) -> None:
        """A number after a number: the second may have fewer digits, else it must be the same."""
        first = self.reads[number - 1]
        assert first.formula is not None
        value = arithmetic.value(first.formula)
        if value is not None:
            same = agrees(digits, value) or agrees(first.digits or "0", float(digits))
            self._step(number - 1, value, digits, "right" if same else "wrong")

    def _is_constant(self, subject: Expression, digits: str, this: Read, where: str) -> bool:
        """Whether the subject is the same number in every network, as d h[o]/d b3 = 1 is; then it is judged so."""
        if isinstance(subject, Quantity) and (not subject.is_derivative or subject.numerator.kind is Kind.COST):
            return False
        constant = self.context.networks.constant(subject)
        if constant is None:
            return False
        holds = agrees(digits, constant)
        says = "" if holds else f"it is {constant:g} in every network"
        text = f"{self.statement.sides[0].text} = {this.side.text}"
        self.context.found.formulas.append(Formula(quoted(text), name_of(subject) or "", holds, where, says))
        return True

    def _of_expression(self, subject: Expression, digits: str, where: str) -> None:
        """A number for an expression in symbols, such as y - a: judged like arithmetic, by its true value."""
        value = self.context.truth(subject)
        if value is None:
            raise UnreadableError("a number is given for something that has no name of its own")
        if not self.context.fits(subject, digits):
            raise UnreadableError(f"it would be {value:.6g} here; a number of an expression is not a claim of its own")
        text = self.statement.sides[0].text
        self.context.found.steps.append(Step(quoted(text), value, digits, "right", where, ""))

    def _arithmetic(self, number: int) -> None:
        """An expression of numbers: its value against the number printed next, or against the next expression."""
        this = self.reads[number]
        assert this.formula is not None
        value = arithmetic.value(this.formula)
        if value is None:
            raise UnreadableError("it has no finite value")
        if number:
            self._put_in(number, this.formula)
        following = self.reads[number + 1] if number + 1 < len(self.reads) else None
        before = self.reads[number - 1] if number else None
        if following is not None and following.digits is not None:
            truth = self.context.truth(self.left)
            verdict = arithmetic.verdict(this.formula, value, following.digits, truth)
            self._step(number, value, following.digits, verdict)
        elif following is not None and following.numeric and following.formula is not None:
            found = arithmetic.follows(this.formula, following.formula)
            if found is not None:
                self._step(number, value, following.side.text, "right" if found else "wrong")
        elif before is not None and before.digits is not None:
            self._step(number, value, before.digits, "right" if agrees(before.digits, value) else "wrong")
        elif following is None and not (before is not None and before.numeric):
            self._step(number, value, "", "")

    def _step(self, number: int, value: float, digits: str, verdict: str) -> None:
        side = self.reads[number].side
        of = name_of(self.left) if self.left is not None else None
        where = self.statement.where(side.start)
        self.context.found.steps.append(Step(quoted(side.text), value, digits, verdict, where, of or ""))

    def _put_in(self, number: int, numbers: Expression) -> None:
        """The numbers put into a formula are claims too; with it comes the quantity whose formula it is."""
        own = [each.formula for each in self.reads[1:number] if each.formula is not None]
        other = claim_put_in(self.context, self.statement, own, self.left, numbers)
        if other is not None:
            self.also.append(other)

    def _formula(self, number: int, this: Read) -> None:
        """An expression in symbols: the same as the left side, or as the side before it, in every network."""
        assert this.formula is not None
        assert self.left is not None
        before = self.reads[number - 1].formula
        kept = formulas.judge(self.context, self.statement, number, this, self.left, before if number > 1 else None)
        if kept is None:
            return
        holds, formula = kept
        if isinstance(formula, Quantity) and not holds and not any(each.role == FREE for each in quantities(formula)):
            self.subjects.append(formula)

    def _unread(self, text: str, reason: str, start: int | None = None) -> None:
        self.context.unread(text, reason, self.statement.where(start))


def _unknown(formula: Expression | None) -> str:
    if formula is None or isinstance(formula, Neg) or not free_letters(formula):
        return "the left side is not a quantity"
    letters = ", ".join(sorted(free_letters(formula)))
    return f"{letters} names nothing in the worksheet; an alias can say what it is"


# Numbers put in: a product of numbers laid beside the formula that it comes from, letter by letter.


def claim_put_in(
    context: Context, statement: Statement, line: Sequence[Expression], left: Expression | None, numbers: Expression
) -> Quantity | None:
    """Claim the numbers put into a formula: of this line, else the last one of the left side, else of any quantity.

    Gives back that other quantity, where the number that follows is then its number too.
    """
    own = [each for each in line if not is_arithmetic(each)]
    own += [formula for quantity, formula in reversed(context.templates) if quantity == left]
    for formula in own:
        if (found := lay_beside(context, formula, numbers)) is not None:
            _claim_each(context, statement, found)
            return None
    for quantity, formula in reversed(context.templates):
        found = lay_beside(context, formula, numbers)
        if found is not None and all(context.fits(each, digits) for each, (digits, _) in found.items()):
            _claim_each(context, statement, found)
            return quantity if left is not None and not context.networks.same(quantity, left) else None
    return None


def _claim_each(context: Context, statement: Statement, found: Put) -> None:
    for quantity, (digits, position) in found.items():
        if (quantity.name, digits) in context.claimed:
            continue
        where = statement.where(position)
        if context.is_given(quantity):
            _check_given(context, quantity, digits, where)
        elif quantity.kind not in (Kind.NEW, Kind.STEP):
            _claim_one(context, quantity, digits, where)


def _claim_one(context: Context, quantity: Quantity, digits: str, where: str) -> None:
    """Claim a number put in, unless it fits the other number that the same letter may stand for."""
    other = Quantity("a" if quantity.role == "h" else "h", quantity.of)
    if quantity.role in ("h", "a") and context.tells(other, digits) and not context.fits(quantity, digits):
        context.unread(f"{quantity.name} = {digits}", f"it fits {other.name}; an alias says which is meant", where)
        return
    context.claim(quantity, digits, where)


def _check_given(context: Context, quantity: Quantity, digits: str, where: str) -> None:
    """A given number put in: worth a word only where it is another one."""
    truth = context.truth(quantity)
    if truth is not None and not agrees(digits, truth):
        says = f"{digits} was put in for {quantity.name}, which is {truth:g}"
        context.found.formulas.append(Formula(f"{quantity.name} = {digits}", quantity.name, False, where, says))


def lay_beside(context: Context, formula: Expression, numbers: Expression) -> Put | None:
    """The digits and place of the number that stands for each quantity, or None where the two have another shape.

    Factors and terms may stand in another order: that in which the numbers fit is taken, if there is one.
    """
    found: Put = {}
    return found if _lay(context, formula, numbers, found) and found else None


def _lay(context: Context, formula: Expression, numbers: Expression, found: Put) -> bool:
    if isinstance(formula, Quantity):
        digits = printed(numbers)
        if digits is None or formula.role == FREE:
            return False
        found.setdefault(formula, (digits, _place(numbers)))
        return True
    if isinstance(formula, Number):
        return isinstance(numbers, Number) and formula.value == numbers.value
    formula, numbers = _flat(formula), _flat(numbers)
    if type(formula) is not type(numbers) or len(formula.children) != len(numbers.children):
        return False
    others = list(numbers.children)
    if not isinstance(formula, Div | Pow | Neg):
        others = _in_order(context, list(formula.children), others)
    return all(_lay(context, one, other, found) for one, other in zip(formula.children, others, strict=True))


def _in_order(context: Context, letters: list[Expression], numbers: list[Expression]) -> list[Expression]:
    """The numbers in the order of the letters they fit; as they stand where they do not fit so."""
    if all(_agrees(context, one, other) for one, other in zip(letters, numbers, strict=True)):
        return numbers
    rest = list(numbers)
    order: list[Expression | None] = []
    for letter in letters:
        fitting = next((each for each in rest if _agrees(context, letter, each)), None)
        order.append(fitting)
        if fitting is not None:
            rest.remove(fitting)
    if len(rest) > len(letters) - 2 and len(letters) > 1 and len(rest) > 1:
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


def _flat(node: Expression) -> Expression:
    """Products and sums within their like written as one."""
    if isinstance(node, Mul | Add) and printed(node) is None:
        kind = type(node)
        nested = (
            each.children if isinstance(each, kind) and printed(each) is None else (each,) for each in node.children
        )
        return node.rebuild(tuple(chain.from_iterable(nested)))
    return node


def _place(numbers: Expression) -> int:
    """Where a number stands in the text."""
    while not isinstance(numbers, Printed):
        numbers = numbers.children[0]
    return numbers.at
