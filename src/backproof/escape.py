"""Text from anywhere made safe to show: control and direction characters as visible escapes, long text cut short.

A terminal obeys control characters and reorders text at direction marks, so a name in a file could move the cursor or
make a message read differently. `escape_controls` is the one function that stands between such text and a terminal.
"""

from __future__ import annotations

import re

#: What a terminal obeys or what changes the order of other text, except tab and newline: C0 and C1 controls and DEL,
#: direction marks, line and paragraph separators, invisible format characters, half characters, tags. The joiners that
#: some scripts need (U+200C, U+200D) and the soft hyphen stay.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\U000110bd\U000110cd\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
#: A word longer than this, and a text longer than this, are shown by their two ends.
LONGEST_WORD, LONGEST_TEXT = 400, 4000
_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")


def escape_controls(text: str) -> str:
    r"""Show what a terminal would obey as an escape such as ``\x1b`` or ``\u202e``; newlines and tabs stay."""
    return _CONTROLS.sub(_escape, text)


def escape_json(text: str) -> str:
    """JSON text with the same characters written as JSON escapes, so that it means the same."""
    return _CONTROLS.sub(_escape_in_json, text)


def shorten(text: str, longest: int = LONGEST_TEXT) -> str:
    """Cut the middle out of a text longer than `longest`."""
    if len(text) <= longest:
        return text
    end = longest // 4
    return f"{text[: longest - end - 5]} ... {text[-end:]}"


def shorten_message(text: str) -> str:
    """A message in which no word and not the whole is longer than anybody would read."""
    if len(text) <= LONGEST_WORD:
        return text
    return shorten(_LONG_WORD.sub(lambda found: shorten(found[0], 120), text))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _escape_in_json(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
