"""`verify`: relax and label crystals by an open potential, an optional extra."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from math import isnan
from pathlib import Path
from typing import Annotated, Any

import typer

from core.cli.app import app
from core.cli.console import count, say_done
from core.cli.crystals import run_on_paths
from core.cli.options import DisorderChoice, Output, Paths, Workers
from core.cli.outputs import output_path, save_npz
from core.cli.session import session

_DIGITS = 8


@app.command()
def verify(
    paths: Paths,
    output: Output,
    workers: Workers,
    equation_of_state: Annotated[
        bool, typer.Option(help="Bulk modulus, from energies at seven volumes.")
    ] = True,
    rattle: Annotated[
        float, typer.Option(help="Displace atoms before, in angstrom: breaks the symmetry.")
    ] = 0.0,
    tolerance: Annotated[float, typer.Option(help="Largest slope left, eV/atom.")] = 2e-3,
    max_steps: Annotated[int, typer.Option(help="Steps before a crystal is given up.")] = 100,
    max_seconds: Annotated[float, typer.Option(help="Time before it is given up.")] = 300.0,
    seed: Annotated[int, typer.Option(help="Of the displacements.")] = 0,
    relaxed: Annotated[
        str,
        typer.Option(
            "--relaxed", metavar="FILE", help="Relaxed crystals to .json, .extxyz or .cif."
        ),
    ] = "",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Compute again what was verified before.")
    ] = False,
    disorder: DisorderChoice = "refuse",
) -> None:
    """Relax crystals by CHGNet; write energy above the hull, volume, bulk modulus to .csv or .npz.

    Needs the extra: pip install -r requirements-verify.txt. Stopped, it goes on where it was.
    """
    with session("verify") as should_stop:
        from core.jobs import JobSpec
        from core.verification.chgnet import require_installed

        path = output_path(output, (".csv", ".npz"))
        beside = output_path(relaxed, tuple(_WRITERS)) if relaxed else None
        options = {
            "equation_of_state": equation_of_state, "rattle": rattle, "tolerance": tolerance,
            "max_steps": max_steps, "max_seconds": max_seconds, "seed": seed,
        }  # fmt: skip
        spec = JobSpec(task="verify", options=options, seed=seed)
        require_installed()
        result, failures = run_on_paths(
            spec, paths, workers, disorder, should_stop, use_store=not fresh
        )
        if path.suffix == ".npz":
            save_npz(path, result, failures, {"paths": paths, "disorder": disorder})
        else:
            write_csv(path, result.outputs)
        if beside:
            _write_relaxed(beside, result.outputs)
        say_done(failures, f"{path}: {count(len(result.outputs['ids']), 'crystal')} verified")


_WRITERS = {".json": "json", ".extxyz": "extxyz", ".cif": "cif"}


def write_csv(path: Path, outputs: Mapping[str, Any]) -> None:
    """One row a crystal: id, the values with units in their names, doubts, space groups."""
    from core.io.replace import replacing
    from core.jobs.verify import DOUBT, VALUES

    names = (*VALUES, "max_force_eV_A", "pressure_GPa")
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", *names, DOUBT, "spacegroup_before", "spacegroup_after", "steps"])
        for i, name in enumerate(outputs["ids"].tolist()):
            found = (float(outputs[key][i]) for key in names)
            numbers = ["" if isnan(value) else f"{value:.{_DIGITS}g}" for value in found]
            groups = outputs["spacegroup"][i].tolist()
            writer.writerow(
                [name, *numbers, str(outputs[DOUBT][i]), *groups, int(outputs["steps"][i])]
            )


def _write_relaxed(path: Path, outputs: Mapping[str, Any]) -> None:
    from core.io.replace import replacing
    from core.io.write import write
    from core.jobs.verify import relaxed_crystals

    data = write(relaxed_crystals(outputs), _WRITERS[path.suffix])
    with replacing(path) as temporary:
        temporary.write_bytes(data)
