"""From characters to tokens: LaTeX and plain writing alike, each token with its place. No word means anything here.

LaTeX commands that are one sign (`\\delta`, `\\times`, `\\to`) become that sign by pylatexenc's table, other alphabets
and digits their plain forms by Unicode's compatibility forms, so that every place stays what it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from backproof.checking.documents.characters import find_sign, normalise, read_words, spell, split_script
from backproof.checking.documents.tails import Cursor, Name, Tail

FRACTIONS = ("frac", "dfrac", "tfrac", "cfrac", "nicefrac")
#: Commands whose argument is set in another type, or lies under an accent.
TYPES = frozenset(
    read_words(
        "bm boldsymbol emph hbox mathbb mathbf mathcal mathit mathrm mathsf mathtt mbox operatorname overline text",
        "textbf textit textrm textsf texttt underline vec",
    )
)
ACCENTS = {"hat": "hat", "widehat": "hat", "bar": "bar", "tilde": "tilde", "dot": "dot"}
#: Commands whose argument is not mathematics.
PASSED_OVER = frozenset(
    read_words(
        "bibliographystyle cite color colorbox documentclass eqref hspace includegraphics label phantom ref setlength",
        "tag tag* textcolor url usepackage vspace",
    )
)
BREAKS = frozenset(read_words("quad qquad newline par hline item ldots dots cdots land forall"))
MATRICES = ("matrix", "bmatrix", "pmatrix", "Bmatrix", "vmatrix", "smallmatrix", "bsmallmatrix", "psmallmatrix")

START = re.compile(
    r"(?P<space>[^\S\n]+|\\[,;:!> ]|~|\\(?=\n))"
    r"|(?P<newline>\n)"
    r"|(?P<style>&(?:s|bg|fg)=\w+|&(?:nbsp|thinsp);|</?(?:b|i|em|strong|code|span|br|p|u)\b[^>\n]{0,80}>)"
    r"|(?P<number>\d|\.\d)"
    r"|(?P<command>\\[A-Za-z]+\*?)"
    r"|(?P<row>\\\\(?:\[[^\]\n]{0,12}\])?)"
    r"|(?P<escaped>\\[_*#%&$'^{}|()\[\]])"
    r"|(?P<relation>:=|<-|=>|==>|->|-->|==|=|≈|←|→|⇒)"
    r"|(?P<letters>[^\W\d_]+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
RELATIONS = {":=": ":=", "<-": "←", "=>": "⇒", "==>": "⇒", "->": "→", "-->": "→", "==": "=", "≈": "="}
#: The kind of each sign; what surrounds or decorates has none.
_SIGNS = (("relation", "=≈←→⇒"), ("sqrt", "√"), ("sum", "Σ"), ("open", "({["), ("close", ")}]"), ("op", "+-*/^'_%|!"),
          ("separator", ",;:.?…"), ("align", "&"), ("", '`"“”‘$#„«»'))  # fmt: skip
SIGNS = {sign: kind for kind, signs in _SIGNS for sign in signs}
FUNCTIONS = frozenset(read_words("exp ln log tanh max min sinh cosh sin cos arctan softmax sigmoid relu ReLU"))
#: Commands of LaTeX for size and place, of which nothing is lost.
LOOKS = re.compile(
    r"[bB]igg?[lrm]?|(?:display|text|script)style|(?:no)?limits|nonumber|notag|boxed|rm|bf|it|small|large|centering|"
    r"noindent|hfill|strut|mathstrut|label|fbox|footnotesize|Large|quad|caption|(?:sub)*section|paragraph|title|author|"
    r"footnote|textcolor|chapter|maketitle|(?:top|mid|bottom)rule"
)
#: What tells a letter from a word: an index or argument behind it, or a differential.
INDEXED = re.compile(r"[\d_^\[('⁺]")
DIFFERENTIAL = re.compile(r"\s?/\s?d[A-Za-zα-ω\\]")
MODULE = re.compile(r"\.(?=[A-Za-z_]\w*\()")  # np.array( is array(
JOINED = (re.compile(r"'[a-z]{1,2}\b"), re.compile(r"-[a-z]{3,}(?![)\w])"))  # doesn't, pre-activation
ARTICLE = re.compile(r" +[A-Za-z]{2}")
POINTS = re.compile(
    r"(?:\d{1,3}(?:(?:,|\\,|\{,\})\d{3})+(?![\d])(?:\.\d+)?|\d+(?:(?:\.|\{\.\})\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
)
COMMAS = re.compile(r"(?:\d+(?:(?:[.,]|\{[.,]\})\d+)?|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Token:
    """One sign, number, name or word with its place in the text.

    Kinds: `number name word op open close relation separator newline row align raised partial sum frac sqrt matrix end
    unknown`.
    """

    kind: str
    text: str
    start: int
    end: int
    name: Name | None = None
    spaced: bool = False


def uses_commas(text: str) -> bool:
    """Whether a document writes 0,512: more numbers have a comma and no point than the other way round."""
    plain = normalise(text)
    commas = len(re.findall(r"(?<![\d(\[,.{])-?\d+(?:,|\{,\})\d+(?!\d|[.,]\d|[\])])", plain))
    grouped = len(re.findall(r"(?<![\d.,])[1-9]\d{0,2}(?:(?:,|\{,\})\d{3})+(?!\d)", plain))
    points = len(re.findall(r"(?<![\w.])[-]?\d*\.\d+(?![\d.])", plain))
    return commas - grouped > points


class Lexer(Cursor):
    """Tokens of text[start:end], `text` in its normal form. In mathematics a run of letters is a name, else a word."""

    def __init__(self, text: str, start: int, end: int, math: bool, commas: bool) -> None:
        super().__init__(text, start, end, math)
        self.commas = commas
        self.digits = COMMAS if commas else POINTS
        self.last: Token | None = None
        self.spaced = False

    def tokens(self) -> Iterator[Token]:
        """All tokens, blanks left out."""
        while self.at < self.end:
            match = START.match(self.text, self.at, self.end)
            assert match is not None
            start, kind = self.at, str(match.lastgroup)
            self.at = match.end()
            if kind in ("space", "style"):
                self.spaced = self.spaced or kind == "space"
                continue
            if kind in ("newline", "row"):
                found: Token | None = self._token(kind, "\n" if kind == "newline" else "\\\\", start)
            else:
                found = getattr(self, f"_{kind}")(match, start)
            if found is not None:
                found = replace(found, spaced=True) if self.spaced else found
                self.last, self.spaced = found, False
                yield found

    def _token(self, kind: str, text: str, start: int, name: Name | None = None) -> Token:
        return Token(kind, text, start, self.at, name)

    def _number(self, match: re.Match[str], start: int) -> Token:
        whole = self.digits.match(self.text, start, self.end)
        assert whole is not None
        self.at = whole.end()
        text = whole[0].replace("{.}", ".")
        if self.commas:
            text = text.replace("{,}", ".").replace(",", ".")
        return self._token("number", re.sub(r"\\,|\{,\}|,", "", text), start)

    def _relation(self, match: re.Match[str], start: int) -> Token:
        return self._token("relation", RELATIONS.get(match[0], match[0]), start)

    def _escaped(self, match: re.Match[str], start: int) -> Token | None:
        sign = match[0][1]
        if sign in "_'^()[]":
            self.at = start + 1 if sign in "_'^" else self.at
            return None
        if sign in "{}":
            return self._token("open" if sign == "{" else "close", "(" if sign == "{" else ")", start)
        return self._token("op" if sign in "*%|" else "separator", sign, start)

    def _command(self, match: re.Match[str], start: int) -> Token | None:
        word = match[0][1:].rstrip("*")
        if word in FRACTIONS or word == "sqrt":
            return self._token("sqrt" if word == "sqrt" else "frac", word, start)
        if word in ("left", "right", "middle"):
            self.at += self.text.startswith(".", self.at)
            return None
        if word in ("begin", "end"):
            return self._environment(word, start)
        if word in PASSED_OVER:
            while self.group() is not None:
                pass
            return None
        if word in BREAKS:
            return self._token("separator", word, start)
        if word in TYPES or word in ACCENTS:
            return self._typed(word, start)
        sign = find_sign(word)
        if sign and not sign.isspace():
            return self._sign(sign, start)
        if word in FUNCTIONS:
            return self._named(word, start)
        return None if sign == "" and LOOKS.fullmatch(word) else self._token("unknown", match[0], start)

    def _environment(self, word: str, start: int) -> Token | None:
        inside = self.group() or ""
        name = inside.rstrip("*")
        if name in MATRICES:
            return self._token("matrix" if word == "begin" else "end", name, start)
        if name in ("array", "cases"):
            if name == "array" and word == "begin":
                self.group()
            return self._token(word, name, start)
        return self._token("row", "\\\\", start)

    def _sign(self, sign: str, start: int) -> Token | None:
        """A token of one sign, wherever it came from."""
        script = split_script(sign)[0]
        if sign in "∇∂":
            return self._named("nabla", start) if sign == "∇" else self._token("partial", "d", start)
        if sign in SIGNS:
            return self._token(SIGNS[sign], RELATIONS.get(sign, sign), start) if SIGNS[sign] else None
        if script == "super":
            while self.at < self.end and split_script(self.text[self.at])[0] == "super":
                self.at += 1
            return self._token("raised", "".join(split_script(each)[1] for each in self.text[start : self.at]), start)
        if not script and not sign.isascii() and (value := unicodedata.numeric(sign, None)) is not None:
            return self._token("number", repr(value), start)
        if sign.isalpha() and not script:
            return self._named(spell(sign), start)
        return self._token("unknown", sign, start)

    def _other(self, match: re.Match[str], start: int) -> Token | None:
        sign = match[0]
        if sign == "<" and self.text.startswith(("<sub>", "<sup>", "</sub>", "</sup>"), start):
            self.at = self.text.index(">", start) + 1
            return self._token("op", "^", start) if self.text.startswith("<sup>", start) else None
        if sign == "*" and self.text.startswith("*", self.at) and self.at < self.end:
            return self._stars(start)
        return self._sign(sign, start)

    def _stars(self, start: int) -> Token | None:
        """`**`: a power between what belongs together, else the mark of bold type."""
        before, after = self.text[start - 1 : start], self.text[start + 2 : start + 3]
        self.at = start + 2
        close = before and (before.isalnum() or before in ")]}'") and (after.isdigit() or after in "-(")
        if close or (before == " " and after == " "):
            return self._token("op", "^", start)
        return None

    def _letters(self, match: re.Match[str], start: int) -> Token | None:
        run = match[0]
        if not run.isascii():
            return self._foreign(run, start)
        if run == "x" and self._times(start):
            return self._token("op", "*", start)
        if module := MODULE.match(self.text, self.at, self.end):
            self.at = module.end()
            return None
        if not self.math and len(run) > 1:
            for pattern in JOINED:
                joined = pattern.match(self.text, self.at, self.end)
                if joined and not (joined[0][0] == "-" and self.text[max(0, start - 1) : start] == "("):
                    self.at = joined.end()
                    return self._token("word", run + joined[0], start)
            if not self._is_indexed(run) and not self.text.startswith(("<sub>", "\\_"), self.at):
                return self._token("word", run, start)
        elif not self.math and run in "aAI" and ARTICLE.match(self.text, self.at):
            return self._token("word", run, start)
        return self._named(run, start)

    def _is_indexed(self, run: str) -> bool:
        below = run[0] == "d" and self.last is not None and self.last.text == "/" and self.at < len(self.text)
        above = run[0] == "d" and DIFFERENTIAL.match(self.text, self.at, self.end)
        return bool(above or below or INDEXED.match(self.text, self.at) or self.is_lowered(self.at))

    def _times(self, start: int) -> bool:
        """Whether an x is a multiplication sign: between a number and a number or bracket."""
        last = self.last
        if last is None or last.kind not in ("number", "close", "name"):
            return False
        after = self.text[start + 1 : start + 4].lstrip()
        apart = self.spaced and self.text[start + 1 : start + 2] == " "
        if last.kind == "name":
            return apart and after[:1] not in ("=", "+", "", "-", "*")
        return apart or after[:1].isdigit() or after[:1] in ("(", "-", "[", "\\")

    def _foreign(self, run: str, start: int) -> Token | None:
        """Greek letters one at a time, with Latin ones before them; other writing is words."""
        first = run[0]
        if not first.isascii() and (split_script(first)[0] or unicodedata.numeric(first, None) is not None):
            self.at = start + 1
            return self._sign(first, start)
        if spell(first) != first or first in "∂Σ":
            if not self.math and re.match(r"[α-ωΑ-Ω]{3,}", run):
                return self._token("word", run, start)
            self.at = start + 1
            return self._sign(first, start)
        letter, _, accent = unicodedata.normalize("NFD", run).partition("\u0302")
        if accent == "" and len(letter) == 1 and letter != run and letter.isascii():
            return self._named(f"{letter}hat", start)  # ŷ
        latin = re.compile(r"[A-Za-z]+").match(run)
        if latin and (split_script(run[latin.end()])[0] or spell(run[latin.end()]) != run[latin.end()]):
            self.at = start + latin.end()
            if len(latin[0]) > 1 and not self.math and not split_script(run[latin.end()])[0]:
                self.at = start + 1
                return self._named(first, start)
            return self._named(latin[0], start)
        return self._token("word", run, start)

    def _typed(self, word: str, start: int) -> Token | None:
        """A letter or word in another type: \\mathbf{w}, \\text{net}_{h1}, \\hat{y}."""
        inside = self.group()
        if inside is None and word in ACCENTS:
            letter = re.compile(r"\s*(\\[A-Za-z]+|[A-Za-z])").match(self.text, self.at, self.end)
            self.at = letter.end() if letter else self.at
            inside = letter[1] if letter else None
        if inside is None:
            return None
        content = re.sub(r"\\[,;: ]|\\(?:mathbf|mathrm|boldsymbol|bm)|[{}]", " ", inside).strip()
        content = re.sub(r"^\\([A-Za-z]+)$", lambda match: spell(find_sign(match[1]) or "?"), content)
        whole = re.fullmatch(r"([A-Za-zα-ω]+)[_\s]*(\d*)((?:\\?_\w+)*)", content)
        if whole is None or (word in ("text", "textbf", "textit", "emph", "mbox") and " " in content):
            return self._token("word" if re.search(r"[^\W\d]{2}", content) else "separator", content, start)
        base = spell(whole[1]) if len(whole[1]) == 1 else whole[1]
        subs = tuple(part for part in (whole[2], *whole[3].replace("\\", "").split("_")) if part)
        return self._named(base + ACCENTS.get(word, ""), start, subs, spread=False)

    def _named(self, base: str, start: int, subs: tuple[str, ...] = (), spread: bool = True) -> Token:
        """A name with all that hangs on it: digits, subscripts, superscript, primes."""
        found = Tail(self, base, list(subs))
        found.read()
        raw = self.text[start : self.at]
        name = Name(base, tuple(found.subs), found.sup, found.primes, spread and base.isalpha(), raw)
        return self._token("name", raw, start, name)
