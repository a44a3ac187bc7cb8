"""Documents and claims broken as people and programs break them: one small function for each kind of damage."""

import json
import random
import re
import time

from backproof.checking.claims import check
from backproof.checking.documents import read_document
from backproof.errors import BackproofError
from backproof.worksheet import loads
from documents.measure import write_document
from documents.reading import FOLDER, sheet
from documents.styles import STYLES

PARTS = [
    r"\frac", r"\partial", "{", "}", "E", "a_1", "w_5", "=", "0.5", "(", ")", "^", "_", "$", r"\sum", r"\sigma'", "+",
    "-", "*", "/", r"\delta_o", ",", "is", "are", "and", "d", "|", "[", "]", "&", r"\\", r"\text{x}", "'", "e^", "%",
    "½", "²", "∂", "₁", "w5+", "->", r"\leftarrow", "g(h_o)", "dE/dw5", r"\left(", r"\right)", "1,000", "max(", "b_2",
    "connected", "new", r"\hat", r"\mathbf{", "_{", "^{+}", ":=", r"\begin{align}", "$$", " ", "\n", "0.5 ",
    r"\begin{bmatrix}", r"\end{bmatrix}", r"\begin{cases}", r"\begin{array}{c}", "& ", "| ", "|---|---|\n",
    "# Sample 2\n", "## Iteration 3\n", "## Second forward pass\n", "x = (0, 1)", "W1 = [[0.1, 0.2]]", "new ", "`",
    "**", r"\boxed{", r"\tag{1}", "⇒", "→", "𝑤", "₁²", "E^{", "^{(2)}", "δ", "Σ", "1/0", "10^400", "1e-320",
    "\x1b[31m", "np.array(", "the gradient of ", "is 0.3", r"\hline", r"\begin{tabular}{ll}", r"\end{tabular}", "- ",
    "1. ", "> ", "\u202e", "∇_W E", r"\nabla_{w_1} ", "a1  0.5\n", r"\end{array}", r"\end{cases}",
]  # fmt: skip
NUMBERS = ["0", "-0", "1e400", "-1e308", "1e-320", "10^400", "9^9^9^9", "1/0", "0/0", "9" * 500, "0." + "1" * 300,
           "1e99999999999", "½", "٣", "0.0000", ".", "1.2.3", "nan", "inf", "0x10", "1_000"]  # fmt: skip
TOKEN = re.compile(r"\\[A-Za-z]+|\d[\d.,]*|\w+|\S")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
#: No try may take longer than this, in seconds.
LONGEST = 5.0


def put_in(text, chance):
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(PARTS) + text[at:]


def cut_out(text, chance):
    at = chance.randrange(len(text) + 1)
    return text[:at] + text[at + chance.randint(1, 12) :]


def double_part(text, chance):
    at, start = chance.randrange(len(text) + 1), chance.randrange(len(text) + 1)
    return text[:at] + text[start : start + chance.randint(1, 40)] + text[at:]


def swap_tokens(text, chance):
    places = [match.span() for match in TOKEN.finditer(text)]
    if len(places) < 2:
        return text
    (a, b), (c, d) = sorted(chance.sample(places, 2))
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def cut_lines(text, chance):
    return "\n".join(line for line in text.split("\n") if chance.random() > 0.2)


def shuffle_lines(text, chance):
    lines = text.split("\n")
    chance.shuffle(lines)
    return "\n".join(lines)


def change_number(text, chance):
    places = [match.span() for match in NUMBER.finditer(text)]
    start, end = chance.choice(places) if places else (0, 0)
    return text[:start] + chance.choice(NUMBERS) + text[end:]


def square_letters(text, chance):
    mark = chance.choice(["^2", "²", "^{-1}", "^{99999}", "'", "_{1}", "^T"])
    return re.sub(r"\\(?:delta|sigma|eta)|[δση]|\bdelta\b", lambda match: match[0] + mark, text)


def put_braces(text, chance):
    for _ in range(3):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice("{}()[]$&|") + text[at:]
    return text


def nest_deep(text, chance):
    places = [match.span() for match in TOKEN.finditer(text)] or [(0, 0)]
    start, end = chance.choice(places)
    depth = chance.choice([3, 50, 2000])
    left, right = chance.choice([("(", ")"), ("{", "}"), ("[", "]"), (r"\frac{1}{", "}"), ("-", ""), (r"\sqrt{", "}")])
    return text[:start] + left * depth + text[start:end] + right * depth + text[end:]


MUTATIONS = (put_in, cut_out, double_part, swap_tokens, cut_lines, shuffle_lines, change_number, square_letters,
             put_braces, nest_deep)  # fmt: skip


def break_text(text, chance):
    """Some lines of a text, damaged in several ways."""
    if not text.startswith("{"):
        lines = text.split("\n")
        start = chance.randrange(len(lines))
        text = "\n".join(lines[start : start + chance.randint(1, 25)])
    for _ in range(chance.randint(1, 6)):
        text = chance.choice(MUTATIONS)(text, chance)
    return text


def break_claim(chance):
    """A worksheet with claims of damaged names and numbers; it is read as its file is."""
    names = ["E", "dE/dw1", "h[h1]", "a[o]", "delta[o]*w5", "-delta[h1]", "eta*dE/dw5", "new w1", "step w5", "da/dh[o]"]
    made = (FOLDER / "article.toml").read_text("utf-8")
    for _ in range(chance.randint(1, 3)):
        of, digits = chance.choice(names), chance.choice([*NUMBERS, "0.51", "-0.122"])
        of = swap_tokens(of, chance) if chance.random() < 0.3 else of
        made += f'[[claims]]\nof = "{of}"\nvalue = "{digits}"\nsample = {chance.choice([1, 2, 2, 2, 9])}\n'
    return loads(made)


def fuzz(tries, seed=1):
    """The faults met in so many tries, in words, and the seconds of the slowest; a BackproofError is an answer."""
    chance = random.Random(seed)
    documents = [(made[0], made[1].text) for made in (write_document(name, 0) for name in STYLES)]
    faults, slowest = [], 0.0
    for number in range(tries):
        worksheet, text = chance.choice(documents)
        if number % 3 == 0:
            worksheet, text = sheet(), "".join(chance.choice(PARTS) for _ in range(chance.randint(1, 60)))
        elif number % 20 == 1:
            text = json.dumps({"cells": [{"cell_type": "markdown", "source": break_text(text, chance)}], "nbformat": 4})
        else:
            text = break_text(text, chance)
        start = time.perf_counter()
        try:
            if number % 10 == 2:
                check(break_claim(chance)).to_json()
            elif number % 10 == 4:
                check(text + "\n", network=worksheet).to_json()
            else:
                read_document(text + "\n", worksheet)
        except BackproofError:
            pass
        except Exception as error:
            faults.append(f"{type(error).__name__}: {error}\n{text}")
        slowest = max(slowest, took := time.perf_counter() - start)
        if took > LONGEST:
            faults.append(f"{took:.1f} s\n{text}")
    return faults, slowest
