"""Vectors of the training crystals in the state of a model: kept there, checked as they come back.

Compiled code compares them row by row without looking at their widths, so what a file holds is
compared with the vectors of the crystals at hand first. The exact Wasserstein distance has no
vectors but lists of distances, which lie in a file one after another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.distances.base import Features, Term
from core.distances.wasserstein import Groups
from core.errors import ModelFileError
from core.models.inputs import unweighted
from core.types import FloatArray

_HINT = "Choose a file that Gridscope saved (.gsmodel)."


def kept_vectors(vectors: Sequence[Features]) -> dict[str, Any]:
    """`vectors` and `sizes` of each distance, as arrays that a model file may hold."""
    return {
        "vectors": [[_plain(part) for part in v.parts] for v in vectors],
        "sizes": [list(v.sizes) for v in vectors],
    }


def training_vectors(
    terms: Sequence[Term], state: Mapping[str, Any], queries: Sequence[Features]
) -> list[Features]:
    """The training crystals under each distance, ready to be compared with these queries.

    Raises: ModelFileError when they do not fit: a file may be signed and still be wrong.
    """
    out: list[Features] = []
    for term, parts, sizes, query in zip(
        terms, state["vectors"], state["sizes"], queries, strict=True
    ):
        rows = tuple(_rows(part) for part in parts)
        if not _alike(rows, query.parts) or len(rows[0]) != len(out[0] if out else rows[0]):
            raise ModelFileError(
                f"The training crystals of the model have other vectors of {term.key!r} than it "
                "needs.",
                hint=_HINT,
            )
        out.append(Features(unweighted(term), rows, tuple(sizes)))
    return out


def _alike(rows: tuple[FloatArray, ...], wanted: tuple[FloatArray, ...]) -> bool:
    return len(rows) == len(wanted) and all(
        isinstance(a, np.ndarray)
        and a.ndim == b.ndim
        and a.shape[1:] == b.shape[1:]
        and a.dtype.kind == b.dtype.kind
        and len(a) == len(rows[0])
        for a, b in zip(rows, wanted, strict=True)
    )


def _plain(part: FloatArray) -> Any:
    if part.dtype != object:
        return part
    groups: list[Groups] = part.tolist()
    return {
        "values": np.concatenate([g.values for g in groups]),
        "masses": np.concatenate([g.masses for g in groups]),
        "counts": np.stack([np.diff(g.starts) for g in groups]),
    }


def _rows(part: Any) -> FloatArray:
    """The array of a part; of one in pieces (n,) objects.

    Raises: ModelFileError for pieces that make no whole.
    """
    if not isinstance(part, dict):
        return part
    values, masses, counts = (part[name] for name in ("values", "masses", "counts"))
    total = len(values)
    whole = values.shape == masses.shape == (total,) and values.dtype == masses.dtype == np.float64
    if not whole or counts.ndim != 2 or counts.min() < 1 or counts.sum() != total:
        raise ModelFileError("The training crystals of the model are not whole.", hint=_HINT)
    ends = np.cumsum(counts.sum(axis=1))
    out = np.empty(len(counts), dtype=object)
    for i, end in enumerate(ends.tolist()):
        own = slice(end - int(counts[i].sum()), end)
        starts = np.concatenate([[0], np.cumsum(counts[i])]).astype(np.int64)
        out[i] = Groups(values[own], masses[own], starts)
    return out
