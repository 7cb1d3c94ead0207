"""`check`: what the CIF doctor says of each file."""

from __future__ import annotations

from typing import Any

import typer

from core.cli.app import app
from core.cli.console import Json, Paths, Workers, progress, put, put_json, say, session
from core.types import Crystal, Examination, Failure, Finding

_MARKS = {"green": "ok  ", "amber": "look", "red": "bad "}


@app.command()
def check(paths: Paths, workers: Workers, json: Json = False) -> None:
    """Read files and report what was found, what was repaired and what to do about it."""
    from core.jobs.inputs import load

    with session("check"):
        with progress() as report:
            found = load(paths, workers=workers, examine=True, on_progress=report)
        rows = [
            _crystal_row(crystal, card)
            for crystal, card in zip(found.crystals, found.examinations, strict=True)
        ]
        rows += [_failure_row(failure) for failure in found.failures]
        if json:
            put_json(rows)
        else:
            for row in rows:
                _print(row)
            counts = {v: sum(row["verdict"] == v for row in rows) for v in ("green", "amber")}
            say(
                f"{len(found.crystals)} crystals ({counts['green']} fine, {counts['amber']} worth "
                f"a look), {len(found.failures)} failures."
            )
        if not found.crystals:
            raise typer.Exit(1)


def _text(finding: Finding) -> str:
    return f"{finding.code}: {finding.message}"


def _crystal_row(crystal: Crystal, card: Examination) -> dict[str, Any]:
    return {
        "source": card.source or crystal.source,
        "id": crystal.id,
        "verdict": card.verdict,
        "formula": crystal.formula,
        "problems": [_text(finding) for finding in card.problems],
        "repairs": [_text(finding) for finding in card.repairs],
        "hint": card.hint,
        "facts": dict(card.facts),
    }


def _failure_row(failure: Failure) -> dict[str, Any]:
    return {
        "source": failure.source,
        "id": failure.id,
        "verdict": "red",
        "formula": None,
        "problems": [f"{failure.code}: {failure.message}"],
        "repairs": [],
        "hint": failure.hint,
        "facts": {},
    }


def _print(row: dict[str, Any]) -> None:
    name = row["source"] if row["formula"] is None else f"{row['id']}  {row['formula']}"
    put(f"{_MARKS[row['verdict']]}  {name}")
    for kind in ("problems", "repairs"):
        for text in row[kind]:
            put(f"        {'repaired: ' if kind == 'repairs' else ''}{text}")
    if row["hint"]:
        put(f"        -> {row['hint']}")
