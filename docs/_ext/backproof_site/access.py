"""Pages that everybody can use: what scrolls can be reached by the keyboard, and headings say their level."""

from __future__ import annotations

from typing import Any

CHANGES = {
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    '<div class="backproof inside">': '<div class="backproof inside" tabindex="0">',
    'role="heading">': 'role="heading" aria-level="2">',
}


def _change_body(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    for old, new in CHANGES.items():
        context["body"] = context.get("body", "").replace(old, new)


def setup(app: Any) -> None:
    """Change each page before it is put into its frame."""
    app.connect("html-page-context", _change_body)
