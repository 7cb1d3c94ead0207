"""`candidates` and `screen`."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from core.cli.app import app
from core.cli.console import list_failures, plain_text, progress, put_json, say
from core.cli.crystals import read_crystals
from core.cli.options import DisorderChoice, Json, Output, Paths, Processes, Threads, Workers
from core.cli.outputs import output_path
from core.cli.screening_outputs import told, write_candidates, write_screened
from core.cli.session import session
from core.cli.spec_file import read_spec
from core.types import Crystal, Failure, Progress, ShouldStop

_CANDIDATES: Mapping[str, Any] = {"how": "substitution", "seed": 0, "options": {},
                                  "duplicates": 0.1}  # fmt: skip
_SCREEN: Mapping[str, Any] = {
    "models": [], "levels": [], "criteria": [], "hull": None, "novelty": None, "pareto": [],
    "order": None, "duplicates": 0.0, "count": 50, "choose": "best",
}  # fmt: skip
_KEPT_AS_CANDIDATES = ".npz"

KnownPaths = Annotated[
    list[str] | None,
    typer.Option(
        "--known", metavar="PATH", help="Known crystals, written as PATHS are; may be repeated."
    ),
]  # fmt: skip


@app.command()
def candidates(
    paths: Paths,
    output: Output,
    workers: Workers,
    how: Annotated[str, typer.Option(help="substitution or decoration.")] = "",
    spec: Annotated[
        str,
        typer.Option(
            "--spec",
            metavar="FILE",
            help="JSON or TOML: how, seed, options, duplicates; options given here come first.",
        ),
    ] = "",
    seed: Annotated[int, typer.Option("--seed", min=-1, help="Of what is drawn.")] = -1,
    number: Annotated[
        int, typer.Option("--count", min=0, help="Candidates kept, the likeliest first.")
    ] = 0,
    known: KnownPaths = None,
    disorder: DisorderChoice = "refuse",
) -> None:
    """Make new crystals by element substitution in known ones, or by decorating prototypes.

    To .npz: columns and templates, which `screen` reads; to .csv: a row each; to .json (pymatgen)
    or .extxyz: crystals.
    """  # fmt: skip
    with session("candidates") as should_stop:
        from core.jobs import JobSpec, run
        from core.jobs.base import Resources

        path = output_path(output, (".npz", ".csv", ".json", ".extxyz"))
        options = {**_CANDIDATES, **read_spec(spec, _CANDIDATES)}
        if how:
            options["how"] = how
        if seed >= 0:
            options["seed"] = seed
        if number:
            options["options"] = {**options["options"], "count": number}
        wanted = JobSpec(task="candidates", options=options, seed=options["seed"])
        with progress() as report:
            parents, lost = read_crystals(paths, workers, disorder, report, should_stop)
            inputs = {"crystals": parents, **_known(known, workers, report, should_stop)}
            result = run(wanted, inputs, Resources(on_progress=report, should_stop=should_stop))
        failures = lost + result.failures
        write_candidates(path, result, failures, {"paths": paths, "known": known or []})
        made = json_module.loads(str(result.outputs["made"]))
        list_failures(failures)
        say(
            f"{path}: {made['candidates']:,} candidates from {made['parents']:,} parents; "
            f"{made['known']:,} known, {made['duplicates'] + made['near_duplicates']:,} duplicates "
            f"and {made['unlikely']:,} less likely ones left out."
        )


@app.command()
def screen(
    paths: Paths,
    output: Output,
    threads: Threads,
    workers: Workers,
    spec: Annotated[
        str,
        typer.Option(
            "--spec",
            metavar="FILE",
            help="JSON or TOML: models, levels, criteria, "
            "hull, novelty, pareto, order, duplicates, count, choose.",
        ),
    ],
    known: KnownPaths = None,
    processes: Processes = 1,
    disorder: DisorderChoice = "refuse",
    json: Json = False,
) -> None:
    """Predict candidates, filter them with uncertainty, and write a shortlist with reasons.

    PATHS hold crystals, or are .npz files of `candidates`. To .csv: the shortlist, with limits and
    provenance in FILE.json beside it; to .parquet: all candidates, what they passed, and the same
    in its metadata; to .npz: everything.
    """
    with session("screen") as should_stop:
        from core.jobs import JobSpec, run
        from core.jobs.base import Resources
        from core.models.named import model_file

        path = output_path(output, (".csv", ".parquet", ".npz"))
        options = {**_SCREEN, **read_spec(spec, _SCREEN)}
        if isinstance(options["models"], list):
            options["models"] = [str(model_file(str(m))) for m in options["models"]]
        wanted = JobSpec(task="screen", options=options)
        with progress() as report:
            crystals, lost = _candidates(paths, workers, disorder, report, should_stop)
            inputs = {"crystals": crystals, **_known(known, workers, report, should_stop)}
            result = run(
                wanted, inputs,
                Resources(threads=threads, processes=processes, on_progress=report,
                          should_stop=should_stop),
            )  # fmt: skip
        failures = lost + result.failures
        request = {"paths": paths, "known": known or [], "disorder": disorder}
        write_screened(path, result, failures, request)
        if json:
            put_json(told(result.outputs))
        list_failures(failures)
        for title, note, left in zip(
            result.outputs["stage_titles"].tolist(), result.outputs["stage_notes"].tolist(),
            result.outputs["counts"].tolist()[1:], strict=True,
        ):  # fmt: skip
            say(plain_text(f"{left:>10,}  {title}" + (f" ({note})" if note else "")))
        say(plain_text(f"{path}: {result.outputs['message']}"))


def _known(
    paths: Sequence[str] | None, workers: int, report: Progress | None, should_stop: ShouldStop
) -> dict[str, list[Crystal]]:
    if not paths:
        return {}
    return {"known": read_crystals(list(paths), workers, "refuse", report, should_stop)[0]}


def _candidates(
    paths: Sequence[str],
    workers: int,
    disorder: str,
    report: Progress | None,
    should_stop: ShouldStop,
) -> tuple[list[Crystal], tuple[Failure, ...]]:
    """Crystals of all paths; those of `candidates` are built from their templates."""
    from core.screening.candidates import Candidates

    made: list[Crystal] = []
    others = [p for p in paths if Path(p).suffix != _KEPT_AS_CANDIDATES]
    for path in paths:
        if Path(path).suffix == _KEPT_AS_CANDIDATES:
            found = Candidates.from_arrays(_arrays(path))
            made += [crystal for _, batch in found.batches() for crystal in batch]
    if not others:
        return made, ()
    read, lost = read_crystals(others, workers, disorder, report, should_stop)
    return made + read, lost


def _arrays(path: str) -> dict[str, Any]:
    from core.errors import ParseError

    try:
        with np.load(path) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError) as error:
        raise ParseError(
            f"{path!r} holds no candidates: {error}.",
            hint="Give a file that the command `candidates` wrote.",
        ) from None
