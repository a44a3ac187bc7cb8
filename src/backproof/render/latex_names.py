r"""Names and text in LaTeX: everything from a file is escaped, and what TeX cannot set is spelled in ASCII.

No character that comes from outside may start a command, leave its group, or stop the compiler.
"""

from __future__ import annotations

import re
import unicodedata

from backproof.operations.registry import HAT
from backproof.render.characters import ascii_only, one_line
from backproof.render.naming import GREEK

#: Longer names are shortened in the middle: TeX cannot break them.
LONGEST = 32
#: A word may be broken after a sign such as _, and a part of it that is longer than this anywhere.
LONG_PIECE = 13
#: Letters that a formula shows, as LaTeX commands.
LETTERS = {
    **{letter: f"\\{word}" for word, letter in GREEK.items()},
    "ε": r"\epsilon",
    "∇": r"\nabla",
    "⊙": r"\odot",
    "Σ": r"\sum",
    "ᵀ": r"{}^{\mathsf{T}}",
}

_IN_MATH = {
    "\\": r"\backslash ", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\wedge ", "~": r"\sim ", " ": r"\ ", "<": "{<}", ">": "{>}", "`": "'", '"': "''", "|": r"\vert ",
}  # fmt: skip
_IN_TEXT = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"{\char36}", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': "''", "`": r"{\char18}", "-": "-{}", "–": "--", "—": "---",
    "−": r"\ensuremath{-}", "·": r"\ensuremath{\cdot}", "×": r"\ensuremath{\times}", "′": r"\ensuremath{'}",
    "≤": r"\ensuremath{\le}", "≥": r"\ensuremath{\ge}", "≈": r"\ensuremath{\approx}", "…": r"\ldots{}",
    "∂": r"\ensuremath{\partial}", "√": r"\ensuremath{\surd}", "∞": r"\ensuremath{\infty}", "→": r"\ensuremath{\to}",
    "⊙": r"\ensuremath{\odot}", "‘": "`", "’": "'", "“": "``", "”": "''", "ß": r"\ss{}", "æ": r"\ae{}",
    "ø": r"\o{}", "å": r"\aa{}", "Æ": r"\AE{}", "Ø": r"\O{}", "Å": r"\AA{}", "œ": r"\oe{}", "Œ": r"\OE{}",
    "ł": r"\l{}", "Ł": r"\L{}",
    **{letter: rf"\ensuremath{{\{word}}}" for word, letter in GREEK.items()},
}  # fmt: skip
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"', "\u030c": "v", "\u0327": "c",
    "\u0304": "=", "\u0306": "u", "\u030a": "r", "\u030b": "H", "\u0307": ".",
}  # fmt: skip


def name(text: str) -> str:
    r"""A letter, number or name inside a formula; words stand upright, in \mathrm."""
    text = ascii_only(one_line(text))
    if re.fullmatch(r"[A-Za-z]'*|\d+", text):
        return text
    if len(text) > LONGEST:
        return rf"{name(text[: LONGEST // 2])}\ldots {name(text[-LONGEST // 2 :])}"
    return _upright(text)


def write_letter(text: str) -> str:
    r"""A letter of a formula: Greek by its command, one with a hat under \hat, else a name."""
    if text.endswith(HAT):
        return rf"\hat{{{write_letter(text.removesuffix(HAT))}}}"
    return LETTERS.get(text) or name(text)


def words(text: str) -> str:
    """Words beside a formula, in math mode, where MathJax and TeX agree on what is escaped how."""
    return _upright(ascii_only(one_line(text, ends=True))).replace("-", r"\text{-}")


def _upright(text: str) -> str:
    return rf"\mathrm{{{''.join(_IN_MATH.get(each, each) for each in text)}}}"


def escape(text: str) -> str:
    """Running text; very long words get places where they may be broken."""
    return " ".join(_word(word) for word in one_line(text, ends=True).split(" "))


def _word(word: str) -> str:
    wide = len(word) > 10 and sum(map(str.isupper, word)) > 3
    if len(word) <= 12 and not wide:
        return "".join(map(_character, word))
    pieces = re.findall(r"[^_/.-]+[_/.-]*|[_/.-]+", word)
    most = LONG_PIECE // 2 if wide else LONG_PIECE
    parts = (piece[start : start + most] for piece in pieces for start in range(0, len(piece), most))
    return r"\allowbreak{}".join("".join(map(_character, part)) for part in parts)


def _character(character: str) -> str:
    if character in _IN_TEXT:
        return _IN_TEXT[character]
    if character.isascii():
        return character
    letter, accent = unicodedata.normalize("NFD", character)[:1], unicodedata.normalize("NFD", character)[1:]
    if accent in _ACCENTS and letter.isascii():
        return rf"\{_ACCENTS[accent]}{{{letter}}}"
    plain = ascii_only(character)
    return r"\textbf{?}" if plain == "?" else "".join(map(_character, plain))
