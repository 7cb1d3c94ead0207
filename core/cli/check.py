"""`check`: what the CIF doctor says of each file."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from core.cli.app import app
from core.cli.console import count, plain_text, progress, put, put_json, say
from core.cli.options import Json, Paths, Workers
from core.cli.session import session
from core.types import Crystal, Examination, Failure, Finding

_MARKS = {"green": "ok  ", "amber": "look", "red": "bad "}


@app.command()
def check(
    paths: Paths,
    workers: Workers,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Also say what needs no action.")
    ] = False,
    json: Json = False,
) -> None:
    """Read files and report what was found, what was repaired and what to do about it."""
    from core.jobs.inputs import load

    with session("check") as should_stop:
        with progress() as report:
            found = load(
                paths, workers=workers, examine=True, on_progress=report, should_stop=should_stop
            )
        cards = found.examinations
        if json:
            rows = [_crystal_row(c, card) for c, card in zip(found.crystals, cards, strict=True)]
            put_json(rows + [_failure_row(failure) for failure in found.failures])
        else:
            for crystal, card in zip(found.crystals, cards, strict=True):
                _print_crystal(crystal, card, verbose)
            for failure in found.failures:
                _print("red", failure.source or failure.id, [failure.message], failure.hint)
            _sum_up(cards, found.failures)
        if not found.crystals:
            raise typer.Exit(1)


def _sum_up(cards: tuple[Examination, ...], failures: tuple[Failure, ...]) -> None:
    fine, odd, bad = (sum(c.verdict == v for c in cards) for v in ("green", "amber", "red"))
    kinds = [f"{fine} fine", f"{odd} worth a look"] + ([f"{bad} bad"] if bad else [])
    say(f"{count(len(cards), 'crystal')} ({', '.join(kinds)}), {count(len(failures), 'failure')}.")


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
        "source": failure.source or failure.id,
        "id": failure.id,
        "verdict": "red",
        "formula": None,
        "problems": [f"{failure.code}: {failure.message}"],
        "repairs": [],
        "hint": failure.hint,
        "facts": {},
    }


def _print_crystal(crystal: Crystal, card: Examination, verbose: bool) -> None:
    lines = [f.message for f in card.problems if verbose or f.severity != "info"]
    lines += [f"repaired: {f.message}" for f in card.repairs]
    _print(card.verdict, f"{crystal.id}  {crystal.formula}", lines, card.hint)


def _print(verdict: str, name: str, lines: list[str], hint: str) -> None:
    put(f"{_MARKS[verdict]}  {plain_text(name)}")
    for line in lines:
        put(f"        {plain_text(line)}")
    if hint:
        put(f"        -> {plain_text(hint)}")
