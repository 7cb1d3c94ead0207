"""The crystals at hand: an immutable value; each decision makes a new one and is recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from core.data import card, load_embedded
from core.errors import UnknownNameError
from core.hashing import bytes_digest
from core.store.rows import number_of
from core.types import Crystal, Examination, Failure, ParseReport

EMBEDDED = "embedded:"

# Decisions that other pages act on; read back from the record, so that a link keeps them.
WEIGHTS = "partial occupancy: kept, sites and neighbours weigh by their occupancy"
REFUSE = "partial occupancy: disordered crystals are refused"


def crystals_digest(crystals: Iterable[Crystal]) -> str:
    """SHA-256 over ids and structures, in order."""
    return bytes_digest("\n".join(f"{c.id}\0{c.digest}" for c in crystals).encode())


@dataclass(frozen=True, slots=True, eq=False)
class Library:
    """Crystals with all that is known of where they came from.

    Attributes:
        name: words shown for it.
        source: `embedded:NAME`, `live:...` for what a search found, or `files` for what a user
            brought.
        report: crystals (ids unique), failures, and examinations aligned with the crystals.
        decisions: what was decided on the way, in order; part of every export.
        digest: SHA-256 over ids and structures, in order: the key of everything computed.
        record_digest: the same over all that is known of them besides (properties, examinations,
            failures): with `digest`, the key of tables.
        ids: of the crystals, in order.
    """

    name: str
    source: str
    report: ParseReport
    decisions: tuple[str, ...] = ()
    digest: str = ""
    record_digest: str = ""
    # Made once: pages ask for the id or the crystal of each of thousands of rows.
    ids: tuple[str, ...] = field(init=False, repr=False)
    _by_id: Mapping[str, Crystal] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", tuple(c.id for c in self.crystals))
        object.__setattr__(self, "_by_id", {c.id: c for c in self.crystals})
        object.__setattr__(self, "digest", crystals_digest(self.crystals))
        records = (
            *(repr(tuple(c.properties.items())) for c in self.crystals),
            *(repr((e.verdict, e.findings, tuple(e.facts.items()))) for e in self.examinations),
            *(repr(f) for f in self.failures),
        )
        object.__setattr__(self, "record_digest", bytes_digest("\n".join(records).encode()))

    @classmethod
    def embedded(cls, name: str) -> Library:
        """An embedded data set. Raises: UnknownNameError."""
        crystals = load_embedded(name)
        cards = tuple(Examination(c.id, c.source, "green") for c in crystals)
        return cls(card(name).title, f"{EMBEDDED}{name}", ParseReport(crystals, (), cards))

    @property
    def crystals(self) -> tuple[Crystal, ...]:
        return self.report.crystals

    @property
    def examinations(self) -> tuple[Examination, ...]:
        return self.report.examinations

    @property
    def failures(self) -> tuple[Failure, ...]:
        return self.report.failures

    @property
    def disorder(self) -> Literal["refuse", "weights"]:
        """How descriptors are to treat partial occupancy: the latest decision, else refuse."""
        told = [text for text in self.decisions if text in (WEIGHTS, REFUSE)]
        return "weights" if told and told[-1] == WEIGHTS else "refuse"

    @property
    def disordered_ids(self) -> tuple[str, ...]:
        """Ids of the crystals with partial occupancy."""
        return tuple(c.id for c in self.crystals if not c.is_ordered)

    @property
    def property_keys(self) -> tuple[str, ...]:
        """Keys that at least one crystal has, in order of first appearance."""
        return tuple(dict.fromkeys(key for c in self.crystals for key in c.properties))

    @property
    def numeric_keys(self) -> tuple[str, ...]:
        """Keys that are a number of at least one crystal.

        Of others they may be text ("82 GPa" in one record): `core.store.rows.number_of` counts
        that as missing.
        """
        return tuple(
            key
            for key in self.property_keys
            if any(number_of(c.properties.get(key)) is not None for c in self.crystals)
        )

    def __len__(self) -> int:
        return len(self.crystals)

    def get(self, crystal_id: str) -> Crystal:
        """Raises: UnknownNameError."""
        found = self._by_id.get(crystal_id)
        if found is None:
            raise UnknownNameError(f"The library holds no crystal {crystal_id!r}.")
        return found

    def examination(self, crystal_id: str) -> Examination:
        """Raises: UnknownNameError."""
        for found in self.examinations:
            if found.crystal_id == crystal_id:
                return found
        raise UnknownNameError(f"The library holds no crystal {crystal_id!r}.")

    def deciding(self, decision: str) -> Library:
        """One more decision on record; pages act on `WEIGHTS` and `REFUSE`."""
        return replace(self, decisions=(*self.decisions, decision))

    def keeping(self, ids: Collection[str], decision: str) -> Library:
        """Only these crystals; the decision is recorded."""
        wanted = set(ids)
        report = replace(
            self.report,
            crystals=tuple(c for c in self.crystals if c.id in wanted),
            examinations=tuple(e for e in self.examinations if e.crystal_id in wanted),
        )
        return replace(self, report=report, decisions=(*self.decisions, decision))

    def replacing(self, crystals: Iterable[Crystal], decision: str) -> Library:
        """The same crystals, some of them changed (same ids); the decision is recorded."""
        changed = {c.id: c for c in crystals}
        report = replace(self.report, crystals=tuple(changed.get(c.id, c) for c in self.crystals))
        return replace(self, report=report, decisions=(*self.decisions, decision))

    def adding(self, report: ParseReport, *decisions: str) -> Library:
        """More crystals and failures; an id that is taken gets a number."""
        taken = set(self.ids)
        crystals, cards = [], []
        for crystal, found in zip(report.crystals, report.examinations, strict=True):
            name, n = crystal.id, 2
            while name in taken:
                name, n = f"{crystal.id}~{n}", n + 1
            taken.add(name)
            crystals.append(crystal.with_(id=name))
            cards.append(replace(found, crystal_id=name))
        merged = ParseReport(
            self.crystals + tuple(crystals),
            self.failures + report.failures,
            self.examinations + tuple(cards),
        )
        return replace(self, report=merged, decisions=(*self.decisions, *decisions))
