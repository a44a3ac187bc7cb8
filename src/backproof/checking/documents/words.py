"""What words and letters mean where people write of networks: letters of books, nouns, headings, verbs and marks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backproof.checking.documents.lexer import read_words
from backproof.expression import Expression
from backproof.operations.activation import collect_aliases


def read_table(*lines: str) -> dict[str, str]:
    """A dictionary from lines such as `role: word, another word`: each word to its role."""
    parts = (line.partition(": ") for line in lines)
    return {word: role for role, _, words in parts for word in words.split(", ")}


# Letters

#: Multi-letter names of functions.
FUNCTIONS = {
    **{name: name for name in ["exp", "log", "sqrt", "sin", "cos", "sinh", "cosh", "abs", "arctan", "erf"]},
    **{"ln": "log", "max": "maximum", "min": "minimum"},
}
#: Activations that are written as functions, under whatever name.
ACTIVATIONS = collect_aliases()
#: Letters that stand for the activation function of whatever unit they are applied to.
FUNCTION_LETTERS = read_words("sigma g f phi G F psi activation act sig")
#: What a letter or word means in books, the commonest first; None: nothing, unless the document says so.
_ROLES = read_table(
    "a/h: a, o, A",
    "h/a: h, z, Z, H",
    "h: net, in, netinput, preact",
    "a: out, output, prediction, pred, yhat, ahat, ohat, activation, ypred, O, act",
    "delta: delta",
    "y/a: y, t, Y",
    "y: target, d, label, ytrue, T",
    "input: x, i, input, I, X",
    "-/delta: error",
    "-: grad",
)
ROLES: Mapping[str, tuple[str | None, ...]] = {
    base: tuple(role if role != "-" else None for role in roles.split("/")) for base, roles in _ROLES.items()
}
#: What any other letter may turn out to be by what the document defines.
OTHERS: tuple[str | None, ...] = (None, "h", "a", "delta", "y")
#: Letters of what a normalisation is made with.
STATISTICS = {
    "mu": ("batch_mean", "sample_mean"),
    "s": ("batch_deviation", "sample_deviation"),
    "r": ("sample_rms",),
    "xi": ("mask",),
}
RATES = read_words("eta alpha lr learning_rate learningrate rate")
#: What a gradient is called in programs.
GRADIENTS = read_words("grad dE dL dJ dC dloss d g")
#: Letters that stand for a whole output where the network has only one.
OF_THE_OUTPUT = read_words("output out prediction pred yhat target y t label ahat ohat ypred ytrue o Y")
#: A mark that means: after the update; and before it, so the number itself.
NEW = read_words("new + neu next updated after t+1 k+1 n+1 (t+1) (k+1) (n+1) (new) nuevo nouveau * nuovo novo")
OLD = read_words("old alt before t k (t) (k) (old) viejo vecchio initial init")
#: Subscripts that only say what the letter means anyway.
QUALIFIERS = read_words("train target true actual desired total tot T all out output pred net")
SUFFIXES = {"out": "a", "output": "a", "act": "a", "in": "h", "net": "h", "input": "h", "delta": "delta"}
LAYER_WORDS = {"hidden": 1, "hid": 1, "h": 1, "output": -1, "out": -1, "o": -1, "input": 0, "in": 0, "final": -1}

# Sentences and headings

#: What a noun before "of" means, and words that may stand beside it; of several nouns the first of these decides.
NOUNS = read_table(
    "eta: rate",
    "dE/dw: gradient, gradients, derivative, grad, partial",
    "new: new, updated, adjusted",
    "delta: delta",
    "h: net, preactivation, pre-activation, pre, sum",
    "a: activation, output",
    "y: target",
    "E: loss, cost",
    "w: old, original, initial, value, weight, bias",
)
#: Nouns that decide even beside one that leaves the number open.
CERTAIN = read_words("gradient derivative net pre pre-activation new updated loss cost rate delta")
#: Nouns that leave open which number is meant.
OPEN = read_words(
    "error change update input step contribution difference slope sensitivity signal product share part mean",
    "square half negative ratio norm fehler gradiente erreur",
)
OF = read_words("of for at to von für de du des del di do da pour para per bei respect in")
IS = read_words("is are was equals comes becomes gives be amounts turns yields becoming reads")
#: Words that say nothing of which number is meant.
LITTLE = frozenset(
    read_words(
        "a about also an and approximately around as equal error exactly find function get have hence hidden input",
        "its just layer neuron node now obtain out parameter roughly so term the then therefore this thus total unit",
        "up we weighted with",
    )
)
LITTLE |= {*OF, *IS, *NOUNS}
#: What the heading of a table says beyond its nouns, and headings that say nothing.
HEADINGS = read_table(
    "w: before, current, start, alt, w",
    "dE/dw: de/dw, dw, dl/dw, dc/dw, dj/dw",
    "new: after, neu, w', w new, w+, wnew, after update",
    "step: change, step, delta w, deltaw, weight change, correction",
    "h: in, z, h",
    "a: out, a, o, y",
    "delta: error term, error signal, local gradient, de/dh, de/dz, de/dnet",
    "da/dh: g', slope, sigma', da/dz",
    "dE/da: de/da, de/dout",
)
VALUES = ("value", "result", "number", "numerical value", "wert", "valor", "valeur", "values", "calculated", "")

#: Headings of columns that tell of a network, not of its numbers.
COUNTS = ("shape", "size", "units", "parameters", "kind", "layer", "line")


def read_phrase(words: Sequence[str]) -> str | None:
    """What the words before a name make of it: a role, `?` where that is open, None where they say nothing."""
    if any(word in OPEN for word in words) and not any(word in CERTAIN for word in words):
        return "?"
    for word, role in NOUNS.items():
        if word in words and not (role == "E" and any(each in OF for each in words[words.index(word) :])):
            return role
    return (
        "?" if words and words[-1] in ("of", "von", "für", "de", "du", "des", "del", "di", "do", "da", "bei") else None
    )


# Samples and steps

_ORDINALS = ("first 1st one", "second 2nd two", "third 3rd three", "fourth 4th four", "fifth 5th five", "sixth 6th six")
ORDINALS = {word: number for number, words in enumerate(_ORDINALS, start=1) for word in words.split()}
_NUMBER = rf"(?:no\.?\s*|number\s+|nr\.?\s*|[#№]\s*)?(\d+|{'|'.join(ORDINALS)})"
_SAMPLE = (
    r"sample|example|pattern|row|case|instance|observation|data\s?point|training\s+(?:pair|example|sample)|input\s+pair|"
    r"muestra|beispiel|exemple|muster"
)
_STEP = (
    r"iteration|epoch|epoche|époque|iteración|época|itération|training\s+step|weight\s+update|"
    r"(?:forward|training)\s+(?:pass|propagation)"
)
_WEAK = r"step|round|pass|schritt|paso|étape|update"


def _cue(words: str) -> re.Pattern[str]:
    """sample 2, the second sample."""
    ordinals = "|".join(ORDINALS)
    return re.compile(
        rf"\b(?:{words})\s*{_NUMBER}(?![\d.]*\d)\b|\b({ordinals}|\d+(?:st|nd|rd|th))\s+(?:\w+\s+)?(?:{words})\b",
        re.IGNORECASE,
    )


CUES = ((_cue(_SAMPLE), "sample", False), (_cue(_STEP), "step", False), (_cue(_WEAK), "step", True))
UPDATED = re.compile(r"\b(?:updat\w*|new\s+(?:weight|value|bias)\w*|aktualisier\w*|neue\s+gewichte)\b", re.IGNORECASE)


@dataclass
class Section:
    """A stretch of a document under one heading: what the heading says, and the numbers below."""

    sample: int | None = None
    step: int | None = None
    weak: bool = False
    updates: bool = False
    numbers: list[tuple[Expression, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.sample is not None or self.step is not None


def read_cues(text: str) -> Section:
    """What a heading or the beginning of a sentence says of sample and step; true where it names one."""
    section = Section(updates=UPDATED.search(text) is not None)
    for pattern, kind, weak in CUES:
        match = pattern.search(text)
        if match is None or (kind == "step" and section.step is not None):
            continue
        word = next(each for each in match.groups() if each).lower()
        number = ORDINALS.get(word) or int(re.sub(r"\D", "", word) or 0)
        if 0 < number < 10_000 and kind == "sample":
            section.sample = number
        elif 0 < number < 10_000:
            section.step, section.weak = number, weak
    return section
