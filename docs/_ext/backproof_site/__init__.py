"""What the documentation needs beside Sphinx: examples that run while it is built, pages made from the code itself,
formulas as MathML, and a check that nothing public is without a page and no page without an example."""

from __future__ import annotations

from typing import Any

from backproof_site import access, complete, embed, formulas, generate, option_tables, python_blocks, shell


def setup(app: Any) -> dict[str, Any]:
    """Register every part."""
    for part in (access, formulas, shell, python_blocks, option_tables, embed, generate, complete):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
