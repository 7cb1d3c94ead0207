"""GRID, arrays in: beside gridrdf, amd.PDD and pymatgen's sphere search."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks import inputs
from benchmarks.context import Context
from benchmarks.timing import Comparison, Side, compare, interleave, local, per_item
from core.descriptors.grid import GridSpec, grid_batch, grid_features
from core.geometry.packed import pack, squared_nearest
from core.types import Crystal

N_GROUPS = 100
BIN_WIDTH = 0.1
MEAN_TOLERANCE = 1e-9
_US = "µs/crystal"
PEERS = {
    "gridrdf_grid": {
        "peer": "gridrdf 0.3.0",
        "gate": 200.0,
        # It takes distances for those of fifths of a bin (0.01 angstrom off) and counts some
        # fifths of up to 8 % of a group to the next bin (0.008 angstrom each).
        "tolerance": 0.03,
        "note": "difference: largest EMD of a group within 10 Å, Å",
    },
    "amd_pdd": {
        "peer": "amd.PDD(k=100) 1.6.1",
        "gate": 2.5,
        "tolerance": 1e-4,  # it merges rows that agree to 1e-4 angstrom
        "note": "sorted distances only, no histogram; difference: mean distance of a rank, Å",
    },
}


def rows(context: Context) -> Iterator[Comparison]:
    """Both modes beside each peer, on binaries and zeolites."""
    binaries = inputs.some_binaries(50 if context.quick else 200)
    zeolites = inputs.zeolites()[: 12 if context.quick else None]
    yield from _rows_of(context, f"{len(binaries)} binaries", binaries)
    yield from _rows_of(context, f"{len(zeolites)} zeolites", zeolites)


def _rows_of(context: Context, name: str, crystals: tuple[Crystal, ...]) -> Iterator[Comparison]:
    context.worker.load(name, **inputs.as_arrays(crystals))
    sides: dict[str, Side] = {
        "binned": local(lambda: grid_batch(crystals, GridSpec(mode="binned", n_groups=N_GROUPS))),
        "quantile": local(
            lambda: grid_batch(crystals, GridSpec(mode="quantile", n_groups=N_GROUPS))
        ),
        "distances": local(lambda: _mean_distances(crystals)),
        "spheres": local(lambda: _spheres(crystals)),
        **{task: context.worker.side(task, name) for task in PEERS},
    }
    differences = {
        "gridrdf_grid": _gridrdf_difference(context, crystals, sides["gridrdf_grid"]),
        "amd_pdd": _amd_difference(context, crystals, sides["amd_pdd"]),
    }
    for mode in ("binned", "quantile", "distances", "spheres"):
        sides[mode]()
    seconds = interleave(sides, context.repeats)
    times = {side: per_item(values, len(crystals)) for side, values in seconds.items()}
    for mode in ("binned", "quantile"):
        for task, peer in PEERS.items():
            yield compare(
                times[mode],
                times[task],
                name=f"GRID {mode}, {name}",
                unit=_US,
                difference=differences[task],
                **peer,
            )
    yield compare(
        times["distances"],
        times["spheres"],
        name=f"100 nearest distances, {name}",
        peer="pymatgen find_points_in_spheres",
        unit=_US,
        difference=float(np.abs(_mean_distances(crystals) - _spheres(crystals)).max()),
        tolerance=MEAN_TOLERANCE,
        note="with a sort; difference: mean distance of a rank, Å",
    )


def _gridrdf_difference(context: Context, crystals: tuple[Crystal, ...], side: Side) -> float:
    """Largest EMD of a group between our histogram and the package's, angstrom."""
    side()
    theirs = np.cumsum(context.worker.result() * BIN_WIDTH, axis=2)
    ours = grid_features(crystals, GridSpec(mode="binned", n_groups=N_GROUPS))
    # Groups that reach beyond 10 angstrom are renormalised by the package: other numbers.
    whole = ours[:, :, -2] > 1 - 1e-6
    emd = np.abs(theirs - ours).sum(axis=2) * BIN_WIDTH
    return float(emd[whole].max())


def _amd_difference(context: Context, crystals: tuple[Crystal, ...], side: Side) -> float:
    """Largest difference of a mean k-th neighbour distance, angstrom."""
    side()
    return float(np.abs(_mean_distances(crystals) - context.worker.result()).max())


def _mean_distances(crystals: tuple[Crystal, ...]) -> np.ndarray:
    """Mean k-th neighbour distance, (n_crystals, N_GROUPS)."""
    packed = pack(crystals)
    distances = np.sqrt(squared_nearest(packed, N_GROUPS))
    counts = np.diff(packed.starts)
    return np.add.reduceat(distances, packed.starts[:-1], axis=0) / counts[:, None]


def _spheres(crystals: tuple[Crystal, ...]) -> np.ndarray:
    """As `_mean_distances`, by pymatgen's compiled sphere search and a sort."""
    from pymatgen.optimization.neighbors import find_points_in_spheres

    periodic = np.ones(3, dtype=np.int64)
    means = np.empty((len(crystals), N_GROUPS))
    for m, crystal in enumerate(crystals):
        cart = np.ascontiguousarray(crystal.cart)
        lattice = np.array(crystal.lattice)
        n = len(cart)
        radius = 1.1 * (3 * N_GROUPS * crystal.volume / n / (4 * np.pi)) ** (1 / 3)
        while True:
            centers, _, _, found = find_points_in_spheres(
                cart, cart, r=radius, pbc=periodic, lattice=lattice, tol=1e-8
            )
            keep = found > 1e-8
            centers, found = centers[keep], found[keep]
            counts = np.bincount(centers, minlength=n)
            if counts.min() >= N_GROUPS:
                break
            radius *= 1.1
        found = found[np.lexsort((found, centers))]
        starts = np.cumsum(counts) - counts
        means[m] = found[starts[:, None] + np.arange(N_GROUPS)].mean(axis=0)
    return means
