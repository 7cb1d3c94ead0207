"""`train`, `evaluate` and `predict`."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.app import app
from core.cli.console import plain_text, put, put_json, say, say_done
from core.cli.crystals import run_on_paths
from core.cli.options import DisorderChoice, Json, Output, Paths, Processes, Threads, Workers
from core.cli.outputs import output_path, save_npz
from core.cli.session import session
from core.cli.spec_file import read_spec

if TYPE_CHECKING:
    from core.jobs.predicted import Predicted

_DIGITS = 6  # of figures printed: last bits differ with the place of arrays in memory

Target = Annotated[str, typer.Option("--target", help="Property to learn, with its unit.")]
ModelName = Annotated[str, typer.Option("--model", help="Name of the model; see `methods`.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="An option of the model; may be repeated."),
]
SpecFile = Annotated[
    str,
    typer.Option(
        "--spec", metavar="FILE",
        help="JSON or TOML with target, seed, model, conformal, split, levels; options given here "
        "come first.",
    ),
]  # fmt: skip
Seed = Annotated[int, typer.Option("--seed", min=-1, help="All randomness is drawn from it.")]
Level = Annotated[
    list[float] | None, typer.Option("--level", help="Share an interval covers; may be repeated.")
]


@app.command()
def train(
    paths: Paths,
    output: Output,
    threads: Threads,
    workers: Workers,
    target: Target = "",
    model: ModelName = "",
    set_: Set = None,
    spec: SpecFile = "",
    seed: Seed = -1,
    intervals: Annotated[bool, typer.Option(help="Calibrate intervals.")] = True,
    processes: Processes = 1,
    disorder: DisorderChoice = "refuse",
) -> None:
    """Learn a property of crystals; write a model file (.gsmodel) that holds no code."""
    with session("train") as should_stop:
        from core.io.replace import replacing
        from core.jobs import JobSpec

        path = output_path(output, (".gsmodel",))
        options = read_options(spec, target, model, set_, seed, ("target", "model", "seed"))
        if not intervals:
            options["conformal"] = None
        wanted = JobSpec(
            task="train", options={k: options[k] for k in _TRAIN}, seed=options["seed"]
        )
        result, failures = run_on_paths(
            wanted, paths, workers, disorder, should_stop, threads=threads, processes=processes
        )
        with replacing(path) as temporary:
            temporary.write_bytes(result.outputs["model"].tobytes())
        say_done(failures, f"{path}: trained on {len(result.outputs['ids'])} crystals")
        for note in result.outputs["notes"].tolist():
            say(plain_text(note))


@app.command()
def evaluate(
    paths: Paths,
    threads: Threads,
    workers: Workers,
    target: Target = "",
    model: ModelName = "",
    set_: Set = None,
    spec: SpecFile = "",
    split: Annotated[
        str, typer.Option(help="random, k-fold, group:GROUPING or leave-one-element-out.")
    ] = "",
    seed: Seed = -1,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Predictions to a .npz file.")
    ] = "",
    processes: Processes = 1,
    disorder: DisorderChoice = "refuse",
    json: Json = False,
) -> None:
    """Fit and test a model on every fold of a split; print metrics beside the trivial baseline."""
    with session("evaluate") as should_stop:
        from core.evaluation import SPLITS
        from core.jobs import JobSpec
        from core.jobs.learn import read_choice
        from core.models.option_types import require_types

        path = output_path(output, (".npz",)) if output else None
        options = read_options(spec, target, model, set_, seed, ("target", "model", "seed"))
        if split:
            key, _, by = split.partition(":")
            options["split"] = {"key": key, **({"by": by} if by else {})}
        chosen = {k: options[k] for k in (*_TRAIN, *_TRIAL)}
        wanted = JobSpec(task="evaluate", options=chosen, seed=options["seed"])
        require_types(read_choice(options["split"], SPLITS, "split")[1])
        result, failures = run_on_paths(
            wanted, paths, workers, disorder, should_stop, threads=threads, processes=processes
        )
        if path:
            save_npz(path, result, failures, {"paths": paths, "disorder": disorder})
        _tell(result.outputs, wanted.options, json)
        if warning := str(result.outputs["leakage"]):
            say(plain_text(warning))
        say_done(failures, f"{len(set(result.outputs['ids'].tolist()))} crystals tested")


@app.command()
def predict(
    model: Annotated[
        str,
        typer.Argument(help="A model file, shipped:NAME or workspace:NAME#MODEL.", metavar="MODEL"),
    ],
    paths: Paths,
    output: Output,
    threads: Threads,
    workers: Workers,
    level: Level = None,
    spec: Annotated[
        str,
        typer.Option(
            "--spec",
            metavar="FILE",
            help="JSON or TOML as of `evaluate`: its levels, unless --level is given.",
        ),
    ] = "",
    processes: Processes = 1,
    disorder: DisorderChoice = "refuse",
) -> None:
    """Apply a trained model to crystals; write a .csv with uncertainty and intervals."""
    with session("predict") as should_stop:
        from core.jobs import JobSpec
        from core.jobs.predicted import Predicted
        from core.models.named import model_file

        path = output_path(output, (".csv",))
        levels = level or read_spec(spec, _USUAL).get("levels", [])
        options = {"model": str(model_file(model)), "levels": levels}
        wanted = JobSpec(task="predict", options=options)
        result, failures = run_on_paths(
            wanted, paths, workers, disorder, should_stop, threads=threads, processes=processes
        )
        found = Predicted.of(result.outputs)
        _write_csv(path, found)
        say_done(failures, f"{path}: {len(found)} predictions")
        if flagged := int(found.flagged.sum()):
            say(f"{flagged} of them unlike the training crystals: see `applicability`.")


_TRAIN = ("target", "model", "conformal", "seed")
_TRIAL = ("split", "levels")
_USUAL: Mapping[str, Any] = {
    "target": "", "model": {"key": "averaged"}, "conformal": {"method": "cross"}, "seed": 0,
    "split": {"key": "random"}, "levels": [0.5, 0.9, 0.95],
}  # fmt: skip


def read_options(
    file: str,
    target: str,
    model: str,
    settings: Sequence[str] | None,
    seed: int,
    required: Sequence[str] = (),
) -> dict[str, Any]:
    """The options of a job: the usual ones, then those of the file, then those given.

    Raises: InvalidSpecError for a file or setting that can't be read.
    """
    from core.distances.base import parse_options
    from core.errors import InvalidSpecError
    from core.models import MODELS

    options = {**_USUAL, **read_spec(file, _USUAL)}
    if target:
        options["target"] = target
    if seed >= 0:
        options["seed"] = seed
    if model:
        options["model"] = {"key": model}
    chosen = options["model"]
    if settings:
        if not isinstance(chosen, dict) or not isinstance(chosen.get("key"), str):
            raise InvalidSpecError(f"The model is {chosen!r}.")
        given: dict[str, Any] = {}
        for setting in settings:  # one by one: a feature set may hold commas
            name, separator, value = setting.partition("=")
            if not separator:
                raise InvalidSpecError(f"--set {setting!r} has no value.", hint="Write NAME=VALUE.")
            spec_type = MODELS[chosen["key"]].spec_type
            usual = {f.name: f.default for f in spec_type.__dataclass_fields__.values()}
            text = isinstance(usual.get(name), str)
            given |= {name: value} if text else parse_options(spec_type, setting)
        options["model"] = {**chosen, **given}
    return options


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _tell(outputs: Mapping[str, Any], options: Mapping[str, Any], json: bool) -> None:
    from core.metrics import METRICS
    from core.uncertainty import coverage

    columns = [outputs[name].tolist() for name in ("metrics", "values", "low", "high", "baselines")]
    rows = list(zip(*columns, strict=True))
    covered = {}
    if len(outputs["levels"]):
        found = coverage(outputs["truth"], outputs["intervals"], outputs["levels"])
        covered = dict(zip(found.levels.tolist(), found.covered.tolist(), strict=True))
    if json:
        put_json({
            "metrics": {
                key: {"value": _rounded(v), "low": _rounded(a), "high": _rounded(b),
                      "baseline": _rounded(base)} for key, v, a, b, base in rows
            },
            "coverage": {f"{level:g}": _rounded(share) for level, share in covered.items()},
            "options": {k: options[k] for k in options}, "tested": len(outputs["ids"]),
        })  # fmt: skip
        return
    put(f"{'metric':<34}{'value':>10}{'95% interval':>24}{'baseline':>12}")
    for key, value, low, high, base in rows:
        interval = f"{low:.4g} to {high:.4g}" if isfinite(low) else "too few groups"
        put(f"{METRICS[key].title:<34}{value:>10.4g}{interval:>24}{base:>12.4g}")
    for level, share in covered.items():
        put(f"intervals at {level:g} cover {share:.3f}")


def _write_csv(path: Path, found: Predicted) -> None:
    from core.io.replace import replacing

    columns = found.columns()
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
