"""Everyday styles of a working: each a small function from a random network to a text and the numbers in it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby

from backproof.wiring import Place
from documents.workings import Document, Number, Script, Working, exact, random_sheet, show

STYLES = {}


def style(function):
    STYLES[function.__name__] = function
    return function


def number(line, **changes):
    return replace(Number(line.of, line.digits, line.sample, line.step), **changes)


def chain(line, script, formula=True, figures=True):
    """The parts of `symbol = formula = figures = digits` that the line has."""
    parts = [line.symbol]
    parts += [line.formula] if formula and line.formula else []
    parts += [line.figures] if figures and line.figures else []
    return [*parts, script.number(line.digits)]


def most(lines):
    """The lines without the updates: their symbols are those of the weights themselves."""
    return [line for line in lines if not line.of.startswith("new")]


def new_symbol(line, text):
    return replace(line, symbol=text)


def givens(sheet, script, updated=False):
    """The network in words and numbers."""
    trace = sheet.trace()
    pairs = [(script.unit(script.x, u), trace[f"a[{u}]"]) for u in sheet.network.units[0]]
    pairs += [(script.parameter(p.name), trace[p.name]) for p in sheet.network.wiring.parameters]
    return [f"{name} = {script.number(exact(value))}" for name, value in pairs]


def join(document_lines, between="\n\n"):
    return between.join(document_lines) + "\n"


# LaTeX inside Markdown


@style
def displays(rng, sheet, slip):
    s = Script("latex")
    w = Working(sheet, s, 5, slip=slip)
    lines = most(w.every())
    return Document(join(f"$${' = '.join(chain(line, s))}$$" for line in lines), [number(line) for line in lines])


@style
def chains_across_displays(rng, sheet, slip):
    s = Script("latex", h="z_{0}", a="a_{0}", x="x_{0}")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    text = []
    for line in lines:
        parts = chain(line, s)
        text += [f"$${' = '.join(parts[:2])}$$", *(f"$$= {part}$$" for part in parts[2:])]
    return Document(join(text), [number(line) for line in lines])


@style
def lines_that_begin_with_equals(rng, sheet, slip):
    s = Script("plain", h="net_{0}", a="out_{0}")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    text = []
    for line in lines:
        first, second, *rest = chain(line, s)
        text.append("\n".join([f"{first} = {second}", *(f"     = {part}" for part in rest)]))
    return Document(join(text), [number(line) for line in lines], ".txt")


@style
def align_with_tags(rng, sheet, slip):
    s = Script("latex", h="z_{0}", a="a_{0}", x="x_{0}")
    w = Working(sheet, s, 5, slip=slip)
    lines = most(w.every())
    rows = [" &= ".join(chain(line, s)[:2]) + "".join(f" = {part}" for part in chain(line, s)[2:]) + rf" \tag{{{n}}} \\"
            for n, line in enumerate(lines, 1)]  # fmt: skip
    text = "\\begin{align}\n" + "\n".join(rows) + "\n\\end{align}\n"
    return Document(text, [number(line) for line in lines], ".tex")


@style
def align_with_comments(rng, sheet, slip):
    s = Script("latex")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    comments = [r"&& \text{(chain rule)}", "&- (1)", r"& \quad (2)", r"&& \text{by definition}"]
    rows = []
    for n, line in enumerate(lines):
        parts = chain(line, s)
        rows.append(f"{parts[0]} &= {' = '.join(parts[1:])} {comments[n % 4]} \\\\")
    text = "\\begin{align*}\n" + "\n".join(rows) + "\n\\end{align*}\n"
    return Document(text, [number(line) for line in lines])


@style
def eqnarray(rng, sheet, slip):
    s = Script("latex", h="z_{0}", a="a_{0}", x="x_{0}")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    rows = []
    for line in lines:
        parts = chain(line, s)
        rows.append(f"{parts[0]} & = & {parts[1]} \\\\")
        rows += [f" & = & {part} \\\\" for part in parts[2:]]
    text = "\\begin{eqnarray}\n" + "\n".join(rows) + "\n\\end{eqnarray}\n"
    return Document(text, [number(line) for line in lines], ".tex")


@style
def array_environment(rng, sheet, slip):
    s = Script("latex", h="h_{0}", a="a_{0}", x="{0}")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    rows = [f"{chain(line, s)[0]} & = & {' = '.join(chain(line, s)[1:])} \\\\" for line in lines]
    text = "\\[\n\\begin{array}{rcl}\n" + "\n".join(rows) + "\n\\end{array}\n\\]\n"
    return Document(text, [number(line) for line in lines])


@style
def cases(rng, sheet, slip):
    s = Script("latex")
    w = Working(sheet, s, 4, slip=slip)
    lines = list(w.gradients())
    text = (
        "\\[\n\\begin{cases}\n" + " \\\\\n".join(" = ".join(chain(line, s)) for line in lines) + "\n\\end{cases}\n\\]\n"
    )
    return Document(text, [number(line) for line in lines])


@style
def inline_sentences(rng, sheet, slip):
    s = Script("latex", h="z_{0}", a="a_{0}", x="x_{0}", cost="L")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    words = ("We get ", "Therefore ", "It follows that ", "Now ", "Putting in the numbers, ", "So ")
    text = [f"{words[n % 6]}${' = '.join(chain(line, s))}$." for n, line in enumerate(lines)]
    return Document(join(text, " "), [number(line) for line in lines])


@style
def boxed(rng, sheet, slip):
    s = Script("latex")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    text = [rf"$$\boxed{{{line.symbol} = {line.digits}}}$$" for line in lines]
    return Document(join(text), [number(line) for line in lines])


# Lists


@style
def list_of_code_spans(rng, sheet, slip):
    s = Script("plain")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    return Document(
        join((f"- `{' = '.join(chain(line, s))}`" for line in lines), "\n"), [number(line) for line in lines]
    )


@style
def bold_numbered_list(rng, sheet, slip):
    s = Script("plain", h="z_{0}", a="a_{0}", x="x_{0}")
    w = Working(sheet, s, 5, slip=slip)
    lines = most(w.every())
    text = join((f"{n}. **{line.symbol} = {line.digits}**" for n, line in enumerate(lines, 1)), "\n")
    return Document(text, [number(line) for line in lines])


@style
def stars_and_colons(rng, sheet, slip):
    s = Script("plain", h="net_{0}", a="out_{0}")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    return Document(join((f"* {line.symbol}: {line.digits}" for line in lines), "\n"), [number(line) for line in lines])


@style
def lettered_list(rng, sheet, slip):
    s = Script("unicode", h="z_{0}", a="a_{0}", x="x_{0}")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    text = join(
        (f"({'abcdefghijklmnopqrstuvwxyz'[n % 26]}) {' = '.join(chain(line, s))}" for n, line in enumerate(lines)), "\n"
    )
    return Document(text, [number(line) for line in lines], ".txt")


# Tables


@style
def quantity_a_row(rng, sheet, slip):
    s = Script("plain")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    rows = [f"| {line.symbol} | {line.digits} |" for line in lines]
    return Document("| quantity | value |\n|---|---:|\n" + "\n".join(rows) + "\n", [number(line) for line in lines])


@style
def quantity_a_row_with_formula(rng, sheet, slip):
    s = Script("latex", h="z_{0}", a="a_{0}", x="x_{0}")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    rows = [f"| ${line.symbol}$ | ${line.formula or '-'}$ | {line.digits} |" for line in lines]
    return Document(
        "| Quantity | Formula | Value |\n|---|---|---|\n" + "\n".join(rows) + "\n", [number(line) for line in lines]
    )


@style
def quantity_a_column(rng, sheet, slip):
    s = Script("plain")
    w = Working(sheet, s, 4, slip=slip)
    lines = [*w.forward(), *w.cost()]
    text = "| " + " | ".join(line.symbol for line in lines) + " |\n|" + "---|" * len(lines) + "\n"
    text += "| " + " | ".join(line.digits for line in lines) + " |\n\nThe gradients:\n\n"
    more = list(w.gradients())
    text += "| " + " | ".join(line.symbol for line in more) + " |\n|" + "---|" * len(more) + "\n"
    text += "| " + " | ".join(line.digits for line in more) + " |\n"
    return Document(text, [number(line) for line in (*lines, *more)])


@style
def weight_old_gradient_new(rng, sheet, slip):
    s = Script("plain")
    w = Working(sheet, s, 4, slip=slip)
    gradients = {line.of: line for line in w.gradients(biases=False)}
    rows, numbers = [], []
    for line in w.updates():
        name = line.of.removeprefix("new ")
        gradient = gradients[f"dE/d{name}"]
        rows.append(f"| {name} | {exact(w.trace[name])} | {gradient.digits} | {line.digits} |")
        numbers += [number(gradient), number(line)]
    return Document("| weight | old | gradient | new |\n|---|---|---|---|\n" + "\n".join(rows) + "\n", numbers)


@style
def unit_net_out_delta(rng, sheet, slip):
    s = Script("plain")
    w = Working(sheet, s, 4, slip={})
    h = {line.of: line for line in w.forward()}
    deltas = {line.of: line for line in w.deltas()}
    rows, numbers = [], []
    for unit in (u for layer in sheet.network.units[1:] for u in layer):
        found = [h[f"h[{unit}]"], h[f"a[{unit}]"], deltas[f"delta[{unit}]"]]
        rows.append(f"{unit} & {' & '.join(line.digits for line in found)} \\\\")
        numbers += [number(line) for line in found]
    text = "\\begin{tabular}{lrrr}\n\\hline\nunit & net & out & delta \\\\\n\\hline\n" + "\n".join(rows)
    return Document(text + "\n\\hline\n\\end{tabular}\n", numbers, ".tex")


@style
def samples_a_row(rng, sheet, slip):
    sheet = random_sheet(rng, samples=3)
    s = Script("plain", h="z_{0}", a="a_{0}", x="x_{0}")
    numbers, rows, head = [], [], []
    for sample in (1, 2, 3):
        w = Working(sheet, s, 4, sample=sample)
        lines = list(w.forward())
        head = [line.symbol for line in lines]
        rows.append(f"| {sample} | " + " | ".join(line.digits for line in lines) + " |")
        numbers += [number(line) for line in lines]
    text = "| sample | " + " | ".join(head) + " |\n|" + "---|" * (len(head) + 1) + "\n" + "\n".join(rows) + "\n"
    return Document(text, numbers)


# Vectors and matrices


def _layer(working, line_of, layer):
    return [working.printed(line_of.format(unit)) for unit in working.net.units[layer]]


def _layer_numbers(working, line_of, layer):
    return [Number(line_of.format(unit), working.printed(line_of.format(unit)), working.sample, working.step)
            for unit in working.net.units[layer]]  # fmt: skip


def _matrix(working, layer, of, turned):
    """Rows of digits of a layer's weights, with the numbers."""
    net = working.net
    senders, receivers = net.units[layer - 1], net.units[layer]
    names = [
        [net.wiring.name_at(Place(f"W{layer}", (i, j))) for j in range(len(receivers))] for i in range(len(senders))
    ]
    names = [list(row) for row in zip(*names, strict=True)] if turned else names
    digits = [[working.printed(of.format(name)) for name in row] for row in names]
    return digits, [Number(of.format(name), working.printed(of.format(name))) for row in names for name in row]


@style
def vectors_in_brackets(rng, sheet, slip):
    w = Working(sheet, Script("latex"), 4, slip=slip)
    text, numbers = [], []
    for layer in range(1, sheet.network.depth + 1):
        for letter, of in (("z", "h[{}]"), ("a", "a[{}]")):
            text.append(f"$${letter}^{{({layer})}} = [{', '.join(_layer(w, of, layer))}]$$")
            numbers += _layer_numbers(w, of, layer)
    for layer in range(sheet.network.depth, 0, -1):
        text.append(rf"$$\delta^{{({layer})}} = [{', '.join(_layer(w, 'delta[{}]', layer))}]$$")
        numbers += _layer_numbers(w, "delta[{}]", layer)
    return Document(join(text), numbers)


@style
def column_matrices(rng, sheet, slip):
    w = Working(sheet, Script("latex"), 4, slip=slip)
    text, numbers = [], []
    bmatrix = lambda rows: r"\begin{bmatrix} " + r" \\ ".join(" & ".join(row) for row in rows) + r" \end{bmatrix}"  # noqa: E731
    for layer in range(1, sheet.network.depth + 1):
        text.append(rf"\[ \mathbf{{W}}^{{({layer})}} = {bmatrix(_matrix_given(w, layer))} \]")
        for letter, of in (("z", "h[{}]"), ("a", "a[{}]")):
            text.append(
                rf"\[ \mathbf{{{letter}}}^{{({layer})}} = {bmatrix([[each] for each in _layer(w, of, layer)])} \]"
            )
            numbers += _layer_numbers(w, of, layer)
    for layer in range(sheet.network.depth, 0, -1):
        digits, found = _matrix(w, layer, "dE/d{}", True)
        text.append(rf"\[ \frac{{\partial E}}{{\partial \mathbf{{W}}^{{({layer})}}}} = {bmatrix(digits)} \]")
        numbers += found
    return Document(join(text), numbers, ".tex")


def _matrix_given(working, layer, turned=True):
    net = working.net
    names = [[net.wiring.name_at(Place(f"W{layer}", (i, j))) for i in range(len(net.units[layer - 1]))]
             for j in range(len(net.units[layer]))]  # fmt: skip
    rows = [[exact(working.trace[name]) for name in row] for row in names]
    return rows if turned else [list(row) for row in zip(*rows, strict=True)]


@style
def numpy_session(rng, sheet, slip):
    w = Working(sheet, Script("plain"), 4, slip=slip)
    text, numbers = [], []
    for layer in range(1, sheet.network.depth + 1):
        rows = "], [".join(", ".join(row) for row in _matrix_given(w, layer, False))
        text.append(f"W{layer} = np.array([[{rows}]])")
        for letter, of in (("z", "h[{}]"), ("a", "a[{}]")):
            text.append(f"{letter}{layer} = np.array([{', '.join(_layer(w, of, layer))}])")
            numbers += _layer_numbers(w, of, layer)
    for layer in range(sheet.network.depth, 0, -1):
        digits, found = _matrix(w, layer, "dE/d{}", False)
        text.append(f"dW{layer} = [{', '.join('[' + ', '.join(row) + ']' for row in digits)}]")
        numbers += found
    return Document("```\n" + "\n".join(text) + "\n```\n", numbers)


@style
def notebook(rng, sheet, slip):
    s = Script("latex")
    w = Working(sheet, s, 5, slip=slip)
    lines = most(w.every())
    first = {
        "cell_type": "markdown",
        "metadata": {},
        "source": [f"$${' = '.join(chain(line, s))}$$\n" + "\n" for line in lines],
    }
    printed, numbers = "", [number(line) for line in lines]
    for layer in range(1, sheet.network.depth + 1):
        printed += f"a{layer}:\n[[" + " ".join(_layer(w, "a[{}]", layer)) + "]]\n"
        numbers += _layer_numbers(w, "a[{}]", layer)
    code = {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": ["print(a1)"],
            "outputs": [{"output_type": "stream", "name": "stdout", "text": [printed]}]}  # fmt: skip
    cells = {"cells": [first, code], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    return Document(json.dumps(cells), numbers, ".ipynb")


# Between statements


@style
def arrows(rng, sheet, slip):
    s = Script("plain", h="net_{0}", a="out_{0}")
    w = Working(sheet, s, 4, slip=slip)
    text, lines = [], list(w.forward())
    marks = (" => ", " -> ", " ⇒ ", " → ")
    pairs = {}
    for line in lines:
        pairs.setdefault(line.of[2:-1], []).append(f"{line.symbol} = {line.digits}")
    text = [marks[n % 4].join(pair) for n, pair in enumerate(pairs.values())]
    rest = [*w.cost(), *w.deltas(), *w.gradients()]
    text += [r"$" + r" \Rightarrow ".join(f"{line.symbol} = {line.digits}" for line in group) + "$"
             for group in (rest[n : n + 2] for n in range(0, len(rest), 2))]  # fmt: skip
    return Document(join(text), [number(line) for line in (*lines, *rest)])


@style
def semicolons_and_bars(rng, sheet, slip):
    s = Script("plain", h="z_{0}", a="a_{0}", x="x_{0}")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    text = [" | ".join(givens(sheet, s))]
    text += ["; ".join(f"{line.symbol} = {line.digits}" for line in lines[n : n + 3]) for n in range(0, len(lines), 3)]
    return Document(join(text), [number(line) for line in lines], ".txt")


# Digits and letters


@style
def decimal_commas(rng, sheet, slip):
    s = Script("plain", comma=True)
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    return Document(join(" = ".join(chain(line, s)) for line in lines), [number(line) for line in lines])


@style
def commas_and_points(rng, sheet, slip):
    s = Script("plain", comma=True)
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    text = ["Version 2.0, taken from section 3.1.", *(" = ".join(chain(line, s)) for line in lines)]
    return Document(join(text), [number(line) for line in lines])


@style
def unicode_letters(rng, sheet, slip):
    s = Script("unicode", h="z_{0}", a="a_{0}", x="x_{0}")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    return Document(
        join((" = ".join(chain(line, s)) for line in lines), "\n"), [number(line) for line in lines], ".txt"
    )


@style
def mathematical_alphanumerics(rng, sheet, slip):
    s = Script("unicode", h="z_{0}", a="a_{0}", x="x_{0}")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    table = {ord(c): chr(0x1D44E + n) for n, c in enumerate("abcdefghijklmnopqrstuvwxyz") if c != "h"}
    table |= {ord("E"): chr(0x1D438), ord("δ"): "𝛿", ord("∂"): "𝜕", ord("h"): "ℎ"}
    text = join((f"{line.symbol.translate(table)} = {line.digits}" for line in lines), "\n")
    return Document(text, [number(line) for line in lines], ".txt")


@style
def powers_of_ten(rng, sheet, slip):
    s = Script("plain")
    w = Working(sheet, s, 4, slip=slip)
    lines = list(w.gradients())
    forms = ("{} x 10^{}", "{}x10^{}", "{} × 10^{}", "{}·10^{}", "{} * 10^{}", "{}e{}")
    text, numbers = [], []
    for n, line in enumerate(lines):
        value = float(line.digits)
        mantissa, _, power = f"{value:.3e}".partition("e")
        text.append(f"{line.symbol} = {forms[n % 6].format(mantissa, int(power))}")
        numbers.append(number(line, digits=f"{mantissa}e{int(power)}"))
    return Document(join(text), numbers, ".txt")


# Factors and roundings


@style
def factors_in_the_other_order(rng, sheet, slip):
    s = Script("plain", h="h_{0}", a="a_{0}", x="{0}", times=" x ")
    w = Working(sheet, s, 4, slip=slip)
    lines = list(w.forward())
    text = []
    for line in lines:
        if line.of.startswith("h"):
            pairs, bias = w.senders(line.of[2:-1])
            formula = " + ".join(f"{w.a(u)} {s.parameter(p)}" for p, u in pairs) + f" + {s.parameter(bias)}"
            figures = " + ".join(f"{s.factor(w.value(p))} x {s.factor(w.a_digits(u))}" for p, u in pairs)
            text.append(f"{line.symbol} = {formula} = {figures} + {s.factor(w.value(bias))} = {line.digits}")
        else:
            text.append(f"{line.symbol} = {line.digits}")
    for line in (gradients := list(w.gradients(biases=False))):
        left, right = line.figures.split(" x ")
        text.append(f"{line.symbol} = {line.formula.replace(' x ', ' ')} = {right} x {left} = {line.digits}")
    return Document(join(text), [number(line) for line in (*lines, *gradients)])


@style
def roundings_inside(rng, sheet, slip):
    s = Script("latex", h="z_{0}", a="a_{0}", x="x_{0}")
    w = Working(sheet, s, 4, slip=slip)
    text, numbers = [], []
    for line in w.forward():
        text.append(f"$${line.symbol} = {line.digits}$$")
        numbers.append(number(line))
    for unit in sheet.network.units[-1]:
        if sheet.network.activations[-1].name == "sigmoid":
            a = w.a_digits(unit)
            squared = f"{float(a) ** 2:.4f}"
            digits = show(w.trace[f"da/dh[{unit}]"], 4)
            letter = s.unit(s.a, unit)
            slope = s.slope(s.unit(s.a, unit), s.unit(s.h, unit))
            text.append(f"$${slope} = {letter}(1 - {letter}) = {a} - ({a})^2 = {a} - {squared} = {digits}$$")
            numbers.append(Number(f"da/dh[{unit}]", digits))
    return Document(join(text), numbers)


# Updates


def _updates(sheet, slip, script, symbol, plain=False):
    w = Working(sheet, script, 4, slip=slip)
    text, numbers = [], []
    for line in w.gradients(biases=False):
        text.append(" = ".join(chain(line, script)))
        numbers.append(number(line))
    for line in w.updates():
        text.append(
            f"{symbol(line)} = {line.figures} = {line.digits}" if not plain else f"{symbol(line)} = {line.digits}"
        )
        numbers.append(number(line))
    if script.form == "latex":
        text = [f"$${each}$$" for each in text]
    return Document(join(text), numbers)


@style
def update_same_letter(rng, sheet, slip):
    s = Script("latex")

    def figures(line):
        return line.symbol

    document = _updates(sheet, slip, s, figures)
    return replace(document, text=document.text.replace(r" \cdot (-", " (-"))


@style
def update_w_new(rng, sheet, slip):
    return _updates(sheet, slip, Script("plain"), lambda line: f"{line.symbol}_new", plain=rng.random() < 0.5)


@style
def update_prime(rng, sheet, slip):
    return _updates(sheet, slip, Script("plain"), lambda line: f"{line.symbol}'")


@style
def update_plus(rng, sheet, slip):
    return _updates(sheet, slip, Script("latex"), lambda line: f"{line.symbol}^+")


@style
def update_in_parentheses(rng, sheet, slip):
    return _updates(sheet, slip, Script("plain"), lambda line: f"{line.symbol}(new)", plain=rng.random() < 0.5)


@style
def update_arrow(rng, sheet, slip):
    s = Script("latex")
    document = _updates(sheet, slip, s, lambda line: line.symbol + " @")
    return replace(document, text=document.text.replace("@ =", r"\leftarrow"))


@style
def delta_w(rng, sheet, slip):
    s = Script("latex")
    w = Working(sheet, s, 4, slip=slip)
    rate = sheet.training.rate
    text, numbers = [], []
    for line in w.gradients(biases=False):
        name = line.of.removeprefix("dE/d")
        text.append(f"$${' = '.join(chain(line, s))}$$")
        symbol, digits = s.parameter(name), show(w.trace[f"step {name}"], 4)
        text.append(rf"$$\Delta {symbol} = -\eta {line.symbol} = -{rate:g} \cdot {s.factor(line.digits)} = {digits}$$")
        numbers += [number(line), Number(f"step {name}", digits)]
    return Document(join(text), numbers)


# Letters by what the document defines


@style
def h_and_z_by_definition(rng, sheet, slip):
    s = Script("latex", h="z_{0}", a="h_{0}", x="x_{0}", plain_units=True)
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    return Document(join(f"$${' = '.join(chain(line, s))}$$" for line in lines), [number(line) for line in lines])


@style
def y_for_the_output(rng, sheet, slip):
    s = Script("plain", h="in_{0}", a="y_{0}", x="x_{0}", target="t_{0}")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    return Document(join(" = ".join(chain(line, s)) for line in lines), [number(line) for line in lines])


@style
def sums_s(rng, sheet, slip):
    s = Script("latex", h="s_{0}", a="y_{0}", x="x_{0}", target="d_{0}")
    w = Working(sheet, s, 5, slip=slip)
    lines = most(w.every())
    return Document(
        join(f"$${' = '.join(chain(line, s))}$$" for line in lines), [number(line) for line in lines], ".tex"
    )


@style
def bare_units(rng, sheet, slip):
    s = Script("plain", h="net_{0}", a="{0}", x="{0}")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    return Document(join(" = ".join(chain(line, s)) for line in lines), [number(line) for line in lines])


# Samples and steps


@style
def samples_by_headings(rng, sheet, slip):
    sheet = random_sheet(rng, samples=2)
    s = Script("latex", h="z_{0}", a="a_{0}", x="x_{0}")
    text, numbers = [], []
    for sample, name in ((1, "first"), (2, "second")):
        w = Working(sheet, s, 4, sample=sample)
        text.append(f"## Sample {sample}" if rng.random() < 0.5 else f"## The {name} sample")
        lines = [*w.forward(), *w.cost(), *w.deltas()]
        text += [f"$${' = '.join(chain(line, s))}$$" for line in lines]
        numbers += [number(line) for line in lines]
    return Document(join(text), numbers)


@style
def samples_by_inputs(rng, sheet, slip):
    sheet = random_sheet(rng, samples=3)
    s = Script("plain", h="z_{0}", a="a_{0}", x="x_{0}")
    text, numbers = [], []
    for sample in (1, 2, 3):
        w = Working(sheet, s, 4, sample=sample)
        inputs = [exact(w.trace[f"a[{u}]"]) for u in sheet.network.units[0]]
        named = ", ".join(f"{s.unit(s.x, u)} = {v}" for u, v in zip(sheet.network.units[0], inputs, strict=True))
        text.append(f"For x = ({', '.join(inputs)}):" if rng.random() < 0.5 else f"Now {named}.")
        lines = [*w.forward(), *w.cost(), *w.deltas()]
        text += [" = ".join(chain(line, s)) for line in lines]
        numbers += [number(line) for line in lines]
    return Document(join(text), numbers)


@style
def iterations(rng, sheet, slip):
    s = Script("latex")
    text, numbers = [], []
    word = ("Iteration", "Step", "Epoch")[rng.integers(3)]
    for step in (1, 2):
        w = Working(sheet, s, 6, step=step)
        text.append(f"# {word} {step}")
        lines = [*w.forward(), *w.cost(), *w.deltas(), *w.gradients()]
        text += [f"$${line.symbol} = {line.digits}$$" for line in lines]
        numbers += [number(line) for line in lines]
    return Document(join(text), numbers)


@style
def weights_given_again(rng, sheet, slip):
    s = Script("plain")
    text, numbers = [], []
    for step in (1, 2):
        w = Working(sheet, s, 6, step=step)
        names = [p.name for p in sheet.network.wiring.parameters]
        text.append("The weights are now " + ", ".join(f"{name} = {w.value(name)}" for name in names) + ".")
        lines = [*w.forward(), *w.cost()]
        text += [f"{line.symbol} = {line.digits}" for line in lines]
        numbers += [number(line) for line in lines]
    return Document(join(text), numbers)


# Sentences


@style
def english_sentences(rng, sheet, slip):
    w = Working(sheet, Script("plain"), 4, slip=slip)
    text = [f"The learning rate eta = {exact(sheet.training.rate)} is used."]
    numbers = []
    for line in w.forward():
        unit = line.of[2:-1]
        phrase = ("The net input of {} is {}.", "The pre-activation of {} comes to {}.") if line.of[0] == "h" else (
            "The output of {} is {}.", "The activation of {} equals {}.")  # fmt: skip
        text.append(phrase[rng.integers(2)].format(unit, line.digits))
        numbers.append(number(line))
    for line in w.cost():
        text.append(f"The loss comes to {line.digits}.")
        numbers.append(number(line))
    for line in w.gradients():
        name = line.of.removeprefix("dE/d")
        phrase = ("The gradient of {} is {}.", "The derivative of the cost with respect to {} is {}.", "grad {} = {}",
                  "The gradient for {} turns out to be {}.")[rng.integers(4)]  # fmt: skip
        text.append(phrase.format(name, line.digits))
        numbers.append(number(line))
    for line in w.updates():
        name = line.of.removeprefix("new ")
        phrase = ("The new value of {} is {}.", "The updated weight {} is {}.")[rng.integers(2)]
        text.append(phrase.format(name, line.digits))
        numbers.append(number(line))
    return Document(join(text), numbers)


@style
def rate_in_a_sentence(rng, sheet, slip):
    s = Script("plain")
    w = Working(sheet, s, 4, slip=slip)
    rate = exact(sheet.training.rate)
    lines = [*w.forward(), *w.gradients()]
    text = [f"We use a learning rate eta = {rate} and the weights {', '.join(givens(sheet, s))}.",
            *(" = ".join(chain(line, s)) for line in lines)]  # fmt: skip
    return Document(join(text), [number(line) for line in lines])


@style
def german(rng, sheet, slip):
    s = Script("unicode", h="net_{0}", a="out_{0}", comma=True)
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    words = ("Damit ergibt sich {}.", "Also gilt {}.", "Für den Fehler erhält man {}.", "Einsetzen liefert {}.")
    text = [words[n % 4].format(" = ".join(chain(line, s))) for n, line in enumerate(lines)]
    return Document(join(text), [number(line) for line in lines])


@style
def spanish(rng, sheet, slip):
    s = Script("latex", h="z_{0}", a="a_{0}", x="x_{0}", cost="C")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    words = ("Por lo tanto, ${}$.", "Se obtiene ${}$.", "De aquí ${}$ y seguimos.", "La salida es ${}$.")
    text = [words[n % 4].format(" = ".join(chain(line, s))) for n, line in enumerate(lines)]
    return Document(join(text), [number(line) for line in lines])


@style
def captions_and_quotes(rng, sheet, slip):
    s = Script("plain")
    w = Working(sheet, s, 4, slip=slip)
    lines = most(w.every())
    text = [f"> {' = '.join(chain(line, s))}" if n % 2 else f"Figure {n}: {line.symbol} = {line.digits}"
            for n, line in enumerate(lines)]  # fmt: skip
    return Document(join(text), [number(line) for line in lines])


@style
def latex_article(rng, sheet, slip):
    s = Script("latex", h="z_{0}", a="a_{0}", x="x_{0}", cost=r"\mathcal{L}")
    w = Working(sheet, s, 5, slip=slip)
    groups = groupby(most(w.every()), key=lambda line: line.of[:2])
    text, numbers = [], []
    for _, group in groups:
        lines = list(group)
        body = " \\\\\n".join(" &= ".join((chain(line, s)[0], " = ".join(chain(line, s)[1:]))) for line in lines)
        text.append(f"\\subsection{{Part}}\n% E = 3\n\\begin{{align*}}\n{body}\n\\end{{align*}}")
        numbers += [number(line) for line in lines]
    return Document("\\documentclass{article}\n\\begin{document}\n" + join(text) + "\\end{document}\n", numbers, ".tex")


@style
def nabla_gradients(rng, sheet, slip):
    s = Script("latex", h="z_{0}", a="a_{0}", x="x_{0}")
    w = Working(sheet, s, 4, slip=slip)
    lines = list(w.gradients())
    forms = (r"$$\nabla_{{{}}} E = {}$$", "$∇_{{{}}} E = {}$", r"$$\nabla_{{{}}} = {}$$")
    text = [forms[n % 3].format(s.parameter(line.of.removeprefix("dE/d")), line.digits)
            for n, line in enumerate(lines)]  # fmt: skip
    numbers = [number(line) for line in lines]
    for layer in range(1, sheet.network.depth + 1):
        digits, found = _matrix(w, layer, "dE/d{}", False)
        rows = r" \\ ".join(" & ".join(row) for row in digits)
        text.append(rf"$$\nabla_{{W^{{({layer})}}}} E = \begin{{bmatrix}} {rows} \end{{bmatrix}}$$")
        numbers += found
    return Document(join(text), numbers)


@style
def second_forward_pass(rng, sheet, slip):
    w = Working(sheet, Script("plain", h="z_{0}", a="a_{0}"), 6, step=2)
    line = list(w.cost() if rng.random() < 0.5 else w.forward())[-1]
    heading = ("## Second forward pass", "## Forward pass 2", "## The second forward propagation")[rng.integers(3)]
    first = [each for each in Working(sheet, w.script, 6, slip=slip).every() if each.of in ("E", "dE/dw1")]
    return Document(join([*(f"{each.symbol} = {each.digits}" for each in first), heading,
                          f"{line.symbol} = {line.digits}"]), [number(each) for each in (*first, line)])  # fmt: skip


@style
def columns_of_blanks(rng, sheet, slip):
    w = Working(sheet, Script("plain"), 4, slip=slip)
    found = {line.of: line for line in (*w.forward(), *w.deltas())}
    units = [u for layer in sheet.network.units[1:] for u in layer]
    kinds = ("h", "a", "delta")
    rows = [["unit", "net", "out", "delta"], *([u, *(found[f"{k}[{u}]"].digits for k in kinds)] for u in units)]
    gradients = list(w.gradients())
    text = ["\n".join("".join(f"{cell:<12}" for cell in row).rstrip() for row in rows), "The gradients:",
            "\n".join(f"{line.symbol:<14}{line.digits}" for line in gradients)]  # fmt: skip
    numbers = [number(found[f"{k}[{u}]"]) for u in units for k in kinds]
    return Document(join(text), [*numbers, *map(number, gradients)], ".txt")


@style
def matrices_in_formulas(rng, sheet, slip):
    w = Working(sheet, Script("latex"), 4, slip=slip)
    matrix = lambda rows: r"\begin{bmatrix} " + r" \\ ".join(" & ".join(row) for row in rows) + r" \end{bmatrix}"  # noqa: E731
    column = lambda digits: matrix([[each] for each in digits])  # noqa: E731
    text, numbers, before = [], [], [w.a_digits(unit) for unit in sheet.network.units[0]]
    for layer in range(1, sheet.network.depth + 1):
        biases = [w.value(w.senders(unit)[1]) for unit in sheet.network.units[layer]]
        z, a = _layer(w, "h[{}]", layer), _layer(w, "a[{}]", layer)
        product = rf"{matrix(_matrix_given(w, layer))} {column(before)} + {column(biases)}"
        text.append(
            rf"$$z^{{({layer})}} = W^{{({layer})}} a^{{({layer - 1})}} + b^{{({layer})}} = {product} = {column(z)}$$"
        )
        text.append(rf"$$a^{{({layer})}} = {column(a)}$$")
        numbers += _layer_numbers(w, "h[{}]", layer) + _layer_numbers(w, "a[{}]", layer)
        before = a
    return Document(join(text), numbers)
