"""Ctrl-C and SIGTERM while a run is on: the first ends it cleanly after its epoch, a second one ends it at once.

Python runs handlers of signals between two steps of its own only, and an epoch that is compiled is a single step. So a
thread listens where the system itself writes each signal's number.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread, current_thread, main_thread
from typing import TYPE_CHECKING

from backproof.train.callbacks.callback import Callback
from backproof.train.history import INTERRUPTED

if TYPE_CHECKING:
    from backproof.train.run import Epochs, Run

SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: The exit code of a process that was interrupted.
CODE = 130
STOPPING = "stopping at the end of this epoch; Ctrl-C again stops at once"


class Stop(Callback):
    """Ends a run after the epoch in which that is `asked`, and says so at once by `tell`."""

    needs_every_epoch = False

    def __init__(self) -> None:
        self.asked = False
        self.tell: Callable[[], object] = lambda: None

    def after(self, run: Run, epochs: Epochs) -> str | None:
        return INTERRUPTED if self.asked else None

    def ask(self) -> None:
        """A signal has come."""
        if self.asked:
            end_process()
        self.asked = True
        self.tell()


@contextmanager
def interruptible() -> Iterator[Stop]:
    """A Stop that hears the signals for as long as this goes on."""
    stop = Stop()
    if current_thread() is not main_thread():  # signals are the main thread's
        yield stop
        return
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    others = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    before = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
    listener = Thread(target=_listen, args=(ours, stop), daemon=True)
    listener.start()
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(others)
        theirs.close()
        listener.join()
        ours.close()


def _listen(ours: socket.socket, stop: Stop) -> None:
    while number := ours.recv(1):
        if number[0] in SIGNALS:
            stop.ask()


def end_process() -> None:
    """End the process here and now; files are whole at any moment, and the next one sweeps up."""
    if sys.stderr.isatty():
        os.write(2, b"\x1b[?25h")  # the cursor, which a live display hides
    os.write(2, b"\nstopped.\n")
    os._exit(CODE)
