"""Standard output and standard error while a verb runs: whatever is written there goes through one function.

Nobody who calls click.echo or print, and no library that warns, has to remember that a name in a file may hold control
characters: the streams themselves show them as visible escapes. Only what a renderer or rich has coloured passes as it
is, by `write_styled`.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, TextIO, cast

from backproof.escape import escape_controls, escape_json

#: Number of seconds between two lines of progress.
EVERY = 5.0
#: Maximum number of warnings that differ in names and numbers alone, and what these are.
MOST_ALIKE, PARTICULARS = 4, re.compile(r"'[^']*'|\"[^\"]*\"|[\d.,]+|s\b")


class Guard:
    """A text stream that shows control characters instead of sending them; None stands for one that is closed."""

    #: It takes all text: what the stream cannot encode is written as an escape.
    encoding, errors = "utf-8", "backslashreplace"

    def __init__(self, stream: TextIO | None, name: str) -> None:
        self.stream, self.name = stream, name

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def isatty(self) -> bool:
        """Whether a person reads along."""
        return self.stream is not None and self.stream.isatty()

    def write(self, text: str) -> int:
        """Write text from anywhere."""
        return self.write_styled(escape_controls(text))

    def write_styled(self, text: str) -> int:
        """Write text whose own control sequences, such as colours, are meant."""
        self._check_open()
        if self.stream is not None:
            known = self.stream.encoding or "ascii"
            self.stream.write(text.encode(known, "backslashreplace").decode(known))
        return len(text)

    def write_bytes(self, content: bytes) -> None:
        """Write bytes as they are."""
        self._check_open()
        if self.stream is not None:
            self.stream.flush()
            self.stream.buffer.write(content)

    def flush(self) -> None:
        """Hand on what is still waiting."""
        if self.stream is not None:
            self.stream.flush()

    def _check_open(self) -> None:
        if self.stream is None and self.name == "standard output":
            raise OSError(errno.EBADF, "it is closed; write to a file with -o", self.name)


@contextmanager
def guard_streams() -> Iterator[None]:
    """Guard both streams, and keep warnings of Python and of libraries from whoever did not ask for them by -W."""
    out, err, show = sys.stdout, sys.stderr, warnings.showwarning
    sys.stdout = cast(TextIO, Guard(out, "standard output"))
    sys.stderr = cast(TextIO, Guard(err, "standard error"))
    if not sys.warnoptions:
        warnings.showwarning = _drop_warning
    try:
        yield
    finally:
        sys.stdout, sys.stderr, warnings.showwarning = out, err, show


def flush_streams() -> None:
    """Write out what is left of both streams. Raise OSError if that fails; then nothing is left."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            _abandon(stream)
            if error.errno != errno.EPIPE:
                error.filename = getattr(stream, "name", None)
            raise


def _abandon(stream: TextIO) -> None:
    """Point a broken stream to nowhere, so that Python does not fail on it once more when it ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _drop_warning(*_: Any, **__: Any) -> None:
    """Show nothing: what people need to know, a verb says in words of its own."""


def unguarded(stream: TextIO) -> TextIO:
    """The stream itself, for a library that draws on a terminal; whoever uses it escapes what comes from files."""
    return cast(TextIO, stream.stream) if isinstance(stream, Guard) else stream


@contextmanager
def announce_long(work: str, after: float = 3.0, unit: str = "step") -> Iterator[Callable[[int, int], None]]:
    """Say what is going on, once, where that takes longer than `after` seconds.

    What it gives says how far the work has come, at most once in EVERY seconds: the steps done, and all
    (or what `unit` says instead of steps).
    """
    from threading import Timer

    due = monotonic() + after

    def tell(done: int, every: int) -> None:
        nonlocal due
        if monotonic() >= due:
            due = monotonic() + EVERY
            sys.stderr.write(f"{work}: {unit} {done:,} of {every:,}\n")

    timer = Timer(after, lambda: sys.stderr.write(f"{work} ... (Ctrl-C stops)\n"))
    timer.daemon = True
    timer.start()
    try:
        yield tell
    finally:
        timer.cancel()


def print_warnings(sentences: Iterable[str], more: str = "") -> None:
    """Print warnings to standard error, of those that are alike the first ones; `more` says where the others are."""
    alike = Counter[str]()
    for sentence in sentences:
        kind = PARTICULARS.sub("", sentence)
        alike[kind] += 1
        if alike[kind] <= MOST_ALIKE:
            print(f"backproof: warning: {sentence}", file=sys.stderr)
    if left_out := sum(max(0, count - MOST_ALIKE) for count in alike.values()):
        those = "warnings of the same kinds" if left_out > 1 else "warning of the same kind"
        print(f"backproof: warning: {left_out:,} more {those}{more}.", file=sys.stderr)


def write_styled(text: str, *, err: bool = False) -> None:
    """Write rendered text, with the colours that its renderer put there."""
    stream = sys.stderr if err else sys.stdout
    getattr(stream, "write_styled", stream.write)(text)


def write_utf8(text: str, form: str) -> None:
    """Write a report in a form that is UTF-8 by definition, whatever the terminal speaks."""
    safe = escape_json(text) if form == "json" else escape_controls(text)
    _write_bytes(safe.encode())


def write_data(content: bytes) -> None:
    """Write data, exactly as a file would hold it; only a terminal gets it escaped."""
    if sys.stdout.isatty():
        sys.stdout.write(content.decode("utf-8", "replace"))
    else:
        _write_bytes(content)


def _write_bytes(content: bytes) -> None:
    stream = sys.stdout
    if isinstance(stream, Guard):
        stream.write_bytes(content)
    else:
        stream.write(content.decode())
