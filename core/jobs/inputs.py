"""Where crystals come from: files, folders, archives, and embedded sets named `embedded:NAME`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.data import load_embedded
from core.errors import InputError, InvalidSpecError
from core.io import read
from core.io.disorder import drop_guests, ordered_approximation
from core.types import Crystal, Examination, Failure, ParseReport

EMBEDDED = "embedded:"
DISORDER_CHOICES = ("refuse", "weights", "ordered", "drop-guests")


def load(paths: Sequence[str], **options: Any) -> ParseReport:
    """Crystals of all paths, in their order, with unique ids; options as of `core.io.read`.

    Raises: UnknownNameError for an embedded set that does not exist; JobCancelled.
    """
    crystals: list[Crystal] = []
    failures: list[Failure] = []
    examinations: list[Examination] = []
    plain: list[str] = []

    def flush() -> None:
        if plain:
            report = read([Path(p) for p in plain], **options)
            crystals.extend(report.crystals)
            failures.extend(report.failures)
            examinations.extend(report.examinations)
            plain.clear()

    for path in paths:
        if path.startswith(EMBEDDED):
            flush()
            members = load_embedded(path.removeprefix(EMBEDDED))
            crystals.extend(members)
            examinations.extend(Examination(c.id, c.source, "green") for c in members)
        else:
            plain.append(path)
    flush()
    return ParseReport(tuple(_unique(crystals)), tuple(failures), tuple(examinations))


def _unique(crystals: list[Crystal]) -> list[Crystal]:
    """The same crystals; an id that was taken gets a number."""
    seen: set[str] = set()
    out = []
    for crystal in crystals:
        name, n = crystal.id, 2
        while name in seen:
            name, n = f"{crystal.id}~{n}", n + 1
        seen.add(name)
        out.append(crystal if name == crystal.id else crystal.with_(id=name))
    return out


def load_one(path: str, **options: Any) -> Crystal:
    """The only crystal of a path, or the one named by `PATH#ID`.

    Raises: InputError when there is none, or more than one to choose from.
    """
    name, _, wanted = path.partition("#")
    report = load([name], **options)
    if not report.crystals:
        first = report.failures[0] if report.failures else None
        reason = first.message if first else "it holds no crystal"
        raise InputError(f"{name}: {reason}", hint=first.hint if first else "")
    if wanted:
        for crystal in report.crystals:
            if crystal.id == wanted:
                return crystal
        raise InputError(
            f"{name} holds no crystal {wanted!r}.",
            hint="It holds " + _some([c.id for c in report.crystals]) + ".",
        )
    if len(report.crystals) > 1:
        raise InputError(
            f"{name} holds {len(report.crystals)} crystals.",
            hint=f"Choose one: {name}#{report.crystals[0].id}",
        )
    return report.crystals[0]


def _some(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def settle_disorder(
    crystals: Sequence[Crystal], choice: str
) -> tuple[list[Crystal], tuple[Failure, ...]]:
    """Crystals after the user's decision on partial occupancy; those it can't help become failures.

    `refuse` and `weights` leave them as they are: the descriptor's own option decides.
    Raises: InvalidSpecError for another choice.
    """
    if choice not in DISORDER_CHOICES:
        raise InvalidSpecError(
            f"{choice!r} is no way to treat partial occupancy.",
            hint="Choose " + ", ".join(DISORDER_CHOICES) + ".",
        )
    change = {"ordered": ordered_approximation, "drop-guests": drop_guests}.get(choice)
    if change is None:
        return list(crystals), ()
    out, failures = [], []
    for crystal in crystals:
        try:
            out.append(crystal if crystal.is_ordered else change(crystal))
        except InputError as error:
            failures.append(
                Failure.from_error(error, id=crystal.id, stage="disorder", source=crystal.source)
            )
    return out, tuple(failures)
