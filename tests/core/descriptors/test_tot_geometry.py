"""Angles and distances at bridging atoms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.descriptors import DESCRIPTORS
from core.descriptors.tot_geometry import TotGeometrySpec, tot_geometry
from core.errors import InvalidSpecError, NeighborShortageError
from core.types import Crystal

PUBLISHED = 1e-6  # relative, of every published number
ROUNDING = 2e-11  # degrees²: ANA's equal angles are published with a variance of -1.5e-11
EXACT = 1e-12


@pytest.mark.data
def test_the_published_descriptors_of_120_zeolites(
    shared_data: Path, zeolites: dict[str, Crystal]
) -> None:
    lines = (shared_data / "zeolites/BondsAngles").read_text().splitlines()
    published = {code: np.array(row, dtype=float) for code, *row in map(str.split, lines)}
    assert len(published) == 120
    for code, expected in published.items():
        found = tot_geometry(zeolites[code])
        if code == "ANA":
            assert expected[5] == pytest.approx(0, abs=ROUNDING)
            assert found[5] == pytest.approx(0, abs=ROUNDING)
            expected[5] = found[5]
        np.testing.assert_allclose(found, expected, rtol=PUBLISHED, atol=0, err_msg=code)


def test_quartz(quartz: Crystal) -> None:
    found = tot_geometry(quartz)
    # Levien, Prewitt & Weidner 1980: 143.73 degrees; 1.605 and 1.614 angstrom in equal numbers.
    np.testing.assert_allclose(found[:5], 143.73, atol=0.02)
    assert found[6] == pytest.approx((1.605 + 1.614) / 2, abs=1e-3)
    assert found[9] == pytest.approx(1.614, abs=1e-3)
    assert found[10] == pytest.approx(1.605, abs=1e-3)
    assert found[11] == pytest.approx(((1.614 - 1.605) / 2) ** 2, rel=0.1)


def test_perovskite_in_closed_form(perovskite: Crystal) -> None:
    found = tot_geometry(perovskite, TotGeometrySpec(centers=("Ti",)))
    a = 3.905
    expected = [180] * 5 + [0] + [a / 2] * 5 + [0]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_every_pair_at_a_bridge_of_four_counts(rocksalt: Crystal) -> None:
    # Each Cl bridges six Na: 12 right angles and 3 straight ones.
    found = tot_geometry(rocksalt, TotGeometrySpec(centers=("Na",), bridges=("Cl",)))
    angles = np.repeat([90.0, 180.0], [12, 3])
    np.testing.assert_allclose(found[0], angles.mean())
    np.testing.assert_allclose(found[1], np.exp(np.log(angles).mean()))
    np.testing.assert_allclose(found[2], 1 / (1 / angles).mean())
    np.testing.assert_allclose(found[3:6], [180, 90, angles.var()])
    np.testing.assert_allclose(found[6:], [2.82] * 5 + [0], atol=EXACT)


def test_means_are_ordered(quartz: Crystal) -> None:
    rng = np.random.default_rng(0)
    moved = quartz.with_(frac=quartz.frac + 0.01 * rng.normal(size=quartz.frac.shape))
    for six in np.split(tot_geometry(moved), 2):
        mean, geometric, harmonic, largest, smallest, variance = six
        assert smallest < harmonic < geometric < mean < largest
        assert variance > 0


def test_small_displacements_change_little(quartz: Crystal) -> None:
    direction = np.random.default_rng(1).normal(size=quartz.frac.shape)
    base = tot_geometry(quartz)

    def change(step: float) -> float:
        return float(
            np.abs(tot_geometry(quartz.with_(frac=quartz.frac + step * direction)) - base).max()
        )

    assert change(1e-6) < 0.02 * change(1e-4)


def test_silicon_and_aluminium_may_share_the_centres(quartz: Crystal) -> None:
    mixed = quartz.with_(numbers=[13, 14, 14] + [8] * 6)
    np.testing.assert_allclose(
        tot_geometry(mixed, TotGeometrySpec(centers=("Si", "Al"))), tot_geometry(quartz), rtol=EXACT
    )
    labels = DESCRIPTORS["tot_geometry"].labels(TotGeometrySpec(centers=("Si", "Al")))
    assert labels[0] == "Si/Al-O-Si/Al angle mean [°]"
    assert labels[11] == "Si/Al-O distance variance [Å²]"


def test_what_has_no_bridges_says_so(rocksalt: Crystal, perovskite: Crystal) -> None:
    with pytest.raises(NeighborShortageError, match="'NaCl' holds no Si"):
        tot_geometry(rocksalt)
    with pytest.raises(NeighborShortageError, match="holds no F"):
        tot_geometry(perovskite, TotGeometrySpec(centers=("Ti",), bridges=("F",)))
    far = Crystal("far", 9 * np.eye(3), [[0, 0, 0], [0.5, 0.5, 0.5]], [14, 8])
    with pytest.raises(NeighborShortageError, match="No O of 'far' is bonded to Si"):
        tot_geometry(far)
    pair = Crystal("pair", 9 * np.eye(3), [[0, 0, 0], [0.18, 0, 0]], [14, 8])
    with pytest.raises(NeighborShortageError, match="No O of 'pair' bridges two Si"):
        tot_geometry(pair)


@pytest.mark.parametrize("options", [{"centers": ()}, {"bridges": ()}, {"centers": ("Xx",)}])
def test_bad_elements_are_refused(options: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(InvalidSpecError):
        TotGeometrySpec(**options)
