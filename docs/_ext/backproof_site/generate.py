"""Pages of the reference that are written from the code itself, before Sphinx reads the sources.

They stand in folders of `docs/reference/` that git ignores; each is written only if it says something new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sphinx.util import logging

import backproof
from backproof.checking.mistake import mistakes
from backproof.cli import Verbs
from backproof.operations.activation import activations
from backproof.operations.cost import costs
from backproof.operations.initialiser import initialisers
from backproof.operations.layer import kinds
from backproof.operations.optimiser import optimisers
from backproof.operations.schedule import schedules
from backproof.operations.shorthand import shorthands
from backproof_site import command_pages, mistake_pages, operation_pages
from backproof_site.writing import Page

#: The folder of each registry's pages, what writes one of them, and the registry.
REGISTRIES: tuple[tuple[str, Callable[[Any], Page], Any], ...] = (
    ("mistakes", mistake_pages.write_page, mistakes),
    ("activations", operation_pages.write_activation, activations),
    ("costs", operation_pages.write_cost, costs),
    ("optimisers", operation_pages.write_optimiser, optimisers),
    ("schedules", operation_pages.write_schedule, schedules),
    ("initialisers", operation_pages.write_initialiser, initialisers),
    ("layers", operation_pages.write_layer, kinds),
    ("shorthands", operation_pages.write_shorthand, shorthands),
)
VERBS = tuple(Verbs().list_commands(None))  # type: ignore[arg-type]


def every_page() -> Iterator[tuple[str, Callable[[], Page]]]:
    """Each page's place, and what makes it."""
    for folder, write, registry in REGISTRIES:
        for name in registry.names():
            if name not in registry.added:
                yield f"{folder}/{name}", lambda write=write, registry=registry, name=name: write(name)
    for verb in VERBS:
        yield f"commands/{verb}", lambda verb=verb: command_pages.write_page(verb)


def _generate(app: Any) -> None:
    """Write all pages, and an index with a summary for each folder."""
    stamp = Path(app.doctreedir) / "reference-is-written"
    if stamp.exists() and stamp.stat().st_mtime > _last_change(app):
        return
    root, listed = Path(app.srcdir) / "reference", dict[str, list[tuple[str, str]]]()
    made = set()
    for place, page in _make_pages(app.parallel):
        folder, _, name = place.partition("/")
        listed.setdefault(folder, []).append((name, page.summary))
        made.add(_write(root / f"{place}.md", page.text))
    for folder, pages in listed.items():
        made.add(_write(root / folder / "index.md", _list_pages(folder, pages)))
    for folder in listed:
        for old in set((root / folder).glob("*.md")) - made:
            old.unlink()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.touch()
    logging.getLogger(__name__).info("%d pages of the reference", len(made))


def _make_pages(count: int) -> Iterator[tuple[str, Page]]:
    """Each page's place and the page, made in as many processes as Sphinx may use (its option -j)."""
    places = [place for place, _ in every_page()]
    with ProcessPoolExecutor(count, mp_context=get_context("fork")) as pool:
        yield from zip(places, pool.map(_make_page, places), strict=True)


def _make_page(place: str) -> Page:
    return dict(every_page())[place]()


def _last_change(app: Any) -> float:
    """When the code was last changed that the pages are written from, and by."""
    folders = (Path(backproof.__file__).parent, Path(app.srcdir) / "_ext")
    return max(path.stat().st_mtime for folder in folders for path in folder.rglob("*.py"))


TITLES = {
    "mistakes": ("Mistakes", "What `check`, `check-code` and the functions behind them can name. The name in a report is the name of the page; `backproof explain NAME` says the same in a terminal, and `backproof explain mistakes` lists them."),
    "activations": ("Activations", "Functions g with a = g(h). In a worksheet: `activation = \"tanh\"`."),
    "costs": ("Costs", "What compares the outputs with the targets. In a worksheet: `cost = \"half_squared_error\"`."),
    "optimisers": ("Optimisers", "How a gradient becomes a step. In a worksheet: `optimizer = \"adam\"`; in Python and on the command line too."),
    "schedules": ("Schedules", "What multiplies the learning rate as a run goes on: `--schedule cosine`, `schedule=\"cosine\"`."),
    "initialisers": ("Initialisers", "The numbers that weights start with: `initialiser = \"he_normal\"`."),
    "layers": ("Kinds of layer", "What turns the activations that a layer receives into its pre-activations h: `kind = \"conv2d\"`."),
    "shorthands": ("Shorthands", "One layer as written, opened into a graph of the [kinds of layer](../layers/index.md)."),
    "commands": ("Commands", "What `backproof` does on the command line. `backproof VERB --help` says the same."),
}  # fmt: skip


def _list_pages(folder: str, pages: list[tuple[str, str]]) -> str:
    title, about = TITLES[folder]
    table = "\n".join(f"- [{name}]({name}.md): {summary}" for name, summary in pages)
    names = "\n".join(name for name, _ in pages)
    ran = f"```{{shell}}\n:hide:\nbackproof {pages[0][0]} --help\n```\n" if folder == "commands" else EXAMPLES[folder]
    return f"# {title}\n\n{about}\n\n{ran}\n{table}\n\n```{{toctree}}\n:hidden:\n\n{names}\n```\n"


#: What an index shows at work.
EXAMPLES = {
    folder: f"```{{shell}}\n{command}\n```\n"
    for folder, command in {
        "mistakes": "backproof check or_article | grep -m 3 -A 1 omitted",
        "activations": 'backproof explain or --sample 2 --of "a[o]" --digits 4',
        "costs": "backproof explain or --sample 2 --of E --digits 4",
        "optimisers": 'backproof explain or --of "step w5" --digits 4',
        "schedules": "backproof train or --epochs 20 --schedule cosine --quiet | tail -4",
        "initialisers": "python -c 'import backproof; print(backproof.Network.dense([2, 3, 1], initialiser=\"he_normal\", seed=0))' | head -8",
        "layers": 'backproof explain conv --sample 1 --of "h[c[0,1,0]]" --digits 4',
        "shorthands": 'backproof explain lstm --of "a[r.f2[0]]" --digits 4',
    }.items()
}  # fmt: skip


def _write(place: Path, text: str) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists() or place.read_text("utf-8") != text:
        place.write_text(text, "utf-8")
    return place


def setup(app: Any) -> None:
    """Write the pages before the sources are looked for."""
    app.connect("builder-inited", _generate)
