"""From characters to tokens: LaTeX and plain writing alike, each token with its place."""

from __future__ import annotations

import re
import unicodedata

from backproof.checking.documents import tokens as signs
from backproof.checking.documents.scanner import START, Scanner
from backproof.checking.documents.tokens import Name, Token

SLOPE = re.compile(r"d(?:\(?([A-Za-zα-ω]+)[^\s/=+*]{0,24})?/d(?=[A-Za-zα-ω(\\])")
#: Words that are names when mathematics touches them, and words otherwise.
PROSE = frozenset(("in", "out", "output", "target", "input", "label", "cost", "Cost", "loss", "Loss", "prediction",
                   "activation", "max", "min", "log", "net", "abs", "new", "exp", "sigmoid", "tanh", "relu", "ReLU",
                   "logistic"))  # fmt: skip
_LETTER = re.compile(r"\s*(\\[A-Za-z]+|[A-Za-z])")
OPERATING = ("=", "≈", "-", "+", "*", "/", "·")


class Lexer(Scanner):
    """Tokens of text[start:end]: to numbers and signs come commands, letters and words."""

    def _command(self, match: re.Match[str], start: int) -> Token | None:
        word = match[0][1:]
        if word in signs.LETTERS:
            return self.token("sum", "", start) if word == "Sigma" else self.named(word, start)
        if word in signs.OPERATORS:
            return self.token("op", signs.OPERATORS[word], start)
        if word in signs.RELATIONS:
            return self.token("relation", signs.RELATIONS[word], start)
        if word in signs.FRACTIONS:
            return self.token("frac", "frac", start)
        if word == "partial" or (word == "mathrm" and self._upright_d()):
            return self.token("partial", "d", start)
        if word in ("sum", "sqrt"):
            return self.token(word, word, start)
        if word in signs.SEPARATORS:
            return self.token("separator", word, start)
        if word in signs.LOOKS:
            self._dot(word)
            return None
        if word in signs.PASSED_OVER:
            return self._passed_over(word, start)
        if word in signs.TYPES or word in signs.ACCENTS:
            return self._typed(word, start)
        if word in signs.FUNCTIONS or word in signs.ACTIVATIONS or word.lower() in signs.ACTIVATIONS:
            return self.named(word, start)
        return self.token("unknown", match[0], start)

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
        inside = self.group()
        if word in ("begin", "end") and inside is not None and ("matrix" in inside or inside == "array"):
            return self.token("unknown", "a matrix", start)
        return self.token("newline", "\n", start) if word == "begin" else None

    def _typed(self, word: str, start: int) -> Token | None:
        """A letter or word in another type: \\mathbf{w}, \\text{net}_{h1}, \\hat{y}."""
        inside = self.group()
        if inside is None and word in signs.ACCENTS:
            letter = _LETTER.match(self.text, self.at, self.end)
            self.at = letter.end() if letter else self.at
            inside = letter[1] if letter else None
        if inside is None:
            return None
        content = re.sub(r"\\[,;: ]|[\s{}]", " ", inside).strip()
        if word in signs.ACCENTS:
            return self.named(content.lstrip("\\") + signs.ACCENTS[word], start)
        if not re.fullmatch(r"\\?[A-Za-z]+\d*(?:_\w+)?|[α-ω]", content):
            return self.token("word" if re.search("[a-z]{2}", content) else "unknown", content, start)
        base, _, sub = content.lstrip("\\").partition("_")
        if len(base) > 1 and not self.is_base(base):
            return self.token("word", content, start)
        return self.named(signs.GREEK.get(base, base), start, sub)

    def _letters(self, match: re.Match[str], start: int) -> Token | None:
        run = match[0]
        if not run.isascii():
            return self._foreign(run, start)
        if start in self.below or self._slope(start, run):
            self.at = start + 1
            return self.token("partial", "d", start)
        updated = re.compile(r"(?:new|updated)\s+(?=([A-Za-z]+_?\{?\d+))").match(self.text, start, self.end)
        if updated and self.vocabulary.resolve(Name(updated[1].replace("_", "").replace("{", ""))) is not None:
            self.at = updated.end()
            inner = START.match(self.text, self.at, self.end)
            assert inner is not None
            self.at = inner.end()
            token = self.named(inner[0], self.at - len(inner[0]))
            assert token is not None
            assert token.name is not None
            return self.token("name", token.text, start, Name(token.name.base, token.name.sub, "new"))
        return self._run(run, start)

    def _run(self, run: str, start: int) -> Token | None:
        following = self.text[self.at : self.at + 1]
        joined = following in ("_", "[") or following in signs.SUBSCRIPTS or following.isdigit()
        if len(run) == 1:
            return self._single(run, start)
        if self.is_base(run) and (joined or self.math or self._touches(start) or run not in PROSE):
            return self.named(run, start)
        if self.math or (start and self.text[start - 1] in "_^{}"):
            self.at = start + 1
            return self._single(run[0], start)
        plain = re.compile(r"[\w'’-]*").match(self.text, self.at, self.end)
        assert plain is not None
        self.at = plain.end()
        return self.token("word", self.text[start : self.at], start)

    def _single(self, letter: str, start: int) -> Token | None:
        """One letter; an `a` or `I` between blanks in prose is a word."""
        lone = not self.math and letter in "aAI" and self.text[self.at : self.at + 1] == " "
        if lone and re.compile(r" +[\w\\$]").match(self.text, self.at, self.end):
            return self.token("word", letter, start)
        return self.named(letter, start)

    def _touches(self, start: int) -> bool:
        """Whether an operator or relation stands beside a word: `(target - output)` is mathematics."""
        before = self.text[max(0, start - 3) : start].rstrip()[-1:]
        after = self.text[self.at : self.at + 3].lstrip()[:1]
        return after in OPERATING or (before != "" and before in (*OPERATING, "("))

    def _foreign(self, run: str, start: int) -> Token | None:
        """Greek letters and mathematical alphabets, one at a time; other writing is words."""
        first = run[0]
        plain = unicodedata.normalize("NFKC", first)
        if first in signs.SUBSCRIPTS or first in signs.SUPERSCRIPTS:
            self.at = start + 1
            return self._raised(start) if first in signs.SUPERSCRIPTS else self.token("unknown", first, start)
        if first == "½":
            self.at = start + 1
            return self.token("number", "0.5", start)
        if first == "∂" or plain == "∂":
            self.at = start + 1
            return self.token("partial", "d", start)
        if plain in signs.GREEK:
            self.at = start + 1
            return self.named(signs.GREEK[plain], start) if plain != "Σ" else self.token("sum", "sum", start)
        if first != plain and len(plain) == 1 and plain.isascii():
            self.at = start + 1
            return self.named(plain, start)
        ascii_part = re.match(r"[A-Za-z]+(?=[^\x00-\x7f])", run)
        if ascii_part and all(sign in signs.GREEK or sign in signs.SUBSCRIPTS for sign in run[ascii_part.end() :][:1]):
            self.at = start + ascii_part.end()
            return self._run(ascii_part[0], start)
        return self.token("word", run, start)

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
        return len(word) == 1 or self.is_base(word) or word in signs.GREEK
