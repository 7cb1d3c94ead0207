"""What a reader hands on: a crystal on its way into a report, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.errors import GridscopeError
from core.types import Crystal, Examination, Failure, Finding, RawFile, Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A crystal as read, with what was noticed while reading it.

    Attributes:
        crystal: its `id` is provisional; `core.io.naming` gives the final one.
        name: name inside the file (block, record, frame), or "" for the only one.
        own_id: whether `name` is an identifier of the material that outranks the file's name.
        findings: problems and repairs so far.
        stated: what the file claims of itself (`formula`, `z`, `density`, `space_group`, ...).
        facts: what was found.
    """

    crystal: Crystal
    name: str = ""
    own_id: bool = False
    findings: tuple[Finding, ...] = ()
    stated: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def with_(self, **changes: Any) -> Draft:
        """A copy with some fields changed."""
        return replace(self, **changes)

    def noting(self, *findings: Finding, **facts: Any) -> Draft:
        """A copy with findings and facts added."""
        return replace(self, findings=(*self.findings, *findings), facts={**self.facts, **facts})


@dataclass(frozen=True, slots=True, eq=False)
class Enclosed:
    """A file inside a record (CIF text in a JSON list), still to be read."""

    raw: RawFile
    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    own_id: bool = True


@dataclass(frozen=True, slots=True)
class Refusal:
    """A crystal that could not be read: becomes a Failure once it has an id."""

    name: str
    code: str
    message: str
    hint: str = ""
    own_id: bool = False

    @classmethod
    def from_error(cls, error: GridscopeError, name: str = "", own_id: bool = False) -> Refusal:
        return cls(name, type(error).__name__, error.message, error.hint, own_id)

    def as_failure(self, id: str, source: str) -> Failure:
        hint = self.hint or "Open the file in a text editor and correct what is named."
        return Failure(id, "parse", self.code, self.message, hint, source)


Outcome = Draft | Refusal


def verdict_of(findings: tuple[Finding, ...]) -> Verdict:
    """Green: nothing to look at. Amber: usable, look here. Red is a Failure, never a crystal."""
    return "amber" if any(f.severity != "info" for f in findings) else "green"


def examination_of(draft: Draft, crystal_id: str, source: str) -> Examination:
    """The doctor's card of a finished draft; the hint is that of its gravest finding."""
    from core.io.doctor.advice import advice_for

    facts = {**{f"{key}_stated": value for key, value in draft.stated.items()}, **draft.facts}
    return Examination(
        crystal_id=crystal_id,
        source=source,
        verdict=verdict_of(draft.findings),
        findings=draft.findings,
        facts=facts,
        hint=advice_for(draft.findings),
    )
