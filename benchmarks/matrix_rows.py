"""The EMD matrix of 2,000 crystals: beside gridrdf, scipy, torch, and the core's own peak."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks import inputs
from benchmarks.context import Context
from benchmarks.peak import peak_runs
from benchmarks.timing import Comparison, Side, compare, interleave, local, per_item
from core.descriptors.grid import GridSpec, grid_batch
from core.distances.base import Features, parse_metric
from core.distances.matrix import full
from core.types import Crystal

FLOAT32_TOLERANCE = 2e-5  # angstrom, on distances of up to some angstrom
TORCH_TOLERANCE = 2e-4  # it adds 10,000 float32 terms into one sum
QUANTILE_TOLERANCE = 0.005  # angstrom: quantiles beside the exact distance
_EXACT_CRYSTALS = 40
_NS = "ns/pair"


def rows(context: Context) -> Iterator[Comparison]:
    """Binned and quantile matrices per pair beside each peer."""
    n, n_peer = (600, 100) if context.quick else (2000, 300)
    crystals = inputs.some_binaries(n)
    features = {
        mode: parse_metric(f"grid-emd(mode={mode})").embed(crystals)
        for mode in ("binned", "quantile")
    }
    subset = features["binned"][:n_peer]
    sides: dict[str, Side] = {
        "binned": _matrix(features["binned"]),
        "quantile": _matrix(features["quantile"]),
        "gridrdf": _gridrdf(context, crystals[:n_peer]),
        "scipy": local(lambda: _scipy(subset)),
        "torch": local(lambda: _torch(subset)),
    }
    differences = _differences(context, crystals[:n_peer], subset, sides)
    for name in ("binned", "quantile", "torch"):
        sides[name]()
    seconds = interleave(sides, context.repeats)
    pairs, some, square = n * (n - 1) / 2, n_peer * (n_peer - 1) / 2, n_peer**2
    counts = {"binned": pairs, "quantile": pairs, "gridrdf": some, "scipy": square, "torch": square}
    times = {name: per_item(seconds[name], count, 1e9) for name, count in counts.items()}
    yield from _beside_libraries(times, differences, n, n_peer)
    yield _beside_peak(context, sides["binned"], features["binned"])


def _matrix(features: Features) -> Side:
    # Preallocated: what is compared is arithmetic, not page faults.
    out = np.empty((len(features), len(features)), dtype=np.float32)
    return local(lambda: full(features, out=out))


def _gridrdf(context: Context, crystals: Sequence[Crystal]) -> Side:
    histograms = grid_batch(crystals, GridSpec(mode="binned")).astype(np.float64)
    context.worker.load("histograms", grids=histograms, bin_width=np.array(0.1))
    return context.worker.side("gridrdf_matrix", "histograms")


def _scipy(features: Features) -> np.ndarray:
    from scipy.spatial.distance import cdist

    return cdist(features.parts[0], features.parts[0], "cityblock")


def _torch(features: Features) -> np.ndarray:
    import torch

    torch.set_num_threads(1)
    vectors = torch.from_numpy(features.parts[0])
    return torch.cdist(vectors, vectors, p=1).numpy()


def _differences(
    context: Context, crystals: Sequence[Crystal], subset: Features, sides: dict[str, Side]
) -> dict[str, float]:
    """Largest deviation of our matrix of the subset from that of each peer, angstrom."""
    ours = full(subset)
    sides["gridrdf"]()
    few = crystals[:_EXACT_CRYSTALS]
    exact, quantile = (
        full(parse_metric(name).embed(few, np.float64))
        for name in ("grid-wasserstein", "grid-emd(mode=quantile)")
    )
    return {
        "gridrdf": float(np.abs(ours - context.worker.result()).max()),
        "scipy": float(np.abs(ours - _scipy(subset)).max()),
        "torch": float(np.abs(ours - _torch(subset)).max()),
        "quantile": float(np.abs(exact - quantile).max()),
    }


def _beside_libraries(
    times: dict[str, list[float]], differences: dict[str, float], n: int, n_peer: int
) -> Iterator[Comparison]:
    names = {
        "gridrdf": "gridrdf super_fast_EMD_matrix",
        "scipy": "scipy cdist cityblock",
        "torch": "torch.cdist p=1",
    }
    notes = {
        "gridrdf": f"measured on {n_peer} crystals; per distinct pair on both sides",
        "scipy": f"measured on {n_peer} crystals; all n² evaluations are counted; float64",
        "torch": f"measured on {n_peer} crystals; all n² evaluations are counted; float32",
    }
    for peer, title in names.items():
        yield compare(
            times["binned"],
            times[peer],
            name=f"EMD matrix binned, {n} crystals",
            peer=title,
            unit=_NS,
            gate=100.0 if peer == "gridrdf" else None,
            difference=differences[peer],
            tolerance=TORCH_TOLERANCE if peer == "torch" else FLOAT32_TOLERANCE,
            note=notes[peer],
        )
    yield compare(
        times["quantile"],
        times["gridrdf"],
        name=f"EMD matrix quantile, {n} crystals",
        peer="gridrdf super_fast_EMD_matrix (binned)",
        unit=_NS,
        gate=400.0,
        difference=differences["quantile"],
        tolerance=QUANTILE_TOLERANCE,
        note=f"difference: from the exact Wasserstein distances of {_EXACT_CRYSTALS} crystals, Å",
    )


def _beside_peak(context: Context, matrix: Side, features: Features) -> Comparison:
    """Share of the fastest L1-resident tile's rate that the whole binned matrix reaches.

    In turns of its own: the clock of a shared machine drifts within the seconds the peers take.
    """
    runs = {f"peak {shape}": run for shape, run in peak_runs().items()}
    peaks = {name: local(run) for name, (run, _) in runs.items()}
    seconds = interleave({"matrix": matrix, **peaks}, 2 * context.repeats)
    tiles = {name: per_item(seconds[name], count, 1e12) for name, (_, count) in runs.items()}
    best = min(tiles, key=lambda name: float(np.median(tiles[name])))
    vectors = features.parts[0]
    n, width = len(vectors), int((vectors != vectors[0]).any(axis=0).sum())
    return compare(
        per_item(seconds["matrix"], n * (n - 1) / 2 * width, 1e12),
        tiles[best],
        name=f"EMD matrix binned, {n} crystals",
        peer=f"this core's L1-resident {best}",
        unit="ps/|a-b|",
        gate=0.85,
        note="picoseconds for one absolute difference; the ratio is the share of the peak of "
        "summing them one by one, which the matrix avoids (docs/decisions/0016); "
        f"{width:,} of {vectors.shape[1]:,} columns count: in the rest no two crystals differ",
    )
