"""Time and memory grow with a worksheet's size and no faster, or the limit is named."""

import tracemalloc
from contextlib import suppress
from time import process_time

import numpy as np
import pytest

from backproof import load
from backproof.errors import BackproofError, OptionError, WorksheetError
from backproof.network import Network
from backproof.render import render
from backproof.render.layout import columns, width_of, wrap, wrap_formula
from backproof.reports.explanation import explanation
from backproof.worksheet import LAST_STEP, loads
from backproof.worksheet.reader import MOST_PARTS

WORKSHEET = """
[network]
units = [["x"], ["o"]]
activations = ["sigmoid"]
cost = "half_squared_error"
weights = [{name = "w", from = "x", to = "o", value = 0.5}]
[data]
inputs = [[1]]
targets = [[1]]
[training]
learning_rate = 0.1
"""
FORMS = ("text", "html", "latex", "markdown", "json")


def chain(layers, more=""):
    """A worksheet of one unit a layer."""
    sizes, names = ", ".join(["1"] * layers), ", ".join(['"sigmoid"'] * (layers - 1))
    return (
        f'[network]\nlayers = [{sizes}]\nactivations = [{names}]\ncost = "half_squared_error"\n'
        f"[data]\ninputs = [[1]]\ntargets = [[1]]\n{more}"
    )


def graph(layers):
    """A worksheet of a graph of one unit a layer, written from the last one to the first."""
    tables = (
        f'{{name = "d{k}", kind = "dense", units = 1, from = "{f"d{k - 1}" if k else "x"}"}}' for k in range(layers)
    )
    return (
        f'[network]\ninputs = 1\noutputs = ["d{layers - 1}"]\nlayers = [{", ".join([*tables][::-1])}]\n'
        'cost = "half_squared_error"\n[data]\ninputs = [[1]]\ntargets = [[1]]\n'
    )


def shown(written, form="text"):
    """A worksheet's explanation."""
    sheet = loads(written)
    return render(explanation(sheet.trace(), sheet.title, (), source=sheet.source), form)


def read(written):
    """A worksheet that may be refused."""
    with suppress(BackproofError):
        loads(written)


def recurrence(steps):
    """A worksheet of few parameters, each used at every step."""
    rows = ", ".join(["[0.1]"] * steps)
    return (
        f"[network]\ninputs = [{steps}, 1]\n"
        'layers = [{name = "r", kind = "recurrent", units = 1, returns = "last"}]\n'
        f'cost = "half_squared_error"\n[data]\ninputs = [[{rows}]]\ntargets = [[1]]\n'
    )


GROWING = {
    "a word as title": lambda n: shown(f'title = "{"a" * 20 * n}"' + WORKSHEET),
    "words as source": lambda n: shown(f'source = "{"ab " * 10 * n}"' + WORKSHEET),
    "wide letters": lambda n: shown(f'title = "{"日" * 20 * n}"' + WORKSHEET),
    "layers explained": lambda n: shown(chain(n)),
    "layers as a page": lambda n: shown(chain(n), "html"),
    "a derivation through layers": lambda n: loads(chain(n)).trace().explain("dE/dw[1][x1,l1.1]"),
    "a graph written backwards": lambda n: loads(graph(2 * n)),
    "a cycle": lambda n: read(graph(2 * n).replace('from = "x"', f'from = "d{2 * n - 1}"')),
    "a graph explained": lambda n: shown(graph(n)),
    "a derivation through a graph": lambda n: loads(graph(n)).trace().explain("dE/dd0.weight[0,0]"),
    "a recurrence explained": lambda n: shown(recurrence(2 * n)),
    "batches": lambda n: loads(WORKSHEET + f"batches = [{', '.join(['[1]'] * 20 * n)}]"),
    "aliases": lambda n: loads(WORKSHEET + "[aliases]\n" + "\n".join(f'k{k} = "w"' for k in range(5 * n))),
    "claims": lambda n: loads(WORKSHEET + '[[claims]]\nof = "w"\nvalue = "0.5"\n' * 5 * n),
    "unknown keys": lambda n: read("".join(f"k{k} = 1\n" for k in range(20 * n)) + WORKSHEET),
    "open brackets": lambda n: read("a = " + "[" * 20 * n),
    "open tables": lambda n: read("a = " + "{b = " * 20 * n),
    "escapes": lambda n: read('a = "' + "\\" * 20 * n),
    "a dotted key": lambda n: read("a." * 20 * n + "b = 1"),
    "a dotted header": lambda n: read("[" + "a . " * 20 * n + "b]"),
    "quoted parts": lambda n: read("'a'." * 20 * n + "b = 1"),
    "a formula": lambda n: wrap_formula(" + ".join(["abc · de"] * 20 * n), 80),
    "parentheses": lambda n: wrap_formula("(" * 100 * n, 80),
    "colours": lambda n: wrap("\x1b[1m" * 100 * n, 80),
    "accents": lambda n: wrap("\u0301" * 100 * n, 80),
}


def seconds(work, size):
    """The least time of three."""

    def once():
        start = process_time()
        work(size)
        return process_time() - start

    return min(once() for _ in range(3))


@pytest.mark.parametrize("kind", GROWING)
def test_four_times_as_much_takes_about_four_times_as_long(kind):
    work = GROWING[kind]
    work(20)
    small = seconds(work, 100)
    assert seconds(work, 400) < 10 * small + 0.05


def test_few_parameters_that_are_used_many_times_are_not_worked_unit_by_unit():
    assert "Backward pass" in shown(recurrence(5))
    assert "One quantity, worked out" in shown(recurrence(200))


@pytest.mark.parametrize("form", FORMS)
def test_a_title_of_20_000_letters_is_shown_whole(form):
    text = shown(f'title = "{"a" * 20_000}"' + WORKSHEET, form)
    assert form == "json" or text.count("a") >= 20_000
    assert form != "text" or max(map(width_of, text.splitlines())) <= 80


@pytest.mark.parametrize("text", ["a" * 1000, "ab " * 300, "日本" * 200, "\x1b[1mab\x1b[0m" * 100, " a = b" * 90])
@pytest.mark.parametrize("width", [10, 40, 80])
def test_wrapped_lines_fit_and_lose_nothing(text, width):
    lines = wrap(text, width, "  ")
    assert max(map(width_of, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_letter_wider_than_the_line_still_ends():
    assert wrap("日本", 1) == ["日", "本"]
    assert columns([5_000_000, 9_000_000], 80) == [39, 39]


def test_a_key_of_too_many_parts_is_refused_with_its_line():
    with pytest.raises(WorksheetError, match=rf"line 3: a key of more than {MOST_PARTS} parts"):
        loads(f'# {"a." * 1000}\ntitle = "{"b." * 1000}"\n{"a." * 1000}b = 1\n' + WORKSHEET)
    assert loads(f'title = "{"b." * 5000}"' + WORKSHEET).title == "b." * 5000


@pytest.mark.parametrize("step", [LAST_STEP + 1, 10**9, 10**30, 1.5, float("nan"), "2", True])
def test_a_step_beyond_reach_is_refused_with_the_limit(step):
    with pytest.raises(OptionError, match="step must be a whole number from 1 to 1,000,000"):
        load("or").trace(step=step)


def held(make):
    """The most bytes held at a time, as multiples of 8 bytes for each of the million weights."""
    tracemalloc.start()
    try:
        made = make()
        assert made is not None
        return tracemalloc.get_traced_memory()[1] / 8e6
    finally:
        tracemalloc.stop()


def test_weights_are_held_once(tmp_path):
    from safetensors.numpy import save_file

    layers = chain(2).replace("layers = [1, 1]", "layers = [1000, 1000]")
    layers = layers.replace("[[1]]", f"[[{', '.join(['1'] * 1000)}]]")
    assert held(lambda: Network.dense([1000, 1000])) < 1.5
    assert held(lambda: loads(layers)) < 1.5
    save_file({"W1": np.ones((1000, 1000)), "b1": np.zeros(1000)}, tmp_path / "w.safetensors")
    from_file = layers.replace("[data]", 'parameters = "w.safetensors"\n[data]')
    assert held(lambda: loads(from_file, tmp_path)) < 2.5


def test_what_depends_on_what_takes_little_memory():
    architecture = loads(graph(5000)).network.architecture
    assert held(lambda: [architecture.depends_on(5000, 1), architecture.is_coupled_between(1, 5000)]) < 2  # 16 MB


def test_arrays_that_somebody_can_write_to_are_copied():
    mine = np.ones((2, 1))
    view = mine[:]
    view.flags.writeable = False
    for given in (mine, view):
        network = Network.dense([2, 1], parameters={"W1": given, "b1": [0.0]})
        mine[0, 0] = 7.0
        assert network.parameters["W1"][0, 0] == 1.0
        mine[0, 0] = 1.0


@pytest.mark.parametrize("name", ["link.safetensors", "below/link.safetensors", "folder/w.safetensors"])
def test_parameters_behind_a_link_out_of_the_folder_are_refused(tmp_path, name):
    from safetensors.numpy import save_file

    away, home = tmp_path / "away", tmp_path / "home"
    (home / "below").mkdir(parents=True)
    away.mkdir()
    for place in (away, home):
        save_file({"W1": np.ones((1, 1)), "b1": np.zeros(1)}, place / "w.safetensors")
    (home / "folder").symlink_to(away)
    (home / "link.safetensors").symlink_to(away / "w.safetensors")
    (home / "below" / "link.safetensors").symlink_to("../../away/w.safetensors")
    (home / "inside.safetensors").symlink_to("w.safetensors")
    text = chain(2).replace("[data]", f'parameters = "{name}"\n[data]')
    with pytest.raises(WorksheetError, match="outside the worksheet's folder"):
        loads(text, home)
    assert loads(text.replace(name, "inside.safetensors"), home).network.parameters["W1"][0, 0] == 1.0


@pytest.mark.parametrize("name", ["c.weight[0,0,1,2]", "c.bias[1]"])
def test_of_thousands_of_uses_of_a_parameter_only_those_shown_are_written(monkeypatch, name):
    from backproof.derivation import definitions

    written, write = [], definitions.parameter_link
    monkeypatch.setattr(definitions, "parameter_link", lambda *given: written.append(1) or write(*given))
    layers = [{"name": "c", "kind": "conv2d", "channels": 2, "kernel": 3}, {"name": "f", "kind": "flatten"}]
    network = Network.graph([1, 50, 50], [*layers, {"name": "o", "kind": "dense", "units": 1}], cost="output", seed=0)
    trace = network.trace(np.ones((1, 1, 50, 50)), [[0.0]])
    uses = len(network.architecture.uses(name))
    assert uses == 48 * 48
    assert trace.explain(f"dE/d{name}").value == pytest.approx(trace[f"dE/d{name}"], rel=1e-12)
    assert len(written) < (100 if "weight" in name else 2 * uses)
