"""Radial distribution functions: normalisation first."""

from __future__ import annotations

import numpy as np
import pytest

from core.descriptors.grid import GridSpec, grid
from core.descriptors.rdf import PartialRdfSpec, RdfSpec, neighbor_counts, partial_rdf, rdf
from core.errors import InvalidSpecError
from core.types import Crystal

GAS_TOLERANCE = 0.04  # 1,200 atoms: about 500 pairs in the smallest shell compared


@pytest.fixture(scope="module")
def gas() -> Crystal:
    rng = np.random.default_rng(0)
    return Crystal("gas", 30 * np.eye(3), rng.random((1200, 3)), rng.choice([2, 10], 1200))


def test_a_random_gas_has_g_of_one(gas: Crystal) -> None:
    g = rdf(gas, RdfSpec(bin_width=0.5))
    np.testing.assert_allclose(g[6:], 1.0, atol=GAS_TOLERANCE)
    pairs = ("He-He", "He-Ne", "Ne-He", "Ne-Ne")
    parts = partial_rdf(gas, PartialRdfSpec(bin_width=0.5, pairs=pairs))
    np.testing.assert_allclose(parts[:, 10:], 1.0, atol=2 * GAS_TOLERANCE)
    np.testing.assert_allclose(parts[1], parts[2], atol=1e-12)


def test_shell_counts_come_back(rocksalt: Crystal) -> None:
    spec = RdfSpec(smearing=0.0, bin_width=0.1)
    density = rocksalt.n_sites / rocksalt.volume
    shells = 4 / 3 * np.pi * np.diff(spec.edges**3)
    counts = rdf(rocksalt, spec) * density * shells
    assert counts[28] == pytest.approx(6)  # Na-Cl at 2.82
    assert counts[39] == pytest.approx(12)  # at 3.988
    assert counts[:28].sum() == pytest.approx(0)


def test_smearing_keeps_the_count(rocksalt: Crystal) -> None:
    density = rocksalt.n_sites / rocksalt.volume
    totals = []
    for smearing in (0.0, 0.05):
        spec = RdfSpec(smearing=smearing, max_distance=3.4)
        shells = 4 / 3 * np.pi * np.diff(spec.edges**3)
        totals.append((rdf(rocksalt, spec) * density * shells).sum())
    np.testing.assert_allclose(totals, 6, atol=1e-6)


def test_partial_functions_add_up_to_the_whole(perovskite: Crystal) -> None:
    symbols, share = ("Sr", "Ti", "O"), {"Sr": 0.2, "Ti": 0.2, "O": 0.6}
    pairs = tuple(f"{a}-{b}" for a in symbols for b in symbols)
    parts = partial_rdf(perovskite, PartialRdfSpec(pairs=pairs))
    weights = [share[a] * share[b] for a in symbols for b in symbols]
    np.testing.assert_allclose(weights @ parts, rdf(perovskite), atol=1e-10)
    like_unlike = partial_rdf(perovskite)
    same = sum(x * x for x in share.values())
    np.testing.assert_allclose(
        same * like_unlike[0] + (1 - same) * like_unlike[1], rdf(perovskite), atol=1e-10
    )


def test_an_absent_pair_gives_zeros(rocksalt: Crystal) -> None:
    parts = partial_rdf(rocksalt, PartialRdfSpec(pairs=("Na-O", "Na-Cl")))
    assert (parts[0] == 0).all()
    assert parts[1].max() > 1


@pytest.mark.parametrize("pairs", [("Na",), ("Na-Xx",), ("Na-Cl-O",)])
def test_bad_pairs_are_refused(pairs: tuple[str, ...]) -> None:
    with pytest.raises(InvalidSpecError):
        PartialRdfSpec(pairs=pairs)


def test_neighbour_counts_are_the_sum_of_grid(perovskite: Crystal) -> None:
    groups = grid(perovskite, GridSpec()).sum(axis=0)
    counts = neighbor_counts(perovskite)
    np.testing.assert_allclose(counts[:50], groups[:50], atol=1e-6)  # 100 neighbours reach 5 Å


def test_neighbour_counts_weigh_by_occupancy(rocksalt: Crystal) -> None:
    half = rocksalt.with_(occupancy=np.full(rocksalt.n_rows, 0.5))
    spec = RdfSpec(smearing=0.0, disorder="weights")
    assert neighbor_counts(half, spec)[28] == pytest.approx(3)
