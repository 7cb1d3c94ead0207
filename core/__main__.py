"""`python -m core`: the command line."""

import os
import signal
import sys
from types import FrameType

_INTERRUPTED = 130


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(_INTERRUPTED)


def main() -> None:
    """Run the command line. Ctrl-C during the imports, or once all is done, ends without noise."""
    # An exception raised while compiled modules load comes out as ImportError or not at all, and
    # nothing has been begun that would want clearing away: leave at once.
    signal.signal(signal.SIGINT, _leave)
    from core.cli import app

    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app(prog_name="python -m core")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # only the interpreter's own end is left


if __name__ == "__main__":
    main()
