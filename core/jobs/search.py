"""Task `neighbors`: the nearest library crystals of each query, exactly."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.distances.base import Features, Metric
from core.distances.features import Table, embed
from core.distances.nearest import nearest
from core.errors import ComputeError, InvalidSpecError
from core.jobs.base import TASKS, Inputs, Resources, Task, id_array, only, read_metric
from core.types import Crystal, Failure, IntArray


def resolve(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options: `metric` (as `parse_metric` reads it) and `k`, a whole number from 1 on."""
    only("neighbors", options, ("metric", "k"))
    k = options["k"]
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise InvalidSpecError(f"k is {k!r}.", hint="Give a whole number from 1 on.")
    return {**read_metric(options).to_dict(), "k": k}


def run_neighbors(
    inputs: Inputs, options: Mapping[str, Any], resources: Resources
) -> tuple[dict[str, NDArray[Any]], tuple[Failure, ...]]:
    """`ids` (n,), `neighbors` (n, k) ids, `distances` (n, k), `evaluated` (n,).

    A crystal of the library is not its own neighbour: one from the query's source with its
    structure is left out. Where fewer than k others exist, all of them are returned.
    """
    metric = read_metric(options)
    queries, library = inputs["query"], inputs["library"]
    own = _own_places(queries, library)
    features, table = _embed(library, metric, resources)
    row_of = {int(place): row for row, place in enumerate(table.kept)}
    if (own >= 0).all():  # every query is in the library: nothing is described twice
        kept = [q for q, place in enumerate(own.tolist()) if place in row_of]
        rows = np.array([row_of[int(own[q])] for q in kept], dtype=np.int64)
        query_features = features[rows]
        failures = table.failures
    else:
        query_features, query_table = _embed(queries, metric, resources)
        kept = query_table.kept.tolist()
        failures = query_table.failures + table.failures
    skip = np.array([row_of.get(int(own[q]), -1) for q in kept], dtype=np.int64)
    if not kept:
        raise ComputeError(
            f"None of the {len(queries)} queries can be described: {failures[0].message}",
            hint=failures[0].hint,
        )
    most = len(features) - int((skip >= 0).any())
    if most < 1:
        raise InvalidSpecError(
            "The library holds nothing but the query itself.", hint="Give a larger library."
        )
    found = nearest(
        query_features, features, min(options["k"], most),
        skip=skip if (skip >= 0).any() else None, threads=resources.threads,
        on_progress=resources.on_progress, should_stop=resources.should_stop,
    )  # fmt: skip
    outputs = {
        "ids": id_array([queries[q] for q in kept]),
        "neighbors": id_array([library[i] for i in table.kept])[found.indices],
        "distances": found.distances,
        "evaluated": found.evaluated,
    }
    return outputs, failures


def _own_places(queries: Sequence[Crystal], library: Sequence[Crystal]) -> IntArray:
    """(n,) place of each query in the library, or -1.

    The same structure from the same source is the same crystal, however its path was written and
    whatever number its id got; of several the one with the query's id is meant.
    """
    places: dict[tuple[str, str], int] = {}
    named: dict[tuple[str, str, str], int] = {}
    for i, crystal in enumerate(library):
        source = os.path.abspath(crystal.source)
        places.setdefault((source, crystal.digest), i)
        named.setdefault((source, crystal.digest, crystal.id), i)
    out = np.empty(len(queries), dtype=np.int64)
    for q, crystal in enumerate(queries):
        key = (os.path.abspath(crystal.source), crystal.digest)
        out[q] = named.get((*key, crystal.id), places.get(key, -1))
    return out


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
        resolve=resolve,
        run=run_neighbors,
        stages=(("describing crystals", 1.0), ("searching neighbours", 1.0)),
    )
)
