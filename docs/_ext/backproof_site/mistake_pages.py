"""A page for each mistake: its docstring, how often it was seen, and an example that the checker itself has named.

The example is looked for: on small networks the mistake is made wherever it can be made, until `check` names it by
what it gives; what only code can do is made in a backward pass and found by `check_gradient`, and what only a module of
PyTorch can do by `backproof.torch.check`. So no page can show what is not found.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from sphinx.errors import ExtensionError

import backproof
from backproof.checking.backward_pass import BackwardPass
from backproof.checking.graph import Graph
from backproof.checking.mistake import Mistake, mistakes
from backproof.checking.site import Site
from backproof.checking.submitted import SubmittedGradients
from backproof.document import Document, Heading
from backproof.expression import quantities
from backproof.quantity import Quantity
from backproof.render import render_fragment
from backproof.reports.marking import marking
from backproof.worksheet import Claim, Worksheet
from backproof_site import by_hand
from backproof_site.counts import COUNTS, measure_workings
from backproof_site.networks import SHIPPED, small_networks
from backproof_site.writing import Page, embed, escape_markdown

#: In which order numbers are tried: what people ask for first.
FORMS = ("dE/dw", "dE/dh", "dE/da", "step", "new", "h", "a", "E", "da/dh")
#: Of how many different slips of a mistake in one network the report is looked at.
TRIES = 8


class Example(NamedTuple):
    """A mistake made on purpose: in words, and what the checker says of it as HTML."""

    says: str
    shown: str


def write_page(name: str) -> Page:
    """The page of a mistake."""
    mistake = mistakes.make(name)
    what = escape_markdown(mistake.summary)
    example = find_example(mistake)
    if example is None:
        raise ExtensionError(f"mistake '{name}': no example was found; give one in docs/_ext/backproof_site/by_hand.py")
    lines = [f"# {name}\n", f"**{what}**\n"]
    for head, title in (("why", "Why it happens"), ("example", "Example"), ("see it", "How to see it")):
        if head in mistake.parts:
            lines.append(f"{title}\n: {escape_markdown(mistake.parts[head])}\n")
    lines += ["## Found by the checker\n", f"{example.says}\n", example.shown]
    lines += ["## How often\n", _count(name, mistake), f"\nIts file: `src/backproof/checking/mistakes/{name}.py`.\n"]
    return Page("\n".join(lines), what)


def _count(name: str, mistake: Mistake) -> str:
    """How often it was seen, in words."""
    return f"{_say_measured(name)} {_say_counted(name)} In the checker's own order of likelihood its weight is {mistake.frequency:g} (1 is rare, 10 common)."


def _say_measured(name: str) -> str:
    measured = measure_workings()
    where = f"the {measured.workings} published workings measured, which print {measured.numbers} numbers"
    if name not in measured.workings_with:
        return f"Not seen in {where}."
    share = f"{measured.workings_with[name]} of them and {measured.numbers_with[name]} of their numbers"
    return f"Of {where}, {share} have it."


def _say_counted(name: str) -> str:
    if name not in COUNTS:
        return "It was not counted in threads and code."
    sources, claims, threads = COUNTS[name]
    parts = [
        f"{sources} published working{'s' if sources != 1 else ''}" if sources else "",
        f"{claims} printed number{'s' if claims != 1 else ''} that it spoils directly" if claims else "",
        f"{threads} issue{'s' if threads != 1 else ''}, threads or pull requests about it" if threads else "",
    ]
    return f"Counted by hand in these and more, code and threads too: {', '.join(filter(None, parts))}."


def find_example(mistake: Mistake) -> Example | None:
    """The first place where the checker names it first."""
    return _in_claims(mistake) or _in_code(mistake) or by_hand.find_example(mistake.id)


def _in_claims(mistake: Mistake) -> Example | None:
    prepared = by_hand.CLAIMS.get(mistake.id)
    if prepared is not None:
        return _judge(mistake, *prepared())
    for sheet in small_networks():
        for claim in _wrong_claims(mistake, sheet):
            if found := _judge(mistake, sheet, (claim,)):
                return found
    return None


def _judge(mistake: Mistake, sheet: Worksheet, claims: tuple[Claim, ...]) -> Example | None:
    """The report, if it names the mistake first; the last claim is the one it is about."""
    report = backproof.check(replace(sheet, claims=claims))
    named = report.claims[-1].mistakes
    if report.claims[-1].verdict != "wrong" or not named or named[0].id != mistake.id:
        return None
    claim = claims[-1]
    sample = f", sample {claim.sample}," if claim.sample else ""
    before = "".join(f"`{each.of} = {each.value}`, " for each in claims[:-1])
    says = (
        f"In {_title(sheet)} somebody writes {before}`{claim.of} = {claim.value}`{sample} where the truth is "
        f"{report.claims[-1].truth:.6g}. `backproof check` says:"
    )
    document = marking(report)
    return Example(says, _show(document))


def _title(sheet: Worksheet) -> str:
    """The network within a sentence."""
    name = next((name for name in SHIPPED if backproof.load(name).title == sheet.title), "")
    return f"the shipped worksheet `{name}`" if name else f"{sheet.title}, with random numbers,"


def _show(document: Document) -> str:
    """The part of a report that is about the wrong claims, as a notebook shows it."""
    first = next(number for number, each in enumerate(document.blocks) if isinstance(each, Heading))
    blocks = [replace(each, level=3) if isinstance(each, Heading) else each for each in document.blocks[first:]]
    return embed(render_fragment(replace(document, title="", blocks=tuple(blocks))))


def _wrong_claims(mistake: Mistake, sheet: Worksheet) -> Iterator[Claim]:
    """What the mistake makes of the numbers of a step, each kind of slip once."""
    graph = Graph(sheet.network, sheet.x, sheet.y, sheet.training, frozenset({1}))
    met, tried = set(), 0
    for place in (
        each for sample in ((1, None) if len(sheet.x) > 1 else (None,)) for each in _places(graph, sheet, sample)
    ):
        for formula in graph.definitions(place):
            for change in mistake.rewrites(Site(graph, place, formula)):
                if (place.form, change.says) in met or tried >= TRIES:
                    continue
                if any(each == place or place in graph.ancestors(each) for each in quantities(change.formula)):
                    continue
                value, truth = graph.evaluate(change.formula), graph.truth(place)
                if math.isfinite(value) and value and abs(value - truth) > 1e-3 * abs(truth):
                    met.add((place.form, change.says))
                    tried += 1
                    bare = replace(place, sample=None, step=None)
                    yield Claim(of=bare.name, value=f"{value:.6g}", sample=place.sample)  # type: ignore[arg-type]


def _places(graph: Graph, sheet: Worksheet, sample: int | None) -> list[Quantity]:
    """The numbers of a step in the order in which they are tried."""
    every = list(graph.every(Quantity("E", (), sample, 1)))
    for name in sheet.network.wiring.names():
        every += [graph.normal(Quantity(role, (name,)), 1, sample) for role in ("step", "new")]
    if sample is not None or len(sheet.x) == 1:
        every += [graph.normal(Quantity("E", (unit,)), 1, sample) for unit in sheet.network.architecture.output_units]
    return sorted(every, key=lambda each: FORMS.index(each.form) if each.form in FORMS else len(FORMS))


def _in_code(mistake: Mistake) -> Example | None:
    """A backward pass that makes it, and what `check_gradient` says of its gradients."""
    for sheet in small_networks():
        nothing = SubmittedGradients({}, {}, "float64")
        code = BackwardPass(sheet.network, sheet.x, sheet.y, nothing, sheet.training)
        offered = mistake.in_code(code) if sheet.network.architecture.is_chain else mistake.in_graph(code)
        for _, candidate in zip(range(TRIES), offered, strict=False):
            wrong = {name: np.asarray(array) for name, array in candidate.gradients().items()}
            report = backproof.check_gradient(wrong, sheet.network, sheet.x, sheet.y, training=sheet.training)
            if not report.right and report.mistakes and report.mistakes[0].id == mistake.id:
                says = f"A backward pass for {_title(sheet)} makes it. `backproof.check_gradient` says:"
                return Example(says, embed(report._repr_html_()))
    return None
