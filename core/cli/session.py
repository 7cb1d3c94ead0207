"""Around each command: faults to messages and exit status, interrupts, closed pipes."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

import typer

from core.cli.console import plain_text, say, say_disorder
from core.errors import (
    DisorderedStructureError,
    GridscopeError,
    InvalidSpecError,
    JobCancelled,
    UnknownNameError,
)
from core.types import ShouldStop

_INTERRUPTED = 128  # plus the number of the signal, as shells count
_DEAF_SECONDS = 3.0  # while what was begun is cleared away, a second Ctrl-C would leave remains


class Interrupts:
    """Listens for Ctrl-C and SIGTERM: interrupts at once, and remembers that it did.

    The memory matters: an exception raised inside a callback of a library may be swallowed there,
    so long computations ask `asked` as well.
    """

    def __init__(self) -> None:
        self.number = signal.SIGINT.value
        self._since: float | None = None
        self._previous: dict[signal.Signals, Any] = {}
        self._complain = sys.unraisablehook

    def asked(self) -> bool:
        """Whether to stop."""
        return self._since is not None

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._since is not None and now - self._since < _DEAF_SECONDS:
            return
        self.number, self._since = number, now
        raise KeyboardInterrupt

    def _swallowed(self, unraisable: Any) -> None:
        """An interrupt lost inside a callback is remembered: nothing to complain about."""
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            self._complain(unraisable)

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._hear)
            self._complain, sys.unraisablehook = sys.unraisablehook, self._swallowed
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        if self._previous:
            sys.unraisablehook = self._complain


@contextmanager
def session(what: str) -> Iterator[ShouldStop]:
    """Run a command; yields the question whether to stop.

    Leaves with 1 for a fault, 2 for a wrong request, 130 after Ctrl-C, 143 after SIGTERM.
    """
    _forgive_encoding()
    with Interrupts() as interrupts:
        try:
            yield interrupts.asked
        except (InvalidSpecError, UnknownNameError) as error:
            say(f"{what}: {plain_text(str(error))}")
            raise typer.Exit(2) from None
        except GridscopeError as error:
            say(f"{what}: {plain_text(str(error))}")
            say_disorder(isinstance(error, DisorderedStructureError))
            raise typer.Exit(1) from None
        except (KeyboardInterrupt, JobCancelled):
            say(f"{what}: stopped; nothing half-written is left.")
            raise typer.Exit(_INTERRUPTED + interrupts.number) from None
        except BrokenPipeError:  # the reader of a pipe went away: it has what it wanted
            _silence(sys.stdout)
            raise typer.Exit(0) from None
        except (OSError, MemoryError) as error:
            say(f"{what}: {plain_text(str(error) or type(error).__name__)}")
            raise typer.Exit(1) from None


def _forgive_encoding() -> None:
    """File names that are no text, or a terminal without Å, must not stop a command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _silence(stream: Any) -> None:
    """Send what is still buffered nowhere: the interpreter flushes once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
