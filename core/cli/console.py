"""What the command line says: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core.config import default_workers
from core.errors import GridscopeError, InvalidSpecError, JobCancelled, UnknownNameError
from core.io.replace import replacing
from core.jobs.base import JobResult, Resources
from core.types import Failure
from core.types import Progress as Report

Paths = Annotated[
    list[str],
    typer.Argument(help="Files, folders, archives, or embedded:NAME.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Threads = Annotated[
    int,
    typer.Option(min=1, help="Threads of the compiled kernels.", default_factory=default_workers),
]
Workers = Annotated[
    int, typer.Option(min=0, help="Processes that parse files.", default_factory=default_workers)
]
DisorderChoice = Annotated[
    str,
    typer.Option(
        "--disorder",
        help="Partial occupancy: refuse, weights (keep them), ordered (approximate), drop-guests.",
    ),
]
_SHOWN = 20  # failures listed one by one


def say(text: str) -> None:
    """A line for the person at the terminal, on standard error."""
    typer.echo(text, err=True)


def put(text: str) -> None:
    """A line of the result, on standard output."""
    typer.echo(text)


def put_json(value: Any) -> None:
    """The result as JSON. NaN and infinity become null: JSON has neither."""
    put(json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


@contextmanager
def session(what: str) -> Iterator[None]:
    """Turn faults into a message and an exit status: 1 failed, 2 usage, 130 interrupted."""
    try:
        yield
    except (InvalidSpecError, UnknownNameError) as error:
        say(f"{what}: {error}")
        raise typer.Exit(2) from None
    except GridscopeError as error:
        say(f"{what}: {error}")
        raise typer.Exit(1) from None
    except (KeyboardInterrupt, JobCancelled):
        say(f"{what}: stopped; nothing was written.")
        raise typer.Exit(130) from None
    except BrokenPipeError:  # the reader of a pipe went away
        sys.stderr.close()
        raise typer.Exit(0) from None


@contextmanager
def progress() -> Iterator[Report | None]:
    """A progress bar on a terminal; None when the output is piped."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (
        TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def report(done: int, total: int, what: str) -> None:
            # Readers report the file at hand: one bar serves them all.
            name = what if what.endswith(("crystals", "neighbours")) else "reading"
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done, total=total)

        yield report


def resources(threads: int, report: Report | None) -> Resources:
    """What a job started from the command line may use."""
    return Resources(threads=threads, on_progress=report)


def list_failures(failures: Sequence[Failure]) -> None:
    """Say what could not be done and why, on standard error."""
    for failure in failures[:_SHOWN]:
        where = failure.source or failure.id
        hint = f" {failure.hint}" if failure.hint else ""
        say(f"failed: {where}: {failure.message}{hint}")
    if len(failures) > _SHOWN:
        say(f"... and {len(failures) - _SHOWN} more; `check` lists them all.")


def require_crystals(n: int, failures: Sequence[Failure]) -> None:
    """Leave with status 1 when nothing was readable."""
    if n == 0:
        list_failures(failures)
        say("Nothing readable was found.")
        raise typer.Exit(1)


def output_path(text: str, suffixes: tuple[str, ...]) -> Path:
    """The output path, checked before any work.

    Raises: InvalidSpecError for another suffix or a folder that does not exist.
    """
    path = Path(text)
    if path.suffix not in suffixes:
        raise InvalidSpecError(
            f"The output {text!r} ends in {path.suffix!r}.", hint="Use " + ", ".join(suffixes) + "."
        )
    if not path.parent.is_dir():
        raise InvalidSpecError(f"The folder {str(path.parent)!r} does not exist.")
    return path


def save_npz(path: Path, result: JobResult, failures: Sequence[Failure]) -> None:
    """Write arrays, failures and provenance (JSON in plain unicode), or nothing at all."""
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **result.outputs, **notes(result, failures))  # type: ignore[arg-type]


def notes(result: JobResult, failures: Sequence[Failure]) -> dict[str, np.ndarray]:
    """Failures and provenance as unicode arrays that load without pickle."""
    rows = [
        {"id": f.id, "source": f.source, "stage": f.stage, "code": f.code, "message": f.message,
         "hint": f.hint}
        for f in failures
    ]  # fmt: skip
    p = result.provenance
    origin = {
        "spec": dict(p.spec), "input_digest": p.input_digest, "versions": dict(p.versions),
        "seconds": p.seconds, "created": p.created, "seed": p.seed,
    }  # fmt: skip
    return {
        "failures": np.array([json.dumps(row, ensure_ascii=False) for row in rows], dtype=np.str_),
        "provenance": np.array(json.dumps(origin, ensure_ascii=False)),
    }
