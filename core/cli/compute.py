"""`grid`, `describe` and `distance`: arrays to files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from core.cli.app import app
from core.cli.console import count, list_failures, progress, require_crystals, say
from core.cli.options import (
    DEFAULT_METRIC,
    DisorderChoice,
    MetricName,
    Output,
    Paths,
    Processes,
    Threads,
    Workers,
)
from core.cli.outputs import ids_path, output_path, save_npz
from core.cli.session import session
from core.types import Crystal, Failure, Progress, ShouldStop


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
    """Write the GRID of every crystal to a .npz file: ids, grid (n, groups, bins or quantiles),
    edges, failures, provenance.
    """
    with session("grid") as should_stop:
        from core.jobs import JobSpec, run
        from core.jobs.base import Resources

        path = output_path(output, (".npz",))
        options = {
            "mode": mode, "n_groups": groups, "max_distance": max_distance, "bin_width": bin_width,
            "smearing": smearing, "n_quantiles": quantiles, "centers": _symbols(centers),
            "neighbors": _symbols(neighbors),
            "disorder": "weights" if disorder == "weights" else "refuse",
        }  # fmt: skip
        spec = JobSpec(task="grid", options=options)
        with progress() as report:
            crystals, lost = read_crystals(paths, workers, disorder, report, should_stop)
            result = run(
                spec,
                {"crystals": crystals},
                Resources(threads=threads, on_progress=report, should_stop=should_stop),
            )
        failures = lost + result.failures
        save_npz(path, result, failures, {"paths": paths, "disorder": disorder})
        _done(failures, f"{path}: grid {result.outputs['grid'].shape}")


@app.command()
def describe(
    paths: Paths,
    output: Output,
    features: Annotated[
        str,
        typer.Option(
            "--features",
            help="A descriptor, or a sum such as structure_features+tot_geometry(centers=Si Al).",
        ),
    ],
    threads: Threads,
    workers: Workers,
    processes: Processes = 1,
    disorder: DisorderChoice = "refuse",
) -> None:
    """Write descriptors of every crystal to a .npz file: ids, features (n, d), labels (d,),
    failures, provenance.
    """
    with session("describe") as should_stop:
        from core.jobs import JobSpec, run
        from core.jobs.base import Resources

        path = output_path(output, (".npz",))
        spec = JobSpec(task="describe", options={"features": features})
        with progress() as report:
            crystals, lost = read_crystals(paths, workers, disorder, report, should_stop)
            result = run(
                spec,
                {"crystals": crystals},
                Resources(
                    threads=threads, processes=processes, on_progress=report,
                    should_stop=should_stop,
                ),
            )  # fmt: skip
        failures = lost + result.failures
        save_npz(path, result, failures, {"paths": paths, "disorder": disorder})
        n, width = result.outputs["features"].shape
        _done(failures, f"{path}: {n} x {width} features, {features}")


@app.command()
def distance(
    paths: Paths,
    output: Output,
    threads: Threads,
    workers: Workers,
    metric: MetricName = DEFAULT_METRIC,
    processes: Processes = 1,
    disorder: DisorderChoice = "refuse",
) -> None:
    """Write the matrix of distances between all crystals: ids, matrix, failures, provenance.

    To .npz whole; to .npy or .zarr in tiles, for matrices larger than memory (all but the matrix
    then goes to FILE.ids.npz beside it).
    """
    with session("distance") as should_stop:
        from core.distances import parse_metric
        from core.jobs import JobSpec, run
        from core.jobs.base import Resources

        path = output_path(output, (".npz", ".npy", ".zarr"))
        in_tiles = path.suffix != ".npz"
        notes = output_path(str(ids_path(path)), (".npz",)) if in_tiles else path
        spec = JobSpec(task="distance", options={"metric": with_disorder(metric, disorder)})
        with progress() as report:
            crystals, lost = read_crystals(paths, workers, disorder, report, should_stop)
            result = run(
                spec,
                {"crystals": crystals},
                Resources(
                    threads=threads,
                    processes=processes,
                    tiles=path if in_tiles else None,
                    on_progress=report,
                    should_stop=should_stop,
                ),
            )
        failures = lost + result.failures
        save_npz(notes, result, failures, {"paths": paths, "disorder": disorder})
        n = len(result.outputs["ids"])
        unit = parse_metric(metric).unit
        name = spec.options["metric"] + (f" [{unit}]" if unit else "")
        _done(failures, f"{path}: {n} x {n} distances, {name}")


def read_crystals(
    paths: Sequence[str],
    workers: int,
    disorder: str,
    report: Progress | None,
    should_stop: ShouldStop,
) -> tuple[list[Crystal], tuple[Failure, ...]]:
    """Crystals of the paths after the decision on disorder; leaves when there are none."""
    from core.jobs.inputs import load, settle_disorder

    settle_disorder([], disorder)  # refuses an unknown choice before any file is read
    found = load(paths, workers=workers, examine=False, on_progress=report, should_stop=should_stop)
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
        extra: dict[str, Any] = {"disorder": "weights"} if "disorder" in known else {}
        terms.append(replace(term, options={**term.options, **extra}))
    return str(Metric(tuple(terms)))


def _symbols(text: str) -> list[str]:
    return [symbol for piece in text.split(",") for symbol in piece.split()]


def _done(failures: tuple[Failure, ...], what: str) -> None:
    list_failures(failures)
    say(f"{what}; {count(len(failures), 'failure')}." if failures else f"{what}.")
