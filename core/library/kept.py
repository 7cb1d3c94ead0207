"""A library kept as a workspace, and a workspace (or some of it) opened as a library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.library.library import Library

if TYPE_CHECKING:
    from core.store.workspace import Workspace
    from core.store.workspaces import Store

WORKSPACE = "workspace:"
MOST_OPENED = 20_000  # crystals that a session holds in memory; more stay in the workspace


def keep(store: Store, name: str, library: Library, *, replace: bool = False) -> Workspace:
    """Save a library with its decisions, whole or not at all.

    Raises: InvalidSpecError for a wrong name or, without `replace`, one that exists.
    """
    notes = {
        "title": library.name,
        "source": library.source,
        "decisions": list(library.decisions),
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
    told = info.notes.get("decisions")
    before = [str(decision) for decision in told] if isinstance(told, list) else []
    n = len(report.crystals)
    words = f"opened workspace {info.name!r}: {n:,} of {info.n_crystals:,} crystals"
    if chosen:
        words += f" ({chosen})"
    return Library(info.name, f"{WORKSPACE}{info.name}", report, (*before, words))
