"""A library kept as a workspace, and a workspace (or some of it) opened as a library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.data.loading import embedded_record, embedded_sets_in
from core.library.citing import embedded_sets
from core.library.library import EMBEDDED, Library
from core.types import ParseReport

if TYPE_CHECKING:
    from core.store.workspace import Workspace, WorkspaceInfo
    from core.store.workspaces import Store

WORKSPACE = "workspace:"
MOST_OPENED = 20_000  # crystals that a session holds in memory; more stay in the workspace


def keep(store: Store, name: str, library: Library, *, replace: bool = False) -> Workspace:
    """Save a library with its decisions, whole or not at all.

    The workspace becomes the source when it is opened again: an embedded set that was the source
    goes on record, with its licence and works.

    Raises: InvalidSpecError for a wrong name or, without `replace`, one that exists.
    """
    notes = {
        "title": library.name,
        "source": library.source,
        "decisions": [*_origin(library), *library.decisions],
    }
    return store.save(name, library.report, notes=notes, replace=replace)


def reopen(workspace: Workspace, ids: Sequence[str] | None = None, chosen: str = "") -> Library:
    """The crystals of a workspace as a library, with the decisions that were taken on them.

    Args:
        ids: only these crystals; all, with the failures, when None.
        chosen: words for how they were chosen, for the record.

    Raises: UnknownNameError, SchemaError.
    """
    info = workspace.info
    report = workspace.report(ids)
    before = record_of(info)
    n = len(report.crystals)
    words = f"opened workspace {info.name!r}: {n:,} of {info.n_crystals:,} crystals"
    if chosen:
        words += f" ({chosen})"
    return Library(info.name, f"{WORKSPACE}{info.name}", report, (*before, words))


def record_of(info: WorkspaceInfo) -> list[str]:
    """The decisions a workspace was saved with, sets that went into it among them.

    It may have come with an import, or be one of before embedded sets were noted.
    """
    told = info.notes.get("decisions")
    lines = tuple(str(decision) for decision in told) if isinstance(told, list) else ()
    source = str(info.notes.get("source", ""))
    if not source.startswith(EMBEDDED):
        return list(lines)
    bare = Library("", source, ParseReport((), (), ()), lines)
    return [*_origin(bare), *lines]


def _origin(library: Library) -> list[str]:
    known = {entry.key for entry in embedded_sets_in(library.decisions)}
    return [embedded_record(entry) for entry in embedded_sets(library) if entry.key not in known]
