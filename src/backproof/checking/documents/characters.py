"""Characters in their plain forms: by Unicode's compatibility forms, and LaTeX's commands by pylatexenc's table."""

from __future__ import annotations

import unicodedata
from functools import cache


def read_words(*lines: str) -> tuple[str, ...]:
    """The words of some lines."""
    return tuple(word for line in lines for word in line.split())


#: Signs that mean the same: each stands before those that are read as it.
_ALIKE = (
    "-−–‐",
    "*·×⋅∗∙⊙∘•⊗⋆",
    "/÷⁄∕",
    "'′’",
    "≈≃≅∼",
    "=≡≔≐",
    "←⟵",
    "→⟶↦",
    "⇒⟹∴⇔⟺∵",
    "|∣∥",
    "Δ∆",
    "Σ∑",
    ",，",
    "T⊤",
    " ▪",
)
SAME = {sign: signs[0] for signs in _ALIKE for sign in signs[1:]}
#: Commands that pylatexenc has no sign for, or another one: each sign before its commands.
_OWN = (
    "← gets longleftarrow",
    "⇒ implies iff Longrightarrow therefore because leadsto",
    "→ longrightarrow mapsto",
    "= coloneqq triangleq doteq",
    "/ over",
    "| vert mid lvert rvert",
    "* ast bullet star circ",
    "ε varepsilon",
    "' prime",
    "T top",
    "l ell",
    "{ lbrace",
    "} rbrace",
    "[ lbrack",
    "] rbrack",
)
_COMMANDS = {command: line[0] for line in _OWN for command in line[2:].split()}


@cache
def _plain(sign: str) -> str:
    """The plain form of a sign, of one character; raised and lowered ones stay."""
    if sign in SAME:
        return SAME[sign]
    tag = unicodedata.decomposition(sign).partition(">")[0]
    if tag in ("<sub", "<super"):
        return sign
    form = unicodedata.normalize("NFKC", sign)
    if len(form) == 1:
        form = SAME.get(form, form)
        return str(unicodedata.digit(form)) if unicodedata.digit(form, None) is not None else form
    return sign


def normalise(text: str) -> str:
    """A text of the same length in plain digits, letters and signs."""
    return text if text.isascii() else "".join(sign if sign < "\x80" else _plain(sign) for sign in text)


@cache
def split_script(sign: str) -> tuple[str, str]:
    """`sub` or `super` and the plain form of a lowered or raised sign; two empty strings for others."""
    tag, _, _ = unicodedata.decomposition(sign).partition(">")
    if tag not in ("<sub", "<super"):
        return "", ""
    form = unicodedata.normalize("NFKC", sign)
    return tag[1:], "-" if form == "−" else form


@cache
def spell(sign: str) -> str:
    """A Greek letter by its name, others as they are."""
    name = unicodedata.name(sign, "")
    if not name.startswith("GREEK") or "LETTER" not in name:
        return sign
    word = name.rpartition("LETTER ")[2].removeprefix("FINAL ").split(" ")[0].lower()
    word = {"lamda": "lambda"}.get(word, word)
    return word.capitalize() if "CAPITAL" in name else word


@cache
def find_sign(word: str) -> str:
    """The sign that a LaTeX command is, or nothing."""
    if word in _COMMANDS:
        return _COMMANDS[word]
    from pylatexenc.latex2text import get_default_latex_context_db

    sign = getattr(get_default_latex_context_db().get_macro_spec(word), "simplify_repl", None)
    return _plain(sign) if isinstance(sign, str) and len(sign) == 1 and not sign.isspace() else ""
