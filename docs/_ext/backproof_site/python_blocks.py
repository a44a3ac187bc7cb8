"""The blocks of Python in pages written by hand are run, as one program a page; one that fails stops the build."""

from __future__ import annotations

import shlex
import sys
from importlib.util import find_spec
from typing import Any

from docutils import nodes
from sphinx.util import logging

from backproof_site.shell import ExampleError, folder_of, run

#: Pages whose programs need a package that is an extra of its own.
NEEDS = {"pytorch": "torch", "how/pytorch": "torch"}


def _run_blocks(app: Any, doctree: Any) -> None:
    page = app.env.docname
    blocks = [
        node.astext()
        for node in doctree.findall(nodes.literal_block)
        if node.get("language") == "python" and isinstance(node.parent, nodes.section)
    ]
    needed = NEEDS.get(page)
    if not blocks or page.startswith("reference/") or (needed and find_spec(needed) is None):
        return
    program = folder_of(page) / "_blocks.py"
    program.write_text("\n\n".join(blocks), "utf-8")
    try:
        run(shlex.join([sys.executable, program.name]), program.parent)
    except ExampleError as error:
        logging.getLogger(__name__).warning(str(error), location=page)
    app.env.examples = getattr(app.env, "examples", set()) | {page}


def setup(app: Any) -> None:
    """Run them as soon as a page is read."""
    app.connect("doctree-read", _run_blocks)
