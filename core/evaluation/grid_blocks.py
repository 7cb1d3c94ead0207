"""Blocks of GRID, neighbours by rank and sites or distances by range, as a model sees them.

A vector of GRID holds, for each rank of neighbour, quantiles over the sites or a histogram over
distances. Neighbouring ranks and neighbouring columns say nearly the same, so they are taken in
blocks: ranks by doubling, quantiles in thirds, distances by 2 Å.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.descriptors.grid import GridSpec
from core.distances.base import Features
from core.models.inputs import Inputs, Needs, unweighted
from core.types import FloatArray, IntArray

_RANKS = (0, 4, 8, 16, 32, 64)
_THIRDS = ("nearest third of sites", "middle third", "farthest third")
_RANGE = 2.0  # angstrom of a block of a histogram
_BY_RANK = ("grid-emd", "grid-euclidean", "grid-cosine")  # distances whose vectors are GRID itself


@dataclass(frozen=True, slots=True, eq=False)
class GridBlock:
    """One block of one GRID.

    Attributes:
        source: the distance or the descriptor it belongs to.
        is_distance: which of the two.
        columns: of the vector.
        ranks: first and last neighbour.
        part: words for the range across.
        low, high: what lies in the block, in angstrom: the 10th and 90th percentile of the
            distances there, or the edges of the bins.
    """

    source: str
    is_distance: bool
    columns: IntArray
    ranks: tuple[int, int]
    part: str
    low: float
    high: float

    @property
    def name(self) -> str:
        first, last = self.ranks
        return f"neighbours {first}-{last}, {self.part}"


def grid_sources(needs: Needs) -> dict[str, tuple[GridSpec, bool]]:
    """Names of the GRIDs a model sees, with their options and whether each is a distance."""
    out: dict[str, tuple[GridSpec, bool]] = {}
    for term in needs.distances:
        spec = term.spec
        if term.key in _BY_RANK and isinstance(spec, GridSpec):
            out[str(unweighted(term))] = (spec, True)
    for feature in needs.features:
        if feature.key == "grid":
            spec = feature.spec
            assert isinstance(spec, GridSpec)
            out[feature.source] = (spec, False)
    return out


def grid_blocks(needs: Needs, inputs: Inputs) -> list[GridBlock]:
    """All blocks of all GRIDs that a model sees; none when it sees no GRID."""
    out = []
    for source, (spec, is_distance) in grid_sources(needs).items():
        values = values_of(inputs, source, is_distance)
        scale = _scale(spec, source) if is_distance else np.ones(spec.n_groups)
        across = _across(spec, values.shape[1] // spec.n_groups)
        for first, last in _rank_ranges(spec.n_groups):
            for words, columns, edges in across:
                at = (
                    np.arange(first - 1, last)[:, None] * (values.shape[1] // spec.n_groups)
                    + columns
                )
                if edges is None:
                    inside = values[:, at] / scale[first - 1 : last, None]
                    edges = tuple(np.quantile(inside, [0.1, 0.9]).tolist())
                out.append(GridBlock(source, is_distance, at.ravel(), (first, last), words, *edges))
    return out


def values_of(inputs: Inputs, source: str, is_distance: bool) -> FloatArray:
    """(n, d) vectors of a distance, or values of a descriptor."""
    return inputs.vectors[source].parts[0] if is_distance else inputs.blocks[source].values


def shuffled_vectors(
    inputs: Inputs, source: str, columns: IntArray | None, order: IntArray
) -> Inputs:
    """The inputs with columns of one distance's vectors (None: all) from crystal order[i] for i."""
    old = inputs.vectors[source]
    if columns is None:
        new = old[order]
    else:
        part = old.parts[0].copy()
        part[:, columns] = old.parts[0][np.ix_(order, columns)]
        new = Features(old.metric, (part, *old.parts[1:]), old.sizes)
    vectors: Mapping[str, Features] = {**inputs.vectors, source: new}
    return Inputs(inputs.ids, inputs.blocks, vectors)


def _rank_ranges(n_groups: int) -> list[tuple[int, int]]:
    """First and last rank of each block: doubling, the last one whole."""
    edges = [r for r in _RANKS if r < n_groups]
    if len(edges) > 1 and n_groups - edges[-1] < edges[-1] / 2:
        edges.pop()
    return [(low + 1, high) for low, high in pairwise([*edges, n_groups])]


_Across = list[tuple[str, IntArray, tuple[float, float] | None]]


def _across(spec: GridSpec, width: int) -> _Across:
    """Words, columns within a group and edges of each block across; edges None: from the data."""
    if spec.mode == "quantile":
        count = min(len(_THIRDS), width)
        words: Sequence[str] = _THIRDS if count == len(_THIRDS) else ("all sites",) * count
        parts = np.array_split(np.arange(width), count)
        return [(word, part, None) for word, part in zip(words, parts, strict=True)]
    out: _Across = []
    edges = spec.edges
    for low in np.arange(0.0, edges[-1] - 1e-9, _RANGE):
        inside = np.flatnonzero((edges[:-1] >= low - 1e-9) & (edges[:-1] < low + _RANGE - 1e-9))
        high = min(low + _RANGE, float(edges[-1]))
        out.append((f"{low:g}-{high:g} Å", inside, (float(low), high)))
    return out


def _scale(spec: GridSpec, source: str) -> FloatArray:
    """(n_groups,) by which a distance multiplies the quantiles of each group."""
    if source.startswith("grid-emd"):
        return spec.group_weights / spec.width
    return np.sqrt(spec.group_weights * spec.n_groups)
