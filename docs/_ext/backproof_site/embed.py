"""A directive that embeds the page of a worksheet, exported as the documentation is built: ```{play} or```."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

import backproof
from backproof_site.shell import ExampleError, folder_of, mark_example, run

#: The names of the pages of shipped worksheets that this build has exported.
EXPORTED: set[str] = set()


class Play(SphinxDirective):
    """The page that `backproof export` writes, in a frame."""

    required_arguments = 1
    option_spec: ClassVar = {"steps": directives.positive_int, "title": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """The frame, and a link to the page by itself."""
        mark_example(self)
        worksheet, steps = self.arguments[0], self.options.get("steps", 12)
        folder = folder_of(self.env.docname)
        own = (folder / worksheet).exists()  # a shipped worksheet is exported once for all pages
        name = (
            f"{self.env.docname.replace('/', '-')}-{Path(worksheet).stem}.html" if own else f"{worksheet}-{steps}.html"
        )
        kept = Path(self.env.doctreedir) / "pages" / name
        if own or name not in EXPORTED:
            try:
                run(f"backproof export {worksheet} {name} --steps {steps}", folder)
            except ExampleError as error:
                raise self.error(str(error)) from None
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder / name, kept)
            EXPORTED.add(name)
        address = f"{'../' * self.env.docname.count('/')}_play/{name}"
        title = self.options.get("title", f"The page of {Path(worksheet).stem}")
        frame = (
            f'<iframe class="play" src="{address}" title="{title}" loading="lazy"></iframe>'
            f'<p class="play"><a href="{address}">This page by itself</a>: select any symbol, edge or unit; the slider '
            f"goes through the step.</p>"
        )
        return [nodes.raw("", frame, format="html")]


def _copy(app: Any, error: Exception | None) -> None:
    pages = Path(app.doctreedir) / "pages"
    if error is None and app.builder.format == "html" and pages.exists():
        shutil.copytree(pages, Path(app.outdir) / "_play", dirs_exist_ok=True)


def _write_style(app: Any, error: Exception | None) -> None:
    """The style of reports, once for all pages."""
    if error is None and app.builder.format == "html":
        fragment = backproof.load("or").trace(sample=2).explain("dE/dw1")._repr_html_()
        style = "\n".join(re.findall(r"<style>(.*?)</style>", fragment, re.DOTALL))
        (Path(app.outdir) / "_static" / "reports.css").write_text(style, "utf-8")


def setup(app: Any) -> None:
    """Register the directive, and copy the pages beside the others at the end."""
    app.add_directive("play", Play)
    app.add_css_file("reports.css")
    app.connect("build-finished", _copy)
    app.connect("build-finished", _write_style)
