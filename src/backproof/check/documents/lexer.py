"""From characters to tokens: LaTeX and plain writing alike, each token with its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from backproof.check.documents import tokens as signs
from backproof.check.documents.tokens import Name, Token
from backproof.check.documents.vocabulary import RATES, ROLES, Vocabulary

START = re.compile(
    r"(?P<space>[^\S\n]+|\\[,;:!> ]|~|\\(?=\n)|\*\*(?=\s|$)|(?<=\s)\*\*(?=\S))"
    r"|(?P<newline>\n)"
    r"|(?P<style>&(?:s|bg|fg)=\w+|&(?:nbsp|thinsp);)"
    r"|(?P<html></?su[bp]>)"
    r"|(?P<number>\d)|(?P<point>\.\d)"
    r"|(?P<command>\\[A-Za-z]+)"
    r"|(?P<rowbreak>\\\\(?:\[[^\]\n]{0,12}\])?)"
    r"|(?P<escaped>\\[_*#%&$'^{}|])"
    r"|(?P<relation>:=|<-|->|==|=|≈|≃|≅|≡|←|⟵|→|≔)"
    r"|(?P<rate>learning[ _-]rate\b)"
    r"|(?P<letters>[^\W\d_]+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
#: Digits with a point; with commas only where they group thousands.
NUMBER = re.compile(r"(?:\d{1,3}(?:(?:,|\\,|\{,\})\d{3})+(?![\d])(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:[eE][-+−]?\d+)?")
COMMA = re.compile(r"\d+(?:(?:,|\{,\})\d+)?(?:[eE][-+−]?\d+)?|\.\d+")
SLOPE = re.compile(r"d(?:\(?([A-Za-zα-ω]+)[^\s/=+*]{0,24})?/d(?=[A-Za-zα-ω(\\])")
GROUP = 80


def comma_decimals(text: str) -> bool:
    """Whether a document writes 0,512: it has such numbers, and none with a point."""
    points = re.search(r"\d\.\d", text)
    return points is None and re.search(r"(?<![\d(\[,])\d+(?:,|\{,\})\d+(?![\d,\])])", text) is not None


class Lexer:
    """Tokens of text[start:end]. In prose, runs of letters are words; in mathematics each letter is a name."""

    def __init__(self, text: str, start: int, end: int, vocabulary: Vocabulary, math: bool, commas: bool) -> None:
        self.text, self.at, self.end = text, start, end
        self.vocabulary, self.math = vocabulary, math
        self.number = COMMA if commas else NUMBER
        self.below: set[int] = set()

    def tokens(self) -> Iterator[Token]:
        """All tokens, blanks left out."""
        while self.at < self.end:
            match = START.match(self.text, self.at, self.end)
            assert match is not None
            start, kind = self.at, str(match.lastgroup)
            self.at = match.end()
            found = getattr(self, f"_{kind}")(match, start)
            if found is not None:
                yield found

    def _token(self, kind: str, text: str, start: int, name: Name | None = None) -> Token:
        return Token(kind, text, start, self.at, name)

    def _space(self, match: re.Match[str], start: int) -> None:
        return None

    _style = _space

    def _newline(self, match: re.Match[str], start: int) -> Token:
        return self._token("newline", "\n", start)

    def _rowbreak(self, match: re.Match[str], start: int) -> Token:
        return self._token("newline", "\n", start)

    def _html(self, match: re.Match[str], start: int) -> Token | None:
        return self._token("unknown", match[0], start)

    def _number(self, match: re.Match[str], start: int) -> Token:
        whole = self.number.match(self.text, start, self.end)
        assert whole is not None
        self.at = whole.end()
        digits = whole[0].replace("−", "-")
        if self.number is COMMA:
            digits = digits.replace("{,}", ".").replace(",", ".")
        return self._token("number", re.sub(r"\\,|\{,\}|,", "", digits), start)

    _point = _number

    def _relation(self, match: re.Match[str], start: int) -> Token:
        text = {"==": "=", "≈": "=", "≃": "=", "≅": "=", "≡": "=", "←": "<-", "⟵": "<-", "→": "->", "≔": ":="}
        return self._token("relation", text.get(match[0], match[0]), start)

    def _rate(self, match: re.Match[str], start: int) -> Token:
        return self._token("name", match[0], start, Name("eta"))

    def _escaped(self, match: re.Match[str], start: int) -> Token | None:
        sign = match[0][1]
        if sign in "_'^":
            self.at = start + 1
            return None
        if sign in "{}|":
            return self._token(
                {"{": "open", "}": "close", "|": "op"}[sign], {"{": "(", "}": ")", "|": "|"}[sign], start
            )
        return self._token("op", sign, start) if sign in "*%" else self._token("separator", sign, start)

    def _other(self, match: re.Match[str], start: int) -> Token | None:
        sign = signs.SIGNS.get(match[0], match[0])
        if sign in "({[":
            return self._token("open", sign, start)
        if sign in ")}]":
            return self._token("close", sign, start)
        if sign == "∂":
            return self._token("partial", "d", start)
        if sign in ("∑", "Σ"):
            return self._token("sum", "sum", start)
        if sign in signs.SUPERSCRIPTS:
            return self._raised(start)
        if sign == "½":
            return self._token("number", "0.5", start)
        if sign == "√":
            return self._token("sqrt", "sqrt", start)
        if sign == "*" and self.text.startswith("*", self.at) and self.at < self.end:
            self.at += 1
            sign = "^"
        if sign in "+-*/^'_%|!":
            return self._token("op", sign, start)
        if sign in ",;:.?…":
            return self._token("separator", sign, start)
        if sign in '&`"“”‘’$#':
            return None
        return self._token("unknown", sign, start)

    def _raised(self, start: int) -> Token:
        """x² as x^2: the sign ^ here, its exponent put down as one token `raised`."""
        while self.at < self.end and self.text[self.at] in signs.SUPERSCRIPTS:
            self.at += 1
        digits = "".join(signs.SUPERSCRIPTS[sign] for sign in self.text[start : self.at])
        return self._token("raised", digits, start)

    def _command(self, match: re.Match[str], start: int) -> Token | None:
        word = match[0][1:]
        if word in signs.LETTERS:
            return self._named(signs.GREEK.get(word, word), start) if word != "Sigma" else self._token("sum", "", start)
        if word in signs.OPERATORS:
            return self._token("op", signs.OPERATORS[word], start)
        if word in signs.RELATIONS:
            return self._token("relation", signs.RELATIONS[word], start)
        if word in signs.FRACTIONS:
            return self._token("frac", "frac", start)
        if word in ("partial", "nabla", "mathrm") and (word == "partial" or self._upright_d()):
            return self._token("partial", "d", start)
        if word in ("sum", "sqrt"):
            return self._token(word, word, start)
        if word in signs.SEPARATORS:
            return self._token("separator", word, start)
        if word in signs.LOOKS:
            return self._dot(word)
        if word in signs.PASSED_OVER:
            return self._passed_over(word, start)
        if word in signs.TYPES or word in signs.ACCENTS:
            return self._typed(word, start)
        if word in signs.FUNCTIONS or word in signs.ACTIVATIONS or word.lower() in signs.ACTIVATIONS:
            return self._named(word, start)
        return self._token("unknown", match[0], start)

    def _dot(self, word: str) -> None:
        """`\\right.` closes what is not shown."""
        if word in ("left", "right") and self.text.startswith(".", self.at):
            self.at += 1

    def _upright_d(self) -> bool:
        if self.text.startswith("{d}", self.at):
            self.at += 3
            return True
        return False

    def _passed_over(self, word: str, start: int) -> Token | None:
        inside = self._group()
        if word in ("begin", "end") and inside is not None and ("matrix" in inside or inside == "array"):
            return self._token("unknown", "a matrix", start)
        return self._token("newline", "\n", start) if word == "begin" else None

    def _typed(self, word: str, start: int) -> Token | None:
        """A letter or word in another type: \\mathbf{w}, \\text{net}_{h1}, \\hat{y}."""
        inside = self._group()
        if inside is None:
            return None
        content = re.sub(r"\\[,;: ]|[\s{}]", " ", inside).strip()
        if word in signs.ACCENTS:
            return self._named(content.lstrip("\\") + signs.ACCENTS[word], start)
        if not re.fullmatch(r"\\?[A-Za-z]+\d*(?:_\w+)?|[α-ω]", content):
            return self._token("word" if re.search("[a-z]{2}", content) else "unknown", content, start)
        base, _, sub = content.lstrip("\\").partition("_")
        if len(base) > 1 and not self._is_base(base):
            return self._token("word", content, start)
        return self._named(signs.GREEK.get(base, base), start, sub)

    def _group(self) -> str | None:
        """The text of the {...} that follows, passed over; None where none follows or it does not end soon."""
        at = self.at
        while at < self.end and self.text[at] == " ":
            at += 1
        if at >= self.end or self.text[at] != "{":
            return None
        depth = 0
        for position in range(at, min(self.end, at + GROUP)):
            depth += (self.text[position] == "{") - (self.text[position] == "}")
            if depth == 0:
                self.at = position + 1
                return self.text[at + 1 : position]
        return None

    def _is_base(self, word: str) -> bool:
        return (
            word in ROLES or word in RATES or word in signs.FUNCTIONS or word.lower() in signs.ACTIVATIONS
            or word in LETTER_WORDS or word in self.vocabulary.words or (word,) in self.vocabulary.aliases
        )  # fmt: skip

    def _letters(self, match: re.Match[str], start: int) -> Token | None:
        run = match[0]
        if not run.isascii():
            return self._foreign(run, start)
        if start in self.below or self._slope(start, run):
            self.at = start + 1
            return self._token("partial", "d", start)
        updated = re.compile(r"(?:new|updated)\s+(?=([A-Za-z]+_?\{?\d+))").match(self.text, start, self.end)
        if updated and self.vocabulary.resolve(Name(updated[1].replace("_", "").replace("{", ""))) is not None:
            self.at = updated.end()
            inner = START.match(self.text, self.at, self.end)
            assert inner is not None
            self.at = inner.end()
            token = self._named(inner[0], self.at - len(inner[0]))
            assert token is not None and token.name is not None
            return self._token("name", token.text, start, Name(token.name.base, token.name.sub, "new"))
        return self._run(run, start)

    def _run(self, run: str, start: int) -> Token | None:
        following = self.text[self.at : self.at + 1]
        joined = following in ("_", "[") or following in signs.SUBSCRIPTS or following.isdigit()
        if len(run) == 1:
            return self._single(run, start)
        if self._is_base(run) and (joined or self.math or self._touches(start) or run not in PROSE):
            return self._named(run, start)
        if self.math or (start and self.text[start - 1] in "_^{}"):
            self.at = start + 1
            return self._single(run[0], start)
        plain = re.compile(r"[\w'’-]*").match(self.text, self.at, self.end)
        assert plain is not None
        self.at = plain.end()
        return self._token("word", self.text[start : self.at], start)

    def _single(self, letter: str, start: int) -> Token | None:
        """One letter; an `a` or `I` between blanks in prose is a word."""
        lone = not self.math and letter in "aAI" and self.text[self.at : self.at + 1] == " "
        if lone and re.compile(r" +[\w\\$]").match(self.text, self.at, self.end):
            return self._token("word", letter, start)
        return self._named(letter, start)

    def _touches(self, start: int) -> bool:
        """Whether an operator or relation stands beside a word: `(target - output)` is mathematics."""
        before = self.text[max(0, start - 3) : start].rstrip()[-1:]
        after = self.text[self.at : self.at + 3].lstrip()[:1]
        return before in ("-", "+", "*", "/", "(", "=", "·") and before != "" or after in ("=", "-", "+", "*", "/", "≈")

    def _foreign(self, run: str, start: int) -> Token | None:
        """Greek letters and mathematical alphabets, one at a time; other writing is words."""
        first = run[0]
        plain = unicodedata.normalize("NFKC", first)
        if first in signs.SUBSCRIPTS or first in signs.SUPERSCRIPTS:
            self.at = start + 1
            return self._raised(start) if first in signs.SUPERSCRIPTS else self._token("unknown", first, start)
        if first == "∂" or plain == "∂":
            self.at = start + 1
            return self._token("partial", "d", start)
        if plain in signs.GREEK:
            self.at = start + 1
            return self._named(signs.GREEK[plain], start) if plain != "Σ" else self._token("sum", "sum", start)
        if first != plain and len(plain) == 1 and plain.isascii():
            self.at = start + 1
            return self._named(plain, start)
        ascii_part = re.match(r"[A-Za-z]+(?=[^\x00-\x7f])", run)
        if ascii_part and all(sign in signs.GREEK or sign in signs.SUBSCRIPTS for sign in run[ascii_part.end() :][:1]):
            self.at = start + ascii_part.end()
            return self._run(ascii_part[0], start)
        return self._token("word", run, start)

    def _slope(self, start: int, run: str) -> bool:
        """Whether dE/dw begins here; then the d below the line counts too."""
        if run[0] != "d":
            return False
        if (
            start
            and self.text[start - 1] == "{"
            and (len(run) > 1 or self.text[self.at : self.at + 1] in ("\\", "{", "}"))
        ):
            return True
        match = SLOPE.match(self.text, start, self.end)
        if match is None or (match[1] and not self._is_top(match[1])):
            return False
        self.below.add(match.end() - 1)
        return True

    def _is_top(self, word: str) -> bool:
        return len(word) == 1 or self._is_base(word) or word in signs.GREEK

    def _named(self, base: str, start: int, sub: str = "") -> Token | None:
        """A name with all that hangs on it: digits, subscript, superscript, primes."""
        name = _Tail(self, base, sub).read()
        if name.base in ("Etotal", "Etot"):
            name = Name("E", "total", name.sup, name.primes)
        return self._token("name", self.text[start : self.at], start, name)


#: Words that are names when mathematics touches them, and words otherwise.
PROSE = frozenset(("in", "out", "output", "target", "input", "label", "cost", "Cost", "loss", "Loss", "prediction",
                   "activation", "max", "min", "log", "net", "abs", "new", "exp", "sigmoid", "tanh", "relu", "ReLU",
                   "logistic"))  # fmt: skip
LETTER_WORDS = frozenset((*signs.LETTERS, "Etotal", "Etot"))


class _Tail:
    """Reads what hangs on a letter."""

    def __init__(self, lexer: Lexer, base: str, sub: str) -> None:
        self.lexer, self.base, self.sub = lexer, base, sub
        self.raw, self.sup, self.primes = sub, "", 0

    @property
    def _next(self) -> str:
        return self.lexer.text[self.lexer.at : min(self.lexer.at + 1, self.lexer.end)]

    def read(self) -> Name:
        """The whole name."""
        while (read := self._part()) is not None:
            read()
        return Name(self.base, self.sub, self.sup, self.primes, self.raw)

    def _part(self):  # type: ignore[no-untyped-def]
        sign = self._next
        following = self.lexer.text[self.lexer.at + 1 : self.lexer.at + 2]
        if sign == "\\" and following in ("_", "^") and self.lexer.at + 1 < self.lexer.end:
            self.lexer.at += 1
            sign = following
        if sign in ("'", "′") and sign:
            return self._prime
        if not self.sub and (sign in signs.SUBSCRIPTS and sign or sign == "_" or self._html("<sub>")):
            return self._lower
        if not self.sub and sign.isdigit() and self.lexer.text[self.lexer.at - 1].isalpha():
            return self._digits
        if sign == "[" and not self.sub and self._bracketed():
            return self._bracket
        if sign == "^" and self._superscript() is not None:
            return self._upper
        if sign == "⁺" or (sign == "+" and re.compile(r"\+\s*(?:=|≈|:=)").match(self.lexer.text, self.lexer.at)):
            return self._plus
        if sign == "_" and self.sub and self._later_new():
            return self._later
        return None

    def _html(self, mark: str) -> bool:
        return self.lexer.text.startswith(mark, self.lexer.at)

    def _prime(self) -> None:
        self.primes += 1
        self.lexer.at += 1

    def _plus(self) -> None:
        self.sup = "new"
        self.lexer.at += 1

    def _later_new(self) -> bool:
        return (
            re.compile(r"_\{?(?:new|old|neu|alt)\b").match(self.lexer.text, self.lexer.at, self.lexer.end) is not None
        )

    def _later(self) -> None:
        match = re.compile(r"_\{?(\w+)\}?").match(self.lexer.text, self.lexer.at, self.lexer.end)
        assert match is not None
        self.sup, self.lexer.at = match[1], match.end()

    def _digits(self) -> None:
        match = re.compile(r"\d+").match(self.lexer.text, self.lexer.at, self.lexer.end)
        assert match is not None
        self.sub, self.lexer.at = match[0], match.end()

    def _bracketed(self) -> re.Match[str] | None:
        match = re.compile(r"\[([\w.,'\[\]]{1,40}?)\]").match(self.lexer.text, self.lexer.at, self.lexer.end)
        return match if match and self.lexer.vocabulary.known(self.base, match[1]) else None

    def _bracket(self) -> None:
        match = self._bracketed()
        assert match is not None
        self.sub, self.lexer.at = match[1], match.end()

    def _lower(self) -> None:
        lexer = self.lexer
        if self._next in signs.SUBSCRIPTS:
            start = lexer.at
            while self._next and self._next in signs.SUBSCRIPTS:
                lexer.at += 1
            self.sub = "".join(signs.SUBSCRIPTS[sign] for sign in lexer.text[start : lexer.at])
        elif self._html("<sub>"):
            end = lexer.text.find("</sub>", lexer.at, min(lexer.end, lexer.at + GROUP))
            self.sub, lexer.at = (lexer.text[lexer.at + 5 : end], end + 6) if end > 0 else ("", lexer.at + 5)
        else:
            lexer.at += 1
            self.sub = self._after_underscore()
        self.raw = self.raw or self.sub
        self.sub = _cleaned(self.sub) or "?"

    def _after_underscore(self) -> str:
        lexer = self.lexer
        group = lexer._group()
        if group is not None:
            return group
        command = re.compile(r"\\(?:text|mathrm|textrm|rm)\s*(?=\{)").match(lexer.text, lexer.at, lexer.end)
        if command:
            lexer.at = command.end()
            return lexer._group() or ""
        greek = re.compile(r"\\[A-Za-z]+|[α-ω]").match(lexer.text, lexer.at, lexer.end)
        if greek:
            lexer.at = greek.end()
            return greek[0]
        run = re.compile(r"[A-Za-z0-9]+").match(lexer.text, lexer.at, lexer.end)
        if run is None:
            return ""
        length = self._length(run[0])
        lexer.at += length
        return run[0][:length]

    def _length(self, run: str) -> int:
        """How much of a run of letters and digits belongs to the subscript: the longest that stands for something."""
        for length in range(min(len(run), 40), 0, -1):
            if self.lexer.vocabulary.known(self.base, run[:length]):
                return length
        digits = re.match(r"\d+", run)
        if digits:
            return digits.end()
        return 1 if self.lexer.math or self.base in signs.LETTERS else len(run)

    def _superscript(self) -> tuple[str, int] | None:
        """A superscript that belongs to the name (new, +, the index of a layer, a prime), and where it ends."""
        lexer = self.lexer
        match = _SUPERSCRIPT.match(lexer.text, lexer.at, lexer.end)
        if match is None:
            return None
        return re.sub(r"\\(?:text|mathrm|rm|prime)|[\s{}()\[\]\\]", "", match[0][1:]) or "'", match.end()

    def _upper(self) -> None:
        found = self._superscript()
        assert found is not None
        if found[0] == "'":
            self.primes += 1
        else:
            self.sup = found[0]
        self.lexer.at = found[1]


_WORDS = r"(?:new|old|neu|alt|next|updated|after|before|t\+1|k\+1|\+|[lL](?:[-+]1)?|T|t|\\top)"
_SUPERSCRIPT = re.compile(
    rf"\^(?:\{{\s*(?:\\(?:text|mathrm|rm)\s*\{{?\s*)?[(\[]?{_WORDS}[)\]]?\s*\}}{{1,2}}|\{{\\prime\}}|\\prime(?![A-Za-z])"
    r"|\+(?!\s*[\d\\(A-Za-z])|[lLT](?![A-Za-z])|new\b|old\b|\([lL](?:[-+]1)?\))"
)


def _cleaned(sub: str) -> str:
    """A subscript as plain characters: \\text{total} is total, {h_1} is h1."""
    return re.sub(r"\\(?:text|mathrm|rm|textrm|mathit)|[\s{}_$]|\\[,;: ]", "", sub).lstrip("\\")
