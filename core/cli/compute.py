"""`grid` and `distance`: arrays to files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from core.cli.app import app
from core.cli.console import (
    DisorderChoice,
    Paths,
    Threads,
    Workers,
    list_failures,
    output_path,
    progress,
    require_crystals,
    resources,
    save_npz,
    say,
    session,
)
from core.io.replace import replacing
from core.jobs.base import JobResult
from core.types import Crystal, Failure, Progress

Output = Annotated[str, typer.Option("-o", "--output", help="File to write.", show_default=False)]
DEFAULT_METRIC = "grid-emd"


@app.command()
def grid(
    paths: Paths,
    output: Output,
    threads: Threads,
    workers: Workers,
    mode: Annotated[str, typer.Option(help="binned, quantile or gridrdf.")] = "binned",
    groups: Annotated[int, typer.Option(help="Neighbours of each site that are counted.")] = 100,
    max_distance: Annotated[float, typer.Option(help="Last bin edge, angstrom.")] = 10.0,
    bin_width: Annotated[float, typer.Option(help="Width of the bins, angstrom.")] = 0.1,
    smearing: Annotated[float, typer.Option(help="Gaussian smearing, angstrom.")] = 0.1,
    quantiles: Annotated[int, typer.Option(help="Values kept of each group.")] = 24,
    centers: Annotated[str, typer.Option(help="Central elements only: Si,...")] = "",
    neighbors: Annotated[str, typer.Option(help="Neighbour elements only: O,...")] = "",
    disorder: DisorderChoice = "refuse",
) -> None:
    """Write the GRID of every crystal: ids, grid (n, groups, bins or quantiles), edges."""
    from core.jobs import JobSpec, run

    with session("grid"):
        path = output_path(output, (".npz",))
        options = {
            "mode": mode, "n_groups": groups, "max_distance": max_distance, "bin_width": bin_width,
            "smearing": smearing, "n_quantiles": quantiles, "centers": _symbols(centers),
            "neighbors": _symbols(neighbors),
            "disorder": "weights" if disorder == "weights" else "refuse",
        }  # fmt: skip
        spec = JobSpec(task="grid", options=options)
        with progress() as report:
            crystals, failures = read_crystals(paths, workers, disorder, report)
            result = run(spec, {"crystals": crystals}, resources(threads, report))
        save_npz(path, result, failures + result.failures)
        _done(result, failures, f"{path}: grid {result.outputs['grid'].shape}")


@app.command()
def distance(
    paths: Paths,
    output: Output,
    threads: Threads,
    workers: Workers,
    metric: Annotated[
        str, typer.Option(help="NAME, or a sum such as 10*grid-emd+composition-emd.")
    ] = DEFAULT_METRIC,
    disorder: DisorderChoice = "refuse",
) -> None:
    """Write the matrix of distances between all crystals: ids, matrix.

    To .npz whole; to .npy or .zarr in tiles, for matrices larger than memory (the ids then go to
    FILE.ids.npy beside it).
    """
    from core.jobs import JobSpec, run

    with session("distance"):
        path = output_path(output, (".npz", ".npy", ".zarr"))
        options: dict[str, Any] = {"metric": with_disorder(metric, disorder)}
        if path.suffix != ".npz":
            options["tiles"] = str(path)
        spec = JobSpec(task="distance", options=options)
        with progress() as report:
            crystals, failures = read_crystals(paths, workers, disorder, report)
            result = run(spec, {"crystals": crystals}, resources(threads, report))
        if path.suffix == ".npz":
            save_npz(path, result, failures + result.failures)
        else:
            _save_ids(path, result)
        n = len(result.outputs["ids"])
        _done(result, failures, f"{path}: {n} x {n} distances, {options['metric']}")


def read_crystals(
    paths: list[str], workers: int, disorder: str, report: Progress | None
) -> tuple[list[Crystal], tuple[Failure, ...]]:
    """Crystals of the paths after the decision on disorder; leaves when there are none."""
    from core.jobs.inputs import load, settle_disorder

    found = load(paths, workers=workers, examine=False, on_progress=report)
    crystals, refused = settle_disorder(found.crystals, disorder)
    failures = found.failures + refused
    require_crystals(len(crystals), failures)
    return crystals, failures


def with_disorder(metric: str, disorder: str) -> str:
    """The metric, told to keep occupancies as weights where the user chose so."""
    from dataclasses import fields, replace

    from core.distances import Metric, parse_metric

    parsed = parse_metric(metric)
    if disorder != "weights":
        return str(parsed)
    terms = []
    for term in parsed.terms:
        known = {f.name for f in fields(term.distance.spec_type)}
        extra = {"disorder": "weights"} if "disorder" in known else {}
        terms.append(replace(term, options={**term.options, **extra}))
    return str(Metric(tuple(terms)))


def _symbols(text: str) -> list[str]:
    return [symbol.strip() for symbol in text.split(",") if symbol.strip()]


def _save_ids(path: Path, result: JobResult) -> None:
    side = path.with_name(f"{path.name}.ids.npy")
    with replacing(side) as temporary, temporary.open("wb") as stream:
        np.save(stream, result.outputs["ids"])


def _done(result: JobResult, failures: tuple[Failure, ...], what: str) -> None:
    list_failures(failures + result.failures)
    lost = len(failures) + len(result.failures)
    say(f"{what}; {lost} failures." if lost else f"{what}.")
