"""Which letter each role of a quantity takes: the notations of the standard books.

h, a and z mean opposite things in standard books, so a formula keeps roles and takes its letters only when it is
printed. Letters are plain or Greek characters, or words such as `lr`; how they are typeset is each printer's affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from string import digits

from backproof.errors import OptionError, did_you_mean


@dataclass(frozen=True)
class Symbol:
    """A letter with what hangs on it: subscript, superscripts, a Δ before it, bold for a `whole` layer."""

    letter: str
    subscript: str = ""
    superscripts: tuple[str, ...] = ()
    whole: bool = False
    before: str = ""


#: Sets a hat on the letter before it.
HAT = "\u0302"

#: The letters that every notation shares, and those of the article.
_SHARED = {
    "w": "w", "b": "b", "a": "a", "y": "y", "delta": "δ", "eta": "η", "g": "g",
    "velocity": "v", "mean": "m", "square": "s",
}  # fmt: skip

MEANINGS: Mapping[str, str] = {
    "h": "pre-activation of a unit, what it receives",
    "a": "activation of a unit, what it sends",
    "y": "target of an output",
    "E": "cost",
    "w": "weight or bias, under its own name",
    "b": "biases of a layer",
    "delta": "error of a unit, the derivative of the cost by its pre-activation",
    "eta": "learning rate",
    "g": "activation function",
    "velocity": "running step of a parameter",
    "mean": "running mean of a parameter's gradient",
    "square": "running mean of the square of a parameter's gradient",
    "square_sum": "sum of the squares of a parameter's gradients so far",
    "mean_hat": "running mean, freed of its start at 0",
    "square_hat": "running mean of squares, freed of its start at 0",
    "gradient": "gradient that the optimiser keeps for the next step",
    "move": "step that the optimiser keeps for the next one",
    "shift": "step of a parameter in a pair that the optimiser keeps, 1 the newest",
    "turn": "what that step changed in the parameter's gradient",
    "curvature": "the last step times the change of the gradient, over all parameters",
    "alpha": "weight of a kept change of the gradient, the same for all parameters",
    "beta": "part of that weight which the step has already",
    "gamma": "scale of the step, from the newest pair",
    "length": "length of the step along its direction",
    "batch_mean": "mean of a channel over the batch",
    "batch_deviation": "standard deviation of a channel over the batch, epsilon under its root",
}

#: Letters of what optimisers keep; units and parameters may bear them too, for a subscript tells which is meant.
_KEPT = {
    "square_sum": "G", "mean_hat": f"m{HAT}", "square_hat": f"s{HAT}", "gradient": "∇", "move": "D", "shift": "S",
    "turn": "Y", "curvature": "κ", "alpha": "α", "beta": "β", "gamma": "γ", "length": "λ",
    "batch_mean": "μ", "batch_deviation": "s",
}  # fmt: skip


@dataclass(frozen=True)
class Notation:
    """Letters by role, and the book they come from."""

    name: str
    source: str
    letters: Mapping[str, str] = field(hash=False)

    def letter(self, role: str) -> str:
        """The letter of a role, which a number may follow; a role that no book names stands as its own word."""
        plain = role.rstrip(digits)
        return self.letters.get(plain) or _KEPT.get(plain, role)

    @property
    def reserved(self) -> frozenset[str]:
        """Letters that a unit or parameter of the same name must not be mistaken for."""
        return frozenset(self.letters.values())

    def legend(self, roles: Iterable[str]) -> list[tuple[Symbol, str]]:
        """Each letter in use with its meaning; `roles` may hold derivatives, and what `naming.marks` adds."""
        used = {part for role in roles for part in _letters_of(role)}
        known = [(Symbol(self.letter(role)), meaning) for role, meaning in MEANINGS.items() if role in used]
        calls = sorted(role for role in used if role.endswith("()"))
        slots = sorted(role for role in used if role not in MEANINGS and role not in MARKS and role not in calls)
        others = [(Symbol(self.letter(role)), f"{role} that the optimiser keeps for a parameter") for role in slots]
        functions = [(Symbol(call[:-2]), "the function of that name") for call in calls]
        return [*known, *others, *functions, *(self._mark(mark) for mark in MARKS if mark in used)]

    def _mark(self, mark: str) -> tuple[Symbol, str]:
        """What a mark means; a g is this notation's."""
        symbol, meaning = MARKS[mark]
        return (replace(symbol, letter=self.letter("g")) if mark == "prime" else symbol), meaning


#: What a letter may carry, by the mark that asks for the explanation.
MARKS: Mapping[str, tuple[Symbol, str]] = {
    "input": (Symbol("x", "j"), "an input stands under its unit's own name"),
    "sample": (Symbol("x", superscripts=("(n)",)), "of sample n"),
    "time": (Symbol("x", superscripts=("(t=1)",)), "at step 1"),
    "new": (Symbol("w", superscripts=("+",)), "after the update"),
    "old": (Symbol("w", superscripts=("−",)), "before the update"),
    "step": (Symbol("w", before="Δ"), "what the update adds"),
    "layer": (Symbol("x", "2", whole=True), "of the whole layer 2, a row for each sample"),
    "sigma": (Symbol("σ"), "the logistic sigmoid, 1 / (1 + exp(−x))"),
    "tanh": (Symbol("tanh"), "the hyperbolic tangent"),
    "relu": (Symbol("relu"), "the rectifier, the greater of x and 0"),
    "lrelu": (Symbol("lrelu"), "the leaky rectifier"),
    "elu": (Symbol("elu"), "the exponential linear unit"),
    "selu": (Symbol("selu"), "the scaled exponential linear unit"),
    "gelu": (Symbol("gelu"), "the Gaussian error linear unit"),
    "gelu_tanh": (Symbol("gelu_tanh"), "the Gaussian error linear unit, approximated by tanh"),
    "silu": (Symbol("silu"), "the sigmoid linear unit, x / (1 + exp(−x))"),
    "softplus": (Symbol("softplus"), "ln(1 + exp(x))"),
    "softsign": (Symbol("softsign"), "x / (1 + |x|)"),
    "softmax": (Symbol("softmax"), "exp(x) of each unit, divided by their sum over the layer"),
    "id": (Symbol("id"), "the identity"),
    "log": (Symbol("ln"), "the natural logarithm"),
    "erf": (Symbol("erf"), "the error function"),
    "sign": (Symbol("sign"), "−1, 0 or 1, the sign of x"),
    "maximum": (Symbol("max"), "the greater of two"),
    "minimum": (Symbol("min"), "the smaller of two"),
    "sinh": (Symbol("sinh"), "the hyperbolic sine"),
    "cosh": (Symbol("cosh"), "the hyperbolic cosine"),
    "sin": (Symbol("sin"), "the sine, x in radians"),
    "cos": (Symbol("cos"), "the cosine, x in radians"),
    "arctan": (Symbol("arctan"), "the inverse tangent, in radians"),
    "prime": (Symbol("g", superscripts=("′",)), "derivative of an activation function"),
    "transpose": (Symbol("ᵀ"), "rows and columns exchanged"),
    "hadamard": (Symbol("⊙"), "product of entries in the same place"),
    "column_sum": (Symbol("Σ", "n"), "sum over the samples"),
    "row_sum": (Symbol("rowsum"), "sum over the units, for each sample"),
}

#: Functions whose signs everybody knows, e^x, √x and |x|, and the matrix product, which has none.
UNEXPLAINED = frozenset({"exp", "sqrt", "abs", "matmul"})


def _letters_of(role: str) -> tuple[str, ...]:
    """The roles whose letters appear in a role: dE/dh shows E and h, `new` shows a parameter."""
    if role.startswith("previous "):
        return "old", *_letters_of(role.removeprefix("previous "))
    if role.rstrip(digits) in _KEPT:
        return (role.rstrip(digits),)
    if "/" in role:
        return tuple(part.removeprefix("d") for part in role.split("/"))
    return (role, "w") if role in ("new", "step", "old") else (role,)


NOTATIONS: Mapping[str, Notation] = {
    notation.name: notation
    for notation in (
        Notation(
            "article",
            "the article Neural Networks and Backpropagation",
            {**_SHARED, "h": "h", "E": "E"},
        ),
        Notation(
            "nielsen",
            "M. Nielsen, Neural Networks and Deep Learning (2015), chapter 2",
            {**_SHARED, "h": "z", "E": "C", "g": "σ"},
        ),
        Notation(
            "bishop",
            "C. M. Bishop, Pattern Recognition and Machine Learning (2006), section 5.3",
            {**_SHARED, "h": "a", "a": "z", "E": "E", "y": "t", "g": "h"},
        ),
        Notation(
            "goodfellow",
            "I. Goodfellow, Y. Bengio and A. Courville, Deep Learning (2016), section 6.5, where the error is g",
            {**_SHARED, "h": "a", "a": "h", "E": "J", "delta": "g", "eta": "ε", "g": "f"},
        ),
        Notation(
            "pytorch",
            "the documentation of PyTorch",
            {**_SHARED, "h": "z", "E": "L", "eta": "lr", "g": "f"},
        ),
    )
}


def named(name: str) -> Notation:
    """The notation of that name, or OptionError with the nearest one."""
    if name not in NOTATIONS:
        raise OptionError(
            f"'{name}' is not a notation; expected one of {', '.join(NOTATIONS)}.{did_you_mean(name, NOTATIONS)}"
        )
    return NOTATIONS[name]
