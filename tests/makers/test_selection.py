"""Reasons to leave crystals out, the hull, and progress that survives a kill."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from core.elements import ATOMIC_NUMBERS
from core.verification.equation_of_state import birch_murnaghan
from makers.prototype_elastic import checks, progress
from makers.prototype_elastic.hull import Entry, above_hull, formation_energy, references
from makers.prototype_elastic.prototypes import prototype
from makers.prototype_elastic.selection import select
from makers.prototype_elastic.worklist import Task


def crystal(key: str, on: dict[str, str], volume: float) -> dict:
    host = prototype(key)
    lattice = host.lattice * (volume / abs(np.linalg.det(host.lattice))) ** (1 / 3)
    numbers = [ATOMIC_NUMBERS[on[s]] for s in host.sites]
    return {"lattice": lattice.tolist(), "frac": host.frac.tolist(), "numbers": numbers}


def computed(name: str, key: str, on: dict[str, str], volume: float, energy: float):
    start = crystal(key, on, volume)
    volumes = volume * np.linspace(0.93, 1.07, 7)
    record = {
        "id": name, "relaxed": True, "lattice": start["lattice"], "frac": start["frac"],
        "volumes": volumes.tolist(),
        "energies": birch_murnaghan(volumes, volume, energy, 100.0, 4.5).tolist(),
        "fit": {"volume": volume, "energy": energy, "bulk_modulus": 100.0, "derivative": 4.5,
                "residual": 0.001},
    }  # fmt: skip
    return Task(name, key, key[:3], False, start), record


@pytest.fixture
def magnesia():
    return computed("MgO", "AB_cF8_225_a_b", {"Na": "Mg", "Cl": "O"}, 18.7, -12.0)


def test_a_sound_crystal_has_no_reason(magnesia):
    assert checks.reason(*magnesia) is None
    assert magnesia[1]["spacegroup"] == 225


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"error": "ValueError: no"}, "failed"),
        ({"relaxed": False}, "not_converged"),
        ({"fit": None}, "no_minimum"),
        ({"fit.bulk_modulus": -3.0}, "no_minimum"),
        ({"fit.bulk_modulus": 0.3}, "soft"),
        ({"fit.volume": 21.0}, "off_centre"),
        ({"fit.residual": 0.2}, "residual"),
        ({"fit.derivative": 40.0}, "derivative"),
        ({"fit.volume": 60.0, "volumes": [60.0]}, "volume"),
        ({"lattice": (0.5 * 4.2 * (1 - np.eye(3)) * [0.4, 0.4, 2.5]).tolist()}, "contact"),
        ({"lattice": (2.1 * (1 - np.eye(3)) * [1, 1, 1.2]).tolist()}, "symmetry_changed"),
    ],
)
def test_each_reason(magnesia, changes, reason):
    task, record = copy.deepcopy(magnesia)
    for name, value in changes.items():
        target = record["fit"] if "." in name else record
        target[name.split(".")[-1]] = value
    assert checks.reason(task, record) == reason
    assert reason in checks.REASONS


def test_selection_counts_everything_once(magnesia):
    done = [
        magnesia,
        computed("Mg", "A_cF4_225_a", {"Cu": "Mg"}, 23.0, -1.5),
        computed("O", "A_cF4_225_a", {"Cu": "O"}, 12.0, -4.5),
        computed("MgO-again", "AB_cF8_225_a_b", {"Na": "Mg", "Cl": "O"}, 18.7, -12.0),
        computed("high", "AB_cP2_221_b_a", {"Cs": "Mg", "Cl": "O"}, 17.0, -6.0),
    ]
    found = select(done)
    assert [task.id for task, _ in found.kept] == ["MgO", "Mg", "O"]
    assert found.reasons["duplicate"] == 1
    assert found.reasons["unstable"] == 1
    assert sum(found.reasons.values()) + len(found.kept) == len(done)
    record = found.kept[0][1]
    assert record["formation_energy"] == pytest.approx(-6.0 + 3.0)
    assert record["above_hull"] == 0


def test_hull_of_a_binary_by_hand():
    entries = [
        Entry("AB", {"Al": 1, "Ni": 1}, -5.0),
        Entry("A3B", {"Al": 3, "Ni": 1}, -3.9),
        Entry("a", {"Al": 1}, -3.0), Entry("a2", {"Al": 2}, -2.5), Entry("b", {"Ni": 1}, -5.0),
    ]  # fmt: skip
    elements = references(entries)
    assert elements == {"Al": -3.0, "Ni": -5.0}
    assert formation_energy(entries[0], elements) == pytest.approx(-1.0)
    heights = above_hull(entries, elements)
    assert heights["AB"] == 0
    assert heights["a2"] == pytest.approx(0.5)
    # Between Al (0) and AlNi (-1) the hull at a quarter Ni is -0.5; the crystal forms with -0.4.
    assert heights["A3B"] == pytest.approx(0.1)


def test_progress_survives_a_torn_line(tmp_path):
    path = tmp_path / "progress-0.jsonl"
    progress.append(path, {"id": "one"})
    with path.open("a") as stream:
        stream.write('{"id": "to')
    progress.append(path, {"id": "three"})
    assert [record["id"] for record in progress.records(tmp_path)] == ["one", "three"]
