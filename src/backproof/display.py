"""Objects that show themselves: in a notebook as a report with formulas, with print as the same report in text.

What a report of an object says is written in `reports.showing`, and how it looks in `render`; both are imported only
when somebody looks.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backproof.document import Document


#: The media types in which objects show themselves, and the method that writes each of them.
FORMS = {
    "text/plain": "__repr__",
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "text/latex": "_repr_latex_",
}


class Displayed:
    """Abstract: an object that a notebook shows in several forms, of which it may choose."""

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        """Its forms by media type: those in `include`, by default all, without those in `exclude`."""
        return {
            kind: getattr(self, method)()
            for kind, method in FORMS.items()
            if hasattr(self, method) and kind in (include or FORMS) and kind not in (exclude or ())
        }


class Shown(Displayed):
    """Abstract: an object with a report of its own."""

    def _document(self) -> Document:
        from backproof.reports.showing import describe_object

        return describe_object(self)

    def __str__(self) -> str:
        from backproof.render import render

        return render(self._document(), "text").rstrip("\n")

    def _repr_html_(self) -> str:
        """The report, in a notebook."""
        from backproof.render import render_fragment

        return render_fragment(self._document())

    def _repr_markdown_(self) -> str:
        """The report, where a notebook is shown as Markdown."""
        from backproof.render import render

        return render(self._document(), "markdown")


@dataclass(frozen=True, repr=False)
class Explanation(Shown):
    """The explanation of a whole step, as `Trace.explain()` returns it: print it, or let a notebook show it."""

    document: Document

    def __repr__(self) -> str:
        return f"Explanation({self.document.title!r}, {len(self.document.blocks)} parts)"

    def _document(self) -> Document:
        return self.document
