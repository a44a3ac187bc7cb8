"""LaTeX in pages as MathML, by docutils' own converter: no script runs in a page, and it needs no network."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml


def _write(node: Any, *, as_block: bool) -> str:
    return str(tex2mathml(node.astext(), as_block=as_block))


def visit_inline(self: Any, node: Any) -> None:
    """A formula within a sentence."""
    self.body.append(_write(node, as_block=False))
    raise nodes.SkipNode


def visit_block(self: Any, node: Any) -> None:
    """A formula on a line of its own, which scrolls where a screen is narrow."""
    self.body.append(f'<div class="formula" tabindex="0">{_write(node, as_block=True)}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> None:
    """Make it a renderer of formulas that `conf.py` can name."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
