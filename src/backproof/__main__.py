"""`python -m backproof`, and the command `backproof`: an interrupt while it is still being loaded ends it quietly.

What stands above `try` is all that can still be interrupted with a traceback, so it imports next to nothing.
"""

import os


def main() -> None:
    """Load the command line and run it."""
    try:
        from backproof.cli import main as run

        run()
    except (KeyboardInterrupt, Exception) as error:
        if not comes_from_interrupt(error):
            raise
        try:
            os.write(2, b"stopped.\n")
        finally:
            os._exit(130)


def comes_from_interrupt(error: BaseException | None) -> bool:
    """Whether an interrupt is what stands behind an error; Python makes a RuntimeError of one in `__set_name__`."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


if __name__ == "__main__":
    main()
