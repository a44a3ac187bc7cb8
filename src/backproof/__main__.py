"""`python -m backproof`, and the command `backproof`: an interrupt ends it at once and quietly, wherever it is.

What stands above `main` is all that can still be interrupted with a traceback, so it imports next to nothing.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # `signal` itself has much to load
import os

TYPE_CHECKING = False  # that of `typing` would load it
if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    """Load the command line and run it."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else whoever started it has chosen
        signal.signal(signal.SIGINT, end_process)
    from backproof.cli import main as run

    run()


def end_process(number: int, frame: FrameType | None) -> None:
    """End the process here and now, after the file that is being written has been taken away again.

    An exception would be lost in the many places that catch all of them, such as modules that are being imported and
    callbacks of compiled code. While a network is trained other handlers stand here.
    """
    while frame is not None:
        if frame.f_globals.get("__name__") == "backproof.files":
            raise KeyboardInterrupt
        frame = frame.f_back
    try:
        os.write(2, b"stopped.\n")
    finally:
        os._exit(130)


if __name__ == "__main__":
    main()
