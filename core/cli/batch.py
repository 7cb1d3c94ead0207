"""`batch`: hundreds of thousands of crystals, in partitions, on a pool of processes or Dask."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from core.cli.app import app
from core.cli.console import count, plain_text, progress, put_json, say
from core.cli.crystals import read_crystals
from core.cli.options import DisorderChoice, Json, Paths, Workers
from core.cli.session import session
from core.types import Progress, ShouldStop

if TYPE_CHECKING:
    from core.partitions.request import Describing, Request
    from core.partitions.run import RunReport
    from core.partitions.schedulers import Scheduler
    from core.partitions.sources import Source

_Reading = tuple[int, str, Progress | None, ShouldStop]
"""Processes, what is done with disorder, who is told, who may end it."""

FEATURES = "grid(mode=quantile)+composition_statistics"
_TABLES, _LINES = (".parquet",), (".jsonl", ".ndjson")


@app.command()
def batch(
    paths: Paths,
    output: Annotated[
        str,
        typer.Option("-o", "--output", metavar="FOLDER", help="New, or of the same request."),
    ],
    workers: Workers,
    features: Annotated[str, typer.Option(help="Descriptors to keep; '' for none.")] = FEATURES,
    prototype: Annotated[bool, typer.Option(help="Find canonical prototype labels.")] = True,
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODEL",
            help="To apply: a model file, shipped:NAME or workspace:NAME#MODEL; may be repeated.",
        ),
    ] = None,
    level: Annotated[
        list[float] | None, typer.Option(help="Share an interval covers; may be repeated.")
    ] = None,
    nearest_to: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="Name the nearest of these crystals; may be repeated."),
    ] = None,
    neighbors: Annotated[int, typer.Option("-k", help="How many of them.")] = 1,
    metric: Annotated[str, typer.Option(help="Distance of nearest and duplicates.")] = "grid-emd",
    duplicates: Annotated[
        float, typer.Option(help="Find crystals of one formula within this distance.")
    ] = -1.0,
    carry: Annotated[
        list[str] | None, typer.Option(help="A known number to take along; may be repeated.")
    ] = None,
    scheduler: Annotated[
        str,
        typer.Option(
            help="here, processes[:N], local[:N] (Dask on this machine) or tcp://HOST:PORT; "
            "otherwise as GRIDSCOPE_SCHEDULER says."
        ),
    ] = "",
    size: Annotated[int, typer.Option(min=1, help="Crystals of a partition.")] = 1_000,
    disorder: DisorderChoice = "refuse",
    json: Json = False,
) -> None:
    """Describe, predict and compare any number of crystals; a stopped run goes on where it was.

    Reads parquet (id, numbers, lattice, frac), JSON lines, workspaces and what `candidates` wrote
    (.npz) a partition at a time; anything else at once. Writes a folder of parquet files with a row
    for each crystal.
    """
    with session("batch") as should_stop:
        from core.partitions.duplicates import find_duplicates
        from core.partitions.request import Request
        from core.partitions.run import run_partitions
        from core.partitions.schedulers import scheduler as named

        chosen = named(scheduler)
        wanted = Request(
            features=features, prototype=prototype, levels=tuple(level or ()),
            metric=metric if nearest_to or duplicates >= 0 else "", k=neighbors,
            keep_vectors=duplicates >= 0,
        )  # fmt: skip
        with progress() as report:
            reading: _Reading = (workers, disorder, report, should_stop)
            running = _Running(scheduler=chosen, on_progress=report, should_stop=should_stop)
            work = _work(wanted, model or (), nearest_to or (), reading)
            source, lost = _source(paths, tuple(carry or ()), reading)
            done = run_partitions(source, work, Path(output), size=size, **running)
            if duplicates >= 0:
                find_duplicates(Path(output), duplicates, **running)
        _tell(Path(output), done, lost, chosen.label, json)


class _Running(TypedDict):
    """How partitions are done: by whom, who is told, who may end it."""

    scheduler: Scheduler
    on_progress: Progress | None
    should_stop: ShouldStop | None


def _work(
    wanted: Request, models: Sequence[str], nearest_to: Sequence[str], reading: _Reading
) -> Describing:
    """What is done with each crystal, with the models and the known crystals in it."""
    from core.models.named import model_file
    from core.partitions.request import Describing

    known = read_crystals(nearest_to, *reading)[0] if nearest_to else []
    return Describing.of(wanted, models=[model_file(text) for text in models], reference=known)


def _source(paths: Sequence[str], carry: Sequence[str], reading: _Reading) -> tuple[Source, int]:
    """Where the crystals come from, and how many files or crystals could not be read."""
    from core.jobs.inputs import WORKSPACE
    from core.partitions.candidate_file import SUFFIX, CandidateFile
    from core.partitions.sources import Crystals, JsonLines, ParquetFile, Workspace

    only = paths[0] if len(paths) == 1 else ""
    if only.endswith(_TABLES):
        return ParquetFile(Path(only)), 0
    if only.endswith(_LINES):
        return JsonLines(Path(only)), 0
    if only.endswith(SUFFIX):
        return CandidateFile(Path(only)), 0
    if only.startswith(WORKSPACE) and "#" not in only:
        return Workspace(only.removeprefix(WORKSPACE), carry=carry), 0
    crystals, failures = read_crystals(paths, *reading)
    return Crystals(crystals, carry=carry, label=", ".join(paths)), len(failures)


def _tell(folder: Path, done: RunReport, unread: int, label: str, json: bool) -> None:
    from core.partitions.conditions import Known
    from core.partitions.query import CandidateTable

    table = CandidateTable.open(folder)
    failed = table.count([Known("failure_code")])
    copies = table.count([Known("duplicate_of")]) if "duplicate_of" in table.columns else None
    n, found, seconds = done.n, done.n_found, done.seconds
    if json:
        put_json({
            "folder": str(folder), "rows": n, "found": found, "failed": failed, "unread": unread,
            "duplicates": copies, "seconds": seconds, "scheduler": label,
            "columns": dict(table.columns),
        })  # fmt: skip
        return
    rate = f"; {(n - found) / seconds:,.0f} a second on {label}" if n > found and seconds else ""
    before = f" ({found:,} of them were there)" if found else ""
    say(plain_text(f"{folder}: {n:,} crystals{before}{rate}; {count(failed, 'failure')}."))
    if unread:
        say(f"{count(unread, 'file or crystal')} could not be read.")
    if copies is not None:
        say(f"{copies:,} crystals are duplicates of others.")
