"""Nothing that a terminal obeys, or that reorders text, reaches standard output or standard error from a file."""

import json
import re
import unicodedata

import pytest

from backproof import examples
from backproof.escape import escape_controls, escape_json, shorten_message
from backproof.worksheet import toml

HOSTILE = [
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x9b31m",
    "a\x7fb",
    "\u202eevil",
    "\u2066x\u2069",
    "\rover",
    "\u200fb\x00",
]
#: What may not be seen; written again here, from what Unicode says, not as the library has it.
OBEYED = {
    chr(code)
    for code in [*range(0x3000), 0xFEFF, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080)]
    if unicodedata.category(chr(code)) in ("Cc", "Cf", "Zl", "Zp")
} - set("\t\n\u00ad\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
WORKSHEET = """
title = {title}
source = {source}
[network]
units = [[{unit}], ["o"]]
activations = [{activation}]
cost = {cost}
weights = [{{name = {weight}, from = {sender}, to = "o", value = 0.5}}]
biases = [{{name = "b", to = {receiver}, value = 0.1}}]
[data]
inputs = [[1.0]]
targets = [[1.0]]
reduction = {reduction}
[training]
learning_rate = 0.1
optimiser = {optimiser}
schedule = {schedule}
[aliases]
{alias} = {meaning}
[[claims]]
of = {of}
value = {value}
where = {where}
expected = {{{key} = {word}}}
{extra}
"""
PLAIN = {
    "title": "t", "source": "s", "unit": "x", "activation": "sigmoid", "cost": "half_squared_error", "weight": "w",
    "sender": "x", "receiver": "o", "reduction": "sum", "optimiser": "sgd", "schedule": "constant", "alias": "k",
    "meaning": "w", "of": "w", "value": "0.7", "where": "here", "key": "mistake", "word": "sign_flipped", "extra": "",
}  # fmt: skip
KEYS = ["", "[network]", "[data]", "[training]", "[[claims]]", "[document]"]


def worksheet(**changed):
    """The worksheet with some of its strings replaced."""
    return WORKSHEET.format(
        **{key: toml.write_string(text) if key != "extra" else text for key, text in (PLAIN | changed).items()}
    )


def obeyed(ran):
    """The characters in what a command wrote that no terminal may get."""
    return set(ran.out + ran.err) & OBEYED


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("field", [field for field in PLAIN if field != "extra"])
def test_no_string_of_a_worksheet_reaches_a_terminal_as_it_is(backproof, here, field, hostile):
    text = hostile.replace("\x00", "")
    (here / "a.toml").write_text(worksheet(**{field: text}), encoding="utf-8", newline="")
    for verb in ("explain", "check"):
        for form in ("text", "json", "html"):
            ran = backproof(verb, "a.toml", "--format", form)
            assert not obeyed(ran)
            assert "Traceback" not in ran.err
            if ran.code < 2 and form == "json":
                json.loads(ran.out)
    assert not obeyed(backproof("explain", "a.toml", "--format", "markdown"))
    assert not obeyed(backproof("explain", "a.toml", "--format", "latex"))
    assert not obeyed(backproof("train", "a.toml", "--epochs", "1", "--format", "text"))
    assert not obeyed(backproof("exercise", "a.toml", "--count", "1", "--force"))


@pytest.mark.parametrize("hostile", HOSTILE[:5])
@pytest.mark.parametrize("section", KEYS)
def test_no_unknown_key_reaches_a_terminal_as_it_is(backproof, here, section, hostile):
    table = worksheet(extra=f"{section}\n{toml.write_string(hostile)} = 1")
    for text in (table, f"{toml.write_string(hostile)} = 1\n" + worksheet(), f"a = {hostile}", f"[{hostile}"):
        (here / "a.toml").write_text(text, encoding="utf-8", newline="")
        ran = backproof("explain", "a.toml")
        assert ran.code == 2
        assert not obeyed(ran)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(
    "line",
    [
        "explain {}", "explain or --of {}", "explain or -o {}/a.md", "explain or --format {}", "explain or --sample {}",
        "{}", "check {}", "check {} --network or", "check a.md --network {}", "train {}", "train or --{}",
        "train or --optimiser {}", "train data.csv --target {}", "predict {} data.csv", "predict or {}", "examples {}",
        "new {}/a.toml", "exercise or --hide {}", "check-code {}:f --network or", "completion {}", "demo -o {}",
    ],
)  # fmt: skip
def test_no_argument_reaches_a_terminal_as_it_is(backproof, here, line, hostile):
    (here / "a.md").write_text("E = 1")
    (here / "data.csv").write_text("a,b\n1,2\n")
    word = hostile.replace("\x00", "")
    ran = backproof(*(part.replace("{}", word) for part in line.split()))
    assert not obeyed(ran)
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("hostile", HOSTILE[:5])
def test_no_document_reaches_a_terminal_as_it_is(backproof, here, hostile):
    (here / "a.md").write_text(f"# {hostile}\n\nE = 0.{hostile}\n\n$h_1 = {hostile}$ and $E = 17$ {hostile}\n")
    for form in ("text", "json", "html"):
        assert not obeyed(backproof("check", "a.md", "--network", "or", "--sample", "1", "--format", form))


@pytest.mark.parametrize("hostile", HOSTILE[:6])
def test_no_name_or_category_of_data_reaches_a_terminal_as_it_is(backproof, here, hostile):
    name = hostile.replace(",", "").replace("\r", "")
    rows = "".join(f"{n},{name if n % 3 else 'other'},{name if n % 2 else 'no'}\n" for n in range(30))
    (here / "data.csv").write_text(f"a{name},b{name},c{name}\n{rows}", encoding="utf-8", newline="")
    assert not obeyed(backproof("train", "data.csv", "--target", "nothing"))
    ran = backproof("train", "data.csv", "--target", f"c{name}", "--epochs", "2", "-o", "run")
    assert not obeyed(ran)
    assert not obeyed(backproof("predict", "run", "data.csv", "-o", "answers.csv"))
    (here / "other.csv").write_text(f"z{name}\n1\n", encoding="utf-8")
    assert not obeyed(backproof("predict", "run", "other.csv"))
    for file in ("config.json", "model.safetensors"):
        place = here / "run" / file
        if place.exists():
            place.write_bytes(f'{{"{hostile}": 1}}'.encode())
            assert not set(backproof("predict", "run", "data.csv").err) & OBEYED


def test_data_in_a_pipe_is_what_a_file_gets(backproof, here):
    rows = "".join(f"{n},{chr(0x1B)}[{n % 2}m\n" for n in range(30))
    (here / "data.csv").write_text(f"a,b\n{rows}")
    assert backproof("train", "data.csv", "--target", "b", "--epochs", "1", "-o", "run").code == 0
    backproof("predict", "run", "data.csv", "-o", "answers.csv")
    assert backproof("predict", "run", "data.csv").out == (here / "answers.csv").read_text()


def test_a_message_shows_a_name_of_any_length_by_its_ends(backproof, here):
    long = "n" * 100_000
    for field in ("activation", "cost", "weight", "sender", "receiver", "of", "value", "meaning", "optimiser", "unit"):
        (here / "a.toml").write_text(worksheet(**{field: long}))
        assert len(backproof("check", "a.toml").err) < 6000
    assert len(backproof("explain", "or", "--of", long).err) < 6000


@pytest.mark.parametrize("hostile", HOSTILE)
def test_escapes_are_visible_and_json_keeps_its_meaning(hostile):
    assert not set(escape_controls(hostile)) & OBEYED
    written = json.dumps([hostile + "\U000e0041"], ensure_ascii=False)
    assert json.loads(escape_json(written)) == [hostile + "\U000e0041"]
    assert not set(escape_json(written)) & OBEYED


def test_every_control_and_direction_character_is_escaped():
    every = "".join(map(chr, range(0x110000)))
    left = set(escape_controls(every))
    assert not left & OBEYED
    assert escape_controls("\x1b\x7f\x85\u202e") == r"\x1b\x7f\x85\u202e"
    assert {each for each in every[:0x250] if each.isprintable()} <= left


def test_a_short_message_is_left_alone():
    message = f"'{'a/' * 100}' cannot be written: no permission."
    assert shorten_message(message) == message
    assert re.fullmatch(r"'n+ \.\.\. n+' is no name\.", shorten_message(f"'{'n' * 100_000}' is no name."))


def test_what_is_shipped_holds_none():
    assert not {each for name in examples.names() for each in examples.text(name)} & OBEYED
