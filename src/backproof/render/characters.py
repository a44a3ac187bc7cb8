"""Characters: Unicode subscripts, superscripts and bold letters, and plain ASCII for any text."""

from __future__ import annotations

import re
import unicodedata

from backproof.escape import escape_controls

_BOLD_A, _BOLD_GREEK = 0x1D400, 0x1D6C2

SUBSCRIPTS = dict(zip("0123456789+-=()aeoxhklmnpstijruv", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ", strict=True))
SUPERSCRIPTS = dict(zip("0123456789+-−()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ", strict=True))
BOLD = {
    **{chr(ord("A") + i): chr(_BOLD_A + i) for i in range(26)},
    **{chr(ord("a") + i): chr(_BOLD_A + 26 + i) for i in range(26)},
    **{chr(ord("α") + i): chr(_BOLD_GREEK + i) for i in range(25)},
}

_ASCII = {
    "−": "-", "–": "-", "—": "-", "·": "*", "×": "x", "′": "'", "‘": "'", "’": "'", "“": '"', "”": '"', "…": "...",
    "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "∂": "d", "Σ": "sum", "√": "sqrt", "∞": "inf", "⊙": "*", "ᵀ": ".T",
    "→": "->", "∇": "grad", "←": "<-", "±": "+-", "✓": "v", "✗": "x", "ß": "ss", "æ": "ae", "ø": "o",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Δ": "Delta",
}  # fmt: skip


def raised(text: str) -> str:
    """The text in superscript characters."""
    return "".join(SUPERSCRIPTS.get(each, each) for each in text)


def lowered(text: str) -> str:
    """The text in subscript characters."""
    return "".join(SUBSCRIPTS.get(each, each) for each in text)


def ascii_only(text: str) -> str:
    """The text in ASCII: Greek by name, letters without accents, `?` for what has no such form."""
    return "".join(map(_plain, text)) if not text.isascii() else text


def one_line(text: str, *, ends: bool = False) -> str:
    """The text on one line, its control characters as visible escapes, which no name or title may smuggle in.

    `ends` keeps the spaces at both ends, for text that stands beside a formula.
    """
    printable = escape_controls(re.sub(r"\s+", " ", text))
    return printable if ends else printable.strip()


def _plain(character: str) -> str:
    if character.isascii():
        return character
    known = _ASCII.get(character)
    if known is not None:
        return known
    decomposed = unicodedata.normalize("NFKD", character)
    return "".join(each for each in decomposed if each.isascii()) or "?"
