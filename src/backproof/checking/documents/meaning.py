"""From a tree of names as written to a formula of the worksheet's quantities."""

from __future__ import annotations

from dataclasses import dataclass, replace

from backproof import calculus
from backproof.checking.documents.grammar import Apply, Listed, Printed, Ratio, Symbol, Total, is_arithmetic
from backproof.checking.documents.lexer import Lexer, Name
from backproof.checking.documents.model import UnreadableError
from backproof.checking.documents.names import Names
from backproof.checking.documents.statements import Side
from backproof.checking.documents.words import ACTIVATIONS, FUNCTION_LETTERS, FUNCTIONS, NEW, OLD
from backproof.checking.random_networks import FREE
from backproof.expression import Add, Call, Expression, Mul, Number, Pow, quantities, wrap
from backproof.operations.activation import Activation, Elementwise, activations
from backproof.quantity import Kind, Quantity, Scope, differentiate_by

OUTPUTS = 50
#: What can be differentiated, and with respect to what.
TOPS, BOTTOMS = ("E", "a", "h"), ("a", "h", "w")
CONSTANT = ("w", "y", "eta")


class Meaning:
    """Reads one tree. `repairs` says where the writing had to be set right to be read at all."""

    def __init__(self, names: Names) -> None:
        self.names, self.network = names, names.network
        self.repairs: list[str] = []
        self.bodies: list[tuple[Expression, Quantity]] = []

    def read(self, tree: Expression) -> Expression:
        """The formula. Errors: UnreadableError."""
        if self.names.aliases and isinstance(tree, Symbol | Ratio | Mul | Apply) and tree in self.names.aliases:
            return self.names.aliases[tree]
        if isinstance(tree, Symbol):
            return self._symbol(tree)
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
            inner = tree.base
            if len(inner.arguments) == 1 and self._updated(inner) is None:
                symbol = self.read(inner.symbol)
                return Mul((symbol, Pow(self.read(inner.arguments[0]), self.read(tree.exponent))))
        children = tree.children
        return tree.rebuild(tuple(self.read(child) for child in children)) if children else tree

    def _symbol(self, symbol: Symbol) -> Expression:
        """A quantity, or a letter that stands for nothing known."""
        name = symbol.name
        found = self.names.resolve(name)
        if found is not None:
            return found
        if name.written == "pi":
            return Number(3.141592653589793)
        if (factors := self._spread(symbol)) is not None:
            return factors
        repaired = self._repaired(name)
        if repaired is not None:
            return repaired
        if self._is_function(name) and name.base not in FUNCTION_LETTERS:
            raise UnreadableError(f"{name.written} has no argument")
        return Quantity(FREE, (name.written,))

    def _spread(self, symbol: Symbol) -> Expression | None:
        """A run of letters as a product of its letters, where each is known: `wx` in LaTeX is w x."""
        name = symbol.name
        if not name.spread or not 1 < len(name.base) <= 4 or not name.base.isascii():
            return None
        last = replace(name, base=name.base[-1], raw=name.raw[len(name.base) - 1 :])
        letters = [Name(letter) for letter in name.base[:-1]] + [last]
        found = [self.names.resolve(letter) for letter in letters]
        known = [each for each in found if each is not None]
        return Mul(tuple(known)) if len(known) == len(found) else None

    def _repaired(self, name: Name) -> Expression | None:
        """A name whose subscript holds factors that belong behind it (\\delta_{ow_5}), with a remark."""
        if len(name.subs) != 1 or name.sup or len(name.subs[0]) > 40 or len(name.subs[0]) < 2:
            return None
        raw = name.subs[0].replace(",", "_")
        if not self._is_quantity_letter(name.base) or not raw[0].isalpha():
            return None
        for length in range(len(raw) - 1, 0, -1):
            first = self.names.resolve(replace(name, subs=(raw[:length],)))
            if first is None:
                continue
            rest = list(Lexer(raw, length, len(raw), True, False).tokens())
            factors = [self.names.resolve(each.name) if each.name else None for each in rest]
            known = [each for each in factors if each is not None]
            if rest and len(known) == len(factors):
                shown = raw[length:].strip("_")
                shown = shown if "_" in shown else "_".join(part for part in (shown[:1], shown[1:]) if part)
                self.repairs.append(f"{shown} stands in the subscript of {name.base}, not beside it")
                return Mul((first, *known))
        return None

    @staticmethod
    def _is_quantity_letter(base: str) -> bool:
        return base in ("delta", "a", "h", "z", "w")

    def _is_function(self, name: Name) -> bool:
        if name.subs and name.base in FUNCTION_LETTERS and self.names.resolve(name) is not None:
            return False
        known = name.base in FUNCTIONS or name.base.lower() in ACTIVATIONS or name.base in FUNCTION_LETTERS
        return known and self.names.resolve(replace(name, primes=0)) is None

    def _updated(self, tree: Apply) -> Expression | None:
        """w(new), w(t+1): a parameter after its update."""
        found = self.names.resolve(tree.symbol.name)
        if not isinstance(found, Quantity) or found.kind is not Kind.PARAMETER or len(tree.arguments) != 1:
            return None
        inside = tree.arguments[0]
        text = _text(inside)
        if text in NEW:
            return Quantity("new", found.of)
        return found if text in OLD else None

    def _apply(self, tree: Apply) -> Expression:
        name = tree.symbol.name
        updated = self._updated(tree)
        if updated is not None:
            return updated
        if self._is_function(name):
            return self._call(name, [self.read(each) for each in tree.arguments])
        if len(tree.arguments) != 1:
            raise UnreadableError("a list is not read here")
        inner = tree.arguments[0]
        if isinstance(inner, Symbol) and not name.subs and not name.sup:
            of_unit = self.names.resolve(replace(name, subs=(inner.name.base + inner.name.sub,), spread=False))
            whole = self.names.resolve(name)
            if isinstance(of_unit, Quantity):
                return of_unit
            if whole is None or (isinstance(whole, Quantity) and whole.scope is Scope.SAMPLE):
                raise UnreadableError(f"{name.written}({inner.name.written}) may be a function or a product")
        return Mul((self.read(tree.symbol), self.read(tree.arguments[0])))

    def _product(self, tree: Mul) -> Expression:
        """Factors from left to right; a function takes the factor after it, Δ the parameter."""
        factors: list[Expression] = []
        waiting = list(tree.factors)
        while waiting:
            first = waiting.pop(0)
            name = first.name if isinstance(first, Symbol) else None
            if name is not None and waiting and name.base == "Delta" and not name.subs:
                changed = self.read(waiting[0])
                if isinstance(changed, Quantity) and changed.kind is Kind.PARAMETER:
                    factors.append(Quantity("step", changed.of))
                    waiting.pop(0)
                    continue
            if name is not None and waiting and self._is_function(name):
                factors.append(self._call(name, [self.read(waiting.pop(0))]))
                continue
            factors.append(self.read(first))
        flat: list[Expression] = []
        for each in factors:
            inner = isinstance(each, Mul) and each not in tree.factors and isinstance(each.factors[0], Quantity)
            flat += each.children if inner else [each]
        return flat[0] if len(flat) == 1 else Mul(tuple(flat))

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
        if not isinstance(means, Elementwise):
            raise UnreadableError(_why_not(name, means))
        if unit is not None:
            return Quantity("da/dh" if name.primes else "a", (unit,))
        value = means.formula(argument)
        return wrap(means.derivative(argument, value) if name.primes else value)

    def _total(self, tree: Total) -> Expression:
        """A sum: over the outputs where its body speaks of them, else over the one sample."""
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

    # Derivatives

    def _ratio(self, tree: Ratio) -> Expression:
        if tree.plain is not None and not self._is_derivative(tree):
            return self.read(tree.plain)
        by = self.read(tree.by)
        if isinstance(by, Quantity) and by.kind is Kind.TARGET:
            by = Quantity("a", by.of)
        if not isinstance(by, Quantity):
            raise UnreadableError("a derivative with respect to more than one letter is not read")
        if tree.top is None:
            if tree.body is None:
                raise UnreadableError("nothing is differentiated")
            body = self.read(tree.body)
            self.bodies.append((body, by))
            return self._whole(body, by)
        if isinstance(tree.top, Symbol):
            name = tree.top.name
            if self._is_function(name) and self.names.resolve(name) is None:
                return self._activation(replace(name, primes=name.primes + 1), by)
            return self._slope(self._differentiated(tree.top), by)
        return self._whole(self.read(tree.top), by)

    def _is_derivative(self, tree: Ratio) -> bool:
        """Whether the letters d of a ratio on one line are differentials: what stands behind them is known."""
        return isinstance(tree.by, Symbol) and (
            self.names.resolve(tree.by.name) is not None or tree.by.name.base[:1].isalpha()
        )

    def _differentiated(self, symbol: Symbol) -> Quantity:
        """What is differentiated: nobody differentiates a target, so that y there is the output."""
        found = self.read(symbol)
        if isinstance(found, Quantity) and found.kind is Kind.TARGET:
            return Quantity("a", found.of)
        if not isinstance(found, Quantity) or found.role == FREE:
            raise UnreadableError(
                f"'{symbol.name.written}' names nothing in the worksheet; an alias can say what it is"
            )
        return found

    def _whole(self, body: Expression, by: Quantity) -> Expression:
        """d body / d by, through everything in the body that depends on it."""
        if isinstance(body, Quantity):
            return self._slope(body, by)
        terms: list[Expression] = []
        for each in quantities(body):
            link = self._slope(each, by)
            if link != Number(0):
                terms.append(Mul((calculus.differentiate(body, each), link)))
        return Add(tuple(terms)) if len(terms) > 1 else terms[0] if terms else Number(0)

    def _slope(self, top: Quantity, by: Quantity) -> Expression:
        """The derivative of one quantity with respect to another."""
        if top == by:
            return Number(1)
        if top.role == FREE or top.role in CONSTANT:
            if top.role == FREE and len(top.of[0]) == 1 and by.role == FREE:
                raise UnreadableError(f"{top.of[0]} and {by.of[0]} name nothing here")
            return Number(0)
        if by.role == FREE:
            raise UnreadableError(f"'{by.of[0]}' names nothing here")
        if top.role not in TOPS or by.role not in BOTTOMS:
            raise UnreadableError(
                f"the derivative of {top.name} with respect to {by.name} is not a number of this working"
            )
        if top.kind is Kind.ACTIVATION and by.kind is Kind.PRE_ACTIVATION:
            layer, _ = self.network.place(by.of[0])
            same = top.of == by.of and not self.network.activations[layer - 1].coupled
            return Quantity("da/dh", by.of if same else (top.of[0], by.of[0]))
        return differentiate_by(top, by)


def _text(tree: Expression) -> str:
    """What a short tree was written as: new, t+1, 0."""
    if isinstance(tree, Symbol):
        return tree.name.written
    if isinstance(tree, Printed):
        return tree.digits
    if isinstance(tree, Add) and len(tree.terms) == 2:
        return "+".join(_text(term) for term in tree.terms)
    return "?"


def _why_not(name: Name, means: Activation | None) -> str:
    if means is None:
        return f"the network has several activations and it is not clear which one {name.written} is"
    return f"{means.name} depends on a whole layer; it is not read as a function of one number"


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
