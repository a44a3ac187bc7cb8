"""Objects that show themselves: in a notebook as a report with formulas, with print as the same report in text.

What a report of an object says is written in `reports.showing`, and how it looks in `render`; both are imported only
when somebody looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backproof.document import Document


class Shown:
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
