"""Coordination sequences of nets known in closed form, and of the published zeolites."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.descriptors.coordination_sequences import (
    CoordinationSequencesSpec,
    coordination_sequences,
    sequences,
)
from core.errors import DisorderedStructureError, InvalidSpecError, NeighborShortageError
from core.geometry.cell import supercell
from core.types import Crystal
from tests.strategies import reshaped

FCC = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
K = np.arange(1, 11)


def bonded(element: str, last: int = 10) -> CoordinationSequencesSpec:
    return CoordinationSequencesSpec(
        centers=(element,), bridges=(), first_shell=1, last_shell=last
    )  # fmt: skip


@pytest.mark.data
def test_the_published_sequences_of_120_zeolites(
    shared_data: Path, zeolites: dict[str, Crystal]
) -> None:
    # The deposit holds shells 1 to 12; the paper counts the centre itself as the first.
    spec = CoordinationSequencesSpec(first_shell=1, last_shell=12)
    files = sorted((shared_data / "zeolites/Coordination").iterdir())
    assert len(files) == 120
    for path in files:
        published = np.loadtxt(path, ndmin=2)
        crystal = zeolites[path.name.removesuffix("_coord")]
        found, _ = sequences(crystal, spec)
        # The mean is over sites, whose order and number (cell) need not agree.
        kinds, counts = np.unique(published, axis=0, return_counts=True)
        own, own_counts = np.unique(found, axis=0, return_counts=True)
        np.testing.assert_array_equal(own, kinds, err_msg=path.name)
        np.testing.assert_array_equal(own_counts * len(published), counts * len(found))
        np.testing.assert_allclose(
            coordination_sequences(crystal, spec), published.mean(axis=0), rtol=1e-14
        )


def test_diamond() -> None:
    diamond = Crystal("C", 3.567 * np.eye(3), np.vstack([FCC, FCC + 0.25]), [6] * 8)
    found = coordination_sequences(diamond, bonded("C"))
    # Conway & Sloane, Proc. R. Soc. A 453 (1997) 2369: floor(5/2 k² + 2).
    np.testing.assert_array_equal(found, [4, 12, 24, 42, 64, 92, 124, 162, 204, 252])
    np.testing.assert_array_equal(found, np.floor(5 * K**2 / 2) + 2)


def test_cubic_lattices_in_closed_form() -> None:
    primitive = Crystal("Po", 3.359 * np.eye(3), [[0, 0, 0]], [84])
    np.testing.assert_array_equal(coordination_sequences(primitive, bonded("Po")), 4 * K**2 + 2)
    copper = Crystal("Cu", 3.615 * np.eye(3), FCC, [29] * 4)
    np.testing.assert_array_equal(coordination_sequences(copper, bonded("Cu")), 10 * K**2 + 2)


def test_quartz(quartz: Crystal) -> None:
    spec = CoordinationSequencesSpec(first_shell=1, last_shell=5)
    # Net qtz: O'Keeffe, Z. Kristallogr. 196 (1991) 21.
    np.testing.assert_array_equal(coordination_sequences(quartz, spec), [4, 12, 30, 52, 80])


def test_the_octahedra_of_perovskite_form_a_cubic_lattice(perovskite: Crystal) -> None:
    spec = CoordinationSequencesSpec(centers=("Ti",), first_shell=2, last_shell=10)
    np.testing.assert_array_equal(coordination_sequences(perovskite, spec), (4 * K**2 + 2)[1:])


def test_no_cell_changes_the_sequence(quartz: Crystal) -> None:
    expected = coordination_sequences(quartz)
    assert expected.shape == (12,)
    rng = np.random.default_rng(0)
    for other in (reshaped(quartz, rng), supercell(quartz, (1, 2, 3))):
        np.testing.assert_array_equal(coordination_sequences(other), expected)


def test_a_chain_and_a_molecule_end_where_they_end() -> None:
    cell = np.diag([2.0, 12, 12])
    chain = Crystal("chain", cell, [[0, 0, 0]], [26])
    np.testing.assert_array_equal(coordination_sequences(chain, bonded("Fe", 4)), [2] * 4)
    trimer = Crystal("trimer", 20 * np.eye(3), [[0, 0, 0], [0.11, 0, 0], [0.22, 0, 0]], [26] * 3)
    np.testing.assert_allclose(coordination_sequences(trimer, bonded("Fe", 3)), [4 / 3, 2 / 3, 0])


def test_two_bridges_between_two_centres_make_one_step() -> None:
    # Edge-sharing chain: every second pair of oxygen atoms joins the same two silicon atoms.
    frac = [[0, 0, 0], [0.5, 0.15, 0], [0.5, -0.15, 0]]
    chain = Crystal("chain", np.diag([2.6, 9, 9]), frac, [14, 8, 8])
    spec = CoordinationSequencesSpec(first_shell=1, last_shell=4)
    np.testing.assert_array_equal(coordination_sequences(chain, spec), [2, 2, 2, 2])


def test_what_has_no_net_says_so(rocksalt: Crystal, quartz: Crystal) -> None:
    with pytest.raises(NeighborShortageError, match="holds no Si"):
        coordination_sequences(rocksalt)
    pair = Crystal("pair", 9 * np.eye(3), [[0, 0, 0], [0.18, 0, 0]], [14, 8])
    with pytest.raises(NeighborShortageError, match="No O of 'pair' bridges two Si"):
        coordination_sequences(pair)
    with pytest.raises(DisorderedStructureError):
        coordination_sequences(quartz.with_(occupancy=np.full(9, 0.5)))


def test_bad_options_are_refused() -> None:
    with pytest.raises(InvalidSpecError, match="can't come after"):
        CoordinationSequencesSpec(first_shell=5, last_shell=4)
    with pytest.raises(InvalidSpecError):
        CoordinationSequencesSpec(centers=())
    with pytest.raises(InvalidSpecError):
        CoordinationSequencesSpec(bridges=("Ox",))
