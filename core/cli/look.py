"""`neighbors` and `explain`: answers on the screen."""

from __future__ import annotations

from typing import Annotated

import typer

from core.cli.app import app
from core.cli.compute import DEFAULT_METRIC, read_crystals, with_disorder
from core.cli.console import (
    DisorderChoice,
    Json,
    Paths,
    Threads,
    Workers,
    list_failures,
    progress,
    put,
    put_json,
    resources,
    session,
)

_MOVES = 8  # element pairs shown


@app.command()
def neighbors(
    paths: Paths,
    threads: Threads,
    workers: Workers,
    library: Annotated[
        list[str], typer.Option("--library", help="Where to search; may be given several times.")
    ],
    k: Annotated[int, typer.Option("-k", min=1, help="How many.")] = 5,
    metric: Annotated[str, typer.Option(help="As for distance.")] = DEFAULT_METRIC,
    disorder: DisorderChoice = "refuse",
    json: Json = False,
) -> None:
    """Find the library crystals most like each query, exactly and without a matrix."""
    from core.jobs import JobSpec, run

    with session("neighbors"):
        spec = JobSpec(
            task="neighbors", options={"metric": with_disorder(metric, disorder), "k": k}
        )
        with progress() as report:
            queries, lost_queries = read_crystals(paths, workers, disorder, report)
            shelf, lost_library = read_crystals(library, workers, disorder, report)
            inputs = {"query": queries, "library": shelf}
            result = run(spec, inputs, resources(threads, report))
        formulas = {crystal.id: crystal.formula for crystal in shelf}
        rows = [
            {
                "query": query,
                "neighbors": [
                    {"id": name, "formula": formulas[name], "distance": distance}
                    for name, distance in zip(names, distances, strict=True)
                ],
            }
            for query, names, distances in zip(
                result.outputs["ids"].tolist(),
                result.outputs["neighbors"].tolist(),
                result.outputs["distances"].tolist(),
                strict=True,
            )
        ]
        list_failures(lost_queries + lost_library + result.failures)
        if json:
            put_json(rows)
            return
        for row in rows:
            put(row["query"])
            for near in row["neighbors"]:
                put(f"  {near['distance']:9.4f}  {near['id']}  {near['formula']}")


@app.command()
def explain(
    a: Annotated[str, typer.Argument(help="A path with one crystal, or PATH#ID.")],
    b: Annotated[str, typer.Argument(help="The other one.")],
    disorder: DisorderChoice = "refuse",
    json: Json = False,
) -> None:
    """Say why two crystals differ: which neighbours, which distances, which elements."""
    from core.descriptors.grid import GridSpec
    from core.errors import GridscopeError
    from core.explain import explain as compare
    from core.jobs.inputs import load_one, settle_disorder

    with session("explain"):
        crystals = [load_one(path, examine=False) for path in (a, b)]
        ready, refused = settle_disorder(crystals, disorder)
        if refused:
            raise GridscopeError(refused[0].message, hint=refused[0].hint)
        spec = GridSpec(mode="quantile", disorder="weights" if disorder == "weights" else "refuse")
        found = compare(ready[0], ready[1], spec)
        if json:
            put_json(found.to_dict())
            return
        put(found.sentence)
        put("\n  by distance [Å]")
        for low, high, part in zip(found.edges[:-1], found.edges[1:], found.by_range, strict=True):
            if found.distance and part / found.distance >= 0.005:
                bar = "#" * round(40 * part / found.by_range.max())
                put(f"  {low:5.1f} - {high:5.1f}  {part:.4f}  {bar}")
        put("\n  by element pair [Å]")
        for move in found.moves[:_MOVES]:
            put(
                f"  {move.pair_a:>7} -> {move.pair_b:<7} {move.contribution:.4f}  "
                f"({100 * move.share:4.1f}%)  mean {move.mean_a:.3f} -> {move.mean_b:.3f}"
            )
