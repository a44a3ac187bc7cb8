"""From a tree of names as written to a formula of the worksheet's quantities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from backproof import calculus
from backproof.checking.documents.grammar import Apply, Listed, Printed, Ratio, Symbol, Total, is_arithmetic
from backproof.checking.documents.lexer import Lexer, Name
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.names import Names
from backproof.checking.documents.statements import Side
from backproof.checking.documents.words import ACTIVATIONS, FUNCTION_LETTERS, FUNCTIONS, NEW, OLD
from backproof.checking.random_networks import FREE
from backproof.expression import Add, Call, Expression, Mul, Number, Pow, quantities, walk, wrap
from backproof.operations.activation import Elementwise, activations
from backproof.quantity import Kind, Quantity, Scope, differentiate_by

OUTPUTS = 50
#: What can be differentiated, and with respect to what.
TOPS, BOTTOMS = ("E", "a", "h"), ("a", "h", "w")
CONSTANT = ("w", "y", "eta", FREE)
#: What a word before a parameter makes of it.
CHANGES = {"Delta": "step", "step": "step", "new": "new"}


class Meaning:
    """Reads one tree. `repairs` says where the writing had to be set right to be read at all."""

    def __init__(self, names: Names) -> None:
        self.names, self.network = names, names.network
        self.repairs: list[str] = []
        self.bodies: list[tuple[Expression, Quantity]] = []

    def read(self, tree: Expression) -> Expression:
        """The formula. Errors: UnreadableError."""
        if tree in self.names.aliases:
            return self.names.aliases[tree]
        if isinstance(tree, Symbol):
            return self._symbol(tree.name)
        if isinstance(tree, Apply):
            return self._apply(tree)
        if isinstance(tree, Ratio):
            return self._ratio(tree)
        if isinstance(tree, Total):
            return self._total(tree)
        if isinstance(tree, Listed):
            raise UnreadableError("a list is not read here")
        if isinstance(tree, Mul):
            return self._product(tree)
        if isinstance(tree, Pow) and isinstance(tree.base, Apply) and not self._is_function(tree.base.symbol.name):
            inner = tree.base  # w (a - y)^2 is no power of a product
            if len(inner.arguments) == 1 and self._updated(inner) is None:
                return Mul((self.read(inner.symbol), Pow(self.read(inner.arguments[0]), self.read(tree.exponent))))
        return tree.rebuild(tuple(self.read(child) for child in tree.children)) if tree.children else tree

    # Names

    def _symbol(self, name: Name) -> Expression:
        """A quantity, or a letter that stands for nothing known."""
        for found in (self.names.resolve(name), self._spread(name), self._repair(name)):
            if found is not None:
                return found
        if name.written == "pi":
            return Number(3.141592653589793)
        if self._is_function(name) and name.base not in FUNCTION_LETTERS:
            raise UnreadableError(f"{name.written} has no argument")
        return Quantity(FREE, (name.written,))

    def _spread(self, name: Name) -> Expression | None:
        """A run of letters as a product of its letters, where each is known: `wx` in LaTeX is w x."""
        if not name.spread or not 1 < len(name.base) <= 4 or not name.base.isascii():
            return None
        letters = [Name(letter) for letter in name.base[:-1]] + [replace(name, base=name.base[-1], raw=name.raw[-1:])]
        return self._multiply(letters)

    def _multiply(self, names: Sequence[Name | None]) -> Expression | None:
        """The product of some names, where all of them are known."""
        found = [self.names.resolve(name) if name is not None else None for name in names]
        known = tuple(each for each in found if each is not None)
        return Mul(known) if len(known) == len(found) > 0 else None

    def _repair(self, name: Name) -> Expression | None:
        """A name whose subscript holds factors that belong behind it (\\delta_{ow_5}), with a remark."""
        raw = name.sub.replace(",", "_")
        if len(name.subs) != 1 or name.sup or not 2 <= len(raw) <= 40 or not raw[0].isalpha():
            return None
        for length in range(len(raw) - 1, 0, -1) if name.base in ("delta", "a", "h", "z", "w") else ():
            first = replace(name, subs=(raw[:length],))
            if self.names.resolve(first) is not None:
                rest = [each.name for each in Lexer(raw, length, len(raw), True, False).tokens()]
                if rest and (found := self._multiply([first, *rest])) is not None:
                    shown = raw[length:].strip("_")
                    shown = shown if "_" in shown else "_".join(part for part in (shown[:1], shown[1:]) if part)
                    self.repairs.append(f"{shown} stands in the subscript of {name.base}, not beside it")
                    return found
        return None

    def _is_function(self, name: Name) -> bool:
        known = name.base in FUNCTIONS or name.base.lower() in ACTIVATIONS or name.base in FUNCTION_LETTERS
        return known and self.names.resolve(replace(name, primes=0)) is None

    # Functions and products

    def _updated(self, tree: Apply) -> Expression | None:
        """w(new), w(t+1): a parameter after its update."""
        found, text = self.names.resolve(tree.symbol.name), _text(tree.arguments[0])
        if not isinstance(found, Quantity) or found.kind is not Kind.PARAMETER or len(tree.arguments) != 1:
            return None
        return Quantity("new", found.of) if text in NEW else found if text in OLD else None

    def _apply(self, tree: Apply) -> Expression:
        name, inner = tree.symbol.name, tree.arguments[0]
        updated = self._updated(tree)
        if updated is not None:
            return updated
        if self._is_function(name):
            return self._call(name, [self.read(each) for each in tree.arguments])
        if len(tree.arguments) != 1:
            raise UnreadableError("a list is not read here")
        if isinstance(inner, Symbol) and not name.subs and not name.sup:
            of_unit = self.names.resolve(replace(name, subs=(inner.name.base + inner.name.sub,), spread=False))
            whole = self.names.resolve(name)
            if isinstance(of_unit, Quantity):
                return of_unit
            if whole is None or (isinstance(whole, Quantity) and whole.scope is Scope.SAMPLE):
                raise UnreadableError(f"{name.written}({inner.name.written}) may be a function or a product")
        return Mul((self.read(tree.symbol), self.read(inner)))

    def _product(self, tree: Mul) -> Expression:
        """Factors from left to right; a function takes the factor after it, Δ the parameter."""
        found: list[Expression] = []
        waiting = list(tree.factors)
        while waiting:
            first = waiting.pop(0)
            name = first.name if isinstance(first, Symbol) and waiting else None
            role = CHANGES.get(name.written) if name is not None and self.names.resolve(name) is None else None
            changed = self.read(waiting[0]) if role is not None else None
            if role is not None and isinstance(changed, Quantity) and changed.kind is Kind.PARAMETER:
                waiting.pop(0)
                found.append(Quantity(role, changed.of))
            elif name is not None and self._is_function(name):
                found.append(self._call(name, [self.read(waiting.pop(0))]))
            else:
                factor = self.read(first)
                spread = (
                    isinstance(factor, Mul) and not isinstance(first, Mul) and isinstance(factor.factors[0], Quantity)
                )
                found += factor.children if spread else [factor]
        return found[0] if len(found) == 1 else Mul(tuple(found))

    def _call(self, name: Name, arguments: list[Expression]) -> Expression:
        """A function at its arguments."""
        function = FUNCTIONS.get(name.base, "")
        count = 2 if function in ("maximum", "minimum") else 1
        if len(arguments) != count:
            words = "two arguments" if count == 2 else "one argument"
            raise UnreadableError(f"{name.written} is read with {words} only")
        return Call(function, tuple(arguments)) if function else self._activation(name, arguments[0])

    def _activation(self, name: Name, argument: Expression) -> Expression:
        """The activation function that a letter means, or its derivative, at an argument."""
        unit = argument.of[0] if isinstance(argument, Quantity) and argument.kind is Kind.PRE_ACTIVATION else None
        means = self.names.activation(name.base, unit)
        named = ACTIVATIONS.get(name.base.lower())
        if named is not None and (means is None or means.name != named):
            means, unit = activations.make(named), None
        if name.primes > 1 or name.sup or name.subs:
            raise UnreadableError(f"{name.written} is not read")
        if means is None:
            says = f"the network has several activations and it is not clear which one {name.written} is"
            raise UnreadableError(says)
        if not isinstance(means, Elementwise):
            raise UnreadableError(f"{means.name} depends on a whole layer; it is not read as a function of one number")
        if unit is not None:
            return Quantity("da/dh" if name.primes else "a", (unit,))
        value = means.formula(argument)
        return wrap(means.derivative(argument, value) if name.primes else value)

    def _total(self, tree: Total) -> Expression:
        """A sum: over the outputs where its body speaks of them, else over the one sample."""
        if self.names.marks_samples and any(
            isinstance(node, Symbol) and node.name.sup == "(n)" for node in walk(tree.body)
        ):
            return self._total_of_samples(tree)
        outputs = self.network.units[-1]
        if len(outputs) > OUTPUTS:
            raise UnreadableError("the sum is over too many outputs")
        terms: list[Expression] = []
        try:
            for unit in outputs:
                self.names.output = unit
                terms.append(self.read(tree.body))
        finally:
            self.names.output = None
        return terms[0] if all(term == terms[0] for term in terms) else Add(tuple(terms))

    def _total_of_samples(self, tree: Total) -> Expression:
        """A sum over the samples, of each of which its body speaks."""
        count = len(self.names.worksheet.x)
        if count > OUTPUTS:
            raise UnreadableError("the sum is over too many samples")
        terms: list[Expression] = []
        try:
            for number in range(1, count + 1):
                self.names.running = number
                terms.append(self.read(tree.body))
        finally:
            self.names.running = None
        return Add(tuple(terms)) if count > 1 else terms[0]

    # Derivatives

    def _ratio(self, tree: Ratio) -> Expression:
        if tree.plain is not None and not (isinstance(tree.by, Symbol) and tree.by.name.base[:1].isalpha()):
            return self.read(tree.plain)
        by = _as_output(self.read(tree.by))
        if not isinstance(by, Quantity):
            raise UnreadableError("a derivative with respect to more than one letter is not read")
        if tree.top is None:
            if tree.body is None:
                raise UnreadableError("nothing is differentiated")
            body = self.read(tree.body)
            self.bodies.append((body, by))
            return self._differentiate(body, by)
        if not isinstance(tree.top, Symbol):
            return self._differentiate(self.read(tree.top), by)
        name = tree.top.name
        if self._is_function(name):
            return self._activation(replace(name, primes=name.primes + 1), by)
        top = _as_output(self.read(tree.top))
        if not isinstance(top, Quantity) or top.role == FREE:
            raise UnreadableError(f"'{name.written}' names nothing in the worksheet; an alias can say what it is")
        return self._slope(top, by)

    def _differentiate(self, body: Expression, by: Quantity) -> Expression:
        """d body / d by, through everything in the body that depends on it."""
        if isinstance(body, Quantity):
            return self._slope(body, by)
        links = [(each, self._slope(each, by)) for each in quantities(body)]
        terms = [Mul((calculus.differentiate(body, each), link)) for each, link in links if link != Number(0)]
        return Add(tuple(terms)) if len(terms) > 1 else terms[0] if terms else Number(0)

    def _slope(self, top: Quantity, by: Quantity) -> Expression:
        """The derivative of one quantity with respect to another."""
        if top == by:
            return Number(1)
        letters = [each.of[0] for each in (top, by) if each.role == FREE]
        if by.role == FREE and (top.role not in CONSTANT or (len(letters) == 2 and len(letters[0]) == 1)):
            raise UnreadableError(f"{' and '.join(letters)} names nothing here")
        if top.role in CONSTANT:
            return Number(0)
        if top.role not in TOPS or by.role not in BOTTOMS:
            says = f"the derivative of {top.name} with respect to {by.name} is not a number of this working"
            raise UnreadableError(says)
        if top.kind is Kind.ACTIVATION and by.kind is Kind.PRE_ACTIVATION:
            layer, _ = self.network.place(by.of[0])
            same = top.of == by.of and not self.network.activations[layer - 1].coupled
            return Quantity("da/dh", by.of if same else (top.of[0], by.of[0]))
        found = differentiate_by(top, by)
        return found if by.kind is not Kind.PARAMETER or by.sample is None else found.of_sample(by.sample)


def _as_output(formula: Expression) -> Expression:
    """Nobody differentiates a target: y there is the output."""
    target = isinstance(formula, Quantity) and formula.kind is Kind.TARGET
    return Quantity("a", formula.of) if target and isinstance(formula, Quantity) else formula


def _text(tree: Expression) -> str:
    """What a short tree was written as: new, t+1, 0."""
    if isinstance(tree, Symbol):
        return tree.name.written
    if isinstance(tree, Printed):
        return tree.digits
    return "+".join(_text(term) for term in tree.terms) if isinstance(tree, Add) and len(tree.terms) == 2 else "?"


@dataclass
class Read:
    """A side with what it means, or why that is not known."""

    side: Side
    formula: Expression | None = None
    reason: str = ""
    repairs: tuple[str, ...] = ()
    bodies: tuple[tuple[Expression, Quantity], ...] = ()

    @property
    def digits(self) -> str | None:
        """The digits of a side that is one printed number."""
        return self.side.digits

    @property
    def numeric(self) -> bool:
        """Whether it is an expression of numbers, not one number alone."""
        return self.formula is not None and self.digits is None and is_arithmetic(self.formula)


def read_side(names: Names, side: Side) -> Read:
    """A side with its names resolved."""
    if side.tree is None:
        return Read(side, None, side.reason)
    meaning = Meaning(names)
    try:
        return Read(side, meaning.read(side.tree), "", tuple(meaning.repairs), tuple(meaning.bodies))
    except UnreadableError as error:
        return Read(side, None, str(error))
