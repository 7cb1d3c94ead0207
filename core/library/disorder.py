"""What was decided about partial occupancy, carried out on chosen crystals of a library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from core.errors import ComputeError, InputError, InvalidSpecError
from core.io.disorder import DECISION, drop_guests, ordered_approximation
from core.io.doctor.examine import examine
from core.io.draft import Draft, examination_of
from core.library.library import Library
from core.types import Crystal, Examination, Failure, Finding

Treatment = Literal["order", "drop"]
_SETTLED = frozenset({"partial_occupancy", "split_sites"})


def disordered_ids(library: Library) -> tuple[str, ...]:
    """Ids of the crystals with partial occupancy."""
    return tuple(c.id for c in library.crystals if not c.is_ordered)


def treat_disorder(
    library: Library, ids: Sequence[str], how: Treatment, *, guests: tuple[str, ...] = ()
) -> tuple[Library, tuple[Failure, ...]]:
    """The library with these crystals made ordered, or without their guests.

    Each is examined anew; the decision is recorded for the library and for each crystal.

    Args:
        library: the crystals.
        ids: of those to change; others stay.
        how: "order" for an ordered approximation, "drop" for dropping partly occupied sites.
        guests: elements to drop besides, for "drop".

    Returns: the new library, and a failure for each crystal that could not be changed and stays.

    Raises: InvalidSpecError when no crystal could be changed; UnknownNameError for no element.
    """
    wanted = set(ids)
    changed: dict[str, Crystal] = {}
    cards: dict[str, Examination] = {}
    failures: list[Failure] = []
    for crystal, card in zip(library.crystals, library.examinations, strict=True):
        if crystal.id not in wanted:
            continue
        try:
            new = ordered_approximation(crystal) if how == "order" else drop_guests(crystal, guests)
            if new is not crystal:
                changed[crystal.id], cards[crystal.id] = new, _card(new, card)
        except (InputError, ComputeError) as error:
            failures.append(
                Failure.from_error(error, id=crystal.id, stage="disorder", source=crystal.source)
            )
    if not changed:
        reason = failures[0].message if failures else "None of these crystals would change."
        raise InvalidSpecError(reason, hint="Choose other crystals or another treatment.")
    words = "ordered approximation" if how == "order" else "partly occupied sites dropped"
    also = f" and {', '.join(guests)}" if guests and how == "drop" else ""
    decision = f"partial occupancy: {words}{also} for {_named(tuple(changed))}"
    new_library = library.replacing(changed.values(), decision)
    report = replace(
        new_library.report,
        examinations=tuple(cards.get(e.crystal_id, e) for e in library.examinations),
    )
    return replace(new_library, report=report), tuple(failures)


def _card(crystal: Crystal, before: Examination) -> Examination:
    """A new examination; what was known from the file before stays on it."""
    draft = Draft(crystal)
    old = tuple(f for f in before.findings if f.repaired and f.code not in _SETTLED)
    note = Finding("disorder_treated", str(crystal.properties[DECISION]), "info", repaired=True)
    draft = examine(draft.noting(*old, note))
    stated = {k: v for k, v in before.facts.items() if k.endswith("_stated")}
    card = examination_of(draft, crystal.id, crystal.source)
    return replace(card, facts={**stated, **card.facts})


def _named(ids: tuple[str, ...]) -> str:
    shown = ", ".join(ids[:5])
    return shown if len(ids) <= 5 else f"{shown} and {len(ids) - 5} more"
