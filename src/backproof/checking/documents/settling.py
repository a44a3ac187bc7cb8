"""What a document is read as: what its letters mean, which sample and step a place is about, and what its numbers fit.

Every letter in doubt is tried with each of its meanings: a formula such as h_1 = sigma(z_1) that holds for every
network counts most, a number that is the true one once; where nothing speaks for another reading, the commonest one
stays. What a heading says of sample and step counts unless the numbers below it fit what came before better: "step 2"
may be the backward pass. Numbers that fit another sample, step or convention are told, and judged only if asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, pairwise, product

from backproof.checking.documents.arrays import interpret
from backproof.checking.documents.context import Context
from backproof.checking.documents.grammar import Listed, Symbol
from backproof.checking.documents.judging import lay_beside
from backproof.checking.documents.lexer import strip_d
from backproof.checking.documents.model import Unread, UnreadableError
from backproof.checking.documents.names import free_letters
from backproof.checking.documents.statements import Piece, Statement
from backproof.checking.documents.words import Section, read_cues
from backproof.expression import Expression, Neg, quantities
from backproof.operations.cost import costs
from backproof.quantity import Kind, Quantity
from backproof.rounding import agrees
from backproof.worksheet import Claim

#: Maximum numbers of statements that are looked at, and of letters and pairs of meanings that are tried.
MOST_STATEMENTS, MOST_LETTERS, MOST_PAIRS = 80, 8, 24
#: What a formula that holds counts beside a number that fits, and by how much another reading must be better.
FORMULA, DEFINITION, MARGIN = 1.0, 4.0, 1.5
READINGS = {"h": "the pre-activation", "a": "the activation", "y": "the target", "delta": "the error delta"}
#: Of the claims that do not fit: the minimum number that must fit elsewhere, and their minimum part of all there.
LEAST, MOST_PART = 3, 0.75
SAMPLES = 50

Number = tuple[Expression, str]
Place = tuple[int | None, int]


def read_numbers(context: Context, statement: Statement) -> Iterator[Number]:
    """The quantity on the left with each number printed for it, and each entry of a list."""
    tree = statement.sides[0].tree
    for side in statement.sides[1:] if tree is not None else ():
        try:
            if isinstance(side.tree, Listed):
                yield from ((each.quantity, each.entry.digits) for each in interpret(context, tree, side.tree)
                            if each.sample in (None, context.sample))  # fmt: skip
            elif side.digits is not None and tree is not None:
                yield context.read(tree), side.digits
        except UnreadableError:
            continue


# What letters mean


def decide(context: Context, statements: Sequence[Statement]) -> None:
    """Settle what each letter in doubt means, and tell of each that is not read as usual."""
    names = context.names
    sides = (side for statement in statements for side in statement.sides)
    found = [token.name for side in sides for token in side.tokens if token.name is not None]
    letters: dict[str, tuple[str | None, ...]] = {}
    counts: Counter[str] = Counter()
    for name in (*found, *filter(None, map(strip_d, found))):
        if options := names.options(name):
            letters.setdefault(name.base, options)
            counts[name.base] += 1
    letters = {base: letters[base] for base, _ in counts.most_common(MOST_LETTERS)}
    marks = any(name.sup[:1] in ("(", "[") for name in found)
    if letters or marks:
        Deciding(context, statements, letters).improve(marks)
    for base, role in names.roles.items():
        if role != letters[base][0] and role is not None:
            context.found.notes.append(f"{base} is read as {READINGS.get(role, role)}, as the document has it.")
    if names.offset:
        context.found.notes.append("Layers are counted from the inputs as layer 1, as the document has it.")


class Deciding:
    """The search for the best reading."""

    def __init__(
        self, context: Context, statements: Sequence[Statement], letters: dict[str, tuple[str | None, ...]]
    ) -> None:
        self.context, self.letters, self.names = context, letters, context.names
        self.statements = [each for each in statements if self._is_telling(each)][:MOST_STATEMENTS]
        used = context.used()
        self.samples = (context.sample, *(used[:6] if len(used) > 1 else ()))

    def _is_telling(self, statement: Statement) -> bool:
        """Whether a letter in doubt, or a layer, stands in a statement."""
        names = (token.name for side in statement.sides for token in side.tokens if token.name is not None)
        return any(name.base in self.letters or name.base[1:] in self.letters or name.sup for name in names)

    def improve(self, marks: bool) -> None:
        """Change one letter, or two together, as long as the reading becomes better."""
        groups = [[{base: role} for role in options] for base, options in self.letters.items()]
        pairs = [dict(zip(both, roles, strict=True)) for both in combinations(list(self.letters)[:4], 2)
                 for roles in product(*(self.letters[base] for base in both))]  # fmt: skip
        best, before = self._score(), None
        for _ in range(2):
            for changes in [*groups, pairs if len(pairs) <= MOST_PAIRS else []]:
                best = self._try_each(changes, best)
            for setting, other in (("offset", 1), ("turned", True)) if marks else ():
                best = self._try_setting(setting, other, best)
            if best == before:
                return
            before = best

    def _try_each(self, changes: Sequence[dict[str, str | None]], best: float) -> float:
        """Keep the best of some changes, where it is better by more than a chance."""
        usual, found, start = dict(self.names.roles), dict(self.names.roles), best
        for change in changes:
            self.names.roles = {**usual, **change}
            score = self._score()
            if score > best and score >= start + MARGIN:
                best, found = score, dict(self.names.roles)
        self.names.roles = found
        return best

    def _try_setting(self, setting: str, other: object, best: float) -> float:
        """Whether layers are counted from the inputs, or weights indexed the other way round."""
        usual = getattr(self.names, setting)
        setattr(self.names, setting, other)
        if (score := self._score()) <= best:
            setattr(self.names, setting, usual)
        return max(best, score)

    def _score(self) -> float:
        return sum(self._score_of(statement) for statement in self.statements)

    def _score_of(self, statement: Statement) -> float:
        """What speaks for the reading in one statement."""
        score = sum(self._weigh(*number) for number in read_numbers(self.context, statement))
        left = self._read(statement.sides[0].tree)
        formulas = [self._read(side.tree) for side in statement.sides[1:] if side.digits is None and not side.numeric]
        if left is None:
            return score
        for formula in (each for each in formulas if each is not None):
            if formula != left:
                defines = isinstance(tree := statement.sides[0].tree, Symbol) and tree.name.base in self.letters
                weight = DEFINITION if defines else FORMULA
                score += weight if self.context.networks.same(left, formula, 3) else -0.1
            for figures in (side.tree for side in statement.sides[1:] if side.numeric and side.tree is not None):
                found = lay_beside(self.context, formula, figures) or {}
                put = [(each, digits) for each, (digits, _) in found.items() if each.role in ("h", "a", "y")]
                score += sum(self._weigh(*each) for each in put)
        return score

    def _weigh(self, left: Expression, digits: str) -> float:
        """What a number says for the reading."""
        if len(digits.lstrip("-0.")) < 2 or self._known(left) is None:
            return 0.0
        return 1.0 if any(self.context.fits(left, digits, sample) for sample in self.samples) else -0.05

    def _read(self, tree: Expression | None) -> Expression | None:
        try:
            return self._known(self.context.read(tree)) if tree is not None else None
        except UnreadableError:
            return None

    @staticmethod
    def _known(formula: Expression) -> Expression | None:
        return formula if quantities(formula) and not free_letters(formula) else None


# Samples and steps


def settle_sections(context: Context, pieces: Sequence[Piece]) -> None:
    """Find the sample and step that each piece is about."""
    starts = _find_starts(context, pieces)
    before = context.asked
    for (at, section), (stop, _) in pairwise([*starts, (len(pieces), Section())]):
        for piece in pieces[at:stop]:
            if piece.statement is not None:
                piece.statement.updates = section.updates
                section.numbers += read_numbers(context, piece.statement)
        before = _settle(context, section, before)
        pieces[at].section = Section(*before)
    context.sample, context.step = context.asked


def _find_starts(context: Context, pieces: Sequence[Piece]) -> list[tuple[int, Section]]:
    """Where sections may begin, with what is said there, or told by what is given again."""
    givens = Givens(context)
    found: dict[int, Section] = {}
    first = -1
    for at, piece in enumerate(pieces):
        if piece.heading:
            cues = found[at] = read_cues(piece.heading)
            givens.updates = cues.updates
            if cues.step is not None and not cues.weak:
                context.step = cues.step
        elif piece.statement is not None:
            section = givens.read(piece.statement)
            first = at if not givens.inputs and not givens.weights else first
            if section:
                start = max(first + 1, max(found, default=-1) + 1)
                found[min(start, len(pieces) - 1)] = section
                context.step = section.step or context.step
                givens.weights = {} if section.step is not None else givens.weights
                givens.inputs = {} if section.sample is not None else givens.inputs
    return sorted(found.items())


def _settle(context: Context, section: Section, before: Place) -> Place:
    """The sample and step of a section, after those of the one before it."""
    sample, step = before
    batches = context.worksheet.training.batches
    wanted = (section.sample or sample, section.step or step)
    if section.step is not None and not section.weak and batches:
        wanted = (wanted[0], (section.step - 1) * len(batches) + 1)
    others = [wanted] if not section.sample or not section.step else [wanted, (wanted[0], step), (sample, wanted[1])]
    candidates = [before, *(each for each in others if _exists(context, *each))]
    strong = not section.weak or section.sample is not None
    scores = [_count_fits(context, section.numbers, *each) for each in candidates]
    best = max(range(len(candidates)), key=lambda at: (scores[at], at == 1 if strong else at == 0))
    return candidates[best]


def _exists(context: Context, sample: int | None, step: int) -> bool:
    if step > 1 and context.worksheet.training.rate is None:
        return False
    return sample is None or sample in context.used(step)


def _count_fits(context: Context, numbers: Sequence[Number], sample: int | None, step: int) -> int:
    """How many numbers are the true ones of a sample and step."""
    with context.at(sample, step):
        return sum(context.fits(formula, digits) for formula, digits in numbers)


class Givens:
    """Inputs and weights as they are given again, and what that says of sample and step."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.updates = False
        self.inputs: dict[str, str] = {}
        self.weights: dict[str, str] = {}

    def read(self, statement: Statement) -> Section | None:
        """A section, where this statement completes what begins another sample or step."""
        plain = len(statement.sides) == 2 and not self.updates
        given = list(read_numbers(self.context, statement)) if plain else []
        given = [each for each in given if isinstance(each[0], Quantity) and self.context.is_given(each[0])]
        if not given:
            self.inputs, self.weights = {}, {}
            return None
        for quantity, digits in given:
            if isinstance(quantity, Quantity) and quantity.kind in (Kind.PARAMETER, Kind.ACTIVATION):
                (self.weights if quantity.kind is Kind.PARAMETER else self.inputs)[quantity.of[0]] = digits
        return Section(self._sample(), self._step())

    def _sample(self) -> int | None:
        """The only sample with all these inputs, where it is told from the others."""
        sheet = self.context.worksheet
        units = sheet.network.units[0]
        if len(self.inputs) < len(units) or len(sheet.x) == 1:
            return None
        given = [self.inputs[unit] for unit in units]
        rows = enumerate(sheet.x.reshape(len(sheet.x), -1), start=1)
        found = [number for number, row in rows if all(map(agrees, given, map(float, row)))]
        return found[0] if len(found) == 1 else None

    def _step(self) -> int | None:
        """The next step, where the weights given are those that it begins with and not those of this one."""
        context = self.context
        if len(self.weights) < 2 or context.worksheet.training.rate is None:
            return None
        given: list[Number] = [(Quantity("w", (name,)), digits) for name, digits in self.weights.items()]
        now, then = (_count_fits(context, given, None, context.step + ahead) for ahead in (0, 1))
        return context.step + 1 if then > now and then >= len(given) - 1 else None


# Numbers that fit elsewhere

Fits = Callable[[Claim], bool]


def settle_misfits(context: Context) -> None:
    """Where most numbers fit something else, say so and leave those that do not fit here unread."""
    claims = [claim for claim in context.found.claims if not _is_given(context, claim)]
    misfits = [claim for claim in claims if not _fits(context, claim)]
    if len(misfits) < LEAST:
        _tell_sample(context)
        return
    fitting = len(claims) - len(misfits)
    for says, remedy, fits in _elsewhere(context):
        there = sum(map(fits, claims))
        if there > fitting and there >= MOST_PART * len(claims) and sum(map(fits, misfits)) >= LEAST:
            note = f"{there} of {len(claims)} numbers fit {says}, {fitting} what was asked for; {remedy}."
            _leave(context, note, [claim for claim in misfits if fits(claim)], says, remedy)
            return


def _leave(context: Context, note: str, misfits: Sequence[Claim], says: str, remedy: str) -> None:
    left = set(map(id, misfits))
    context.found.notes.insert(0, note)
    context.found.claims = [claim for claim in context.found.claims if id(claim) not in left]
    reason = f"it fits {says}; {remedy}"
    context.found.unread += [Unread(f"{claim.of} = {claim.value}", reason, claim.where) for claim in misfits]


def _is_given(context: Context, claim: Claim) -> bool:
    body = claim.formula.body if isinstance(claim.formula, Neg) else claim.formula
    return isinstance(body, Quantity) and context.is_given(body)


def _fits(context: Context, claim: Claim, sample: int | None = None, step: int | None = None) -> bool:
    with context.at(sample or claim.sample, step or claim.step):
        return claim.formula is not None and context.fits(claim.formula, claim.value)


def _elsewhere(context: Context) -> Iterator[tuple[str, str, Fits]]:
    """What else the numbers could be about, in words, what to do then, and whether a claim fits it."""
    sheet = context.worksheet
    for sample in range(1, min(len(sheet.x), SAMPLES) + 1) if len(sheet.x) > 1 else ():
        if sample != context.asked[0]:
            yield f"sample {sample}", f"--sample {sample} judges by it", partial(_fits, context, sample=sample)
    for step in range(1, context.asked[1] + 3) if sheet.training.rate is not None else ():
        if step != context.asked[1]:
            yield f"step {step}", f"--step {step} judges by it", partial(_fits, context, step=step)

    def fits_turned(claim: Claim) -> bool:
        body = claim.formula
        error = isinstance(body, Quantity) and body.kind is Kind.DERIVATIVE and body.is_error
        return _fits(context, replace(claim, formula=Neg(body)) if error and body is not None else claim)

    yield "errors with the other sign, delta = -dE/dh", "an alias to -delta[...] judges by it", fits_turned
    stated = any(each.of == "E" and each.holds for each in context.found.formulas)
    stated = stated or any(claim.of == "E" and _fits(context, claim) for claim in context.found.claims)
    for name in ("half_squared_error", "squared_error", "mean_squared_error", "binary_cross_entropy"):
        cost = costs.make(name)
        if cost != sheet.network.cost and not stated and cost.fits(sheet.network.activations[-1].output_range):
            network = replace(sheet.network, architecture=replace(sheet.network.architecture, cost=cost))
            other = Context(replace(sheet, network=network), *context.asked)
            yield f"the cost {name}", "the worksheet's cost decides", partial(_fits, other)


def _tell_sample(context: Context) -> None:
    """Where numbers of a sample were left out because none was named: which one they fit."""
    waiting = context.unsampled
    fits = {each: sum(context.fits(*number, each) for number in waiting) for each in context.used()[:SAMPLES]}
    best = max(fits, key=lambda each: fits[each])
    if len(waiting) >= LEAST and fits[best] >= MOST_PART * len(waiting):
        remedy = f"--sample {best} judges by it"
        wrong = [each for each in context.found.claims if not _fits(context, each) and _fits(context, each, best)]
        _leave(context, f"These numbers fit sample {best}; {remedy}.", wrong, f"sample {best}", remedy)
