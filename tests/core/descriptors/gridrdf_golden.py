"""Writes gridrdf_golden.npz: what the package gridrdf 0.3.0 computes for its own 200 crystals.

That package can't live beside Gridscope (it forces pandas below 3), so this runs in the peers'
environment, which `python -m benchmarks --setup` makes:

    cd tests/core/descriptors
    ../../../benchmarks/peers/.venv/bin/python gridrdf_golden.py ../../../../shared/data/gridrdf

Each (groups, bins) array is kept as its product with a fixed random vector over the bins, one
number a group: any change in any bin shows, in 1 % of the bytes. NaN stays NaN.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import numpy as np

N_GROUPS = 100
DEFAULT = (10.0, 0.1, 0.1)
# (maximum distance, bin width, sigma): bins that come out one too many, no smearing, coarse bins.
VARIANTS = ((9.8, 0.05, 0.1), (4.6, 0.2, 0.1), (10.0, 0.1, 0.0), (8.0, 0.25, 0.05), (7.0, 0.1, 0.3))
VARIANT_CRYSTALS = 20
OUTPUT = Path(__file__).with_suffix(".npz")


def probe(n_bins: int) -> np.ndarray:
    """Random vector an array is projected on, (n_bins,)."""
    return np.random.default_rng(2023).standard_normal(n_bins)


def main(folder: Path) -> None:
    """Compute and save the projections."""
    warnings.simplefilter("ignore")
    from gridrdf.extendRDF import calculate_rdf, get_pairwise_distances
    from pymatgen.core import Structure

    def project(structure, neighbours, options):
        max_distance, bin_width, sigma = options
        grid = calculate_rdf(
            structure, neighbours, max_dist=max_distance, bin_width=bin_width, smearing=sigma
        )
        return grid @ probe(grid.shape[1]), grid.shape[1]

    records = json.loads((folder / "small_test_set.json").read_text())
    default, variants, bins = [], [], {}
    for index, record in enumerate(records):
        structure = Structure.from_str(record["cif"], fmt="cif")
        neighbours = get_pairwise_distances(structure, num_neighbours=N_GROUPS)
        default.append(project(structure, neighbours, DEFAULT)[0])
        if index < VARIANT_CRYSTALS:
            rows = [project(structure, neighbours, options) for options in VARIANTS]
            variants.append([row for row, _ in rows])
            bins = [n for _, n in rows]
    np.savez_compressed(
        OUTPUT,
        ids=np.array([record["task_id"] for record in records]),
        default=np.array(default),
        variants=np.array(variants),
        variant_bins=np.array(bins),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
