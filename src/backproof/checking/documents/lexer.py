"""From characters to tokens: LaTeX and plain writing alike, each token with its place. No word means anything here.

Signs are read in their plain forms, by Unicode's compatibility forms and, for LaTeX's commands, by pylatexenc's table,
so that every place stays what it is. A name is read with what hangs on it: digits, subscripts, primes, a superscript.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
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
    "| vert mid lvert rvert",
    "* ast bullet star circ",
)
_COMMANDS = {command: line[0] for line in _OWN for command in line[2:].split()}
_COMMANDS |= {"over": "/", "varepsilon": "ε", "prime": "'", "top": "T", "ell": "l", "lbrace": "{", "rbrace": "}"}


@cache
def _plain(sign: str) -> str:
    """The plain form of a sign, of one character; raised and lowered ones stay."""
    if sign in SAME or split_script(sign)[0]:
        return SAME.get(sign, sign)
    form = unicodedata.normalize("NFKC", sign)
    if len(form) != 1:
        return sign
    form = SAME.get(form, form)
    return str(unicodedata.digit(form)) if unicodedata.digit(form, None) is not None else form


def normalise(text: str) -> str:
    """A text of the same length in plain digits, letters and signs."""
    return text if text.isascii() else "".join(sign if sign < "\x80" else _plain(sign) for sign in text)


@cache
def split_script(sign: str) -> tuple[str, str]:
    """`sub` or `super` and the plain form of a lowered or raised sign; an empty string and the sign for others."""
    tag = unicodedata.decomposition(sign).partition(">")[0]
    if tag not in ("<sub", "<super"):
        return "", sign
    form = unicodedata.normalize("NFKC", sign)
    return tag[1:], "-" if form == "−" else form


def _plain_script(text: str) -> str:
    return "".join(split_script(sign)[1] for sign in text)


@cache
def spell(sign: str) -> str:
    """A Greek letter by its name, others as they are."""
    found = re.match(r"GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?(\w+)", unicodedata.name(sign, ""))
    if found is None:
        return sign
    word = {"LAMDA": "lambda"}.get(found[2], found[2].lower())
    return word.capitalize() if found[1] == "CAPITAL" else word


@cache
def find_sign(word: str) -> str:
    """The sign that a LaTeX command is, or nothing."""
    if word in _COMMANDS:
        return _COMMANDS[word]
    from pylatexenc.latex2text import get_default_latex_context_db

    sign = getattr(get_default_latex_context_db().get_macro_spec(word), "simplify_repl", None)
    return _plain(sign) if isinstance(sign, str) and len(sign) == 1 and not sign.isspace() else ""


def _spell_command(match: re.Match[str]) -> str:
    return spell(find_sign(match[1]) or "?")


# Names


@dataclass(frozen=True, slots=True)
class Name:
    """A letter or word as written, such as w_5^{new}: base, subscripts, superscript, primes.

    `spread` tells that its letters may be factors of a product, `raw` is the text.
    """

    base: str
    subs: tuple[str, ...] = ()
    sup: str = ""
    primes: int = 0
    spread: bool = field(default=False, compare=False)
    raw: str = field(default="", compare=False)

    @property
    def sub(self) -> str:
        """All subscripts as one."""
        return "".join(self.subs)

    @property
    def written(self) -> str:
        """One way to write it, whatever braces and signs were used."""
        sub = "_".join(self.subs)
        return self.base + (f"_{sub}" if sub else "") + (f"^{self.sup}" if self.sup else "") + "'" * self.primes


def strip_d(name: Name) -> Name | None:
    """The name behind a d that is written in one with it, as in dE or dw5; None where it does not begin so."""
    if name.base == "d" and name.subs and name.subs[0][:1].isalpha():
        return replace(name, base=name.subs[0], subs=name.subs[1:])
    if name.base[:1] != "d" or len(name.base) < 2 or name.base == "delta":
        return None
    return replace(name, base=name.base[1:], raw=name.raw[1:])


_TEXT = r"\\(?:text|mathrm|textrm|rm)\s*"
_BRACES = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]{0,40}\}){0,40}\}){0,80})\}"
_MARK = r"[A-Za-z]{2,12}|[tknlL]\s*[+-]\s*1|[lLTtkn]|\+|\*|\\top|\\prime|'"
#: What may hang on a letter: primes, digits, subscripts, and superscripts that are no powers.
TAIL = re.compile(
    r"(?P<prime>')|(?P<plus>⁺|\+(?=\s*(?:=|≈|:=)))|(?P<digits>(?<=[^\W\d_])\d+)|(?P<lowered>[₀-ₜᵢ-ᵪⱼ]+)|(?P<index>⁽[^⁾]{1,4}⁾)"
    r"|(?P<item>\[(?=[\w.,'\[\]]*[A-Za-z\d]\])(?:[A-Za-z][\w.,']*|\d+(?:\]\[[\w.,']+)?|[\w.]*\[[\w,]+\])\])"
    rf"|<sub>(?P<html>[^<\n]{{1,40}})</sub>|\\?_\s*(?:{_TEXT})?(?P<braced>{_BRACES})"
    r"|\\?_(?P<greek>\\[A-Za-z]+|[α-ω])|\\?_(?P<run>[A-Za-z]*\d*)"
    rf"|\\?\^(?:\{{\s*(?P<typed>{_TEXT}\{{)?(?P<raised>[(\[]\s*(?:t\s*=\s*)?\d+\s*[)\]]|[(\[]?\s*(?:{_MARK})\s*[)\]]?)(?(typed)\}})\s*\}}"
    r"|(?P<bare>[(\[](?:\d+|[lL]|[lL][+-]1|[tkn]|[tkn]\+1|new|old)[)\]]|\+(?!\s*[\d\\(A-Za-z])|\*|[lLT](?![A-Za-z])"
    r"|new\b|old\b|neu\b|alt\b|\\prime(?![A-Za-z])|'))"
)
_SHORT = re.compile(r"'[a-z]{1,2}\b")  # doesn't, it's
#: What stands for the rest of a long sum, before its value: \\cdots (\\text{5 more terms: } 0.12).
_CUT = re.compile(r"\s*\\thinspace\s*\(\\text\{\d+ more terms?: \}\s*")
#: A number of a layer or of its parameters, as programs index it: c[0,2,3], r.h2[0], dc.weight[0,0,1,2].
_INDEXED = re.compile(r"(?P<owner>[A-Za-z](?:\w|\\_)*(?:\.(?:\w|\\_)+)*)\[(?P<index>\d+(?:,[ ]?\d+)*)\]")


def clean_subscript(sub: str) -> str:
    """A subscript as plain characters: \\text{total} is total, {h_1} is h1."""
    text = re.sub(r"\\(?:text|mathrm|rm|textrm|mathit)|\\[,;: ]", "", sub)
    text = re.sub(r"\\([A-Za-z]+)", _spell_command, text)
    text = "".join(map(spell, _plain_script(text)))
    return re.sub(r"[\s{}$\\]|(?<=[A-Za-z])_(?=\d)", "", text).replace("_", ",")


# Tokens

FRACTIONS = ("frac", "dfrac", "tfrac", "cfrac", "nicefrac")
#: Commands whose argument is set in another type, or lies under an accent.
TYPES = frozenset(
    read_words(
        "bm boldsymbol emph hbox mathbb mathbf mathcal mathit mathrm mathsf mathtt mbox operatorname overline text",
        "textbf textit textrm textsf texttt underline vec hat widehat bar tilde dot",
    )
)
ACCENTS = {"hat": "hat", "widehat": "hat", "bar": "bar", "tilde": "tilde", "dot": "dot"}
#: Commands whose argument is not mathematics.
PASSED_OVER = frozenset(
    read_words(
        "bibliographystyle cite color colorbox documentclass eqref hspace includegraphics label phantom ref setlength",
        "tag textcolor url usepackage vspace",
    )
)
BREAKS = frozenset(read_words("quad qquad newline par hline item ldots dots cdots land forall"))
MATRICES = ("matrix", "bmatrix", "pmatrix", "Bmatrix", "vmatrix", "smallmatrix", "bsmallmatrix", "psmallmatrix")
FUNCTIONS = frozenset(read_words("exp ln log tanh max min sinh cosh sin cos arctan softmax sigmoid relu ReLU"))
#: Commands of LaTeX for size and place, of which nothing is lost.
LOOKS = re.compile(
    r"[bB]igg?[lrm]?|(?:display|text|script)style|(?:no)?limits|nonumber|notag|boxed|rm|bf|it|small|large|centering|"
    r"noindent|hfill|strut|thinspace|mathstrut|fbox|footnotesize|Large|caption|(?:sub)*section|paragraph|title|author|footnote|"
    r"chapter|maketitle|(?:top|mid|bottom)rule"
)
START = re.compile(
    r"(?P<space>[^\S\n]+|\\[,;:!> ]|~|\\(?=\n))"
    r"|(?P<newline>\n)"
    r"|(?P<power><sup>|(?<=[\w)\]}'])\*\*(?=[\d(-])|(?<= )\*\*(?= ))"
    r"|(?P<style>&(?:s|bg|fg)=\w+|&(?:nbsp|thinsp);|</?(?:b|i|em|strong|code|span|br|p|u|su[bp])\b[^>\n]{0,80}>|\*\*"
    r"|\\(?=[_'^])|\\[()\[\]])"
    r"|(?P<number>\d|\.\d)"
    r"|(?P<command>\\[A-Za-z]+\*?)"
    r"|(?P<row>\\\\(?:\[[^\]\n]{0,12}\])?)"
    r"|(?P<escaped>\\[*#%&${}|])"
    r"|(?P<relation>:=|<-|=>|==>|->|-->|==|=|≈|←|→|⇒)"
    r"|(?P<foreign>[A-Za-z]*[À-ʯ](?<!ŷ)[^\W\d_]*|[α-ωΑ-Ω]{3,}|(?![α-ωΑ-Ω])[ͰϿЀ-῿⺀-\uffdc][^\W\d_]*)"
    r"|(?P<letters>[A-Za-z]+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
RELATIONS = {":=": ":=", "<-": "←", "=>": "⇒", "==>": "⇒", "->": "→", "-->": "→", "==": "=", "≈": "="}
#: The kind of each sign; what surrounds or decorates has none.
_SIGNS = (("relation", "=≈←→⇒"), ("sqrt", "√"), ("sum", "Σ"), ("open", "({["), ("close", ")}]"), ("op", "+-*/^'_%|!"),
          ("separator", ",;:.?…"), ("align", "&"), ("", '`"“”‘$#„«»'))  # fmt: skip
SIGNS = {sign: kind for kind, signs in _SIGNS for sign in signs}
ESCAPED = {"{": ("open", "("), "}": ("close", ")"), "*": ("op", "*"), "%": ("op", "%"), "|": ("op", "|")}
#: What tells a letter from a word: an index or argument behind it, or a differential.
INDEXED = re.compile(r"[\d_^\[('⁺₀-ₜᵢ-ᵪⱼ]|<sub>|\\_")
DIFFERENTIAL = re.compile(r"\s?/\s?d[A-Za-zα-ω\\]")
MODULE = re.compile(r"\.(?=[A-Za-z_]\w*\()")  # np.array( is array(
JOINED = re.compile(r"-[a-z]{3,}(?![)\w])")  # pre-activation
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
    commas = len(re.findall(r"(?<![\d(\[,.{])-?\d+(?:,|\{,\})\d+(?!\d|[.,]\d|[\])])", text))
    grouped = len(re.findall(r"(?<![\d.,])[1-9]\d{0,2}(?:(?:,|\{,\})\d{3})+(?!\d)", text))
    return commas - grouped > len(re.findall(r"(?<![\w.])[-]?\d*\.\d+(?![\d.])", text))


class Lexer:
    """Tokens of text[start:end], `text` in its normal form. In mathematics a run of letters is a name, else a word.

    What `layers` names, and their parameters, may be indexed: r.state.weight[0,0] is one name.
    """

    def __init__(
        self, text: str, start: int, end: int, math: bool, commas: bool, layers: frozenset[str] = frozenset()
    ) -> None:
        self.text, self.at, self.end, self.math, self.commas, self.layers = text, start, end, math, commas, layers
        self.last: Token | None = None
        self.spaced = False
        self.arrays: list[bool] = []

    def tokens(self) -> Iterator[Token]:
        """All tokens, blanks left out."""
        while match := START.match(self.text, self.at, self.end):
            start, kind = self.at, str(match.lastgroup)
            self.at = match.end()
            if kind in ("space", "style"):
                self.spaced = self.spaced or kind == "space"
                continue
            found: Token | None = getattr(self, f"_{kind}")(match[0], start)
            if found is not None:
                found = replace(found, spaced=True) if self.spaced else found
                self.last, self.spaced = found, False
                yield found

    def _token(self, kind: str, text: str, start: int, name: Name | None = None) -> Token:
        return Token(kind, text, start, self.at, name)

    def _newline(self, text: str, start: int) -> Token:
        return self._token("newline", text, start)

    def _row(self, text: str, start: int) -> Token:
        return self._token("row", "\\\\", start)

    def _power(self, text: str, start: int) -> Token:
        return self._token("op", "^", start)

    def _foreign(self, text: str, start: int) -> Token:
        return self._token("word", text, start)

    def _relation(self, text: str, start: int) -> Token:
        return self._token("relation", RELATIONS.get(text, text), start)

    def _escaped(self, text: str, start: int) -> Token:
        return self._token(*ESCAPED.get(text[1], ("separator", text[1])), start)

    def _number(self, text: str, start: int) -> Token:
        whole = (COMMAS if self.commas else POINTS).match(self.text, start, self.end)
        assert whole is not None
        self.at = whole.end()
        text = whole[0].replace("{.}", ".")
        text = text.replace("{,}", ".").replace(",", ".") if self.commas else text
        return self._token("number", re.sub(r"\\,|\{,\}|,", "", text), start)

    def _group(self) -> str | None:
        """The text of the {...} that follows, passed over; None where none follows or it does not end soon."""
        match = re.compile(r" *" + _BRACES).match(self.text, self.at, self.end)
        self.at = match.end() if match else self.at
        return match[1] if match else None

    def _command(self, text: str, start: int) -> Token | None:
        word = text[1:].rstrip("*")
        if word in FRACTIONS or word == "sqrt":
            return self._token("sqrt" if word == "sqrt" else "frac", word, start)
        if word in ("left", "right", "middle"):
            self.at += self.text.startswith(".", self.at)
            return None
        if word in ("begin", "end"):
            return self._environment(word, start)
        if word in PASSED_OVER:
            while self._group() is not None:
                pass
            return None
        if word == "cdots" and (cut := _CUT.match(self.text, self.at, self.end)):
            self.at = cut.end()
            return self._token("open", "(", start)
        if word in BREAKS:
            return self._token("separator", word, start)
        if word in TYPES:
            return self._typed(word, start)
        if (sign := find_sign(word)) and not sign.isspace():
            return self._other(sign, start)
        if word in FUNCTIONS:
            return self._named(word, start)
        return None if LOOKS.fullmatch(word) else self._token("unknown", text, start)

    def _environment(self, word: str, start: int) -> Token:
        name = (self._group() or "").rstrip("*")
        if name in MATRICES:
            return self._token("matrix" if word == "begin" else "end", name, start)
        related = self.last is not None and self.last.kind == "relation"
        if name == "cases" and word == "begin" and related:
            self.at = max(self.at, self.text.find("\\end{cases}", self.at, self.end))
            return self._token("unknown", "a distinction of cases", start)
        if name == "array" and word == "begin":
            self._group()
            self.arrays.append(self.last is not None and self.last.kind == "open")
            return self._token("matrix", name, start) if self.arrays[-1] else self._row(word, start)
        if name == "array" and self.arrays and self.arrays.pop():
            return self._token("end", name, start)
        return self._row(word, start)

    def _other(self, sign: str, start: int) -> Token | None:
        """A token of one sign, wherever it came from."""
        script = split_script(sign)[0]
        if sign in "∇∂":
            return self._named("nabla", start) if sign == "∇" else self._token("partial", "d", start)
        if sign in SIGNS:
            return self._token(SIGNS[sign], RELATIONS.get(sign, sign), start) if SIGNS[sign] else None
        if script == "super":
            while self.at < self.end and split_script(self.text[self.at])[0] == "super":
                self.at += 1
            return self._token("raised", _plain_script(self.text[start : self.at]), start)
        if not script and not sign.isascii() and (value := unicodedata.numeric(sign, None)) is not None:
            return self._token("number", repr(value), start)
        if sign.isalpha() and not script:
            letter = unicodedata.normalize("NFD", sign).removesuffix("\u0302")
            return self._named(f"{letter}hat" if letter != sign else spell(sign), start)  # ŷ
        return self._token("unknown", sign, start)

    def _index(self, text: str, start: int = 0, end: int | None = None) -> tuple[str, int]:
        """The indexed name that a text begins with there, and where it ends; an empty one where it does not."""
        found = _INDEXED.match(text, start, len(text) if end is None else end) if self.layers else None
        owner = found["owner"].replace("\\", "") if found is not None else ""
        if found is None or not (owner in self.layers or (owner[0] == "d" and owner[1:] in self.layers)):
            return "", start
        return f"{owner}[{found['index'].replace(' ', '')}]", found.end()

    def _letters(self, run: str, start: int) -> Token | None:
        indexed, end = self._index(self.text, start, self.end)
        if indexed:
            self.at = end
            return self._named(indexed, start, spread=False)
        if run == "x" and self._is_times(start):
            return self._token("op", "*", start)
        if module := MODULE.match(self.text, self.at, self.end):
            self.at = module.end()
            return None
        if self.math:
            return self._named(run, start)
        if len(run) == 1:
            article = run in "aAI" and ARTICLE.match(self.text, self.at)
            return self._token("word", run, start) if article else self._named(run, start)
        pattern = _SHORT if self.text[start - 1 : start] == "(" or self.text.startswith("'", self.at) else JOINED
        if joined := pattern.match(self.text, self.at, self.end):
            self.at = joined.end()
            return self._token("word", run + joined[0], start)
        below = run[0] == "d" and self.last is not None and self.last.text == "/"
        above = run[0] == "d" and DIFFERENTIAL.match(self.text, self.at, self.end)
        if below or above or INDEXED.match(self.text, self.at):
            return self._named(run, start)
        return self._token("word", run, start)

    def _is_times(self, start: int) -> bool:
        """Whether an x is a multiplication sign: between a number and a number or bracket."""
        kind = self.last.kind if self.last is not None else ""
        after = self.text[start + 1 : start + 4].lstrip()
        apart = self.spaced and self.text[start + 1 : start + 2] == " "
        if kind == "name":
            return apart and after[:1] not in ("=", "+", "", "-", "*")
        return kind in ("number", "close") and (apart or after[:1].isdigit() or after[:1] in ("(", "-", "[", "\\"))

    def _typed(self, word: str, start: int) -> Token | None:
        """A letter or word in another type: \\mathbf{w}, \\text{net}_{h1}, \\hat{y}."""
        inside = self._group()
        if inside is None and word in ACCENTS:
            letter = re.compile(r"\s*(\\[A-Za-z]+|[A-Za-z])").match(self.text, self.at, self.end)
            self.at = letter.end() if letter else self.at
            inside = letter[1] if letter else None
        if inside is None:
            return None
        indexed, end = self._index(inside)
        if indexed and end == len(inside):
            return self._named(indexed, start, spread=False)
        content = re.sub(r"\\[,;: ]|\\(?:mathbf|mathrm|boldsymbol|bm)|[{}]", " ", inside).strip()
        content = re.sub(r"^\\([A-Za-z]+)$", _spell_command, content)
        whole = re.fullmatch(r"([A-Za-zα-ω]+)[_\s]*(\d*)((?:\\?_\w+)*)", content)
        if whole is None or (word in ("text", "textbf", "textit", "emph", "mbox") and " " in content):
            return self._token("word" if re.search(r"[^\W\d]{2}", content) else "separator", content, start)
        base = spell(whole[1]) if len(whole[1]) == 1 else whole[1]
        subs = tuple(part for part in (whole[2], *whole[3].replace("\\", "").split("_")) if part)
        return self._named(base + ACCENTS.get(word, ""), start, subs, spread=False)

    def _named(self, base: str, start: int, subs: tuple[str, ...] = (), spread: bool = True) -> Token:
        """A name with all that hangs on it."""
        hanging, sup, primes = list(subs), "", 0
        while (match := TAIL.match(self.text, self.at, self.end)) is not None:
            kind, text = str(match.lastgroup), match[str(match.lastgroup)]
            if kind == "prime" and not self.math and _SHORT.match(self.text, self.at):
                break
            if kind in ("digits", "item") and (hanging or re.fullmatch(r"\[\d*\.\d+\]", text)):
                break
            if kind in ("raised", "bare") and (base == "e" or sup):
                break
            self.at = match.end()
            if kind in ("raised", "bare"):
                text = re.sub(r"[\s{}]", "", text.replace("\\top", "T"))
            if kind == "prime" or text in ("'", "\\prime"):
                primes += 1
            elif kind in ("raised", "bare", "plus"):
                sup = text if kind != "plus" else "+"
            elif kind == "index":
                sup = _plain_script(text)
            else:
                hanging.append(self._subscript(kind, text, base))
        raw = self.text[start : self.at]
        return self._token("name", raw, start, Name(base, tuple(hanging), sup, primes, spread and base.isalpha(), raw))

    def _subscript(self, kind: str, text: str, base: str) -> str:
        """A subscript. In LaTeX one without braces is one sign: \\delta_ow_5 is delta_o w_5."""
        if kind in ("braced", "html"):
            plain = re.sub(r"\\mathrm|[{}\s]", "", text)
            indexed, end = self._index(plain)
            return indexed if indexed and end == len(plain) else clean_subscript(text) or "?"
        if kind == "greek":
            return spell(find_sign(text[1:]) or "?") if text[0] == "\\" else spell(text)
        if kind == "run":
            letters = text.rstrip("0123456789")
            tex = self.math or len(base) == 1 or "\\" in self.text[max(0, self.at - len(text) - 13) : self.at]
            more = text != letters or self.text[self.at : self.at + 1] in ("_", "^")
            short = 1 if tex and len(letters) > 1 and more else len(text)
            self.at -= len(text) - short
            return text[:short] or "?"
        return _plain_script(text)
