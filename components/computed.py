"""What pages show of single crystals, computed in core once for each digest and spec."""

from __future__ import annotations

import numpy as np
import pandas as pd

from components.cache import shared
from components.viewer.options import ViewOptions, scene_key
from components.viewer.scene import ViewScene, build_scene
from core.config import default_workers
from core.descriptors import describe
from core.descriptors.grid import GridSpec
from core.descriptors.rdf import RdfSpec, neighbor_counts
from core.distances.base import Metric
from core.distances.features import embed
from core.distances.nearest import nearest
from core.errors import ComputeError
from core.explain import Explanation, explain, pair_histograms
from core.explain.yardstick import Yardstick, yardstick
from core.geometry.symmetry import Symmetry, find_symmetry
from core.library import Library
from core.registry import Spec
from core.types import Crystal, FloatArray


def descriptor(crystal: Crystal, key: str, spec: Spec) -> FloatArray:
    """A descriptor of one crystal. Raises what the descriptor raises."""
    digest = f"{crystal.digest}{spec.digest}"
    return shared(f"descriptor.{key}", digest, lambda: describe(crystal, key, spec))


def shares(crystal: Crystal, spec: GridSpec) -> FloatArray:
    """GRID with rows that sum to 1, or in angstrom in mode `quantile`."""
    values = descriptor(crystal, "grid", spec)
    return values * spec.bin_width if spec.mode == "gridrdf" else values


def counts(crystal: Crystal, spec: RdfSpec) -> FloatArray:
    """Mean number of neighbours of a site in each bin."""
    digest = f"{crystal.digest}{spec.digest}"
    return shared("rdf.counts", digest, lambda: neighbor_counts(crystal, spec))


def pairs(crystal: Crystal, spec: GridSpec) -> dict[str, FloatArray]:
    """GRID split by element pair."""
    digest = f"{crystal.digest}{spec.digest}"
    return shared("grid.pairs", digest, lambda: pair_histograms(crystal, spec))


def match(a: Crystal, b: Crystal, spec: GridSpec) -> Explanation:
    """The explained match of two crystals."""
    digest = f"{a.id}{a.digest}{b.id}{b.digest}{spec.digest}"
    return shared("explain", digest, lambda: explain(a, b, spec))


def scale(metric: Metric) -> Yardstick | None:
    """What distances are usual under a metric; None where that would take long."""
    return shared("scale", str(metric), lambda: yardstick(metric))


def symmetry(crystal: Crystal, tolerance: float) -> Symmetry:
    """Space group and Wyckoff sites at a tolerance in angstrom."""
    digest = f"{crystal.digest}{tolerance:g}"
    return shared("symmetry", digest, lambda: find_symmetry(crystal, symprec=tolerance))


def rdf_like(spec: GridSpec) -> RdfSpec:
    """The RDF on the bins of a GRID."""
    return RdfSpec(
        max_distance=spec.max_distance,
        bin_width=spec.bin_width,
        smearing=spec.smearing,
        disorder=spec.disorder,
    )


def scene(crystal: Crystal, options: ViewOptions) -> ViewScene:
    """The 3D scene of a crystal."""
    return shared("scene", scene_key(crystal, options), lambda: build_scene(crystal, options))


def neighbors(
    library: Library, crystal: Crystal, metric: Metric, k: int
) -> tuple[pd.DataFrame, int]:
    """The k crystals of the library nearest to one of its own.

    Returns: a table (Id, Formula, Distance), and how many others could be compared.

    Raises: ComputeError when it has no features itself, with the reason.
    """
    digest = f"{library.digest}{crystal.id}{metric}{k}"
    return shared("neighbors", digest, lambda: _neighbors(library, crystal, metric, k))


def _neighbors(
    library: Library, crystal: Crystal, metric: Metric, k: int
) -> tuple[pd.DataFrame, int]:
    # Only the answer is kept: the vectors of a large library are tens of megabytes.
    vectors, table = embed(library.crystals, metric, threads=default_workers())
    kept = table.kept.tolist()
    own = library.ids.index(crystal.id)
    if own not in kept:
        reason = next(f for f in table.failures if f.id == crystal.id)
        raise ComputeError(reason.message, hint=reason.hint)
    row = kept.index(own)
    found = nearest(vectors[[row]], vectors, min(k, len(kept) - 1), skip=np.array([row]))
    shelf = [library.crystals[kept[i]] for i in found.indices[0]]
    unit = f" [{metric.unit}]" if metric.unit else ""
    shown = pd.DataFrame(
        {
            "Id": [c.id for c in shelf],
            "Formula": [c.formula for c in shelf],
            f"Distance{unit}": found.distances[0],
        }
    )
    return shown, len(kept) - 1
