"""Two directives: a table of every key of a worksheet, and one of every training option, read from the code."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from backproof.train.option import options_of
from backproof.train.options import TrainingOptions
from backproof.worksheet import claims_section, data_section, lesson_section, network_section, reader
from backproof_site.shell import mark_example

#: What each key means, by the section that it stands in; a key of the code without a line stops the build.
MEANINGS: dict[str, dict[str, str]] = {
    "": {
        "title": "what reports are headed with",
        "source": "where the working stands",
        "network": "the network, below",
        "data": "samples and targets, below",
        "training": "learning rate, optimiser and more, below",
        "claims": "numbers that somebody worked out, for check",
        "aliases": "names that a document uses, and what they stand for: a_1 = \"a[h1]\"",
        "document": "what a document is about: its sample and step",
        "lesson": "steps through the page, for play and export",
    },
    "[network]": {
        "activations": "one activation for each layer after the inputs",
        "cost": "what compares outputs with targets",
        "units": "the name of every unit, layer by layer, inputs first",
        "weights": "a table for each weight: name, from, to, value; trained = false keeps it as it is",
        "biases": "a table for each bias: name, to, value; to may list several units",
        "layers": "instead of units: sizes, [784, 30, 10], or a table for each layer of a graph",
        "parameters": "a safetensors file, or arrays by name",
        "initialiser": "instead of parameters: how they are drawn",
        "seed": "of the initialiser",
        "inputs": "of a graph: the shape of one sample",
        "outputs": "of a graph: the layers that the cost compares with the targets",
    },
    "[data]": {
        "inputs": "a row for each sample",
        "targets": "a row for each sample",
        "reduction": "the cost over the samples: sum (the default) or mean",
    },
    "[training]": {
        "learning_rate": "needed for updates and later steps",
        "optimizer": "a name, or a table with its options",
        "batches": "the samples of each step, numbered from 1",
    },
    "[[claims]]": {
        "of": "the name of the number",
        "value": "the digits as printed, a string; empty where the answer is still to be given",
        "sample": "which sample it belongs to, from 1",
        "step": "which training step, from 1",
        "where": "where it stands in the working",
        "expected": "the verdict that is known, for tests",
    },
    "[[lesson]]": {
        "says": "a sentence",
        "of": "the number that it is about",
        "sample": "of which sample",
        "step": "of which step",
        "ask": "true hides the number and asks for it",
    },
}  # fmt: skip


def read_keys() -> dict[str, tuple[str, ...]]:
    """The keys that the reader of worksheets accepts, by section."""
    network = {*network_section.SHARED_KEYS, *network_section.EXPLICIT_KEYS, *network_section.GRAPH_KEYS}
    return {
        "": reader.KEYS,
        "[network]": tuple(sorted(network)),
        "[data]": data_section.KEYS,
        "[training]": reader.TRAINING_KEYS,
        "[[claims]]": claims_section.KEYS,
        "[[lesson]]": lesson_section.KEYS,
    }


def describe_key(section: str, key: str) -> str:
    """What a key means; one of [training] says it as the training option of that name does."""
    found = MEANINGS[section].get(key)
    if found is None and section == "[training]":
        found = next((each.help for each in options_of(TrainingOptions) if key in (each.name, each.key)), None)
    if found is None:
        raise ExtensionError(f"the key '{key}' of {section or 'a worksheet'} has no meaning in {__name__}")
    return found


class WorksheetKeys(SphinxDirective):
    """The table of keys."""

    def run(self) -> list[nodes.Node]:
        """A table."""
        rows = [
            (f"<code>{escape(section)}</code>", f"<code>{key}</code>", escape(describe_key(section, key)))
            for section, keys in read_keys().items()
            for key in keys
        ]
        return [_write_table(rows, ("section", "key", "meaning"))]


class TrainingOptionsTable(SphinxDirective):
    """The table of options."""

    def run(self) -> list[nodes.Node]:
        """A table."""
        mark_example(self)
        rows = [
            (f"<code>{each.name}</code>", f"<code>{escape(each.flag or '-')}</code>", escape(_write_default(each)), escape(each.help))
            for each in options_of(TrainingOptions)
        ]  # fmt: skip
        return [_write_table(rows, ("Python", "command line", "default", "meaning"))]


def _write_default(option: Any) -> str:
    return "" if option.default is None else repr(option.default)


def _write_table(rows: list[tuple[str, ...]], heads: tuple[str, ...]) -> nodes.raw:
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    table = f'<table class="docutils"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return nodes.raw("", f'<div class="table-wrapper" tabindex="0">{table}</div>', format="html")


def setup(app: Any) -> None:
    """Register both."""
    app.add_directive("worksheet-keys", WorksheetKeys)
    app.add_directive("training-options", TrainingOptionsTable)
