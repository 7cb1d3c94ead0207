"""Results of jobs in workspaces: kept beside the crystals they were computed from, and back again.

What a job leaves on disk makes room for others in time, and its record goes with the session. What
a workspace keeps stays, travels in its zip, and is found again when the workspace is opened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from components import jobs, state
from core.errors import GridscopeError
from core.jobs.base import JobResult, JobSpec
from core.jobs.kept import keep_result, kept_result
from core.jobs.manager import job_id
from core.jobs.records import JobRecord, write_record
from core.jobs.results import has_result, load_result, result_key, save_result
from core.library import Library

if TYPE_CHECKING:
    from core.store.results import Result
    from core.store.workspace import Workspace

_MODEL = "model"
_PRIVATE = frozenset({"data", "session", "reading", "run", "job"})
"""Parts of an address that lead to a session's own files: others must not find them."""
_PAGE = re.compile(r"pages/[a-z_]+/[a-z_]+\.py")
_ROOT = Path(__file__).resolve().parent.parent
_SPEC = ("task", "options", "seed", "schema")
_SHOWN = 10


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """A finished job of the session and its result."""

    record: JobRecord
    result: JobResult

    @property
    def n_bytes(self) -> int:
        return sum(array.nbytes for array in self.result.outputs.values())


def computed(library: Library) -> list[Done]:
    """Results on disk that this session's jobs computed from exactly these crystals.

    Only what the crystals alone decide, such as matrices, maps and predictions. Runs of Train are
    keyed by values of the target too, jobs on a run by that run, candidates by more: not found.
    """
    out = []
    for record in jobs.manager().jobs(state.token()):
        if record.state == "done" and has_result(record.key):
            try:
                result = load_result(record.key)
            except GridscopeError:
                continue  # damaged: nothing to keep
            if _fits(result.provenance.spec, library, record.key):
                out.append(Done(record, result))
    return out


def _fits(told: Any, library: Library, key: str) -> bool:
    """Whether a result of these options under this key is of these crystals."""
    try:
        spec = JobSpec(**{name: told[name] for name in _SPEC})
    except (GridscopeError, LookupError, TypeError):
        return False  # of another version
    return result_key(spec, library.digest) == key


def choose(found: Sequence[Done], key: str) -> bool:
    """Ask whether to keep these too; no question where there are none."""
    if not found:
        return False
    n = len(found)
    return st.checkbox(
        f"Keep {n:,} results computed from them too ({_size(sum(d.n_bytes for d in found))})"
        if n > 1 else f"Keep the result computed from them too ({_size(found[0].n_bytes)})",
        value=True, key=key,
        help="Matrices, maps and predictions: opened again, the workspace need not compute them "
        "anew. Models on trial are not among them: keep a model on the page Predict",
    )  # fmt: skip


def keep(workspace: Workspace, found: Sequence[Done]) -> None:
    """Keep results with what is known of their jobs, but not whose session they were of.

    Raises: StoreUnavailableError; UnknownNameError when the workspace was removed.
    """
    for done in found:
        record = replace(done.record, query=_public(done.record.query), owner="")
        keep_result(workspace, record.key, done.result, record)


def forget_others(workspace: Workspace, library: Library) -> int:
    """Forget results and jobs that are not of these crystals, which took the place of others.

    Returns: how many results. Raises: StoreUnavailableError.
    """
    n = 0
    for result in workspace.results.all():
        origin = result.spec.get("provenance")
        told = origin.get("spec") if isinstance(origin, dict) else None
        if result.kind != _MODEL and not _fits(told, library, result.key):
            workspace.results.remove(result.key)
            n += 1
    kept = {result.key for result in workspace.results.all()}
    for name, record in workspace.jobs.all().items():
        if record.get("key") not in kept:
            workspace.jobs.remove(name)
    return n


def list_kept(workspace: Workspace) -> None:
    """A line for each result that a workspace keeps; nothing where it keeps none."""
    kept = [result for result in workspace.results.all() if result.kind != _MODEL]
    for result in kept[:_SHOWN]:
        st.text(f"Result {_words(result)}")
    if (more := len(kept) - _SHOWN) > 0:
        st.caption(f"and {more:,} more")


def _words(result: Result) -> str:
    told = f"{result.label or result.kind}, {_size(result.n_bytes)}"
    return f"{told}; came with an import, not used" if result.imported else told


def bring_back(workspace: Workspace) -> int:
    """Put what a workspace computed where jobs look for it, and its jobs into the session's list.

    Not what came with an import: its keys are claims that nobody here has checked.

    Returns: how many results the session now finds.
    """
    told = {str(record.get("key")): record for record in workspace.jobs.all().values()}
    n = 0
    for result in workspace.results.all():
        if result.imported or result.kind == _MODEL:
            continue
        try:
            if not has_result(result.key):
                found = kept_result(workspace, result.key)
                if found is None:
                    continue
                save_result(result.key, found)
            _relist(result, told.get(result.key, {}))
            n += 1
        except GridscopeError:
            continue  # gone or damaged, or no room: it is computed again when asked for
    return n


def _relist(result: Result, told: Mapping[str, Any]) -> None:
    """A job on the session's list again, under the session's own name for it.

    A record may be an import's: no more of it is believed than a page of ours and its options.
    """
    page, query = str(told.get("page", "")), told.get("query")
    known = _PAGE.fullmatch(page) is not None and (_ROOT / page).is_file()
    options = query if isinstance(query, dict) else {}
    token, at = state.token(), result.created
    record = JobRecord(
        id=job_id(token, result.key), key=result.key, label=result.label, state="done",
        page=page if known else "", query=_public(options), created=at, started=at, finished=at,
        updated=at, fraction=1.0,
    )  # fmt: skip
    write_record(token, record)


def _public(query: Mapping[str, Any]) -> dict[str, str]:
    return {k: v for k, v in query.items() if k not in _PRIVATE and isinstance(v, str)}


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e5 else f"{n_bytes / 1e3:.0f} kB"
