"""At the end of a build: no public name is without a page, and no page without an example that ran."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from docutils import nodes
from sphinx.errors import ExtensionError

import backproof
from backproof_site.generate import REGISTRIES, VERBS, every_page

#: Modules with public names besides the package itself; each needs another package.
FRONTS = ("backproof.torch", "backproof.sklearn", "backproof.onnx")


def public_names() -> list[str]:
    """Every name that a user may import."""
    names = [f"backproof.{name}" for name in backproof.__all__ if name != "__version__"]
    for module in FRONTS:
        try:
            names += [f"{module}.{name}" for name in import_module(module).__all__]
        except ModuleNotFoundError:  # its package is not installed
            continue
    return names


def find_gaps(app: Any) -> list[str]:
    """What is missing, a sentence each."""
    env = app.env
    known = {name for name, *_ in env.get_domain("py").get_objects()}
    pages = set(env.found_docs)
    gaps = [f"{name} has no entry in the reference" for name in public_names() if name not in known]
    wanted = [f"reference/{folder}/{name}" for folder, _, registry in REGISTRIES for name in registry.names()]
    wanted += [f"reference/commands/{verb}" for verb in VERBS]
    gaps += [f"{page} does not exist" for page in wanted if page not in pages]
    made = {f"reference/{place}" for place, _ in every_page()}  # each was made from a run of its own
    ran = getattr(env, "examples", set()) | made
    return gaps + [f"{page} has no example that ran" for page in sorted(pages - ran)]


def _note_cells(app: Any, doctree: Any) -> None:
    """A page whose code MyST-NB has executed has an example."""
    if any("cell" in node.get("classes", ()) for node in doctree.findall(nodes.container)):
        app.env.examples = getattr(app.env, "examples", set()) | {app.env.docname}


def _check(app: Any, error: Exception | None) -> None:
    if error is None and app.builder.format == "html" and (gaps := find_gaps(app)):
        raise ExtensionError("The documentation has gaps:\n  " + "\n  ".join(gaps))


def _merge(app: Any, env: Any, pages: Any, other: Any) -> None:
    env.examples = getattr(env, "examples", set()) | getattr(other, "examples", set())


def setup(app: Any) -> None:
    """Look for gaps once everything is written."""
    app.connect("doctree-read", _note_cells)
    app.connect("build-finished", _check)
    app.connect("env-merge-info", _merge)
