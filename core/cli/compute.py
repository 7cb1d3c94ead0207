"""`grid`, `describe` and `distance`: arrays to files."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from core.cli.app import app
from core.cli.console import say_done
from core.cli.crystals import run_on_paths
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
        from core.jobs import JobSpec

        path = output_path(output, (".npz",))
        options = {
            "mode": mode, "n_groups": groups, "max_distance": max_distance, "bin_width": bin_width,
            "smearing": smearing, "n_quantiles": quantiles, "centers": _symbols(centers),
            "neighbors": _symbols(neighbors),
            "disorder": "weights" if disorder == "weights" else "refuse",
        }  # fmt: skip
        spec = JobSpec(task="grid", options=options)
        result, failures = run_on_paths(
            spec, paths, workers, disorder, should_stop, threads=threads
        )
        save_npz(path, result, failures, {"paths": paths, "disorder": disorder})
        say_done(failures, f"{path}: grid {result.outputs['grid'].shape}")


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
        from core.jobs import JobSpec

        path = output_path(output, (".npz",))
        spec = JobSpec(task="describe", options={"features": features})
        result, failures = run_on_paths(
            spec, paths, workers, disorder, should_stop, threads=threads, processes=processes
        )
        save_npz(path, result, failures, {"paths": paths, "disorder": disorder})
        n, width = result.outputs["features"].shape
        say_done(failures, f"{path}: {n} x {width} features, {features}")


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
        from core.jobs import JobSpec

        path = output_path(output, (".npz", ".npy", ".zarr"))
        in_tiles = path.suffix != ".npz"
        notes = output_path(str(ids_path(path)), (".npz",)) if in_tiles else path
        spec = JobSpec(task="distance", options={"metric": with_disorder(metric, disorder)})
        result, failures = run_on_paths(
            spec, paths, workers, disorder, should_stop,
            threads=threads, processes=processes, tiles=path if in_tiles else None,
        )  # fmt: skip
        save_npz(notes, result, failures, {"paths": paths, "disorder": disorder})
        n = len(result.outputs["ids"])
        unit = parse_metric(metric).unit
        name = spec.options["metric"] + (f" [{unit}]" if unit else "")
        say_done(failures, f"{path}: {n} x {n} distances, {name}")


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
