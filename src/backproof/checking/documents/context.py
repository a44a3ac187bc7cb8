"""What is at hand while a document is read: its worksheet, sample and step, and what has been found so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from math import isfinite

from backproof.checking.documents.general import General
from backproof.checking.documents.meaning import Meaning
from backproof.checking.documents.model import Findings, Unread, UnreadableError, quoted
from backproof.checking.documents.names import Names
from backproof.checking.graph import Graph
from backproof.checking.random_networks import FREE, RandomNetworks
from backproof.checking.slips import Remedy, Slips
from backproof.errors import BackproofError
from backproof.evaluation import evaluate
from backproof.expression import Expression, Mul, Neg, quantities, substitute, walk
from backproof.operations.max_pool import MaxPool
from backproof.quantity import Kind, Quantity, Scope
from backproof.rounding import agrees, count_digits, nearly_agrees
from backproof.trace import Trace
from backproof.worksheet import Claim, Worksheet

#: Maximum number of wrong formulas that are searched for their slip; the same formula twice counts once.
MOST_SEARCHES = 60
#: Templates kept: the latest formulas that hold.
TEMPLATES = 30
DIGITS = 60
#: Numbers of a unit that a number under words not understood may be.
OF_UNIT = ("a", "h", "delta", "dE/da", "da/dh")
#: Steps that a document may speak of without being asked for them.
MOST_STEPS = 200
#: Maximum number of samples of a network in which formulas over several samples are compared.
MOST_SAMPLES = 50


class Context:
    """The reading in progress: `sample` and `step` are those of the place that is read, `asked` those asked for."""

    def __init__(self, worksheet: Worksheet, sample: int | None, step: int) -> None:
        self.worksheet, self.sample, self.step = worksheet, sample, step
        self.asked = sample, step
        self.names = Names(worksheet)
        self.found = Findings()
        self.templates: list[tuple[Quantity, Expression]] = []
        self.claimed: set[tuple[str, str]] = set()
        self.searched: dict[tuple[Expression, Expression], list[Remedy]] = {}
        #: Numbers of one sample where none was named.
        self.unsampled: list[tuple[Expression, str]] = []
        self._sampled: dict[int | None, RandomNetworks] = {}
        self._traces: dict[tuple[int, int | None], Trace | None] = {}

    @cached_property
    def networks(self) -> RandomNetworks:
        """Other networks of the same drawing."""
        return RandomNetworks(self.worksheet.network, self.worksheet.training)

    @property
    def sampled_networks(self) -> RandomNetworks | None:
        """Other networks with as many samples as the worksheet has, unless these are too many."""
        sheet = self.worksheet
        if self.sample not in self._sampled and len(sheet.x) <= MOST_SAMPLES:
            self._sampled[self.sample] = RandomNetworks(sheet.network, sheet.training, len(sheet.x), self.sample)
        return self._sampled.get(self.sample)

    def networks_of(self, formulas: Iterable[Expression | None]) -> RandomNetworks:
        """The networks in which formulas are compared: with all samples where they are told apart, or act together."""
        found = (each for formula in formulas if formula is not None for each in quantities(formula))
        apart = any(each.sample is not None for each in found)
        together = self.worksheet.network.labels.couples_samples
        return (self.sampled_networks if apart or together else None) or self.networks

    def holds_as_share(self, left: Expression, formula: Expression) -> bool:
        """Whether a formula of one sample holds with the share that it has in a mean over the samples."""
        shared = self.sample is not None and self.worksheet.network.reduction == "mean" and len(self.worksheet.x) > 1
        networks = self.sampled_networks if shared else None
        return networks is not None and networks.same(left, formula)

    @cached_property
    def takes_largest(self) -> bool:
        """Whether a layer passes on the largest of several numbers: which one is told by the numbers at hand."""
        return any(isinstance(layer.works, MaxPool) for layer in self.worksheet.network.architecture.layers[1:])

    def holds_at_hand(self, left: Expression, formula: Expression) -> bool:
        """Whether a formula holds for the worksheet's own numbers, where these decide about it."""
        truth, value = (self.truth(each) for each in (left, formula)) if self.takes_largest else (None, None)
        return truth is not None and value is not None and abs(truth - value) <= 1e-9 * abs(truth)

    @cached_property
    def slips(self) -> Slips:
        """The search for slips."""
        return Slips(self.worksheet.network, self.networks)

    @cached_property
    def graph(self) -> Graph:
        """The numbers of the document's first step, of every sample."""
        sheet = self.worksheet
        return Graph(sheet.network, sheet.x, sheet.y, sheet.training, frozenset({self.asked[1]}))

    @cached_property
    def _general(self) -> General | str:
        try:
            return General(self.worksheet)
        except UnreadableError as error:
            return str(error)

    def general(self) -> General:
        """The reader of general statements. Errors: UnreadableError where the layers differ."""
        if isinstance(self._general, str):
            raise UnreadableError(self._general)
        return self._general

    def read(self, tree: Expression) -> Expression:
        """What a tree means. Errors: UnreadableError."""
        return Meaning(self.names).read(tree)

    @contextmanager
    def at(self, sample: int | None, step: int) -> Iterator[None]:
        """Read as if the place were about that sample and step."""
        before = self.sample, self.step
        self.sample, self.step = sample, step
        try:
            yield
        finally:
            self.sample, self.step = before

    def used(self, step: int | None = None) -> tuple[int, ...]:
        """The samples of a step."""
        return self.worksheet.training.batch(self.step if step is None else step, len(self.worksheet.x))

    def trace(self, step: int, sample: int | None) -> Trace | None:
        """The worksheet's own numbers, or None where it has none."""
        if (step, sample) not in self._traces:
            self._traces[step, sample] = None
            with suppress(BackproofError):
                if step <= MOST_STEPS + self.asked[1]:
                    self._traces[step, sample] = self.worksheet.trace(step, sample)
        return self._traces[step, sample]

    def truth(self, formula: Expression | None, sample: int | None = None, step: int | None = None) -> float | None:
        """The true value of a formula here, or at a sample and step; None where it has none."""
        at = self.step if step is None else step
        chosen = self.sample if sample is None else sample
        trace = self.trace(at, chosen)
        if formula is None or trace is None or any(each.role == FREE for each in quantities(formula)):
            return None

        def number(quantity: Quantity) -> float:
            marked = quantity.scope is Scope.STEP or quantity.sample is not None
            seen = self.trace(quantity.step or at, None if marked else chosen)
            return (seen or trace).value(replace(quantity, step=None))

        try:
            value = float(evaluate(formula, number))
        except (BackproofError, ArithmeticError, TypeError):
            return None
        return value if isfinite(value) else None

    def fits(self, formula: Expression, digits: str, sample: int | None = None, step: int | None = None) -> bool:
        """Whether a number is the true one, but for one unit in its last place where it has two digits or more."""
        truth = self.truth(formula, sample, step)
        return truth is not None and nearly_agrees(digits, truth)

    def tells(self, formula: Expression, digits: str) -> bool:
        """Whether a number is exactly the true one, with enough digits that this is no chance."""
        truth = self.truth(formula)
        return truth is not None and count_digits(digits) > 2 and agrees(digits, truth)

    def claim(
        self, formula: Expression, digits: str, where: str, sample: int | None = None, guess: bool = False
    ) -> None:
        """Add the claim of a number. Errors: UnreadableError where what it stands for is not certain.

        Of a `guess`, a number that does not fit is not claimed.
        """
        formula, marked, step = split_place(formula)
        sample = sample if marked is None else marked
        with self.at(self.sample, step or self.step):
            self._claim(formula, digits, where, sample, guess)

    def _claim(self, formula: Expression, digits: str, where: str, sample: int | None, guess: bool) -> None:
        of = name_of(formula)
        if of is None:
            raise UnreadableError("a number is given for something that has no name of its own")
        if len(digits) > DIGITS or not isfinite(float(digits)):
            raise UnreadableError("the number is too long or too large to be read")
        chosen = sample if sample is not None else self.sample
        for quantity in quantities(formula):
            chosen = None if quantity.kind in (Kind.NEW, Kind.STEP) else chosen
            self._require(quantity, chosen, (formula, digits))
        if not self.fits(formula, digits, sample):
            formula, chosen = self._meant(formula, digits, chosen, guess)
            of = name_of(formula) or of
        self.found.claims.append(Claim(of, digits, chosen, self.step, where, formula=as_product(formula)))
        self.claimed.add((of, digits))

    def _meant(
        self, formula: Expression, digits: str, sample: int | None, guess: bool
    ) -> tuple[Expression, int | None]:
        """What a number that does not fit stands for all the same. Errors: UnreadableError where it is not certain."""
        quantity = formula.body if isinstance(formula, Neg) else formula
        truth = self.truth(formula, sample)
        if not isinstance(quantity, Quantity) or truth is None:
            return formula, sample
        new = Quantity("new", quantity.of)
        updated = quantity.kind is Kind.PARAMETER and self.worksheet.training.rate is not None
        if updated and self.fits(new, digits, sample):
            return new, None
        if self.is_given(quantity):
            remedy = "is it meant after an update (w_new)? " if quantity.kind is Kind.PARAMETER else ""
            says = f"{quantity.name} is {truth:g} in the worksheet; {remedy}is this of another example?"
            raise UnreadableError(says)
        if guess:
            if count_digits(digits) > 2 and len(quantity.of) == 1:
                roles = ("w", "new", "dE/dw", "step") if quantity.kind is Kind.PARAMETER else OF_UNIT
                fitting = [each for role in roles if self.fits(each := Quantity(role, quantity.of), digits, sample)]
                if len(fitting) == 1:
                    return fitting[0], sample
            raise UnreadableError(
                f"it is not certain what this stands for: {quantity.name} would be {truth:.6g}; an alias says so"
            )
        shared = quantity.scope is Scope.BATCH and sample is not None and self.worksheet.network.reduction == "mean"
        if shared and len(self.used()) > 1 and agrees(digits, truth * len(self.used())):
            raise UnreadableError("this is the sample's own number before the mean is taken, which has no name here")
        return formula, sample

    def is_given(self, quantity: Quantity) -> bool:
        """Whether a number is given, not worked out."""
        if quantity.kind in (Kind.PARAMETER, Kind.TARGET, Kind.RATE):
            return True
        return quantity.kind is Kind.ACTIVATION and quantity.of[0] in self.worksheet.network.units[0]

    def _require(self, quantity: Quantity, sample: int | None, number: tuple[Expression, str]) -> None:
        """Raise UnreadableError if the worksheet does not say which number this is."""
        training = self.worksheet.training
        if quantity.kind in (Kind.NEW, Kind.STEP, Kind.RATE) and training.rate is None:
            raise UnreadableError(f"'{quantity.name}' needs a learning rate, and the worksheet has none")
        used = self.used()
        if sample is None and len(used) > 1 and quantity.scope is Scope.SAMPLE:
            self.unsampled.append(number)
            raise UnreadableError(
                f"'{quantity.name}' is a number of one sample and the worksheet has {len(used)}; say which: --sample"
            )

    def unread(self, text: str, reason: str, where: str) -> None:
        """List what was not read."""
        self.found.unread.append(Unread(quoted(text), reason, where))

    def find_slips(self, left: Expression, right: Expression) -> list[Remedy]:
        """The slips in a formula; after MOST_SEARCHES formulas they are no longer looked for."""
        if (left, right) not in self.searched:
            if len(self.searched) >= MOST_SEARCHES:
                return []
            self.searched[left, right] = self.slips.find(left, right)
        return self.searched[left, right]

    def keep(self, quantity: Quantity, formula: Expression) -> None:
        """Keep a formula that holds, for numbers to be laid beside."""
        self.templates.append((quantity, formula))
        del self.templates[:-TEMPLATES]


def split_place(formula: Expression) -> tuple[Expression, int | None, int | None]:
    """A formula without the sample and step that its numbers are written with, and these. Errors: UnreadableError."""
    found = {(each.sample, each.step) for each in quantities(formula)}
    if len(found) > 1:
        raise UnreadableError("a number is given for a product of numbers of several samples")
    sample, step = found.pop() if found else (None, None)

    def strip(node: Expression) -> Expression | None:
        return replace(node, sample=None, step=None) if isinstance(node, Quantity) else None

    return substitute(formula, strip), sample if isinstance(sample, int) else None, step


def as_product(formula: Expression) -> Expression | None:
    """The formula as what a claim can be of: a quantity, or a product of quantities, with its sign in front."""
    negative = isinstance(formula, Neg)
    body = formula.body if isinstance(formula, Neg) else formula
    factors: list[Expression] = []
    for factor in body.factors if isinstance(body, Mul) else (body,):
        if isinstance(factor, Neg):
            factor, negative = factor.body, not negative
        if not isinstance(factor, Quantity) or factor.role == FREE:
            return None
        factors.append(factor)
    product = factors[0] if len(factors) == 1 else Mul(tuple(factors))
    return Neg(product) if negative else product


def name_of(formula: Expression) -> str | None:
    """The name that a claim of a formula has, if it can have one."""
    product = as_product(formula)
    factors = (
        "*".join(each.name for each in walk(product) if isinstance(each, Quantity)) if product is not None else None
    )
    return f"-{factors}" if isinstance(product, Neg) else factors
