"""`python -m core`: the command line."""

import signal
import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line. Ctrl-C during the imports, or once all is done, ends without noise."""
    try:
        from core.cli import app

        app(prog_name="python -m core")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # only the interpreter's own end is left


if __name__ == "__main__":
    main()
