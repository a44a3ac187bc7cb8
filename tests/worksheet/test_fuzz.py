"""Whatever is done to a worksheet, out comes a Worksheet or one BackproofError: no other exception and no warning."""

import random
import re
import time

import pytest

from backproof import examples
from backproof.errors import BackproofError, WorksheetError
from backproof.worksheet import loads, source
from backproof.worksheet.writer import dumps
from worksheet.sheets import FEATURES, LAYERS, OR

SHEETS = [OR, LAYERS, FEATURES, examples.text("starter"), examples.text("or_article")]
TOKEN = re.compile(r'"[^"\n]*"|[\w.+-]+|\s+|.', re.DOTALL)
WORDS = [
    "1", "0", "-1", "0.5", "1e999", "nan", "-inf", "true", "false", '""', '"x"', '"\\u0000"', "[]", "[[]]", "{}",
    "1" + "0" * 400, "0x" + "f" * 400, "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "'''", '"""', "[", "]",
    "[[1]]", "{", "}", ",", "=", ".", "#", "\n", '"h1"', '["h1", "h2"]', '"softmax"', '"output"', '"cross_entropy"',
    '"adam"', "999999", '{name = "leaky_relu", slope = 1e308}', '{name = "normal", deviation = 1e308}',
    '{name = "huber", threshold = 0}',
    "[data]", "[network]", "[[claims]]", "[training]", "[document]", "[aliases]", "units", "layers", "value", "name",
    '"step w1"', '"new w1*a_h1"', '"da[o]/dh[o]"', '"-E"', '"a*b"', '"*"', '"d/d"', "é", "\x7f", "\r",
]  # fmt: skip


def mutate(text: str, rng: random.Random) -> str:
    """The text with a few tokens or lines dropped, doubled, replaced, exchanged or spliced in from another sheet."""
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        parts = text.splitlines(keepends=True) if rng.random() < 0.3 else TOKEN.findall(text)
        if not parts:
            return text
        i, j = rng.randrange(len(parts)), rng.randrange(len(parts))
        match rng.randrange(6):
            case 0:
                del parts[i]
            case 1:
                parts.insert(i, parts[i])
            case 2 | 3:
                parts[i] = rng.choice(WORDS)
            case 4:
                parts[i], parts[j] = parts[j], parts[i]
            case 5:
                parts[i] = rng.choice(rng.choice(SHEETS).splitlines(keepends=True))
        text = "".join(parts)
    return text


def outcome(text: str) -> str:
    """`read` or `refused`; what is read can be written and traced without another kind of exception."""
    try:
        sheet = loads(text)
    except WorksheetError as error:
        message = str(error)
        assert len(message) < 2500
        assert "Traceback" not in message
        return "refused"
    try:
        assert loads(dumps(sheet)) == sheet or "nan" in text
        for claim in sheet.claims[:3]:
            if claim.step < 4:
                sheet.trace(claim.step, claim.sample)[claim.of]
    except BackproofError:
        pass
    return "read"


@pytest.mark.parametrize("seed", range(8))
def test_mutations(seed):
    rng = random.Random(seed)
    ends, until = [], time.monotonic() + 4
    while len(ends) < 1000 and time.monotonic() < until:
        ends.append(outcome(mutate(rng.choice(SHEETS), rng)))
    assert {"read", "refused"} <= set(ends)


def test_random_bytes():
    rng = random.Random(0)
    whole = OR.encode()
    for _ in range(500):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            outcome(source.decode_text(bytes(data), "w.toml"))
        except WorksheetError:
            continue


def test_every_beginning():
    for end in range(0, len(OR), 5):
        outcome(OR[:end])
