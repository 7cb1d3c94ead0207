"""What pages show of single crystals, computed in core once for each digest and spec."""

from __future__ import annotations

from components.cache import shared
from core.descriptors import describe
from core.descriptors.grid import GridSpec
from core.descriptors.rdf import RdfSpec
from core.explain import Explanation, explain, pair_histograms
from core.geometry.symmetry import Symmetry, find_symmetry
from core.registry import Spec
from core.types import Crystal, FloatArray


def descriptor(crystal: Crystal, key: str, spec: Spec) -> FloatArray:
    """A descriptor of one crystal. Raises what the descriptor raises."""
    digest = f"{crystal.digest}{spec.digest}"
    return shared(f"descriptor.{key}", digest, lambda: describe(crystal, key, spec))


def pairs(crystal: Crystal, spec: GridSpec) -> dict[str, FloatArray]:
    """GRID split by element pair."""
    digest = f"{crystal.digest}{spec.digest}"
    return shared("grid.pairs", digest, lambda: pair_histograms(crystal, spec))


def match(a: Crystal, b: Crystal, spec: GridSpec) -> Explanation:
    """The explained match of two crystals."""
    digest = f"{a.id}{a.digest}{b.id}{b.digest}{spec.digest}"
    return shared("explain", digest, lambda: explain(a, b, spec))


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
