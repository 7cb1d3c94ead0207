"""Results of jobs that a workspace keeps: they travel with it, and never make room for others."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from core.errors import SchemaError
from core.jobs.base import JobResult
from core.jobs.records import JobRecord
from core.types import Failure, Provenance

if TYPE_CHECKING:
    from core.store.workspace import Workspace

_KINDS = {"grid": "descriptor", "describe": "descriptor", "distance": "distance",
          "similarity": "distance"}  # fmt: skip


def keep_result(
    workspace: Workspace, key: str, result: JobResult, record: JobRecord | None = None
) -> None:
    """Keep a result under its key (`core.jobs.results.result_key`), and what is known of its job.

    Raises: StoreUnavailableError; UnknownNameError when the workspace was removed.
    """
    provenance = result.provenance
    notes = {
        "failures": [asdict(failure) for failure in result.failures],
        "provenance": {
            **asdict(provenance), "spec": dict(provenance.spec),
            "versions": dict(provenance.versions),
        },
    }  # fmt: skip
    task = str(provenance.spec.get("task", ""))
    workspace.results.save_arrays(
        key, result.outputs, kind=_KINDS.get(task, "job"),
        label=record.label if record else task, spec=notes,
    )  # fmt: skip
    if record is not None:
        workspace.jobs.put(record.id, {**asdict(record), "query": dict(record.query)})


def kept_result(workspace: Workspace, key: str) -> JobResult | None:
    """The result of a key, arrays mapped; None when neither this workspace nor another of the store
    computed it.

    Raises: SchemaError when it is damaged.
    """
    found = workspace.results.find(key)
    if found is None:
        return None
    try:
        failures = tuple(Failure(**row) for row in found.spec["failures"])
        provenance = Provenance(**found.spec["provenance"])
    except (LookupError, TypeError) as error:
        raise SchemaError("The stored result is no job's.", hint="Compute it again.") from error
    return JobResult(workspace.results.arrays(key), failures, provenance)
