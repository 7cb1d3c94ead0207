"""`neighbors` and `explain`: answers on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.app import app
from core.cli.compute import with_disorder
from core.cli.console import failure_row, list_failures, plain_text, progress, put, put_json, say
from core.cli.crystals import read_crystals
from core.cli.options import (
    DEFAULT_METRIC,
    DisorderChoice,
    Json,
    MetricName,
    Paths,
    Processes,
    Threads,
    Workers,
)
from core.cli.session import session
from core.types import Crystal, Failure

if TYPE_CHECKING:
    from core.explain import Explanation
    from core.jobs.base import JobResult

_MOVES = 8  # element pairs shown
_BAR = 40  # characters
_SMALLEST_SHARE = 0.005  # of the distance, for a range to be shown


@app.command()
def neighbors(
    paths: Paths,
    threads: Threads,
    workers: Workers,
    library: Annotated[
        list[str],
        typer.Option(
            "--library", metavar="PATH", help="Where to search; may be given several times."
        ),
    ],
    k: Annotated[int, typer.Option("-k", min=1, help="How many.")] = 5,
    metric: MetricName = DEFAULT_METRIC,
    processes: Processes = 1,
    disorder: DisorderChoice = "refuse",
    json: Json = False,
) -> None:
    """Find the library crystals most like each query, exactly and without a matrix.

    A crystal of the library is not its own neighbour. With --json: one array, one object for each
    query or failure.
    """
    with session("neighbors") as should_stop:
        from core.jobs import JobSpec, run
        from core.jobs.base import Resources

        spec = JobSpec(
            task="neighbors", options={"metric": with_disorder(metric, disorder), "k": k}
        )
        with progress() as report:
            queries, lost = read_crystals(paths, workers, disorder, report, should_stop)
            shelf, lost_shelf = queries, lost
            if library != paths:
                shelf, lost_shelf = read_crystals(library, workers, disorder, report, should_stop)
            result = run(
                spec,
                {"query": queries, "library": shelf},
                Resources(
                    threads=threads, processes=processes, on_progress=report,
                    should_stop=should_stop,
                ),
            )  # fmt: skip
        failures = tuple(dict.fromkeys(lost + lost_shelf + result.failures))
        rows = _neighbor_rows(result, shelf)
        list_failures(failures)
        if json:
            put_json(rows + [_no_neighbors(failure) for failure in failures])
            return
        for row in rows:
            put(plain_text(row["query"]))
            for near in row["neighbors"]:
                put(f"  {near['distance']:9.4f}  {plain_text(near['id'])}  {near['formula']}")
        found = result.outputs["neighbors"].shape[1]
        if found < k:
            say(f"The library holds only {found} to choose from; {k} were asked for.")


def _neighbor_rows(result: JobResult, shelf: list[Crystal]) -> list[dict[str, Any]]:
    formulas = {crystal.id: crystal.formula for crystal in shelf}
    columns = (result.outputs[name].tolist() for name in ("ids", "neighbors", "distances"))
    return [
        {
            "query": query,
            "neighbors": [
                {"id": name, "formula": formulas[name], "distance": distance}
                for name, distance in zip(names, distances, strict=True)
            ],
            "failure": None,
        }
        for query, names, distances in zip(*columns, strict=True)
    ]


def _no_neighbors(failure: Failure) -> dict[str, Any]:
    return {"query": failure.id, "neighbors": [], "failure": failure_row(failure)}


@app.command()
def explain(
    a: Annotated[str, typer.Argument(help="A path with one crystal, or PATH#ID.", metavar="A")],
    b: Annotated[str, typer.Argument(help="The other one.", metavar="B")],
    workers: Workers,
    disorder: DisorderChoice = "refuse",
    json: Json = False,
) -> None:
    """Say why two crystals differ: which neighbours, which distances, which elements."""
    with session("explain") as should_stop:
        from core.descriptors.grid import GridSpec
        from core.errors import InputError
        from core.explain import explain as compare
        from core.jobs.inputs import load_one, settle_disorder

        options = {"examine": False, "workers": workers, "should_stop": should_stop}
        settle_disorder([], disorder)
        ready, refused = settle_disorder([load_one(p, **options) for p in (a, b)], disorder)
        if refused:
            raise InputError(refused[0].message, hint=refused[0].hint)
        spec = GridSpec(mode="quantile", disorder="weights" if disorder == "weights" else "refuse")
        found = compare(ready[0], ready[1], spec)
        if json:
            put_json(found.to_dict())
        else:
            _print_explanation(found)


def _print_explanation(found: Explanation) -> None:
    put(plain_text(found.sentence))
    if not found.distance:
        return
    put("\n  by distance [Å]")
    for low, high, part in zip(found.edges[:-1], found.edges[1:], found.by_range, strict=True):
        if part / found.distance >= _SMALLEST_SHARE:
            bar = "#" * round(_BAR * part / found.by_range.max())
            put(f"  {low:5.1f} - {high:5.1f}  {part:.4f}  {bar}")
    put("\n  by element pair [Å]")
    for move in found.moves[:_MOVES]:
        put(
            f"  {move.pair_a:>7} -> {move.pair_b:<7} {move.contribution:.4f}  "
            f"({100 * move.share:4.1f}%)  mean {move.mean_a:.3f} -> {move.mean_b:.3f}"
        )
