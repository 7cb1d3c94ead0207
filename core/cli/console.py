"""What the command line says: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core.types import Failure
from core.types import Progress as Report

_SHOWN = 20  # failures listed one by one
_WIDE = 28  # characters of the step beside a progress bar


def say(text: str) -> None:
    """A line for the person at the terminal, on standard error."""
    typer.echo(text, err=True)


def put(text: str) -> None:
    """A line of the result, on standard output."""
    typer.echo(text)


def plain_text(text: str) -> str:
    """The text without control characters: file names may hold escape sequences."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def count(n: int, noun: str) -> str:
    """`1 failure`, `2 failures`."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def put_json(value: Any) -> None:
    """The result as JSON. NaN and infinity become null: JSON has neither."""
    put(json.dumps(_jsonable(value), indent=2, ensure_ascii=False, allow_nan=False))


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(v) for v in value]
    if isinstance(value, np.ndarray):
        return _jsonable(value.tolist())
    if isinstance(value, np.generic):
        return _jsonable(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


@contextmanager
def progress() -> Iterator[Report | None]:
    """A progress bar on a terminal; None when the output is piped."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (
        TextColumn(f"{{task.description:<{_WIDE}}}", markup=False), BarColumn(),
        MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        last = 0

        def report(done: int, total: int, what: str) -> None:
            nonlocal last
            if done < last:  # another step began: what is left of it is told by its own pace
                bar.reset(task)
            last = done
            words = plain_text(what)  # a step, or the file at hand
            shown = words if len(words) <= _WIDE else words[: _WIDE - 1] + "…"
            bar.update(task, description=shown, completed=done, total=total)

        yield report


def failure_row(failure: Failure) -> dict[str, str]:
    """A failure as JSON has it."""
    return {
        "id": failure.id, "source": failure.source, "stage": failure.stage, "code": failure.code,
        "message": failure.message, "hint": failure.hint,
    }  # fmt: skip


def list_failures(failures: Sequence[Failure]) -> None:
    """Say what could not be done and why, on standard error."""
    for failure in failures[:_SHOWN]:
        where = failure.source or failure.id
        hint = f" {failure.hint}" if failure.hint else ""
        say(plain_text(f"failed: {where}: {failure.message}{hint}"))
    rest = Counter(failure.code for failure in failures[_SHOWN:])
    if rest:
        kinds = ", ".join(f"{n} {code}" for code, n in rest.most_common())
        say(f"... and {rest.total()} more: {kinds}.")
    say_disorder(any(failure.code == "DisorderedStructureError" for failure in failures))


def say_done(failures: Sequence[Failure], what: str) -> None:
    """List what failed, then say what was done."""
    list_failures(failures)
    say(f"{what}; {count(len(failures), 'failure')}." if failures else f"{what}.")


def say_disorder(needed: bool) -> None:
    """Name the option that settles partial occupancy."""
    if needed:
        say("For partly occupied sites choose --disorder weights, ordered or drop-guests.")


def require_crystals(n: int, failures: Sequence[Failure]) -> None:
    """Leave with status 1 when nothing was readable."""
    if n == 0:
        list_failures(failures)
        say("Nothing readable was found.")
        raise typer.Exit(1)
