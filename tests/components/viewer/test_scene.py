"""Scenes of crystals: what is drawn, and what is said of what can't be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.viewer import ViewOptions
from components.viewer.framing import directions
from components.viewer.options import scene_key
from components.viewer.scene import ViewScene, build_scene
from core.errors import InvalidSpecError
from core.io import parse
from core.types import Crystal, RawFile


def part(scene: ViewScene, name: str) -> list[dict[str, Any]]:
    return next(p["contents"] for p in scene.data["contents"] if p["name"] == name)


def half_bonds(scene: ViewScene) -> int:
    return sum(len(item["positionPairs"]) for item in part(scene, "bonds"))


@pytest.fixture
def mixed() -> Crystal:
    return Crystal(
        "FeCoO", 4.0 * np.eye(3), [[0, 0, 0], [0, 0, 0], [0.5, 0.5, 0.5]], [26, 27, 8],
        [0.5, 0.5, 1.0], [0, 0, 1],
    )  # fmt: skip


def test_rocksalt_is_six_coordinated(rocksalt: Crystal) -> None:
    scene = build_scene(rocksalt, ViewOptions())
    assert {site.coordination for site in scene.sites} == {6}
    assert {site.title for site in scene.sites} == {"Na · 4a", "Cl · 4b"}
    # 8 corners, 6 faces, 12 edges and the middle hold an atom each.
    assert len(part(scene, "atoms")) == 27
    assert scene.notes == ()
    assert "NaCl" in scene.text
    assert "Fm-3m (225)" in scene.text
    assert json.loads(json.dumps(scene.data)) == scene.data


def test_perovskite_shows_the_octahedron_only(perovskite: Crystal) -> None:
    scene = build_scene(perovskite, ViewOptions())
    assert len(part(scene, "atoms")) == 15
    assert len(part(scene, "polyhedra")) == 1
    assert part(scene, "outside") == []
    assert [site.coordination for site in scene.sites[:2]] == [12, 6]


def test_supercell_repeats_the_bonds(perovskite: Crystal) -> None:
    scene = build_scene(perovskite, ViewOptions(repeats=(3, 3, 3)))
    assert len(part(scene, "polyhedra")) == 27
    assert len(part(scene, "atoms")) == 4**3 + 27 + 3 * 9 * 4
    assert {atom["_meta"]["site"] for atom in part(scene, "atoms")} == {0, 1, 2, 3, 4}
    assert "3 × 3 × 3" in scene.text


def test_one_atom_cell_has_bonds_to_its_own_images(skewed_cell: Crystal) -> None:
    scene = build_scene(skewed_cell, ViewOptions(cell="primitive"))
    assert scene.sites[0].coordination == 8
    assert half_bonds(scene) > 0


def test_disorder_is_drawn_without_bonds_and_says_why(mixed: Crystal) -> None:
    scene = build_scene(mixed, ViewOptions())
    assert part(scene, "bonds") == part(scene, "polyhedra") == []
    assert any("partly occupied" in note for note in scene.notes)
    assert scene.sites[0].species == "Fe 0.50 / Co 0.50"
    assert scene.sites[0].coordination is None


@pytest.mark.parametrize(
    ("cell", "sites"), [("as given", 8), ("conventional", 8), ("primitive", 2)]
)
def test_choice_of_cell(rocksalt: Crystal, cell: Any, sites: int) -> None:
    scene = build_scene(rocksalt, ViewOptions(cell=cell))
    assert scene.cell.n_sites == sites


@pytest.mark.parametrize("colors", ["Jmol", "VESTA", "accessible", "Wyckoff site"])
def test_legend_names_the_colours_drawn(perovskite: Crystal, colors: Any) -> None:
    scene = build_scene(perovskite, ViewOptions(colors=colors))
    assert {atom["color"] for atom in part(scene, "atoms")} == {c for _, c in scene.legend}


def test_scene_is_centred_and_framed(hcp_metal: Crystal) -> None:
    scene = build_scene(hcp_metal, ViewOptions())
    atoms = part(scene, "atoms") + part(scene, "outside")
    points = np.array([a["positions"][0] for a in atoms]) - scene.framing.center
    radii = np.array([a["radius"] for a in atoms])
    assert (np.abs(points[:, 0]) + radii).max() <= scene.framing.half_width + 1e-3
    assert (np.abs(points[:, 1]) + radii).max() <= scene.framing.half_height + 1e-3


@pytest.mark.parametrize("flip", [1, -1])
def test_view_is_a_rotation_with_c_upright(flip: int) -> None:
    lattice = np.array([[3.0, 0, 0], [1.0, 4.0, 0], [0.5, 0.3, flip * 6.0]])
    axes = directions(lattice)
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1.0)
    c = axes @ lattice[2]
    assert c[1] > 0
    assert c[0] == pytest.approx(0.0, abs=1e-12)


def test_key_follows_what_is_drawn_anew(rocksalt: Crystal) -> None:
    usual = scene_key(rocksalt, ViewOptions())
    assert scene_key(rocksalt, ViewOptions(bonds=False)) == usual
    assert scene_key(rocksalt, ViewOptions(repeats=(2, 1, 1))) != usual
    assert scene_key(rocksalt.with_(lattice=5.7 * np.eye(3)), ViewOptions()) != usual


def test_options_refuse_what_cannot_be_drawn() -> None:
    with pytest.raises(InvalidSpecError, match="4"):
        ViewOptions(repeats=(4, 1, 1))


@pytest.mark.data
def test_zeolite_is_four_coordinated(shared_data: Path) -> None:
    path = sorted((shared_data / "zeolites" / "optimized_structures").glob("*.cif"))[0]
    crystal = parse([RawFile(path.name, path.read_bytes())]).crystals[0]
    scene = build_scene(crystal, ViewOptions())
    silicon = [s.coordination for s in scene.sites if s.element == "Si"]
    assert silicon
    assert set(silicon) == {4}
