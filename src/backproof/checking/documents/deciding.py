"""What the letters of a document mean: the reading under which its own formulas hold, then its numbers, then custom.

Every letter in doubt is tried with each of its meanings. A formula such as h_1 = sigma(z_1) that holds for every
network counts most; a number that is the true one counts once; where nothing speaks for another reading, the
commonest one stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from backproof.checking.documents.arrays import has_array, interpret
from backproof.checking.documents.context import Context
from backproof.checking.documents.grammar import Listed, Symbol
from backproof.checking.documents.judging import lay_beside
from backproof.checking.documents.lexer import Name, strip_d
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.names import free_letters
from backproof.checking.documents.statements import Statement
from backproof.expression import Expression, quantities

#: So many statements are looked at, and so many meanings tried.
MOST_STATEMENTS, MOST_LETTERS = 80, 8
#: What a formula that holds counts beside a number that fits.
FORMULA, DEFINITION = 1, 4
#: By so much a reading must be better than the usual one.
MARGIN = 1.5
READINGS = {"h": "the pre-activation", "a": "the activation", "y": "the target", "delta": "the error delta"}


def decide(context: Context, statements: Sequence[Statement]) -> None:
    """Settle what each letter in doubt means, and tell of each that is not read as usual."""
    names = context.names
    letters = _letters(context, statements)
    marks = any(name.sup[:1] in ("(", "[") for name in _names(statements))
    if letters or marks:
        chosen = Deciding(context, statements, letters)
        chosen.improve(marks)
    for base, role in names.roles.items():
        usual = letters[base][0]
        if role != usual and role is not None:
            context.found.notes.append(f"{base} is read as {READINGS.get(role, role)}, as the document has it.")
    if names.offset:
        context.found.notes.append("Layers are counted from the inputs as layer 1, as the document has it.")


def _names(statements: Sequence[Statement]) -> Iterator[Name]:
    for statement in statements:
        for side in statement.sides:
            for token in side.tokens:
                if token.name is not None:
                    yield token.name


def _letters(context: Context, statements: Sequence[Statement]) -> dict[str, tuple[str | None, ...]]:
    """The letters in doubt with all they could mean, the most frequent first."""
    found: dict[str, tuple[str | None, ...]] = {}
    counts: dict[str, int] = {}
    for name in _names(statements):
        for each in filter(None, (name, strip_d(name))):
            options = context.names.options(each)
            if options:
                found.setdefault(each.base, options)
                counts[each.base] = counts.get(each.base, 0) + 1
    order = sorted(found, key=lambda base: -counts[base])[:MOST_LETTERS]
    return {base: found[base] for base in order}


class Deciding:
    """The search for the best reading."""

    def __init__(
        self, context: Context, statements: Sequence[Statement], letters: dict[str, tuple[str | None, ...]]
    ) -> None:
        self.context, self.letters = context, letters
        self.names = context.names
        self.statements = [each for each in statements if self._is_telling(each)][:MOST_STATEMENTS]
        self.samples: tuple[int | None, ...] = (
            context.sample,
            *(context.used()[:6] if len(context.used()) > 1 else ()),
        )

    def _is_telling(self, statement: Statement) -> bool:
        """Whether a letter in doubt, or a layer, stands in a statement."""
        return any(
            token.name is not None
            and (token.name.base in self.letters or token.name.base[1:] in self.letters or token.name.sup)
            for side in statement.sides
            for token in side.tokens
        )

    def improve(self, marks: bool) -> None:
        """Change one letter, or two together, as long as the reading becomes better."""
        best = self._score()
        for _ in range(2):
            before = best
            for base, options in self.letters.items():
                best = self._try_each([{base: role} for role in options], best)
            pairs = list(self.letters)[:4]
            both = [{one: r, two: s} for n, one in enumerate(pairs) for two in pairs[n + 1 :]
                    for r, s in product(self.letters[one], self.letters[two])]  # fmt: skip
            best = self._try_each(both if len(both) <= 24 else [], best)
            if marks:
                best = self._try_settings(best)
            if best == before:
                return

    def _try_each(self, changes: Sequence[dict[str, str | None]], best: float) -> float:
        """Keep the best of some changes, where it is better by more than a chance."""
        kept, found, start = dict(self.names.roles), None, best
        for change in changes:
            self.names.roles = {**kept, **change}
            score = self._score()
            if score > best and score >= start + MARGIN:
                best, found = score, dict(self.names.roles)
        self.names.roles = kept if found is None else found
        return best

    def _try_settings(self, best: float) -> float:
        """Whether layers are counted from the inputs, and weights indexed the other way round."""
        for setting, other in (("offset", 1), ("turned", True)):
            usual = getattr(self.names, setting)
            setattr(self.names, setting, other)
            score = self._score()
            if score <= best:
                setattr(self.names, setting, usual)
            best = max(best, score)
        return best

    def _score(self) -> float:
        return sum(self._score_of(statement) for statement in self.statements)

    def _score_of(self, statement: Statement) -> float:
        """What speaks for the reading in one statement."""
        tree = statement.sides[0].tree
        if tree is None:
            return 0.0
        if has_array(statement):
            return self._score_of_arrays(statement, tree)
        left = self._read(tree)
        if left is None:
            return 0.0
        score = 0.0
        for side in statement.sides[1:]:
            if side.tree is None:
                continue
            if side.digits is not None:
                score += self._score_of_number(left, side.digits)
            elif side.numeric:
                score += self._score_of_figures(statement, side.tree)
            elif not side.numeric and (right := self._read(side.tree)) is not None and right != left:
                score += self._weight(tree) if self.context.networks.same(left, right, 3) else -0.1
        return score

    def _score_of_figures(self, statement: Statement, numbers: Expression) -> float:
        """What the numbers put into a formula say."""
        score = 0.0
        for side in statement.sides[1:]:
            if side.tree is not None and not side.numeric and side.digits is None:
                formula = self._read(side.tree)
                found = lay_beside(self.context, formula, numbers) if formula is not None else None
                for quantity, (digits, _) in (found or {}).items():
                    score += self._score_of_number(quantity, digits) if quantity.role in ("h", "a", "y") else 0.0
        return score

    def _weight(self, tree: Expression) -> float:
        """A formula of a letter in doubt defines it; others only use it."""
        return DEFINITION if isinstance(tree, Symbol) and tree.name.base in self.letters else FORMULA

    def _score_of_number(self, left: Expression, digits: str) -> float:
        if len(digits.lstrip("-0.")) < 2:
            return 0.0
        return 1.0 if any(self.context.fits(left, digits, sample) for sample in self.samples) else -0.05

    def _score_of_arrays(self, statement: Statement, tree: Expression) -> float:
        score = 0.0
        for side in statement.sides[1:]:
            if isinstance(side.tree, Listed):
                try:
                    meant = interpret(self.context, tree, side.tree)
                except UnreadableError:
                    continue
                score += sum(self._score_of_number(each.quantity, each.entry.digits) for each in meant)
        return score

    def _read(self, tree: Expression) -> Expression | None:
        try:
            found = self.context.read(tree)
        except UnreadableError:
            return None
        if not quantities(found) or free_letters(found):
            return None
        return found
