"""Where crystals come from: files, folders, archives, sets, and `PATH#ID` of any of them.

`embedded:NAME` is a set that comes with Gridscope, `public:NAME` one of the registry (downloaded
when it is not here), `workspace:NAME` one that is kept. `PATH#ID` chooses one crystal of a set; a
path that exists as it is written is never taken apart.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from core.data import load_embedded
from core.data.loading import PublicReport, load_public_crystals
from core.data.public import PUBLIC
from core.errors import InputError, InvalidSpecError, ParseError, UnknownNameError
from core.io import read
from core.io.disorder import drop_guests, ordered_approximation
from core.io.naming import Namer
from core.types import Crystal, Examination, Failure, ParseReport

EMBEDDED = "embedded:"
WORKSPACE = "workspace:"
_SETS = (EMBEDDED, PUBLIC, WORKSPACE)
DISORDER_CHOICES = ("refuse", "weights", "ordered", "drop-guests")
_NAMED = 8  # ids quoted in a hint


def split_path(path: str) -> tuple[str, str]:
    """(path, id) of `PATH#ID`; the id is empty where the whole set is meant."""
    if path.startswith(_SETS):
        name, _, wanted = path.partition("#")
        return name, wanted
    if os.path.lexists(path):
        return path, ""
    at = path.rfind("#")
    while at > 0:
        if os.path.exists(path[:at]):
            return path[:at], path[at + 1 :]
        at = path.rfind("#", 0, at)
    return path, ""


@dataclass(frozen=True, slots=True, eq=False)
class LoadReport(ParseReport):
    """A report with a line for each public set that went into it: files, hashes, licence, works."""

    records: tuple[str, ...] = ()


def load(paths: Sequence[str], **options: Any) -> LoadReport:
    """Crystals of all paths, in their order, with unique ids; options as of `core.io.read`.

    Raises: UnknownNameError for a set that does not exist; DatasetUnavailableError for a public set
        that can't be had; InputError for one without structures; StoreUnavailableError;
        JobCancelled.
    """
    gathered = _Gathered()
    sets: dict[str, ParseReport] = {}  # a set is read once, however many of it are chosen
    plain: list[str] = []

    def flush() -> None:
        if plain:
            gathered.add(read([Path(p) for p in plain], **options))
            plain.clear()

    for path in paths:
        name, wanted = split_path(path)
        if not wanted and not name.startswith(_SETS):
            plain.append(name)
            continue
        flush()
        if wanted and name.startswith(WORKSPACE):
            gathered.add(_kept(name, wanted))
            continue
        if name not in sets:
            sets[name] = _set(name, options) if name.startswith(_SETS) else read([name], **options)
            gathered.note(sets[name])
        gathered.add(_chosen(sets[name], name, wanted) if wanted else sets[name])
    flush()
    return gathered.report()


@dataclass(slots=True)
class _Gathered:
    """Reports put together; an id that was taken gets a number."""

    namer: Namer = field(default_factory=Namer)
    crystals: list[Crystal] = field(default_factory=list)
    cards: list[Examination] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    records: list[str] = field(default_factory=list)

    def note(self, report: ParseReport) -> None:
        """Keep the record of a public set."""
        if isinstance(report, PublicReport):
            self.records.append(report.record)

    def add(self, report: ParseReport) -> None:
        for crystal, card in zip(report.crystals, report.examinations, strict=True):
            given, renamed = self.namer.claim(crystal.id)
            if renamed:
                crystal = crystal.with_(id=given)
                card = Examination(
                    given, card.source, card.verdict, card.findings + renamed, card.facts, card.hint
                )
            self.crystals.append(crystal)
            self.cards.append(card)
        self.failures.extend(report.failures)

    def report(self) -> LoadReport:
        return LoadReport(
            tuple(self.crystals), tuple(self.failures), tuple(self.cards), tuple(self.records)
        )


def _set(name: str, options: Mapping[str, Any]) -> ParseReport:
    if name.startswith(WORKSPACE):
        return _kept(name)
    if name.startswith(PUBLIC):
        return load_public_crystals(name, **options)
    members = load_embedded(name.removeprefix(EMBEDDED))
    return ParseReport(members, (), tuple(Examination(c.id, c.source, "green") for c in members))


def _kept(name: str, wanted: str = "") -> ParseReport:
    """The crystals of a workspace, or one of them."""
    from core.store.workspaces import open_store

    with open_store() as store:
        workspace = store.workspace(name.removeprefix(WORKSPACE))
        if not wanted:
            return workspace.report()
        try:
            return replace(workspace.report([wanted]), failures=())
        except UnknownNameError:
            some = [row.id for row in workspace.find(limit=_NAMED + 1).rows]
            return ParseReport((), (_absent(name, wanted, some),))


def _chosen(report: ParseReport, name: str, wanted: str) -> ParseReport:
    """The crystal called `wanted` (its id, or its name inside the file), or why there is none."""
    source = f"{name}#{wanted}"
    for crystal, card in zip(report.crystals, report.examinations, strict=True):
        if crystal.id == wanted or card.source == source:
            return ParseReport((crystal,), (), (card,))
    for failure in report.failures:
        if failure.id == wanted or failure.source == source or not report.crystals:
            return ParseReport((), (failure,))
    return ParseReport((), (_absent(name, wanted, [c.id for c in report.crystals]),))


def _absent(name: str, wanted: str, ids: list[str]) -> Failure:
    error = ParseError(f"{name} holds no crystal {wanted!r}.", hint=_known(ids, wanted))
    return Failure.from_error(error, id=wanted, stage="choose", source=f"{name}#{wanted}")


def _known(ids: list[str], wanted: str) -> str:
    near = get_close_matches(wanted, ids, n=1)
    guess = f"Did you mean {near[0]!r}? " if near else ""
    rest = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return f"{guess}It holds " + ", ".join(ids[:_NAMED]) + f"{rest}."


def load_one(path: str, **options: Any) -> Crystal:
    """The only crystal of a path, or the one named by `PATH#ID`.

    Raises: InputError when there is none, or more than one to choose from.
    """
    report = load([path], **options)
    if not report.crystals:
        first = report.failures[0] if report.failures else None
        reason = first.message if first else "it holds no crystal"
        message = reason if first and first.stage == "choose" else f"{path}: {reason}"
        raise InputError(message, hint=first.hint if first else "")
    if len(report.crystals) > 1:
        raise InputError(
            f"{path} holds {len(report.crystals)} crystals.",
            hint=f"Choose one: {path}#{report.crystals[0].id}",
        )
    return report.crystals[0]


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
