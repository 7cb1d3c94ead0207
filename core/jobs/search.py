"""Task `neighbors`: the nearest library crystals of each query, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.distances.base import Features, Metric, parse_metric
from core.distances.features import Table, embed
from core.distances.nearest import nearest
from core.errors import InvalidSpecError
from core.jobs.base import TASKS, Inputs, Resources, Task, id_array
from core.types import Crystal, Failure


def validate(options: Mapping[str, Any]) -> None:
    """Options: `metric` (as `parse_metric` reads it) and `k`, at least 1."""
    extra = set(options) - {"metric", "k"}
    if extra:
        raise InvalidSpecError(f"The task neighbors has no option {sorted(extra)[0]!r}.")
    parse_metric(options["metric"])
    if not isinstance(options["k"], int) or options["k"] < 1:
        raise InvalidSpecError(f"k is {options['k']!r}; it must be a whole number from 1 on.")


def run_neighbors(
    inputs: Inputs, options: Mapping[str, Any], resources: Resources
) -> tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]:
    """`ids` (n,), `neighbors` (n, k) ids, `distances` (n, k), `evaluated` (n,).

    A crystal of the library is not its own neighbour: one with the query's id, source and
    structure is left out. Where fewer than k others exist, all of them are returned.
    """
    metric = parse_metric(options["metric"])
    queries, library = inputs["query"], inputs["library"]
    query_features, query_table = _embed(queries, metric, resources)
    library_features, library_table = _embed(library, metric, resources)
    kept_queries = [queries[i] for i in query_table.kept]
    kept_library = [library[i] for i in library_table.kept]
    place = {(c.id, c.source, c.digest): i for i, c in enumerate(kept_library)}
    own = np.array([place.get((c.id, c.source, c.digest), -1) for c in kept_queries])
    if (own >= 0).all() and len(kept_library) == 1:
        raise InvalidSpecError(
            "The library holds nothing but the query itself.", hint="Give a larger library."
        )
    most = len(kept_library) - int((own >= 0).any())
    skip = own if (own >= 0).any() else None
    found = nearest(
        query_features, library_features, min(options["k"], most), skip=skip,
        threads=resources.threads, on_progress=resources.on_progress,
        should_stop=resources.should_stop,
    )  # fmt: skip
    outputs = {
        "ids": id_array(kept_queries),
        "neighbors": id_array(kept_library)[found.indices],
        "distances": found.distances,
        "evaluated": found.evaluated,
    }
    return outputs, query_table.failures + library_table.failures


def _embed(
    crystals: Sequence[Crystal], metric: Metric, resources: Resources
) -> tuple[Features, Table]:
    return embed(
        crystals,
        metric,
        threads=resources.threads,
        processes=resources.processes,
        on_progress=resources.on_progress,
        should_stop=resources.should_stop,
    )


TASKS.register(
    Task(
        key="neighbors",
        title="Nearest neighbours",
        summary="Find the library crystals most like each query.",
        validate=validate,
        run=run_neighbors,
    )
)
