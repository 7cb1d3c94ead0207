"""Features of crystals kept on disk between jobs: a second model of them need not describe again.

Only what took long is kept, on a shelf of its own: a cache never pushes out a user's results.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import numpy as np

from core import __version__
from core.descriptors import DESCRIPTORS
from core.distances.features import Table
from core.errors import GridscopeError, SchemaError
from core.hashing import mapping_digest
from core.jobs.base import JobResult, Resources, input_digest
from core.jobs.results import FEATURES, forget_result, has_result, load_result, save_result
from core.models.feature_sets import FeatureTerm
from core.models.inputs import Keep
from core.types import Crystal, Provenance

LONG = 1.0  # seconds: what takes less is computed again
_SCHEMA = 1


def keeper(resources: Resources) -> Keep | None:
    """How a job keeps features; None where it may not use the disk."""
    return kept_table if resources.use_store else None


def table_key(term: FeatureTerm, crystals: Sequence[Crystal]) -> str:
    """Digest of what decides the features: options, version of the algorithm, crystals in order."""
    return mapping_digest(
        {
            "kind": "features", "schema": _SCHEMA, "descriptor": term.key,
            "spec": term.spec.to_dict(), "version": DESCRIPTORS[term.key].version,
            "input": input_digest({"crystals": crystals}),
        }
    )  # fmt: skip


def kept_table(term: FeatureTerm, crystals: Sequence[Crystal], make: Callable[[], Table]) -> Table:
    """The table of a descriptor: from the disk, or made, and kept when that took long.

    A full disk or a damaged file costs the time to compute it again, never the job. A table larger
    than all of them may be together is not kept.
    """
    key = table_key(term, crystals)
    found = _known(key)
    if found is not None:
        return found
    started = time.perf_counter()
    table = make()
    seconds = time.perf_counter() - started
    if seconds >= LONG:
        with suppress(GridscopeError, OSError):  # as `replacing` words it, or as it comes
            if table.arrays[0].nbytes <= FEATURES.budget:
                save_result(key, _result(table, term, crystals, seconds), FEATURES)
    return table


def _known(key: str) -> Table | None:
    with suppress(GridscopeError, OSError):
        if not has_result(key, FEATURES):
            return None
        try:
            found = load_result(key, FEATURES)
            return Table((found.outputs["values"],), found.outputs["kept"], found.failures)
        except (SchemaError, KeyError):
            forget_result(key, FEATURES)
    return None


def _result(
    table: Table, term: FeatureTerm, crystals: Sequence[Crystal], seconds: float
) -> JobResult:
    provenance = Provenance(
        spec={"features": str(term)},
        input_digest=input_digest({"crystals": crystals}),
        versions={"gridscope": __version__},
        seconds=seconds,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return JobResult(
        {"values": table.arrays[0], "kept": np.asarray(table.kept)}, table.failures, provenance
    )
