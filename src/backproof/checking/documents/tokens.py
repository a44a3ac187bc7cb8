"""The words of mathematical writing: tokens, and what each sign and command means."""

from __future__ import annotations

from dataclasses import dataclass

from backproof.operations.activation import collect_aliases


@dataclass(frozen=True, slots=True)
class Name:
    """A letter as written, such as w_5^{new}: base, subscript, superscript and primes; `raw` is the subscript as is."""

    base: str
    sub: str = ""
    sup: str = ""
    primes: int = 0
    raw: str = ""

    @property
    def written(self) -> str:
        """One way to write it, whatever braces and signs were used."""
        return (
            self.base + (f"_{self.sub}" if self.sub else "") + (f"^{self.sup}" if self.sup else "") + "'" * self.primes
        )


@dataclass(frozen=True, slots=True)
class Token:
    """One sign, number, name or word with its place in the text.

    Kinds: `number name word op open close relation frac sqrt sum partial separator newline unknown`.
    """

    kind: str
    text: str
    start: int
    end: int
    name: Name | None = None

    @property
    def canonical(self) -> str:
        """What it is, however it is written."""
        return self.name.written if self.name else self.text


#: Multi-letter names that stand for something wherever they are written as mathematics.
FUNCTIONS = {
    "exp": "exp", "ln": "log", "log": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "sinh": "sinh",
    "cosh": "cosh", "max": "maximum", "min": "minimum", "abs": "abs", "arctan": "arctan", "erf": "erf",
}  # fmt: skip
#: Activations that are written as functions, under whatever name.
ACTIVATIONS = collect_aliases()
#: Letters that stand for the activation function of whatever unit they are applied to.
FUNCTION_LETTERS = ("sigma", "g", "f", "phi", "varphi", "G", "F", "psi")

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "φ": "phi", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Δ": "Delta", "Σ": "Sigma",
}  # fmt: skip
#: Commands that are letters.
LETTERS = frozenset(GREEK.values()) | {"varepsilon", "vartheta", "varphi", "ell", "Theta", "Omega", "Phi", "Psi"}
OPERATORS = {
    "cdot": "*", "times": "*", "ast": "*", "odot": "*", "circ": "*", "otimes": "*", "bullet": "*", "star": "*",
    "div": "/", "over": "/", "vert": "|", "mid": "|", "lvert": "|", "rvert": "|", "prime": "'",
}  # fmt: skip
RELATIONS = {
    "approx": "=", "simeq": "=", "cong": "=", "doteq": "=", "equiv": "=", "triangleq": "=", "coloneqq": ":=",
    "leftarrow": "<-", "gets": "<-", "longleftarrow": "<-", "to": "->", "rightarrow": "->", "longrightarrow": "->",
    "mapsto": "->",
}  # fmt: skip
#: Commands between two statements.
SEPARATORS = frozenset(
    ("therefore", "because", "Rightarrow", "implies", "iff", "Leftrightarrow", "Longrightarrow", "quad", "qquad",
     "newline", "forall", "ldots", "dots", "cdots", "par", "item", "hline", "in", "le", "leq", "ge", "geq",
     "ne", "neq", "land")
)  # fmt: skip
#: Commands that change only the look.
LOOKS = frozenset(
    ("left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "displaystyle",
     "textstyle", "limits", "nolimits", "nonumber", "notag", "rm", "bf", "it", "scriptstyle", "small", "large", "quad*",
     "boxed", "centering", "noindent", "hfill", "middle", "mathstrut", "strut")
)  # fmt: skip
#: Commands whose argument is set in another type.
TYPES = frozenset(
    ("mathrm", "mathbf", "mathit", "boldsymbol", "bm", "operatorname", "mathsf", "mathcal", "textrm", "textbf",
     "textit", "underline", "overline", "mathtt", "texttt", "emph", "mbox", "hbox", "text")
)  # fmt: skip
#: Commands whose argument is not read.
PASSED_OVER = frozenset(
    ("label", "tag", "ref", "eqref", "cite", "color", "textcolor", "phantom", "hspace", "vspace", "begin", "end", "url",
     "footnote", "includegraphics", "section", "subsection", "chapter", "usepackage", "setlength", "caption",
     "colorbox")
)  # fmt: skip
ACCENTS = {"hat": "hat", "widehat": "hat", "bar": "bar", "tilde": "tilde", "vec": "", "dot": "dot"}
FRACTIONS = ("frac", "dfrac", "tfrac", "cfrac")

SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ", "0123456789+-aeoxhklmnpstijruv", strict=True))
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿˡᵀ", "0123456789+-()nlT", strict=True))
SIGNS = {
    "−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "∗": "*", "∙": "*", "⊙": "*", "∘": "*", "•": "*", "÷": "/",
    "⁄": "/", "∕": "/", "′": "'", "**": "^",
}  # fmt: skip
#: A superscript that means: after the update.
NEW = ("new", "+", "neu", "next", "updated", "after", "t+1", "k+1", "n+1")
#: A superscript that means: before the update, so the number itself.
OLD = ("old", "alt", "before", "t", "k")
#: Subscripts that only say what the letter means anyway.
QUALIFIERS = ("train", "target", "true", "actual", "desired", "total", "tot", "T", "all", "out", "output", "pred")
