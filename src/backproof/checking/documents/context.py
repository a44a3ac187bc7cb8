"""What is at hand while a document is read: its worksheet, sample and step, and what has been found so far."""

from __future__ import annotations

from functools import cached_property
from math import isfinite

from backproof.checking.documents.general import General
from backproof.checking.documents.model import Findings, UnreadableError
from backproof.checking.documents.nodes import FREE
from backproof.checking.documents.random_networks import RandomNetworks
from backproof.checking.documents.slips import Remedy, Slips
from backproof.checking.documents.vocabulary import Vocabulary
from backproof.checking.graph import Graph
from backproof.errors import BackproofError
from backproof.evaluation import evaluate
from backproof.expression import Expression, Mul, Neg, quantities
from backproof.quantity import Kind, Quantity, Scope
from backproof.trace import Trace
from backproof.worksheet import Claim, Worksheet

#: So many wrong formulas are searched for their slip; the same formula twice counts once.
MOST_SEARCHES = 60
#: Templates kept: the latest formulas that hold.
TEMPLATES = 30
DIGITS = 60


class Context:
    """The reading in progress."""

    def __init__(self, worksheet: Worksheet, sample: int | None, step: int) -> None:
        self.worksheet, self.sample, self.step = worksheet, sample, step
        self.vocabulary = Vocabulary(worksheet)
        self.found = Findings()
        self.templates: list[tuple[Quantity, Expression]] = []
        self.stated: list[tuple[Quantity, Expression, str]] = []
        self.claimed: set[tuple[str, str]] = set()
        self.searched: dict[tuple[Expression, Expression], list[Remedy]] = {}

    @cached_property
    def networks(self) -> RandomNetworks:
        """Other networks of the same drawing."""
        return RandomNetworks(self.worksheet.network, self.worksheet.training)

    @cached_property
    def slips(self) -> Slips:
        """The search for slips."""
        return Slips(self.worksheet.network, self.networks)

    @cached_property
    def graph(self) -> Graph:
        """The numbers of the document's step, of every sample."""
        sheet = self.worksheet
        return Graph(sheet.network, sheet.x, sheet.y, sheet.training, frozenset({self.step}))

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

    @cached_property
    def trace(self) -> Trace | None:
        """The worksheet's own numbers at the document's step and sample."""
        try:
            return self.worksheet.trace(self.step, self.sample)
        except BackproofError:
            return None

    def truth(self, formula: Expression | None) -> float | None:
        """The true value of a formula here, or None where it has none."""
        trace = self.trace
        if formula is None or trace is None or any(each.role == FREE for each in quantities(formula)):
            return None
        whole = Trace.of_sample(trace, None)

        def number(quantity: Quantity) -> float:
            return (whole if quantity.kind in (Kind.NEW, Kind.STEP) else trace).value(quantity)

        try:
            value = float(evaluate(formula, number))
        except (BackproofError, ArithmeticError, TypeError):
            return None
        return value if isfinite(value) else None

    def claim(self, formula: Expression, digits: str, where: str, sample: int | None = None) -> None:
        """Add the claim of a number. Errors: UnreadableError where the network has no such number here."""
        of = name_of(formula)
        if of is None:
            raise UnreadableError("a number is given for something that has no name of its own")
        chosen = sample if sample is not None else self.sample
        for quantity in quantities(formula):
            chosen = None if quantity.kind in (Kind.NEW, Kind.STEP) else chosen
            self._exists(quantity, chosen)
        if len(digits) > DIGITS or not isfinite(float(digits)):
            raise UnreadableError("the number is too long or too large to be read")
        self.found.claims.append(Claim(of, digits, chosen, self.step, where, formula=as_product(formula)))
        self.claimed.add((of, digits))

    def _exists(self, quantity: Quantity, sample: int | None) -> None:
        training = self.worksheet.training
        if quantity.kind in (Kind.NEW, Kind.STEP, Kind.RATE) and training.rate is None:
            raise UnreadableError(f"'{quantity.name}' needs a learning rate, and the worksheet has none")
        used = training.batch(self.step, len(self.worksheet.x))
        if sample is None and len(used) > 1 and quantity.scope is Scope.SAMPLE:
            raise UnreadableError(
                f"'{quantity.name}' is a number of one sample and the worksheet has {len(used)}; say which: --sample"
            )

    def find_slips(self, left: Expression, right: Expression) -> list[Remedy]:
        """The slips in a formula; beyond so many formulas they are no longer looked for."""
        if (left, right) not in self.searched:
            if len(self.searched) >= MOST_SEARCHES:
                return []
            self.searched[left, right] = self.slips.find(left, right)
        return self.searched[left, right]

    def keep(self, quantity: Quantity, formula: Expression) -> None:
        """Keep a formula that holds, for numbers to be laid beside."""
        self.templates.append((quantity, formula))
        del self.templates[:-TEMPLATES]


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
    if product is None:
        return None
    return ("-" if isinstance(product, Neg) else "") + "*".join(each.name for each in _factors(product))


def _factors(product: Expression) -> list[Quantity]:
    body = product.body if isinstance(product, Neg) else product
    return [each for each in (body.factors if isinstance(body, Mul) else (body,)) if isinstance(each, Quantity)]
