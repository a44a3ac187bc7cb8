"""A page as one file: script, style and record inside, nothing fetched, and a policy that lets nothing else run."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

from backproof.page.record import make_record
from backproof.render.characters import one_line
from backproof.render.svg import DRAWING_STYLE
from backproof.worksheet import Worksheet


def export_page(sheet: Worksheet, *, last: int = 1000) -> str:
    """A worksheet as one HTML file that works without a network, recorded up to the step `last`."""
    return write_page(make_record(sheet, last=last))


def write_page(record: dict[str, Any]) -> str:
    """The HTML of a record."""
    script, style = read_built("page.js"), read_built("page.css") + DRAWING_STYLE
    fetched = "'self'" if record["served"] else "'none'"
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        f"connect-src {fetched}; base-uri 'none'; form-action 'none'"
    )
    title = escape(one_line(record["title"])) or "backproof"
    head = (
        f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
        f"<title>{title}</title>\n<style>{style}</style>"
    )
    body = (
        '<div id="page"><noscript>This page needs JavaScript; backproof explain writes a report without it.</noscript>'
        f'</div>\n<script type="application/octet-stream" id="record">{pack_record(record)}</script>\n'
        f"<script>{script}</script>"
    )
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def pack_record(record: dict[str, Any]) -> str:
    """A record as text that stands safely in a page: JSON, gzip, base64; the same for the same record."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode("ascii")


@cache
def read_built(name: str) -> str:
    """A file that the sources in `web/` build to."""
    return (files("backproof.page") / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}"
