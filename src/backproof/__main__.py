"""`python -m backproof`, and the command `backproof`: an interrupt while it is still being loaded ends it quietly.

What stands above `try` is all that can still be interrupted with a traceback, so it imports next to nothing.
"""

import os


def main() -> None:
    """Load the command line and run it."""
    try:
        from backproof.cli import main as run

        run()
    except KeyboardInterrupt:
        try:
            os.write(2, b"stopped.\n")
        finally:
            os._exit(130)


if __name__ == "__main__":
    main()
